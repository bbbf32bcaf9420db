"""The connector dies between a question to Odoo and its answer: it asks the same again, so nothing is done twice."""

import asyncio
import signal
import time

import pytest
from flows import say
from pbx_fixtures import PATIENCE
from test_ivr import exchange, new, odoo, publish, restart, steps_of  # noqa: F401

FLOW = {
    "menu": {
        "op": "ask", "name": "cart_confirm", "args": {}, "timeout": 8, "speech": [], "sets": ["order_name"],
        "exits": {"confirmed": "bye", "failed": "sorry"},
    },
    "bye": {"op": "hangup", "speech": say("订单 {order_name|digits}")},
    "sorry": {"op": "hangup", "speech": say("抱歉")},
}  # fmt: skip


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_the_same_question_is_asked_again(exchange, odoo, how):  # noqa: F811
    await publish(odoo, exchange, FLOW)
    done, orders = asyncio.Event(), {}

    async def confirm(question):
        # as Odoo: once for each id, and the answer is late
        orders.setdefault(question["id"], f"S{len(orders) + 1}")
        if len(odoo.asks) == 1:
            await done.wait()
        return {"exit": "confirmed", "values": {"order_name": orders[question["id"]]}}

    odoo.answers["cart_confirm"] = confirm
    since = time.time()
    caller = exchange.call(steps="stay")
    await odoo.until(lambda: odoo.asks)
    await restart(exchange, odoo, how)
    await odoo.until(lambda: len(odoo.asks) > 1)
    done.set()
    steps, end = await steps_of(odoo, since)
    assert steps == [("menu", "", "confirmed"), ("bye", "", "")] and end["reason"] == "hangup"
    assert await asyncio.to_thread(caller.wait, PATIENCE) == 0
    assert len(orders) == 1 and len({ask["id"] for ask in odoo.asks}) == 1
    assert len(new(odoo, "IVR_END", since)) == 1
