import time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestCallToTicket(TicketCase):
    def _talking(self, **values):
        """A call that the agent has on the line. :return: gb.call"""
        self._sign_in(self.agent, self.seat_1)
        linked, channel, at = self._call(at=time.time() - 30, **values)
        self._answer(linked, channel, at + 3)
        self.channel = channel
        return self._find(linked)

    def _values(self, call, user=None):
        action = call.with_user(user or self.agent).action_gb_create_ticket()
        self.assertEqual(action["res_model"], "gb.ticket")
        return {
            name.removeprefix("default_"): value
            for name, value in action["context"].items()
            if name.startswith("default_")
        }

    def test_everything_that_the_call_knows_is_filled_in(self):
        self.queue_orders.gb_ticket_type_id = self.complaint
        self.order.action_confirm()
        call = self._talking()
        call.with_user(self.agent).note = "Bottle leaks\nsince Monday"
        self.assertEqual(
            self._values(call),
            {
                "channel": "phone",
                "call_ids": [(4, call.id)],
                "partner_id": self.customer.id,
                "contact_name": "Chen Xiaomei",
                "contact_phone": "+8613800007771",
                "subject": "Bottle leaks",
                "description": "Bottle leaks\nsince Monday",
                "type_id": self.complaint.id,
                "order_id": self.order.id,
            },
        )

    def test_order_is_filled_in_only_when_there_is_one(self):
        self.order.action_confirm()
        self.order.copy().action_confirm()
        self.assertNotIn("order_id", self._values(self._talking()))

    def test_unknown_caller_leaves_the_customer_open(self):
        values = self._values(self._talking(number="13999990000"))
        self.assertNotIn("partner_id", values)
        self.assertEqual(values["contact_phone"], "+8613999990000")

    def test_form_saves_the_call_and_both_show_each_other(self):
        call = self._talking()
        action = call.with_user(self.agent).action_gb_create_ticket()
        self.seat_1.sudo().state = "ready"  # the default of a call under way is another test
        tickets = self.env["gb.ticket"].with_user(self.agent).with_context(**action["context"])
        ticket = tickets.create({"subject": "Bottle leaks", "type_id": self.consultation.id})
        self.assertEqual(ticket.call_ids, call)
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertEqual(call.gb_ticket_count, 1)
        self.assertEqual(call.action_view_gb_tickets()["res_id"], ticket.id)
        self.assertEqual(ticket.contacts[0]["kind"], "call")
        self.assertEqual(ticket.contacts[0]["id"], call.id)

    def test_new_work_order_during_a_call_belongs_to_it(self):
        call = self._talking()
        ticket = self._ticket(partner_id=False)
        self.assertEqual(ticket.call_ids, call)
        self.assertEqual(ticket.contact_phone, "+8613800007771")
        other = self._ticket(user=self.agent_2)
        self.assertFalse(other.call_ids, "Only the one who has the call.")

    def test_new_work_order_in_after_call_work_belongs_to_the_call(self):
        call = self._talking()
        self._hang_up(call.linked_id, [self.channel], time.time())
        self.assertEqual(self.seat_1.state, "wrap_up")
        self.assertEqual(self._ticket().call_ids, call)

    def test_without_a_call_nothing_is_linked(self):
        self._sign_in(self.agent, self.seat_1)
        self.assertFalse(self._ticket().call_ids)

    def test_card_lists_open_work_orders_of_the_customer(self):
        open_ticket = self._walk(self._ticket(), "accepted")
        closed = self._walk(self._ticket(subject="Old", type_id=self.consultation.id), "closed")
        call = self._talking()
        tickets = call.with_user(self.agent)._get_card()["tickets"]
        self.assertEqual([row["id"] for row in tickets], [open_ticket.id])
        self.assertEqual(tickets[0]["name"], open_ticket.name)
        self.assertEqual(tickets[0]["state"], open_ticket.state_id.name)
        self.assertIn("due_at", tickets[0])
        closed.call_ids = call
        tickets = call.with_user(self.agent)._get_card()["tickets"]
        self.assertEqual([row["id"] for row in tickets], [closed.id, open_ticket.id])

    def test_card_of_an_unknown_caller_has_no_work_orders(self):
        self._ticket()
        call = self._talking(number="13999990000")
        self.assertEqual(call.with_user(self.agent)._get_card()["tickets"], [])

    def test_strangers_get_nothing(self):
        call = self._talking()
        with self.assertRaises(AccessError):
            call.with_user(self.stranger).action_gb_create_ticket()
        with self.assertRaises(AccessError):
            call.with_user(self.agent_3).action_gb_create_ticket()

    def test_handler_sees_that_there_was_a_call_but_cannot_open_it(self):
        call = self._talking()
        call.with_user(self.agent).note = "Very angry"
        ticket = self._walk(self._ticket(), "processing")
        self.assertEqual(ticket.call_ids, call)
        row = next(row for row in ticket.with_user(self.handler).contacts if row["kind"] == "call")
        self.assertEqual((row["text"], row["model"], row["id"]), ("Very angry", False, False))
