from odoo import fields, models

from ..const import ACTORS


class GbTicketStep(models.Model):
    """One stay in a state: who moved the work order there, when, why, and how long it stayed.

    Written by the engine only. A work order has one open step (``ended_at`` empty) until it is closed or ended;
    then all its steps are ended. ``minutes`` is working time between start and end.
    """

    _name = "gb.ticket.step"
    _description = "Step of a work order"
    _order = "started_at desc, id desc"
    _rec_name = "state_id"

    ticket_id = fields.Many2one(
        "gb.ticket",
        string="Work order",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(related="ticket_id.company_id")
    transition_id = fields.Many2one("gb.ticket.transition", string="Move", readonly=True)
    transition_code = fields.Char(string="Code of the move", readonly=True)
    from_state_id = fields.Many2one("gb.ticket.state", string="From", readonly=True)
    state_id = fields.Many2one("gb.ticket.state", required=True, readonly=True)
    actor = fields.Selection(ACTORS, required=True, default="user", readonly=True)
    actor_id = fields.Many2one(
        "res.users", string="Moved by", readonly=True, index="btree_not_null"
    )
    department_id = fields.Many2one("hr.department", readonly=True, index="btree_not_null")
    user_id = fields.Many2one("res.users", string="Handler", readonly=True)
    started_at = fields.Datetime(string="From time", required=True, readonly=True)
    ended_at = fields.Datetime(string="Until", readonly=True)
    minutes = fields.Float(string="Working minutes", readonly=True, aggregator="sum")
    note = fields.Text(string="Reason", readonly=True)
    details = fields.Json(
        readonly=True, help="What was recorded with the move: field name → value, as text."
    )
    cycle = fields.Integer(readonly=True)
    level = fields.Integer(readonly=True)

    _one_open_per_ticket = models.UniqueIndex(
        "(ticket_id) WHERE ended_at IS NULL", "The work order was moved by someone else just now."
    )
