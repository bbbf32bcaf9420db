"""For `odoo shell`: a million customers, their orders and contacts, and one customer with a long history, by SQL."""

import os

env = globals()["env"]
cr = env.cr
CUSTOMERS = int(os.environ["GB_CUSTOMERS"])
COMPANY, CURRENCY = env.company.id, env.company.currency_id.id
PRICELIST = env["product.pricelist"].search([], limit=1).id

products = env["product.product"].create(
    [
        {"name": f"Bench product {number}", "type": "consu", "list_price": 50 + number}
        for number in range(500)
    ]
)
cr.execute(
    """INSERT INTO res_partner (name, complete_name, active, type, is_company, partner_share, company_id, lang, autopost_bills,
                                create_date, write_date, create_uid, write_uid)
       SELECT 'Customer ' || n, 'Customer ' || n, TRUE, 'contact', FALSE, TRUE, NULL, 'en_US', 'ask', now(), now(), 1, 1
         FROM generate_series(1, %s) AS n RETURNING id""",
    [CUSTOMERS],
)
first = min(row[0] for row in cr.fetchall())
cr.execute(
    "UPDATE res_partner SET commercial_partner_id = id, gb_customer_number = 'B' || id WHERE id >= %s",
    [first],
)
heavy = first + CUSTOMERS // 2


def add_orders(name, partners, count):
    """``count`` orders spread over the customers of the SQL expression ``partners`` of n."""
    cr.execute(
        f"""WITH made AS (
                INSERT INTO sale_order (name, partner_id, partner_invoice_id, partner_shipping_id, company_id,
                                        currency_id, pricelist_id, picking_policy, state, date_order, amount_total, amount_untaxed,
                                        gb_source, create_date, write_date, create_uid, write_uid)
                SELECT %s || n, {partners}, {partners}, {partners}, %s, %s, %s, 'direct', 'sale',
                       now() - n %% 700 * interval '1 day', 100, 100, 'phone', now(), now(), 1, 1
                  FROM generate_series(1, %s) AS n
                RETURNING id, partner_id, date_order)
            INSERT INTO sale_order_line (order_id, order_partner_id, company_id, currency_id, state, name, product_id,
                                         product_uom_id, product_uom_qty, price_unit, customer_lead, sequence,
                                         create_date, write_date, create_uid, write_uid)
            SELECT made.id, made.partner_id, %s, %s, 'sale', 'line', %s + (made.id * 7 + line * line * 13) %% 500, 1, 1,
                   100, 0, 10, now(), now(), 1, 1
              FROM made, generate_series(1, 3) AS line""",
        [name, COMPANY, CURRENCY, PRICELIST or None, count, COMPANY, CURRENCY, min(products.ids)],
    )


def add_contacts(partners, count, model):
    cr.execute(
        f"""INSERT INTO gb_contact (partner_id, channel, direction, at, subject, score, res_model, res_id, company_id,
                                    create_date, write_date, create_uid, write_uid)
            SELECT {partners}, (ARRAY['phone', 'chat', 'email', 'sms'])[1 + n %% 4],
                   CASE WHEN n %% 3 = 0 THEN 'outbound' ELSE 'inbound' END, now() - n %% 700 * interval '1 day',
                   'About ' || n, 0, %s, n, %s, now(), now(), 1, 1
              FROM generate_series(1, %s) AS n""",
        [model, COMPANY, count],
    )


add_orders("B", f"{first} + (n * 31) %% {CUSTOMERS}", CUSTOMERS)
add_contacts(f"{first} + (n * 17) %% {CUSTOMERS}", CUSTOMERS, "bench.source")
add_orders("H", str(heavy), 200)
add_contacts(str(heavy), 500, "bench.heavy")
env["ir.config_parameter"].set_param("gb_bench.heavy", heavy)
cr.commit()
