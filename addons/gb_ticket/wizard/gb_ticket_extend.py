from odoo import api, fields, models


class GbTicketExtend(models.TransientModel):
    """Dialog: ask a superior for more time for the customer's matter."""

    _name = "gb.ticket.extend"
    _description = "Ask for more time"

    ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", required=True, readonly=True, ondelete="cascade"
    )
    due_at = fields.Datetime(related="ticket_id.due_at", string="Due now")
    new_due_at = fields.Datetime(
        string="New due time",
        required=True,
        compute="_compute_new_due_at",
        store=True,
        readonly=False,
        help="Within the service hours; another time counts as the end of the working time before it.",
    )
    reason = fields.Text(required=True, help="For the superior who decides, and for the history.")

    @api.depends("ticket_id")
    def _compute_new_due_at(self):
        for dialog in self:
            clock_sudo = dialog.ticket_id._get_resolve_clock()
            hours = clock_sudo._get_own_hours() if clock_sudo else None
            dialog.new_due_at = hours and hours.add(clock_sudo.deadline_at, hours.minutes_per_day)

    def action_ask(self):
        """Ask, and close the dialog. :raises UserError: saying why not"""
        self.ensure_one()
        self.ticket_id._ask_extension(self.new_due_at, self.reason)
        return {"type": "ir.actions.act_window_close"}
