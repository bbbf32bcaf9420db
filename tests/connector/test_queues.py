"""Queues made and changed in Odoo, on a real Asterisk with callers waiting; what the dialplan is told, with Odoo away."""

import asyncio
import copy
import time
import urllib.parse
import urllib.request

from connector.hours import is_open
from connector.numbers import get_dialled, get_key
from connector.queues import read_sections, render
from odoo_server import CONFIG
from pbx_fixtures import PATIENCE, wait_for
from test_calls import command, exchange, new, odoo, sign_in  # noqa: F401


def ask(exchange, path, **query):  # noqa: F811
    url = f"http://127.0.0.1:{exchange.route_port}/{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.read().decode()


async def configure(exchange, odoo, **changes):  # noqa: F811
    """Change rows of queues by name (None = gone) and have it fetched."""
    rows = {row["name"]: row for row in copy.deepcopy(odoo.config["queues"])}
    hotlines = changes.pop("hotlines", odoo.config["hotlines"])
    for name, values in changes.items():
        if values is None:
            rows.pop(name)
        else:
            rows[name] = {**rows.get(name, {"name": name}), **values}
    odoo.config = {
        **odoo.config,
        "version": str(time.time()),
        "region": "CN",
        "hotlines": hotlines,
        "queues": list(rows.values()),
    }
    await command(exchange, "config.refresh")


def waiting(exchange, queue):  # noqa: F811
    shown = exchange.pbx.cli(f"queue show {queue}")
    return int(shown.split(" has ")[1].split(" calls")[0]) if " has " in shown else None


async def until(condition, what="condition"):
    await asyncio.to_thread(wait_for, condition, what=what)


async def test_a_queue_comes_and_changes_while_a_caller_waits(exchange, odoo):  # noqa: F811
    since = time.time()
    await asyncio.to_thread(exchange.call, steps="stay")
    await until(lambda: waiting(exchange, "orders") == 1, "caller in the queue")
    await configure(
        exchange, odoo, orders={"strategy": "random", "weight": 3}, gold={"ring_seconds": 2}
    )
    assert "strategy = random" in exchange.pbx.queues.read_text()
    shown = await asyncio.to_thread(exchange.pbx.cli, "queue show orders")
    assert "'random' strategy" in shown and "W:3" not in shown.splitlines()[0].split("calls")[0]
    assert waiting(exchange, "orders") == 1 and waiting(exchange, "gold") == 0
    # an agent may sign in to the new queue at once, and the waiting caller is his
    await sign_in(exchange, "1001", answer=300)
    (connect,) = await odoo.until(lambda: new(odoo, "CONNECT", int(since)))
    left = [e for e in odoo.order if e["source"] == "queue_log" and e["at"] >= int(since)]
    assert [
        e["data"]["type"] for e in left if e["data"]["callid"] == connect["data"]["callid"]
    ] == [
        "ENTERQUEUE",
        "CONNECT",
    ], "he has never left the queue"


async def test_a_queue_is_taken_away_after_its_last_caller(exchange, odoo):  # noqa: F811
    await configure(exchange, odoo, late={"ring_seconds": 2})
    hotlines = [{"number": "8000", "queue": "late", "greeting": "welcome"}]
    await configure(exchange, odoo, hotlines=hotlines)
    await asyncio.to_thread(exchange.call, steps="stay")
    await until(lambda: waiting(exchange, "late") == 1, "caller in the queue")
    await configure(exchange, odoo, late=None, hotlines=CONFIG["hotlines"])
    assert waiting(exchange, "late") == 1
    await asyncio.to_thread(exchange.clear)
    await command(exchange, "config.refresh")
    assert waiting(exchange, "late") is None


async def test_members_keep_their_pause_when_their_queues_change(exchange, odoo):  # noqa: F811
    await configure(exchange, odoo, gold={"ring_seconds": 2})
    await sign_in(exchange, "1001", answer=300)
    await command(exchange, "seat.pause", extension="1001", paused=True, reason="tea")
    await command(
        exchange,
        "seat.queues",
        extension="1001",
        queues=[{"name": "gold", "penalty": 2}, {"name": "orders", "penalty": 400}],
    )
    shown = await asyncio.to_thread(exchange.pbx.cli, "queue show")
    lines = [line for line in shown.splitlines() if "PJSIP/1001" in line]
    assert len(lines) == 2 and all("paused" in line for line in lines)
    assert any("penalty 400" in line for line in lines)


async def test_black_list_and_capacity_are_told_and_noted(exchange, odoo):  # noqa: F811
    odoo.callers = [
        [{"key": "+8613700000001", "blocked": True}],
        [{"key": "+8613700000002", "priority": 7, "language": "en_US"}],
    ]
    hotlines = [{"number": "8000", "queue": "orders", "greeting": "welcome", "max_calls": 1}]
    await configure(exchange, odoo, hotlines=hotlines)
    since = time.time()
    caller = await asyncio.to_thread(exchange.call, steps="20000", caller="013700000001")
    (blocked,) = await odoo.until(lambda: new(odoo, "BLOCKED", since))
    (end,) = await odoo.until(lambda: new(odoo, "LINKEDID_END", since))
    assert blocked["data"]["linkedid"] == end["data"]["linkedid"]
    assert not new(odoo, "ENTERQUEUE", since)
    await asyncio.to_thread(caller.wait, PATIENCE)
    await asyncio.to_thread(exchange.call, steps="stay", caller="13700000002")
    await until(lambda: waiting(exchange, "orders") == 1, "the first caller")
    entry = await asyncio.to_thread(exchange.pbx.cli, "queue show orders")
    assert "prio: 7" in entry, "a VIP"
    await asyncio.to_thread(exchange.call, steps="20000", caller="13700000003")
    (limit,) = await odoo.until(lambda: new(odoo, "LIMIT", since))
    assert limit["data"]["hotline"] == "8000"
    assert waiting(exchange, "orders") == 1


async def test_routing_goes_on_with_odoo_away(exchange, odoo):  # noqa: F811
    await configure(exchange, odoo)
    port = odoo.port
    await odoo.stop()
    await asyncio.to_thread(exchange.stop_connector)
    await asyncio.to_thread(exchange.start_connector, f"http://127.0.0.1:{port}", odoo.secret)
    route = await asyncio.to_thread(
        lambda: ask(exchange, "route", hotline="8000", caller="013700000002")
    )
    assert route == "orders,7,welcome,,,en_US"
    began = time.perf_counter()
    for _ in range(100):
        await asyncio.to_thread(
            lambda: ask(exchange, "queue", queue="orders", caller="13700000002")
        )
    print(f"100 questions in {time.perf_counter() - began:.3f} s")
    await odoo.start()


async def test_overflow_closed_and_timeout(exchange, odoo):  # noqa: F811
    never = {"tz": "Asia/Shanghai", "weekly": [], "closed": [], "open": []}
    await configure(
        exchange,
        odoo,
        orders={"overflow": "closedone", "overflow_seconds": 20, "max_wait_seconds": 100},
        closedone={"overflow": "aftersales", "schedule": never},
    )

    def queue(**query):
        return ask(exchange, "queue", **query).split(",")

    first = await asyncio.to_thread(lambda: queue(queue="orders", caller="13700000009"))
    assert first[:4] == ["wait", "orders", "0", "20"]
    since = int(time.time()) - 20
    then = await asyncio.to_thread(
        lambda: queue(queue="orders", caller="1", since=since, tried="orders", id="x.1")
    )
    assert then[:2] == ["wait", "aftersales"] and 78 <= int(then[3]) <= 80
    since -= 90
    over = await asyncio.to_thread(
        lambda: queue(queue="orders", caller="1", since=since, tried="orders.aftersales")
    )
    assert over[0] == "timeout"
    closed = await asyncio.to_thread(lambda: queue(queue="closedone", caller="1"))
    assert closed[0] == "closed"
    assert await asyncio.to_thread(lambda: ask(exchange, "queue", queue="nowhere")) == ""


def test_opening_hours_by_the_clock_of_the_place():
    week = {
        "tz": "Asia/Shanghai",
        "weekly": [[0, "09:00", "12:00"], [0, "13:00", "18:00"]],
        "closed": [["2026-10-05T00:00", "2026-10-06T00:00"]],
        "open": [["2026-10-05T10:00", "2026-10-05T11:00"]],
    }
    monday = 1789952400  # 2026-09-21 09:00 in Shanghai
    assert is_open(week, monday) and not is_open(week, monday - 1)
    assert not is_open(week, monday + 3.5 * 3600) and is_open(week, monday + 4 * 3600)
    holiday = monday + 14 * 86400
    assert not is_open(week, holiday) and is_open(week, holiday + 3600)
    assert is_open(None, monday) and is_open({"tz": "no/where"}, monday)


def test_a_number_has_one_key_and_strangers_have_us_dial_at_home_only():
    for raw in ("13800000001", "013800000001", "+8613800000001", "008613800000001"):
        assert get_key(raw, "CN") == "+8613800000001"
        assert get_dialled(raw, "CN") == "13800000001"
    assert get_key("", "CN") == ""
    assert not get_dialled("+12025550123", "CN") and not get_dialled("10086", "CN")


def test_what_odoo_sends_cannot_become_other_lines():
    text, _rules = render(
        [
            {"name": "a", "strategy": "ringall\n[b]", "music": "x\n[b]", "ring_seconds": "5\n[b]"},
            {"name": "c", "weight": -1, "max_waiting": True, "callback": True, "level_seconds": 20},
        ]
    )
    assert set(read_sections(text)) == {"a", "c"} and "[b]" not in text
    assert read_sections(text)["a"] == ["strategy = rrmemory"]
