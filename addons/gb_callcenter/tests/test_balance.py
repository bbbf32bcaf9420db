from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from .common_delivery import DeliveryCase


@tagged("post_install", "-at_install")
class TestBalance(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.env["account.journal"].create(
            {"name": "Bank", "type": "bank", "code": "TBNK", "company_id": cls.company.id}
        )

    def _prepay(self, amount, user=None, kind="prepay"):
        return (
            self.env["gb.balance.payment"]
            .with_user(user or self.manager)
            .create(
                {
                    "partner_id": self.customer.id,
                    "kind": kind,
                    "amount": amount,
                    "journal_id": self.journal.id,
                }
            )
            .action_pay()
        )

    def _balance(self):
        self.env.invalidate_all()
        return self.customer._get_gb_balance(self.company)

    def test_balance_is_what_the_accounts_say(self):
        self.assertEqual(self._balance(), 0)
        self._prepay(300)
        self.assertEqual(self._balance(), 300)
        self.assertEqual(self.customer.gb_balance, 300)
        child = self.env["res.partner"].create({"name": "Desk", "parent_id": self.customer.id})
        self.assertEqual(child._get_gb_balance(self.company), 300)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertEqual(self.customer._get_gb_balance(other), 0)
        item = self.env["account.move.line"].search(
            [("partner_id", "=", self.customer.id), ("account_type", "=", "asset_receivable")]
        )
        self.assertEqual(item.amount_residual, -300)
        self.assertEqual(item.move_id.state, "posted")

    def test_order_reserves_and_its_invoice_takes(self):
        self._prepay(300)
        order = self._sent("B1", 120, means=False).sale_id
        self.assertEqual(order._gb_pay_from_balance(), 120)
        self.assertEqual(order._gb_pay_from_balance(), 120, "asked twice, reserved once")
        self.assertEqual(self._balance(), 180)
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(order.gb_balance_reserved, 0)
        self.assertEqual(self._balance(), 180)

    def test_several_small_payments_pay_one_invoice(self):
        self._prepay(50)
        self._prepay(80)
        order = self._sent("B1", 120, means=False).sale_id
        order._gb_pay_from_balance()
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self._balance(), 10)

    def test_too_little_is_told(self):
        self._prepay(100)
        order = self._sent("B1", 120, means=False).sale_id
        with self.assertRaisesRegex(UserError, "less than"):
            order._gb_pay_from_balance()
        self.assertEqual(order.gb_balance_reserved, 0)

    def test_what_is_reserved_is_not_spent_twice(self):
        self._prepay(150)
        first = self._sent("B1", 100, means=False).sale_id
        second = self._sent("B2", 100, means=False, done=False).sale_id
        first._gb_pay_from_balance()
        with self.assertRaisesRegex(UserError, "less than"):
            second._gb_pay_from_balance()
        with self.assertRaisesRegex(UserError, "less than"):
            self._prepay(100, kind="refund")

    def test_desk_pays_from_the_balance_when_it_confirms(self):
        self._prepay(150)
        order = self._sent("B1", 100, means="balance", done=False).sale_id
        order._gb_start_payment()
        self.assertEqual(order.invoice_ids.amount_residual, 0)
        self.assertEqual(self._balance(), 50)
        other = self._sent("B2", 100, means="balance", done=False).sale_id
        with self.assertRaisesRegex(UserError, "less than"):
            other._gb_start_payment()

    def test_credit_notes_are_no_balance(self):
        credit_note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    (0, 0, {"product_id": self.product.id, "price_unit": 80, "tax_ids": []})
                ],
            }
        )
        credit_note.action_post()
        self._prepay(60)
        self.assertEqual(self._balance(), 60)
        self.customer._gb_record_check(
            "override", True, reason="Voice is known", user=self.env.user
        )
        desk = self.env["gb.order.desk"]
        order = self._sent("B1", 100, means="balance", done=False).sale_id
        self.assertIn("not enough", desk._get_means_refusal(order, "balance"))
        with self.assertRaisesRegex(UserError, "less than"):
            order._gb_start_payment()
        self._prepay(40)
        self.assertFalse(desk._get_means_refusal(order, "balance"))
        order._gb_start_payment()
        self.assertEqual(order.invoice_ids.amount_residual, 0)
        self.assertEqual(credit_note.amount_residual, 80)

    def test_order_in_another_currency_is_not_paid_from_the_balance(self):
        self._prepay(1000)
        currency = self.env.ref(
            "base.EUR" if self.company.currency_id.name != "EUR" else "base.USD"
        )
        currency.active = True
        pricelist = self.env["product.pricelist"].create(
            {"name": "Elsewhere", "currency_id": currency.id}
        )
        order = self._sent("B1", 1, means="balance", done=False, pricelist_id=pricelist.id).sale_id
        desk = self.env["gb.order.desk"]
        self.assertIn("company's currency", desk._get_means_refusal(order, "balance"))

    def test_cancelled_order_gives_back(self):
        self._prepay(150)
        order = self._sent("B1", 100, means=False, done=False).sale_id
        order._gb_pay_from_balance()
        order._action_cancel()
        self.assertEqual(self._balance(), 150)

    def test_balance_is_paid_back(self):
        self._prepay(150)
        self._prepay(60, kind="refund")
        self.assertEqual(self._balance(), 90)
        payment = self.env["account.payment"].search(
            [("partner_id", "=", self.customer.id), ("payment_type", "=", "outbound")]
        )
        self.assertEqual(payment.amount, 60)
        with self.assertRaisesRegex(UserError, "more than nothing"):
            self._prepay(0)

    def test_who_books(self):
        for user in (self.agent, self.lead, self.analyst):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.customer.with_user(user).action_gb_balance()
        with self.assertRaises(AccessError):
            self._prepay(10, user=self.lead)
        self._prepay(40)
        self.assertEqual(self.customer.with_user(self.agent).gb_balance, 40, "agents may tell it")


@tagged("post_install", "-at_install")
class TestBalanceTwoAtOnce(BaseCase):
    """Two real transactions on a committed customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cls.partner_id = env["res.partner"].create({"name": "Balance of two"}).id
        cls.addClassCleanup(cls._clean_up)

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["res.partner"].browse(cls.partner_id).unlink()

    def test_the_second_that_spends_is_run_again(self):
        with self.registry.cursor() as slow:
            partner = api.Environment(slow, SUPERUSER_ID, {})["res.partner"].browse(self.partner_id)
            # its snapshot is older than what the other one spends
            self.assertEqual(partner.name, "Balance of two")
            with self.registry.cursor() as quick:
                env = api.Environment(quick, SUPERUSER_ID, {})
                env["res.partner"].browse(self.partner_id)._lock_gb_balance()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                partner._lock_gb_balance()
            slow.rollback()
