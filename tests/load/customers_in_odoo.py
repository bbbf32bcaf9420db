"""For `odoo shell`: what it costs to score customers and to allocate them. Everything is committed, as the jobs do."""

import json
import os
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from odoo import fields

env = globals()["env"]
cr = env.cr
scoring = env.ref("gb_callcenter.gb_customer_score")


cr.execute("SELECT pg_backend_pid()")
BACKEND = Path(f"/proc/{cr.fetchone()[0]}/stat")


def get_cpu():
    """Seconds of processor time of this process, and of PostgreSQL's where that runs here: on a busy machine they say more
    than those that have passed."""
    spent = time.process_time()
    with suppress(OSError):
        ticks = BACKEND.read_text().rpartition(")")[2].split()[11:13]
        spent += sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return spent


cpu = get_cpu()


def out(name, **figures):
    global cpu
    last, cpu = cpu, get_cpu()
    print(
        "FIGURES " + json.dumps([name, {**figures, "cpu_seconds": round(cpu - last, 1)}]),
        flush=True,
    )


def timed(function, *args, **options):
    """:return: (seconds, queries, what the function returned)"""
    global cpu
    env.flush_all()
    env.invalidate_all()
    cpu = get_cpu()
    began, queries = time.perf_counter(), cr.sql_log_count
    result = function(*args, **options)
    env.flush_all()
    return round(time.perf_counter() - began, 2), cr.sql_log_count - queries, result


def committed(done, remaining=None):
    cr.commit()
    return 1


def vacuum():
    cr.commit()
    cr._cnx.autocommit = True
    cr.execute("VACUUM (ANALYZE) res_partner")
    cr._cnx.autocommit = False


cr.execute("SELECT count(*) FROM res_partner WHERE commercial_partner_id = id")
customers = cr.fetchone()[0]
seconds, queries, _result = timed(scoring._refresh, full=True, thresholds=True, commit=committed)
cr.commit()
out(
    "first run: score everybody, nothing scored before",
    customers=customers, seconds=seconds, per_s=round(customers / seconds), queries=queries, goal_seconds=120,
)  # fmt: skip
vacuum()
seconds, queries, _result = timed(scoring._refresh, full=True, thresholds=True, commit=committed)
out("all anew, nothing has changed", seconds=seconds, queries=queries, goal_seconds=60)
seconds, queries, _result = timed(scoring._refresh, thresholds=False, commit=committed)
out("run without changes", seconds=seconds, queries=queries)
cr.execute(
    "UPDATE sale_order SET amount_untaxed = amount_untaxed + 1 WHERE id IN (SELECT id FROM sale_order WHERE state = 'sale' LIMIT 5000)"
)
seconds, queries, _result = timed(scoring._refresh, thresholds=False, commit=committed)
out("run after 5000 orders have changed", seconds=seconds, queries=queries)
seconds, queries, _result = timed(scoring._refresh_thresholds, committed)
out("quintiles anew, bands of those who change theirs", seconds=seconds, queries=queries)


# ------------------------------------------------ the same by other means
def ntile_in_sql():
    cr.execute(
        """SELECT count(*) FROM (
             SELECT p.commercial_partner_id, ntile(5) OVER (ORDER BY max(o.date_order)),
                    ntile(5) OVER (ORDER BY sum(o.amount_untaxed)), count(*)
               FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
              WHERE o.state = 'sale' AND o.date_order > now() - interval '365 days' GROUP BY 1) x"""
    )
    return cr.fetchone()[0]


seconds, queries, found = timed(ntile_in_sql)
out("plain SQL, ntile, recency and money only, nothing written", seconds=seconds, customers=found)


def read_group_in_odoo(limit):
    """What one would write on Odoo's own means: `_read_group`, sort in Python, write each record."""
    since = fields.Datetime.subtract(fields.Datetime.now(), days=365)
    rows = env["sale.order"]._read_group(
        [("state", "=", "sale"), ("date_order", ">", since)],
        ["partner_id"],
        ["date_order:max", "amount_untaxed:sum", "__count"],
    )
    bands = defaultdict(lambda: [0, 0, 0])
    for place, column in enumerate((1, 2)):
        for rank, row in enumerate(sorted(rows, key=lambda row: row[column])):
            bands[row[0].id][place] = 1 + rank * 5 // len(rows)
    for partner, last, value, count in rows[:limit]:
        recency, money, _frequency = bands[partner.id]
        partner.sudo().write(
            {
                "gb_rfm_r": recency,
                "gb_rfm_m": money,
                "gb_order_count": count,
                "gb_net_value": value,
                "gb_last_order_at": last,
            }
        )
    env.flush_all()
    return len(rows)


read, _queries, found = timed(read_group_in_odoo, 0)
seconds, _queries, _found = timed(read_group_in_odoo, 2000)
cr.rollback()
out(
    "Odoo's `_read_group` and a loop that writes (2000 written, the rest projected)",
    read_seconds=read, seconds=round(read + (seconds - read) / 2000 * found), customers=found,
)  # fmt: skip

# ------------------------------------------------------- screens and allocation
report = env["gb.customer.report"]
for groups in (["level_id", "life_cycle"], ["state_id", "life_cycle"], ["rfm_segment"]):
    seconds, _queries, rows = timed(
        report.formatted_read_group, [], groups, ["__count", "net_value:sum"]
    )
    out(f"analysis by {', '.join(groups)}", seconds=seconds, groups=len(rows))
lead = env["res.users"].search([("login", "=", "bench_0")])
pool = env["gb.customer.pool"].search([("name", "=", "Bench")])
Allocation = env["gb.customer.allocation"].with_user(lead)
seconds, queries, allocation = timed(Allocation.create, {"pool_id": pool.id})
out("preview of an allocation", customers=allocation.given_count, seconds=seconds, queries=queries)
seconds, queries, _result = timed(allocation.action_allocate)
out("allocation to 20 agents", customers=allocation.given_count, seconds=seconds, queries=queries)
cr.execute(
    "UPDATE res_partner SET gb_owner_at = now() - interval '90 days' WHERE gb_owner_id IS NOT NULL"
)
cr.commit()
seconds, queries, count = timed(pool._recover, committed)
out("recovery of neglected customers", customers=count, seconds=seconds, queries=queries)
cr.execute("EXPLAIN SELECT id FROM res_partner WHERE gb_score_due_at <= now() at time zone 'UTC'")
out("who is due, plan", plan=cr.fetchall()[0][0].strip())
