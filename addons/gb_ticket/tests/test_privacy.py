import json

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TicketCase

NUMBER = "13912345678"
KEY = "+8613912345678"


@tagged("post_install", "-at_install")
class TestPrivacy(TicketCase):
    """Numbers of work orders are hidden like all others, and go when the customer's data is erased."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("gb_callcenter.group_gb_agent").implied_ids -= cls.env.ref(
            "gb_callcenter.group_gb_see_numbers"
        )

    def test_numbers_of_a_work_order_are_hidden(self):
        ticket = self._ticket(contact_phone=NUMBER)
        message = self.env["gb.ticket.message"].create(
            {
                "ticket_id": ticket.id,
                "direction": "out",
                "channel": "sms",
                "body": "Hello",
                "address": KEY,
            }
        )
        for user in (self.agent, self.analyst):
            [row] = ticket.with_user(user).read()
            self.assertEqual(row["contact_phone"], "139****5678")
            self.assertEqual(row["partner_phone"], "138****7771")
            self.assertNotIn("1234567", json.dumps(row, default=str))
            [row] = message.with_user(user).read(["address"])
            self.assertEqual(row["address"], "+86139****5678")
        [row] = ticket.with_user(self.dispatcher).read(["contact_phone"])
        self.assertEqual(row["contact_phone"], "139****5678", "a dispatcher is an agent, too")
        [row] = ticket.with_user(self.manager).read(["contact_phone"])
        self.assertEqual(row["contact_phone"], NUMBER)

    def test_work_orders_are_found_by_a_whole_number_only(self):
        ticket = self._ticket(contact_phone=NUMBER)
        tickets = self.env["gb.ticket"].with_user(self.agent)
        for value, found in ((NUMBER, True), ("5678", True), ("13912", False), ("45678", False)):
            for name in ("contact_phone", "contact_number_key"):
                domain = [(name, "ilike", value), ("id", "=", ticket.id)]
                self.assertEqual(bool(tickets.search(domain)), found, (name, value))
        self.assertFalse(tickets.search([("partner_phone", "like", "138 00")]))
        with self.assertRaises(UserError):
            tickets.formatted_read_group([], ["contact_phone"], ["__count"])

    def test_work_order_of_an_unknown_caller_has_his_number(self):
        self._sign_in(self.agent, self.seat_1)
        linked, channel, at = self._call(number=NUMBER)
        self._answer(linked, channel, at + 1)
        call = self._find(linked).with_user(self.agent)
        context = call.action_gb_create_ticket()["context"]
        self.assertEqual(context["default_contact_phone"], "+86139****5678")
        tickets = self.env["gb.ticket"].with_user(self.agent)
        values = {"subject": "Leaks", "type_id": self.complaint.id}
        for made in (
            tickets.with_context(**context).create(values),
            tickets.create({**values, "contact_phone": "+86139****5678"}),
            tickets.create(values),
        ):
            self.assertEqual(made.sudo().contact_phone, KEY)
        with self.assertRaises(UserError):
            tickets.create({**values, "contact_phone": "+86139****0000"})
        made.write({"contact_phone": "+86139****5678", "subject": "Still leaks"})
        self.assertEqual(made.sudo().contact_phone, KEY)

    def test_erasure_waits_for_work_orders_and_takes_the_contact_along(self):
        ticket = self._ticket(contact_phone=NUMBER, contact_name="Mother", address="1 Old Lane")
        self.order.action_cancel()
        customer = self.customer.with_user(self.manager)
        ticket._transition("accept")
        with self.assertRaises(UserError) as refused:
            customer.action_gb_erase("Letter")
        self.assertIn(ticket.name, str(refused.exception))
        customer.action_gb_erase("Letter", force=True)
        self.assertFalse(
            ticket.contact_phone
            or ticket.contact_number_key
            or ticket.contact_name
            or ticket.address
        )
        self.assertEqual(ticket.subject, "Bottle leaks")
