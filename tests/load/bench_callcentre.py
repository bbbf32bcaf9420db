"""What the call centre costs: printed beside plain SQL and Odoo's default, in one run on one machine.

GB_AGENTS=100 GB_PARTNERS=1000000 are the sizes.
"""

import asyncio
import contextlib
import json
import os
import re
import secrets
import signal
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path

import aiohttp
import psycopg2
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "addons/gb_callcenter/tools"))

from pbx_fixtures import free_ports, wait_for
from signature import sign

SECRET = secrets.token_hex(24)
RINGS = 150


@pytest.fixture(scope="module")
def server(bench_database):
    sizes = {"GB_AGENTS": "100", "GB_PARTNERS": "1000000"}
    with bench_database("bench", GB_SECRET=SECRET, **sizes) as bench:
        seed = json.loads(re.search(r"^SEED (.*)$", bench.seed("seed_bench.py"), re.M)[1])
        port, gevent_port = free_ports(2)
        url = f"http://127.0.0.1:{port}"
        process = subprocess.Popen(
            # as in production: one thread of a single process for each websocket would not do
            [os.environ["GB_ODOO"], "-c", os.environ["GB_ODOO_CONF"], "-d", bench.name, "--log-level=error",
             f"--http-port={port}", f"--gevent-port={gevent_port}", "--workers=2", f"--db-filter=^{bench.name}$",
             "--max-cron-threads=0"],
            env=bench.environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for(lambda: asyncio.run(_answers(url + "/web/login")), 60, "Odoo")
            gevent = f"http://127.0.0.1:{gevent_port}/websocket/health"
            wait_for(lambda: asyncio.run(_answers(gevent)), 60, "Odoo's websocket process")
            yield {
                "url": url,
                "bench": bench,
                "gevent_port": gevent_port,
                **seed,
            }
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


async def _answers(url):
    try:
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def event(kind, at, linked, channel, **data):
    """A CEL event as the connector sends it."""
    fields = dict.fromkeys(
        ("context", "exten", "cid_num", "cid_name", "app", "appdata", "peer", "userdef"), ""
    )
    return {
        "seq": 1, "id": uuid.uuid4().hex, "source": "cel", "at": at,
        "data": {**fields, "type": kind, "channel": channel, "uniqueid": data.pop("uniqueid", linked), "linkedid": linked, "extra": {}, **data},
    }  # fmt: skip


async def post(http, url, events):
    body = json.dumps({"journal": "bench", "events": events}).encode()
    headers = {"Content-Type": "application/json", **sign(SECRET, body)}
    async with http.post(
        url + "/gb/v1/telephony/bench/events", data=body, headers=headers
    ) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def measure_pop(server):
    """Milliseconds from posting a ring to its message in the agent's websocket, with every agent connected."""
    arrivals, spent = {}, []
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(connector=connector) as http,
        contextlib.AsyncExitStack() as stack,
    ):

        async def listen(socket):
            async for message in socket:
                for row in json.loads(message.data):
                    payload = row["message"]["payload"]
                    if isinstance(payload, dict) and payload.get("event") == "ring":
                        waiting = arrivals.get(payload["seat_id"])
                        if waiting and not waiting.done():
                            waiting.set_result(time.perf_counter())

        ws = f"ws://127.0.0.1:{server['gevent_port']}/websocket?version={server['version']}"
        for sid in server["sessions"]:
            socket = await stack.enter_async_context(
                http.ws_connect(
                    ws, headers={"Cookie": f"session_id={sid}", "Origin": server["url"]}
                )
            )
            await socket.send_json({"event_name": "subscribe", "data": {"channels": [], "last": 0}})
            stack.callback(asyncio.create_task(listen(socket)).cancel)
        with contextlib.closing(psycopg2.connect(dbname=server["bench"].name)) as connection:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id, extension FROM gb_seat WHERE extension LIKE '2%' AND user_id IS NOT NULL"
                )
                seats = cursor.fetchall()
        await asyncio.sleep(2)  # the websockets' subscriptions have no answer to wait for
        for turn in range(RINGS):
            seat_id, extension = seats[turn % len(seats)]
            now, linked = time.time(), f"bench-{turn}"
            waiting = arrivals[seat_id] = asyncio.get_running_loop().create_future()
            await post(
                http, server["url"],
                [event("CHAN_START", now - 5, linked, "PJSIP/trunk-1", context="gb-inbound", exten="8000", cid_num="13000000700"),
                 event("ANSWER", now - 5, linked, "PJSIP/trunk-1"),
                 event("APP_START", now - 1, linked, "PJSIP/trunk-1", app="Queue", appdata="orders,,")],
            )  # fmt: skip
            seat_channel = f"{linked}-seat"
            ring = event(
                "CHAN_START",
                now,
                linked,
                f"PJSIP/{extension}-1",
                context="gb-agent",
                uniqueid=seat_channel,
            )
            began = time.perf_counter()
            await post(http, server["url"], [ring])
            spent.append((await asyncio.wait_for(waiting, 10) - began) * 1000)
            ends = [
                event(
                    "HANGUP",
                    now + 1,
                    linked,
                    f"PJSIP/{extension}-1",
                    uniqueid=seat_channel,
                    context="gb-agent",
                ),
                event("HANGUP", now + 1, linked, "PJSIP/trunk-1"),
                event("LINKEDID_END", now + 1, linked, "PJSIP/trunk-1"),
            ]
            await post(http, server["url"], ends)
    return spent


def test_screen_pop(server, report):
    spent = sorted(asyncio.run(asyncio.wait_for(measure_pop(server), 180))[10:])
    report.append(
        (
            f"ring event posted → message in the browser's websocket, {len(server['sessions'])} agents connected",
            {
                "p50_ms": round(statistics.median(spent), 1),
                "p95_ms": round(spent[int(len(spent) * 0.95)], 1),
                "goal_p95_ms": 150,
            },
        )
    )


async def measure_posts(server, size, count):
    async with aiohttp.ClientSession() as http:
        began = time.perf_counter()
        for batch in range(count):
            events = [
                event(
                    "CHAN_START",
                    time.time(),
                    f"post-{size}-{batch}-{number}",
                    "PJSIP/trunk-1",
                    context="gb-inbound",
                    exten="8000",
                    cid_num="13000000700",
                )
                for number in range(size)
            ]
            await post(http, server["url"], events)
        return size * count / (time.perf_counter() - began)


def test_signed_batches(server, report):
    for size, count in ((1, 100), (100, 20)):
        rate = asyncio.run(measure_posts(server, size, count))
        report.append((f"signed POST, {size} new call(s) a batch", {"calls_per_s": round(rate)}))


def test_in_one_process(server, report):
    report.extend(server["bench"].measure("in_odoo.py"))
