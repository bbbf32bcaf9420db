from odoo import fields, models


class GbTicketClockEvent(models.Model):
    """Ledger of a clock; rows are only added."""

    _name = "gb.ticket.clock.event"
    _description = "Clock event"
    _order = "at, id"

    clock_id = fields.Many2one(
        "gb.ticket.clock", required=True, index=True, ondelete="cascade", readonly=True
    )
    event = fields.Selection(
        [
            ("activate", "Started"),
            ("pause", "Paused"),
            ("resume", "Resumed"),
            ("fulfil", "Fulfilled"),
            ("cancel", "Cancelled"),
            ("threshold", "Threshold passed"),
            ("breach", "Overdue"),
            ("retarget", "Target changed"),
        ],
        required=True,
        readonly=True,
    )
    at = fields.Datetime(required=True, readonly=True)
    data = fields.Json(readonly=True)
