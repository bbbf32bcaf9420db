from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

# Only the engine writes these (as superuser); a user's write of them is refused.
OWNED_BY_ENGINE = frozenset(
    (
        "name", "company_id", "process_id", "state_id", "phase", "is_open", "closing", "revision", "level", "is_pinned", "cycle",
        "return_count", "rework_count", "reopen_count", "chase_count", "reminder_count", "accepted_by_id", "result_author_id",
        "accepted_at", "dispatched_at", "signed_at", "first_contact_at", "resolved_at", "closed_at", "due_at", "next_due_at",
        "is_overdue", "department_id", "user_id", "solved", "satisfaction", "step_ids", "clock_ids", "merged_into_id",
        "is_knowledge_gap", "access_token", "duplicate_answer", "duplicate_of_id", "duplicate_reason", "duplicate_compared_ids",
        "is_repeat", "repeat_of_id", "merge_undo", "closing_age", "first_response_minutes", "sign_minutes", "resolve_minutes",
        "total_hours", "satisfaction_score", "satisfied_share", "repeat_share", "reopened_share", "overdue_dispatch",
        "overdue_sign", "overdue_first_contact", "overdue_resolve", "overdue_review", "overdue_call_back", "overdue_count",
    )
)  # fmt: skip


class GbTicket(models.Model):
    """The one way in which a work order moves."""

    _inherit = "gb.ticket"

    moves = fields.Json(
        compute="_compute_moves",
        help="What the current user may do now: list of {code, name, style, description, fields: "
        "[{name, required}], note, confirmed}.",
    )

    # ------------------------------------------------------------
    # What may be done
    # ------------------------------------------------------------
    @api.depends("state_id", "process_id", "department_id", "user_id", "revision")
    @api.depends_context("uid")
    def _compute_moves(self):
        for ticket in self:
            ticket.moves = [
                move._describe(ticket)
                for move in ticket._get_moves()
                if not move.domain or ticket.sudo().filtered_domain(move._get_domain())
            ]

    def _get_moves(self, actor="user"):
        """:return: gb.ticket.transition that ``actor`` may use now; their guards are not asked yet"""
        self.ensure_one()
        process_sudo = self.sudo().process_id
        return process_sudo.transition_ids.filtered(
            lambda move: self.state_id in move.from_state_ids and not self._get_refusal(move, actor)
        )

    def _get_refusal(self, move, actor="user"):
        """Why ``actor`` may not use ``move``, whatever the work order looks like.

        :param move: gb.ticket.transition, as superuser
        :param actor: ``user`` (the current one), ``customer`` or ``system``
        :return: sentence, or False
        """
        self.ensure_one()
        if actor == "customer":
            return not move.is_by_customer and self.env._("Customers cannot do this.")
        if actor == "system":
            return not move.is_by_system and self.env._(
                "“%(move)s” is not for automation.", move=move.name
            )
        user = self.env.user
        mine = set(user._get_group_ids())
        if not mine & set(move.group_ids.ids):
            roles = ", ".join(move.group_ids.mapped("name"))
            return self.env._("“%(move)s” is for: %(roles)s.", move=move.name, roles=roles)
        # a role of the call centre is not bound to the department
        department_role = self.env.ref("gb_ticket.group_gb_department").id
        if move.scope != "not_author" and mine & set(move.group_ids.ids) - {department_role}:
            return False
        if user.has_group("gb_callcenter.group_gb_manager"):
            return False
        return self._get_scope_refusal(move, user)

    def _get_scope_refusal(self, move, user):
        department = self.sudo().department_id
        is_lead = user in department.gb_lead_ids
        if move.scope == "department" and not is_lead and user not in department.gb_member_ids:
            return self.env._(
                "“%(move)s” is for members of the department %(department)s.",
                move=move.name,
                department=department.name or "–",
            )
        if move.scope == "lead" and not is_lead:
            return self.env._(
                "“%(move)s” is for leads of the department %(department)s.",
                move=move.name,
                department=department.name or "–",
            )
        if move.scope == "handler" and not is_lead and self.sudo().user_id != user:
            return self.env._(
                "“%(move)s” is for the lead handler, %(handler)s.",
                move=move.name,
                handler=self.sudo().user_id.name or self.env._("nobody yet: claim it first"),
            )
        if move.scope == "not_author" and self.sudo().result_author_id == user:
            return self.env._(
                "You submitted this result; “%(move)s” is for somebody else.", move=move.name
            )
        return False

    # ------------------------------------------------------------
    # Moving
    # ------------------------------------------------------------
    def action_transition(self, code, values=None, note=None, revision=None):
        """Move one work order as the current user (buttons, dialog, API).

        :param code: code of the move
        :param values: {field: value as in ``write``}, only fields that the move asks for or offers
        :param note: the reason, for the history
        :param revision: ``revision`` of the work order that the user saw; a move by somebody else meanwhile is told
        :return: {"moved": bool, "pending": bool} – ``pending`` when a superior has to confirm
        :raises UserError: saying why not, and what to do
        """
        self.ensure_one()
        self.check_access("read")
        moved = self._transition(code, values=values, note=note, revision=revision)
        return {"moved": bool(moved), "pending": not moved}

    def _transition(self, code, values=None, note=None, actor="user", revision=None):
        """Move the work orders. Everything that changes a state comes through here.

        The work order is locked first: of two at once one wins, the other is told. All of a move is stored or nothing:
        an error that is caught has to roll back to a savepoint.

        :param actor: ``user``, ``customer`` (the caller has checked who he is) or ``system``
        :return: the work orders that have moved; without those whose move waits for a superior
        :raises UserError: on a move that there is not, or is not allowed, or whose guard says no
        """
        moved = self.browse()
        for ticket in self:
            if ticket._move(code, dict(values or {}), note, actor, revision):
                moved |= ticket
        return moved

    def _lock(self, revision=None):
        """Lock this work order for moving. :raises UserError: when another transaction has it, or it moved meanwhile"""
        self.ensure_one()
        self.flush_recordset()
        try:
            self.sudo().lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody is moving %(number)s at this moment. Look again.", number=self.name
                )
            ) from error
        if revision is not None and revision != self.revision:
            step = self.sudo()._get_last_step()
            raise UserError(
                self.env._(
                    "%(who)s has moved %(number)s to “%(state)s” meanwhile. Nothing of yours was stored: look again.",
                    who=step.actor_id.name or self.env._("Somebody"),
                    number=self.name,
                    state=self.state_id.name,
                )
            )

    def _move(self, code, values, note, actor, revision=None, approval=None):
        self.ensure_one()
        self._lock(revision)
        move = self._find_move(code)
        refusal = self._get_refusal(move, actor)
        if refusal:
            raise AccessError(refusal)
        move._check_values(self, values, note)
        if (
            actor == "user"
            and not approval
            and move.approval_group_id
            and move.approval_group_id.id not in self.env.user._get_group_ids()
        ):
            self._ask_approval(
                "transition", transition=move, payload={"values": values}, reason=note
            )
            return False
        ticket_sudo = self.sudo()
        if values:
            ticket_sudo.write(values)
        move._check_required(ticket_sudo)
        # guards and effects know who moves by env.user, and may read whatever they need
        if move.domain and not ticket_sudo.filtered_domain(move._get_domain()):
            raise UserError(
                move.domain_message
                or self.env._("“%(move)s” does not fit this work order.", move=move.name)
            )
        if move.guard:
            getattr(ticket_sudo, f"_guard_{move.guard}")(
                move, {**values, "_note": note, "_actor": actor}
            )
        step = ticket_sudo._set_state(
            ticket_sudo._get_target(move),
            move=move,
            actor=actor,
            note=note,
            details=move._get_details(ticket_sudo, values),
        )
        ticket_sudo._after_move(move, step)
        return True

    def _find_move(self, code):
        move_sudo = self.sudo().process_id.transition_ids.filtered(lambda move: move.code == code)
        if not move_sudo:
            raise UserError(self.env._("There is no move “%(code)s”.", code=code))
        if self.state_id not in move_sudo.from_state_ids:
            raise UserError(
                self.env._(
                    "%(number)s is in “%(state)s”: “%(move)s” is not possible from there.",
                    number=self.name,
                    state=self.state_id.name,
                    move=move_sudo.name,
                )
            )
        return move_sudo

    def _get_target(self, move):
        if move.target == "same":
            return self.state_id
        if move.target == "previous":
            return self._get_last_step().from_state_id or self.process_id.start_state_id
        return move.to_state_id

    def _set_state(self, state, move=None, actor="user", note=None, details=None):
        """End the open step, run the effect, begin the next step. Called by the engine only, as superuser.

        :return: the new gb.ticket.step
        """
        self.ensure_one()
        now = fields.Datetime.now()
        from_state = self.state_id
        step = self.step_ids.filtered(lambda step: not step.ended_at)
        if step:
            step.write(
                {"ended_at": now, "minutes": self._get_working_minutes(step.started_at, now)}
            )
            step.flush_recordset()  # before the next one: there is one open step at a time
        self.write(
            {
                "state_id": state.id,
                "phase": state.phase,
                "is_open": state.is_open,
                "revision": self.revision + 1,
                "closed_at": False if state.is_open else now,
            }
        )
        if move and move.effect:
            getattr(self, f"_effect_{move.effect}")(move, from_state, note)
        return (
            self.env["gb.ticket.step"]
            .sudo()
            .create(
                self._prepare_step_values(
                    state,
                    transition_id=move.id if move else False,
                    transition_code=move.code if move else False,
                    from_state_id=from_state.id,
                    actor=actor,
                    actor_id=self.env.uid if actor == "user" else False,
                    started_at=now,
                    ended_at=False if state.is_open else now,
                    note=note,
                    details=details,
                )
            )
        )

    def _get_last_step(self):
        """:return: the step that brought the work order into its present state"""
        self.ensure_one()
        return self.step_ids.sorted("id")[-1:]

    def _prepare_step_values(self, state, **values):
        return {
            "ticket_id": self.id,
            "state_id": state.id,
            "department_id": self.department_id.id,
            "user_id": self.user_id.id,
            "cycle": self.cycle,
            "level": self.level,
            **values,
        }

    def _after_move(self, move, step):
        """What follows a move, as superuser, in the same transaction: clocks, notices, server actions.

        Overridden by addons that do more; call super().
        """
        self._run_clocks(step)
        if move.action_ids:
            move.action_ids.with_context(
                active_model=self._name, active_id=self.id, active_ids=self.ids
            ).run()
        if move.notify:
            self._notify_customer(move.notify)
        self._emit(f"ticket.{move.code}", step)
        if not self.is_open:
            self._void_approvals()
            self.process_id._retire()

    # ------------------------------------------------------------
    # Records
    # ------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        Process = self.env["gb.ticket.process"]
        own = [
            key
            for vals in vals_list
            for key in vals
            if key in OWNED_BY_ENGINE and key not in ("company_id",)
        ]
        if own and not self.env.su:
            raise AccessError(
                self.env._("These are set by the process only: %(names)s", names=", ".join(own))
            )
        prepared = []
        for vals in vals_list:
            process = (
                Process.sudo().browse(vals["process_id"])
                if vals.get("process_id")
                else self._choose_process(vals)
            )
            prepared.append({**process._get_start_values(), **vals, "process_id": process.id})
        tickets = (
            super(GbTicket, self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True))
            .create(prepared)
            .with_env(self.env)
        )
        now = fields.Datetime.now()
        steps = (
            self.env["gb.ticket.step"]
            .sudo()
            .create(
                [
                    ticket._prepare_step_values(
                        ticket.state_id,
                        actor=self._get_actor(),
                        actor_id=self.env.uid if self._get_actor() == "user" else False,
                        started_at=now,
                    )
                    for ticket in tickets.sudo()
                ]
            )
        )
        tickets.sudo()._run_clocks(steps)
        return tickets

    @api.model
    def _get_actor(self):
        """:return: who makes records in this environment: staff, a customer on our pages, or the system"""
        user = self.env.user
        if user._is_superuser():
            return "system"
        return "user" if user._is_internal() else "customer"

    def write(self, vals):
        if not self.env.su:
            own = sorted(OWNED_BY_ENGINE & vals.keys())
            if own:
                raise AccessError(
                    self.env._(
                        "These are set by the process only: %(names)s. Use its buttons.",
                        names=", ".join(own),
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_accepted(self):
        if self.filtered(lambda ticket: ticket.phase != "draft"):
            raise UserError(
                self.env._("Only a draft can be deleted. Cancel the work order: its history stays.")
            )

    # ------------------------------------------------------------
    # Hooks of the other files
    # ------------------------------------------------------------
    def action_get_move_defaults(self, _code):
        """What the dialog of a move proposes. Overridden to propose more.

        :return: {field: value as in ``write``}
        """
        self.ensure_one()
        self.check_access("read")
        return {}

    def _get_working_minutes(self, start, end):
        """:return: minutes of working time between two datetimes (float)"""
        return (end - start).total_seconds() / 60

    def _run_clocks(self, steps):
        """Start, pause, resume or end the clocks after ``steps`` have begun."""

    def _notify_customer(self, event):
        """Tell the customer about ``event`` with the templates for it, through the outbox."""

    def _fulfil_clock(self, code, at=None):
        """A clock is fulfilled by something else than a move, e.g. a call to the customer."""

    def _retarget_clocks(self):
        """Urgency, type or department have changed: other deadlines apply."""

    def _emit(self, event, step=None):
        """Tell other systems about ``event``."""

    @api.model
    def _choose_process(self, _vals):
        """:return: gb.ticket.process in use for a work order with these values"""
        return self.env["gb.ticket.process"]._get_active()


class GbTicketTransition(models.Model):
    _inherit = "gb.ticket.transition"

    def _describe(self, ticket):
        """:return: what the browser needs for a button and its dialog"""
        self.ensure_one()
        required, optional = self._get_asked_fields(ticket)
        if self.effect == "accept":  # what is filled in the form is not asked once more
            required = required.filtered(
                lambda field: field in self.required_field_ids or not ticket[field.name]
            )
        required, optional = (  # in the order in which work orders are read
            found.sorted(lambda field: ticket._fields[field.name]._sequence)
            for found in (required, optional)
        )
        return {
            "code": self.code,
            "name": self.name,
            "style": self.style,
            "description": self.description or "",
            "fields": [{"name": field.name, "required": True} for field in required]
            + [{"name": field.name, "required": False} for field in optional],
            "note": self.is_note_required,
            "confirmed": bool(
                self.approval_group_id
                and self.approval_group_id.id not in self.env.user._get_group_ids()
            ),
        }

    def _get_asked_fields(self, ticket):
        """What the dialog of this move asks for on ``ticket``; overridden where a kind of work order asks for more.

        :return: (required, optional) ir.model.fields, without a field in both
        """
        self.ensure_one()
        required, optional = self.required_field_ids, self.optional_field_ids
        if self.effect == "accept":
            required |= ticket.sudo().type_id.required_field_ids
        return required, optional - required

    def _check_values(self, ticket, values, note):
        """:raises UserError: when ``values`` has a field that this move does not ask for, or the reason is missing"""
        required, optional = self._get_asked_fields(ticket)
        unknown = sorted(set(values) - set((required | optional).mapped("name")))
        if unknown:
            raise UserError(
                self.env._(
                    "“%(move)s” does not set %(names)s.", move=self.name, names=", ".join(unknown)
                )
            )
        if self.is_note_required and not (note or "").strip():
            raise UserError(self.env._("“%(move)s” asks for a reason.", move=self.name))

    def _check_required(self, ticket):
        missing = self.required_field_ids.filtered(lambda field: not ticket[field.name])
        if missing:
            names = ", ".join(
                ticket._fields[field.name]._description_string(self.env) for field in missing
            )
            raise UserError(
                self.env._("“%(move)s” asks for: %(names)s.", move=self.name, names=names)
            )

    def _get_details(self, ticket, values):
        """:return: {field: what was entered, as text} for the history"""
        details = {}
        for name in values:
            field = ticket._fields[name]
            value = ticket[name]
            if field.relational:
                value = ", ".join(value.mapped("display_name"))
            elif field.type == "selection":
                value = dict(field._description_selection(self.env)).get(value, "")
            elif field.type == "binary":
                value = "…" if value else ""
            details[name] = str(value) if value not in (False, None) else ""
        return details or False
