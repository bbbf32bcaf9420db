from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_ivr import IvrShopCase


@tagged("post_install", "-at_install")
class TestIvrCart(IvrShopCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write(cls.address)

    def _fill(self, session, language="zh_CN", code="001"):
        """A cart that can be confirmed, by the keys of a caller. :return: what he heard"""
        heard = [self._ask("cart_add", session, language=language, code=code, quantity="2")]
        for name in ("cart_address", "cart_carrier", "cart_payment"):
            answer = self._ask(name, session, language=language)
            heard.append(answer)
            if answer["exit"] == "choose":
                answer = self._ask(name, session, language=language, choice="1")
                heard.append(answer)
            self.assertEqual(answer["exit"], "ok", name)
        heard.append(self._ask("cart_read", session, language=language))
        self.assertEqual(heard[-1]["exit"], "ok")
        return heard

    def _orders(self):
        return self.env["sale.order"].search(
            [("partner_id", "=", self.customer.id), ("gb_ivr_session_id", "!=", False)]
        )

    def test_order_by_keys_becomes_a_real_order(self):
        linked, _channel, _at = self._call_from_pbx()
        for language in ("zh_CN", "en_US"):
            self._orders().filtered(lambda order: order.state == "sale")._action_cancel()
            session = linked if language == "zh_CN" else self._verified(language)
            if language == "zh_CN":
                self._ask("identify", session, pin="9281")
            heard = self._fill(session, language)
            text = " ".join(self._text(answer, language) for answer in heard)
            self.assertNotIn("{", text)
            self.assertIn("Changning Road 1", text)
            self.assertIn("600.00", text)
            answer = self._ask("cart_confirm", session, language=language)
            self.assertEqual(answer["exit"], "confirmed")
            self.assertNotIn("{", self._text(answer, language))
            order = self.env["sale.order"].search([("name", "=", answer["values"]["order_name"])])
            self.assertEqual(order.state, "sale")
            self.assertEqual(order.gb_source, "phone")
            self.assertEqual(order.gb_ivr_session_id, self._session(session))
            self.assertEqual(order.order_line[0].product_uom_qty, 2)
            self.assertTrue(order.carrier_id and order.gb_payment_means and order.picking_ids)
            self.assertFalse(order.gb_agent_id)
            if language == "zh_CN":
                self.assertEqual(order.gb_call_id, self._find(linked))
            self.assertEqual(self._session(session).order_id, order)

    def test_confirmation_repeated_makes_no_second_order(self):
        session = self._verified()
        self._fill(session)
        first = self._ask("cart_confirm", session)
        again = self._ask("cart_confirm", session)
        self.assertEqual(first["exit"], "confirmed")
        self.assertEqual(again["values"], first["values"])
        self.assertEqual(len(self._orders()), 1)

    def test_nothing_is_ordered_without_the_pin(self):
        for name in (
            "cart_add",
            "cart_address",
            "cart_carrier",
            "cart_payment",
            "cart_read",
            "cart_confirm",
        ):
            answer = self._ask(name, code="001", choice="1")
            self.assertEqual(answer["exit"], "unverified", name)
            self.assertFalse(answer["values"])
        self.assertFalse(self._orders())

    def test_amount_that_was_not_told_is_not_confirmed(self):
        session = self._verified()
        self._fill(session)
        self.formula.list_price = 333
        answer = self._ask("cart_confirm", session)
        self.assertEqual(answer["exit"], "refused")
        self.assertIn("价格有变动", self._text(answer))
        self.assertEqual(self._orders().state, "draft")
        self.assertEqual(self._ask("cart_read", session)["exit"], "ok")
        self.assertEqual(self._ask("cart_confirm", session)["exit"], "confirmed")
        unread = self._verified()
        self._ask("cart_add", unread, code="001")
        self.assertEqual(self._ask("cart_confirm", unread)["exit"], "refused")

    def test_codes_quantities_and_stock(self):
        session = self._verified()
        self.bottle.allow_out_of_stock_order = False
        self.formula_2.allow_out_of_stock_order = False
        for code, quantity, exit_key, word in (
            ("001", "1", "ok", "已加入1件"),
            ("TD-003", "2", "ok", "已加入两件"),
            ("6900000000024", "5", "ok", "只加入了3件"),
            ("004", "1", "refused", "缺货"),
            ("005", "1", "none", "停售"),
            ("777", "1", "none", "没有找到"),
            ("", "1", "none", "没有找到"),
            ("003", "99999", "refused", "人工客服"),
        ):
            answer = self._ask("cart_add", session, code=code, quantity=quantity)
            self.assertEqual(answer["exit"], exit_key, code)
            self.assertIn(word, self._text(answer))
            self.assertNotIn("{", self._text(answer, "en_US"))
        self.assertEqual(answer["values"].get("cart_count"), None)
        read = self._ask("cart_read", session)
        self.assertEqual(read["exit"], "incomplete")
        self.assertEqual(read["values"]["cart_count"], "6")

    def test_code_of_two_products_is_none(self):
        self.nappies.default_code = "XX-001"
        self.assertEqual(self._ask("product", code="001")["exit"], "none")
        self.assertEqual(self._ask("product", code="XX-001")["values"]["product_code"], "XX-001")

    def test_choices_are_read_out_with_their_keys(self):
        self.env["res.partner"].create(
            {
                **self.address,
                "street": "Huaihai Road 2",
                "type": "delivery",
                "parent_id": self.customer.id,
            }
        )
        session = self._verified()
        self._ask("cart_add", session, code="001")
        answer = self._ask("cart_address", session)
        self.assertEqual((answer["exit"], answer["values"]["choices"]), ("choose", "2"))
        self.assertIn("Huaihai Road 2", self._text(answer))
        for choice in ("3", "0", "x", "99"):
            self.assertEqual(self._ask("cart_address", session, choice=choice)["exit"], "invalid")
        self.assertEqual(self._ask("cart_address", session, choice="2")["exit"], "ok")
        self.assertEqual(self._orders().partner_shipping_id.street, "Huaihai Road 2")
        carriers = self._ask("cart_carrier", session)
        self.assertEqual(carriers["exit"], "choose")
        self.assertIn("12.00", self._text(carriers, "en_US"))

    def test_customer_without_address_needs_an_agent(self):
        self.customer.street = False
        session = self._verified()
        self._ask("cart_add", session, code="001")
        answer = self._ask("cart_address", session)
        self.assertEqual(answer["exit"], "none")
        self.assertIn("agents", self._text(answer, "en_US"))

    def test_empty_cart_cannot_be_confirmed(self):
        session = self._verified()
        for name in ("cart_address", "cart_carrier", "cart_payment", "cart_read", "cart_confirm"):
            self.assertEqual(self._ask(name, session)["exit"], "empty", name)

    def test_cancelled_cart_is_gone_and_an_abandoned_one_is_left_to_an_agent(self):
        session = self._verified()
        self._ask("cart_add", session, code="001")
        self.assertEqual(self._ask("cart_cancel", session)["exit"], "ok")
        self.assertFalse(self._orders())
        self.assertEqual(self._ask("cart_cancel", session)["exit"], "ok")
        self._ask("cart_add", session, code="001")
        draft = self._orders()
        rows = self._desk().get_drafts(self.customer.id)
        self.assertEqual([row["id"] for row in rows], draft.ids)
        cart = self._desk().resume_draft(draft.id)
        self.assertEqual(cart["id"], draft.id)
        self.assertEqual(self._ask("cart_read", session)["exit"], "empty")

    def test_draft_of_one_session_is_closed_to_another(self):
        session, other = self._verified(), self._verified()
        self._ask("cart_add", session, code="001")
        self.assertEqual(self._ask("cart_read", other)["exit"], "empty")
        desk = self._session(other)._enter()._get_desk()
        with self.assertRaises(AccessError):
            desk.set_details(self._orders().id, {"note": "x"})

    def test_context_of_a_client_opens_no_desk(self):
        session = self._session(self._verified())
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "portal-ivr",
                "group_ids": [fields.Command.set([self.env.ref("base.group_portal").id])],
            }
        )
        desk = self.env["gb.order.desk"].with_user(portal).with_context(gb_ivr_session=session.id)
        with self.assertRaises(AccessError):
            desk.open_draft(self.customer.id)
