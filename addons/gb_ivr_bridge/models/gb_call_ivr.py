from odoo import api, fields, models


class GbCall(models.Model):
    """What callers did in the menu: sessions and steps, who proved to be whom, messages, marks."""

    _inherit = "gb.call"

    gb_ivr_session_ids = fields.One2many(
        "gb.ivr.session", "call_id", string="Menu sessions", readonly=True
    )

    @api.model
    def _follow_accounts(self, provider, accounts, touched):
        in_menu = [
            (touched[group], account)
            for group, account in accounts.items()
            if account.steps or any(note["kind"] == "end" for note in account.notes)
        ]
        if in_menu:
            self.env["gb.ivr.session"].sudo()._follow(provider, in_menu)
        return super()._follow_accounts(provider, accounts, touched)

    @api.model
    def _get_derive_context(self, provider, accounts):
        accounts = list(accounts)
        context = super()._get_derive_context(provider, accounts)
        references = {step["session"] for account in accounts for step in account.steps}
        sessions_sudo = self.env["gb.ivr.session"].sudo()
        if references:
            sessions_sudo = sessions_sudo.search(
                [
                    ("provider_id", "=", provider.id),
                    ("reference", "in", list(references)),
                    ("is_verified", "=", True),
                ]
            )
        context["verified"] = {
            session.reference: session.partner_id.id for session in sessions_sudo
        }
        return context

    @api.model
    def _prepare_call_values(self, provider, account, context):
        values = super()._prepare_call_values(provider, account, context)
        if "partner_id" not in account.agent:
            for step in account.steps:  # a PIN says more than a number
                values["partner_id"] = context["verified"].get(
                    step["session"], values["partner_id"]
                )
        return values

    @api.model
    def _follow_notes(self, call, notes):
        result = super()._follow_notes(call, notes)
        for note in notes:
            if note["kind"] == "voicemail":
                self.env["gb.recording"].sudo()._follow_message(call, note)
            elif note["kind"] == "rating":
                self.env["gb.ivr.session"].sudo()._follow_rating(call, note)
        return result
