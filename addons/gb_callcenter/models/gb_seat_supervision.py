from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import BOARD_BUS_TYPE

SPY_MODES = {"listen", "whisper", "barge"}
MODES = SPY_MODES | {"take", "sign_out", "pause"}
RECENT_LIMIT = 20


class GbSeat(models.Model):
    """What supervisors see of all seats and queues, and what they do with them."""

    _inherit = "gb.seat"

    @api.model
    def _tell_board(self):
        """Tell live boards that something has changed: what, they ask for themselves, as far as they may see it."""
        self.env.ref("gb_callcenter.group_gb_lead")._bus_send(BOARD_BUS_TYPE, {})

    @api.model
    def get_board(self):
        """Seats and queues at this moment: what the current user may see of them.

        :return: {"now", "own": extension | False, "seats": [seat], "queues": [queue]}
            seat: {"id", "name", "extension", "state", "since", "agent": False | {"id", "name"}, "pause_reason",
            "is_pause_too_long", "device_state", "queues": [name], "is_mine": may be supervised by this user,
            "can_hear": its telephone system lets supervisors listen, "call": False | {"id", "state", "direction", "who", "queue", "since", "third"}}
            queue: {"id", "name", "waiting", "longest_since": False | time, "ready", "busy", "paused", "offered", "answered",
            "abandoned", "service_level", "asa"}: figures of today
        :raise AccessError: for others than leads and managers
        """
        self._check_supervisor()
        seats = self.search([])
        own = self._get_own()
        return {
            "now": fields.Datetime.to_string(fields.Datetime.now()),
            "own": own.extension or False,
            "seats": [seat._get_board_seat() for seat in seats],
            "queues": seats._get_board_queues(),
        }

    def _get_board_seat(self):
        seat_sudo = (
            self.sudo()
        )  # names of agents and customers; the seat itself was found by the user
        call_sudo = seat_sudo.call_id if self.state in ("ringing", "on_call", "wrap_up") else False
        return {
            "id": self.id,
            "name": self.name,
            "extension": self.extension,
            "state": self.state,
            "since": fields.Datetime.to_string(self.state_since),
            "agent": {"id": seat_sudo.user_id.id, "name": seat_sudo.user_id.name}
            if self.user_id
            else False,
            "pause_reason": seat_sudo.pause_reason_id.name or False,
            "is_pause_too_long": self.is_pause_too_long,
            "device_state": self.device_state,
            "queues": seat_sudo.queue_ids.mapped("name"),
            "is_mine": bool(self.user_id) and self.user_id != self.env.user and self._is_led(),
            "can_hear": "supervise" in self.provider_id.sudo()._get_api_class().capabilities,
            "call": self._get_board_call(call_sudo) if call_sudo else False,
        }

    def _get_board_call(self, call_sudo):
        leg = call_sudo.leg_ids.filtered(lambda leg: leg.seat_id == self and not leg.ended_at)[-1:]
        since = leg.answered_at or leg.ring_at or call_sudo.offered_at
        return {
            "id": call_sudo.id,
            "state": call_sudo.with_user(self.env.user).sudo()._get_card_state(leg),
            "direction": call_sudo.direction,
            "who": call_sudo.partner_id.name
            or self.env["gb.phone"]._mask(call_sudo.number)
            or self.env._("Withheld number"),
            "queue": call_sudo.queue_id.name or False,
            "since": fields.Datetime.to_string(since),
            "third": call_sudo._get_third(leg),
        }

    @api.model
    def _get_board_queues(self):
        queues = self.env["gb.queue"].search([])
        waiting = {
            queue: (count, first)
            for queue, count, first in self.env["gb.call"]
            .sudo()
            ._read_group(
                [
                    ("queue_id", "in", queues.ids),
                    ("ended_at", "=", False),
                    ("answered_at", "=", False),
                    ("state", "in", ("queued", "ringing")),
                    ("direction", "=", "inbound"),
                ],
                ["queue_id"],
                ["__count", "queued_at:min"],
            )
        }
        rows = []
        for queue in queues:
            count, first = waiting.get(queue, (0, False))
            states = queue.sudo().seat_ids.mapped("state")
            rows.append(
                {
                    "id": queue.id,
                    "name": queue.name,
                    "waiting": count,
                    "longest_since": fields.Datetime.to_string(first) if first else False,
                    "ready": states.count("ready"),
                    "busy": sum(states.count(s) for s in ("ringing", "on_call", "wrap_up")),
                    "paused": states.count("paused"),
                    "offered": queue.offered_today,
                    "answered": queue.answered_today,
                    "abandoned": queue.abandoned_today,
                    "service_level": queue.service_level_today,
                    "asa": queue.asa_today,
                }
            )
        return rows

    @api.model
    def supervise(self, seat_id, mode):
        """Do something with another agent's seat; noted in the access log.

        :param str mode: listen, whisper, barge (ring the supervisor's own seat and let him hear the call), take (its
            customer comes to the supervisor's seat), sign_out, pause
        :return: board
        :raise UserError: when there is no call, or the supervisor sits nowhere
        :raise AccessError: when the agent is none of his
        """
        if mode not in MODES:
            raise UserError(self.env._("Unknown command “%s”.", mode))
        seat = self.browse(seat_id).exists()
        if not seat:
            raise UserError(self.env._("This seat does not exist any more."))
        seat._check_supervisor()
        if mode == "sign_out":
            seat.action_force_sign_out()
        elif mode == "pause":
            seat.action_force_pause()
        else:
            seat._supervise_call(mode)
        return self.get_board()

    def _supervise_call(self, mode):
        own = self._get_own()
        if not own or own.provider_id != self.provider_id:
            raise UserError(
                self.env._("Sign in at a seat of the same telephone system first: it will ring.")
            )
        if own == self:
            raise UserError(self.env._("This is your own seat."))
        if own.state in ("ringing", "on_call"):
            raise UserError(self.env._("Finish your own call first."))
        call_sudo = self.sudo().call_id
        if self.state != "on_call" or not call_sudo:
            raise UserError(self.env._("There is no call at this seat now."))
        args = {"extension": own.extension, "target": self.extension}
        if mode in SPY_MODES:
            command, args["mode"] = "call.spy", mode
        else:
            command = "call.take"
        self.env["gb.access.log"]._note(
            mode,
            call_sudo,
            details=self.env._(
                "Seat %(seat)s, agent %(agent)s",
                seat=self.display_name,
                agent=self.sudo().user_id.name or "",
            ),
        )
        self.provider_id.sudo()._command(command, self._add_call_args(args))
