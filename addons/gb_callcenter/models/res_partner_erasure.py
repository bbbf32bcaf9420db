import json

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.number_eraser import NumberEraser

# what an erased customer keeps: it says nothing about the person
KEPT_FIELDS = {"name", "lang", "tz", "gb_customer_number", "display_name", "complete_name"}
ERASED_TYPES = ("char", "text", "html", "date", "datetime", "binary", "properties", "json")


class ResPartner(models.Model):
    """Erasure on request (docs/adr/031): the person goes, what the law wants kept stays without him."""

    _inherit = "res.partner"

    gb_erased_at = fields.Datetime(
        string="Erased on", readonly=True, copy=False, groups="gb_callcenter.group_gb_manager"
    )

    # ------------------------------------------------------------------
    # What would happen
    # ------------------------------------------------------------------

    def _get_gb_family(self):
        """The customer with his addresses and contacts."""
        return self.with_context(active_test=False).search([("id", "child_of", self.ids)])

    def _get_gb_erasure_blockers(self):
        """What is still going on with these customers. Addons add theirs.

        :return: list of texts
        """
        blockers = []
        orders = self.env["sale.order"].search(
            [("partner_id", "in", self.ids), ("state", "in", ("draft", "sent"))]
        )
        pickings = self.env["stock.picking"].search(
            [("partner_id", "in", self.ids), ("state", "not in", ("draft", "done", "cancel"))]
        )
        invoices = self.env["account.move"].search(
            [
                ("partner_id", "in", self.ids),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial", "in_payment")),
            ]
        )
        calls = self.env["gb.call"].search(
            [("partner_id", "in", self.ids), ("ended_at", "=", False)]
        )
        for label, records in (
            (self.env._("Open quotations"), orders),
            (self.env._("Deliveries under way"), pickings),
            (self.env._("Unpaid invoices and refunds"), invoices),
            (self.env._("Calls on the line"), calls),
        ):
            if records:
                names = ", ".join(record.display_name or "" for record in records[:5])
                blockers.append(f"{label} ({len(records)}): {names}")
        return blockers

    def _get_gb_kept(self):
        """What stays of these customers because the law or the books want it. Addons add theirs.

        :return: list of (label, number)
        """
        own = [("partner_id", "in", self.ids)]
        return [
            (self.env._("Orders"), self.env["sale.order"].search_count(own)),
            (self.env._("Invoices and credit notes"), self.env["account.move"].search_count(own)),
            (self.env._("Payments"), self.env["account.payment"].search_count(own)),
            (self.env._("Deliveries"), self.env["stock.picking"].search_count(own)),
        ]

    def _get_gb_erased(self):
        """What is erased or made anonymous of these customers. Addons add theirs.

        :return: list of (label, number)
        """
        own = [("partner_id", "in", self.ids)]
        messages = [("model", "=", "res.partner"), ("res_id", "in", self.ids)]
        calls = self._get_gb_erased_calls()
        return [
            (self.env._("Names, addresses, profile"), len(self)),
            (self.env._("Telephone numbers"), self.env["gb.phone"].search_count(own)),
            (self.env._("Children"), self.env["gb.child"].search_count(own)),
            (self.env._("Calls: number and note"), len(calls)),
            (
                self.env._("Recordings"),
                len(
                    calls.recording_ids.filtered(
                        lambda recording: recording.is_stored and not recording.is_on_hold
                    )
                ),
            ),
            (self.env._("Contacts: what was said"), self.env["gb.contact"].search_count(own)),
            (self.env._("Messages and notes"), self.env["mail.message"].search_count(messages)),
        ]

    def _get_gb_erased_keys(self):
        """What the customers' numbers are known by, unless somebody else has them, too."""
        keys = set(self.gb_phone_ids.mapped("number_key"))
        others = self.env["gb.phone"].search(
            [("number_key", "in", list(keys)), ("partner_id", "not in", self.ids)]
        )
        return keys - set(others.mapped("number_key"))

    def _get_gb_erased_calls(self):
        keys = self._get_gb_erased_keys()
        return self.env["gb.call"].search(
            Domain("partner_id", "in", self.ids)
            | (Domain("partner_id", "=", False) & Domain("number_key", "in", list(keys)))
        )

    # ------------------------------------------------------------------
    # Erasing
    # ------------------------------------------------------------------

    def action_gb_erase(self, reason, force=False):
        """Erase the personal data of this customer, with his addresses and contacts, for good.

        :param str reason: why, for the access log
        :param bool force: although something is still going on
        :raise AccessError: for everybody but call centre managers
        :raise UserError: while something is going on, without a reason, or for a colleague
        """
        self.ensure_one()
        if not self.env.user.has_group("gb_callcenter.group_gb_manager"):
            raise AccessError(self.env._("Only call centre managers may erase personal data."))
        self.check_access("write")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say who asked for the erasure, and when."))
        family_sudo = self.sudo()._get_gb_family()  # documents of every app and company
        users_sudo = family_sudo.with_context(active_test=False).user_ids
        if users_sudo.filtered(lambda user: user._is_internal()) or family_sudo & (
            self.env["res.company"].sudo().search([]).partner_id
        ):
            raise UserError(
                self.env._("Colleagues and the own company are not customers to be erased.")
            )
        blockers = family_sudo._get_gb_erasure_blockers()
        if blockers and not force:
            raise UserError(
                self.env._(
                    "Something is still going on with this customer:\n%(matters)s",
                    matters="\n".join(blockers),
                )
            )
        erased = family_sudo._get_gb_erased()
        family_sudo._gb_erase()
        self.env["gb.access.log"]._note(
            "erasure",
            self,
            details="\n".join([reason, *(f"{label}: {count}" for label, count in erased)]),
        )
        return True

    def _gb_erase(self):
        """Make these customers anonymous. Addons extend it for their own records and call ``super()`` last: until
        then names and numbers are still there. Runs with all rights, in one transaction."""
        self._gb_erase_calls()
        self._gb_erase_messages()
        self._gb_erase_related()
        self._gb_erase_partners()

    def _gb_erase_partners(self):
        users = self.with_context(active_test=False).user_ids
        for user in users:
            user.write({"active": False, "login": f"erased-{user.id}", "signature": False})
        self.gb_phone_ids.unlink()
        names = [
            name
            for name, field in self._fields.items()
            if field.store
            and field.type in ERASED_TYPES
            and not field.related
            and not field.inherited
            and not field.company_dependent
            and (not field.compute or not field.readonly)
            and not field.required
            and name not in KEPT_FIELDS
            and name not in models.MAGIC_COLUMNS
        ]
        values = dict.fromkeys(names, False)
        for name in ("gb_sex", "gb_education", "gb_marital_status", "gb_owner_id"):
            if name in self._fields:
                values[name] = False
        for name in ("partner_latitude", "partner_longitude"):
            if name in self._fields:
                values[name] = 0
        values |= {"active": False, "category_id": [(5,)], "gb_erased_at": fields.Datetime.now()}
        silent = self.with_context(tracking_disable=True, mail_notrack=True, gb_erasing=True)
        for partner in silent:
            label = self.env._("Erased customer %(number)s", number=partner.id)
            partner.write({**values, "name": label})

    def _gb_erase_related(self):
        own = [("partner_id", "in", self.ids)]
        self.env["gb.child"].search(own).unlink()
        self.env["gb.contact"].search(own).write({"subject": False, "summary": False})
        self.bank_ids.filtered("active").write({"active": False})
        for name in ("gb.member.pin", "gb.product.wait", "gb.customer.import.row"):
            if name in self.env:
                self.env[name].search(own).unlink()
        if "gb.identity.check" in self.env:
            self.env.execute_query(
                SQL(
                    "UPDATE gb_identity_check SET reason = NULL WHERE partner_id = ANY(%s) RETURNING id",
                    self.ids,
                )
            )
        transactions = self.env["payment.transaction"].search(own)
        transactions.write(
            dict.fromkeys(
                ("partner_name", "partner_email", "partner_phone", "partner_address",
                 "partner_zip", "partner_city"), False,
            )
        )  # fmt: skip
        self.env["website.visitor"].search(own).unlink()
        ratings = self.env["rating.rating"].search(own)
        ratings.write({"feedback": False})

    def _gb_erase_messages(self):
        """The customers' chatter goes; what they wrote elsewhere is emptied."""
        Message = self.env["mail.message"]
        chatter = Message.search([("model", "=", "res.partner"), ("res_id", "in", self.ids)])
        written = Message.search([("author_id", "in", self.ids)]) - chatter
        files = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", self.ids),
                ("res_field", "=", False),
            ]
        )
        self.env["sms.sms"].search([("partner_id", "in", self.ids)]).unlink()
        notifications = self.env["mail.notification"].search([("res_partner_id", "in", self.ids)])
        notifications.write({"sms_number": False, "mail_email_address": False})
        (files | written.attachment_ids | chatter.attachment_ids).unlink()
        written.write({"body": "", "subject": False, "email_from": False})
        chatter.unlink()
        self.activity_ids.unlink()

    # ------------------------------------------------------------------
    # Calls
    # ------------------------------------------------------------------

    def _gb_erase_calls(self):
        """Numbers and notes leave the ledger, so that they do not come back when calls are derived again."""
        calls = self._get_gb_erased_calls()
        keys = self._get_gb_erased_keys()
        keys |= set(
            calls.filtered(
                lambda call: call.partner_id and call.direction != "internal" and call.number_key
            ).mapped("number_key")
        )
        recordings = calls.recording_ids
        recordings._erase()
        if not calls:
            return
        regions = {
            provider.id: provider._get_region() or None for provider in calls.provider_id.sudo()
        }
        eraser = NumberEraser(keys)
        rows = self.env.execute_query(
            SQL(
                "SELECT id, provider_id, source, payload FROM gb_call_event WHERE call_id = ANY(%s)",
                calls.ids,
            )
        )
        changed = []
        for row_id, provider_id, source, payload in rows:
            cleaned = eraser.clean(payload, regions[provider_id])
            if source == "agent" and cleaned.get("values", {}).get("note"):
                cleaned = {**cleaned, "values": {**cleaned["values"], "note": ""}}
            if cleaned != payload:
                changed.append({"id": row_id, "payload": json.dumps(cleaned)})
        self.env.execute_query(
            SQL(
                """UPDATE gb_call_event event SET payload = row.payload::jsonb
                     FROM json_to_recordset(%s) AS row(id int, payload text)
                    WHERE event.id = row.id RETURNING event.id""",
                json.dumps(changed),
            )
        )
        for recording in recordings:
            recording.name = eraser.clean(recording.name, None)
        for log in self.env["gb.access.log"].search(
            [("res_model", "=", "gb.recording"), ("res_id", "in", recordings.ids)]
        ):
            log.label = eraser.clean(log.label, None)
        for national in eraser.nationals:
            self.env["gb.dead.letter"].search([("payload", "like", national)]).unlink()
        self.env.invalidate_all()
        for provider, rows in calls.grouped("provider_id").items():
            self.env["gb.call"]._derive(provider.sudo(), rows.mapped("linked_id"))
