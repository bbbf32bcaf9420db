from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_after_sales import AfterSalesCase


@tagged("post_install", "-at_install")
class TestRepairs(AfterSalesCase):
    def _repair(self, ticket):
        """Have it repaired. :return: the finished repair order"""
        ticket.with_user(self.handler).action_create_repair()
        repair = ticket.repair_ids.filtered(lambda one: one.state == "draft")
        repair.action_repair_start()
        repair.action_repair_end()
        self.assertEqual(repair.state, "done")
        return repair

    def test_repair_under_warranty_is_made_and_followed(self):
        self._deliver()
        ticket = self._open("repair", appointment_at="2030-05-01 02:00:00")
        self.assertEqual(ticket.ground, "fault")
        self.assertTrue(ticket.is_under_warranty)
        ticket.with_user(self.handler).action_create_repair()
        repair = ticket.repair_ids
        self.assertTrue(repair.under_warranty)
        self.assertEqual(repair.product_id, self.product)
        self.assertEqual(str(repair.schedule_date), "2030-05-01 02:00:00")
        self.assertIn("Leaks", repair.internal_notes)
        self.assertEqual(ticket.repair_count, 1)
        with self.assertRaisesRegex(UserError, "worked on already"):
            ticket.with_user(self.handler).action_create_repair()
        with self.assertRaisesRegex(UserError, "Finish the repair first"):
            self._submit(ticket)
        repair.action_repair_start()
        repair.action_repair_end()
        self._submit(ticket)
        self.assertEqual(ticket.state_code, "review")

    def test_out_of_warranty_it_is_not_free(self):
        self._deliver(at="2020-01-01 00:00:00")
        ticket = self._open("repair")
        self.assertFalse(ticket.is_under_warranty)
        ticket.with_user(self.handler).action_create_repair()
        self.assertFalse(ticket.repair_ids.under_warranty)

    def test_after_two_failed_repairs_the_customer_chooses(self):
        self._deliver()
        for _time in range(2):
            ticket = self._open("repair")
            self.assertFalse(ticket.is_remedy_offered)
            self._repair(ticket)
        third = self._open("repair")
        self.assertEqual(third.failed_repair_count, 2)
        self.assertTrue(third.is_remedy_offered)
        self.assertIn(
            "2 repairs under warranty have failed", "".join(third.message_ids.mapped("body"))
        )
        with self.assertRaisesRegex(UserError, "Offer an exchange or a refund"):
            self._submit(third)
        self.assertTrue(self._verdict(third, "exchange")["allowed"])
        third.remedy_choice = "exchange"
        with self.assertRaisesRegex(UserError, "no delivery in exchange"):
            self._submit(third)
        third.with_user(self.handler).action_create_exchange()
        self._submit(third)
        self.assertEqual(third.state_code, "review")

    def test_exchange_months_later_only_after_two_failed_repairs(self):
        self._deliver(at="2026-09-01 00:00:00")
        first = self._open("repair")
        self._repair(first)
        second = self._open("repair")
        verdict = self._verdict(second, "exchange")
        self.assertFalse(verdict["allowed"])
        self.assertIn("After 2 failed repairs under warranty it is possible", verdict["reason"])
        self.assertIn("so far there were 1", verdict["reason"])
        self._repair(second)
        third = self._open("repair")
        self.assertTrue(self._verdict(third, "exchange")["allowed"])
        self.assertTrue(self._verdict(third, "refund")["allowed"])

    def test_repair_of_the_cycle_before_has_failed(self):
        self._deliver()
        ticket = self._open("repair")
        self._repair(ticket)
        self.assertEqual(ticket.failed_repair_count, 0)
        self._submit(ticket)
        self._move(ticket, self.clerk, "approve", {"is_checked": True})
        self._move(ticket, self.clerk, "reject", {"solved": "no"}, note="Leaks again")
        self.assertEqual(ticket.cycle, 2)
        self.assertEqual(ticket.failed_repair_count, 1)
        with self.assertRaisesRegex(UserError, "Finish the repair first"):
            self._submit(ticket)

    def test_other_customers_repairs_do_not_count(self):
        self._deliver()
        ticket = self._open("repair")
        self._repair(ticket)
        other = self.env["res.partner"].create({"name": "Wang Wei"})
        stranger = self._ticket(
            type_id=self.types["repair"].id, partner_id=other.id, product_id=self.product.id
        )
        self.assertEqual(stranger.failed_repair_count, 0)

    def test_exchange_instead_of_the_repair(self):
        self._deliver()
        ticket = self._open("repair")
        ticket.with_user(self.handler).action_create_exchange()
        self._submit(ticket)
        self.assertEqual(ticket.state_code, "review")

    def test_refused_repair(self):
        ticket = self._open("repair", order_id=False, order_line_id=False)
        self._submit(ticket, decision="refused")
        self.assertEqual(ticket.state_code, "review")
