from odoo import api, models


class GbCall(models.Model):
    """Calls from a campaign know it, and so does the log of contacts."""

    _inherit = "gb.call"

    @api.model
    def _follow_accounts(self, provider, accounts, touched):
        result = super()._follow_accounts(provider, accounts, touched)
        self.env["gb.campaign.attempt"].sudo()._follow_calls(
            self.browse([call.id for call in touched.values()])
        )
        return result

    def _get_gb_attempt(self):
        """The campaign's attempt that this call is, the latest one; empty for other calls. With sudo."""
        return self.env["gb.campaign.attempt"].sudo().search([("call_id", "in", self.ids)], limit=1)

    def _prepare_contact_values(self):
        values = super()._prepare_contact_values()
        attempt = self._get_gb_attempt() if self.direction == "outbound" else None
        if attempt:
            lang = self.company_id.partner_id.lang
            outcome = attempt.outcome_id.with_context(lang=lang).name
            values["subject"] = " · ".join(
                filter(None, (attempt.campaign_id.name, outcome, values.get("subject")))
            )
            values["summary"] = values.get("summary") or attempt.note
        return values
