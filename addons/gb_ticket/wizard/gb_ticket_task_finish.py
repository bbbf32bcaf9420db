from odoo import fields, models


class GbTicketTaskFinish(models.TransientModel):
    """What was done with tasks, or why they are cancelled."""

    _name = "gb.ticket.task.finish"
    _description = "End tasks"

    task_ids = fields.Many2many("gb.ticket.task", string="Tasks", required=True)
    kind = fields.Selection([("done", "Done"), ("cancel", "Cancel")], required=True)
    result = fields.Text(required=True)

    def action_confirm(self):
        """End the tasks, as the current user."""
        self.ensure_one()
        if self.kind == "done":
            self.task_ids.action_done(self.result)
        else:
            self.task_ids.action_cancel(self.result)
        return {"type": "ir.actions.act_window_close"}
