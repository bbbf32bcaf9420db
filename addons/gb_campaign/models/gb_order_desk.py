from datetime import timedelta

from odoo import api, fields, models

ORDER_WINDOW = timedelta(hours=12)


class GbOrderDesk(models.AbstractModel):
    """What a customer buys while he is called for a campaign is the campaign's."""

    _inherit = "gb.order.desk"

    @api.model
    def _prepare_draft_values(self, partner, call):
        values = super()._prepare_draft_values(partner, call)
        attempt_sudo = (
            self.env["gb.campaign.attempt"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", partner.id),
                    ("user_id", "=", self.env.uid),
                    ("at", ">=", fields.Datetime.now() - ORDER_WINDOW),
                    ("company_id", "=", self.env.company.id),
                ],
                limit=1,
            )
        )
        utm = attempt_sudo.campaign_id.utm_campaign_id
        if utm and (not call or attempt_sudo._find_call() == call or not attempt_sudo.call_id):
            values["campaign_id"] = utm.id
        return values
