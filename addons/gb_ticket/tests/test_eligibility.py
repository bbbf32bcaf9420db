from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common_after_sales import AfterSalesCase

RECEIVED = "2026-03-01 04:00:00"  # noon in Shanghai
DAY_7 = "2026-03-08 15:59:00"  # 23:59 in Shanghai
DAY_8 = "2026-03-08 16:00:00"
DAY_15 = "2026-03-16 15:59:00"
DAY_16 = "2026-03-16 16:00:00"
DAY_365 = "2027-03-01 15:59:00"
DAY_366 = "2027-03-01 16:00:00"


@tagged("post_install", "-at_install")
class TestEligibility(AfterSalesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(RECEIVED):
            cls.delivery = cls._deliver(at=RECEIVED)
        cls.order.date_order = RECEIVED
        cls.Rule = cls.env["gb.eligibility.rule"]

    def _claim(self, **values):
        return self._ticket(
            type_id=self.types["return"].id,
            order_id=self.order.id,
            order_line_id=self.line.id,
            **values,
        )

    def _allowed(self, ticket, remedy, at):
        with freeze_time(at):
            return self._verdict(ticket, remedy)["allowed"]

    def test_without_reason_seven_days_from_the_day_after_the_receipt(self):
        ticket = self._claim()
        self.assertTrue(self._allowed(ticket, "return", DAY_7))
        self.assertTrue(self._allowed(ticket, "refund", DAY_7))
        self.assertFalse(self._allowed(ticket, "return", DAY_8))
        with freeze_time(DAY_7):
            verdict = self._verdict(ticket, "return")
        self.assertEqual(verdict["until"], "2026-03-08")
        self.assertIn("03/01/2026", verdict["reason"])
        self.assertIn("03/08/2026", verdict["reason"])
        self.assertEqual(
            verdict["rule"], self.env.ref("gb_ticket.gb_eligibility_rule_7_days_return").id
        )

    def test_fault_seven_days_return_fifteen_days_exchange_then_repair(self):
        ticket = self._claim(ground="fault")
        self.assertTrue(self._allowed(ticket, "return", DAY_7))
        self.assertFalse(self._allowed(ticket, "return", DAY_8))
        self.assertTrue(self._allowed(ticket, "exchange", DAY_15))
        self.assertFalse(self._allowed(ticket, "exchange", DAY_16))
        self.assertTrue(self._allowed(ticket, "repair", DAY_365))
        self.assertFalse(self._allowed(ticket, "repair", DAY_366))

    def test_repair_is_not_granted_without_a_fault(self):
        ticket = self._claim()
        with freeze_time(DAY_15):
            verdict = self._verdict(ticket, "repair")
            self.assertFalse(verdict["allowed"])
            self.assertIn("For a fault it would be possible until", verdict["reason"])

    def test_day_that_the_carrier_told_counts(self):
        self.delivery.gb_delivered_at = "2026-03-03 02:00:00"
        ticket = self._claim()
        self.assertEqual(str(ticket.received_at), "2026-03-03 02:00:00")
        self.assertTrue(self._allowed(ticket, "return", DAY_8))

    def test_nothing_received_nothing_granted(self):
        order = self.order.copy()
        order.action_confirm()
        ticket = self._claim()
        ticket.write({"order_id": order.id, "order_line_id": order.order_line.id})
        verdict = self._verdict(ticket, "return")
        self.assertFalse(verdict["allowed"])
        self.assertIn("delivered yet", verdict["reason"])

    def test_rule_in_force_on_the_day_of_the_order(self):
        old = self.env.ref("gb_ticket.gb_eligibility_rule_7_days_return")
        old.date_to = "2026-03-31"
        old.copy(
            {
                "name": "Return within 15 days",
                "days": 15,
                "date_from": "2026-04-01",
                "date_to": False,
            }
        )
        ticket = self._claim()
        self.assertFalse(self._allowed(ticket, "return", DAY_15))
        self.order.date_order = "2026-03-31 15:59:00"  # still March in Shanghai
        self.assertFalse(self._allowed(ticket, "return", DAY_15))
        self.order.date_order = "2026-03-31 16:00:00"
        self.assertTrue(self._allowed(ticket, "return", DAY_15))

    def test_category_inherits_and_the_nearest_wins(self):
        wide = self.env["product.category"].create({"name": "Feeding"})
        near = wide.create({"name": "Bottles", "parent_id": wide.id})
        self.product.categ_id = near
        ticket = self._claim()
        rule = self.Rule.create(
            {
                "name": "30 days for feeding",
                "remedy": "return",
                "ground": "no_reason",
                "days": 30,
                "category_ids": [(4, wide.id)],
            }
        )
        self.assertTrue(self._allowed(ticket, "return", DAY_16))
        self.assertEqual(rule._get_nearness(self.product), 1)
        rule.copy({"name": "3 days for bottles", "days": 3, "category_ids": [(6, 0, near.ids)]})
        self.assertFalse(self._allowed(ticket, "return", DAY_7))
        self.product.categ_id = wide
        self.assertTrue(self._allowed(ticket, "return", DAY_16))

    def test_warranty_of_a_category(self):
        category = self.env["product.category"].create({"name": "Pushchairs"})
        self.product.categ_id = category
        self.env.ref("gb_ticket.gb_eligibility_rule_warranty").copy(
            {"name": "Two years", "days": 730, "category_ids": [(6, 0, category.ids)]}
        )
        ticket = self._claim(ground="fault")
        self.assertEqual(str(ticket.warranty_until), "2028-02-29")
        self.assertTrue(self._allowed(ticket, "repair", DAY_366))

    def test_excluded_goods_are_told(self):
        self.product.product_tag_ids = self.env.ref("gb_ticket.product_tag_custom")
        ticket = self._claim()
        with freeze_time(DAY_7):
            verdict = self._verdict(ticket, "return")
            self.assertFalse(verdict["allowed"])
            self.assertIn("made to the customer's order", verdict["reason"])
            ticket.ground = "fault"
            self.assertTrue(self._verdict(ticket, "return")["allowed"], "a fault is another matter")

    def test_infant_formula_only_unopened(self):
        self.product.product_tag_ids = self.env.ref("gb_ticket.product_tag_infant_food")
        ticket = self._claim()
        self.assertTrue(self._allowed(ticket, "return", DAY_7))
        ticket.is_opened = True
        self.assertFalse(self._allowed(ticket, "return", DAY_7))

    def test_exclusion_of_everything_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "all goods"):
            self.Rule.create(
                {"name": "Nothing at all", "is_exclusion": True, "ground": "no_reason"}
            )

    def test_rule_of_another_company_does_not_count(self):
        other = self.env["res.company"].create({"name": "Another shop"})
        self.Rule.create(
            {
                "name": "90 days",
                "remedy": "return",
                "ground": "no_reason",
                "days": 90,
                "company_id": other.id,
            }
        )
        self.assertFalse(self._allowed(self._claim(), "return", DAY_8))

    # ------------------------------------------------------------
    # Exceptions
    # ------------------------------------------------------------
    def test_refused_return_needs_a_lead_and_a_reason(self):
        with freeze_time(DAY_8):
            ticket = self._open("return")
            with self.assertRaisesRegex(UserError, "ended on 03/08/2026.*A team lead can make an"):
                ticket.with_user(self.handler).action_create_return()
            with self.assertRaisesRegex(UserError, "needs a reason"):
                ticket.with_user(self.handler).action_ask_override("return", " ")
            approval = ticket.with_user(self.handler).action_ask_override(
                "return", "Ill in hospital"
            )
            self.assertEqual(approval.sudo().state, "pending")
            with self.assertRaises(UserError):
                ticket.with_user(self.handler).action_create_return()
            with self.assertRaises(AccessError):
                approval.with_user(self.agent).action_approve()
            approval.with_user(self.lead).action_approve()
            verdict = self._verdict(ticket, "return")
            self.assertTrue(verdict["allowed"] and verdict["overridden"])
            self.assertIn("Ill in hospital", verdict["reason"])
            self.assertIn(self.lead.name, verdict["reason"])
            self.assertIn("Ill in hospital", "".join(ticket.message_ids.mapped("body")))
            ticket.with_user(self.handler).action_create_return()
            self.assertFalse(self._verdict(ticket, "exchange")["allowed"], "only what was granted")

    def test_lead_makes_the_exception_at_once(self):
        with freeze_time(DAY_8):
            ticket = self._open("return")
            approval = ticket.with_user(self.lead).action_ask_override("return", "Loyal customer")
            self.assertEqual(approval.sudo().state, "approved")
            self.assertEqual(approval.sudo().decided_by_id, self.lead)
            ticket.with_user(self.handler).action_create_return()
        self.assertEqual(ticket.transfer_count, 1)

    def test_nothing_to_override(self):
        with freeze_time(DAY_7):
            ticket = self._open("return")
            with self.assertRaisesRegex(UserError, "grant this already"):
                ticket.with_user(self.handler).action_ask_override("return", "To be sure")
            with self.assertRaisesRegex(UserError, "no remedy"):
                ticket.with_user(self.handler).action_ask_override("gold", "Please")

    def test_shown_to_those_without_rights_on_orders(self):
        ticket = self._claim()
        rows = ticket.with_user(self.agent).eligibility
        self.assertEqual(
            [row["remedy"] for row in rows], ["return", "exchange", "repair", "refund"]
        )
        self.assertTrue(all(row["reason"] for row in rows))
        self.assertFalse(self._ticket(type_id=self.types["suggestion"].id).eligibility)
