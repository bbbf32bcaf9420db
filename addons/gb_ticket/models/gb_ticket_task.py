from odoo import fields, models


class GbTicketTask(models.Model):
    """Work of a further department, in parallel to the lead department's."""

    _name = "gb.ticket.task"
    _description = "Task of a work order"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="What to do", required=True)
    ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    department_id = fields.Many2one("hr.department", required=True, index=True)
    user_id = fields.Many2one("res.users", string="Handler", index="btree_not_null")
    state = fields.Selection(
        [
            ("open", "Unclaimed"),
            ("doing", "Being worked on"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    is_blocking = fields.Boolean(
        default=True, help="The result cannot be submitted before this task is done."
    )
    result = fields.Text()
    due_at = fields.Datetime(string="Due", readonly=True)
    done_at = fields.Datetime(string="Done at", readonly=True)
