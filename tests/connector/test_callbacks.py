"""Callers who ask to be called back: on a real Asterisk, with callers who press keys and a carrier that answers."""

import asyncio
import contextlib
import signal
import time

import pytest
from test_calls import command, exchange, new, odoo, sign_in  # noqa: F401
from test_queues import ask, configure, until, waiting

OFFERED = {
    "callback": True,
    "callback_retry_minutes": 60,
    "callback_tries": 2,
    "max_wait_seconds": 600,
}


async def wants_to_be_called(exchange, caller, number):  # noqa: F811
    """The caller who waits presses 1 = call me back, and 1 = yes, as soon as the number is being read out."""
    caller.voice.press("1")
    await until(lambda: exchange.doing(number) == "Read", "he is asked")
    caller.voice.press("1")


@pytest.fixture(autouse=True)
async def offered(exchange, odoo):  # noqa: F811
    odoo.callers = []
    await configure(exchange, odoo, orders=OFFERED)
    yield
    # what a test has left open must not wait in the next one
    with contextlib.suppress(AssertionError):
        for event in list(odoo.of("CALLBACK", state="asked")):
            await command(exchange, "callback.cancel", reference=event["data"]["reference"])
    await configure(exchange, odoo, orders={"callback": False})


def states(odoo, reference):  # noqa: F811
    return [e["data"]["state"] for e in odoo.of("CALLBACK", reference=reference)]


async def asks(exchange, odoo, number, since, queue="orders"):  # noqa: F811
    """As the dialplan asks when the caller has confirmed."""
    told = await asyncio.to_thread(
        lambda: ask(
            exchange,
            "callback",
            queue=queue,
            number=number,
            caller=number,
            id=f"t{number}",
            since=int(since),
        )
    )
    assert told == "ok"
    (event,) = await odoo.until(
        lambda: [e for e in new(odoo, "CALLBACK", since) if number in e["data"]["number"]]
    )
    return event["data"]["reference"]


async def test_a_caller_keeps_his_place_and_is_rung_when_it_is_his_turn(exchange, odoo):  # noqa: F811
    since = time.time()
    first = await asyncio.to_thread(exchange.call, steps="stay", caller="13700000011")
    await until(lambda: waiting(exchange, "orders") == 1, "first caller")
    await asyncio.to_thread(exchange.call, steps="stay", caller="13700000012")
    await until(lambda: waiting(exchange, "orders") == 2, "second caller")
    await wants_to_be_called(exchange, first, "13700000011")
    (asked,) = await odoo.until(lambda: new(odoo, "CALLBACK", since))
    facts = asked["data"]
    assert (facts["number"], facts["queue"], facts["state"]) == (
        "+8613700000011",
        "orders",
        "asked",
    )
    await until(lambda: first.poll() is not None, "he has hung up")
    await until(lambda: "Local/s@gb-callback" in exchange.pbx.cli("queue show orders"), "his place")
    lines = await asyncio.to_thread(exchange.pbx.cli, "queue show orders")
    assert lines.index("Local/s@gb-callback") < lines.index("PJSIP/trunk"), "before who came later"
    carrier = await asyncio.to_thread(exchange.carrier, answer=700)
    await sign_in(exchange, "1001", answer=300)
    await odoo.until(lambda: "answered" in states(odoo, facts["reference"]))
    assert states(odoo, facts["reference"]) == ["asked", "dialling", "answered"]
    rang = await odoo.until(lambda: new(odoo, "ANSWER", since, linkedid="cb-"))
    places = [e["data"]["context"] for e in rang]
    # his other half answers at once, then the agent, then the customer
    assert places.index("gb-agent") < places.index("gb-inbound")
    assert waiting(exchange, "orders") == 1
    carrier.kill()


async def test_one_for_a_number_and_queue_and_cancelled_by_odoo(exchange, odoo):  # noqa: F811
    since = time.time()
    reference = await asks(exchange, odoo, "13700000021", since)
    again = await asyncio.to_thread(
        lambda: ask(exchange, "callback", queue="orders", number="+86 137 0000 0021", caller="x")
    )
    assert again == "known"
    await until(lambda: waiting(exchange, "orders") == 1, "his place")
    assert (await command(exchange, "callback.cancel", reference=reference))["state"] == "cancelled"
    await until(lambda: waiting(exchange, "orders") == 0, "his place is gone")
    assert (await command(exchange, "callback.cancel", reference=reference))["state"] == "cancelled"
    await odoo.until(lambda: states(odoo, reference) == ["asked", "cancelled"])
    offer = await asyncio.to_thread(
        lambda: ask(exchange, "callback", queue="orders", number="", caller="13700000021")
    )
    assert offer == "offer,13700000021"
    for number in ("", "+12025550123", "10086"):
        told = await asyncio.to_thread(
            lambda number=number: ask(
                exchange, "callback", queue="orders", number=number, caller="anonymous"
            )
        )
        assert told == "invalid", number


async def test_a_killed_connector_neither_loses_nor_doubles(exchange, odoo):  # noqa: F811
    since = time.time()
    reference = await asks(exchange, odoo, "13700000031", since)
    await until(lambda: waiting(exchange, "orders") == 1, "his place")
    await asyncio.to_thread(exchange.stop_connector, signal.SIGKILL)
    await asyncio.to_thread(exchange.start_connector, odoo.url, odoo.secret)
    await command(exchange, "config.refresh")
    assert waiting(exchange, "orders") == 1
    # the place itself is lost: it is taken again
    await asyncio.to_thread(exchange.pbx.cli, "channel request hangup all")
    await until(lambda: waiting(exchange, "orders") == 0, "his place is lost")
    await until(lambda: waiting(exchange, "orders") == 1, "his place again")
    assert states(odoo, reference) == ["asked"]


async def test_a_customer_who_does_not_answer_is_rung_again_later(exchange, odoo):  # noqa: F811
    since = time.time()
    reference = await asks(exchange, odoo, "13700000041", since)
    carrier = await asyncio.to_thread(lambda: exchange.carrier(reject=486, answer=100))
    await sign_in(exchange, "1001", answer=300)
    (failed,) = await odoo.until(
        lambda: [e for e in new(odoo, "CALLBACK", since) if e["data"]["state"] == "failed"]
    )
    facts = failed["data"]
    assert (facts["reference"], facts["tries"], facts["final"]) == (reference, 1, False)
    assert facts["reason"] == "busy"
    await until(lambda: waiting(exchange, "orders") == 0, "not at once")
    carrier.kill()


async def test_who_waits_himself_after_all_is_not_called_as_well(exchange, odoo):  # noqa: F811
    since, number = time.time(), "13700000051"
    caller = await asyncio.to_thread(exchange.call, steps="stay", caller=number)
    await until(lambda: waiting(exchange, "orders") == 1, "he waits")
    (enter,) = await odoo.until(lambda: new(odoo, "ENTERQUEUE", since - 1))
    unique = enter["data"]["callid"]

    def wish(**more):
        query = {"queue": "orders", "number": number, "caller": number, "since": int(since)}
        return asyncio.to_thread(lambda: ask(exchange, "callback", **query, **more))

    # it was kept, but the answer came too late: he was told that it had failed
    assert await wish(id=unique) == "ok"
    assert await wish(id=unique) == "ok", "the same question once more"
    assert await wish(id="another") == "known"
    await until(lambda: waiting(exchange, "orders") == 2, "his place beside him")
    await asyncio.to_thread(
        lambda: ask(exchange, "queue", queue="orders", caller=number, id=unique, since=int(since))
    )
    reference = (await odoo.until(lambda: new(odoo, "CALLBACK", since)))[0]["data"]["reference"]
    await odoo.until(lambda: states(odoo, reference) == ["asked", "cancelled"])
    await until(lambda: waiting(exchange, "orders") == 1, "only he himself waits")
    # and he may change his mind once more
    await wants_to_be_called(exchange, caller, number)
    (again,) = await odoo.until(
        lambda: [e for e in new(odoo, "CALLBACK", since) if e["data"]["reference"] != reference]
    )
    assert states(odoo, again["data"]["reference"]) == ["asked"]
    await until(lambda: "Local/s@gb-callback" in exchange.pbx.cli("queue show orders"), "his place")
    await until(lambda: caller.poll() is not None, "he has been told and is hung up on")


async def test_who_came_in_the_same_second_is_not_overtaken(exchange, odoo):  # noqa: F811
    since = time.time()
    for number in ("13700000061", "13700000062", "13700000063"):
        await asyncio.to_thread(exchange.call, steps="stay", caller=number)
    await until(lambda: waiting(exchange, "orders") == 3, "three callers")
    entered = await odoo.until(
        lambda: len(new(odoo, "ENTERQUEUE", since - 1)) == 3 and new(odoo, "ENTERQUEUE", since - 1)
    )
    last = entered[-1]["data"]
    # he came last, and Asterisk knows whole seconds only
    told = await asyncio.to_thread(
        lambda: ask(
            exchange, "callback", queue="orders", number=last["args"][1], caller="1",
            id=last["callid"], since=int(entered[0]["at"]) - 1,
        )
    )  # fmt: skip
    assert told == "ok"
    await until(lambda: waiting(exchange, "orders") == 4, "his place")
    shown = await asyncio.to_thread(exchange.pbx.cli, "queue show orders")
    places = [line for line in shown.splitlines() if "wait:" in line]
    assert [i for i, line in enumerate(places) if "Local/s@gb-callback" in line][0] >= 2
