from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

# Only the methods below write these (as superuser).
OWNED_BY_TASK = frozenset(
    ("state", "user_id", "done_at", "due_at", "result", "ticket_id", "company_id")
)


class GbTicketTask(models.Model):
    """Work of a further department, in parallel to the lead department's.

    open ──claim──► doing ──done──► done ──reopen──► open
      └────────cancel──┴──► cancelled ──reopen──► open
    """

    _name = "gb.ticket.task"
    _description = "Task of a work order"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="What to do", required=True)
    description = fields.Text(string="Details")
    ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", required=True, index=True, ondelete="cascade"
    )
    ticket_state_id = fields.Many2one(
        related="ticket_id.state_id", string="State of the work order"
    )
    partner_id = fields.Many2one(related="ticket_id.partner_id", string="Customer")
    urgency = fields.Selection(related="ticket_id.urgency")
    company_id = fields.Many2one(
        related="ticket_id.company_id", store=True, index=True, precompute=True
    )
    department_id = fields.Many2one("hr.department", required=True, index=True, check_company=True)
    user_id = fields.Many2one(
        "res.users", string="Handler", index="btree_not_null", readonly=True, copy=False
    )
    state = fields.Selection(
        [
            ("open", "Unclaimed"),
            ("doing", "Being worked on"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        group_expand=True,
    )
    is_blocking = fields.Boolean(
        string="Blocks the result",
        default=True,
        help="The result cannot be submitted before this task is done.",
    )
    result = fields.Text(copy=False, readonly=True, help="What was done, or why it was cancelled.")
    due_at = fields.Datetime(string="Due", readonly=True, copy=False)
    done_at = fields.Datetime(string="Done at", readonly=True, copy=False)
    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_is_overdue")
    is_workable = fields.Boolean(
        compute="_compute_rights", help="The current user works for the department of the task."
    )
    is_manageable = fields.Boolean(
        compute="_compute_rights", help="The current user may cancel and reopen the task."
    )

    _open_idx = models.Index("(department_id, due_at) WHERE state IN ('open', 'doing')")

    @api.depends("due_at", "state")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for task in self:
            task.is_overdue = bool(
                task.state in ("open", "doing") and task.due_at and task.due_at < now
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain(
            [("state", "in", ("open", "doing")), ("due_at", "<", fields.Datetime.now())]
        )
        return domain if set(value) == {True} else ~domain

    @api.depends("department_id", "user_id", "ticket_id.user_id", "ticket_id.department_id")
    @api.depends_context("uid")
    def _compute_rights(self):
        user, mine = self.env.user, self.env.user._gb_departments()
        is_manager = user.has_group("gb_callcenter.group_gb_manager")
        for task in self:
            sudo = task.sudo()
            task.is_workable = is_manager or sudo.department_id in mine or sudo.user_id == user
            task.is_manageable = sudo.ticket_id._may_manage_tasks(user)

    # ------------------------------------------------------------
    # Records
    # ------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                own = sorted((OWNED_BY_TASK - {"ticket_id"}) & vals.keys())
                if own:
                    raise self._make_owned_error(own)
        tasks = super().create(vals_list)
        for task in tasks:
            ticket_sudo = task.sudo().ticket_id
            if not self.env.su and not ticket_sudo._may_manage_tasks(self.env.user):
                raise AccessError(
                    self.env._(
                        "Tasks of %(number)s are added by its handler, a lead of its department or the call centre.",
                        number=ticket_sudo.name,
                    )
                )
            if not ticket_sudo.is_open:
                raise UserError(
                    self.env._(
                        "%(number)s is closed; it gets no tasks any more.", number=ticket_sudo.name
                    )
                )
            task.sudo()._run_clock()
            task._log(
                self.env._(
                    "Task for %(department)s: %(task)s",
                    department=task.department_id.display_name,
                    task=task.name,
                )
            )
        return tasks

    def write(self, vals):
        if not self.env.su:
            own = sorted(OWNED_BY_TASK & vals.keys())
            if own:
                raise self._make_owned_error(own)
            self._check_manageable()
        moved = "department_id" in vals and self.filtered(
            lambda task: task.department_id.id != vals["department_id"]
        )
        result = super().write(vals)
        if moved:
            # another department: its clock starts anew, and nobody there has claimed it yet
            for task in moved.sudo().filtered(lambda task: task.state in ("open", "doing")):
                task._set_state("open", user_id=False)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        if not self.env.su:
            self._check_manageable()
        if self.filtered(lambda task: task.state != "open"):
            raise UserError(
                self.env._("Work on it has begun: cancel the task instead, so that it stays known.")
            )

    def _make_owned_error(self, names):
        return AccessError(
            self.env._(
                "These are set by the buttons of the task only: %(names)s.", names=", ".join(names)
            )
        )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------
    def action_claim(self):
        """Take the tasks. :raises UserError: when somebody else has one already, naming him"""
        self._check_workable()
        user = self.env.user
        for task in self:
            task._lock()
            if task.user_id and task.user_id != user:
                raise UserError(
                    self.env._(
                        "%(user)s has claimed “%(task)s” already.",
                        user=task.user_id.name,
                        task=task.name,
                    )
                )
            task._check_state("open")
            task.sudo()._set_state("doing", user_id=user.id)
            task._log(self.env._("%(user)s works on: %(task)s", user=user.name, task=task.name))

    def action_release(self):
        """Give the tasks back to their department."""
        self._check_workable()
        for task in self:
            task._lock()
            task._check_state("doing")
            task.sudo()._set_state("open", user_id=False)

    def action_done(self, result=None):
        """Finish the tasks.

        :param result: what was done; asked for in a dialog when it is missing
        :return: action that asks for the result, or nothing
        """
        self._check_workable()
        if not (result or "").strip():
            return self._ask_result("done", self.env._("Task done"))
        for task in self:
            task._lock()
            task._check_state("open", "doing")
            task.sudo()._set_state(
                "done",
                user_id=task.user_id.id or self.env.uid,
                result=result,
                done_at=fields.Datetime.now(),
            )
            task._log(self.env._("Task done: %(task)s. %(result)s", task=task.name, result=result))
            task.sudo()._tell_handler()

    def action_cancel(self, reason=None):
        """Cancel the tasks; for who may add them.

        :param reason: asked for in a dialog when it is missing
        """
        self._check_manageable()
        if not (reason or "").strip():
            return self._ask_result("cancel", self.env._("Cancel the task"))
        for task in self:
            task._lock()
            task._check_state("open", "doing")
        self.sudo()._cancel(reason)
        for task in self:
            task._log(
                self.env._("Task cancelled: %(task)s. %(reason)s", task=task.name, reason=reason)
            )
            task.sudo()._tell_handler()

    def action_reopen(self):
        """Begin the tasks again; for who may add them, while the work order is being worked on."""
        self._check_manageable()
        for task in self:
            task._lock()
            task._check_state("done", "cancelled")
            if task.ticket_id.phase not in ("open", "waiting"):
                raise UserError(
                    self.env._(
                        "%(number)s is in “%(state)s”: its tasks cannot be reopened.",
                        number=task.ticket_id.name,
                        state=task.ticket_id.state_id.name,
                    )
                )
            handler = task.user_id if task.state == "done" else task.user_id.browse()
            task.sudo()._set_state(
                "doing" if handler else "open", done_at=False, user_id=handler.id
            )
            task._log(self.env._("Task reopened: %(task)s", task=task.name))
            task.sudo()._notify(handler, self.env._("Task reopened: %(task)s", task=task.name))

    def _ask_result(self, kind, title):
        view = self.env.ref("gb_ticket.gb_ticket_task_finish_view_form")
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "gb.ticket.task.finish",
            "views": [(view.id, "form")],
            "target": "new",
            "context": {"default_task_ids": self.ids, "default_kind": kind},
        }

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------
    def _lock(self):
        """Lock the task; of two at once the second one is run again by Odoo and sees what the first one did."""
        self.ensure_one()
        self.flush_recordset()
        self.sudo().try_lock_for_update(allow_referencing=True)

    def _check_state(self, *states):
        self.ensure_one()
        if self.state not in states:
            names = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "“%(task)s” is %(state)s already.",
                    task=self.name,
                    state=names[self.state].lower(),
                )
            )

    def _check_workable(self):
        self.check_access("read")
        for task in self:
            if not task.is_workable:
                raise AccessError(
                    self.env._(
                        "“%(task)s” is for members of the department %(department)s.",
                        task=task.name,
                        department=task.department_id.display_name,
                    )
                )

    def _check_manageable(self):
        self.check_access("read")
        for task in self:
            if not task.is_manageable:
                raise AccessError(
                    self.env._(
                        "Tasks of %(number)s are managed by its handler, a lead of its department or the call centre.",
                        number=task.ticket_id.name,
                    )
                )

    def _set_state(self, state, **values):
        """Write a state and run the clock, as superuser."""
        self.write({"state": state, **values})
        for task in self:
            task._run_clock()

    def _cancel(self, reason=None):
        """Cancel those that are not ended yet, as superuser."""
        running = self.filtered(lambda task: task.state in ("open", "doing"))
        if running:
            running._set_state("cancelled", **({"result": reason} if reason else {}))

    def _run_clock(self):
        """Start, retarget or end the clock of the task after its state or department has changed."""

    def _tell_handler(self):
        """Tell the lead handler (else the department's leads) that the work order does not wait for tasks any more."""
        ticket = self.ticket_id
        waiting = ticket.task_ids.filtered(
            lambda task: task.is_blocking and task.state in ("open", "doing")
        )
        if self.is_blocking and not waiting and ticket.is_open:
            self._notify(
                ticket.user_id or ticket.department_id.gb_lead_ids,
                self.env._("%(number)s: all tasks are done", number=ticket.name),
            )

    def _notify(self, users, subject):
        users -= self.env.user
        if users:
            self.ticket_id.message_notify(
                partner_ids=users.partner_id.ids, subject=subject, body=self.result or self.name
            )

    def _log(self, text):
        """Internal note on the work order."""
        # sudo: a department with a task only does not write on the work order
        self.sudo().ticket_id._message_log(body=text, author_id=self.env.user.partner_id.id)
