from odoo import api, models


class GbCall(models.Model):
    """An ended call with a customer is a contact. Building the call again gives the same row."""

    _inherit = "gb.call"

    @api.model
    def _save_accounts(self, provider, accounts, event_ids, known):
        calls, touched = super()._save_accounts(provider, accounts, event_ids, known)
        self.env["gb.contact"]._log(
            [call._prepare_contact_values() for call in calls if call.ended_at]
        )
        return calls, touched

    def unlink(self):
        """Two calls that turned out to be one are one contact."""
        self.env["gb.contact"]._drop_sources({(self._name, call_id) for call_id in self.ids})
        return super().unlink()

    def _prepare_contact_values(self):
        """Values for ``gb.contact._log``; without a customer the call has no row. Addons that bring calls over the
        internet set ``channel``."""
        self.ensure_one()
        is_contact = self.direction == "inbound" or (
            # nobody was reached: an attempt, no contact
            self.direction == "outbound" and self.result == "answered"
        )
        lang = self.company_id.partner_id.lang
        return {
            "res_model": self._name,
            "res_id": self.id,
            "partner_id": self.partner_id.id if is_contact else False,
            "channel": "phone",
            "direction": self.direction,
            "at": self.offered_at,
            "user_id": self.user_id.id,
            "subject": self.disposition_id.with_context(lang=lang).name,
            "summary": self.note,
            "score": round(self.score),
            "company_id": self.company_id.id,
        }
