from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import AccessError, UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from .common_order_desk import OrderDeskCase


@tagged("post_install", "-at_install")
class TestOrderDeskConfirm(OrderDeskCase):
    def _done(self, order):
        for picking in order.picking_ids:
            for move in picking.move_ids:
                move.write({"quantity": move.product_uom_qty, "picked": True})
            picking._action_done()

    def test_cash_on_delivery(self):
        cart = self._ready(note="Leave it with the guard")
        answer = self._confirm(cart, total=cart["total"])
        self.assertTrue(answer["confirmed"], answer)
        order = self._order(answer)
        self.assertEqual(
            (order.state, order.gb_source, order.gb_agent_id, order.gb_desk_key),
            ("sale", "phone", self.agent, False),
        )
        self.assertEqual(order.picking_ids.carrier_id, self.courier)
        self.assertIn("guard", str(order.picking_ids.note))
        self.assertEqual(order.picking_ids.partner_id.street, "Changning Road 1")
        self.assertFalse(order.invoice_ids)
        self.assertIn("pays", " ".join(answer["next"]))
        self._done(order)
        self.assertEqual(order.invoice_ids.state, "posted")
        self.assertEqual(order.invoice_ids.amount_total, cart["total"])

    def test_twice_is_once(self):
        cart = self._ready()
        first = self._confirm(cart)
        self.assertEqual(self._confirm(cart), first)
        self.assertEqual(self._confirm(cart, key="key-2"), first)
        order = self._order(first)
        self.assertEqual(len(order.picking_ids), 1)
        self.assertNotEqual(self._draft()["id"], order.id, "the next order is another one")

    def test_a_key_belongs_to_one_order(self):
        first = self._ready()
        self._desk().confirm(first["id"], "same-key")
        second = self._ready()
        with (
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            self._desk().confirm(second["id"], "same-key")
        self.env.invalidate_all()
        self.assertEqual(self.env["sale.order"].browse(second["id"]).state, "draft")

    def test_call_is_kept(self):
        self._sign_in(self.agent, self.seat_1)
        call = self._finished_call(self.seat_1)
        cart = self._desk().open_draft(self.customer.id, call.id)
        desk = self._desk()
        desk.set_line(cart["id"], self.formula.id, 1)
        desk.set_address(cart["id"], values=self.address)
        desk.set_carrier(cart["id"], self.courier.id)
        cart = desk.set_details(cart["id"], {"payment_means": "cash_on_delivery"})
        order = self._order(self._confirm(cart))
        self.assertEqual(order.gb_call_id, call)

    def test_what_is_missing_stops_it(self):
        cart = self._draft()
        answer = self._confirm(cart)
        self.assertFalse(answer["confirmed"])
        steps = [row["step"] for row in answer["order"]["missing"]]
        self.assertEqual(steps, ["cart", "address", "carrier"])

    def test_off_sale_meanwhile_stops_it(self):
        cart = self._ready()
        self.formula.sale_ok = False
        answer = self._confirm(cart)
        self.assertFalse(answer["confirmed"])
        self.assertIn("off sale now", self._texts(answer["order"]))
        self.assertEqual(self.env["sale.order"].browse(cart["id"]).state, "draft")
        self._desk().set_line(cart["id"], self.formula.id, 0)

    def test_sold_out_meanwhile(self):
        self.formula_2.allow_out_of_stock_order = False
        cart = self._ready(self.formula_2)
        self._stock(self.formula_2, -3)
        answer = self._confirm(cart)
        self.assertFalse(answer["confirmed"])
        self.formula_2.allow_out_of_stock_order = True
        self.assertTrue(self._confirm(cart, key="again")["confirmed"], "sold without stock")

    def test_another_amount_than_told_stops_it(self):
        cart = self._ready()
        self.formula.list_price = 350
        answer = self._confirm(cart, total=cart["total"])
        self.assertFalse(answer["confirmed"])
        self.assertIn("amount has changed", self._texts(answer["order"]))
        self.assertTrue(
            self._confirm(cart, key="again", total=answer["order"]["total"])["confirmed"]
        )

    def test_payment_link_by_sms(self):
        cart = self._ready(means="payment_link")
        order = self._order(self._confirm(cart))
        self.assertIn(f"/my/orders/{order.id}", order.gb_payment_link)
        self.assertIn("access_token", order.gb_payment_link)
        sms = self.env["sms.sms"].search([("number", "=", "+8613800007771")], limit=1)
        self.assertIn(order.gb_payment_link, sms.body)
        with self.assertRaisesRegex(UserError, "to be paid"):
            self._done(order)
        order.gb_ship_unpaid = True
        self._done(order)
        self.assertEqual(order.invoice_ids.state, "posted")

    def test_payment_link_by_email(self):
        self.customer.email = "chen@example.com"
        cart = self._ready(means="payment_link", payment_channel="email")
        order = self._order(self._confirm(cart))
        message = order.message_ids.filtered(lambda one: one.partner_ids == self.customer)
        self.assertIn("/my/orders/", message.body)

    def test_payment_link_needs_an_address_to_send_it_to(self):
        cart = self._ready(means="payment_link", payment_channel="email")
        self.assertIn("no e-mail address", self._texts(cart, "missing"))

    def test_bank_transfer_is_invoiced_at_once_and_leaves_when_paid(self):
        cart = self._ready(means="bank_transfer")
        answer = self._confirm(cart)
        order = self._order(answer)
        self.assertEqual(order.invoice_ids.state, "posted")
        self.assertIn(order.invoice_ids.payment_reference, " ".join(answer["next"]))
        with self.assertRaisesRegex(UserError, "to be paid"):
            self._done(order)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=order.invoice_ids.ids
        ).create({})._create_payments()
        self._done(order)
        self.assertEqual(order.picking_ids.state, "done")
        self.assertEqual(len(order.invoice_ids), 1)

    def test_balance_pays_the_invoice(self):
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "amount": 500,
                "payment_type": "inbound",
                "partner_type": "customer",
            }
        )
        payment.action_post()
        cart = self._ready(means="balance")
        self.assertFalse(cart["missing"], cart["missing"])
        order = self._order(self._confirm(cart))
        self.assertIn(order.invoice_ids.payment_state, ("paid", "in_payment"))
        cart = self._draft(self.formula)
        refusals = {row["key"]: row["refusal"] for row in cart["means"]}
        self.assertIn("not enough", refusals["balance"])

    def test_points_and_coupons_are_used_up_once(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Vouchers",
                "program_type": "coupons",
                "trigger": "with_code",
                "applies_on": "current",
                "reward_ids": [
                    Command.create(
                        {"reward_type": "discount", "discount": 30, "discount_mode": "per_order"}
                    )
                ],
            }
        )
        card = self.env["loyalty.card"].create(
            {"program_id": program.id, "points": 1, "code": "VOUCHER-1"}
        )
        cart = self._ready()
        cart = self._desk().apply_code(cart["id"], "VOUCHER-1")
        self.assertEqual(cart["total"], 282)
        other = self._draft(self.nappies, user=self.agent_2)
        self._desk(self.agent_2).apply_code(other["id"], "VOUCHER-1")
        self.assertTrue(self._confirm(cart)["confirmed"])
        self.assertEqual(card.points, 0)
        other = self._desk(self.agent_2).set_line(other["id"], self.nappies.id, 2)
        self.assertEqual(other["total"], 200, "the voucher is gone")

    def test_invoice_with_the_parcel(self):
        cart = self._ready(invoice_wanted=True)
        self.assertIn("title", self._texts(cart, "missing"))
        details = {"invoice_title": "上海贝贝公司", "invoice_tax_number": "91310000X"}
        cart = self._desk().set_details(cart["id"], details)
        order = self._order(self._confirm(cart))
        self._done(order)
        self.assertEqual(order.invoice_ids.gb_invoice_title, "上海贝贝公司")
        html = self.env["ir.actions.report"]._render_qweb_html(
            "account.account_invoices", order.invoice_ids.ids
        )[0]
        self.assertIn("上海贝贝公司", html.decode())
        self.assertIn("91310000X", html.decode())

    def test_wished_day_becomes_the_commitment(self):
        day = fields.Date.add(fields.Date.today(), days=9)
        cart = self._ready(delivery_date=fields.Date.to_string(day), delivery_window="afternoon")
        order = self._order(self._confirm(cart))
        self.assertEqual(order._get_gb_commitment_date(), order.commitment_date)
        self.assertEqual(order.commitment_date.date(), day)

    def test_nothing_to_pay_needs_no_payment_means(self):
        self.formula.list_price = 0
        self.courier.free_over, self.courier.amount = True, 0
        cart = self._ready(means=False)
        self.assertEqual((cart["total"], cart["missing"]), (0, []))
        self.assertTrue(self._confirm(cart)["confirmed"])

    def test_another_agent_cannot_confirm(self):
        cart = self._ready()
        with self.assertRaises(AccessError):
            self._desk(self.agent_2).confirm(cart["id"], "key")


@tagged("post_install", "-at_install")
class TestOrderDeskTwoAtOnce(BaseCase):
    """The same confirmation in two transactions, on committed data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean_up)
        with cls.registry.cursor() as cr:
            env = api.Environment(
                cr, SUPERUSER_ID, {"tracking_disable": True, "no_reset_password": True}
            )
            user = new_test_user(env, "gb_two_at_once", "gb_callcenter.group_gb_agent")
            cls.user_id, cls.user_partner_id = user.id, user.partner_id.id
            china = env.ref("base.cn")
            partner = env["res.partner"].create(
                {
                    "name": "Customer of two",
                    "phone": "13800007799",
                    "country_id": china.id,
                    "state_id": env.ref("base.state_cn_SH").id,
                    "city": "Shanghai",
                    "street": "Changning Road 1",
                }
            )
            product = env["product.product"].create({"name": "Two at once", "list_price": 10})
            service = env["product.product"].create(
                {"name": "Two at once", "type": "service", "sale_ok": False}
            )
            carrier = env["delivery.carrier"].create(
                {"name": "Two at once", "product_id": service.id, "allow_cash_on_delivery": True}
            )
            cls.ids = {
                "res.partner": partner.ids,
                "delivery.carrier": carrier.ids,
                "product.product": (product | service).ids,
            }
            partner._gb_record_check("override", True, reason="Voice is known", user=user)
            desk = env["gb.order.desk"].with_user(user)
            cart = desk.open_draft(partner.id)
            desk.set_line(cart["id"], product.id, 1)
            desk.set_address(cart["id"], partner.id)
            desk.set_carrier(cart["id"], carrier.id)
            desk.set_details(cart["id"], {"payment_means": "cash_on_delivery"})
            cls.order_id = cart["id"]

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            order = env["sale.order"].browse(cls.order_id)
            moves = order.picking_ids.move_ids
            order._action_cancel()
            order.picking_ids.unlink()
            (moves.exists()).unlink()
            order.unlink()
            env["delivery.carrier"].browse(cls.ids["delivery.carrier"]).unlink()
            env["product.product"].browse(cls.ids["product.product"]).unlink()
            env["res.users"].browse(cls.user_id).unlink()
            env["res.partner"].browse([*cls.ids["res.partner"], cls.user_partner_id]).unlink()

    def test_the_second_transaction_finds_the_order_confirmed(self):
        with self.registry.cursor() as slow:
            env_slow = api.Environment(slow, self.user_id, {})
            # its snapshot is older than the other confirmation
            self.assertEqual(env_slow["sale.order"].sudo().browse(self.order_id).state, "draft")
            with self.registry.cursor() as quick:
                desk = api.Environment(quick, self.user_id, {})["gb.order.desk"]
                first = desk.confirm(self.order_id, "two-at-once")
            self.assertTrue(first["confirmed"])

            def again():
                return env_slow["gb.order.desk"].confirm(self.order_id, "two-at-once")

            with mute_logger("odoo.sql_db", "odoo.service.model"):
                second = retrying(again, env_slow)
        self.assertEqual(second, first)
        with self.registry.cursor() as cr:
            order = api.Environment(cr, SUPERUSER_ID, {})["sale.order"].browse(self.order_id)
            self.assertEqual((order.state, len(order.picking_ids)), ("sale", 1))
