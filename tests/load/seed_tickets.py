"""For `odoo shell`: customers, orders and very many work orders, straight into the tables as copies of what Odoo has made."""

import os

from bulk import choose, copy_rows, next_id, without_indexes

env = globals()["env"]
cr = env.cr
CLOSED, OPEN, DUE = (int(os.environ[name]) for name in ("GB_TICKETS", "GB_OPEN", "GB_DUE"))
TICKETS = CLOSED + OPEN
PARTNERS = max(TICKETS // 5, 100)


# ------------------------------------------------------------------ people
china = env.ref("base.cn")
env.company.country_id = china
departments = env["hr.department"].create([{"name": f"Bench {number}"} for number in range(20)])


def new_user(login, group):
    return env["res.users"].create(
        {"name": login, "login": login, "group_ids": [(4, env.ref(group).id)]}
    )


agent = new_user("bench_agent", "gb_callcenter.group_gb_agent")
new_user("bench_clerk", "gb_ticket.group_gb_call_back")
member = new_user("bench_member", "gb_ticket.group_gb_department")
departments[0].gb_member_ids = member
categories = env["gb.ticket.category"].search([]) or env["gb.ticket.category"].create(
    [{"name": f"Bench problem {number}"} for number in range(20)]
)
types = env["gb.ticket.type"].search([])

# ------------------------------------------------- customers with an order each
partner = env["res.partner"].create(
    {"name": "顾客0", "country_id": china.id, "lang": "zh_CN", "phone": "13000000000"}
)
product = env["product.product"].create({"name": "Baby bottle", "type": "consu"})
order = env["sale.order"].create(
    {"partner_id": partner.id, "order_line": [(0, 0, {"product_id": product.id})]}
)
env.flush_all()
with without_indexes(env, "res.partner", "gb.phone", "sale.order", "sale.order.line"):
    first = next_id(partner)
    copy_rows(
        partner, PARTNERS, commercial_partner_id=f"{first} + n - 1", name="'顾客' || n", complete_name="'顾客' || n",
        phone="'1' || (3000000000 + n * 7)::text", phone_sanitized="'+861' || (3000000000 + n * 7)::text",
        gb_customer_number="NULL",
    )  # fmt: skip
    cr.execute(
        """INSERT INTO gb_phone (partner_id, number, number_key, kind, is_main, is_valid, sequence, create_date)
           SELECT id, phone, phone_sanitized, 'mobile', true, true, 10, now() FROM res_partner WHERE id >= %s""",
        [first],
    )
    first_order = copy_rows(
        order, PARTNERS, name="'B' || n", access_token="NULL",
        **dict.fromkeys(("partner_id", "partner_invoice_id", "partner_shipping_id"), f"{first} + n - 1"),
    )  # fmt: skip
    first_line = copy_rows(order.order_line, PARTNERS, order_id=f"{first_order} + n - 1")

# ------------------------------------------------------------- work orders
# the customer of the first work order has very many, without orders: a wholesaler
customer = f"{first} + CASE WHEN mod(n, 500) = 0 THEN 0 ELSE mod(n * 7919::bigint, {PARTNERS}) END"
ticket = (
    env["gb.ticket"]
    .with_user(agent)
    .create(
        {
            "subject": "奶瓶漏水",
            "description": "收到的奶瓶底部漏水，客户要求换货。",
            "type_id": env.ref("gb_ticket.gb_ticket_type_complaint").id,
            "partner_id": partner.id,
            "contact_phone": "13000000000",
            "remedy": "换货",
            "order_id": order.id,
            "order_line_id": order.order_line.id,
            "category_id": categories[0].id,
        }
    )
    .with_env(env)
)
env.flush_all()


def copy_tickets(count, prefix, **values):
    return copy_rows(
        ticket, count,
        **{
            "name": f"'{prefix}' || n",
            "subject": choose(["奶瓶漏水", "要求退款", "发票抬头错误", "物流停滞", "颜色发错"], "n * 3"),
            "access_token": "NULL",
            "partner_id": customer,
            "contact_phone": f"'1' || (3000000000 + (1 + mod(n * 7919::bigint, {PARTNERS})) * 7)::text",
            "contact_number_key": f"'+861' || (3000000000 + (1 + mod(n * 7919::bigint, {PARTNERS})) * 7)::text",
            "order_id": f"CASE WHEN mod(n, 500) <> 0 THEN {first_order} + mod(n * 7919::bigint, {PARTNERS}) END",
            "order_line_id": f"CASE WHEN mod(n, 500) <> 0 THEN {first_line} + mod(n * 7919::bigint, {PARTNERS}) END",
            "type_id": choose(types.ids),
            "kind": choose(types.mapped("kind")),
            "category_id": choose(categories.ids, "n / 12"),
            "department_id": choose(departments.ids, "n / 5"),
            "user_id": f"CASE WHEN mod(n, 40) = 0 THEN {member.id} END",
            "accepted_by_id": str(agent.id),
            **values,
        },
    )  # fmt: skip


clock = ticket.clock_ids.filtered(lambda clock: clock.state == "running")[:1]
state = {row.code: row.id for row in env["gb.ticket.state"].search([])}
phases = {row.code: row.phase for row in env["gb.ticket.state"].search([])}
ways = ["accepted", "dispatched", "processing", "waiting_customer", "review", "call_back"]
age = "now() at time zone 'UTC' - n * interval '%s seconds'"
long_ago = age % (2 * 365 * 86400 // max(CLOSED, 1) or 1)
lately = age % (20 * 86400 // max(OPEN, 1) or 1)
with without_indexes(
    env, "gb.ticket", "gb.ticket.step", "gb.ticket.clock", "gb.ticket.clock.event"
):
    first_closed = copy_tickets(
        CLOSED, "C", state_id=str(state["closed"]), phase="'closed'", is_open="false", closing="'satisfied'",
        **dict.fromkeys(("create_date", "accepted_at", "dispatched_at", "signed_at", "resolved_at", "closed_at"), long_ago),
    )  # fmt: skip
    first_open = copy_tickets(
        OPEN, "D", state_id=choose([state[code] for code in ways]), phase=choose([phases[code] for code in ways]),
        is_open="true", due_at="now() at time zone 'UTC' + mod(n, 4000) * interval '1 minute' - interval '1 hour'",
        next_due_at="now() at time zone 'UTC' + mod(n, 4000) * interval '1 minute' - interval '1 hour'",
        **dict.fromkeys(("create_date", "accepted_at", "dispatched_at", "signed_at"), lately),
    )  # fmt: skip
    cr.execute(
        """INSERT INTO gb_ticket_department_rel (ticket_id, department_id)
           SELECT id, department_id FROM gb_ticket WHERE id >= %s AND department_id IS NOT NULL""",
        [first_closed],
    )
    cr.execute(
        """INSERT INTO gb_ticket_step (ticket_id, state_id, actor, actor_id, department_id, started_at, ended_at, cycle, level)
           SELECT id, state_id, 'user', accepted_by_id, department_id, accepted_at, closed_at, 1, 0
             FROM gb_ticket WHERE id >= %s""",
        [first_closed],
    )

    past = "now() at time zone 'UTC' - mod(n, 60) * interval '1 second'"
    future = "now() at time zone 'UTC' + (1 + mod(n, 60)) * interval '1 hour'"
    copy_rows(
        clock, CLOSED, ticket_id=f"{first_closed} + n - 1", state="'fulfilled'", started_at=long_ago, ended_at=long_ago,
        deadline_at=long_ago, next_threshold_at="NULL",
    )  # fmt: skip
    due = f"CASE WHEN n <= {DUE} THEN {past} ELSE {future} END"
    first_clock = copy_rows(
        clock, OPEN, ticket_id=f"{first_open} + n - 1", started_at=lately, deadline_at=due, next_threshold_at=due,
    )  # fmt: skip
    copy_rows(clock.event_ids[0], OPEN, clock_id=f"{first_clock} + n - 1", at=lately)
cr.commit()
cr.execute("ANALYZE")
cr.commit()
