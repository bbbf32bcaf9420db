"""For `odoo shell`: very many customers with orders and credit notes, straight into the tables as copies of what Odoo has made."""

import os

from odoo import Command
from odoo.tools import SQL

env = globals()["env"]
cr = env.cr
CUSTOMERS, LINES = (int(os.environ[name]) for name in ("GB_CUSTOMERS", "GB_LINES"))
ORDERS, REFUNDS = LINES // 2, LINES // 60


def copy_rows(source, count, **values):
    """Insert ``count`` copies of a record. :return: id of the first

    :param values: column → SQL in which ``n`` counts from 1 and ``t`` is the source; other columns are as in the source
    """
    table = SQL.identifier(source._table)
    cr.execute(
        """SELECT column_name FROM information_schema.columns
            WHERE table_name = %s AND table_schema = current_schema AND column_name <> 'id'""",
        [source._table],
    )
    names = [name for (name,) in cr.fetchall()]
    cr.execute(
        SQL(
            """WITH made AS (INSERT INTO %s (%s) SELECT %s FROM %s t, generate_series(1, %s) n WHERE t.id = %s RETURNING id)
               SELECT min(id) FROM made""",
            table,
            SQL(", ").join(map(SQL.identifier, names)),
            SQL(", ").join(
                SQL(values[name]) if name in values else SQL.identifier("t", name) for name in names
            ),
            table,
            count,
            source.id,
        )
    )
    return cr.fetchone()[0]


china = env.ref("base.cn")
env.company.country_id = china
partner = env["res.partner"].create({"name": "顾客0", "country_id": china.id, "lang": "zh_CN"})
product = env["product.product"].create({"name": "Nappies", "type": "service", "taxes_id": False})
order = env["sale.order"].create(
    {
        "partner_id": partner.id,
        "order_line": [Command.create({"product_id": product.id, "price_unit": 100})],
    }
)
order.state = "sale"
refund = env["account.move"].create(
    {
        "move_type": "out_refund",
        "partner_id": partner.id,
        "invoice_date": "2026-01-01",
        "invoice_line_ids": [
            Command.create({"product_id": product.id, "price_unit": 10, "tax_ids": False})
        ],
    }
)
refund.action_post()
env.flush_all()
cr.execute("SELECT last_value FROM res_partner_id_seq")
first = cr.fetchone()[0] + 1
states = china.state_ids.ids
copy_rows(
    partner, CUSTOMERS, commercial_partner_id=f"{first} + n - 1", name="'顾客' || n", complete_name="'顾客' || n",
    state_id=f"({'ARRAY' + str(states)})[1 + mod(n, {len(states)})]", gb_life_cycle="NULL",
    gb_customer_number="'B' || n",
)  # fmt: skip
# a quarter has never bought; some buy very often
who = f"{first} + floor({CUSTOMERS} * 0.75 * power(mod(n * 7919::bigint, 1000003) / 1000003.0, 1.6))::bigint"
amount = "10 + mod(n * 104729::bigint, 990)"
first_order = copy_rows(
    order, ORDERS, name="'B' || n", access_token="NULL", amount_untaxed=amount, amount_total=amount,
    date_order="now() at time zone 'UTC' - mod(n * 15485863::bigint, 1000) * interval '1 day' - mod(n, 86400) * interval '1 second'",
    **dict.fromkeys(("partner_id", "partner_invoice_id", "partner_shipping_id"), who),
)  # fmt: skip
copy_rows(order.order_line, LINES, order_id=f"{first_order} + mod(n, {ORDERS})")
copy_rows(
    refund, REFUNDS, name="'R' || n", access_token="NULL", sequence_number="n", amount_untaxed_signed=f"-({amount}) / 2",
    invoice_date="current_date - mod(n * 7919, 500)::integer",
    **dict.fromkeys(("partner_id", "commercial_partner_id"), who),
)  # fmt: skip
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
