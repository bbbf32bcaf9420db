from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import ormcache


class ClockKind(NamedTuple):
    """A kind of clock as plain data, for the cache."""

    id: int
    code: str
    repeats: str
    run_state_ids: frozenset
    pause_state_ids: frozenset

    def get_wanted(self, state_id):
        """:return: what such a clock does in a state: ``running``, ``paused`` or None"""
        if state_id in self.run_state_ids:
            return "running"
        return "paused" if state_id in self.pause_state_ids else None


class GbTicketClockKind(models.Model):
    """A promise that is measured: acknowledge, dispatch, sign, first contact, resolve, task, review, call-back.

    It runs while a work order is in one of ``run_state_ids``, pauses in ``pause_state_ids``, and is fulfilled when
    the work order leaves both for any other state. It is cancelled, not fulfilled, when the work order ends without result
    or is sent back.
    """

    _name = "gb.ticket.clock.kind"
    _description = "Kind of clock"
    _inherit = ["gb.ticket.clock.rule"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short name for the program and other systems.")
    sequence = fields.Integer(default=10)
    subject = fields.Selection(
        [("ticket", "Work order"), ("task", "Task")],
        string="Measures",
        required=True,
        default="ticket",
        help="A task's clock runs from the task's creation until it is done.",
    )
    repeats = fields.Selection(
        [
            ("always", "Each time"),
            ("cycle", "Once per cycle, with half the time in the next"),
            ("once", "Once per work order"),
        ],
        string="Starts anew",
        required=True,
        default="always",
        help="What happens when the work order comes back into a state in which this clock runs.",
    )
    run_state_ids = fields.Many2many(
        "gb.ticket.state", "gb_ticket_clock_kind_run_rel", "kind_id", "state_id", string="Runs in"
    )
    pause_state_ids = fields.Many2many(
        "gb.ticket.state",
        "gb_ticket_clock_kind_pause_rel",
        "kind_id",
        "state_id",
        string="Pauses in",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE(code)", "A clock with this code exists already.")

    @api.model
    @ormcache("subject")
    def _get_table(self, subject):
        """:return: list of ClockKind that measure ``subject``"""
        return [
            ClockKind(
                kind.id,
                kind.code,
                kind.repeats,
                frozenset(kind.run_state_ids.ids),
                frozenset(kind.pause_state_ids.ids),
            )
            for kind in self.sudo().search([("subject", "=", subject)])
        ]

    @api.model
    @ormcache("code")
    def _get_id(self, code):
        """:return: id of the kind with this code, False when there is none"""
        return self.sudo().with_context(active_test=False).search([("code", "=", code)], limit=1).id
