import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.phone_number import MASK

WRAP_LIMIT = 5
# what takes no further argument
PLAIN_COMMANDS = {
    "answer",
    "hangup",
    "hold",
    "unhold",
    "mute",
    "unmute",
    "complete",
    "cancel_consult",
    "conference",
    "swap",
}
CALL_COMMANDS = PLAIN_COMMANDS | {"transfer", "consult", "dtmf", "record_on", "record_off"}
OUT_OF_REACH = "unreachable"
MAX_SHORTCUTS = 100
SHORTCUT_NAME = re.compile(r"[a-z_]{1,40}")
SHORTCUT_KEYS = re.compile(r"(alt\+(shift\+)?[a-z0-9])?")


class GbSeat(models.Model):
    """What the seat panel in the browser calls: always on the current user's own seat."""

    _inherit = "gb.seat"

    @api.model
    def _get_own(self):
        """The seat at which the current user is signed in, empty when he is not."""
        return self.search([("user_id", "=", self.env.uid)], limit=1)

    @api.model
    def _require_own(self):
        self._check_agent()
        seat = self._get_own()
        if not seat:
            raise UserError(self.env._("Sign in at a seat first."))
        return seat

    @api.model
    def _check_agent(self):
        if not self.env.user.has_group("gb_callcenter.group_gb_agent"):
            raise AccessError(self.env._("Only call centre agents can use a seat."))

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.model
    def get_panel(self):
        """The seat panel of the current user: docs/architecture.md, "Bus and seat panel".

        :rtype: dict
        """
        self._check_agent()
        seat = self._get_own()
        call = seat.call_id.sudo() if seat.state in ("ringing", "on_call") else self.env["gb.call"]
        wrap = self._get_wrap_up_calls(seat)
        return {
            "now": fields.Datetime.to_string(fields.Datetime.now()),
            "seat": seat._get_panel_seat() if seat else False,
            "seats": [] if seat else self._get_free_seats(),
            "pause_reasons": self.env["gb.pause.reason"].search_read([], ["name"]),
            "dispositions": self.env["gb.disposition"].search_read([], ["name", "direction"]),
            "transfer_targets": seat._get_transfer_targets() if seat else [],
            "call": call.sudo(False)._get_card() if call else False,
            "wrap": [row.sudo(False)._get_card() for row in wrap],
            "today": self._get_today(),
            "callbacks": self.env["gb.callback"].get_open_count() if seat else 0,
            "shortcuts": self.env.user.sudo().res_users_settings_id.gb_shortcuts or {},
        }

    @api.model
    def _get_wrap_up_calls(self, seat):
        """Calls that the current user still has to file: first the one whose after-call work he is in, even
        when another agent goes on with it after a transfer."""
        calls_sudo = self.env["gb.call"].sudo()
        own = seat.sudo().call_id if seat.state == "wrap_up" else calls_sudo
        others = calls_sudo.search(
            [("user_id", "=", self.env.uid), ("is_wrap_up_open", "=", True)],
            order="ended_at desc, id desc",
            limit=WRAP_LIMIT,
        )
        return own.filtered(lambda call: not call.disposition_id) | others

    def _get_panel_seat(self):
        api_class = self.provider_id.sudo()._get_api_class()
        return {
            "id": self.id,
            "name": self.name,
            "extension": self.extension,
            "state": self.state,
            "state_since": fields.Datetime.to_string(self.state_since),
            "pause_reason": self.pause_reason_id.read(["name"])[0]
            if self.pause_reason_id
            else False,
            "is_simulated": api_class.is_simulated,
            "capabilities": list(api_class.capabilities),
            "device_state": self.device_state,
        }

    @api.model
    def _get_free_seats(self):
        seats = self.search(
            [
                ("user_id", "=", False),
                "|",
                ("allowed_user_ids", "=", False),
                ("allowed_user_ids", "in", self.env.uid),
            ]
        )
        # a seat kept for this agent comes first
        seats = seats.sorted(lambda seat: self.env.user not in seat.allowed_user_ids)
        return [{"id": seat.id, "name": seat.name, "extension": seat.extension} for seat in seats]

    def _get_transfer_targets(self):
        """Where a call can be transferred to: experts and other agents who are signed in, and queues.

        Addons add targets of their own and know them again in ``_send_call_command``.
        """
        others = self.search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("user_id", "!=", False),
                ("id", "!=", self.id),
            ]
        )
        targets = [
            {
                "target": other.extension,
                "name": f"{other.user_id.sudo().name} ({other.extension})",
                "kind": "expert" if other.is_expert else "seat",
                "state": other.state,
            }
            for other in others.sorted("is_expert", reverse=True)
        ]
        queues = self.env["gb.queue"].search([("provider_id", "=", self.provider_id.id)])
        return targets + [
            {"target": f"queue:{queue.code}", "name": queue.name, "kind": "queue", "state": ""}
            for queue in queues
        ]

    @api.model
    def _get_today(self):
        """The agent's own figures since midnight of his time zone."""
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        since = fields.Datetime.now() - (now - midnight)
        rows = (
            self.env["gb.call.leg"]
            .sudo()
            ._read_group(
                [
                    ("user_id", "=", self.env.uid),
                    ("ring_at", ">=", since),
                    ("ended_at", "!=", False),
                ],
                ["result"],
                ["__count", "talk_seconds:sum"],
            )
        )
        counts = {result: (count, talk or 0) for result, count, talk in rows}
        return {
            "answered": counts.get("answered", (0, 0))[0],
            "missed": sum(counts.get(result, (0, 0))[0] for result in ("no_answer", "refused")),
            "talk_seconds": counts.get("answered", (0, 0))[1],
        }

    # ------------------------------------------------------------------
    # Acting
    # ------------------------------------------------------------------

    @api.model
    def panel_sign_in(self, seat_id):
        """Sign the current user in at a free seat. :return: panel"""
        self._check_agent()
        own = self._get_own()
        if own.id == seat_id:  # a second click, or a second tab
            return self.get_panel()
        seat = self.browse(seat_id).exists()
        if not seat:
            raise UserError(self.env._("This seat does not exist any more. Choose another one."))
        seat.check_access("read")
        seat._sign_in(self.env.user)
        return self.get_panel()

    @api.model
    def panel_sign_out(self):
        """Sign the current user out. :return: panel"""
        self._check_agent()
        seat = self._get_own()
        if seat:
            seat._sign_out()
        return self.get_panel()

    @api.model
    def panel_ready(self):
        """End pause or after-call work. :return: panel"""
        self._require_own()._make_ready()
        return self.get_panel()

    @api.model
    def panel_pause(self, reason_id):
        """Pause with a reason. :return: panel"""
        reason = self.env["gb.pause.reason"].browse(reason_id).exists()
        if not reason:
            raise UserError(self.env._("Choose a pause reason."))
        self._require_own()._pause(reason)
        return self.get_panel()

    @api.model
    def panel_dial(self, number, token, res_model=False, res_id=False):
        """Ring the current user's seat, then the number.

        :param str number: as typed, or as shown of a record; empty for the record's first number
        :param str token: unique per click; the same token dials once
        :param str res_model: model of the record whose number it is: a number that is hidden from the
            agent is called by its record
        :param int res_id: id of that record
        :return: panel
        """
        seat = self._require_own()
        if res_model and (not number or MASK in number):
            number = self._find_number_behind(number, res_model, res_id)
        seat._dial(number, token)
        return self.get_panel()

    def _dial(self, number, token, caller_id=""):
        """Ring this seat, then the number.

        :param str number: whole
        :param str token: unique per intent
        :param str caller_id: what the customer sees; empty: as the seat's line is set up
        """
        self.ensure_one()
        if self.state in ("ringing", "on_call"):
            raise UserError(self.env._("Finish the call first, then dial."))
        if self.device_state == OUT_OF_REACH:
            raise UserError(
                self.env._(
                    "Your telephone is not connected. Check that it is switched on and signed in."
                )
            )
        dialled = self._get_dial_string(number)
        self.provider_id.sudo()._command(
            "call.dial",
            {"extension": self.extension, "number": dialled, "caller_id": caller_id},
            token=str(token)[:64],
        )

    @api.model
    def _find_number_behind(self, text, res_model, res_id):
        """The number of a record that the user may read, shown to him as ``text``."""
        if res_model not in self.env or not self.env[res_model]._get_gb_masked():
            raise UserError(self.env._("There is no number to call here."))
        record = self.env[res_model].browse(res_id).exists()
        record.check_access("read")
        number = record and record._get_gb_number_behind(text)
        if not number:
            raise UserError(
                self.env._("The number has changed meanwhile. Reload the page, then call again.")
            )
        return number

    def _get_dial_string(self, number):
        """What is sent to the PBX for ``number``: digits, with a leading + for other countries' numbers.

        :raise UserError: when there is nothing to dial, or the customer is not to be called
        """
        phones = self.env["gb.phone"]
        parsed = phones._parse(number, self.provider_id.sudo()._get_region())
        digits = parsed.e164 or "".join(char for char in str(number or "") if char.isdigit())
        if not digits or parsed.state == "withheld":
            raise UserError(
                self.env._("“%s” is not a number that can be dialled.", phones._mask(number))
            )
        blocked = phones.sudo().search_count(
            [("number_key", "=", parsed.key), ("do_not_call", "=", True)], limit=1
        )
        if blocked:
            raise UserError(self.env._("This customer does not want to be called at this number."))
        return self._to_national(digits)

    def _to_national(self, e164):
        """Numbers of the own country are dialled without its code, as carriers expect."""
        code = (self.provider_id.sudo().country_id or self.env.company.country_id).phone_code
        prefix = f"+{code}" if code else None
        if prefix and e164.startswith(prefix):
            return self.env["gb.phone"]._get_national(e164)
        return e164

    @api.model
    def panel_call_command(self, command, target=None):
        """Do something with the current call.

        :param str command: answer, hangup, hold, unhold, mute, unmute, transfer, dtmf, record_off, record_on (stops and
            resumes the recording), consult (ask somebody while the customer is held), and after it complete,
            conference, swap, cancel_consult
        :param str target: extension, ``queue:<name>`` or number for transfer and consult; digits for dtmf
        :return: panel
        """
        if command not in CALL_COMMANDS:
            raise UserError(self.env._("Unknown command “%s”.", command))
        seat = self._require_own()
        if seat.state not in ("ringing", "on_call"):
            raise UserError(self.env._("There is no call to do this with."))
        seat._send_call_command(command, target)
        if command in ("mute", "unmute"):
            seat.sudo().is_muted = command == "mute"
        elif command in ("record_off", "record_on"):
            seat.sudo().is_record_paused = command == "record_off"
        return self.get_panel()

    def _send_call_command(self, command, target):
        """Have the telephone system do ``command`` with this seat's call. Override for targets of your own."""
        args = {"extension": self.extension}
        if command == "transfer":
            args.update(target=self._get_transfer_target(target), kind="blind")
        elif command == "consult":
            args["target"] = self._get_transfer_target(target)
        elif command == "dtmf":
            args["digits"] = str(target or "")
        elif command in ("record_off", "record_on"):
            args["on"] = command == "record_on"
            command = "record"
        self.provider_id.sudo()._command(f"call.{command}", self._add_call_args(args))

    def _add_call_args(self, args):
        """Add what providers without a memory of their own need to know of the seat's call."""
        if self.provider_id.sudo()._get_api_class().is_simulated:
            call_sudo = self.call_id.sudo()
            legs = call_sudo.leg_ids.filtered(lambda leg: not leg.ended_at)
            args["call"] = {
                "linked": call_sudo.linked_id,
                "legs": {leg.seat_id.extension or leg.number: leg.channel for leg in legs},
                "queue": call_sudo.queue_id.code or "",
                "consulted": legs.filtered("is_consult")[:1].channel,
                "is_held": any(legs.mapped("is_held")),
            }
        return args

    def _get_transfer_target(self, target):
        target = str(target or "").strip()
        if not target:
            raise UserError(self.env._("Choose where to transfer the call."))
        if target.startswith("queue:") or target == self.extension:
            known = self.env["gb.queue"].search_count(
                [("provider_id", "=", self.provider_id.id), ("code", "=", target[6:])], limit=1
            )
            if not known:
                raise UserError(self.env._("The call cannot be transferred there."))
            return target
        if self.sudo().search_count(
            [("provider_id", "=", self.provider_id.id), ("extension", "=", target)], limit=1
        ):
            return target
        return self._get_dial_string(target)

    @api.model
    def _get_own_call(self, call_id):
        """A call that the current user took part in.

        :raise AccessError: when he did not, or it does not exist
        """
        call = self.env["gb.call"].browse(call_id).exists()
        if not call or self.env.user not in call.sudo().leg_ids.user_id | call.sudo().user_id:
            raise AccessError(self.env._("This is not one of your calls."))
        return call

    @api.model
    def panel_set_partner(self, call_id, partner_id):
        """Say who the caller is. His number is added to the customer's numbers.

        :return: panel
        """
        self._check_agent()
        call = self._get_own_call(call_id)
        partner = self.env["res.partner"].browse(partner_id).exists()
        partner.check_access("read")
        call.sudo()._log_agent_event({"partner_id": partner.id})
        call._learn_number(partner)
        return self.get_panel()

    @api.model
    def panel_wrap_up(self, call_id, disposition_id, note="", ready=False):
        """File a call after it has ended, or while it lasts.

        :param bool ready: also end after-call work
        :return: panel
        """
        self._check_agent()
        call = self._get_own_call(call_id)
        disposition = self.env["gb.disposition"].browse(disposition_id).exists()
        if not disposition:
            raise UserError(self.env._("Choose how the call ended."))
        call.sudo()._log_agent_event(
            {"disposition_id": disposition.id, "note": str(note or "")[:10000]}
        )
        seat = self._get_own()
        if ready and seat.state == "wrap_up":
            seat._make_ready()
        return self.get_panel()

    @api.model
    def panel_set_shortcuts(self, shortcuts):
        """Keep the keys that the current user has chosen.

        :param dict shortcuts: name of the action → keys (``alt+x``, ``alt+shift+x``, empty for none), only those that
            differ from the defaults
        :return: panel
        """
        self._check_agent()
        if (
            not isinstance(shortcuts, dict)
            or len(shortcuts) > MAX_SHORTCUTS
            or not all(
                SHORTCUT_NAME.fullmatch(str(name)) and SHORTCUT_KEYS.fullmatch(str(keys))
                for name, keys in shortcuts.items()
            )
        ):
            raise UserError(self.env._("These keys cannot be used. Choose others."))
        settings = self.env["res.users.settings"]._find_or_create_for_user(self.env.user)
        settings.sudo().gb_shortcuts = shortcuts
        return self.get_panel()

    @api.model
    def panel_simulate_call(self, number=None):
        """Let a made-up customer ring (demo provider only). :return: panel"""
        seat = self._require_own()
        if not seat.provider_id.sudo()._get_api_class().is_simulated:
            raise UserError(self.env._("This seat has a real telephone: ring the hotline instead."))
        if seat.state != "ready":
            raise UserError(self.env._("Make yourself ready first."))
        queue = seat.queue_ids[:1]
        hotline = self.env["gb.hotline"].search(
            [("provider_id", "=", seat.provider_id.id), ("queue_id", "in", seat.queue_ids.ids)],
            limit=1,
        )
        if number is None:
            phone = self.env["gb.phone"].search([("number_key", "!=", False)], limit=50)
            number = phone[fields.Datetime.now().second % len(phone)].number_key if phone else ""
        seat.provider_id.sudo()._command(
            "simulate.call",
            {
                "extension": seat.extension,
                "number": number,
                "hotline": hotline.number or "",
                "queue": queue.code or "",
            },
        )
        return self.get_panel()
