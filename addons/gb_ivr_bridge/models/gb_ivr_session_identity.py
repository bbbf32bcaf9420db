from odoo import models

from ..tools.ivr_speech import say

SEQUENCES = {"gb_member_number": "gb.member.number", "gb_customer_number": "gb.customer.number"}


class GbIvrSession(models.Model):
    """Who is calling: by his number, or by member number and PIN.

    The PIN is compared and forgotten: it is in no field, no log and no answer. Wrong ones count for the member
    (``partner._check_gb_pin``), and for the session, so that nobody tries one PIN on many members.
    """

    _inherit = "gb.ivr.session"

    def _answer_identify(self, args):
        pin = args.get("pin") or ""
        if args.get("member"):
            partners = self._find_member(args["member"])
        else:
            partners = self._find_by_number(args.get("number") or self.number)
            if not partners and pin:
                partners = self.partner_id  # identified before, asked for his PIN now
        if len(partners) > 1:
            return self._reply("ambiguous")
        if not pin:
            return self._recognise(partners)
        if self.pin_tries >= self._get_max_pin_tries():
            return self._reply("locked", speech=[say("identify.locked")])
        return self._verify(partners, pin)

    def _recognise(self, partner):
        """The caller is taken for ``partner``, without proof."""
        if not partner:
            return self._reply("unknown", self._get_identity_values())
        if partner != self.partner_id:
            self.write({"partner_id": partner.id, "is_verified": False})
        return self._reply("known", self._get_identity_values())

    def _verify(self, partner, pin):
        # a conflict with the events of this call has to show before the member's try is counted: it would count twice
        self.pin_tries += 1
        self.flush_recordset(["pin_tries"])
        # a member who does not exist or has no PIN sounds like a wrong PIN
        state = partner._check_gb_pin(pin) if partner else "none"
        if state != "none":
            self._record_check(partner, state == "ok")
        if state == "ok":
            self.write({"partner_id": partner.id, "is_verified": True, "pin_tries": 0})
            return self._reply("verified", self._get_identity_values(), [say("identify.verified")])
        if state == "locked" or self.pin_tries >= self._get_max_pin_tries():
            return self._reply("locked", self._get_identity_values(), [say("identify.locked")])
        return self._reply("wrong", self._get_identity_values())

    def _get_max_pin_tries(self):
        return self.env["gb.member.pin"]._get_max_tries()

    def _get_identity_values(self):
        partner, is_verified = self.partner_id, self.is_verified
        return {
            # a name is told to nobody but its owner
            "customer_name": partner.name or "" if is_verified else "",
            "customer_level": partner.gb_level_id.name or "",
            "is_known": "1" if partner else "",
            "is_verified": "1" if is_verified else "",
        }

    # ------------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------------

    def _find_by_number(self, number):
        """:return: customers with this number, as the screen pop finds them"""
        key = self.env["gb.phone"]._parse(number, self.provider_id._get_region()).key
        if not key:
            return self.env["res.partner"]
        return (
            self.env["gb.phone"]
            .search(
                [
                    ("number_key", "=", key),
                    ("partner_id.active", "=", True),
                    ("partner_id.company_id", "in", [self.company_id.id, False]),
                ]
            )
            .partner_id
        )

    def _find_member(self, digits):
        """:return: the customer of a member or customer number, typed without its letters"""
        partners = self.env["res.partner"]
        for name in SEQUENCES:
            found = partners.search(
                [
                    (name, "in", self._get_number_spellings(name, digits)),
                    ("company_id", "in", [self.company_id.id, False]),
                ],
                limit=2,
            )
            if found:
                return found
        return partners

    def _get_number_spellings(self, name, digits):
        """How a number that callers type may be written: with the prefix and zeros of its sequence, or as it was typed."""
        sequence = self.env["ir.sequence"].search([("code", "=", SEQUENCES[name])], limit=1)
        prefix = sequence.prefix or ""
        return [digits, f"{prefix}{digits}", f"{prefix}{digits.zfill(sequence.padding or 0)}"]

    def _get_caller(self):
        """:return: the customer that the caller is known to be, may be empty. His own number is enough to be known; what
        takes more is told to ``is_verified`` only"""
        if not self.partner_id and self.number:
            partner = self._find_by_number(self.number)
            if len(partner) == 1:
                self.partner_id = partner
        return self.partner_id

    def _get_refusal(self, needs_pin=False):
        """An answer for a caller who may not be told; None when he may."""
        if not self._get_caller():
            return self._reply("unidentified", speech=[say("identify.unidentified")])
        if needs_pin and not self.is_verified:
            return self._reply("unverified", speech=[say("identify.unverified")])
        return None

    def _get_family_ids(self):
        """Ids of the caller and of the addresses and contacts of the same head, by an index."""
        head = self.partner_id.commercial_partner_id
        return head.search([("id", "child_of", head.id)]).ids

    # ------------------------------------------------------------------
    # The agent's screen
    # ------------------------------------------------------------------

    def _record_check(self, partner, is_passed):
        """Record the check with the call, so that the agent finds the caller verified; when the call is not known yet, as
        soon as it is."""
        if self.call_id:
            partner._gb_record_check("ivr", is_passed, self.call_id)
        else:
            waiting = self.pending_checks or []
            self.pending_checks = [*waiting, {"partner_id": partner.id, "is_passed": is_passed}]

    def _on_call_found(self):
        result = super()._on_call_found()
        for check in self.pending_checks or ():
            partner = self.env["res.partner"].browse(check["partner_id"]).exists()
            if partner:
                partner._gb_record_check("ivr", check["is_passed"], self.call_id)
        self.pending_checks = False
        return result
