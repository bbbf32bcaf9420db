from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_orders import OrderCase


@tagged("post_install", "-at_install")
class TestProductWait(OrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold_out = cls.env["product.product"].create(
            {
                "name": "Sold out bottle",
                "type": "consu",
                "is_storable": True,
                "is_published": True,
            }
        )
        cls.customers = cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "phone": f"1390000000{number}",
                    "email": f"c{number}@example.com",
                    "lang": "en_US",
                    "country_id": cls.china.id,
                }
                for number in range(4)
            ]
        )

    def _wait(self, partner, quantity=1, channel="sms", **values):
        answer = self.desk.wait_for_product(
            partner.id, self.sold_out.id, quantity=quantity, channel=channel, **values
        )
        return self.env["gb.product.wait"].browse(answer["id"])

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("gb_callcenter.ir_cron_product_wait").method_direct_trigger()

    # ------------------------------------------------------------
    # Wait
    # ------------------------------------------------------------
    def test_asked_again_the_wish_is_brought_up_to_date(self):
        first = self.desk.wait_for_product(self.customers[0].id, self.sold_out.id)
        second = self.desk.wait_for_product(self.customers[1].id, self.sold_out.id)
        again = self.desk.wait_for_product(
            self.customers[0].id, self.sold_out.id, quantity=3, channel="email"
        )
        self.assertEqual(first["id"], again["id"])
        self.assertEqual((again["quantity"], again["channel"]), (3, "email"))
        self.assertEqual((again["position"], second["position"]), (1, 2))
        self.assertFalse(self.desk.get_waits(self.customers[0].id), "Who is calling?")
        self.customers[0]._gb_record_check("override", True, reason="Known", user=self.agent)
        self.assertEqual(len(self.desk.get_waits(self.customers[0].id)), 1)
        self.assertEqual(self.sold_out.with_user(self.agent).gb_wait_count, 2)
        self.assertEqual(self.sold_out.product_tmpl_id.with_user(self.agent).gb_wait_count, 2)
        self.assertEqual(self.customers[0].with_user(self.agent).gb_wait_count, 1)
        self.assertEqual(self.desk.get_stock(self.sold_out.id)["waiting"], 2)

    def test_what_is_missing_is_said(self):
        nobody = self.env["res.partner"].create({"name": "No address"})
        for partner, values, message in (
            (nobody, {}, "no telephone number"),
            (nobody, {"channel": "email"}, "no e-mail address"),
            (self.customers[0], {"quantity": 0}, "how many"),
            (self.customers[0], {"channel": "pigeon"}, "wants to be told"),
        ):
            with self.subTest(message), self.assertRaisesRegex(UserError, message):
                self.desk.wait_for_product(partner.id, self.sold_out.id, **values)

    def test_rights(self):
        wait = self._wait(self.customers[0])
        with self.assertRaises(AccessError):
            self.env["gb.order.desk"].with_user(self.inspector).wait_for_product(
                self.customers[0].id, self.sold_out.id
            )
        self.assertFalse(self.env["gb.product.wait"].with_user(self._other_company()).search([]))
        self.assertIn(wait, self.env["gb.product.wait"].with_user(self.analyst).search([]))
        with self.assertRaises(AccessError):
            wait.with_user(self.agent).action_gb_notify()
        self.customers[0].gb_team_id = self.team_service
        with self.assertRaises(AccessError):
            wait.with_user(self.agent).read(["state"])
        wait.with_user(self.agent_3).action_gb_cancel()
        self.assertEqual(wait.state, "cancelled")

    def test_the_web_shop_does_not_tell_them_too(self):
        self.sold_out.stock_notification_partner_ids = self.customers[0]
        self._wait(self.customers[0], channel="email")
        self.assertFalse(self.sold_out.stock_notification_partner_ids)
        self.sold_out.stock_notification_partner_ids = self.customers[0]
        self._receive(self.sold_out, 1)
        self.assertFalse(self.sold_out.stock_notification_partner_ids)

    # ------------------------------------------------------------
    # Back in stock
    # ------------------------------------------------------------
    def test_first_come_first_served_as_far_as_the_stock_reaches(self):
        waits = [
            self._wait(customer, quantity)
            for customer, quantity in zip(self.customers, (2, 5, 1, 1), strict=True)
        ]
        self._receive(self.sold_out, 3)
        self.assertEqual(
            [wait.state for wait in waits], ["notified", "waiting", "notified", "waiting"]
        )
        self._receive(self.sold_out, 5)
        self.assertEqual(
            [wait.state for wait in waits], ["notified", "notified", "notified", "waiting"]
        )
        self.assertEqual(
            len(waits[0].message_ids.filtered(lambda one: one.message_type == "sms")), 1
        )

    def test_promised_goods_are_not_offered(self):
        self._order({self.sold_out: 2}).action_confirm()
        wait = self._wait(self.customers[0])
        self._receive(self.sold_out, 2)
        self.assertEqual(wait.state, "waiting")
        self._receive(self.sold_out, 1)
        self.assertEqual(wait.state, "notified")

    def test_a_cancelled_order_sets_goods_free(self):
        self._receive(self.sold_out, 1)
        order = self._order({self.sold_out: 1})
        order.action_confirm()
        wait = self._wait(self.customers[0])
        self.desk.cancel_order(order.id, self.cancel_reason.id)
        self.assertEqual(wait.state, "notified")

    def test_each_is_told_by_the_way_agreed(self):
        sms = self._wait(self.customers[0])
        mail = self._wait(self.customers[1], channel="email")
        ring = self._wait(self.customers[2], channel="phone")
        lost = self._wait(self.customers[3])
        self.customers[3].phone = False
        self._receive(self.sold_out, 9)
        message = self.env["sms.sms"].search([("partner_id", "=", self.customers[0].id)])
        self.assertIn("Sold out bottle", message.body)
        self.assertEqual(message.state, "outgoing")
        sent = self.env["mail.mail"].search([("res_id", "=", mail.id), ("model", "=", mail._name)])
        self.assertIn("Sold out bottle", sent.subject)
        self.assertEqual(sent.recipient_ids, self.customers[1])
        self.assertEqual(ring.activity_ids.user_id, self.agent)
        self.assertTrue(lost.activity_ids, "who has no number any more is rung")
        self.assertTrue(sms.notified_at)

    def test_the_message_is_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customers[0].lang = "zh_CN"
        self.env.ref("gb_callcenter.sms_template_product_back").with_context(
            lang="zh_CN"
        ).body = "{{ object.product_id.name }} 到货了"
        self._wait(self.customers[0])
        self._receive(self.sold_out, 1)
        message = self.env["sms.sms"].search([("partner_id", "=", self.customers[0].id)])
        self.assertIn("到货了", message.body)

    def test_a_broken_template_does_not_hold_up_the_receipt(self):
        self.env.ref("gb_callcenter.sms_template_product_back").body = "{{ object.nonsense }}"
        broken = self._wait(self.customers[0])
        ring = self._wait(self.customers[1], channel="phone")
        with mute_logger(
            "odoo.addons.gb_callcenter.models.gb_product_wait",
            "odoo.addons.mail.models.mail_render_mixin",
        ):
            move = self._receive(self.sold_out, 2)
        self.assertEqual((move.state, ring.state), ("done", "notified"))
        self.assertEqual(broken.state, "waiting")

    def test_products_without_waiting_customers_cost_one_query(self):
        waits = self.env["gb.product.wait"]
        with self.assertQueryCount(1):
            waits._notify_back_in_stock(self.bottle | self.diaper, self.company)

    def test_an_off_sale_product_is_not_offered(self):
        wait = self._wait(self.customers[0])
        self.sold_out.sale_ok = False
        self._receive(self.sold_out, 1)
        self.assertEqual(wait.state, "waiting")

    # ------------------------------------------------------------
    # Ends
    # ------------------------------------------------------------
    def test_an_order_closes_the_wait(self):
        wait = self._wait(self.customers[0], channel="phone")
        other = self._wait(self.customers[1])
        self._receive(self.sold_out, 2)
        order = self._order({self.sold_out: 1}, partner_id=self.customers[0].id)
        order.action_confirm()
        self.assertEqual((wait.state, wait.order_id), ("ordered", order))
        self.assertFalse(wait.activity_ids)
        self.assertEqual(other.state, "notified")

    def test_goods_nobody_took_go_to_the_next(self):
        first = self._wait(self.customers[0])
        second = self._wait(self.customers[1])
        self._receive(self.sold_out, 1)
        self.assertEqual((first.state, second.state), ("notified", "waiting"))
        with freeze_time(fields.Datetime.now() + timedelta(hours=49)):
            self._run_cron()
        self.assertEqual((first.state, second.state), ("expired", "notified"))

    def test_waits_end_at_their_day(self):
        wait = self._wait(self.customers[0], until=str(fields.Date.today() + timedelta(3)))
        later = self._wait(self.customers[1])
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("gb_callcenter.ir_cron_product_wait").id)]
        )
        self.assertIn(fields.Date.today() + timedelta(4), [one.call_at.date() for one in triggers])
        with freeze_time(fields.Datetime.now() + timedelta(days=4)):
            self._run_cron()
        self.assertEqual((wait.state, later.state), ("expired", "waiting"))

    def test_a_lead_tells_before_the_turn_once(self):
        wait = self._wait(self.customers[0])
        wait.with_user(self.lead).action_gb_notify()
        self.assertEqual(wait.state, "notified")
        with self.assertRaisesRegex(UserError, "told already"):
            wait.with_user(self.lead).action_gb_notify()
