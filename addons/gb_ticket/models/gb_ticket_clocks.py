import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ..tools.clock_ledger import LIVE
from ..tools.working_time import ROUND_THE_CLOCK

_logger = logging.getLogger(__name__)

# what a target or a calendar depends on
AIMS = ("urgency", "severity", "type_id", "department_id")


class GbTicket(models.Model):
    """Clocks of work orders: started, paused and ended by the states that the work order goes through."""

    _inherit = "gb.ticket"

    customer_hours = fields.Float(
        string="Customer's time",
        compute="_compute_customer_hours",
        help="What the clocks for the resolution have run in all cycles, without waiting for the customer.",
    )
    can_extend = fields.Boolean(compute="_compute_can_extend")

    _follow_up_idx = models.Index(
        "(follow_up_at) WHERE phase = 'waiting' AND follow_up_at IS NOT NULL"
    )

    @api.depends("clock_ids.elapsed_minutes", "clock_ids.state")
    def _compute_customer_hours(self):
        resolve_id = self.env["gb.ticket.clock.kind"]._get_id("resolve")
        for ticket in self:
            ticket.customer_hours = sum(
                ticket.sudo()
                .clock_ids.filtered(lambda clock: clock.kind_id.id == resolve_id)
                .mapped("used_hours")
            )

    # ------------------------------------------------------------
    # By states
    # ------------------------------------------------------------
    def _run_clocks(self, steps):
        """Start, pause, resume or end the clocks after ``steps`` have begun.

        :param steps: gb.ticket.step, the new one of each of these work orders
        """
        changed, started = [], []
        for step in steps.sudo():
            ticket = step.ticket_id
            move = step.transition_id
            ends = "cancel" if ticket.phase == "void" or move.effect == "send_back" else "fulfil"
            ticket._follow_state(step.started_at, ends, changed, started)
        steps.sudo().ticket_id._store_clocks(changed, started)

    def _follow_state(self, at, ends, changed, started):
        """Collect what the clocks have to do so that they fit the state.

        :param at: since when
        :param ends: event for clocks that do not run in this state: ``fulfil`` or ``cancel``
        :param changed, started: lists to fill, for ``_record`` of the clocks
        """
        self.ensure_one()
        state_id = self.state_id.id
        clocks = self.clock_ids
        for kind in self.env["gb.ticket.clock.kind"]._get_table("ticket"):
            own = clocks.filtered(lambda clock, kind=kind: clock.kind_id.id == kind.id)
            live = own.filtered(lambda clock: clock.state in LIVE)
            wanted = kind.get_wanted(state_id) if self.is_open else None
            if live and (not wanted or (kind.repeats == "cycle" and live.cycle != self.cycle)):
                changed.append((live, [(ends, max(at, live.running_since or at), None)]))
                live = live.browse()
                own = own if not wanted else own.filtered(lambda clock: clock.cycle == self.cycle)
            if live and wanted != live.state:
                event = "resume" if wanted == "running" else "pause"
                changed.append((live, [(event, at, None)]))
            elif wanted and not live:
                self._begin_clock(kind, wanted, own, at, changed, started)
        if not self.is_open:
            for clock in clocks.filtered(lambda clock: clock.task_id and clock.state in LIVE):
                changed.append((clock, [("cancel", at, None)]))

    def _begin_clock(self, kind, wanted, own, at, changed, started):
        """Start a clock of ``kind``, or let the one that has ended go on where it may be there only once."""
        pause = [("pause", at, None)] if wanted == "paused" else []
        if kind.repeats == "cycle":
            own = own.filtered(lambda clock: clock.cycle == self.cycle)
        if own and kind.repeats != "always":
            last = own[-1:]
            if kind.repeats == "cycle" or last.state == "cancelled":
                changed.append((last, [("resume", at, None), *pause]))
            return
        if kind.code == "first_contact" and self.first_contact_at:
            return
        prepared = self._prepare_clock(kind, at)
        if prepared:
            started.append((*prepared[:2], [*prepared[2], *pause]))

    def _prepare_clock(self, kind, at, task=None):
        """:return: (values, working time, events) of a new clock, None where nothing is promised"""
        department = (task or self).department_id
        target = self.env["gb.ticket.clock.policy"]._find(kind.id, self, department)
        if not target:
            return None
        hours = (
            ROUND_THE_CLOCK
            if target.is_round_the_clock
            else self.env["gb.ticket.clock"]._get_hours(self.company_id.id, department.id)
        )
        share = 0.5 ** (self.cycle - 1) if kind.repeats == "cycle" else 1
        minutes = max(1, round(target.get_minutes(hours) * share))
        values = {
            "ticket_id": self.id,
            "task_id": task.id if task else False,
            "company_id": self.company_id.id,
            "kind_id": kind.id,
            "policy_id": target.id,
            "department_id": department.id,
            "cycle": self.cycle,
            "is_round_the_clock": target.is_round_the_clock,
        }
        return values, hours, [("activate", at, {"target": minutes, "policy": target.id})]

    def _store_clocks(self, changed, started):
        if changed or started:
            self.env["gb.ticket.clock"].sudo()._record(changed, started)
            self._update_due()

    def _update_due(self):
        """Keep on the work orders what lists sort and filter by."""
        resolve_id = self.env["gb.ticket.clock.kind"]._get_id("resolve")
        for ticket in self:
            running = [clock for clock in ticket.clock_ids if clock.state == "running"]
            resolve = [clock for clock in running if clock.kind_id.id == resolve_id]
            values = {
                "due_at": resolve[0].deadline_at if resolve else False,
                "next_due_at": min((clock.deadline_at for clock in running), default=False),
                "is_overdue": any(
                    clock.is_breached for clock in ticket.clock_ids if clock.state in LIVE
                ),
            }
            changed = {name: value for name, value in values.items() if ticket[name] != value}
            if changed:
                ticket.write(changed)

    # ------------------------------------------------------------
    # By events
    # ------------------------------------------------------------
    def _get_working_minutes(self, start, end):
        """:return: minutes of the lead department's working time between two datetimes (float)"""
        self.ensure_one()
        hours = self.env["gb.ticket.clock"]._get_hours(self.company_id.id, self.department_id.id)
        return hours.between(start, end)

    def _is_clock_overdue(self, code):
        """:return: whether the live clock of this kind has passed its time, by the second"""
        self.ensure_one()
        now = fields.Datetime.now()
        return any(
            clock.is_breached or (clock.deadline_at and clock.deadline_at < now)
            for clock in self.sudo()._get_live_clocks(code)
        )

    def _get_live_clocks(self, code):
        """:return: the clocks of a kind that run or are paused"""
        kind_id = self.env["gb.ticket.clock.kind"]._get_id(code)
        return self.clock_ids.filtered(
            lambda clock: clock.kind_id.id == kind_id and clock.state in LIVE
        )

    def _fulfil_clock(self, code, at=None):
        """End the live clock of this kind because what it promises has happened.

        :param code: e.g. ``first_contact``
        :param at: when (now by default)
        """
        at = at or fields.Datetime.now()
        changed = []
        for clock in self.sudo()._get_live_clocks(code):
            since = clock.running_since or clock.started_at
            changed.append((clock, [("fulfil", max(at, since), None)]))
        self.sudo()._store_clocks(changed, [])

    def write(self, vals):
        if not vals.keys() & set(AIMS):
            return super().write(vals)
        before = [[ticket[name] for name in AIMS] for ticket in self]
        result = super().write(vals)
        changed = self.browse(
            ticket.id
            for ticket, aims in zip(self, before, strict=True)
            if [ticket[name] for name in AIMS] != aims
        )
        changed.sudo()._retarget_clocks()
        return result

    def _retarget_clocks(self):
        """Measure live clocks anew after urgency, severity, type or department have changed; start those that have a target
        only now."""
        changed, started = [], []
        live = self.clock_ids.filtered(lambda clock: clock.state in LIVE)
        live._replay()
        now = fields.Datetime.now()
        for ticket in self.filtered("is_open"):
            ticket._follow_state(now, "fulfil", changed, started)
        self.env["gb.ticket.clock"].sudo()._record([], started)
        self._update_due()
        for task in live.task_id:
            task._update_due()

    # ------------------------------------------------------------
    # More time
    # ------------------------------------------------------------
    @api.depends("due_at", "approval_ids.state", "phase", "user_id", "department_id")
    @api.depends_context("uid")
    def _compute_can_extend(self):
        for ticket in self:
            ticket.can_extend = bool(
                ticket.due_at
                and ticket._is_extension_asked_by(self.env.user)
                and not ticket._get_extension_refusal()
            )

    def action_extend(self):
        """Open the dialog that asks a superior for more time. :raises UserError: saying why not"""
        self.ensure_one()
        self._check_may_extend()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for more time"),
            "res_model": "gb.ticket.extend",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }

    def _get_resolve_clock(self):
        """:return: the running clock for the resolution, as superuser"""
        clocks_sudo = self.sudo()._get_live_clocks("resolve")
        return clocks_sudo.filtered(lambda clock: clock.state == "running")

    def _is_extension_asked_by(self, user):
        """:return: whether ``user`` works on this work order"""
        ticket_sudo = self.sudo()
        department = ticket_sudo.department_id
        users = ticket_sudo.user_id | department.gb_member_ids | department.gb_lead_ids
        return user in users or user.has_group("gb_callcenter.group_gb_manager")

    def _check_may_extend(self):
        self.check_access("read")
        if not self._is_extension_asked_by(self.env.user):
            raise AccessError(
                self.env._("More time is asked for by the department that works on it.")
            )
        refusal = self._get_extension_refusal()
        if refusal:
            raise UserError(refusal)

    def _get_extension_refusal(self, approval=None):
        """:return: sentence that says why the due time cannot be extended now, or False"""
        self.ensure_one()
        ticket_sudo = self.sudo()
        clock = self._get_resolve_clock()
        if not clock:
            return self.env._("The customer's clock does not run, so there is no time to extend.")
        if clock.is_breached or clock.deadline_at <= fields.Datetime.now():
            return self.env._("More time has to be asked for and granted before the due time.")
        others = ticket_sudo.approval_ids.filtered(
            lambda other: (
                other.kind == "extension"
                and other != approval
                and other.state in ("pending", "approved")
                and (other.payload or {}).get("cycle") == self.cycle
            )
        )
        if others:
            return self.env._(
                "The time can be extended once per cycle; this was asked for already."
            )
        return False

    def _ask_extension(self, new_due_at, reason):
        """Ask the department's leads, or a manager, for more time.

        :param new_due_at: naive UTC datetime
        :return: gb.ticket.approval
        :raises UserError: saying why not
        """
        self.ensure_one()
        self._check_may_extend()
        clock = self._get_resolve_clock()
        if new_due_at <= clock.deadline_at:
            raise UserError(
                self.env._(
                    "The new due time has to be after %(due)s.",
                    due=format_datetime(self.env, clock.deadline_at, dt_format="short"),
                )
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why more time is needed."))
        return self._ask_approval(
            "extension",
            payload={"cycle": self.cycle},
            reason=reason,
            group=self.env.ref("gb_callcenter.group_gb_manager"),
            old_due_at=clock.deadline_at,
            new_due_at=new_due_at,
        )

    def _approve_extension(self, approval):
        """Give the customer's clock the time that was asked for, and tell him.

        :raises UserError: when the due time has passed, or the work order is in another cycle
        """
        approval_sudo = approval.sudo()
        if (approval_sudo.payload or {}).get("cycle") != self.cycle:
            raise UserError(self.env._("The work order is in another cycle by now."))
        refusal = self._get_extension_refusal(approval_sudo)
        if refusal:
            raise UserError(refusal)
        clock = self._get_resolve_clock()
        hours = clock._get_own_hours()
        old_due_at = clock.deadline_at
        extra = clock.extra_minutes + round(hours.between(old_due_at, approval_sudo.new_due_at))
        data = {"extra": extra, "approval": approval.id}
        ticket_sudo = self.sudo()
        ticket_sudo._store_clocks([(clock, [("retarget", fields.Datetime.now(), data)])], [])
        approval_sudo.write({"old_due_at": old_due_at, "new_due_at": clock.deadline_at})
        ticket_sudo._notify_customer("extended")

    # ------------------------------------------------------------
    # Waiting
    # ------------------------------------------------------------
    @api.model
    def _cron_follow_up(self):
        """Remind handlers who wait for a third party when the time to follow up has come. Customers are reminded by
        ``_cron_remind_customers``."""
        customer = self.env["gb.ticket.state"]._get("waiting_customer")
        domain = [
            ("phase", "=", "waiting"),
            ("state_id", "!=", customer.id),
            ("follow_up_at", "<=", fields.Datetime.now()),
        ]
        cron = self.env["ir.cron"]
        due = self.search(domain, order="follow_up_at")
        cron._commit_progress(remaining=len(due))
        for ticket in due:
            try:
                with self.env.cr.savepoint():
                    locked = ticket.try_lock_for_update(allow_referencing=True)
                    locked.filtered_domain(domain)._follow_up()
            except Exception:
                _logger.exception("Follow-up of %s failed", ticket)
            if not cron._commit_progress(1):
                break

    def _follow_up(self):
        """Tell who handles these work orders, once, that what he waits for should be there."""
        for ticket in self:
            for user in ticket.user_id or ticket.department_id.gb_lead_ids:
                ticket.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=ticket.env._("Follow up: what this waits for should be there by now"),
                    user_id=user.id,
                )
            ticket.follow_up_at = False


class GbTicketTask(models.Model):
    _inherit = "gb.ticket.task"

    clock_ids = fields.One2many("gb.ticket.clock", "task_id", string="Clocks", readonly=True)

    def _run_clock(self):
        """Start, end or retarget the clock of the tasks after they were created, moved or handed to another department."""
        now = fields.Datetime.now()
        changed, started = [], []
        for task in self.sudo():
            live = task.clock_ids.filtered(lambda clock: clock.state in LIVE)
            is_open = task.state in ("open", "doing") and task.ticket_id.is_open
            if live and not is_open:
                event = "fulfil" if task.state == "done" else "cancel"
                changed.append((live, [(event, max(now, live.running_since or now), None)]))
            elif live:
                live._replay()
            elif is_open:
                for kind in self.env["gb.ticket.clock.kind"]._get_table("task"):
                    prepared = task.ticket_id._prepare_clock(kind, now, task)
                    if prepared:
                        started.append(prepared)
        self.env["gb.ticket.clock"].sudo()._record(changed, started)
        self.sudo()._update_due()
        self.ticket_id.sudo()._update_due()

    def _update_due(self):
        for task in self:
            running = task.clock_ids.filtered(lambda clock: clock.state == "running")
            due_at = running[:1].deadline_at
            if task.due_at != due_at:
                task.due_at = due_at
