from odoo import api, fields, models


class GbTicketAttempt(models.TransientModel):
    """Dialog that records a call to the customer."""

    _name = "gb.ticket.attempt"
    _description = "Call to the customer"

    ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", required=True, ondelete="cascade", readonly=True
    )
    partner_id = fields.Many2one(related="ticket_id.partner_id")
    result = fields.Selection(
        [("reached", "Reached"), ("not_reached", "Not reached")], required=True
    )
    note = fields.Text(
        string="What was said", help="Part of what the customer can read on his page."
    )
    call_id = fields.Many2one(
        "gb.call",
        domain="[('partner_id', '=', partner_id)]",
        help="The call with its recording, if it was made from the seat.",
    )
    earlier = fields.Char(string="So far", compute="_compute_earlier")

    @api.depends("ticket_id")
    def _compute_earlier(self):
        for attempt in self:
            ticket = attempt.ticket_id.sudo()
            missed = ticket.gb_message_ids.filtered_domain(
                [
                    ("kind", "=", "attempt"),
                    ("state", "=", "not_reached"),
                    ("at", ">=", ticket._get_entered_at()),
                ]
            )
            days = {
                fields.Datetime.context_timestamp(attempt, message.at).date() for message in missed
            }
            attempt.earlier = self.env._(
                "%(attempts)s without success on %(days)s days",
                attempts=len(missed),
                days=len(days),
            )

    def action_log(self):
        """Record it."""
        self.ensure_one()
        self.ticket_id._check_may_reply()
        if self.call_id:
            self.call_id.check_access("read")
        self.ticket_id._log_attempt(self.result == "reached", note=self.note, call=self.call_id)
        return {"type": "ir.actions.act_window_close"}
