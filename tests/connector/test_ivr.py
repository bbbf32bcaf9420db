"""Callers in flows: a real Asterisk, the real connector, a server that plays Odoo."""

import asyncio
import time

import pytest
from flows import document, menu, queue, say
from odoo_server import OdooServer
from pbx_fixtures import Exchange


@pytest.fixture(scope="module")
def exchange():
    exchange = Exchange(IVR_PATIENCE=6)
    try:
        yield exchange.start()
    finally:
        exchange.stop()


@pytest.fixture
async def odoo(exchange):
    server = await OdooServer().start()
    await asyncio.to_thread(exchange.start_connector, server.url, server.secret)
    try:
        yield server
    finally:
        for seat in list(exchange.phones.processes):
            await asyncio.to_thread(exchange.command, "seat.sign_out", extension=seat)
            exchange.phones.remove(seat)
        await asyncio.to_thread(exchange.clear)
        await asyncio.to_thread(exchange.stop_connector)
        await server.stop()


async def publish(odoo, exchange, nodes, start="menu", **values):
    """Make the hotline 8000 use this flow; wait until the connector does."""
    digest = odoo.publish(document(nodes, start, **values), "8000")
    await asyncio.to_thread(exchange.command, "config.refresh")
    await odoo.until(lambda: odoo.has(digest))
    await odoo.until(lambda: exchange.health().get("flows") == "up")
    return digest


def new(odoo, kind, since, **match):
    return [e for e in odoo.of(kind, **match) if e["at"] >= since]


async def steps_of(odoo, since, count=1):
    """``[(node, input, exit)]`` of the session that has ended since, in order."""
    ends = await odoo.until(
        lambda: len(new(odoo, "IVR_END", since)) >= count and new(odoo, "IVR_END", since)
    )
    end = ends[count - 1]["data"]
    found = [e["data"] for e in odoo.of("IVR_STEP", session=end["session"])]
    assert [e["n"] for e in found] == list(range(1, len(found) + 1))
    return [(e["entry"]["node"], e["entry"]["input"], e["entry"]["exit"]) for e in found], end


MENU = {
    "menu": menu({"1": "orders", "2": "bye", "invalid": "orders", "timeout": "orders"}),
    "orders": queue(),
    "bye": {"op": "hangup", "speech": say("再见")},
}


async def test_a_key_leads_to_its_node(exchange, odoo):
    await publish(odoo, exchange, MENU)
    since = time.time()
    caller = exchange.call(steps="2000 dtmf:2 20000")
    steps, end = await steps_of(odoo, since)
    assert steps == [("menu", "2", "2"), ("bye", "", "")]
    assert end["reason"] == "hangup"
    assert await asyncio.to_thread(caller.wait) == 0
