from odoo import api, models


class GbCall(models.Model):
    """Whom the dialler has rung is known, also where others have the same number."""

    _inherit = "gb.call"

    @api.model
    def _get_derive_context(self, provider, accounts):
        accounts = list(accounts)
        context = super()._get_derive_context(provider, accounts)
        linked = [account.linked for account in accounts if account.direction == "outbound"]
        # calls are derived for no user
        attempts_sudo = self.env["gb.campaign.attempt"].sudo()
        if linked:
            attempts_sudo = attempts_sudo.search_fetch(
                [
                    ("linked_id", "in", linked),
                    ("campaign_id.queue_id.provider_id", "=", provider.id),
                ],
                ["linked_id", "partner_id"],
            )
        context["dialled_partners"] = {
            attempt.linked_id: attempt.partner_id.id for attempt in attempts_sudo
        }
        return context

    @api.model
    def _prepare_call_values(self, provider, account, context):
        values = super()._prepare_call_values(provider, account, context)
        partner_id = context["dialled_partners"].get(account.linked)
        if partner_id and "partner_id" not in account.agent:
            values.update(partner_id=partner_id, number_state="known")
        return values
