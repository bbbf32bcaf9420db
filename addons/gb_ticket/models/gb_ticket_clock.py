from odoo import fields, models


class GbTicketClock(models.Model):
    """A clock of a work order or task: cached result of its ledger (``gb.ticket.clock.event``)."""

    _name = "gb.ticket.clock"
    _description = "Clock of a work order"
    _order = "id"
    _rec_name = "kind_id"

    ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", required=True, index=True, ondelete="cascade", readonly=True
    )
    task_id = fields.Many2one("gb.ticket.task", index="btree_not_null", ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True)
    kind_id = fields.Many2one("gb.ticket.clock.kind", required=True, readonly=True)
    policy_id = fields.Many2one("gb.ticket.clock.policy", readonly=True, ondelete="set null")
    department_id = fields.Many2one("hr.department", readonly=True)
    cycle = fields.Integer(default=1, readonly=True)
    state = fields.Selection(
        [
            ("running", "Running"),
            ("paused", "Paused"),
            ("fulfilled", "Fulfilled"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="running",
        readonly=True,
    )
    is_breached = fields.Boolean(readonly=True)
    target_minutes = fields.Integer(readonly=True)
    elapsed_minutes = fields.Float(readonly=True)
    started_at = fields.Datetime(readonly=True)
    deadline_at = fields.Datetime(string="Due", readonly=True)
    ended_at = fields.Datetime(readonly=True)
    next_threshold_at = fields.Datetime(readonly=True)
