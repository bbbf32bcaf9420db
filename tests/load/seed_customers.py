"""For `odoo shell`: very many customers with orders, credit notes and contacts, straight into the tables as copies of what Odoo has
made; and one customer with a long history."""

import os

from bulk import choose, copy_rows, next_id, without_indexes

from odoo import Command

env = globals()["env"]
cr = env.cr
CUSTOMERS, LINES = (int(os.environ[name]) for name in ("GB_CUSTOMERS", "GB_LINES"))
ORDERS, REFUNDS = LINES // 2, LINES // 60
LONG_ORDERS, LONG_CONTACTS = 200, 500

china = env.ref("base.cn")
env.company.country_id = china
partner = env["res.partner"].create({"name": "顾客0", "country_id": china.id, "lang": "zh_CN"})
products = env["product.product"].create(
    [
        {"name": f"Bench product {n}", "type": "consu", "list_price": 50 + n, "taxes_id": False}
        for n in range(500)
    ]
)
order = env["sale.order"].create(
    {
        "partner_id": partner.id,
        "order_line": [Command.create({"product_id": products[0].id, "price_unit": 100})],
    }
)
order.order_line.state = order.state = "sale"
refund = env["account.move"].create(
    {
        "move_type": "out_refund",
        "partner_id": partner.id,
        "invoice_date": "2026-01-01",
        "invoice_line_ids": [
            Command.create({"product_id": products[0].id, "price_unit": 10, "tax_ids": False})
        ],
    }
)
refund.action_post()
contact = env["gb.contact"].create({"partner_id": partner.id, "channel": "phone", "subject": "0"})
env.flush_all()
states = china.state_ids.ids
first = next_id(partner)
heavy = first + CUSTOMERS // 2
# a quarter has never bought; some buy very often
who = f"{first} + floor({CUSTOMERS} * 0.75 * power(mod(n * 7919::bigint, 1000003) / 1000003.0, 1.6))::bigint"
amount = "10 + mod(n * 104729::bigint, 990)"
now, day = "now() at time zone 'UTC'", "interval '1 day'"


def copy_orders(prefix, customer, count, lines, ordered_at):
    first_order = copy_rows(
        order, count, name=f"'{prefix}' || n", access_token="NULL", amount_untaxed=amount, amount_total=amount,
        date_order=ordered_at, gb_source="'phone'",
        **dict.fromkeys(("partner_id", "partner_invoice_id", "partner_shipping_id"), customer),
    )  # fmt: skip
    number = f"mod(n, {count})"
    copy_rows(
        order.order_line, lines, order_id=f"{first_order} + {number}",
        order_partner_id=f"(SELECT partner_id FROM sale_order WHERE id = {first_order} + {number})",
        product_id=choose(products.ids, "n * 7 + n / 1000 * 13"),
    )  # fmt: skip


def copy_contacts(customer, count, model):
    copy_rows(
        contact, count, partner_id=customer, channel=choose(["phone", "chat", "email", "sms"]),
        direction="CASE WHEN mod(n, 3) = 0 THEN 'outbound' ELSE 'inbound' END", at=f"{now} - mod(n, 700) * {day}",
        subject="'About ' || n", res_model=f"'{model}'", res_id="n",
    )  # fmt: skip


models = ("res.partner", "sale.order", "sale.order.line", "account.move", "gb.contact")
with without_indexes(env, *models):
    copy_rows(
        partner, CUSTOMERS, commercial_partner_id=f"{first} + n - 1", name="'顾客' || n", complete_name="'顾客' || n",
        state_id=choose(states), gb_life_cycle="NULL", gb_customer_number="'B' || n", gb_last_contact_at="NULL",
    )  # fmt: skip
    seconds = "mod(n, 86400) * interval '1 second'"
    copy_orders(
        "B", who, ORDERS, LINES, f"{now} - mod(n * 15485863::bigint, 1000) * {day} - {seconds}"
    )
    copy_rows(
        refund, REFUNDS, name="'R' || n", access_token="NULL", sequence_number="n", amount_untaxed_signed=f"-({amount}) / 2",
        invoice_date="current_date - mod(n * 7919, 500)::integer",
        **dict.fromkeys(("partner_id", "commercial_partner_id"), who),
    )  # fmt: skip
    copy_contacts(f"{first} + mod(n * 17::bigint, {CUSTOMERS})", CUSTOMERS, "bench.source")
    copy_orders("H", str(heavy), LONG_ORDERS, LONG_ORDERS * 3, f"{now} - mod(n, 700) * {day}")
    copy_contacts(str(heavy), LONG_CONTACTS, "bench.heavy")
env["ir.config_parameter"].set_param("gb_bench.heavy", heavy)
pool = env["gb.customer.pool"].create({"name": "Bench", "recovery_days": 30})
users = env["res.users"].create(
    [
        {
            "name": f"bench_{number}",
            "login": f"bench_{number}",
            "group_ids": [(4, env.ref("gb_callcenter.group_gb_lead").id)],
        }
        for number in range(20)
    ]
)
env["gb.customer.pool.member"].create(
    [{"pool_id": pool.id, "user_id": user.id, "capacity": 1000} for user in users]
)
env.flush_all()
cr.execute(
    "UPDATE res_partner SET gb_pool_id = %s WHERE id < %s AND id >= %s",
    [pool.id, first + 20_000, first],
)
cr.commit()
cr.execute("TRUNCATE gb_customer_score_queue")
cr.commit()
