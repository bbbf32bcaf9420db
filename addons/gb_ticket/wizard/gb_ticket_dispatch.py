from odoo import fields, models
from odoo.exceptions import UserError


class GbTicketDispatch(models.TransientModel):
    """Hand several accepted work orders to one department."""

    _name = "gb.ticket.dispatch"
    _description = "Dispatch work orders"

    ticket_ids = fields.Many2many(
        "gb.ticket",
        string="Work orders",
        required=True,
        default=lambda self: self._get_selected(),
    )
    department_id = fields.Many2one("hr.department", string="Lead department", required=True)
    user_id = fields.Many2one("res.users", string="Handler", domain=[("share", "=", False)])

    def _get_selected(self):
        if self.env.context.get("active_model") != "gb.ticket":
            return False
        return self.env["gb.ticket"].browse(self.env.context.get("active_ids", []))

    def action_dispatch(self):
        """Dispatch them all, or none and say which one cannot be."""
        self.ensure_one()
        values = {"department_id": self.department_id.id}
        if self.user_id:
            values["user_id"] = self.user_id.id
        for ticket in self.ticket_ids:
            try:
                ticket.action_transition("dispatch", values)
            except UserError as error:
                raise type(error)(
                    self.env._(
                        "%(number)s: %(error)s Nothing was dispatched.",
                        number=ticket.name,
                        error=error,
                    )
                ) from error
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s work orders were dispatched to %(department)s.",
                    count=len(self.ticket_ids),
                    department=self.department_id.display_name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
