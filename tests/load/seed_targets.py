"""For `odoo shell`, after seed_customers.py: what target groups ask for besides orders and contacts: scores and levels, children, categories
of products, numbers that must not be called, complaints and ratings."""

from bulk import choose, copy_rows, without_indexes

env = globals()["env"]
cr = env.cr
customers = "commercial_partner_id = id AND gb_customer_number LIKE 'B%'"
cr.execute(f"SELECT min(id), count(*) FROM res_partner WHERE {customers}")
first, count = cr.fetchone()

levels = env["gb.customer.level"].search([]).ids
now, day = "now() at time zone 'UTC'", "interval '1 day'"
with without_indexes(env, "res.partner"):
    cr.execute(
        f"""UPDATE res_partner p
               SET gb_life_cycle = {choose(["potential", "active", "slipping", "at_risk", "lost"], "p.id * 7")},
                   gb_rfm_segment = {choose(["champion", "loyal", "new", "promising", "endangered", "sleeping"], "p.id * 11")},
                   gb_rfm_r = 1 + mod(p.id * 13, 5), gb_rfm_f = 1 + mod(p.id * 17, 5), gb_rfm_m = 1 + mod(p.id * 19, 5),
                   gb_level_id = {choose(levels, "p.id * 23")}, gb_net_value = mod(p.id * 29::bigint, 5000),
                   gb_sex = {choose(["female", "female", "male"], "p.id")}, city = {choose(["上海", "苏州", "杭州", "南京", "北京"], "p.id * 3")},
                   gb_birth_date = current_date - (7000 + mod(p.id * 31::bigint, 9000))::integer,
                   gb_last_order_at = o.at, gb_order_count = COALESCE(o.number, 0), gb_last_contact_at = c.at
              FROM res_partner q
              LEFT JOIN (SELECT partner_id, max(date_order) AS at, count(*) AS number
                           FROM sale_order WHERE state = 'sale' GROUP BY 1) o ON o.partner_id = q.id
              LEFT JOIN (SELECT partner_id, max(at) AS at FROM gb_contact GROUP BY 1) c ON c.partner_id = q.id
             WHERE q.id = p.id AND p.{customers.replace("id AND", "p.id AND p.")}"""
    )
partner = env["res.partner"].browse(first)
child = env["gb.child"].create({"partner_id": first, "birth_date": "2025-01-01", "sex": "female"})
phone = env["gb.phone"].create({"partner_id": first, "number": "13900000000"})
categories = env["product.category"].create([{"name": f"Bench {n}"} for n in range(10)])
templates = env["product.template"].search([("name", "like", "Bench product")])
for number, category in enumerate(categories):
    templates[number :: len(categories)].categ_id = category
complaint = env["gb.ticket.type"].search([("kind", "=", "complaint")], limit=1)
ticket = env["gb.ticket"].create(
    {"subject": "Bench", "type_id": complaint.id, "partner_id": first, "description": "Bench"}
)
env.flush_all()
with without_indexes(env, "gb.child", "gb.phone", "gb.ticket"):
    copy_rows(
        child, count, partner_id=f"{first} + mod(n * 7919::bigint, {count})",
        birth_date="current_date - (mod(n * 37::bigint, 2500) - 250)::integer", sex=choose(["female", "male"]),
        state="CASE WHEN mod(n * 37::bigint, 2500) < 250 THEN 'expected' ELSE 'born' END",
    )  # fmt: skip
    copy_rows(
        phone, count, partner_id=f"{first} + n - 1", number="'1' || (3000000000 + n)", number_key="'+861' || (3000000000 + n)",
        do_not_call="mod(n, 50) = 0",
    )  # fmt: skip
    first_ticket = copy_rows(
        ticket, count // 10, name="'TGB' || n", partner_id=f"{first} + mod(n * 104729::bigint, {count})", access_token="NULL",
        is_open="mod(n, 20) = 0", phase="CASE WHEN mod(n, 20) = 0 THEN 'open' ELSE 'closed' END",
        closed_at=f"CASE WHEN mod(n, 20) <> 0 THEN {now} - mod(n, 700) * {day} END",
    )  # fmt: skip
cr.execute(
    f"""INSERT INTO gb_ticket_rating (ticket_id, company_id, cycle, state, score, answered_at)
        SELECT id, company_id, 1, 'answered', {choose(["1", "2", "3", "4", "5"], "id")}, closed_at
          FROM gb_ticket WHERE id >= %s AND closed_at IS NOT NULL""",
    [first_ticket],
)
cr.commit()
cr.execute("TRUNCATE gb_customer_score_queue")
cr.commit()
