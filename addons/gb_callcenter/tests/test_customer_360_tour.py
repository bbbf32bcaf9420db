from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestCustomer360Tour(HttpCase):
    """An agent sees who rings, checks who he is, and only then what he has bought and where he lives."""

    def test_overview_with_identity_check(self):
        china = self.env.ref("base.cn")
        self.env.company.country_id = china
        agent = new_test_user(
            self.env,
            login="gb_360_tour_agent",
            groups="gb_callcenter.group_gb_agent",
            tz="Asia/Shanghai",
            tour_enabled=False,
            context={"no_reset_password": True},
        )
        provider = self.env["gb.telephony.provider"].create(
            {
                "name": "GB 360 tour",
                "reference": "gb_360_tour",
                "code": "demo",
                "country_id": china.id,
            }
        )
        queue = self.env["gb.queue"].create(
            {"name": "GB 360 queue", "code": "gb_360", "provider_id": provider.id}
        )
        self.env["gb.hotline"].create(
            {
                "name": "GB 360 hotline",
                "number": "400998",
                "queue_id": queue.id,
                "provider_id": provider.id,
            }
        )
        self.env["gb.seat"].create(
            {
                "name": "GB 360 seat",
                "extension": "9911",
                "provider_id": provider.id,
                "queue_ids": queue.ids,
                "allowed_user_ids": agent.ids,
            }
        )
        customer = self.env["res.partner"].create(
            {
                "name": "GB Tour Overview",
                "country_id": china.id,
                "phone": "+86 139 1234 5611",
                "street": "Nanjing Road 1",
                "city": "Shanghai",
            }
        )
        self.env["gb.member.pin"].sudo()._set(customer, "270419")
        product = self.env["product.product"].create(
            {"name": "GB Tour Formula", "type": "consu", "list_price": 298}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": customer.id,
                "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 2})],
            }
        )
        order.action_confirm()
        self.start_tour("/odoo/contacts", "gb_customer_360_tour", login=agent.login, timeout=120)
        self.assertTrue(customer.with_user(agent)._is_gb_verified())
        contact = self.env["gb.contact"].search(
            [("partner_id", "=", customer.id), ("channel", "=", "walk_in")]
        )
        self.assertEqual((contact.subject, contact.user_id), ("Came to the shop", agent))
