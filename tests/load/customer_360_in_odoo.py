"""For `odoo shell`: the customer's overview beside Odoo's own customer form. Everything is rolled back."""

import json
import statistics
import time

env = globals()["env"]
TURNS = 60


def out(name, **figures):
    print("FIGURES " + json.dumps([name, figures]))


def measure(name, function, turns=TURNS):
    """Milliseconds with empty caches of records, as in a request, and the number of queries."""
    function()
    spent, queries = [], 0
    for _turn in range(turns):
        agent_env.invalidate_all()
        before = env.cr.sql_log_count
        began = time.perf_counter()
        function()
        spent.append((time.perf_counter() - began) * 1000)
        queries = env.cr.sql_log_count - before
    spent.sort()
    out(
        name,
        p50_ms=round(statistics.median(spent), 1),
        p95_ms=round(spent[int(len(spent) * 0.95)], 1),
        queries=queries,
    )


heavy = env["res.partner"].browse(int(env["ir.config_parameter"].get_param("gb_bench.heavy")))
agent = env["res.users"].create(
    {
        "name": "Bench agent",
        "login": "gb_bench_360",
        "group_ids": [(4, env.ref("gb_callcenter.group_gb_agent").id)],
    }
)
agent_env = env(user=agent)
partners = agent_env["res.partner"]
measure("360 before the identity check", lambda: partners.get_gb_360(heavy.id))
heavy.with_user(agent).sudo()._gb_record_check("override", True, reason="Bench", user=agent)
measure(
    "360 of a verified customer, 200 orders, 500 contacts", lambda: partners.get_gb_360(heavy.id)
)
page = partners.get_gb_timeline(heavy.id)
for _page in range(5):
    page = partners.get_gb_timeline(heavy.id, before=page["next"])
measure(
    "a page of the timeline, the seventh",
    lambda: partners.get_gb_timeline(heavy.id, before=page["next"]),
)
order = env["sale.order"].search([("partner_id", "=", heavy.id)], limit=1)
measure("search by order number", lambda: partners.search_gb_360(order.name), 20)

# what is read when Odoo's own form of the customer opens: every field of the view, with the counters of its buttons
admin = env(user=env.ref("base.user_admin"))
agent_env = admin
form = admin["res.partner"].get_view(view_type="form")
names = form["models"]["res.partner"]
specification = {
    name: {"fields": {"display_name": {}}}
    if admin["res.partner"]._fields[name].type in ("many2one", "many2many", "one2many")
    else {}
    for name in names
    if name in admin["res.partner"]._fields
}
measure(
    "beside it: Odoo's customer form, web_read with its buttons",
    lambda: admin["res.partner"].browse(heavy.id).web_read(specification),
    20,
)
measure(
    "beside it: the lists behind its buttons (orders, transfers, messages)",
    lambda: [
        admin["sale.order"]
        .search([("partner_id", "=", heavy.id)], limit=80)
        .read(["name", "date_order", "amount_total", "state", "delivery_status"]),
        admin["stock.picking"].search([("partner_id", "=", heavy.id)], limit=80).read(["name"]),
        admin["mail.message"]
        .search([("model", "=", "res.partner"), ("res_id", "=", heavy.id)], limit=30)
        .read(["body"]),
    ],
    20,
)
env.cr.rollback()
