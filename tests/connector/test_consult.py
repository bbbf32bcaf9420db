"""Consultation, conference, listening in and taking over: on a real Asterisk, with real phones."""

import asyncio
import time

import pytest
from pbx_fixtures import wait_for
from test_calls import command, exchange, new, odoo, sign_in  # noqa: F401
from test_ivr import publish

pytestmark = pytest.mark.usefixtures("odoo")


def channels(exchange):  # noqa: F811
    rows = exchange.pbx.cli("core show channels concise").splitlines()
    names = ("channel", "context", "exten", "priority", "state", "app")
    return [
        {**dict(zip(names, r.split("!"), strict=False)), "bridge": r.split("!")[-2]}
        for r in rows
        if "!" in r
    ]


async def until(condition, what):
    return await asyncio.to_thread(lambda: wait_for(condition, what=what))


def together(exchange, *names):  # noqa: F811
    """Whether exactly these channels talk in one bridge."""

    def look():
        bridges = {}
        for row in channels(exchange):
            if row["bridge"]:
                bridges.setdefault(row["bridge"], set()).add(row["channel"].split("-")[0])
        return set(names) in bridges.values()

    return look


async def talking(exchange, seat="1001"):  # noqa: F811
    """A customer talks with ``seat``."""
    await sign_in(exchange, seat, answer=300)
    exchange.call(steps="stay")
    await until(together(exchange, "PJSIP/trunk", f"PJSIP/{seat}"), "customer and agent talk")


async def consult(exchange, target="1002", **phone):  # noqa: F811
    await asyncio.to_thread(lambda: exchange.phones.add(target, **{"answer": 200, **phone}))
    await command(exchange, "call.consult", extension="1001", target=target)


async def consulting(exchange):  # noqa: F811
    await talking(exchange)
    await consult(exchange)
    await until(
        lambda: any(
            r["channel"].startswith("PJSIP/1002") and r["state"] == "Up" for r in channels(exchange)
        ),
        "the other agent has answered",
    )


def phases(odoo, since):  # noqa: F811
    return [e["data"]["phase"] for e in new(odoo, "Consult", since)]


async def test_attended_transfer(exchange, odoo):  # noqa: F811
    since = time.time()
    await consulting(exchange)
    await command(exchange, "call.complete", extension="1001")
    await until(together(exchange, "PJSIP/trunk", "PJSIP/1002"), "customer and second agent talk")
    await odoo.until(lambda: new(odoo, "ATTENDEDTRANSFER", since))
    await odoo.until(lambda: phases(odoo, since) == ["begin", "complete"])
    assert new(odoo, "Hold", since), "the customer was held meanwhile"


async def test_completed_before_the_other_one_answers(exchange, odoo):  # noqa: F811
    await talking(exchange)
    await consult(exchange, answer=2500)
    await command(exchange, "call.complete", extension="1001")
    await until(together(exchange, "PJSIP/trunk", "PJSIP/1002"), "customer and second agent talk")


async def test_a_seat_that_a_flow_has_rung_consults_as_well(exchange, odoo):  # noqa: F811
    nodes = {
        "menu": {"op": "transfer", "kind": "seat", "target": "1001", "exits": {"after": "bye"}},
        "bye": {"op": "hangup", "speech": []},
    }
    await publish(odoo, exchange, nodes)
    await sign_in(exchange, "1001", answer=300)
    exchange.call(steps="stay")
    await until(together(exchange, "PJSIP/trunk", "PJSIP/1001"), "customer and agent talk")
    await consult(exchange)
    await until(
        lambda: any(
            r["channel"].startswith("PJSIP/1002") and r["state"] == "Up" for r in channels(exchange)
        ),
        "the other agent has answered",
    )
    await command(exchange, "call.complete", extension="1001")
    await until(together(exchange, "PJSIP/trunk", "PJSIP/1002"), "customer and second agent talk")


async def test_cancelled_consultation_brings_the_customer_back(exchange, odoo):  # noqa: F811
    since = time.time()
    await consulting(exchange)
    await command(exchange, "call.cancel_consult", extension="1001")
    await until(together(exchange, "PJSIP/trunk", "PJSIP/1001"), "customer is back")
    assert not any(r["channel"].startswith("PJSIP/1002") for r in channels(exchange))
    await odoo.until(lambda: phases(odoo, since) == ["begin", "cancel"])
    await odoo.until(lambda: new(odoo, "Unhold", since))


async def test_the_other_one_who_does_not_answer(exchange, odoo):  # noqa: F811
    since = time.time()
    await talking(exchange)
    await consult(exchange, reject=486)
    await odoo.until(lambda: new(odoo, "Unhold", since))
    await until(together(exchange, "PJSIP/trunk", "PJSIP/1001"), "customer is back")


async def test_swapping_and_cancelling_while_talking_with_the_customer(exchange, odoo):  # noqa: F811
    await consulting(exchange)
    await command(exchange, "call.swap", extension="1001")
    await until(together(exchange, "PJSIP/trunk", "PJSIP/1001"), "talks with the customer")
    await command(exchange, "call.swap", extension="1001")
    await until(together(exchange, "Local/8@gb", "PJSIP/1001"), "talks with the other agent again")
    await command(exchange, "call.swap", extension="1001")
    await command(exchange, "call.cancel_consult", extension="1001")
    await until(together(exchange, "PJSIP/trunk", "PJSIP/1001"), "customer is back")


async def test_conference_of_three_goes_on_without_the_first(exchange, odoo):  # noqa: F811
    since = time.time()
    await consulting(exchange)
    await command(exchange, "call.conference", extension="1001")
    await until(together(exchange, "PJSIP/trunk", "PJSIP/1001", "PJSIP/1002"), "three talk")
    status, answer = await asyncio.to_thread(
        lambda: exchange.command("call.consult", extension="1001", target="1003")
    )
    assert (status, answer["error"]) == (409, "refused")
    await command(exchange, "call.hangup", extension="1001")
    await until(together(exchange, "PJSIP/trunk", "PJSIP/1002"), "two go on")
    await odoo.until(lambda: phases(odoo, since) == ["begin", "conference"])


async def test_nobody_to_consult(exchange, odoo):  # noqa: F811
    await talking(exchange)
    for name in ("complete", "cancel_consult", "conference", "swap"):
        status, answer = await asyncio.to_thread(
            lambda name=name: exchange.command(f"call.{name}", extension="1001")
        )
        assert (status, answer["error"]) == (409, "no_call")
    status, answer = await asyncio.to_thread(
        lambda: exchange.command("call.consult", extension="1001", target="queue:nowhere")
    )
    assert answer["error"] == "unknown_queue"


@pytest.mark.parametrize("mode", ["listen", "whisper", "barge"])
async def test_supervisor_listens(exchange, odoo, mode):  # noqa: F811
    await talking(exchange)
    await asyncio.to_thread(lambda: exchange.phones.add("1003", answer=100))
    await command(exchange, "call.spy", extension="1003", target="1001", mode=mode)
    await until(
        lambda: any(
            r["channel"].startswith("PJSIP/1003") and r["app"] == "ChanSpy"
            for r in channels(exchange)
        ),
        "the supervisor listens",
    )
    await command(exchange, "call.hangup", extension="1001")
    await until(lambda: not channels(exchange), "the supervisor's call ends with it")


async def test_supervisor_takes_the_customer_over(exchange, odoo):  # noqa: F811
    await talking(exchange)
    await asyncio.to_thread(lambda: exchange.phones.add("1003", answer=100))
    await command(exchange, "call.spy", extension="1003", target="1001", mode="listen")
    await command(exchange, "call.take", extension="1003", target="1001")
    await until(together(exchange, "PJSIP/trunk", "PJSIP/1003"), "customer and supervisor talk")
    assert not any(r["channel"].startswith("PJSIP/1001") for r in channels(exchange))


async def test_the_recording_is_silent_while_it_is_stopped(exchange, odoo):  # noqa: F811
    since = time.time()
    await talking(exchange)
    await command(exchange, "call.record", extension="1001", on=False)
    await odoo.until(lambda: new(odoo, "RecordOff", since))
    await command(exchange, "call.record", extension="1001", on=True)
    await odoo.until(lambda: new(odoo, "RecordOn", since))
