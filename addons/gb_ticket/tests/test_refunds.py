from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_after_sales import AfterSalesCase


@tagged("post_install", "-at_install")
class TestRefunds(AfterSalesCase):
    def _ask(self, ticket, amount=None, user=None):
        ticket.with_user(user or self.handler).action_create_credit_note(amount)
        return ticket.approval_ids.filtered(lambda one: one.state == "pending")

    def test_asked_approved_posted_paid_and_only_then_settled(self):
        self._deliver()
        invoice = self._invoice()
        ticket = self._open("refund")
        self.assertEqual(ticket.refundable_amount, 118)
        with self.assertRaisesRegex(UserError, "no credit note yet"):
            self._submit(ticket, decision="granted")
        approval = self._ask(ticket, 59)
        self.assertEqual(approval.amount, 59)
        self.assertFalse(ticket.account_move_ids, "nothing before the approval")
        with self.assertRaisesRegex(UserError, "waits for approval"):
            self._submit(ticket, decision="granted")
        approval.with_user(self.lead).action_approve()
        credit = ticket.account_move_ids
        self.assertEqual((credit.state, credit.move_type), ("posted", "out_refund"))
        self.assertEqual(credit.amount_total, 59)
        self.assertEqual(credit.reversed_entry_id, invoice)
        self.assertEqual(ticket.account_move_count, 1)
        self.assertIn(ticket.name, "".join(credit.message_ids.mapped("body")))
        with self.assertRaisesRegex(UserError, "not confirmed yet"):
            self._submit(ticket)
        self._pay(credit)
        self._submit(ticket, decision="granted")
        self.assertEqual(ticket.state_code, "review")
        self.assertEqual(ticket.refundable_amount, 59)

    def test_who_asks_does_not_approve_not_even_a_manager(self):
        self._invoice()
        ticket = self._open("refund")
        approval = self._ask(ticket, 59, user=self.manager)
        with self.assertRaisesRegex(AccessError, "somebody else"):
            approval.with_user(self.manager).action_approve()
        self.assertFalse(ticket.account_move_ids)
        approval.with_user(self.lead).action_approve()
        self.assertEqual(ticket.account_move_count, 1)

    def test_agents_do_not_approve(self):
        self._invoice()
        approval = self._ask(self._open("refund"), 59)
        with self.assertRaises(AccessError):
            approval.with_user(self.agent).action_approve()

    def test_not_more_than_was_paid(self):
        self._invoice()
        ticket = self._open("refund")
        with self.assertRaisesRegex(UserError, "118.01.*more than was paid.*118.00"):
            self._ask(ticket, 118.01)
        with self.assertRaisesRegex(UserError, "how much"):
            self._ask(ticket, 0)
        self._ask(ticket, 100).with_user(self.lead).action_approve()
        with self.assertRaisesRegex(UserError, "more than was paid"):
            self._ask(ticket, 18.01)
        self._ask(ticket, 18).with_user(self.lead).action_approve()
        self.assertEqual(sum(ticket.account_move_ids.mapped("amount_total")), 118)
        self.assertEqual(ticket.refundable_amount, 0)

    def test_checked_again_on_approval(self):
        self._invoice()
        first = self._ask(self._open("refund"), 118)
        second = self._ask(self._open("refund"), 118)
        first.with_user(self.lead).action_approve()
        with self.assertRaisesRegex(UserError, "more than was paid"):
            second.with_user(self.lead).action_approve()

    def test_without_invoice_or_payment(self):
        self.order.action_confirm()
        ticket = self._open("refund")
        with self.assertRaisesRegex(UserError, "no posted invoice to credit"):
            self._ask(ticket, 59)
        self._invoice(paid=False)
        with self.assertRaisesRegex(UserError, "more than was paid"):
            self._ask(ticket, 59)

    def test_goods_of_the_line_keep_the_order_right(self):
        self._invoice()
        ticket = self._open("refund", quantity=1)
        self._ask(ticket, 59).with_user(self.lead).action_approve()
        self.assertEqual(ticket.account_move_ids.invoice_line_ids.quantity, 1)
        self.assertEqual(self.line.qty_invoiced, 1)

    def test_sum_in_recognition_leaves_the_quantities(self):
        self._invoice()
        ticket = self._open("refund", quantity=1)
        self._ask(ticket, 10).with_user(self.lead).action_approve()
        self.assertEqual(ticket.account_move_ids.amount_total, 10)
        self.assertEqual(self.line.qty_invoiced, 2)

    def test_taxes_in_proportion_and_never_more_than_approved(self):
        tax = self.env["account.tax"].create(
            {"name": "13 %", "amount": 13, "company_id": self.company.id, "type_tax_use": "sale"}
        )
        self.line.tax_ids = tax
        self._invoice()
        ticket = self._open("refund")
        self._ask(ticket, 33.33).with_user(self.lead).action_approve()
        credit = ticket.account_move_ids
        self.assertLessEqual(credit.amount_total, 33.33)
        self.assertAlmostEqual(credit.amount_total, 33.33, delta=0.02)
        self.assertTrue(credit.amount_tax)

    def test_refused_refund_is_settled_without_money(self):
        self._invoice()
        ticket = self._open("refund")
        self._ask(ticket, 59).with_user(self.lead).action_refuse("Not faulty")
        self._submit(ticket, decision="refused")
        self.assertFalse(ticket.account_move_ids)

    def test_asked_once(self):
        self._invoice()
        ticket = self._open("refund")
        self._ask(ticket, 59)
        with self.assertRaisesRegex(UserError, "asked for already"):
            self._ask(ticket, 59)

    def test_invoice_missing_wrong_and_anew(self):
        self._deliver()
        ticket = self._open("invoice", tax_number="91350100M000100Y43")
        with self.assertRaisesRegex(UserError, "not posted yet"):
            self._submit(ticket)
        ticket.with_user(self.handler).action_create_invoice()
        invoice = ticket.invoice_id
        self.assertIn("91350100M000100Y43", invoice.narration)
        with self.assertRaisesRegex(UserError, "there already"):
            ticket.with_user(self.handler).action_create_invoice()
        invoice.action_post()
        again = self._open("invoice", invoice_title="Chen & Co.")
        with self.assertRaisesRegex(UserError, "has to be credited"):
            again.with_user(self.handler).action_create_invoice()
        again.with_user(self.handler).action_reissue_invoice()
        again.approval_ids.with_user(self.lead).action_approve()
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertEqual(again.invoice_id.state, "draft")
        self.assertIn("Chen &amp; Co.", again.invoice_id.narration)
        self.assertEqual(len(again.account_move_ids), 2)
        again.invoice_id.action_post()
        self._submit(again)
        self.assertEqual(again.state_code, "review")
