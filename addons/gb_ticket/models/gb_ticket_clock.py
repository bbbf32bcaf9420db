import logging

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import ormcache

from ..tools import clock_ledger
from ..tools.working_time import ROUND_THE_CLOCK

_logger = logging.getLogger(__name__)

CHANGED_AT = "gb_ticket.clock_rules_changed_at"
REPLAY_BATCH = 300


class GbTicketClock(models.Model):
    """A clock of a work order or task: cached result of its ledger (``gb.ticket.clock.event``).

    Written by ``_record`` and ``_replay`` only. ``tools/clock_ledger.py`` says what events mean.
    """

    _name = "gb.ticket.clock"
    _description = "Clock of a work order"
    _order = "id"
    _rec_name = "kind_id"

    ticket_id = fields.Many2one(
        "gb.ticket",
        string="Work order",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    task_id = fields.Many2one(
        "gb.ticket.task", index="btree_not_null", ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    kind_id = fields.Many2one("gb.ticket.clock.kind", string="Clock", required=True, readonly=True)
    policy_id = fields.Many2one(
        "gb.ticket.clock.policy",
        string="Target from",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    department_id = fields.Many2one("hr.department", readonly=True)
    cycle = fields.Integer(default=1, readonly=True, aggregator=None)
    state = fields.Selection(
        [
            ("running", "Running"),
            ("paused", "Paused"),
            ("fulfilled", "Fulfilled"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="running",
        readonly=True,
    )
    is_breached = fields.Boolean(string="Overdue", readonly=True)
    is_round_the_clock = fields.Boolean(string="Round the clock", readonly=True)
    target_minutes = fields.Integer(
        string="Target (min)",
        readonly=True,
        aggregator="avg",
        help="With the extension, if there is one.",
    )
    extra_minutes = fields.Integer(
        string="Extension (min)", readonly=True, help="What a superior has granted."
    )
    elapsed_minutes = fields.Float(
        string="Used (min)",
        readonly=True,
        aggregator="avg",
        help="Until the clock was started or stopped last.",
    )
    running_since = fields.Datetime(readonly=True)
    started_at = fields.Datetime(string="Started", readonly=True)
    deadline_at = fields.Datetime(
        string="Due", readonly=True, help="Empty while the clock is paused, and when it has ended."
    )
    ended_at = fields.Datetime(string="Ended", readonly=True)
    passed_percent = fields.Integer(string="Last threshold (%)", readonly=True, aggregator=None)
    next_threshold_at = fields.Datetime(string="Next threshold", readonly=True)
    replayed_at = fields.Datetime(default=fields.Datetime.now, readonly=True)
    event_ids = fields.One2many("gb.ticket.clock.event", "clock_id", string="Ledger", readonly=True)
    target_hours = fields.Float(string="Target", compute="_compute_hours")
    used_hours = fields.Float(string="Used", compute="_compute_hours", help="Until now.")

    _one_live = models.UniqueIndex(
        "(ticket_id, kind_id, COALESCE(task_id, 0)) WHERE state IN ('running', 'paused')",
        "This clock was started by someone else just now.",
    )
    _live_idx = models.Index("(id) WHERE state IN ('running', 'paused')")
    _due_idx = models.Index("(next_threshold_at, id) WHERE next_threshold_at IS NOT NULL")

    @api.depends("target_minutes", "elapsed_minutes", "running_since", "state")
    def _compute_hours(self):
        now = fields.Datetime.now()
        for clock in self:
            clock.target_hours = clock.target_minutes / 60
            clock.used_hours = clock._get_value().get_elapsed(now) / 60

    # ------------------------------------------------------------
    # Working time
    # ------------------------------------------------------------
    @api.model
    @ormcache("company_id", "department_id")
    def _get_hours(self, company_id, department_id):
        """The service hours of a department, or of its company where it has none.

        :return: tools.working_time.WorkingTime or ROUND_THE_CLOCK
        """
        department_sudo = self.env["hr.department"].sudo().browse(department_id or ())
        company_sudo = self.env["res.company"].sudo().browse(company_id or ())
        calendar = department_sudo.gb_calendar_id or company_sudo.resource_calendar_id
        return calendar._gb_get_hours(company_id) if calendar else ROUND_THE_CLOCK

    def _get_own_hours(self):
        self.ensure_one()
        if self.is_round_the_clock:
            return ROUND_THE_CLOCK
        return self._get_hours(self.company_id.id, self.department_id.id)

    # ------------------------------------------------------------
    # Ledger
    # ------------------------------------------------------------
    def _get_value(self):
        """:return: this clock as clock_ledger.Clock"""
        self.ensure_one()
        return clock_ledger.Clock(
            hours=self._get_own_hours(),
            state=self.state,
            base=self.target_minutes - self.extra_minutes,
            extra=self.extra_minutes,
            elapsed=self.elapsed_minutes,
            since=self.running_since or None,
            started_at=self.started_at or None,
            ended_at=self.ended_at or None,
            passed=self.passed_percent,
            breached=self.is_breached,
        )

    @api.model
    def _prepare_cached_values(self, value, kind_id):
        """:return: fields that cache the clock_ledger.Clock ``value``"""
        percents = self.env["gb.ticket.clock.threshold"]._get_percents(kind_id)
        return {
            "state": value.state,
            "is_breached": value.breached,
            "target_minutes": round(value.target),
            "extra_minutes": round(value.extra),
            "elapsed_minutes": value.elapsed,
            "running_since": value.since or False,
            "started_at": value.started_at or False,
            "deadline_at": value.deadline or False,
            "ended_at": value.ended_at or False,
            "passed_percent": value.passed,
            "next_threshold_at": value.get_next_threshold(percents) or False,
        }

    def _write_changed(self, values):
        """Write those of ``values`` that differ."""
        self.ensure_one()
        changed = {
            name: value
            for name, value in values.items()
            if (self[name].id if self._fields[name].relational else self[name]) != value
        }
        if changed:
            self.write(changed)

    @api.model
    def _record(self, changed=(), started=()):
        """Add events to ledgers and bring the cached values up to date.

        :param changed: list of (clock, [(event, at, data)])
        :param started: list of (values of a new clock, its working time, [(event, at, data)])
        :return: the new clocks
        """
        rows, vals_list = [], []
        breached = {True: self.browse(), False: self.browse()}
        for clock, events in changed:
            value = clock._get_value()
            for number, (name, at, data) in enumerate(events):
                value = value.apply(clock_ledger.Event(at, number, name, data))
                rows.append({"clock_id": clock.id, "event": name, "at": at, "data": data})
            values = self._prepare_cached_values(value, clock.kind_id.id)
            breached[values.pop("is_breached")] += clock
            clock._write_changed(values)
        # all at once: much follows from it
        (breached[True] - breached[True].filtered("is_breached")).write({"is_breached": True})
        breached[False].filtered("is_breached").write({"is_breached": False})
        for vals, hours, events in started:
            value = clock_ledger.Clock(hours)
            for number, (name, at, data) in enumerate(events):
                value = value.apply(clock_ledger.Event(at, number, name, data))
            vals_list.append({**vals, **self._prepare_cached_values(value, vals["kind_id"])})
        if vals_list:  # one that has ended makes room for its successor
            self.flush_model(["state"])
        clocks = self.create(vals_list)
        for clock, (_vals, _hours, events) in zip(clocks, started, strict=True):
            rows += [
                {"clock_id": clock.id, "event": name, "at": at, "data": data}
                for name, at, data in events
            ]
        if rows:
            self.env["gb.ticket.clock.event"].create(rows)
        live = clocks.union(*(clock for clock, _events in changed)).filtered("next_threshold_at")
        self._wake_sweep(min(live.mapped("next_threshold_at"), default=None))
        return clocks

    def _get_share(self):
        """:return: part of the target that this clock has: half in the second cycle, a quarter in the third"""
        return 0.5 ** (self.cycle - 1) if self.kind_id.repeats == "cycle" else 1

    def _replay(self, reason=None):
        """Measure live clocks anew, with the targets and calendars of today: the whole ledger with its pauses.

        A clock for which there is no target any more is cancelled.

        :param reason: why; without one, clocks whose target and calendar are the same are left alone
        """
        now = fields.Datetime.now()
        cancelled, rows = [], []
        for clock in self:
            ticket = clock.ticket_id
            department = clock.task_id.department_id or ticket.department_id
            target = self.env["gb.ticket.clock.policy"]._find(clock.kind_id.id, ticket, department)
            if not target:
                cancelled.append((clock, [("cancel", now, {"reason": "no target"})]))
                continue
            hours = (
                ROUND_THE_CLOCK
                if target.is_round_the_clock
                else self._get_hours(clock.company_id.id, department.id)
            )
            base = max(1, round(target.get_minutes(hours) * clock._get_share()))
            changed = (
                base != clock.target_minutes - clock.extra_minutes
                or hours is not clock._get_own_hours()
            )
            if not changed and not reason:
                clock._write_changed({"policy_id": target.id, "department_id": department.id})
                continue
            events = [
                clock_ledger.Event(event.at, event.id, event.event, event.data)
                for event in clock.event_ids
            ]
            data = {"target": base, "policy": target.id}
            number = max((event.number for event in events), default=0) + 1
            retarget = clock_ledger.Event(now, number, "retarget", data)
            value = clock_ledger.replay([*events, retarget], hours)
            values = self._prepare_cached_values(value, clock.kind_id.id)
            if changed or values["deadline_at"] != clock.deadline_at:
                rows.append({"clock_id": clock.id, "event": "retarget", "at": now, "data": data})
            clock._write_changed(
                {
                    **values,
                    "policy_id": target.id,
                    "department_id": department.id,
                    "is_round_the_clock": target.is_round_the_clock,
                }
            )
        self._record(cancelled)
        if rows:
            self.env["gb.ticket.clock.event"].create(rows)
        live = self.filtered("next_threshold_at")
        self._wake_sweep(min(live.mapped("next_threshold_at"), default=None))

    # ------------------------------------------------------------
    # Changed rules
    # ------------------------------------------------------------
    @api.model
    def _rules_changed(self):
        """Targets, thresholds or calendars were changed: forget what was cached, and let a cron measure open clocks anew."""
        self.env.registry.clear_cache()
        if not self.env.registry.ready:
            return
        self_sudo = self.sudo()
        if self_sudo.search_count([("state", "in", clock_ledger.LIVE)], limit=1):
            now = fields.Datetime.to_string(fields.Datetime.now())
            self_sudo.env["ir.config_parameter"].set_param(CHANGED_AT, now)
            self_sudo.env.ref("gb_ticket.ir_cron_replay_clocks")._trigger()

    @api.model
    def _cron_replay(self):
        """Measure clocks anew that have not been since the rules changed last."""
        changed_at = self.env["ir.config_parameter"].sudo().get_param(CHANGED_AT)
        if not changed_at:
            return
        last, remaining = 0, None
        while True:
            domain = [
                ("state", "in", clock_ledger.LIVE),
                ("replayed_at", "<=", changed_at),
                ("id", ">", last),
            ]
            if remaining is None:
                remaining = self.search_count(domain)
                self.env["ir.cron"]._commit_progress(remaining=remaining)
            found = self.search(domain, order="id", limit=REPLAY_BATCH)
            if not found:
                return
            last = found[-1].id
            clocks = found.try_lock_for_update()
            clocks._each(lambda clock: clock._replay("rules"))
            clocks.write({"replayed_at": fields.Datetime.now()})
            clocks.ticket_id._update_due()
            if not self.env["ir.cron"]._commit_progress(len(found)):
                return

    # ------------------------------------------------------------
    # Helpers of crons
    # ------------------------------------------------------------
    def _each(self, work, failed=None):
        """Do ``work`` for all of these records at once; if that fails, for halves of them, so that one faulty record is
        left out alone.

        :param work: function of a recordset
        :param failed: function of the one record with which it failed
        """
        try:
            with self.env.cr.savepoint():
                work(self)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            if len(self) > 1:
                half = len(self) // 2
                self[:half]._each(work, failed)
                self[half:]._each(work, failed)
                return
            _logger.exception("%s of work order %s failed", self, self.ticket_id.id)
            if failed:
                failed(self)
