from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

AGENT = "gb_callcenter.group_gb_agent"
LEAD = "gb_callcenter.group_gb_lead"


class ResPartner(models.Model):
    """Membership: number, PIN, points, news of the member club."""

    _inherit = "res.partner"

    gb_wants_news = fields.Boolean(
        string="Member club news",
        copy=False,
        help="The customer wants to get the member club's news.",
    )
    gb_pin_state = fields.Selection(
        [("none", "No PIN"), ("set", "PIN set"), ("locked", "PIN locked")],
        string="Member PIN",
        compute="_compute_gb_pin_state",
        groups=AGENT,
    )
    gb_points = fields.Float(
        string="Points",
        compute="_compute_gb_points",
        groups=AGENT,
        help="On the customer's loyalty cards that have not expired.",
    )

    def _compute_gb_pin_state(self):
        states = self.env["gb.member.pin"]._get_states(self)
        for partner in self:
            partner.gb_pin_state = states[partner.id]

    @api.depends_context("allowed_company_ids")
    def _compute_gb_points(self):
        cards_sudo = self.env["loyalty.card"].sudo()  # agents see balances, not the programs
        points = dict(
            cards_sudo._read_group(self._get_gb_card_domain(), ["partner_id"], ["points:sum"])
        )
        for partner in self:
            partner.gb_points = points.get(partner, 0)

    def _get_gb_card_domain(self):
        """Loyalty cards with points that these customers can use now."""
        return (
            Domain("partner_id", "in", self.ids)
            & Domain("program_id.program_type", "=", "loyalty")
            & Domain("program_id.active", "=", True)
            & Domain("company_id", "in", [False, *self.env.companies.ids])
            & (
                Domain("expiration_date", "=", False)
                | Domain("expiration_date", ">=", fields.Date.context_today(self))
            )
        )

    # ------------------------------------------------------------------
    # Enrolment and PIN
    # ------------------------------------------------------------------

    def _gb_enrol(self, pin=None):
        """Make the customer a member, once; with ``pin`` give him that PIN.

        The caller has made sure that the current user may do that.

        :return: whether he has become a member by this
        :raise UserError: an address cannot be a member; the PIN is refused
        """
        self.ensure_one()
        partner_sudo = (
            self.sudo()
        )  # numbers and PINs are the server's, also for a customer on the portal
        is_new = not partner_sudo.gb_member_number
        if is_new:
            if partner_sudo.type in ("invoice", "delivery", "other") and partner_sudo.parent_id:
                raise UserError(self.env._("An address cannot become a member."))
            partner_sudo.try_lock_for_update()
            partner_sudo.write(
                {
                    "gb_member_number": self._get_gb_next_numbers("member", 1)[0],
                    "gb_member_since": fields.Date.context_today(self),
                }
            )
            partner_sudo._message_log(body=self.env._("Has become a member."))
        if pin:
            self._gb_set_pin(pin)
        return is_new

    def _gb_set_pin(self, pin):
        """Give the member a PIN, or another one; unlocks it. The change is noted, the PIN is not.

        :raise UserError: no member, or the PIN is refused
        """
        self.ensure_one()
        partner_sudo = self.sudo()
        if not partner_sudo.gb_member_number:
            raise UserError(self.env._("Only members have a PIN."))
        self.env["gb.member.pin"]._set(partner_sudo, pin)
        partner_sudo._message_log(body=self.env._("The member's PIN was set."))
        self.invalidate_recordset(["gb_pin_state"])

    def _check_gb_pin(self, pin):
        """Compare ``pin`` with the member's; wrong tries are counted, whatever becomes of this transaction.

        :return: ok, wrong, locked or none (he has no PIN)
        """
        self.ensure_one()
        state = self.env["gb.member.pin"]._check(self, pin)
        self.invalidate_recordset(["gb_pin_state"])
        return state

    def _get_gb_pin_state(self):
        """none, set or locked"""
        self.ensure_one()
        return self.env["gb.member.pin"]._get_states(self)[self.id]

    # ------------------------------------------------------------------
    # Agents
    # ------------------------------------------------------------------

    def get_gb_membership(self, call_id=None):
        """What the agent's membership dialog shows.

        :param int call_id: the call under way
        :return: dict: partner, member_number (or False), pin (none, set, locked), wants_news, can_set_pin
        """
        call = self._gb_check_identity_access(call_id)
        partner_sudo = self.sudo()
        return {
            "partner": {"id": self.id, "name": self.display_name},
            "member_number": partner_sudo.gb_member_number or False,
            "pin": self._get_gb_pin_state(),
            "wants_news": partner_sudo.gb_wants_news,
            "can_set_pin": self._can_set_gb_pin(call),
        }

    def _can_set_gb_pin(self, call=None):
        """A first PIN may be set by an agent; another one only after he has checked who is calling."""
        self.ensure_one()
        return (
            self._get_gb_pin_state() == "none"
            or self.env.user.has_group(LEAD)
            or self._is_gb_verified(call)
        )

    def gb_enrol(self, pin=None, pin_again=None, wants_news=None, call_id=None):
        """Make the customer a member, or set the member's PIN, as he says it on the telephone.

        :param pin: 4 to 8 digits, and once more; empty: no PIN now
        :param bool wants_news: member club news
        :return: as ``get_gb_membership()``
        """
        call = self._gb_check_identity_access(call_id)
        if (pin or "") != (pin_again or ""):
            raise UserError(self.env._("The two PINs differ. Ask the customer to say it again."))
        if pin and not self._can_set_gb_pin(call):
            raise UserError(
                self.env._(
                    "This member has a PIN. Check the caller's identity before you change it."
                )
            )
        self._gb_enrol(pin)
        if wants_news is not None:
            self.sudo().gb_wants_news = bool(wants_news)
        return self.get_gb_membership(call_id)

    def action_gb_enrol(self):
        """Open the dialog for enrolment and PIN."""
        self._gb_check_identity_access()
        return {
            "type": "ir.actions.client",
            "tag": "gb_callcenter.membership",
            "target": "new",
            "name": self.env._("Membership"),
            "params": {"partner_id": self.id},
        }

    def action_gb_unlock_pin(self):
        """Let a member whose PIN was locked by wrong tries use it again (team leads)."""
        self._gb_check_identity_access()
        if not self.env.user.has_group(LEAD):
            raise AccessError(self.env._("Only team leads may unlock a PIN."))
        self.env["gb.member.pin"]._unlock(self)
        self.sudo()._message_log(
            body=self.env._("The member's PIN was unlocked."),
            author_id=self.env.user.partner_id.id,
        )
        self.invalidate_recordset(["gb_pin_state"])
        return True
