"""The disk beside the connector is full while callers are led: they are served, and nothing is lost when there is room again."""

import asyncio
import contextlib
import subprocess
import time

import pytest
from odoo_server import OdooServer
from pbx_fixtures import PATIENCE, Exchange
from test_ivr import MENU, VOICEMAIL, new, publish, sign_in, step_entered, steps_of

SIZE = "8m"


class SmallDisk:
    """A file system of its own for the journal."""

    def __init__(self, folder):
        self.folder = folder
        self.stuff = folder / "stuff"

    def fill(self):
        """Not a byte is left."""
        with open(self.stuff, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1024))

    def free(self):
        """There is room again."""
        self.stuff.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def exchange():
    exchange = Exchange(IVR_PATIENCE=12)
    small = exchange.run / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(small)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
        if done.returncode:
            pytest.skip("needs the right to mount a file system")
        try:
            # SQLite keeps its other files where the link leads
            (exchange.run / "journal.db").symlink_to(small / "journal.db")
            exchange.disk = SmallDisk(small)
            yield exchange.start()
        finally:
            exchange.stop_connector()
            subprocess.run(["umount", "-l", str(small)], check=True)
    finally:
        exchange.stop()


@pytest.fixture
async def odoo(exchange):
    server = await OdooServer().start()
    await asyncio.to_thread(exchange.start_connector, server.url, server.secret)
    try:
        yield server
    finally:
        exchange.disk.free()
        await asyncio.to_thread(exchange.clear)
        exchange.phones.remove("1001")
        await asyncio.to_thread(exchange.stop_connector)
        await server.stop()


async def all_told(exchange, odoo, since):
    """Every CEL line since has come, and is known once."""

    def facts(events):
        return sorted((at, data["type"]) for at, data in events if at >= since)

    def look():
        told = facts((e["at"], e["data"]) for e in odoo.order if e["source"] == "cel")
        return told == facts(exchange.read("cel"))

    await odoo.until(look)
    assert len({e["id"] for e in odoo.order}) == len(odoo.order)


async def test_a_message_left_on_a_full_disk_arrives_later(exchange, odoo):
    await publish(odoo, exchange, VOICEMAIL)
    since = time.time()
    caller = exchange.call(steps="stay")
    await odoo.until(lambda: step_entered(exchange, "menu"))
    files = exchange.pbx.messages
    await odoo.until(lambda: any(p.stat().st_size > 40000 for p in files.glob("vm-*.wav")))
    exchange.disk.fill()
    began = time.monotonic()
    caller.voice.press("#")
    # he hears that he has been understood, and is hung up on
    assert await asyncio.to_thread(caller.wait, PATIENCE) == 0
    assert time.monotonic() - began < 60
    assert exchange.connector.poll() is None
    assert not new(odoo, "VOICEMAIL", since)
    exchange.disk.free()
    (message,) = await odoo.until(lambda: new(odoo, "VOICEMAIL", since))
    assert message["data"]["duration"] > 1
    await odoo.until(lambda: message["data"]["sha256"] in odoo.recordings)
    steps, _end = await steps_of(odoo, since)
    assert steps[-1][0] in ("menu", "bye")
    await all_told(exchange, odoo, since)


async def test_callers_on_a_full_disk_are_led_and_reach_agents(exchange, odoo):
    await publish(odoo, exchange, MENU)
    await sign_in(exchange, "1001", answer=200)
    since = time.time()
    exchange.disk.fill()
    served = exchange.call(steps="1500 dtmf:2 stay")
    talking = exchange.call(steps="1500 dtmf:1 stay", caller="13900000002")

    def connected():
        return [
            d for at, d in exchange.read("queue_log") if at >= int(since) and d["type"] == "CONNECT"
        ]

    assert await asyncio.to_thread(served.wait, PATIENCE) == 0
    await odoo.until(connected)
    # that is looked at every ten seconds
    await odoo.until(lambda: exchange.health().get("disk") == "low")
    assert exchange.connector.poll() is None and talking.poll() is None
    exchange.disk.free()
    await asyncio.to_thread(exchange.clear)
    await steps_of(odoo, since, 2)
    await all_told(exchange, odoo, since)
