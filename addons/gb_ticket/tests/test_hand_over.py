import re
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TicketCase

WORKING_HOUR = datetime(2026, 3, 4, 3, 0)  # a Wednesday, eleven o'clock in Shanghai
NIGHT = datetime(2026, 3, 4, 18, 0)


@tagged("post_install", "-at_install")
class TestHandOver(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["gb.ticket.route"].search([]).active = False
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Nine to six",
                "tz": "Asia/Shanghai",
                "attendance_ids": [
                    (0, 0, {"name": "Day", "dayofweek": str(day), "hour_from": 9, "hour_to": 18})
                    for day in range(5)
                ],
            }
        )

    def _dispatched(self, **values):
        return self._walk(self._ticket(**values), "dispatched")

    def _resource(self, user, leave=None):
        resource = self.env["resource.resource"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "calendar_id": self.calendar.id,
                "tz": "Asia/Shanghai",
            }
        )
        if leave:
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Holiday",
                    "resource_id": resource.id,
                    "calendar_id": self.calendar.id,
                    "date_from": leave - timedelta(days=1),
                    "date_to": leave + timedelta(days=2),
                }
            )
        return resource

    # --- claiming ------------------------------------------------------------------------------
    def test_claim_is_a_step_of_the_history(self):
        ticket = self._dispatched()
        self.assertTrue(ticket.with_user(self.handler).is_claimable)
        revision = ticket.revision
        notice = ticket.with_user(self.handler).action_claim()
        ticket.invalidate_recordset()
        self.assertEqual(ticket.user_id, self.handler)
        self.assertEqual(ticket.state_code, "dispatched")
        self.assertEqual(ticket.revision, revision + 1)
        step = ticket.step_ids.filtered(lambda step: not step.ended_at)
        self.assertEqual(
            (step.transition_code, step.actor_id, step.user_id),
            ("claim", self.handler, self.handler),
        )
        self.assertIn(ticket.name, notice["params"]["message"])

    def test_the_second_one_reads_who_has_it(self):
        ticket = self._dispatched()
        ticket.with_user(self.handler).action_claim()
        with self.assertRaisesRegex(
            UserError, f"{re.escape(self.handler.name)} has claimed {ticket.name} already"
        ):
            ticket.with_user(self.handler_2).action_claim()
        with self.assertRaisesRegex(UserError, "yours already"):
            ticket.with_user(self.handler).action_claim()

    def test_of_several_the_free_ones_are_claimed(self):
        tickets = self._dispatched() | self._dispatched()
        tickets[0].with_user(self.handler_2).action_claim()
        notice = tickets.with_user(self.handler).action_claim()["params"]
        self.assertEqual(tickets[1].user_id, self.handler)
        self.assertEqual(notice["type"], "warning")
        self.assertIn(self.handler_2.name, notice["message"])

    def test_others_cannot_claim(self):
        ticket = self._dispatched()
        with self.assertRaises(AccessError):
            ticket.with_user(self.stranger).action_claim()
        with self.assertRaisesRegex(UserError, "members of the department Quality"):
            ticket.with_user(self.dispatcher).action_claim()

    def test_there_is_nothing_to_claim_once_it_is_checked(self):
        ticket = self._walk(self._ticket(), "review")
        ticket.sudo().user_id = False
        with self.assertRaisesRegex(UserError, "nothing to claim"):
            ticket.with_user(self.handler_2).action_claim()

    def test_next_is_the_most_urgent_then_the_one_due_first(self):
        normal, urgent, due = (self._dispatched(urgency=urgency) for urgency in ("0", "2", "0"))
        normal.sudo().next_due_at = self._later(hours=5)
        due.sudo().next_due_at = self._later(hours=2)
        claimed = [
            self.env["gb.ticket"].with_user(self.handler).action_claim_next()["res_id"]
            for _ in range(3)
        ]
        self.assertEqual(claimed, [urgent.id, due.id, normal.id])
        notice = self.env["gb.ticket"].with_user(self.handler).action_claim_next()
        self.assertIn("nothing to claim", notice["params"]["message"])

    def test_next_is_of_my_departments_only(self):
        self._dispatched()
        notice = self.env["gb.ticket"].with_user(self.stranger).action_claim_next()
        self.assertEqual(notice["tag"], "display_notification")

    def test_given_back_it_can_be_claimed_again(self):
        ticket = self._dispatched()
        ticket.with_user(self.handler).action_claim()
        with self.assertRaisesRegex(UserError, "for its handler"):
            ticket.with_user(self.handler_2).action_release()
        ticket.with_user(self.handler).action_release()
        self.assertFalse(ticket.user_id)
        ticket.with_user(self.handler_2).action_claim()
        ticket.with_user(self.department_lead).action_release()
        self.assertTrue(ticket.is_unclaimed)
        self.assertEqual(
            self.env["gb.ticket"].search([("id", "=", ticket.id), ("is_unclaimed", "=", True)]),
            ticket,
        )

    # --- transfer ------------------------------------------------------------------------------
    def test_transfer_to_a_colleague(self):
        ticket = self._walk(self._ticket(), "processing")
        values = {"department_id": self.quality.id, "user_id": self.handler_2.id}
        self._move(ticket, self.handler, "transfer", values, "Knows bottles")
        self.assertEqual((ticket.user_id, ticket.state_code), (self.handler_2, "processing"))

    def test_transfer_to_a_group_goes_into_its_pool(self):
        ticket = self._walk(self._ticket(), "processing")
        self._move(ticket, self.handler, "transfer", {"department_id": self.elsewhere.id}, "Theirs")
        self.assertEqual(ticket.department_id, self.elsewhere)
        self.assertFalse(ticket.user_id)
        self.assertTrue(ticket.with_user(self.stranger).is_claimable)
        self.assertFalse(ticket.with_user(self.handler).has_access("read"))

    def test_transfer_to_the_own_group_gives_it_back(self):
        ticket = self._walk(self._ticket(), "processing")
        self._move(ticket, self.handler, "transfer", {"department_id": self.quality.id}, "Holidays")
        self.assertFalse(ticket.user_id)

    def test_only_members_of_the_department_are_given_it(self):
        ticket = self._walk(self._ticket(), "accepted")
        values = {"department_id": self.quality.id, "user_id": self.stranger.id}
        with self.assertRaisesRegex(UserError, "does not work for Quality"):
            self._move(ticket, self.dispatcher, "dispatch", values)
        ticket = self._walk(self._ticket(), "processing")
        with self.assertRaisesRegex(UserError, "does not work for Quality"):
            self._move(ticket, self.handler, "transfer", values, "You")

    def test_a_colleague_does_not_transfer(self):
        ticket = self._walk(self._ticket(), "processing")
        with self.assertRaises(AccessError):
            self._move(
                ticket, self.handler_2, "transfer", {"department_id": self.elsewhere.id}, "Not mine"
            )

    def test_dispatched_to_a_person_who_is_told(self):
        ticket = self._walk(self._ticket(), "accepted")
        values = {"department_id": self.quality.id, "user_id": self.handler.id}
        self._move(ticket, self.dispatcher, "dispatch", values)
        self.assertEqual(ticket.user_id, self.handler)
        message = self.env["mail.message"].search(
            [
                ("model", "=", "gb.ticket"),
                ("res_id", "=", ticket.id),
                ("message_type", "=", "user_notification"),
            ]
        )
        self.assertIn(self.handler.partner_id, message.notified_partner_ids)

    # --- absence -------------------------------------------------------------------------------
    def test_an_absent_one_chosen_by_hand_gets_it_with_a_warning(self):
        ticket = self._walk(self._ticket(), "accepted")
        with freeze_time(WORKING_HOUR):
            self._resource(self.handler, leave=WORKING_HOUR)
            values = {"department_id": self.quality.id, "user_id": self.handler.id}
            self._move(ticket, self.dispatcher, "dispatch", values)
        self.assertEqual(ticket.user_id, self.handler)
        self.assertTrue(
            ticket.message_ids.filtered(lambda message: "on leave until" in message.body)
        )

    def test_automatic_assignment_skips_who_is_on_leave(self):
        self.quality.gb_assignment = "fewest"
        with freeze_time(WORKING_HOUR):
            self._resource(self.handler, leave=WORKING_HOUR)
            self._resource(self.handler_2)
            self.assertEqual(self.quality._gb_choose_handler(), self.handler_2)

    def test_automatic_assignment_skips_who_is_off_work(self):
        self.quality.gb_assignment = "turns"
        self._resource(self.handler)
        self._resource(self.handler_2)
        with freeze_time(NIGHT):
            self.assertFalse(self.quality._gb_choose_handler())
        with freeze_time(WORKING_HOUR):
            self.assertTrue(self.quality._gb_choose_handler())

    def test_fewest_open_gets_it(self):
        self.quality.gb_assignment = "fewest"
        handlers = [self._dispatched().user_id for _ in range(4)]
        self.assertEqual(handlers[0] | handlers[1], self.handler | self.handler_2)
        self.assertEqual(handlers[:2], handlers[2:])

    def test_in_turns(self):
        self.quality.gb_assignment = "turns"
        handlers = [self._dispatched().user_id for _ in range(4)]
        self.assertEqual(handlers, [self.handler, self.handler_2] * 2)

    def test_they_claim_unless_the_department_distributes(self):
        self.assertEqual(self.quality.gb_assignment, "none")
        self.assertFalse(self._dispatched().user_id)

    # --- returned ------------------------------------------------------------------------------
    def test_after_two_returns_a_dispatcher_assigns_it_for_good(self):
        ticket = self._dispatched()
        for _ in range(2):
            self._move(
                ticket,
                self.handler,
                "send_back",
                {"suggested_department_id": self.logistics.id},
                "Not ours",
            )
            if ticket.return_count < 2:
                self._move(ticket, self.agent, "dispatch", {"department_id": self.quality.id})
        self.assertFalse(ticket.department_id)
        with self.assertRaisesRegex(UserError, "a supervisor assigns it now"):
            self._move(ticket, self.agent, "dispatch", {"department_id": self.quality.id})
        self._move(ticket, self.dispatcher, "dispatch", {"department_id": self.quality.id})
        self.assertTrue(ticket.is_pinned)
        with self.assertRaisesRegex(UserError, "assigned it for good"):
            self._move(
                ticket,
                self.handler,
                "send_back",
                {"suggested_department_id": self.logistics.id},
                "Again",
            )

    # --- departments ---------------------------------------------------------------------------
    def test_counters_of_a_department(self):
        tickets = self._dispatched() | self._dispatched() | self._dispatched()
        tickets[0].with_user(self.handler).action_claim()
        tickets[0].sudo().is_overdue = True
        self._ticket()
        department = self.quality.with_user(self.manager)
        self.env.flush_all()
        self.assertEqual(
            (department.gb_open_count, department.gb_unclaimed_count, department.gb_overdue_count),
            (3, 2, 1),
        )
        action = department.with_context(gb_filter="unclaimed").action_gb_tickets()
        self.assertEqual(self.env["gb.ticket"].search(action["domain"]), tickets[2] | tickets[1])

    def test_managers_of_the_call_centre_set_up_departments(self):
        with Form(self.quality.with_user(self.manager)) as form:
            form.gb_assignment = "turns"
            form.gb_member_ids.add(self.stranger)
        self.assertEqual(self.quality.gb_assignment, "turns")
        self.assertIn(self.stranger, self.quality.gb_member_ids)
        with self.assertRaises(AccessError):
            self.quality.with_user(self.department_lead).gb_member_ids = [(4, self.clerk.id)]
