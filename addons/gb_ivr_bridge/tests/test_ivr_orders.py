from odoo.tests import tagged

from .common_ivr import IvrShopCase


@tagged("post_install", "-at_install")
class TestIvrOrders(IvrShopCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.formula.with_context(lang="zh_CN").name = "启赋奶粉"
        cls.formula.with_context(lang="en_US").name = "Illuma formula"
        cls.order = cls._past_order(cls.customer)
        cls.foreign = cls._past_order(cls.stranger, cls.nappies)

    def _digits(self, order):
        return "".join(filter(str.isdigit, order.name))

    def test_status_of_the_last_order_without_amount_until_the_pin_was_given(self):
        for language, word, amount in (
            ("zh_CN", "正在备货", "金额300.00"),
            ("en_US", "is being prepared", "The amount is 300.00"),
        ):
            answer = self._ask("order_status", language=language)
            text = self._text(answer, language)
            self.assertEqual(answer["exit"], "found")
            self.assertIn(word, text)
            self.assertIn(self._digits(self.order)[-4:], text)
            self.assertNotIn("300", text)
            self.assertNotIn("order_total", answer["values"])
            told = self._text(
                self._ask("order_status", self._verified(language), language=language), language
            )
            self.assertIn(amount, told)
            self.assertIn("启赋奶粉" if language == "zh_CN" else "Illuma formula", told)
            self.assertNotIn("{", told)

    def test_order_by_its_digits_but_never_somebody_elses(self):
        digits = self._digits(self.order)
        for typed in (digits, digits.lstrip("0"), digits[-4:], f"{digits[-4:]}"):
            self.assertEqual(
                self._ask("order_status", order=typed)["values"].get("order_name"),
                self.order.name,
                typed,
            )
        for typed in (self._digits(self.foreign), "7", "99999999999", "%", "____"):
            answer = self._ask("order_status", order=typed)
            self.assertNotEqual(answer["values"].get("order_name"), self.foreign.name)
        self.assertEqual(
            self._ask("order_status", order=self._digits(self.foreign))["exit"], "none"
        )

    def test_unidentified_caller_hears_no_order_of_anybody(self):
        for caller in ("", "13711110000", "anonymous"):
            for name in ("order_status", "order_history", "ticket_progress", "cart_read"):
                for args in ({}, {"order": self._digits(self.order)}, {"ticket": "1"}):
                    answer = self._ask(name, caller=caller, **args)
                    self.assertEqual(answer["exit"], "unidentified", name)
                    self.assertFalse(answer["values"])
                    self.assertNotIn("{", self._text(answer, "en_US"))

    def test_history_needs_the_pin(self):
        self.assertEqual(self._ask("order_history")["exit"], "unverified")
        older = self._past_order(self.customer, self.nappies, date_order="2026-01-05 03:00:00")
        older.date_order = "2026-01-05 03:00:00"
        answer = self._ask("order_history", self._verified(), limit="2")
        self.assertEqual((answer["exit"], answer["values"]["order_count"]), ("found", "2"))
        self.assertEqual(answer["values"]["order2_date"], "2026-01-05")
        text = self._text(answer)
        self.assertLess(text.index("300"), text.index("2026-01-05"))
        self.assertNotIn("{", text)
        self.assertNotIn("{", self._text(answer, "en_US"))

    def test_carts_and_orders_of_another_company_are_no_orders(self):
        other = self.env["res.company"].create({"name": "Other"})
        order = self._past_order(self.stranger, company_id=other.id, state="draft")
        order.state = "sent"
        self.foreign.partner_id = self.customer
        self.foreign.state = "draft"
        self.assertEqual(
            self._ask("order_status", caller="13900002222")["exit"],
            "none",
        )

    def test_member_without_orders_is_told_so(self):
        self.foreign.partner_id = self.customer
        answer = self._ask("order_status", caller="13900002222")
        self.assertEqual(answer["exit"], "none")
        self.assertEqual(self._text(answer), "没有找到您的订单。")
        self.assertEqual(self._text(answer, "en_US"), "We found no order of yours.")
