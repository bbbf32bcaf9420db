from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TicketCase

MONDAY_9 = datetime(2026, 11, 23, 1)


@tagged("post_install", "-at_install")
class TestSweep(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = False  # round the clock
        for user in cls.handler, cls.department_lead, cls.dispatcher:
            user.notification_type = "inbox"
        cls.Threshold = cls.env["gb.ticket.clock.threshold"]
        cls.Threshold.search([]).unlink()
        cls.resolve = cls.env.ref("gb_ticket.gb_ticket_clock_kind_resolve")
        cls.cron = cls.env.ref("gb_ticket.ir_cron_sweep_clocks")

    def setUp(self):
        super().setUp()
        clock_face = freeze_time(MONDAY_9)
        self.time = clock_face.start()
        self.addCleanup(clock_face.stop)

    def _threshold(self, percent, **values):
        return self.Threshold.create({"kind_id": self.resolve.id, "percent": percent, **values})

    def _processing(self, **values):
        """A complaint that is worked on: three days from now."""
        return self._walk(self._ticket(**values), "processing")

    def _sweep(self, **delta):
        self.env.flush_all()
        self.time.tick(timedelta(**delta))
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def _notices(self, user):
        return self.env["mail.message"].search(
            [("message_type", "=", "user_notification"), ("partner_ids", "=", user.partner_id.id)],
            order="id",
        )

    def _events(self, ticket):
        return ticket._get_live_clocks("resolve").event_ids.mapped("event")

    def test_nothing_before_the_threshold(self):
        self._threshold(75, is_escalating=True)
        ticket = self._processing()
        self._sweep(hours=53)
        self.assertEqual(ticket.level, 0)

    def test_each_threshold_acts_once(self):
        self._threshold(75, is_handler_reminded=True)
        self._threshold(100, is_lead_told=True, is_dispatcher_told=True, is_escalating=True)
        self._threshold(150, is_escalating=True, is_supervising=True)
        ticket = self._processing()
        ticket._fulfil_clock("first_contact")
        known = {user: len(self._notices(user)) for user in (self.handler, self.department_lead)}
        self._sweep(hours=54)
        self._sweep(hours=1)
        self.assertEqual(len(self._notices(self.handler)), known[self.handler] + 1)
        self.assertEqual(len(self._notices(self.department_lead)), known[self.department_lead])
        self.assertFalse(ticket.is_overdue)
        self._sweep(hours=17)
        self._sweep(hours=1)
        self.assertEqual((ticket.level, ticket.is_overdue, ticket.is_supervised), (1, True, False))
        self.assertEqual(len(self._notices(self.department_lead)), known[self.department_lead] + 1)
        self.assertIn(ticket.name, self._notices(self.dispatcher)[-1:].body)
        self._sweep(hours=36)
        self._sweep(hours=100)
        self.assertEqual((ticket.level, ticket.is_supervised), (2, True))
        self.assertEqual(
            self._events(ticket), ["activate", "threshold", "breach", "threshold", "threshold"]
        )
        clock = ticket._get_live_clocks("resolve")
        self.assertTrue(clock.is_breached)
        self.assertFalse(clock.next_threshold_at)

    def test_several_thresholds_that_were_slept_through_all_act(self):
        self._threshold(50, is_escalating=True)
        self._threshold(75, is_escalating=True)
        ticket = self._processing()
        self._sweep(days=30)
        self.assertEqual(ticket.level, 2)

    def test_overdue_needs_no_threshold(self):
        ticket = self._processing()
        self._sweep(days=3)
        self.assertTrue(ticket.is_overdue)
        self._walk(ticket, "call_back")
        self.assertFalse(ticket.is_overdue)
        resolve = ticket.clock_ids.filtered(lambda clock: clock.kind_id == self.resolve)
        self.assertEqual((resolve.state, resolve.is_breached), ("fulfilled", True))

    def test_a_pause_is_not_swept(self):
        self._threshold(75, is_escalating=True)
        ticket = self._processing()
        ticket._fulfil_clock("first_contact")
        self._move(
            ticket, self.handler, "wait_customer", {"follow_up_at": self._later(days=90)}, "Photo"
        )
        self._sweep(days=30)
        self.assertEqual((ticket.level, ticket.is_overdue), (0, False))
        self._move(ticket, self.handler, "resume")
        self._sweep(hours=54)
        self.assertEqual(ticket.level, 1)

    def test_levels_end_at_three(self):
        for percent in (10, 20, 30, 40, 50):
            self._threshold(percent, is_escalating=True)
        ticket = self._processing()
        self._sweep(days=3)
        self.assertEqual(ticket.level, 3)

    def test_one_notice_for_all_work_orders_of_a_user(self):
        self._threshold(75, is_handler_reminded=True)
        tickets = [self._processing() for _number in range(3)]
        for ticket in tickets:
            ticket._fulfil_clock("first_contact")
        before = len(self._notices(self.handler))
        self._sweep(hours=54)
        (notice,) = self._notices(self.handler)[before:]
        for ticket in tickets:
            self.assertIn(ticket.name, notice.body)

    def test_leads_are_reminded_while_nobody_has_claimed_it(self):
        self._threshold(75, is_handler_reminded=True)
        ticket = self._walk(self._ticket(), "dispatched")
        ticket._fulfil_clock("first_contact")
        before = len(self._notices(self.department_lead))
        self._sweep(hours=54)
        self.assertEqual(len(self._notices(self.department_lead)), before + 1)

    def test_server_action_runs_on_the_work_orders(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Mark",
                "model_id": self.env["ir.model"]._get_id("gb.ticket"),
                "state": "code",
                "code": "records.write({'remedy': 'Hurry'})",
            }
        )
        self._threshold(75, action_id=action.id)
        tickets = [self._processing() for _number in range(2)]
        self._sweep(hours=54)
        self.assertEqual([ticket.remedy for ticket in tickets], ["Hurry", "Hurry"])

    def test_a_server_action_that_fails_keeps_nothing_else_from_happening(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Fail",
                "model_id": self.env["ir.model"]._get_id("gb.ticket"),
                "state": "code",
                "code": "raise UserError('No')",
            }
        )
        self._threshold(75, action_id=action.id, is_escalating=True)
        ticket = self._processing()
        with mute_logger("odoo.addons.gb_ticket.models.gb_ticket_clock_sweep"):
            self._sweep(hours=54)
        self.assertEqual(ticket.level, 1)

    def test_one_faulty_clock_does_not_stop_the_others(self):
        self._threshold(75, is_escalating=True)
        tickets = [self._processing() for _number in range(5)]
        bad = tickets[2]._get_live_clocks("resolve")
        Clock = type(self.env["gb.ticket.clock"])
        act_on = Clock._act_on

        def fail(clocks, threshold, notices):
            if bad.id in clocks.ids:
                raise ValueError("No")
            return act_on(clocks, threshold, notices)

        with (
            patch.object(Clock, "_act_on", fail),
            mute_logger("odoo.addons.gb_ticket.models.gb_ticket_clock"),
        ):
            self._sweep(hours=54)
        self.assertEqual([ticket.level for ticket in tickets], [1, 1, 0, 1, 1])
        self.assertEqual(bad.next_threshold_at, MONDAY_9 + timedelta(hours=55))
        self._sweep(hours=1)
        self.assertEqual(tickets[2].level, 1)

    def test_locked_ones_are_left_to_the_next_run(self):
        self._threshold(75, is_escalating=True)
        ticket = self._processing()
        Ticket = type(self.env["gb.ticket"])
        with patch.object(Ticket, "try_lock_for_update", lambda self, **kwargs: self.browse()):
            self._sweep(hours=54)
        self.assertEqual(ticket.level, 0)
        self._sweep(minutes=1)
        self.assertEqual(ticket.level, 1)

    def test_the_cron_is_woken_for_the_next_threshold_and_not_for_each(self):
        self._threshold(75, is_escalating=True)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        triggers.unlink()
        for _number in range(3):
            self._processing()
            self.env.cr.flush()
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        times = triggers.mapped("call_at")
        self.assertEqual(len(times), len(set(times)))
        self.assertLessEqual(len(times), 4)
        clocks = self.env["gb.ticket.clock"].search([("next_threshold_at", "!=", False)])
        self.assertLessEqual(min(times), min(clocks.mapped("next_threshold_at")))

    def test_the_sweep_uses_the_index_of_due_clocks(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM gb_ticket_clock WHERE next_threshold_at <= now() "
            "ORDER BY next_threshold_at, id LIMIT 250"
        )
        plan = " ".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("gb_ticket_clock_due_idx", plan)

    def test_who_waits_for_others_is_reminded_to_follow_up(self):
        ticket = self._processing()
        self._move(
            ticket, self.handler, "wait_third", {"follow_up_at": self._later(days=1)}, "Carrier"
        )
        cron = self.env.ref("gb_ticket.ir_cron_follow_up")
        for hours, count in ((20, 0), (5, 1), (30, 1)):
            self.env.flush_all()
            self.time.tick(timedelta(hours=hours))
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
            self.env.invalidate_all()
            activities = ticket.activity_ids.filtered(
                lambda activity: (
                    activity.user_id == self.handler and "Follow up" in (activity.summary or "")
                )
            )
            self.assertEqual(len(activities), count)
        self.assertFalse(ticket.follow_up_at)
