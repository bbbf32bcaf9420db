from datetime import timedelta

from odoo import api, fields, models

from ..const import SEAT_STATES

# Odoo's clock says when somebody signed in, the PBX's when a telephone rang
CLOCK_SLACK = timedelta(seconds=5)


class GbSeatLog(models.Model):
    """Who was where in which state, and how long: gapless intervals of each signed-in seat."""

    _name = "gb.seat.log"
    _description = "Seat state interval"
    _order = "start_at desc, id desc"
    _rec_name = "seat_id"

    seat_id = fields.Many2one("gb.seat", required=True, ondelete="cascade", readonly=True)
    user_id = fields.Many2one("res.users", string="Agent", readonly=True, index=True)
    company_id = fields.Many2one("res.company", readonly=True)
    state = fields.Selection(SEAT_STATES, required=True, readonly=True)
    pause_reason_id = fields.Many2one("gb.pause.reason", readonly=True)
    call_id = fields.Many2one("gb.call", readonly=True, index="btree_not_null", ondelete="set null")
    start_at = fields.Datetime(required=True, readonly=True)
    end_at = fields.Datetime(readonly=True)
    seconds = fields.Integer(
        string="Duration (s)", readonly=True, help="Length of the interval; empty while it runs."
    )

    _seat_start_idx = models.Index("(seat_id, start_at)")
    _open_uniq = models.UniqueIndex("(seat_id) WHERE end_at IS NULL")

    @api.model
    def _switch(self, seat, at):
        """Close the running interval of ``seat`` at ``at`` and open the one of its present state."""
        running = self.search([("seat_id", "=", seat.id), ("end_at", "=", False)])
        for log in running:
            log.write({"end_at": at, "seconds": (at - log.start_at).total_seconds()})
        running.flush_recordset()
        if seat.state == "signed_out":
            return self.browse()
        return self.create(
            {
                "seat_id": seat.id,
                "user_id": seat.user_id.id,
                "company_id": seat.company_id.id,
                "state": seat.state,
                "pause_reason_id": seat.pause_reason_id.id,
                "call_id": seat.call_id.id,
                "start_at": at,
            }
        )

    @api.model
    def _get_users_at(self, moments):
        """Who sat where when.

        :param list moments: pairs (seat id, naive UTC datetime)
        :return: dict of those pairs to user id, without the pairs where nobody sat
        """
        users = {}
        seat_ids = {seat_id for seat_id, _at in moments}
        if not seat_ids:
            return users
        first = min(at for _seat_id, at in moments)
        self.flush_model()
        logs = self.search_fetch(
            [
                ("seat_id", "in", list(seat_ids)),
                "|",
                ("end_at", "=", False),
                ("end_at", ">=", first - CLOCK_SLACK),
            ],
            ["seat_id", "user_id", "start_at", "end_at"],
            order="start_at, id",
        )
        by_seat = {seat.id: rows for seat, rows in logs.grouped("seat_id").items()}
        for seat_id, at in moments:
            for slack in (timedelta(0), CLOCK_SLACK):
                for log in by_seat.get(seat_id, self):
                    if log.start_at - slack <= at and (not log.end_at or at <= log.end_at + slack):
                        users[seat_id, at] = log.user_id.id
                if (seat_id, at) in users:
                    break
        return users
