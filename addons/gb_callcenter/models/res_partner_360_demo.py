from datetime import timedelta

from odoo import api, fields, models

# customer: days ago, products with quantities, how far: done, ready or draft
ORDERS = {
    "partner_1": [
        (240, {"product_1": 2, "product_3": 2}, "done"),
        (190, {"product_1": 3, "product_2": 2}, "done"),
        (120, {"product_1": 3, "product_2": 3}, "done"),
        (64, {"product_2": 4}, "done"),
        (4, {"product_1": 2, "product_2": 2}, "done"),
    ],
    "partner_2": [
        (150, {"product_2": 2, "product_3": 1}, "done"),
        (45, {"product_1": 1, "product_2": 2}, "done"),
        (2, {"product_1": 2}, "ready"),
    ],
    "partner_4": [
        (95, {"product_1": 2, "product_2": 1}, "done"),
        (20, {"product_1": 2, "product_3": 1}, "done"),
    ],
    "partner_5": [(210, {"product_2": 2, "product_3": 2}, "done"), (1, {"product_2": 3}, "draft")],
}
# customer: days ago, channel, direction, subject, summary, score
CONTACTS = {
    "partner_1": [
        (90, "walk_in", "inbound", "到店咨询", "在上海店看了婴儿推车，想等双十一再买。", 0),
        (31, "email", "inbound", "发票抬头", "请把发票抬头改成公司名称。", 0),
        (30, "email", "outbound", "回复：发票抬头", "发票已按公司抬头重新开具。", 4),
        (5, "sms", "outbound", "发货通知", "您的订单已发出，预计明天送达。", 0),
        (3, "chat", "inbound", "奶粉怎么转段", "宝宝快六个月了，问什么时候换二段。", 5),
    ],
    "partner_2": [
        (12, "web", "inbound", "纸尿裤有没有 L 码", "网页留言：M 码偏小，想换 L 码。", 0),
        (1, "chat", "inbound", "订单什么时候发货", "前天下的单，还没有物流信息。", 3),
    ],
    "partner_4": [(18, "fax", "inbound", "单位采购清单", "传真来一份团购清单，要报价。", 0)],
    "partner_5": [(1, "walk_in", "inbound", "到店试用奶瓶", "喜欢 240 毫升玻璃奶瓶。", 0)],
}


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _load_gb_360_demo(self):
        """Orders with deliveries and contacts on all channels for the demo customers (demo data only)."""
        agents = self.env["gb.team"].search([]).member_ids.sorted("id") or self.env.user
        for number, (name, orders) in enumerate(ORDERS.items()):
            for days, products, until in orders:
                self._load_gb_demo_order(name, days, products, until, agents[number % len(agents)])
        now = fields.Datetime.now()
        for number, (name, contacts) in enumerate(CONTACTS.items()):
            partner = self.env.ref(f"gb_callcenter.{name}")
            for days, channel, direction, subject, summary, score in contacts:
                self.env["gb.contact"].create(
                    {
                        "partner_id": partner.id,
                        "at": now - timedelta(days=days, hours=number + 1),
                        "channel": channel,
                        "direction": direction,
                        "subject": subject,
                        "summary": summary,
                        "score": score,
                        "user_id": agents[(number + days) % len(agents)].id,
                    }
                )

    @api.model
    def _load_gb_demo_order(self, name, days, products, until, agent):
        at = fields.Datetime.now() - timedelta(days=days)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.env.ref(f"gb_callcenter.{name}").id,
                "date_order": at,
                "gb_source": "phone",
                "gb_agent_id": agent.id,
                "order_line": [
                    fields.Command.create(
                        {
                            "product_id": self.env.ref(f"gb_callcenter.{product}").id,
                            "product_uom_qty": quantity,
                        }
                    )
                    for product, quantity in products.items()
                ],
            }
        )
        if until == "draft":
            return
        order.action_confirm()
        order.date_order = at
        order.picking_ids.scheduled_date = at + timedelta(days=1)
        if until == "done":
            for move in order.picking_ids.move_ids:
                move.quantity = move.product_uom_qty
                move.picked = True
            order.picking_ids.with_context(skip_sms=True)._action_done()
            order.picking_ids.date_done = at + timedelta(days=2)
