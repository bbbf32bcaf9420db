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
        talks = failures = misses = mistaken = self.browse()
        for group, account in accounts.items():
            call = touched[group]
            if call.callback_id and call.result not in MISSED:
                # what was told later says that somebody has talked with him
                mistaken |= call
            if not call.number_key or call.direction == "internal" or not call.ended_at:
                continue
            if call.result == "answered":
                talks |= call
            elif call.direction == "outbound":
                failures |= call
            elif (
                call.result in MISSED
                and call.queue_id
                and not call.callback_id
                and not any(note["kind"] == "callback" for note in account.notes)
            ):
                misses |= call
        self.env["gb.callback"].sudo()._forget_misses(mistaken)
        self.env["gb.callback"].sudo()._follow_calls(talks, failures, misses)
        # the last agent of these customers
        self.env["gb.caller.change"]._note_keys(talks.mapped("number_key"))
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
