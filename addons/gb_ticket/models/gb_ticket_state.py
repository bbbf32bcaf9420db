from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import OPEN_PHASES, PHASES


class GbTicketState(models.Model):
    """A state that work orders can be in. All processes share these words; a process says how to move between them."""

    _name = "gb.ticket.state"
    _description = "State of a work order"
    _order = "sequence, id"
    _fold_name = "is_fold"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short name for import, export and other systems.")
    sequence = fields.Integer(default=10)
    phase = fields.Selection(PHASES, required=True, default="open")
    is_open = fields.Boolean(compute="_compute_is_open", store=True)
    is_fold = fields.Boolean(string="Folded in kanban")
    color = fields.Integer()
    customer_name = fields.Char(
        string="What the customer reads",
        translate=True,
        help="Shown on the progress page and told on the telephone.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE(code)", "A state with this code exists already.")

    @api.depends("phase")
    def _compute_is_open(self):
        for state in self:
            state.is_open = state.phase in OPEN_PHASES

    def write(self, vals):
        if {"code", "phase"} & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    def _get(self, code):
        """:return: the state with this code. :raises UserError: when there is none"""
        state = self.sudo().search([("code", "=", code)], limit=1)
        if not state:
            raise UserError(self.env._("There is no state “%(code)s”.", code=code))
        return state
