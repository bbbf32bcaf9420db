"""What flows cost on calls: real Asterisk and SIPp callers, the connector's flow beside the same menu in plain dialplan, in one run.

A caller hears a second of sound, presses a key half a second later, hears 3.4 seconds more and is hung up on. The rate grows until the
first call fails. GB_RATES (calls a second), GB_SECONDS (of each step), GB_WAITING (callers who wait in a menu at the same time), GB_ASKS are the sizes.
"""

import asyncio
import hashlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "connector"))
sys.path.insert(0, str(Path(__file__).parents[2] / "addons/gb_ivr_bridge"))

import callers
from connector.lookups import Asks
from connector.metrics import Metrics
from connector.odoo import Odoo
from flows import document, menu
from odoo_server import OdooServer
from pbx_fixtures import Exchange, free_ports, wait_for

SECRET = secrets.token_hex(24)
RATES = [float(rate) for rate in os.environ.get("GB_RATES", "2 5 10 20 40 60 80").split()]
SECONDS = float(os.environ.get("GB_SECONDS", "10"))
WAITING = [int(count) for count in os.environ.get("GB_WAITING", "50 100 200 400 800").split()]
ASKS = int(os.environ.get("GB_ASKS", "200"))
MENU_SECONDS, ANSWER_SECONDS, KEY_AT = 1.0, 3.4, 1.5
# callers of the hotline that only wait press their key when all are there
PATIENT_KEY_AT = 15
TICKS = os.sysconf("SC_CLK_TCK")

# the same menu without us; no Goto into anything else: what Asterisk can do at best
DIALPLAN = """
[gb-inbound](+)
exten => 9000,1,Answer()
 same => n,Read(GB_KEY,{menu},1,,1,5)
 same => n,ExecIf($["${{GB_KEY}}" != "1"]?Hangup())
 same => n,Playback({answer})
 same => n,Hangup()
"""


class Server(OdooServer):
    """Plays Odoo's side in a thread of its own, and notes how late events come."""

    def __init__(self):
        super().__init__(SECRET)
        self.lags = []
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def run(self, coroutine):
        """Its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    async def _events(self, request):
        seen = len(self.order)
        answer = await super()._events(request)
        now = time.time()
        self.lags += [now - event["at"] for event in self.order[seen:] if event["source"] == "cel"]
        return answer


def say(sha256):
    """A speech of one sound."""
    return [{"audio": {"zh_CN": sha256}}]


def flow(code, sounds, timeout):
    """The menu as Odoo compiles it."""
    nodes = {
        "menu": menu({"1": "answer", "timeout": "bye", "invalid": "bye"}, timeout=timeout, retries=0)
        | {"speech": say(sounds["menu"])},
        "answer": {"op": "play", "speech": say(sounds["answer"]), "barge": False, "exits": {"next": "bye"}},
        "bye": {"op": "hangup", "speech": []},
    }  # fmt: skip
    return document(nodes, "menu", code=code)


@pytest.fixture(scope="module")
def exchange():
    # two ports for each call
    exchange = Exchange(RTP0=20000, RTP1=31999)
    server = Server()
    try:
        exchange.start()
        server.run(server.start())
        sounds, paths = {}, {}
        for name, loudness, seconds in (
            ("menu", callers.MENU, MENU_SECONDS),
            ("answer", callers.ANSWER, ANSWER_SECONDS),
        ):
            path = paths[name] = exchange.run / f"{name}.wav"
            callers.write_sound(path, loudness, seconds)
            sounds[name] = hashlib.sha256(path.read_bytes()).hexdigest()
            server.prompts[sounds[name]] = path.read_bytes()
        plan = exchange.run / "etc/extensions.conf"
        twin = DIALPLAN.format(**{name: path.with_suffix("") for name, path in paths.items()})
        plan.write_text(plan.read_text() + twin)
        exchange.pbx.cli("dialplan reload")
        digests = [
            server.publish(flow("main", sounds, 5), "8000"),
            server.publish(flow("patient", sounds, 60), "8001"),
        ]
        exchange.start_connector(server.url, SECRET)
        wait_for(lambda: all(server.has(digest) for digest in digests), 60, "flows")
        wait_for(lambda: exchange.health().get("flows") == "up", 60, "ARI")
        exchange.odoo = server
        yield exchange
    finally:
        exchange.stop()
        server.run(server.stop())
        server.loop.call_soon_threadsafe(server.loop.stop)


def used(pid):
    """Seconds of processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) / TICKS


def ring(exchange, hotline, count, rate, key_at=KEY_AT):
    """Many callers. :return: dict of figures"""
    pids = {"asterisk": exchange.pbx.pid(), "connector": exchange.connector.pid}
    before, exchange.odoo.lags = {name: used(pid) for name, pid in pids.items()}, []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, callers.__file__, exchange.sip, hotline, str(count), f"{rate:g}", str(key_at), folder],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    seconds = time.monotonic() - began
    for name, pid in pids.items():
        cpu = used(pid) - before[name]
        found[f"{name}_ms_a_call"] = round(1000 * cpu / count, 1)
        found[f"{name}_percent"] = round(100 * cpu / seconds)
    wait_for(lambda: exchange.health().get("pending") == 0, 120, "events")
    found["lag_ms"] = callers._figures(exchange.odoo.lags)
    found["load"] = os.getloadavg()[0]
    exchange.clear()
    return found


def told(found):
    """The figures of one step, in words that fit on a line."""
    return {
        "calls": found["calls"], "at_the_same_time": found["peak"], "failed": found["failed"], "repeated": found["repeated"],
        "INVITE→200_ms": found["answer_ms"], "key→prompt_ms": found["key_ms"], "event_lag_ms": found["lag_ms"],
        "asterisk_ms_a_call": found["asterisk_ms_a_call"], "connector_ms_a_call": found["connector_ms_a_call"],
        "asterisk_%": found["asterisk_percent"], "connector_%": found["connector_percent"],
        "load": round(found["load"], 1),
    }  # fmt: skip


def test_five_second_menu(exchange, report):
    kinds = {"flow": "8000", "dialplan": "9000"}
    clean, failed = dict.fromkeys(kinds), {}
    for hotline in kinds.values():
        # what is read and made only once
        ring(exchange, hotline, 2, 2)
    for rate in RATES:
        for kind, hotline in kinds.items():
            if kind in failed:
                continue
            found = ring(exchange, hotline, round(rate * SECONDS), rate)
            report.append((f"five-second menu, {kind}, {rate:g} calls/s", told(found)))
            if found["failed"]:
                failed[kind] = (rate, found)
            else:
                clean[kind] = (rate, found)
    for kind in kinds:
        rate, found = clean[kind] or (0, {"peak": 0})
        limit = failed.get(kind)
        report.append(
            (
                f"five-second menu, {kind}: all calls go through up to",
                {
                    "calls_per_s": rate,
                    "at_the_same_time": found["peak"],
                    "first_failures_at": limit and limit[0],
                    "failed": limit and f"{limit[1]['failed']} of {limit[1]['calls']}",
                },
            )
        )
    if all(clean.values()):
        flow, plain = (clean[kind] for kind in kinds)
        report.append(("flow ÷ dialplan, calls/s without a failure", round(flow[0] / plain[0], 2)))


def test_callers_waiting_in_a_menu(exchange, report):
    """Little happens: how many can be there."""
    for count in WAITING:
        found = ring(exchange, "8001", count, count / 10, PATIENT_KEY_AT)
        report.append((f"{count} callers wait in a menu at the same time", told(found)))
        if found["failed"]:
            break


# ---------------------------------------------------------------------------------------------------------------- real Odoo


@pytest.fixture(scope="module")
def odoo(bench_database):
    with bench_database("ivr", GB_SECRET=SECRET) as bench:
        seed = json.loads(re.search(r"^SEED (.*)$", bench.seed("seed_ivr.py"), re.M)[1])
        (port,) = free_ports(1)
        process = subprocess.Popen(
            [os.environ["GB_ODOO"], "-c", os.environ["GB_ODOO_CONF"], "-d", bench.name, "--log-level=error",
             f"--http-port={port}", f"--gevent-port={free_ports(1)[0]}", "--workers=2", f"--db-filter=^{bench.name}$",
             "--max-cron-threads=0"],
            env=bench.environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield {"url": f"http://127.0.0.1:{port}", **seed}
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


async def measure_asks(odoo, report):
    """One after the other, then eight at a time, as the connector asks."""
    client = Odoo(odoo["url"], "bench", SECRET, 15, 32)
    asks = Asks(client, Metrics())

    async def ask(name, session, number, **args):
        question = {
            "id": f"{session}:{number}", "session": session, "linkedid": session, "hotline": "8000", "caller": odoo["caller"],
            "language": "zh_CN", "flow": "main", "node": name, "name": name, "args": args,
        }  # fmt: skip
        began = time.perf_counter()
        answer = await asks.ask(question, 10)
        return answer["exit"], time.perf_counter() - began

    async def until_there():
        while True:
            try:
                if (await client.post("/config", b"{}"))[0] == 200:
                    return
            except Exception:
                await asyncio.sleep(0.2)

    await asyncio.wait_for(until_there(), 90)
    for turn in range(10):
        await ask("order_status", f"warm-{turn}", 0)
    floor = []
    for _ in range(50):
        began = time.perf_counter()
        await client.post("/ask", b"")
        floor.append(time.perf_counter() - began)
    report.append(("signed request that Odoo refuses at once", callers._figures(floor)))
    for name in ("identify", "order_status", "product"):
        args = {"code": odoo["code"]} if name == "product" else {}
        alone = [await ask(name, f"{name}-{turn}", 0, **args) for turn in range(ASKS)]
        gate = asyncio.Semaphore(8)

        async def one(turn, name=name, args=args, gate=gate):
            async with gate:
                return await ask(name, f"{name}-many-{turn}", 0, **args)

        began = time.perf_counter()
        many = await asyncio.gather(*[one(turn) for turn in range(ASKS)])
        rate = ASKS / (time.perf_counter() - began)
        for text, found in (("one after the other", alone), ("eight at a time", many)):
            figures = {
                **callers._figures([seconds for _, seconds in found]),
                "exits": sorted({exit_ for exit_, _ in found}),
            }
            if found is many:
                figures["asks_per_s"] = round(rate)
            report.append((f"ask {name} of real Odoo, new sessions, {text}, ms", figures))
    await client.close()


def test_questions_to_odoo(odoo, report):
    asyncio.run(measure_asks(odoo, report))
