from odoo import fields, models

from ..const import SEVERITIES, URGENCIES


class GbTicketClockPolicy(models.Model):
    """How long a clock may run: the first row that fits, most specific first."""

    _name = "gb.ticket.clock.policy"
    _description = "Clock target"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company")
    kind_id = fields.Many2one("gb.ticket.clock.kind", required=True, index=True, ondelete="cascade")
    type_ids = fields.Many2many(
        "gb.ticket.type", "gb_ticket_clock_policy_type_rel", "policy_id", "type_id", string="Types"
    )
    urgency = fields.Selection(URGENCIES)
    severity = fields.Selection(SEVERITIES)
    minutes = fields.Integer(required=True, help="Target in minutes, of working time unless said.")
    is_round_the_clock = fields.Boolean(
        string="Round the clock", help="Counts every minute, not only working time."
    )
