from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestTicketsIn360(TicketCase):
    """The customer's overview knows his work orders; what he was told of them is one contact each."""

    def _read(self, user=None):
        return self.env["res.partner"].with_user(user or self.agent).get_gb_360(self.customer.id)

    def _contacts(self):
        return self.env["gb.contact"].search([("partner_id", "=", self.customer.id)])

    def test_open_complaint_is_flagged_and_the_likeliest_reason(self):
        ticket = self._ticket()
        answer = self._read()
        self.assertIn("complaint", [flag["key"] for flag in answer["flags"]])
        [matter] = answer["matters"]
        self.assertEqual((matter["title"], matter["id"]), ("Bottle leaks", ticket.id))
        self.assertEqual(answer["likely"][0]["id"], ticket.id)
        self.assertTrue(answer["can_create_ticket"])

    def test_promise_due_is_flagged(self):
        ticket = self._ticket(type_id=self.consultation.id)
        self.assertNotIn("promise", [flag["key"] for flag in self._read()["flags"]])
        ticket.sudo().due_at = fields.Datetime.now() + timedelta(hours=3)
        [flag] = [flag for flag in self._read()["flags"] if flag["key"] == "promise"]
        self.assertEqual(flag["level"], "warning")
        ticket.sudo().is_overdue = True
        [flag] = [flag for flag in self._read()["flags"] if flag["key"] == "promise"]
        self.assertEqual(flag["level"], "danger")

    def test_work_orders_are_in_the_timeline(self):
        tickets = [self._ticket(subject=f"Matter {number}") for number in range(3)]
        partners = self.env["res.partner"].with_user(self.agent)
        page = partners.get_gb_timeline(self.customer.id, {"kinds": ["ticket"]}, limit=2)
        rest = partners.get_gb_timeline(
            self.customer.id, {"kinds": ["ticket"]}, page["next"], limit=2
        )
        self.assertEqual(
            [row["id"] for row in page["rows"] + rest["rows"]],
            [ticket.id for ticket in reversed(tickets)],
        )
        self.assertFalse(rest["next"])

    def test_return_deadline_follows_the_rules(self):
        self.env["gb.eligibility.rule"].search([]).active = False
        self.env["gb.eligibility.rule"].create(
            {"name": "Seven days", "remedy": "return", "ground": "no_reason", "days": 7}
        )
        self.order.action_confirm()
        for move in self.order.picking_ids.move_ids:
            move.write({"quantity": 2, "picked": True})
        self.order.picking_ids._action_done()
        [order] = self._read()["orders"]
        self.assertTrue(order["return_until"])
        self.assertTrue(order["can_return"])

    def test_email_about_a_work_order_is_one_contact(self):
        self.customer.email = "chen@example.com"
        ticket = self._ticket()
        before = self._contacts()
        ticket.sudo()._send_notice("accepted", channel="email")
        contact = self._contacts() - before
        self.assertEqual(len(contact), 1)
        self.assertEqual((contact.channel, contact.direction), ("email", "outbound"))
        self.assertEqual(contact.res_model, "gb.ticket.message")

    def test_contacts_follow_the_customer_of_the_work_order(self):
        self.customer.email = "chen@example.com"
        ticket = self._ticket()
        ticket.sudo()._send_notice("accepted", channel="email")
        other = self.env["res.partner"].create({"name": "Wu Lan"})
        ticket.sudo().partner_id = other
        self.assertFalse(self._contacts())
        self.assertTrue(self.env["gb.contact"].search([("partner_id", "=", other.id)]))
