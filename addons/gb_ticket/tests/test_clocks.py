from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TicketCase

MONDAY_9 = datetime(2026, 11, 23, 1)  # in Shanghai


@tagged("post_install", "-at_install")
class TestClocks(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls._calendar("Office", 9, 18)
        cls.company.resource_calendar_id = cls.calendar
        cls.Kind = cls.env["gb.ticket.clock.kind"]
        cls.Policy = cls.env["gb.ticket.clock.policy"]

    @classmethod
    def _calendar(cls, name, start, end, days=5):
        """Open from ``start`` to ``end`` with an hour of lunch at 12."""
        spans = [(start, 12), (13, end)]
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "tz": "Asia/Shanghai",
                "attendance_ids": [(5, 0, 0)]
                + [
                    (0, 0, {"name": "Work", "dayofweek": str(day), "hour_from": a, "hour_to": b})
                    for day in range(days)
                    for a, b in spans
                ],
            }
        )

    def setUp(self):
        super().setUp()
        self.clock_face = freeze_time(MONDAY_9)
        self.time = self.clock_face.start()
        self.addCleanup(self.clock_face.stop)

    def _clocks(self, ticket, code, state=None):
        return ticket.clock_ids.filtered(
            lambda clock: clock.kind_id.code == code and state in (None, clock.state)
        )

    def _clock(self, ticket, code, state=None):
        clock = self._clocks(ticket, code, state)
        self.assertEqual(len(clock), 1, f"one clock {code} {state}")
        return clock

    def _events(self, clock):
        return clock.event_ids.mapped("event")

    def _pass(self, **delta):
        self.time.tick(timedelta(**delta))

    # ------------------------------------------------------------
    # By states
    # ------------------------------------------------------------
    def test_every_clock_of_the_straight_way_is_fulfilled(self):
        ticket = self._walk(self._ticket(), "closed")
        states = {clock.kind_id.code: clock.state for clock in ticket.clock_ids}
        self.assertEqual(
            states,
            dict.fromkeys(
                (
                    "acknowledge",
                    "dispatch",
                    "sign",
                    "first_contact",
                    "resolve",
                    "review",
                    "call_back",
                ),
                "fulfilled",
            ),
        )
        self.assertFalse(ticket.due_at or ticket.next_due_at or ticket.is_overdue)

    def test_each_clock_runs_in_its_states(self):
        ticket = self._ticket()
        self.assertEqual(ticket.clock_ids.kind_id.code, "acknowledge")
        self.assertEqual(ticket.next_due_at, MONDAY_9 + timedelta(hours=1))
        self.assertFalse(ticket.due_at)
        self._walk(ticket, "accepted")
        running = ticket.clock_ids.filtered(lambda clock: clock.state == "running")
        self.assertEqual(
            set(running.kind_id.mapped("code")), {"dispatch", "first_contact", "resolve"}
        )
        self.assertEqual(ticket.due_at, datetime(2026, 11, 25, 10))  # 3 working days
        self._walk(ticket, "dispatched")
        self.assertEqual(self._clock(ticket, "dispatch").state, "fulfilled")
        self.assertEqual(self._clock(ticket, "sign").state, "running")

    def test_the_customers_clock_pauses_only_while_waiting_for_him(self):
        ticket = self._walk(self._ticket(), "processing")
        due_at = ticket.due_at
        later = {"follow_up_at": self._later(days=1)}
        self._move(ticket, self.handler, "wait_third", later, "Carrier")
        self.assertEqual(self._clock(ticket, "resolve").state, "running")
        self._move(ticket, self.handler, "resume")
        self._pass(hours=1)
        self._move(ticket, self.handler, "wait_customer", later, "Photo")
        resolve = self._clock(ticket, "resolve")
        self.assertEqual((resolve.state, resolve.elapsed_minutes), ("paused", 60))
        self.assertFalse(ticket.due_at)
        self._pass(hours=1)
        self._move(ticket, self.handler, "resume")
        self.assertEqual(ticket.due_at, due_at + timedelta(hours=15 + 1))  # over a night
        self.assertEqual(self._events(resolve), ["activate", "pause", "resume"])

    def test_sending_back_never_stops_the_customers_clock(self):
        ticket = self._walk(self._ticket(), "dispatched")
        due_at = ticket.due_at
        self._pass(minutes=30)
        self._move(
            ticket,
            self.handler,
            "send_back",
            {"suggested_department_id": self.logistics.id},
            "Not ours",
        )
        self.assertEqual(ticket.due_at, due_at)
        self.assertEqual(self._clock(ticket, "resolve").state, "running")
        # the department has not signed, and dispatching begins anew
        self.assertEqual(self._clock(ticket, "sign").state, "cancelled")
        self.assertEqual(self._clocks(ticket, "dispatch").mapped("state"), ["fulfilled", "running"])

    def test_the_next_cycle_has_a_clock_of_its_own_with_half_the_time(self):
        ticket = self._walk(self._ticket(), "call_back")
        self.assertEqual(self._clock(ticket, "resolve").state, "fulfilled")
        self._move(ticket, self.clerk, "reject", {"solved": "no"}, "Still leaks")
        first, second = self._clocks(ticket, "resolve")
        self.assertEqual((second.cycle, second.state), (2, "running"))
        self.assertEqual(second.target_minutes * 2, first.target_minutes)
        self.assertEqual(ticket.due_at, second.deadline_at)
        self._pass(hours=2)
        self.assertEqual(ticket.customer_hours, 2)

    def test_the_total_is_the_sum_of_the_cycles(self):
        ticket = self._walk(self._ticket(), "processing")
        self._pass(hours=1)
        self._walk(ticket, "call_back")
        self._pass(hours=1)  # the customer has the result: his clock stands still
        self._move(ticket, self.clerk, "reject", {"solved": "no"}, "Still leaks")
        self._pass(minutes=30)
        self._walk(ticket, "closed")
        self.assertEqual(self._clocks(ticket, "resolve").mapped("elapsed_minutes"), [60, 30])
        self.assertEqual(ticket.customer_hours, 1.5)

    def test_ended_without_result_is_cancelled_not_fulfilled(self):
        ticket = self._walk(self._ticket(), "processing")
        self._move(ticket, self.dispatcher, "cancel", note="Withdrawn")
        self.assertEqual(self._clock(ticket, "resolve").state, "cancelled")
        self.assertFalse(
            ticket.clock_ids.filtered(lambda clock: clock.state in ("running", "paused"))
        )
        self.assertFalse(ticket.next_due_at)

    def test_first_contact_is_fulfilled_by_a_contact_once(self):
        ticket = self._walk(self._ticket(), "processing")
        self._pass(minutes=10)
        ticket._fulfil_clock("first_contact")
        contact = self._clock(ticket, "first_contact")
        self.assertEqual((contact.state, contact.elapsed_minutes), ("fulfilled", 10))
        ticket._fulfil_clock("first_contact")
        self._walk(ticket, "call_back")
        self._move(ticket, self.clerk, "reject", {"solved": "no"}, "Still leaks")
        self.assertEqual(self._events(self._clock(ticket, "first_contact")), ["activate", "fulfil"])

    def test_a_merge_taken_back_goes_on_with_the_same_clock(self):
        target = self._walk(self._ticket(), "accepted")
        ticket = self._walk(self._ticket(), "accepted")
        self._pass(hours=1)
        self._move(ticket, self.agent, "merge", {"merged_into_id": target.id})
        resolve = self._clock(ticket, "resolve")
        self.assertEqual((resolve.state, resolve.elapsed_minutes), ("cancelled", 60))
        self._pass(hours=1)
        self._move(ticket, self.agent, "unmerge")
        self.assertEqual(self._clock(ticket, "resolve"), resolve)
        self.assertEqual((resolve.state, resolve.elapsed_minutes), ("running", 60))
        self.assertEqual(ticket.due_at, datetime(2026, 11, 26, 2))

    def test_time_of_a_step_is_working_time(self):
        ticket = self._walk(self._ticket(), "dispatched")
        self._pass(hours=24)
        self._walk(ticket, "processing")
        step = ticket.step_ids.filtered(lambda step: step.state_id.code == "dispatched")
        self.assertEqual(step.minutes, 480)

    # ------------------------------------------------------------
    # Targets and calendars
    # ------------------------------------------------------------
    def test_most_specific_target_wins(self):
        major = self._walk(self._ticket(severity="major"), "accepted")
        self.assertEqual(major.due_at, MONDAY_9 + timedelta(hours=24))
        question = self._walk(self._ticket(type_id=self.consultation.id), "accepted")
        self.assertEqual(question.due_at, MONDAY_9 + timedelta(hours=9))
        for urgency, hours in (("0", 24), ("1", 2), ("2", 1)):
            ticket = self._walk(self._ticket(urgency=urgency), "accepted")
            self.assertEqual(
                self._clock(ticket, "dispatch").deadline_at, MONDAY_9 + timedelta(hours=hours)
            )

    def test_targets_of_another_company_do_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        kind = self.env.ref("gb_ticket.gb_ticket_clock_kind_resolve")
        self.Policy.create(
            {
                "kind_id": kind.id,
                "company_id": other.id,
                "type_ids": [(4, self.complaint.id)],
                "amount": 1,
            }
        )
        ticket = self._walk(self._ticket(), "accepted")
        self.assertEqual(self._clock(ticket, "resolve").target_minutes, 3 * 480)

    def test_a_departments_hours_count_else_the_companys(self):
        ticket = self._walk(self._ticket(), "dispatched")
        self.assertEqual(ticket.due_at, datetime(2026, 11, 25, 10))
        self.quality.gb_calendar_id = self._calendar("Late", 10, 21)  # ten hours a day
        ticket = self._walk(self._ticket(), "dispatched")
        self.assertEqual(ticket.due_at, datetime(2026, 11, 25, 13))
        self.assertIn("retarget", self._events(self._clock(ticket, "resolve")))

    def test_without_target_there_is_no_clock(self):
        self.Policy.search([]).active = False
        ticket = self._walk(self._ticket(), "closed")
        self.assertFalse(ticket.clock_ids)

    def test_a_broken_calendar_does_not_stop_work_orders(self):
        self.calendar.attendance_ids.unlink()
        with self.assertLogs("odoo.addons.gb_ticket", "WARNING"):
            ticket = self._walk(self._ticket(), "accepted")
        self.assertEqual(ticket.due_at, MONDAY_9 + timedelta(days=3))
        self.env.cr.execute(
            "UPDATE resource_calendar SET tz = 'Nowhere' WHERE id = %s", [self.calendar.id]
        )
        self.calendar.invalidate_recordset()
        self.env.registry.clear_cache()
        with self.assertLogs("odoo.addons.gb_ticket", "WARNING"):
            self._ticket()

    def test_a_company_without_calendar_runs_round_the_clock(self):
        self.company.resource_calendar_id = False
        ticket = self._walk(self._ticket(), "accepted")
        self.assertEqual(ticket.due_at, MONDAY_9 + timedelta(days=3))

    # ------------------------------------------------------------
    # Changes
    # ------------------------------------------------------------
    def test_a_change_of_severity_measures_anew_pauses_included(self):
        ticket = self._walk(self._ticket(), "processing")
        self._pass(minutes=30)
        self._move(
            ticket, self.handler, "wait_customer", {"follow_up_at": self._later(days=1)}, "Photo"
        )
        self._pass(minutes=60)
        self._move(ticket, self.handler, "resume")
        self._pass(minutes=30)
        ticket.with_user(self.lead).severity = "major"
        # 24 hours round the clock, of which one was a pause
        self.assertEqual(ticket.due_at, MONDAY_9 + timedelta(hours=25))
        resolve = self._clock(ticket, "resolve")
        self.assertEqual(self._events(resolve), ["activate", "pause", "resume", "retarget"])
        ticket.with_user(self.lead).severity = "normal"
        self.assertEqual(ticket.due_at, datetime(2026, 11, 26, 2))

    def test_what_changes_nothing_is_not_recorded(self):
        ticket = self._walk(self._ticket(), "processing")
        count = len(ticket.clock_ids.event_ids)
        ticket.severity = "minor"
        self.assertEqual(len(ticket.clock_ids.event_ids), count)

    def test_a_type_with_more_clocks_starts_them(self):
        ticket = self._walk(self._ticket(), "accepted")
        self.assertFalse(self._clocks(ticket, "decide"))
        ticket.type_id = self.env.ref("gb_ticket.gb_ticket_type_return")
        self.assertEqual(self._clock(ticket, "decide").state, "running")
        ticket.type_id = self.complaint
        self.assertEqual(self._clock(ticket, "decide").state, "cancelled")

    def _replay(self):
        with self.enter_registry_test_mode():
            self.env.ref("gb_ticket.ir_cron_replay_clocks").method_direct_trigger()
        self.env.invalidate_all()

    def test_a_changed_target_is_replayed(self):
        ticket = self._walk(self._ticket(), "processing")
        done = self._walk(self._ticket(), "call_back")
        before = self._clock(done, "resolve").target_minutes
        self._pass(minutes=1)
        self.env.ref("gb_ticket.gb_ticket_clock_policy_resolve_complaint").amount = 1
        self.assertEqual(ticket.due_at, datetime(2026, 11, 25, 10))
        self._replay()
        self.assertEqual(ticket.due_at, datetime(2026, 11, 23, 10))
        self.assertEqual(self._clock(done, "resolve").target_minutes, before)
        events = self._events(self._clock(ticket, "resolve"))
        self._replay()
        self.assertEqual(self._events(self._clock(ticket, "resolve")), events)

    def test_a_new_holiday_is_replayed(self):
        ticket = self._walk(self._ticket(), "processing")
        self._pass(minutes=1)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 11, 23, 16),
                "date_to": datetime(2026, 11, 24, 16),
            }
        )
        self._replay()
        self.assertEqual(ticket.due_at, datetime(2026, 11, 26, 10))

    def test_a_target_that_is_gone_ends_its_clocks(self):
        ticket = self._walk(self._ticket(), "accepted")
        self._pass(minutes=1)
        kind = self.env.ref("gb_ticket.gb_ticket_clock_kind_dispatch")
        self.Policy.search([("kind_id", "=", kind.id)]).unlink()
        self._replay()
        self.assertEqual(self._clock(ticket, "dispatch").state, "cancelled")

    # ------------------------------------------------------------
    # Tasks
    # ------------------------------------------------------------
    def test_a_task_has_a_clock_until_it_is_done(self):
        ticket = self._walk(self._ticket(), "processing")
        task, other = self.env["gb.ticket.task"].create(
            [
                {"name": name, "ticket_id": ticket.id, "department_id": self.logistics.id}
                for name in ("Ask the carrier", "Look at the stock")
            ]
        )
        (task | other)._run_clock()
        self.assertEqual(task.due_at, datetime(2026, 11, 23, 10))  # complaints are urgent: a day
        self._pass(minutes=30)
        task.state = "done"
        task._run_clock()
        self.assertEqual(task.clock_ids.mapped("state"), ["fulfilled"])
        self.assertEqual(task.clock_ids.elapsed_minutes, 30)
        self.assertFalse(task.due_at)
        other.department_id = self.elsewhere
        self.elsewhere.gb_calendar_id = self._calendar("Late", 10, 21)
        other._run_clock()
        self.assertEqual(other.due_at, datetime(2026, 11, 23, 13))
        self._move(ticket, self.dispatcher, "cancel", note="Withdrawn")
        self.assertEqual(other.clock_ids.mapped("state"), ["cancelled"])

    # ------------------------------------------------------------
    # Cost and rights
    # ------------------------------------------------------------
    def _queries(self, function):
        """:return: number of queries of ``function``, with warm caches"""
        function()
        self.env.flush_all()
        self.env.cr.flush()
        start = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - start

    def test_clocks_of_a_new_work_order_are_cheap(self):
        self.assertLessEqual(self._queries(self._ticket), 12)

    def test_clocks_of_a_batch_cost_as_much_as_one(self):
        tickets = self.env["gb.ticket"].create(
            [
                {"subject": "Leaks", "type_id": self.complaint.id, "partner_id": self.customer.id}
                for _number in range(50)
            ]
        )

        def run():
            tickets.clock_ids.unlink()
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            tickets._run_clocks(tickets.step_ids)
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        run()
        self.assertLessEqual(run(), 6)
        self.assertEqual(len(tickets.clock_ids), 50)

    def test_clocks_of_a_move_cost_few_queries(self):
        tickets = [self._walk(self._ticket(), "dispatched") for _number in range(2)]
        steps = []
        for ticket in tickets:
            ticket._lock()
            steps.append(ticket._set_state(self.env["gb.ticket.state"]._get("processing")))
        pairs = iter(zip(tickets, steps, strict=True))

        def run():
            ticket, step = next(pairs)
            self.env.flush_all()
            self.env.invalidate_all()
            ticket._run_clocks(step)

        self.assertLessEqual(self._queries(run), 12)

    def test_users_read_clocks_and_managers_change_targets(self):
        ticket = self._walk(self._ticket(), "accepted")
        clock = ticket.clock_ids[:1].with_user(self.agent)
        self.assertTrue(clock.kind_id.name)
        self.assertFalse(clock.has_access("write"))
        policy = self.Policy.search([], limit=1)
        self.assertFalse(policy.with_user(self.agent).has_access("write"))
        with self.assertRaises(AccessError):
            policy.with_user(self.agent).action_replay_open()
        policy.with_user(self.manager).amount = 2
        self.assertEqual(
            policy.with_user(self.manager).action_replay_open()["tag"], "display_notification"
        )
        self.assertTrue(policy.name)

    def test_overdue_is_known_by_the_second(self):
        ticket = self._walk(self._ticket(), "dispatched")
        self.assertFalse(ticket._is_clock_overdue("sign"))
        self._pass(hours=2, seconds=1)
        self.assertTrue(ticket._is_clock_overdue("sign"))
        self.assertEqual(ticket.is_overdue, False)  # the sweep has not been here yet
        self.assertEqual(fields.Datetime.now(), MONDAY_9 + timedelta(hours=2, seconds=1))
