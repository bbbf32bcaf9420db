from datetime import timedelta

from odoo import api, fields, models

# tracking number suffix, days ago, price, what the carrier told (days ago, text)
PARCELS = [
    (
        "001",
        6,
        268.0,
        [(6, "快件已揽收"), (5, "运输中，已到达上海转运中心"), (4, "已签收，签收人：本人")],
    ),
    ("002", 6, 156.0, [(6, "快件已揽收"), (4, "已签收，签收人：家人")]),
    ("003", 5, 399.0, [(5, "快件已揽收"), (3, "派送中"), (3, "客户拒收，原因：外包装破损")]),
    ("004", 2, 88.0, [(2, "快件已揽收"), (1, "运输中")]),
    ("005", 1, 129.0, [(1, "快件已揽收"), (0, "正在派送")]),
    ("006", 7, 215.0, [(7, "快件已揽收")]),
]


class GbCarrier(models.Model):
    _inherit = "gb.carrier"

    @api.model
    def _make_demo_parcels(self):
        """Orders of demo customers on their way with the first carrier, and its statement with differences. Through the real
        actions, so that stock and accounts agree."""
        carrier = self.env.ref("gb_callcenter.gb_carrier_demo_sf")
        method = self.env.ref("gb_callcenter.delivery_carrier_demo_sf")
        company = carrier.company_id
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
        )
        if not company.chart_template or not journal:
            return
        expense = self.env["account.account"].search(
            [("account_type", "=", "expense"), ("company_ids", "in", company.ids)], limit=1
        )
        carrier.write(
            {
                "cod_journal_id": journal.id,
                "fee_account_id": expense.id,
                "write_off_account_id": expense.id,
            }
        )
        product = self.env.ref("gb_callcenter.product_product_demo_diapers")
        now = fields.Datetime.now()
        rows = []
        for number, (suffix, days, price, events) in enumerate(PARCELS, 1):
            order = self.env["sale.order"].create(
                {
                    "partner_id": self.env.ref(f"gb_callcenter.partner_{number}").id,
                    "company_id": company.id,
                    "carrier_id": method.id,
                    "gb_payment_means": "cash_on_delivery",
                    "order_line": [
                        (
                            0,
                            0,
                            {
                                "product_id": product.id,
                                "product_uom_qty": 1,
                                "price_unit": price,
                                "tax_ids": [(5,)],
                            },
                        )
                    ],
                }
            )
            order.action_confirm()
            picking = order.picking_ids
            tracking = f"SF1399000{suffix}"
            picking.write({"carrier_id": method.id, "carrier_tracking_ref": tracking})
            picking.move_ids.write({"quantity": 1, "picked": True})
            picking._action_done()
            picking.date_done = now - timedelta(days=days)
            rows += [
                {
                    "tracking": tracking,
                    "at": (now - timedelta(days=ago, hours=3 - index)).isoformat() + "Z",
                    "text": text,
                    "place": "上海",
                }
                for index, (ago, text) in enumerate(events)
            ]
        rows.append({"tracking": "SF1399000999", "at": now.isoformat() + "Z", "text": "已签收"})
        self.env["gb.carrier.event"]._take_in(carrier, rows, "hook")
        self.env["gb.remittance"].create(
            {
                "name": "SF-DK-2026-001",
                "carrier_id": carrier.id,
                "company_id": company.id,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "sequence": line,
                            "tracking_number": f"SF1399000{suffix}",
                            "amount": amount,
                            "fee": 2,
                        },
                    )
                    for line, (suffix, amount) in enumerate(
                        [("001", 268), ("002", 150), ("003", 399), ("999", 66)], 1
                    )
                ],
            }
        ).action_match()
