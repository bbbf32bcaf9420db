"""Real calls on a real Asterisk, through the real connector, to a server that plays Odoo."""

import asyncio
import hashlib
import signal
import time

import pytest
from odoo_server import OdooServer
from pbx_fixtures import Exchange


@pytest.fixture(scope="module")
def exchange():
    exchange = Exchange()
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
        await asyncio.to_thread(exchange.stop_connector)
        await server.stop()
        await asyncio.to_thread(exchange.clear)


async def command(exchange, command, /, **args):
    status, answer = await asyncio.to_thread(lambda: exchange.command(command, **args))
    assert status == 200, answer
    return answer["result"]


async def sign_in(exchange, seat, queue="orders", wrap_seconds=0, **phone):
    await asyncio.to_thread(lambda: exchange.phones.add(seat, **phone))
    await command(
        exchange,
        "seat.sign_in",
        extension=seat,
        name=f"Agent {seat}",
        queues=[{"name": queue, "penalty": 0}],
        paused=False,
        reason="",
        wrap_seconds=wrap_seconds,
    )


def new(odoo, kind, since, **match):
    return [e for e in odoo.of(kind, **match) if e["at"] >= since]


async def test_a_call_is_greeted_queued_answered_and_its_recording_uploaded(exchange, odoo):
    since = time.time()
    await sign_in(exchange, "1001", answer=500)
    exchange.call(steps="15000")
    (end,) = await odoo.until(lambda: new(odoo, "LINKEDID_END", since))
    linked = end["data"]["linkedid"]
    (announced,) = await odoo.until(lambda: odoo.of("RECORDING", linkedid=linked))
    facts = announced["data"]
    await odoo.until(lambda: facts["sha256"] in odoo.recordings)
    assert len(odoo.recordings[facts["sha256"]]) == facts["size"]
    talk = [e["at"] for e in odoo.of("BRIDGE_ENTER", linkedid=linked)]
    assert abs(facts["duration"] - (end["at"] - max(talk))) < 1
    start = odoo.of("CHAN_START", linkedid=linked, context="gb-inbound")[0]
    assert start["data"]["exten"] == "8000" and start["data"]["cid_num"] == "13800000001"
    ring = odoo.of("CHAN_START", linkedid=linked, context="gb-agent")[0]
    assert ring["data"]["channel"].startswith("PJSIP/1001-")
    (connect,) = odoo.of("CONNECT", callid=linked)
    assert connect["data"]["agent"] == "PJSIP/1001"
    states = [e["data"]["state"] for e in new(odoo, "DeviceState", since, extension="1001")]
    assert states[-4:] == ["idle", "ringing", "in_use", "idle"]


async def test_what_is_sent_is_what_the_files_say_in_their_order(exchange, odoo):
    await odoo.until(lambda: exchange.health()["pending"] == 0)
    for source in ("cel", "queue_log"):
        sent = [(e["at"], e["data"]) for e in odoo.order if e["source"] == source]
        written = exchange.read(source)
        assert sent == written[len(written) - len(sent) :]


async def test_no_answer_goes_to_the_next_agent(exchange, odoo):
    since = time.time()
    await sign_in(exchange, "1001", answer=60000)
    exchange.call(steps="stay")
    await odoo.until(lambda: new(odoo, "CHAN_START", since, channel="PJSIP/1001-"))
    await sign_in(exchange, "1002", answer=300)
    await odoo.until(lambda: new(odoo, "RINGNOANSWER", since - 1, agent="PJSIP/1001"))
    await odoo.until(lambda: new(odoo, "CONNECT", since - 1, agent="PJSIP/1002"))
    await command(exchange, "call.hangup", extension="1002")
    await odoo.until(lambda: new(odoo, "LINKEDID_END", since))


async def test_a_customer_who_gives_up_is_abandoned(exchange, odoo):
    since = time.time()
    exchange.call(steps="20000")
    (abandon,) = await odoo.until(lambda: new(odoo, "ABANDON", since - 1))
    assert int(abandon["data"]["args"][2]) >= 1


async def test_an_agent_who_refuses_loses_the_call_to_the_next(exchange, odoo):
    since = time.time()
    await sign_in(exchange, "1001", answer=60000)
    exchange.call(steps="stay")
    await odoo.until(lambda: new(odoo, "CHAN_START", since, channel="PJSIP/1001-"))
    await sign_in(exchange, "1002", answer=300)
    await command(exchange, "call.hangup", extension="1001")
    await odoo.until(lambda: new(odoo, "CONNECT", since - 1, agent="PJSIP/1002"))
    assert not new(odoo, "CONNECT", since - 1, agent="PJSIP/1001")


async def test_the_screen_answers_a_phone_that_can(exchange, odoo):
    since = time.time()
    await sign_in(exchange, "1001", answer=60000)
    exchange.call(steps="stay")
    await odoo.until(lambda: new(odoo, "DeviceState", since, extension="1001", state="ringing"))
    await command(exchange, "call.answer", extension="1001")
    await odoo.until(lambda: new(odoo, "CONNECT", since - 1, agent="PJSIP/1001"))
    await command(exchange, "call.hangup", extension="1001")
    await odoo.until(lambda: new(odoo, "LINKEDID_END", since))


async def test_hold_unhold_mute_and_transfer(exchange, odoo):
    since = time.time()
    await sign_in(exchange, "1001", answer=300)
    await asyncio.to_thread(lambda: exchange.phones.add("1003", answer=300))
    exchange.call(steps="stay")
    await odoo.until(lambda: len(new(odoo, "BRIDGE_ENTER", since)) == 2)
    linked = new(odoo, "BRIDGE_ENTER", since)[0]["data"]["linkedid"]
    assert linked in (await command(exchange, "calls.alive"))["linkedids"]
    await command(exchange, "call.hold", extension="1001")
    await command(exchange, "call.hold", extension="1001")
    (held,) = await odoo.until(lambda: new(odoo, "USER_DEFINED", since, userdef="GB_HOLD"))
    assert held["data"]["channel"].startswith("PJSIP/trunk-")
    await command(exchange, "call.unhold", extension="1001")
    await odoo.until(lambda: new(odoo, "USER_DEFINED", since, userdef="GB_UNHOLD"))
    await command(exchange, "call.mute", extension="1001")
    await command(exchange, "call.unmute", extension="1001")
    await command(exchange, "call.dtmf", extension="1001", digits="12#")
    await command(exchange, "call.hold", extension="1001")
    await command(exchange, "call.transfer", extension="1001", target="1003", kind="blind")
    (moved,) = await odoo.until(lambda: new(odoo, "BLINDTRANSFER", since, channel="PJSIP/1001-"))
    assert moved["data"]["extra"]["extension"] == "1003"
    await odoo.until(lambda: new(odoo, "BRIDGE_ENTER", since, channel="PJSIP/1003-"))
    await command(exchange, "call.hangup", extension="1003")
    await odoo.until(lambda: new(odoo, "LINKEDID_END", since))


async def test_the_seat_hangs_up_while_it_holds(exchange, odoo):
    since = time.time()
    await sign_in(exchange, "1001", answer=300)
    exchange.call(steps="stay")
    await odoo.until(lambda: len(new(odoo, "BRIDGE_ENTER", since)) == 2)
    await command(exchange, "call.hold", extension="1001")
    await command(exchange, "call.hangup", extension="1001")
    await odoo.until(lambda: new(odoo, "LINKEDID_END", since))


async def test_transfer_to_a_queue(exchange, odoo):
    since = time.time()
    await sign_in(exchange, "1001", answer=300)
    await sign_in(exchange, "1002", queue="aftersales", answer=300)
    exchange.call(steps="stay")
    await odoo.until(lambda: len(new(odoo, "BRIDGE_ENTER", since)) == 2)
    status, answer = await asyncio.to_thread(
        lambda: exchange.command(
            "call.transfer", extension="1001", target="queue:nowhere", kind="blind"
        )
    )
    assert (status, answer["error"]) == (404, "unknown_queue")
    await command(
        exchange, "call.transfer", extension="1001", target="queue:aftersales", kind="blind"
    )
    await odoo.until(
        lambda: new(odoo, "CONNECT", since - 1, queue="aftersales", agent="PJSIP/1002")
    )
    await command(exchange, "call.hangup", extension="1002")
    await odoo.until(lambda: new(odoo, "LINKEDID_END", since))


async def test_dialling_rings_the_seat_then_the_number_once_per_intent(exchange, odoo):
    since = time.time()
    await asyncio.to_thread(lambda: exchange.phones.add("1001", answer=300))
    exchange.carrier(answer=300, talk=2000)
    await odoo.until(lambda: odoo.of("DeviceState", extension="1001"))
    for _ in range(2):
        result = await command(
            exchange,
            "call.dial",
            command_id="dial-once",
            extension="1001",
            number="13912345678",
            caller_id="4008001111",
        )
    (end,) = await odoo.until(lambda: new(odoo, "LINKEDID_END", since))
    assert end["data"]["linkedid"] == result["linkedid"]
    (dial,) = new(odoo, "APP_START", since, app="Dial")
    assert dial["data"]["exten"] == "13912345678" and dial["data"]["cid_num"] == "4008001111"
    (recording,) = await odoo.until(lambda: odoo.of("RECORDING", linkedid=result["linkedid"]))
    assert recording["data"]["duration"] > 1


async def test_after_call_work_begins_with_the_answer_and_ends_by_itself(exchange, odoo):
    since = time.time()
    await sign_in(exchange, "1001", answer=300, wrap_seconds=2)
    exchange.call(steps="20000")
    (pause,) = await odoo.until(lambda: new(odoo, "PAUSE", since - 1, agent="PJSIP/1001"))
    assert pause["data"]["args"] == ["wrap-up"]
    assert not new(odoo, "COMPLETECALLER", since - 1)
    # the connector dies during the call: what it wanted is still true afterwards
    await asyncio.to_thread(exchange.stop_connector, signal.SIGKILL)
    await asyncio.to_thread(exchange.start_connector, odoo.url, odoo.secret)
    (end,) = await odoo.until(lambda: new(odoo, "COMPLETECALLER", since - 1))
    (lifted,) = await odoo.until(lambda: new(odoo, "UNPAUSE", since - 1, agent="PJSIP/1001"))
    assert 1 <= lifted["at"] - end["at"] <= 30


async def test_odoo_ends_after_call_work(exchange, odoo):
    since = time.time()
    await sign_in(exchange, "1001", answer=300)
    exchange.call(steps="20000")
    await odoo.until(lambda: new(odoo, "COMPLETECALLER", since - 1))
    assert not new(odoo, "UNPAUSE", since - 1)
    await command(exchange, "seat.pause", extension="1001", paused=False, reason="")
    await odoo.until(lambda: new(odoo, "UNPAUSE", since - 1, agent="PJSIP/1001"))


async def test_asterisk_killed_in_a_call_and_restarted(exchange, odoo):
    since = time.time()
    await sign_in(exchange, "1001", answer=300)
    exchange.call(steps="stay")
    await odoo.until(lambda: len(new(odoo, "BRIDGE_ENTER", since)) == 2)
    linked = new(odoo, "BRIDGE_ENTER", since)[0]["data"]["linkedid"]
    # some seconds of sound reach the disk before the power is cut
    grown = exchange.pbx.recordings / f"{linked}.wav"
    await odoo.until(lambda: grown.exists() and grown.stat().st_size > 20000)
    await asyncio.to_thread(exchange.kill_pbx)
    await odoo.until(lambda: exchange.health()["pbx"] == "down")
    assert exchange.command("call.hangup", extension="1001")[1]["error"] == "pbx_down"
    await asyncio.to_thread(exchange.start)
    await odoo.until(lambda: new(odoo, "PBX_UP", since - 1))
    await odoo.until(lambda: exchange.health()["pbx"] == "up")
    (announced,) = await odoo.until(lambda: odoo.of("RECORDING", linkedid=linked))
    content = await odoo.until(lambda: odoo.recordings.get(announced["data"]["sha256"]))
    assert int.from_bytes(content[40:44], "little") == len(content) - 44
    # the seat is a member again and takes the next call
    await asyncio.to_thread(lambda: exchange.phones.add("1001", answer=300))
    await command(exchange, "seat.pause", extension="1001", paused=False, reason="")
    again = time.time()
    exchange.call(steps="20000", caller="13800000009")
    await odoo.until(lambda: new(odoo, "CONNECT", again - 1, agent="PJSIP/1001"))
    await odoo.until(lambda: new(odoo, "COMPLETECALLER", again - 1))


async def test_calls_go_on_without_the_connector_and_arrive_later(exchange, odoo):
    since = time.time()
    await sign_in(exchange, "1001", answer=300)
    await asyncio.to_thread(exchange.stop_connector)
    caller = exchange.call("8001", steps="20000", caller="13800000077")
    assert await asyncio.to_thread(caller.wait) == 0
    await asyncio.to_thread(exchange.start_connector, odoo.url, odoo.secret)
    (enter,) = await odoo.until(lambda: new(odoo, "ENTERQUEUE", since - 1))
    # nobody to ask for the route: the default queue
    assert enter["data"]["queue"] == "orders"
    (announced,) = await odoo.until(lambda: new(odoo, "RECORDING", since))
    content = await odoo.until(lambda: odoo.recordings.get(announced["data"]["sha256"]))
    assert hashlib.sha256(content).hexdigest() == announced["data"]["sha256"]


async def test_the_route_follows_odoo_and_an_unknown_hotline_gets_the_default(exchange, odoo):
    since = time.time()
    exchange.call("8001", steps="20000")
    (enter,) = await odoo.until(lambda: new(odoo, "ENTERQUEUE", since - 1))
    assert enter["data"]["queue"] == "aftersales"
    since = (await odoo.until(lambda: new(odoo, "LINKEDID_END", since)))[0]["at"]
    exchange.call("8888", steps="20000", caller=None)
    (enter,) = await odoo.until(lambda: new(odoo, "ENTERQUEUE", since + 0.5))
    assert enter["data"]["queue"] == "orders" and enter["data"]["args"][1] == "anonymous"
    await odoo.until(lambda: new(odoo, "ABANDON", since))
