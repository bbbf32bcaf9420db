from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_after_sales import AfterSalesCase


@tagged("post_install", "-at_install")
class TestReplacementAndCoupon(AfterSalesCase):
    def test_replacement_is_free_confirmed_and_linked(self):
        self._deliver()
        ticket = self._open("complaint")
        ticket.with_user(self.handler).action_create_replacement(1)
        order = ticket.replacement_ids
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.amount_total, 0)
        self.assertEqual(order.partner_id, self.customer)
        self.assertEqual(order.company_id, ticket.company_id)
        self.assertIn(ticket.name, order.origin)
        self.assertEqual(order.picking_ids.move_ids.product_uom_qty, 1)
        self.assertEqual(ticket.replacement_count, 1)

    def test_not_more_than_was_ordered_even_over_several_work_orders(self):
        self._deliver()
        self._open("complaint").with_user(self.handler).action_create_replacement(1)
        ticket = self._open("complaint")
        with self.assertRaisesRegex(UserError, "2 were ordered and 1 replaced already: not 2 more"):
            ticket.with_user(self.handler).action_create_replacement(2)
        ticket.with_user(self.handler).action_create_replacement(1)

    def test_out_of_stock(self):
        self._deliver()
        self._stock(self.product, -18)
        ticket = self._open("complaint")
        with self.assertRaisesRegex(UserError, "only 0 of Baby bottle in stock"):
            ticket.with_user(self.handler).action_create_replacement(1)

    def test_without_product(self):
        ticket = self._open("complaint", order_id=False, order_line_id=False, product_id=False)
        with self.assertRaisesRegex(UserError, "product first"):
            ticket.with_user(self.handler).action_create_replacement()

    def test_coupon_for_the_customer(self):
        program = self._program()
        ticket = self._open("complaint")
        ticket.with_user(self.handler).action_create_coupon(program.id, 20, "2030-01-01")
        card = ticket.coupon_ids
        self.assertEqual((card.partner_id, card.points), (self.customer, 20))
        self.assertEqual(str(card.expiration_date), "2030-01-01")
        self.assertEqual(ticket.coupon_count, 1)
        self.assertIn(card.code, "".join(ticket.message_ids.mapped("body")))

    def test_coupon_of_a_wrong_program(self):
        ticket = self._open("complaint").with_user(self.handler)
        for program in (
            self._program(program_type="promotion"),
            self._program(active=False),
            self._program(company_id=self.env["res.company"].create({"name": "Other shop"}).id),
        ):
            with self.assertRaisesRegex(UserError, "running program"):
                ticket.action_create_coupon(program.id)
        with self.assertRaisesRegex(UserError, "expired already"):
            ticket.action_create_coupon(self._program().id, 1, "2020-01-01")
        with self.assertRaisesRegex(UserError, "how much"):
            ticket.action_create_coupon(self._program().id, 0)
        self.assertFalse(ticket.sudo().coupon_ids)

    def _program(self, **values):
        return self.env["loyalty.program"].create(
            {"name": "Sorry", "program_type": "coupons", "company_id": self.company.id, **values}
        )
