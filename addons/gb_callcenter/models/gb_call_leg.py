from odoo import fields, models

from ..const import LEG_RESULTS


class GbCallLeg(models.Model):
    """One party that was rung for a call: a seat, or an outside number."""

    _name = "gb.call.leg"
    _description = "Call leg"
    _order = "call_id, ring_at, id"
    _rec_name = "channel"
    _gb_masked_fields = ("number", "transfer_target")

    call_id = fields.Many2one(
        "gb.call", required=True, ondelete="cascade", readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    channel = fields.Char(required=True, readonly=True)
    role = fields.Selection(
        [("seat", "Seat"), ("outside", "Outside number")], required=True, readonly=True
    )
    number = fields.Char(readonly=True)
    seat_id = fields.Many2one("gb.seat", readonly=True)
    user_id = fields.Many2one("res.users", string="Agent", readonly=True)
    queue_id = fields.Many2one("gb.queue", readonly=True, index="btree_not_null")
    ring_at = fields.Datetime(string="Rang", readonly=True)
    answered_at = fields.Datetime(string="Answered", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    result = fields.Selection(LEG_RESULTS, readonly=True)
    ring_seconds = fields.Integer(string="Ringing (s)", readonly=True, aggregator="avg")
    talk_seconds = fields.Integer(string="Talk (s)", readonly=True)
    hold_seconds = fields.Integer(string="Hold (s)", readonly=True)
    consult_seconds = fields.Integer(
        string="Consulted (s)",
        readonly=True,
        help="Talk with the colleague who asked, before or without the customer.",
    )
    is_consult = fields.Boolean(
        string="Consulted only",
        readonly=True,
        help="Asked by a colleague; the customer was not there.",
    )
    is_held = fields.Boolean(string="On hold", readonly=True)
    transfer_kind = fields.Selection(
        [("blind", "Blind transfer"), ("attended", "Attended transfer")],
        string="Transferred",
        readonly=True,
    )
    transfer_target = fields.Char(string="To", readonly=True)

    _user_idx = models.Index("(user_id, ring_at DESC) WHERE user_id IS NOT NULL")
    _seat_open_idx = models.Index("(seat_id) WHERE ended_at IS NULL")
    _seat_call_idx = models.Index("(seat_id, call_id)")
