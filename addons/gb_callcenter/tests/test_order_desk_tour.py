from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestOrderDeskTour(HttpCase):
    """A telephone order in a real browser, by keys only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        china = cls.env.ref("base.cn")
        cls.env.company.country_id = china
        cls.env["loyalty.program"].search([]).active = False
        cls.env["delivery.carrier"].search([]).active = False
        cls.agent = new_test_user(
            cls.env,
            login="gb_desk_agent",
            groups="gb_callcenter.group_gb_agent",
            tz="Asia/Shanghai",
            tour_enabled=False,
            context={"no_reset_password": True},
        )
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "GB Desk Customer",
                "country_id": china.id,
                "state_id": cls.env.ref("base.state_cn_SH").id,
                "phone": "13912345701",
            }
        )
        category = cls.env["product.category"].create({"name": "GB tour"})
        cls.large, cls.small, service = cls.env["product.product"].create(
            [
                {
                    "name": name,
                    "list_price": price,
                    "is_storable": kind == "consu",
                    "type": kind,
                    "sale_ok": kind == "consu",
                    "categ_id": category.id,
                    "taxes_id": [Command.clear()],
                }
                for name, price, kind in (
                    ("Test大罐奶粉", 250, "consu"),
                    ("Test小罐奶粉", 200, "consu"),
                    ("Tour courier", 0, "service"),
                )
            ]
        )
        cls.large.product_tmpl_id.alternative_product_ids = cls.small.product_tmpl_id
        warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.env["stock.quant"]._update_available_quantity(cls.small, warehouse.lot_stock_id, 10)
        cls.courier = cls.env["delivery.carrier"].create(
            {
                "name": "Tour courier",
                "product_id": service.id,
                "allow_cash_on_delivery": True,
            }
        )
        cls.promotion = cls.env["loyalty.program"].create(
            {
                "name": "Tour",
                "program_type": "promo_code",
                "trigger": "with_code",
                "applies_on": "current",
                "rule_ids": [Command.create({"mode": "with_code", "code": "GBTOUR20"})],
                "reward_ids": [
                    Command.create(
                        {"reward_type": "discount", "discount": 20, "discount_mode": "per_order"}
                    )
                ],
            }
        )

    def test_order_by_keyboard(self):
        self.start_tour(
            f"/odoo/order-desk?partner_id={self.customer.id}",
            "gb_order_by_keyboard_tour",
            login=self.agent.login,
            timeout=120,
        )
        order = self.env["sale.order"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(len(order), 1)
        self.assertEqual((order.state, order.gb_source), ("sale", "phone"))
        self.assertEqual((order.gb_agent_id, order.carrier_id), (self.agent, self.courier))
        goods = order.order_line.filtered(lambda line: line.product_id.is_storable)
        self.assertEqual((goods.product_id, goods.product_uom_qty), (self.small, 2))
        self.assertEqual(
            order.order_line.filtered("is_delivery").product_id, self.courier.product_id
        )
        self.assertEqual(
            order.applied_coupon_ids.program_id | order.code_enabled_rule_ids.program_id,
            self.promotion,
        )
        self.assertEqual(order.amount_total, 380)
        self.assertEqual(order.partner_shipping_id.street, "Changning Road 1")
        self.assertEqual(order.picking_ids.partner_id, order.partner_shipping_id)
        self.assertEqual(order.picking_ids.move_ids.product_id, self.small)
        self.assertEqual(order.picking_ids.move_ids.quantity, 2)
