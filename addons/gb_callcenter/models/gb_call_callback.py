from odoo import api, fields, models

MISSED = ("abandoned", "not_served")


class GbCall(models.Model):
    """What calls mean for the list of customers to be called back, for the black list and for routing."""

    _inherit = "gb.call"

    callback_id = fields.Many2one(
        "gb.callback",
        string="Call-back",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Where the customer whom nobody served is on the list.",
    )

    @api.model
    def _follow_accounts(self, provider, accounts, touched):
        """Settle and add call-backs when calls have ended. Deriving a call again changes nothing."""
        result = super()._follow_accounts(provider, accounts, touched)
        callbacks_sudo = self.env["gb.callback"].sudo()
        answered = []
        for group, account in accounts.items():
            call = touched[group]
            if not call.number_key or call.direction == "internal" or not call.ended_at:
                continue
            if call.result == "answered":
                answered.append(call.number_key)
                callbacks_sudo._note_talk(call)
            elif call.direction == "outbound":
                callbacks_sudo._note_no_answer(call)
            elif (
                call.result in MISSED
                and call.queue_id
                and not call.callback_id
                and not any(note["kind"] == "callback" for note in account.notes)
            ):
                callbacks_sudo._note_missed(call)
        # the last agent of these customers
        self.env["gb.caller.change"]._note_keys(answered)
        return result

    @api.model
    def _follow_notes(self, call, notes):
        result = super()._follow_notes(call, notes)
        for note in notes:
            if note["kind"] == "callback":
                self.env["gb.callback"].sudo()._follow_pbx(call, note)
            elif note["kind"] == "blocked" and call.number_key:
                self.env["gb.blocked.number"]._note_strike(call.number_key, call.offered_at)
        return result
