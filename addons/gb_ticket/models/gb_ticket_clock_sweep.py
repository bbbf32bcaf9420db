import logging
from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import format_datetime

from ..const import MAX_LEVEL

_logger = logging.getLogger(__name__)

SWEEP_AT = "gb_ticket.sweep_at"
BATCH = 250  # work orders are locked no longer than such a batch takes
ATTEMPTS = 5
SHOWN = 30


class GbTicketClock(models.Model):
    """Thresholds: a cron finds the clocks that have reached one by their index, acts, and sleeps until the next."""

    _inherit = "gb.ticket.clock"

    # ------------------------------------------------------------
    # When
    # ------------------------------------------------------------
    @api.model
    def _wake_sweep(self, at):
        """Have the sweep run at ``at``, once for all clocks of this transaction."""
        data = self.env.cr.precommit.data
        if not at or data.get(SWEEP_AT, at) < at:
            return
        if SWEEP_AT not in data:
            self.env.cr.precommit.add(self.sudo()._trigger_sweep)
        data[SWEEP_AT] = at

    def _trigger_sweep(self):
        at = self.env.cr.precommit.data.pop(SWEEP_AT, None)
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id("gb_ticket.ir_cron_sweep_clocks")
        if not at or not cron_id:
            return
        pending = self.env["ir.cron.trigger"].search_count(
            [("cron_id", "=", cron_id), ("call_at", "<=", at)], limit=1
        )
        if not pending:
            self.env["ir.cron"].browse(cron_id)._trigger(at)

    # ------------------------------------------------------------
    # Sweep
    # ------------------------------------------------------------
    @api.model
    def _cron_sweep(self):
        """Act on all clocks that have reached a threshold.

        Locked ones are left to the next run. Batches are committed; people are told at the end, each once.
        """
        cron = self.env["ir.cron"]
        notices = defaultdict(list)
        left_out, attempts = [], 0
        due = [("next_threshold_at", "<=", fields.Datetime.now())]
        cron._commit_progress(remaining=self.search_count(due))
        while True:
            found = self.search(
                [*due, ("id", "not in", left_out)], order="next_threshold_at, id", limit=BATCH
            )
            if not found:
                break
            try:
                swept = found._sweep(notices)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:  # someone moved one of them just now
                self.env.cr.rollback()
                attempts += 1
                if attempts < ATTEMPTS:
                    continue
                swept = self.browse()
            attempts = 0
            left_out += (found - swept).ids
            if not cron._commit_progress(len(found)):
                break
        self._tell(notices)
        ahead = self.search(
            [("next_threshold_at", "!=", False), ("id", "not in", left_out)],
            order="next_threshold_at, id",
            limit=1,
        )
        self._wake_sweep(ahead.next_threshold_at)

    def _sweep(self, notices):
        """
        :param notices: {user: [(clock, percent)]}, filled with whom to tell what
        :return: the clocks that have been dealt with; the others are locked
        """
        now = fields.Datetime.now()
        clocks = self.try_lock_for_update()
        tickets = clocks.ticket_id.try_lock_for_update(allow_referencing=True)
        clocks = clocks.filtered(lambda clock: clock.ticket_id in tickets)
        own_notices = defaultdict(list)
        clocks._each(
            lambda part: part._pass_thresholds(now, own_notices),
            # it is looked at again, but does not come back at once for ever
            lambda clock: clock.write({"next_threshold_at": now + timedelta(hours=1)}),
        )
        self.env.flush_all()
        for user, entries in own_notices.items():
            notices[user] += entries
        return clocks

    def _pass_thresholds(self, now, notices):
        Threshold = self.env["gb.ticket.clock.threshold"].sudo()
        changed, passed = [], defaultdict(self.browse)
        breached = self.browse()
        for clock in self:
            value, kind_id, events = clock._get_value(), clock.kind_id.id, []
            if not value.breached and value.deadline <= now:
                events.append(("breach", max(value.deadline, value.since), None))
                breached += clock
            reached = value.get_reached(Threshold._get_percents(kind_id), now)
            if reached:
                events.append(("threshold", now, {"percent": reached}))
                for threshold in Threshold._find(kind_id, value.passed, reached):
                    passed[threshold] += clock
            changed.append((clock, events))
        self._record(changed)
        breached.ticket_id.filtered(lambda ticket: not ticket.is_overdue).write(
            {"is_overdue": True}
        )
        for threshold, clocks in sorted(passed.items(), key=lambda item: item[0].percent):
            clocks._act_on(threshold, notices)

    def _act_on(self, threshold, notices):
        """Do what ``threshold`` says for these clocks. Extended by addons that do more; call super().

        :param notices: {user: [(clock, percent)]} to add to
        """
        tickets = self.ticket_id
        if threshold.is_escalating:
            for level, group in tickets.grouped("level").items():
                if level < MAX_LEVEL:
                    group.write({"level": level + 1})
        if threshold.is_supervising:
            tickets.filtered(lambda ticket: not ticket.is_supervised).write({"is_supervised": True})
        dispatchers = self._get_dispatchers() if threshold.is_dispatcher_told else {}
        for clock in self:
            for user in clock._get_recipients(threshold, dispatchers):
                notices[user].append((clock, threshold.percent))
        if threshold.action_id:
            try:
                with self.env.cr.savepoint():
                    threshold.action_id.with_context(
                        active_model="gb.ticket",
                        active_id=tickets[:1].id,
                        active_ids=tickets.ids,
                    ).run()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception:
                _logger.exception("%s of %s failed", threshold.action_id, threshold)

    def _get_recipients(self, threshold, dispatchers):
        """
        :param dispatchers: {company id: res.users}
        :return: res.users whom ``threshold`` tells about this clock
        """
        work = self.task_id or self.ticket_id
        leads = work.department_id.gb_lead_ids
        users = self.env["res.users"]
        if threshold.is_handler_reminded:
            users |= work.user_id or leads
        if threshold.is_lead_told:
            users |= leads
        if threshold.is_dispatcher_told:
            users |= dispatchers.get(self.company_id.id, users)
        return users

    @api.model
    def _get_dispatchers(self):
        """:return: {company id: res.users who dispatch in it}"""
        dispatchers = defaultdict(self.env["res.users"].browse)
        for user in self.env.ref("gb_ticket.group_gb_dispatcher").sudo().all_user_ids:
            for company in user.company_ids:
                dispatchers[company.id] += user
        return dispatchers

    # ------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------
    @api.model
    def _tell(self, notices):
        """One notice for each user about all his clocks, in his inbox or by e-mail, and on his screen."""
        for user, entries in notices.items():
            if not user.active:
                continue
            # an entry for each clock: the highest threshold
            clocks = {clock.id: (clock, percent) for clock, percent in entries}
            try:
                with self.env.cr.savepoint():
                    self._tell_user(user, list(clocks.values()))
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception:
                _logger.exception("Reminder of %s failed", user)
            self.env["ir.cron"]._commit_progress()

    @api.model
    def _tell_user(self, user, entries):
        env = self.env(context={**self.env.context, "lang": user.lang, "tz": user.tz})
        lines = [
            Markup('<li><a href="/odoo/work-orders/%s">%s</a> %s – %s</li>')
            % (
                clock.ticket_id.id,
                clock.ticket_id.name,
                clock.task_id.name or clock.ticket_id.subject,
                clock.with_env(env)._describe(percent),
            )
            for clock, percent in entries[:SHOWN]
        ]
        body = Markup("<ul>%s</ul>") % Markup().join(lines)
        if len(entries) > SHOWN:
            body += env._("And %(count)s more.", count=len(entries) - SHOWN)
        overdue = sum(percent >= 100 for _clock, percent in entries)
        subject = env._(
            "Work orders: %(overdue)s overdue, %(soon)s due soon",
            overdue=overdue,
            soon=len(entries) - overdue,
        )
        ticket = entries[0][0].ticket_id if len(entries) == 1 else None
        env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            subject=f"{ticket.name}: {entries[0][0].with_env(env)._describe(entries[0][1])}"
            if ticket
            else subject,
            body=body,
            model="gb.ticket" if ticket else False,
            res_id=ticket.id if ticket else False,
            force_send=False,
        )
        user._bus_send(
            "simple_notification",
            {
                "type": "danger" if overdue else "warning",
                "title": subject,
                "message": ", ".join(clock.ticket_id.name for clock, _percent in entries[:5]),
            },
        )

    def _describe(self, percent):
        self.ensure_one()
        at = (
            format_datetime(self.env, self.deadline_at, dt_format="short")
            if self.deadline_at
            else ""
        )
        if percent >= 100:
            return self.env._("%(clock)s is overdue since %(at)s", clock=self.kind_id.name, at=at)
        return self.env._("%(clock)s is due %(at)s", clock=self.kind_id.name, at=at)
