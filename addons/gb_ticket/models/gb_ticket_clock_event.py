from odoo import fields, models


class GbTicketClockEvent(models.Model):
    """Ledger of a clock; rows are only added. What they mean is in ``tools/clock_ledger.py``."""

    _name = "gb.ticket.clock.event"
    _description = "Clock event"
    _order = "at, id"
    _rec_name = "event"

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
