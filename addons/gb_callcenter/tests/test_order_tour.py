from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestOrderTour(HttpCase):
    def test_change_and_cancel_after_shipment(self):
        agent = new_test_user(
            self.env,
            login="gb_order_tour",
            groups="gb_callcenter.group_gb_agent",
            tour_enabled=False,
            context={"no_reset_password": True},
        )
        customer = self.env["res.partner"].create({"name": "GB Tour Buyer", "city": "Shanghai"})
        customer._gb_record_check("override", True, reason="Voice is known", user=agent)
        product = self.env["product.product"].create(
            {"name": "GB tour bottle", "type": "consu", "list_price": 59}
        )
        order = self.env["sale.order"].create(
            {
                "name": "GB-SENT",
                "partner_id": customer.id,
                "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 2})],
            }
        )
        order.action_confirm()
        for move in order.picking_ids.move_ids:
            move.write({"quantity": 2, "picked": True})
        order.picking_ids._action_done()
        action = self.env["ir.actions.client"].create(
            {
                "name": "Order desk",
                "tag": "gb_callcenter.order_desk",
                "params": {"partner_id": customer.id},
            }
        )
        self.start_tour(
            f"/odoo/action-{action.id}",
            "gb_order_after_shipment_tour",
            login=agent.login,
            timeout=120,
        )
        self.assertEqual(order.gb_change_ids.sorted("id").mapped("kind"), ["change", "refuse"])
        self.assertEqual(order.gb_change_ids.user_id, agent)
        self.assertEqual(order.state, "sale")
        self.assertIn("porter", "".join(order.picking_ids.activity_ids.mapped("note")))
