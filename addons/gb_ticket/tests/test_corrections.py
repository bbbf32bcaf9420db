from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestCorrections(TicketCase):
    """What was recorded stays as it was recorded, and belongs together."""

    def test_a_draft_is_anybodys_of_the_call_centre(self):
        ticket = self._ticket()
        ticket.with_user(self.agent_2).write({"subject": "Lid leaks", "urgency": "2"})
        self.assertEqual(ticket.subject, "Lid leaks")

    def test_after_acceptance_only_leads_and_dispatchers_correct(self):
        ticket = self._walk(self._ticket(), "accepted")
        for user in (self.agent, self.clerk):
            for values in ({"subject": "Other"}, {"type_id": self.consultation.id}):
                with self.subTest(user=user.login, values=values):
                    with self.assertRaisesRegex(AccessError, "only team leads and dispatchers"):
                        ticket.with_user(user).write(values)
        ticket.with_user(self.lead).subject = "Lid leaks"
        ticket.with_user(self.dispatcher).urgency = "2"
        self.assertEqual((ticket.subject, ticket.urgency), ("Lid leaks", "2"))

    def test_nobody_corrects_what_is_closed(self):
        ticket = self._walk(self._ticket(), "closed")
        with self.assertRaises(AccessError):
            ticket.with_user(self.lead).subject = "Other"

    def test_handlers_still_write_what_they_find_out(self):
        ticket = self._walk(self._ticket(), "processing")
        ticket.with_user(self.handler).solution = "The seal was missing."
        self.assertEqual(ticket.solution, "The seal was missing.")

    def test_an_order_of_another_customer_is_refused(self):
        other = self.env["res.partner"].create({"name": "Somebody else"})
        with self.assertRaisesRegex(ValidationError, "of another customer"):
            self._ticket(order_id=self.order.id, partner_id=other.id)
        ticket = self._ticket(order_id=self.order.id)
        with self.assertRaisesRegex(ValidationError, "of another customer"):
            ticket.with_user(self.agent).partner_id = other

    def test_who_gets_the_parcel_may_ask_about_the_order(self):
        friend = self.env["res.partner"].create({"name": "Friend with a baby"})
        self.order.partner_shipping_id = friend
        self.assertTrue(self._ticket(order_id=self.order.id, partner_id=friend.id))

    def test_a_line_of_another_order_is_refused(self):
        other = self.order.copy()
        with self.assertRaisesRegex(ValidationError, "not one of the order"):
            self._ticket(order_id=self.order.id, order_line_id=other.order_line[:1].id)

    def test_dispatchers_hand_over_whoever_has_it(self):
        ticket = self._walk(self._ticket(), "processing")
        self.assertIn(
            "transfer", [move["code"] for move in ticket.with_user(self.dispatcher).moves]
        )
        self._move(
            ticket, self.dispatcher, "transfer", {"department_id": self.logistics.id}, "Wrong one"
        )
        self.assertEqual(ticket.department_id, self.logistics)

    def test_staff_make_the_work_order_that_follows(self):
        ticket = self._walk(self._ticket(order_id=self.order.id), "closed")
        context = ticket.with_user(self.agent).action_follow_up()["context"]
        follower = self.env["gb.ticket"].with_user(self.agent).with_context(**context).create({})
        self.assertEqual(follower.parent_id, ticket)
        self.assertEqual(follower.partner_id, ticket.partner_id)
        self.assertEqual(follower.order_id, ticket.order_id)
        self.assertEqual((follower.phase, follower.channel), ("draft", "phone"))
        with self.assertRaises(AccessError):
            ticket.with_user(self.handler).action_follow_up()
