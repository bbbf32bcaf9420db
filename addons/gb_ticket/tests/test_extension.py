from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TicketCase

MONDAY_9 = datetime(2026, 11, 23, 1)


@tagged("post_install", "-at_install")
class TestExtension(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = False  # round the clock: due on Thursday at 9
        cls.due_at = MONDAY_9 + timedelta(days=3)
        cls.new_due_at = MONDAY_9 + timedelta(days=5)

    def setUp(self):
        super().setUp()
        clock_face = freeze_time(MONDAY_9)
        self.time = clock_face.start()
        self.addCleanup(clock_face.stop)
        self.ticket = self._walk(self._ticket(), "processing")
        self.told = []
        self.patch(
            type(self.env["gb.ticket"]),
            "_notify_customer",
            lambda ticket, event: self.told.append(event),
        )

    def _ask(self, user=None, new_due_at=None, reason="The spare part comes on Friday"):
        ticket = self.ticket.with_user(user or self.handler)
        return ticket._ask_extension(new_due_at or self.new_due_at, reason).with_env(self.env)

    def test_asked_in_the_dialog_granted_by_a_lead_told_the_customer(self):
        action = self.ticket.with_user(self.handler).action_extend()
        dialog = Form(
            self.env["gb.ticket.extend"].with_user(self.handler).with_context(**action["context"])
        )
        self.assertEqual(dialog.new_due_at, self.due_at + timedelta(days=1))
        dialog.new_due_at = self.new_due_at
        dialog.reason = "The spare part comes on Friday"
        dialog.save().action_ask()
        approval = self.ticket.approval_ids
        self.assertEqual((approval.kind, approval.state), ("extension", "pending"))
        self.assertEqual(self.ticket.due_at, self.due_at)
        self.assertEqual(self.told, [])
        approval.with_user(self.department_lead).action_approve()
        self.assertEqual(approval.state, "approved")
        self.assertEqual((approval.old_due_at, approval.new_due_at), (self.due_at, self.new_due_at))
        self.assertEqual(self.ticket.due_at, self.new_due_at)
        self.assertEqual(self.told, ["extended"])
        clock = self.ticket._get_resolve_clock()
        self.assertEqual(clock.extra_minutes, 2 * 24 * 60)
        self.assertEqual(clock.event_ids[-1:].event, "retarget")

    def test_the_departments_leads_are_told(self):
        approval = self._ask()
        self.assertEqual(approval._get_deciders(), self.department_lead)
        approval.action_refuse()
        self.quality.gb_lead_ids = False
        self.assertIn(self.manager, self._ask()._get_deciders())

    def test_colleagues_and_other_departments_do_not_decide(self):
        approval = self._ask()
        for user in self.handler, self.handler_2, self.stranger, self.agent:
            with self.subTest(user.login), self.assertRaises(AccessError):
                approval.with_user(user).action_approve()
        approval.with_user(self.manager).action_approve()
        self.assertEqual(self.ticket.due_at, self.new_due_at)

    def test_a_lead_does_not_grant_his_own_wish(self):
        approval = self._ask(self.department_lead)
        with self.assertRaises(AccessError):
            approval.with_user(self.department_lead).action_approve()

    def test_asked_by_the_department_only(self):
        for user in self.agent, self.stranger:
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._ask(user)
        self.assertFalse(self.ticket.with_user(self.agent).can_extend)
        self.assertTrue(self.ticket.with_user(self.handler).can_extend)

    def test_a_refusal_changes_nothing(self):
        self._ask().with_user(self.department_lead).action_refuse("Hurry up")
        self.assertEqual(self.ticket.due_at, self.due_at)
        self.assertEqual(self.told, [])

    def test_once_per_cycle(self):
        approval = self._ask()
        with self.assertRaisesRegex(UserError, "asked for already"):
            self._ask()
        approval.with_user(self.department_lead).action_approve()
        with self.assertRaisesRegex(UserError, "once per cycle"):
            self._ask()
        self._walk(self.ticket, "call_back")
        self._move(self.ticket, self.clerk, "reject", {"solved": "no"}, "Still leaks")
        due_at = self.ticket.due_at
        self._ask(new_due_at=due_at + timedelta(hours=3)).with_user(
            self.department_lead
        ).action_approve()
        self.assertEqual(self.ticket.due_at, due_at + timedelta(hours=3))

    def test_only_before_the_due_time(self):
        approval = self._ask()
        self.time.tick(timedelta(days=3))
        with self.assertRaisesRegex(UserError, "before the due time"):
            approval.with_user(self.department_lead).action_approve()
        approval.with_user(self.department_lead).action_refuse()
        with self.assertRaisesRegex(UserError, "before the due time"):
            self._ask()

    def test_not_earlier_and_not_without_a_reason(self):
        with self.assertRaisesRegex(UserError, "has to be after"):
            self._ask(new_due_at=self.due_at)
        with self.assertRaisesRegex(UserError, "why more time"):
            self._ask(reason=" ")

    def test_not_while_the_clock_is_paused(self):
        self._move(
            self.ticket,
            self.handler,
            "wait_customer",
            {"follow_up_at": self._later(days=1)},
            "A photo",
        )
        with self.assertRaisesRegex(UserError, "does not run"):
            self.ticket.with_user(self.handler).action_extend()

    def test_a_wish_of_the_last_cycle_is_not_granted(self):
        approval = self._ask()
        self._walk(self.ticket, "call_back")
        self._move(self.ticket, self.clerk, "reject", {"solved": "no"}, "Still leaks")
        with self.assertRaisesRegex(UserError, "another cycle"):
            approval.with_user(self.department_lead).action_approve()

    def test_an_extension_outlives_a_change_of_urgency(self):
        self._ask().with_user(self.department_lead).action_approve()
        self.ticket.severity = "major"  # one day instead of three
        self.assertEqual(self.ticket.due_at, MONDAY_9 + timedelta(days=3))
