from odoo.tests import HttpCase, tagged

from .common_after_sales import AfterSalesCase

SUBJECT = "GB tour return"


@tagged("post_install", "-at_install")
class TestReturnTour(HttpCase, AfterSalesCase):
    """The journey of a return in a real browser, as the users who decide; the warehouse and the bank in between."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quality.name = "GB Tour Returns"
        cls.delivery = cls._deliver()
        cls.invoice = cls._invoice()

    def _tour(self, name, user):
        self.start_tour("/odoo/work-order-overview", name, login=user.login, timeout=120)
        self.ticket.invalidate_recordset()

    def test_return_is_refunded_by_credit_note_and_closed(self):
        self.ticket = ticket = self._ticket(
            subject=SUBJECT,
            type_id=self.types["return"].id,
            order_id=self.order.id,
            order_line_id=self.line.id,
            product_id=self.product.id,
            quantity=2,
        )
        self._tour("gb_ticket_return_accept_tour", self.agent)
        self.assertEqual((ticket.state_code, ticket.department_id), ("dispatched", self.quality))

        self._tour("gb_ticket_return_make_tour", self.handler)
        returned = ticket.transfer_ids
        self.assertEqual(returned.return_id, self.delivery)
        self.assertEqual(returned.move_ids.product_uom_qty, 2)
        self._done(returned)

        self._tour("gb_ticket_return_inspect_tour", self.handler)
        self.assertEqual(returned.gb_inspection, "unused")
        self.assertEqual(returned.gb_inspected_by_id, self.handler)
        self.assertEqual(ticket.approval_ids.mapped("amount"), [118])
        self.assertFalse(ticket.account_move_ids, "nothing before the approval")

        self._tour("gb_ticket_return_refund_tour", self.lead)
        self.assertEqual(ticket.approval_ids.decided_by_id, self.lead)
        credit = ticket.account_move_ids
        self.assertEqual((credit.move_type, credit.state), ("out_refund", "posted"))
        self.assertEqual(credit.reversed_entry_id, self.invoice)
        self.assertEqual(credit.amount_total, 118)
        self._pay(credit)

        self._submit(ticket, decision="granted")
        self._walk(ticket, "closed")
        self._assert_all_is_recorded(ticket, returned, credit)

    def _assert_all_is_recorded(self, ticket, returned, credit):
        self.assertEqual((ticket.closing, ticket.decision), ("satisfied", "granted"))
        self.assertEqual(returned.state, "done")
        self.assertIn(credit.payment_state, ("paid", "in_payment"))
        self.assertEqual((ticket.transfer_count, ticket.account_move_count), (1, 1))
        self.assertEqual(ticket.refundable_amount, 0)
        self.assertEqual(self.line.qty_delivered, 0)
        steps = ticket.step_ids.sorted("id")
        self.assertEqual(
            [(step.transition_code, step.actor_id) for step in steps[1:]],
            [
                ("accept", self.agent),
                ("dispatch", self.agent),
                ("sign", self.handler),
                ("submit", self.handler),
                ("approve", self.clerk),
                ("close", self.clerk),
            ],
        )
        history = "".join(ticket.message_ids.mapped("body"))
        for text in (returned.name, credit.name, "Complete and unused"):
            self.assertIn(text, history)
