"""For `odoo shell`: measurements of work orders inside one Odoo process. Prints lines for the report; everything is rolled back but
the last two, which commit as their crons do."""

import json
import os
import random
import statistics
import time

from lxml import etree

from odoo import fields

from odoo.addons.gb_ticket.tools.webhook_client import Outcome

env = globals()["env"]
cr = env.cr
dice = random.Random(1)
ONLY = os.environ.get("GB_ONLY", "")
users = {
    name: env["res.users"].search([("login", "=", f"bench_{name}")])
    for name in ("agent", "member", "clerk")
}
agent, member = users["agent"], users["member"]
cr.execute("SELECT min(id), max(id) FROM gb_ticket WHERE name LIKE 'C%'")
FIRST, LAST = cr.fetchone()
cr.execute("SELECT partner_id FROM gb_ticket GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
WHOLESALER = cr.fetchone()[0]


def out(name, **figures):
    print("FIGURES " + json.dumps([name, figures]), flush=True)


def empty_caches():
    """As at the beginning of a request: user and company are at hand."""
    env.flush_all()
    env.cr.cache.clear()
    for model in env.registry:
        if model.startswith(("gb.ticket", "sale.", "res.partner", "hr.department", "mail.")):
            env[model].invalidate_model(flush=False)


def timed(function, times=40, warm=3):
    """Milliseconds of each call, and the queries of the last one."""
    spent = []
    for turn in range(times + warm):
        empty_caches()
        queries, began = cr.sql_log_count, time.perf_counter()
        function()
        if turn >= warm:
            spent.append((time.perf_counter() - began) * 1000)
        queries = cr.sql_log_count - queries
    ordered = sorted(spent)
    return {
        "p50_ms": round(statistics.median(ordered), 2),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 2),
        "queries": queries,
    }


def raw(query, get_params=list, times=40):
    def run():
        cr.execute(query, get_params())
        cr.fetchall()

    return timed(run, times)


def measure(name, function, times=40, **figures):
    if ONLY in name:
        out(name, **timed(function, times), **figures)


def measure_raw(name, query, get_params=list, times=40):
    if ONLY in name:
        out(name, **raw(query, get_params, times))


def some(ids):
    return dice.choice(ids)


def get_specification(user, kind):
    """What the browser asks for to draw the view."""
    view = env["gb.ticket"].with_user(user).get_view(view_type=kind)
    fields = env["gb.ticket"]._fields
    specification = {}
    for node in etree.fromstring(view["arch"]).iter("field"):
        field = fields.get(node.get("name"))
        if not field or any(parent.tag == "field" for parent in node.iterancestors()):
            continue
        if field.type == "many2one":
            specification[field.name] = {"fields": {"display_name": {}}}
        elif field.type in ("one2many", "many2many"):
            specification[field.name] = {"fields": {"display_name": {}}}
        else:
            specification[field.name] = {}
    return specification


cr.execute(
    "SELECT id, partner_id, order_id, order_line_id, type_id, category_id, contact_phone, subject, name FROM gb_ticket"
    " WHERE id = ANY(%s)",
    [[dice.randrange(FIRST, LAST) for _turn in range(500)]],
)
samples = [
    dict(zip([column.name for column in cr.description], row, strict=True)) for row in cr.fetchall()
]
complaint = env.ref("gb_ticket.gb_ticket_type_complaint")
text = "客户来电反映收到的奶瓶底部漏水，要求尽快换货，并希望客服回电告知进度。" * 3

# ------------------------------------------------------------------- create
Ticket = env["gb.ticket"].with_user(agent)
quiet = random.Random(2)


def prepare_values(sample=None):
    sample = sample or quiet.choice(samples)
    return {
        "subject": "奶瓶漏水",
        "description": text,
        "type_id": complaint.id,
        "category_id": sample["category_id"],
        "partner_id": sample["partner_id"],
        "contact_phone": sample["contact_phone"],
        "order_id": sample["order_id"],
        "order_line_id": sample["order_line_id"],
        "remedy": "换货",
    }


def create(count):
    Ticket.create([prepare_values() for _turn in range(count)])
    env.flush_all()


def per_record(figures, count):
    return {
        name: round(value / count, 2) if name.endswith("_ms") else value
        for name, value in figures.items()
    }


if ONLY in "create":
    single = timed(lambda: create(1), 60)
    out(
        "create a work order (draft, customer, order, number)", **single, goal_ms=8, goal_queries=12
    )
    batch = per_record(timed(lambda: create(100), 5, 1), 100)
    out("create, 100 in a batch: each", **batch)
    cr.execute("SELECT * FROM gb_ticket ORDER BY id DESC LIMIT 300")
    rows = [dict(zip([c.name for c in cr.description], row, strict=True)) for row in cr.fetchall()]
    cr.execute(
        "SELECT * FROM gb_ticket_step WHERE ticket_id = ANY(%s)", [[row["id"] for row in rows]]
    )
    steps = [dict(zip([c.name for c in cr.description], row, strict=True)) for row in cr.fetchall()]
    of_ticket = {step["ticket_id"]: step for step in steps}

    def insert(table, row):
        names = [name for name in row if name != "id"]
        values = [
            json.dumps(row[name]) if isinstance(row[name], dict | list) else row[name]
            for name in names
        ]
        cr.execute(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))}) RETURNING id",
            values,
        )
        return cr.fetchone()[0]

    began = time.perf_counter()
    for row in rows:
        step = of_ticket[row["id"]]
        step["ticket_id"] = insert("gb_ticket", {**row, "access_token": None})
        insert("gb_ticket_step", step)
    plain = (time.perf_counter() - began) / len(rows) * 1000
    out(
        "the same rows (work order, step), one INSERT each",
        ms=round(plain, 2),
        ours_to_raw=round(single["p50_ms"] / plain, 1),
        batch_to_raw=round(batch["p50_ms"] / plain, 1),
    )

# -------------------------------------------------------------------- moves
if ONLY in "move":
    cr.execute("SAVEPOINT moves")
    # of different customers, so that none is a duplicate of another
    different = list({sample["partner_id"]: sample for sample in samples}.values())[:60]
    drafts = Ticket.create([prepare_values(sample) for sample in different])
    for ticket in drafts:
        ticket.action_answer_duplicate("new", reason="Bench")
    department = env["hr.department"].search([("name", "=", "Bench 0")])
    for name, state, user, code, values in (
        ("accept (duplicates looked for, customer told)", "draft", agent, "accept", {}),
        ("dispatch", "accepted", agent, "dispatch", {"department_id": department.id}),
        ("sign", "dispatched", member, "sign", {}),
    ):
        waiting = iter(drafts.filtered(lambda ticket, state=state: ticket.state_code == state))

        def move(waiting=waiting, code=code, user=user, values=values):
            ticket = next(waiting).with_user(user)
            ticket.action_transition(code, values, revision=ticket.revision)
            env.flush_all()

        count = sum(ticket.state_code == state for ticket in drafts)
        if count > 10:  # a route may have dispatched them already
            out(f"move: {name}", **timed(move, count - 3))
    cr.execute("ROLLBACK TO SAVEPOINT moves")
    env.invalidate_all(flush=False)

# -------------------------------------------------------------------- lists
OPEN = [("is_open", "=", True)]
for role in ("agent", "member"):
    Mine = env["gb.ticket"].with_user(users[role])
    specification = get_specification(users[role], "list")
    for what, domain in (("open", OPEN), ("all", [])):
        measure(
            f"list, first page of 80, {what}, as {role}",
            lambda Mine=Mine, domain=domain, specification=specification: Mine.web_search_read(
                domain, specification, limit=80, count_limit=10001
            ),
            goal_p95_ms=60,
        )
measure_raw(
    "list, plain SQL",
    "SELECT * FROM gb_ticket WHERE is_open IS TRUE AND company_id = %s ORDER BY id DESC LIMIT 80",
    lambda: [env.company.id],
)
list_specification = get_specification(agent, "list")
for what, choose in (
    ("a customer", lambda: some(samples)["partner_id"]),
    ("a wholesaler", lambda: WHOLESALER),
):
    measure(
        f"history of {what}, 20 rows",
        lambda choose=choose: Ticket.search_read(
            [("partner_id", "=", choose())],
            ["name", "subject", "state_id", "accepted_at"],
            limit=20,
        ),
        goal_p95_ms=20,
    )
    measure(
        f"history of {what}, as list of 80",
        lambda choose=choose: Ticket.web_search_read(
            [("partner_id", "=", choose())], list_specification, limit=80, count_limit=10001
        ),
    )
measure_raw(
    "history, plain SQL",
    "SELECT id, name, subject, state_id, accepted_at FROM gb_ticket WHERE partner_id = %s ORDER BY id DESC LIMIT 20",
    lambda: [some(samples)["partner_id"]],
)
measure(
    "search by number",
    lambda: Ticket.search_read([("name", "=", some(samples)["name"])], ["name", "subject"]),
    goal_p95_ms=5,
)
measure("search by number, name_search", lambda: Ticket.name_search(some(samples)["name"], limit=8))
measure_raw(
    "search by number, plain SQL",
    "SELECT id, name, subject FROM gb_ticket WHERE name = %s",
    lambda: [some(samples)["name"]],
)

# ----------------------------------------------------------- kanban, counters
card = get_specification(agent, "kanban")
measure(
    "kanban of the open ones by state, first cards of each",
    lambda: Ticket.web_read_group(
        OPEN, ["state_id"], ["__count"], auto_unfold=True,
        unfold_read_specification=card, unfold_read_default_limit=20,
    ),
    goal_p95_ms=120,
)  # fmt: skip
measure_raw(
    "kanban, plain SQL",
    "SELECT state_id, count(*) FROM gb_ticket WHERE is_open IS TRUE AND company_id = %s GROUP BY 1",
    lambda: [env.company.id],
)
for role, user in users.items():
    measure(f"counters of the overview, as {role}", env["gb.ticket"].with_user(user).get_counters)

# --------------------------------------------------------------- duplicates
Partner = env["res.partner"]


def find(**values):
    sample = some(samples)
    fields = ("partner_id", "contact_phone", "order_id", "order_line_id", "type_id", "category_id")
    Ticket.find_duplicates(
        {**{name: sample[name] for name in fields}, "subject": sample["subject"], "description": text, **values}
    )  # fmt: skip


measure("likely duplicates of a customer", find, 100, goal_p95_ms=150)
measure(
    "likely duplicates by number only",
    lambda: find(partner_id=False),
    100,
    goal_p95_ms=150,
)
measure(
    "likely duplicates of a wholesaler",
    lambda: find(partner_id=WHOLESALER),
    100,
    goal_p95_ms=150,
)
measure_raw(
    "likely duplicates, plain SQL (candidates)",
    """SELECT id, subject, description, type_id, category_id, order_line_id FROM gb_ticket
        WHERE partner_id IN (SELECT id FROM res_partner WHERE commercial_partner_id = %s) ORDER BY id DESC LIMIT 50""",
    lambda: [some(samples)["partner_id"]],
    100,
)
cr.rollback()

# ------------------------------------------------- crons: these two commit
Clock = env["gb.ticket.clock"]
if ONLY in "sweep":
    due = [("next_threshold_at", "<=", fields.Datetime.now())]
    count = Clock.search_count(due)
    empty_caches()
    began, queries = time.perf_counter(), cr.sql_log_count
    Clock._cron_sweep()
    spent = time.perf_counter() - began
    out(
        "sweep of the clocks that are due, with ledger, level and notices",
        clocks=count,
        left=Clock.search_count(due),
        seconds=round(spent, 2),
        queries=cr.sql_log_count - queries,
        goal_seconds=10,
    )
    cr.execute(
        "EXPLAIN SELECT id FROM gb_ticket_clock WHERE next_threshold_at <= now() at time zone 'UTC' ORDER BY next_threshold_at, id LIMIT 250"
    )
    out("sweep, plan", plan=cr.fetchall()[1][0].strip())
if ONLY in "outbox":
    Delivery = env["gb.webhook.delivery"].sudo()
    webhook = env["gb.webhook"].create(
        {"name": "Bench", "url": "https://example.com/", "secret_input": "bench-" * 5}
    )
    letters = [
        (ticket_id, {"ticket": {"id": ticket_id, "text": text}}) for ticket_id in range(FIRST, FIRST + 2000)
    ]  # fmt: skip
    began = time.perf_counter()
    for ticket_id, values in letters:
        Delivery._queue(webhook, "ticket.accept", values, env["gb.ticket"].browse(ticket_id))
    env.flush_all()
    written = time.perf_counter() - began
    # the other side answers at once
    env.registry["gb.webhook.delivery"]._send = lambda self, batch: dict.fromkeys(
        batch, Outcome(status=200)
    )
    began = time.perf_counter()
    Delivery._cron_send()
    spent = time.perf_counter() - began
    out(
        "outbox without the other side",
        rows_written_per_s=round(2000 / written),
        rows_sent_per_s=round(Delivery.search_count([("state", "=", "sent")]) / spent),
        goal_per_s=1000,
    )
