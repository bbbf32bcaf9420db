"""For `odoo shell`: measurements inside one Odoo process. Prints lines for the report; everything is rolled back."""

import json
import os
import random
import statistics
import sys
import time

sys.path.insert(0, os.environ["GB_ROOT"] + "/addons")
from odoo.addons.gb_callcenter.tools.demo_api import history

env = globals()["env"]
cr = env.cr


def out(name, **figures):
    print("FIGURES " + json.dumps([name, figures]))


def timed(function, times):
    """Milliseconds of each of ``times`` calls, caches emptied before each."""
    spent = []
    for _turn in range(times):
        # what a request has at hand anyway (user, company) stays
        env["res.partner"].invalidate_model()
        env["gb.phone"].invalidate_model()
        began = time.perf_counter()
        function()
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def quantiles(spent):
    ordered = sorted(spent)
    return {
        "p50_ms": round(statistics.median(ordered), 2),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 2),
    }


# ------------------------------------------------------------------ numbers
dice = random.Random(1)
partners = int(os.environ["GB_PARTNERS"])
numbers = ["1" + str(3_000_000_000 + dice.randrange(1, partners) * 7) for _turn in range(200)]
spellings = [
    lambda n: n, lambda n: "+86 " + n, lambda n: "0086" + n, lambda n: "0" + n, lambda n: f"{n[:3]}-{n[3:7]}-{n[7:]}",
]  # fmt: skip
wanted = iter(dice.choice(spellings)(number) for number in numbers * 2)
out(
    "number → customer, ORM, any spelling",
    **quantiles(timed(lambda: env["gb.phone"]._find(next(wanted)).partner_id.ids, 200)),
)
keys = iter(numbers)


def raw_lookup():
    cr.execute("SELECT partner_id FROM gb_phone WHERE number_key = %s", ["+86" + next(keys)])
    cr.fetchall()


out("number → customer, plain SQL", **quantiles(timed(raw_lookup, 200)))
suffixes = iter(number[-8:] for number in numbers)
out(
    "last 8 digits → customer, ORM",
    **quantiles(timed(lambda: env["gb.phone"]._find_suffix(next(suffixes)).partner_id.ids, 100)),
)
default = iter("+86" + number for number in numbers)
out(
    "number → customer, Odoo's phone_sanitized",
    **quantiles(
        timed(lambda: env["res.partner"].search([("phone_sanitized", "=", next(default))]).ids, 10)
    ),
)

# ------------------------------------------------------------ events → calls
provider = env.ref("gb_callcenter.gb_telephony_provider_demo").sudo()
opening = int(time.time()) - 86400 * 300
events, _answered = history(
    random.Random(5),
    [opening + 86400 * day for day in range(240)],
    numbers,
    [("8000", "orders")],
    {"orders": ["1001", "1002"]},
)
calls = {}
for event in events:
    calls.setdefault(event["data"]["linkedid"], []).append(event)
calls = list(calls.values())
ingest = env["gb.call"].sudo()._ingest


def ingest_in_batches(part, size):
    began = time.perf_counter()
    for start in range(0, len(part), size):
        ingest(provider, [event for call in part[start : start + size] for event in call])
        cr.flush()
        env.invalidate_all()
    return time.perf_counter() - began


ingest_in_batches(calls[:100], 100)
for size, part in ((1, calls[100:300]), (100, calls[300:2300])):
    spent = ingest_in_batches(part, size)
    count = sum(map(len, part))
    out(
        f"events → calls, {size} call(s) a batch",
        calls_per_s=round(len(part) / spent),
        events_per_s=round(count / spent),
        ms_per_call=round(spent / len(part) * 1000, 2),
    )
    own = spent / len(part)
cr.execute("SELECT * FROM gb_call ORDER BY id DESC LIMIT 1000")
names = [column.name for column in cr.description]
rows = [dict(zip(names, row, strict=True)) for row in cr.fetchall()]


def raw_insert(table, rows, skip=("id",)):
    names = [name for name in rows[0] if name not in skip]
    fields = ", ".join(f'"{name}"' for name in names)
    places = ", ".join(["%s"] * len(names))
    began = time.perf_counter()
    for row in rows:
        values = [
            json.dumps(row[name]) if isinstance(row[name], (dict, list)) else row[name]
            for name in names
        ]
        cr.execute(f"INSERT INTO {table} ({fields}) VALUES ({places})", values)
    return time.perf_counter() - began


for row in rows:
    row["linked_id"] += "-raw"
call_time = raw_insert("gb_call", rows) / len(rows)
cr.execute("SELECT * FROM gb_call_event ORDER BY id DESC LIMIT 4000")
names = [column.name for column in cr.description]
event_rows = [dict(zip(names, row, strict=True)) for row in cr.fetchall()]
for row in event_rows:
    row["event_id"] += "-raw"
event_time = raw_insert("gb_call_event", event_rows) / len(event_rows)
per_call = len(events) / len(calls)
raw = call_time * 2 + event_time * per_call  # the call, a leg of about its size, its events
out(
    "the same rows, one INSERT each",
    calls_per_s=round(1 / raw),
    ms_per_call=round(raw * 1000, 2),
    ours_to_raw=round(own / raw, 2),
)
cr.rollback()
