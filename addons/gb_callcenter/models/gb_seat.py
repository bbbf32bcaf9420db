from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..const import DEVICE_STATES, EXTENSION, SEAT_BUS_TYPE, SEAT_STATES, SEAT_TRANSITIONS


class GbSeat(models.Model):
    """A place with a telephone. While an agent is signed in, ``user_id`` says who.

    States and who moves them::

        signed_out ─► ready ◄─► paused          the agent (panel_*), the supervisor
             ▲          │ ▲        │
             │        rings│       │ rings (own outbound calls, direct calls)
             │          ▼ │        ▼
             │        ringing ──► on_call ──► wrap_up ──► ready / paused
             │                                             the agent, or the PBX after its limit
             └── from ready, paused and wrap_up
    """

    _name = "gb.seat"
    _description = "Agent seat"
    _order = "extension, id"
    _rec_names_search = ["name", "extension", "user_id"]
    _check_company_auto = True

    name = fields.Char(required=True)
    extension = fields.Char(required=True, help="Number of the telephone at this seat.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    provider_id = fields.Many2one(
        "gb.telephony.provider",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        default=lambda self: self.env["gb.telephony.provider"]._get_default(),
    )
    queue_ids = fields.Many2many(
        "gb.queue",
        "gb_queue_seat_rel",
        "seat_id",
        "queue_id",
        string="Queues",
        domain="[('provider_id', '=', provider_id)]",
    )
    rank = fields.Integer(
        default=10,
        help="In queues that go by rank the seat with the lowest rings first (0 to 99).",
    )
    allowed_user_ids = fields.Many2many(
        "res.users",
        "gb_seat_allowed_user_rel",
        "seat_id",
        "user_id",
        string="Only for",
        help="Agents who may sign in here. Empty: every agent.",
    )
    user_id = fields.Many2one("res.users", string="Agent", readonly=True, copy=False)
    state = fields.Selection(
        SEAT_STATES,
        default="signed_out",
        required=True,
        readonly=True,
        copy=False,
        group_expand=True,
    )
    state_since = fields.Datetime(
        default=fields.Datetime.now, required=True, readonly=True, copy=False
    )
    pause_reason_id = fields.Many2one("gb.pause.reason", readonly=True, copy=False)
    is_pause_too_long = fields.Boolean(
        string="Pause too long", compute="_compute_is_pause_too_long"
    )
    resume_reason_id = fields.Many2one(
        "gb.pause.reason",
        readonly=True,
        copy=False,
        help="The pause that a call of his own interrupted, and that goes on after it.",
    )
    call_id = fields.Many2one(
        "gb.call", string="Current call", readonly=True, copy=False, ondelete="set null"
    )
    is_muted = fields.Boolean(readonly=True, copy=False)
    is_record_paused = fields.Boolean(string="Recording stopped", readonly=True, copy=False)
    is_expert = fields.Boolean(
        string="Expert", help="Colleagues find this seat first when they ask or transfer."
    )
    device_state = fields.Selection(
        DEVICE_STATES, string="Device", default="unknown", required=True, readonly=True
    )
    log_ids = fields.One2many("gb.seat.log", "seat_id", string="State history")

    _extension_uniq = models.Constraint(
        "UNIQUE(provider_id, extension)", "This PBX has a seat with this extension already."
    )
    _user_uniq = models.UniqueIndex(
        "(user_id) WHERE user_id IS NOT NULL",
        "An agent can be signed in at one seat only.",
    )

    _STATE_FIELDS = {
        "state",
        "state_since",
        "user_id",
        "pause_reason_id",
        "resume_reason_id",
        "call_id",
        "is_muted",
        "is_record_paused",
        "device_state",
    }

    @api.depends("name", "extension")
    def _compute_display_name(self):
        for seat in self:
            seat.display_name = f"{seat.name} ({seat.extension})"

    @api.depends("state", "state_since", "pause_reason_id")
    def _compute_is_pause_too_long(self):
        now = fields.Datetime.now()
        for seat in self:
            minutes = seat.pause_reason_id.max_minutes
            seat.is_pause_too_long = bool(
                seat.state == "paused"
                and minutes
                and now - seat.state_since > timedelta(minutes=minutes)
            )

    @api.constrains("extension")
    def _check_extension(self):
        for seat in self:
            if not EXTENSION.fullmatch(seat.extension or ""):
                raise ValidationError(self.env._("An extension has 2 to 10 digits."))

    @api.model_create_multi
    def create(self, vals_list):
        self._check_state_fields(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_state_fields([vals])
        return super().write(vals)

    def _check_state_fields(self, vals_list):
        if not self.env.su and any(self._STATE_FIELDS & vals.keys() for vals in vals_list):
            raise AccessError(
                self.env._("A seat's state is changed by signing in, pausing and calls only.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed_in(self):
        if self.filtered("user_id"):
            raise UserError(self.env._("Sign the agent out before you delete his seat."))

    # ------------------------------------------------------------------
    # State
    # ------------------------------------------------------------------

    def _set_state(self, state, at=None, reason=None, user=None):
        """Move seats to ``state``: the only place that writes it.

        Closes the running interval of ``gb.seat.log``, opens the next one and tells the agent's screen.
        A move to where the seat is already (same reason) changes nothing.

        :param str state: one of ``const.SEAT_STATES``
        :param datetime at: when it happened (UTC, naive), now by default; never before the running interval
        :param reason: ``gb.pause.reason`` record for ``paused``
        :param user: ``res.users`` record when somebody signs in
        :return: the seats that really changed
        """
        changed_sudo = self.browse().sudo()
        reason = reason or self.env["gb.pause.reason"]
        for seat_sudo in self.sudo():  # seats belong to nobody: agents cannot write them
            same_reason = state != "paused" or seat_sudo.pause_reason_id == reason
            if seat_sudo.state == state and same_reason and not user:
                continue
            moment = max(at or fields.Datetime.now(), seat_sudo.state_since).replace(microsecond=0)
            agent = user or seat_sudo.user_id
            if state == "signed_out":
                new_user = self.env["res.users"]
            else:
                new_user = agent
            seat_sudo.write(
                {
                    "state": state,
                    "state_since": moment,
                    "user_id": new_user.id,
                    "pause_reason_id": reason.id if state == "paused" else False,
                }
            )
            self.env["gb.seat.log"].sudo()._switch(seat_sudo, moment)
            changed_sudo |= seat_sudo
            agent._bus_send(
                SEAT_BUS_TYPE,
                {"event": "state", "seat_id": seat_sudo.id, "call_id": seat_sudo.call_id.id},
            )
        if changed_sudo:
            self._tell_board()
        return changed_sudo.sudo(self.env.su)

    def _check_transition(self, state):
        """Refuse what an agent cannot do from the state that he is in, saying why.

        :raise UserError:
        """
        self.ensure_one()
        if state not in SEAT_TRANSITIONS[self.state]:
            names = dict(self._fields["state"]._description_selection(self.env))
            if self.state in ("ringing", "on_call"):
                raise UserError(
                    self.env._("Finish the call first: your seat is “%s”.", names[self.state])
                )
            raise UserError(
                self.env._(
                    "From “%(current)s” you cannot go to “%(wanted)s”.",
                    current=names[self.state],
                    wanted=names[state],
                )
            )

    # ------------------------------------------------------------------
    # Actions: the agent through the panel, a supervisor on the seat
    # ------------------------------------------------------------------

    def _sign_in(self, user, reason=None):
        """Sign ``user`` in here, at the PBX first: a seat that the PBX does not know gets no calls."""
        self.ensure_one()
        if self.user_id:
            raise UserError(
                self.env._(
                    "%(seat)s is taken by %(user)s.",
                    seat=self.display_name,
                    user=self.user_id.sudo().name,
                )
            )
        if self.allowed_user_ids and user not in self.allowed_user_ids:
            raise UserError(
                self.env._("%s is reserved for other agents. Choose another seat.", self.name)
            )
        other = self.sudo().search([("user_id", "=", user.id)], limit=1)
        if other:
            raise UserError(
                self.env._("You are signed in at %s already. Sign out there first.", other.name)
            )
        self._check_transition("ready")
        self.provider_id.sudo()._command("seat.sign_in", self._prepare_sign_in_values(user, reason))
        self._set_state("paused" if reason else "ready", reason=reason, user=user)

    def _prepare_sign_in_values(self, user, reason=None):
        """Arguments of ``seat.sign_in``. Addons that route differently override it."""
        self.ensure_one()
        limits = self.queue_ids.sudo().mapped("wrap_up_limit")
        return {
            "extension": self.extension,
            "name": user.name,
            "user": user.id,
            "queues": self._get_member_queues(user),
            "paused": bool(reason),
            "reason": reason.name if reason else "",
            "wrap_seconds": 0 if not limits or 0 in limits else max(limits),
        }

    def _sign_out(self):
        self.ensure_one()
        self._check_transition("signed_out")
        self.provider_id.sudo()._command("seat.sign_out", {"extension": self.extension})
        self._set_state("signed_out")

    def _make_ready(self):
        self.ensure_one()
        if self.state == "ready":
            return
        self._check_transition("ready")
        self.provider_id.sudo()._command(
            "seat.pause", {"extension": self.extension, "paused": False, "reason": ""}
        )
        self._finish_wrap_up()
        self._set_state("ready")

    def _pause(self, reason):
        self.ensure_one()
        self._check_transition("paused")
        self.provider_id.sudo()._command(
            "seat.pause", {"extension": self.extension, "paused": True, "reason": reason.name}
        )
        self._finish_wrap_up()
        self._set_state("paused", reason=reason)

    def _finish_wrap_up(self, at=None):
        """After-call work is over: note its end on the call that it belongs to."""
        for seat_sudo in self.sudo().filtered(lambda seat: seat.state == "wrap_up"):
            call_sudo = seat_sudo.call_id
            if call_sudo:
                call_sudo._log_agent_event({"wrap_end": True}, at=at)
            seat_sudo.call_id = False

    def action_force_sign_out(self):
        """Sign the agent of these seats out (supervisors)."""
        self._check_supervisor()
        for seat in self.filtered("user_id"):
            seat._note_force(self.env._("signed out"))
            seat._sign_out()

    def action_force_pause(self):
        """Pause these seats with the first pause reason (supervisors)."""
        self._check_supervisor()
        reason = self.env["gb.pause.reason"].search([], limit=1)
        for seat in self.filtered(lambda seat: seat.state in ("ready", "wrap_up")):
            seat._note_force(self.env._("paused"))
            seat._pause(reason)

    def _note_force(self, what):
        """Note in the access log that the current user has ``what`` this seat's agent."""
        self.env["gb.access.log"]._note(
            "force", self, details=f"{self.sudo().user_id.name}: {what}"
        )

    def _check_supervisor(self):
        if not self.env.user.has_group("gb_callcenter.group_gb_lead"):
            raise AccessError(self.env._("Only team leads may do this to another agent's seat."))
        self.check_access("read")
        if not all(seat._is_led() for seat in self):
            raise AccessError(self.env._("This agent is not in your team."))

    def _is_led(self):
        """Whether the current user leads the agent of this seat."""
        agent = self.sudo().user_id
        return (
            not agent
            or self.env.user.has_group("gb_callcenter.group_gb_manager")
            or agent in self.env.user.gb_led_team_ids.member_ids
        )

    # ------------------------------------------------------------------
    # What calls and the PBX do to seats
    # ------------------------------------------------------------------

    def _follow_calls(self):
        """Bring seats in line with the open legs of their calls.

        Looks at what is, not at what just happened: whatever order and however late events come,
        the state is that of the legs.
        """
        seats_sudo = self.sudo()
        self.env["gb.call.leg"].flush_model()
        legs = (
            self.env["gb.call.leg"]
            .sudo()
            .search([("seat_id", "in", self.ids), ("ended_at", "=", False)], order="ring_at, id")
        )
        open_legs = legs.grouped("seat_id")
        for seat_sudo in seats_sudo.filtered(lambda seat: seat.state != "signed_out"):
            seat_legs = open_legs.get(seat_sudo, self.env["gb.call.leg"])
            talking = seat_legs.filtered("answered_at")[-1:]
            leg_sudo = (talking or seat_legs[-1:]).sudo()
            if leg_sudo:
                seat_sudo._follow_open_leg(leg_sudo)
            elif seat_sudo.state in ("ringing", "on_call"):
                seat_sudo._follow_end_of_call()

    def _follow_open_leg(self, leg_sudo):
        state = "on_call" if leg_sudo.answered_at else "ringing"
        if self.state == state and self.call_id == leg_sudo.call_id:
            return
        if self.state == "wrap_up":
            self._finish_wrap_up(at=leg_sudo.ring_at)
        values = {"call_id": leg_sudo.call_id.id}
        if self.state == "paused":
            values["resume_reason_id"] = self.pause_reason_id.id
        if self.call_id != leg_sudo.call_id:
            values |= {"is_muted": False, "is_record_paused": False}
        self.write(values)
        self._set_state(state, at=leg_sudo.answered_at or leg_sudo.ring_at)

    def _follow_end_of_call(self):
        leg_sudo = (
            self.env["gb.call.leg"]
            .sudo()
            .search(
                [("seat_id", "=", self.id), ("call_id", "=", self.call_id.id)],
                order="ring_at desc, id desc",
                limit=1,
            )
        )
        at = leg_sudo.ended_at or fields.Datetime.now()
        reason = self.resume_reason_id
        if leg_sudo.result == "answered" and leg_sudo.queue_id:
            self._set_state("wrap_up", at=at)
        else:
            self.call_id = False
            self._set_state("paused" if reason else "ready", at=at, reason=reason)
        self.write({"is_muted": False, "is_record_paused": False, "resume_reason_id": False})

    @api.model
    def _apply_seat_facts(self, provider, facts):
        """Take over what the PBX says of its telephones and queue members.

        :param facts: ``Fact`` of kind ``device`` (info: extension, state) or ``unpaused``
            (info: extension; the PBX itself ended after-call work), in order
        """
        by_extension = {}
        for fact in facts:
            by_extension.setdefault(fact.info["extension"], []).append(fact)
        seats_sudo = self.sudo().search(
            [("provider_id", "=", provider.id), ("extension", "in", list(by_extension))]
        )
        for seat_sudo in seats_sudo:
            for fact in by_extension[seat_sudo.extension]:
                at = fact.moment()
                if fact.kind == "device":
                    if seat_sudo.device_state != fact.info["state"]:
                        seat_sudo.device_state = fact.info["state"]
                        seat_sudo.user_id._bus_send(
                            SEAT_BUS_TYPE,
                            {"event": "state", "seat_id": seat_sudo.id, "call_id": False},
                        )
                elif seat_sudo.state == "wrap_up" and at >= seat_sudo.state_since:
                    seat_sudo._finish_wrap_up(at=at)
                    seat_sudo._set_state("ready", at=at)
