"""Callers in flows: a real Asterisk, the real connector, a server that plays Odoo."""

import asyncio
import contextlib
import hashlib
import io
import json
import signal
import sqlite3
import time
import urllib.request
import wave

import pytest
from flows import document, menu, queue, say
from odoo_server import OdooServer
from pbx_fixtures import PATIENCE, Exchange


@pytest.fixture(scope="module")
def exchange():
    exchange = Exchange(IVR_PATIENCE=12)
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
# longer than Asterisk's patience
LONG = "这是一段很长的话" * 14


async def command(exchange, command, /, **args):
    status, answer = await asyncio.to_thread(lambda: exchange.command(command, **args))
    assert status == 200, answer
    return answer["result"]


async def sign_in(exchange, seat, queue="orders", **phone):
    await asyncio.to_thread(lambda: exchange.phones.add(seat, **phone))
    queues = [{"name": queue, "penalty": 0}]
    await command(exchange, "seat.sign_in", extension=seat, name=f"Agent {seat}", queues=queues)


async def restart(exchange, odoo, how=signal.SIGTERM):
    await asyncio.to_thread(exchange.stop_connector, how)
    await asyncio.to_thread(exchange.start_connector, odoo.url, odoo.secret)


async def led_again(exchange, odoo):
    """The restarted connector has taken up the one caller."""
    url = exchange.connector_url + "/metrics"

    def look():
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return b"gb_ivr_sessions 1.0" in answer.read()

    await odoo.until(look)


def step_entered(exchange, node):
    """Whether a session waits at this node, as the connector has kept it."""
    return any(node in row for row in sessions(exchange))


def sessions(exchange):
    """Nodes of the sessions in the journal."""
    with contextlib.closing(sqlite3.connect(exchange.run / "journal.db")) as db:
        rows = [json.loads(value) for (value,) in db.execute("SELECT value FROM ivr_sessions")]
    return [row["session"]["node"] for row in rows]


async def test_a_key_leads_to_its_node(exchange, odoo):
    await publish(odoo, exchange, MENU)
    since = time.time()
    caller = exchange.call(steps="2000 dtmf:2 stay")
    steps, end = await steps_of(odoo, since)
    assert steps == [("menu", "2", "2"), ("bye", "", "")]
    assert end["reason"] == "hangup"
    assert await asyncio.to_thread(caller.wait) == 0


async def test_a_wrong_key_and_no_key_are_asked_again_and_end_with_an_agent(exchange, odoo):
    await publish(odoo, exchange, MENU)
    since = time.time()
    exchange.call(steps="1500 dtmf:7 stay")
    (enter,) = await odoo.until(lambda: new(odoo, "ENTERQUEUE", since - 1))
    assert enter["data"]["queue"] == "orders"
    await asyncio.to_thread(exchange.clear)
    steps, end = await steps_of(odoo, since)
    assert steps == [("menu", "7", "timeout"), ("orders", "", "")]
    assert end["reason"] == "transfer"


async def test_a_key_ends_what_is_being_said_and_keys_pressed_before_the_question_count(
    exchange, odoo
):
    nodes = {
        "menu": {"op": "play", "speech": say(LONG), "barge": True, "exits": {"next": "code"}},
        "code": {
            "op": "collect", "speech": say(LONG), "variable": "code", "min": 1, "max": 6, "terminator": "#",
            "timeout": 3, "digit_timeout": 2, "retries": 0, "exits": {"ok": "bye"},
        },
        "bye": {"op": "hangup", "speech": []},
    }  # fmt: skip
    await publish(odoo, exchange, nodes)
    since = time.time()
    exchange.call(steps="1500 dtmf:123# stay")
    steps, _end = await steps_of(odoo, since)
    assert steps[:2] == [("menu", "", "next"), ("code", "123", "ok")]
    assert time.time() - since < 25, "he has not heard all of it"


PIN = {
    "menu": {
        "op": "collect", "speech": say("请输入密码"), "variable": "pin", "min": 4, "max": 6, "terminator": "#",
        "timeout": 5, "digit_timeout": 2, "retries": 0, "masked": True,
        "exits": {"ok": "check", "timeout": "orders", "invalid": "orders"},
    },
    "check": {
        "op": "ask", "name": "identify", "args": {"pin": "{pin}"}, "timeout": 5,
        "exits": {"verified": "bye", "failed": "orders"},
    },
    "orders": queue(),
    "bye": {"op": "hangup", "speech": say("您好{customer_name}")},
}  # fmt: skip


async def test_secret_digits_reach_odoo_and_nothing_else(exchange, odoo):
    await publish(odoo, exchange, PIN)
    odoo.answers["identify"] = {
        "exit": "verified",
        "values": {"customer_name": "王女士"},
        "speech": say("您的余额是{customer_name}"),
    }
    since = time.time()
    exchange.call(steps="1500 dtmf:860753# stay")
    steps, _end = await steps_of(odoo, since)
    assert steps[:2] == [("menu", "****", "ok"), ("check", "", "verified")]
    (asked,) = odoo.asks
    assert asked["args"] == {"pin": "860753"} and asked["caller"] == "13800000001"
    assert asked["hotline"] == "8000" and asked["id"].startswith(asked["session"] + ":")
    assert asked["linkedid"] == asked["session"] and asked["language"] == "zh_CN"
    await asyncio.to_thread(exchange.stop_connector)
    check_unknown(exchange, odoo, "860753")


def check_unknown(exchange, odoo, digits):
    """Nothing on the disk or sent as an event has these digits."""
    assert digits not in json.dumps([event["data"] for event in odoo.order])
    for path in exchange.run.rglob("*"):
        if path.is_file() and path.suffix != ".wav":
            assert digits.encode() not in path.read_bytes(), path


async def test_a_crash_while_a_secret_is_known_asks_for_it_again(exchange, odoo):
    await publish(odoo, exchange, PIN)
    asked = asyncio.Event()

    async def hang(_question):
        asked.set()
        await asyncio.sleep(4)

    odoo.answers["identify"] = hang
    since = time.time()
    caller = exchange.call(steps="1500 dtmf:860753# stay")
    await asyncio.wait_for(asked.wait(), PATIENCE)
    odoo.answers["identify"] = {"exit": "verified"}
    await restart(exchange, odoo, signal.SIGKILL)
    await led_again(exchange, odoo)
    caller.voice.press("907341#")
    steps, _end = await steps_of(odoo, since)
    assert odoo.asks[-1]["args"] == {"pin": "907341"}
    assert [step for step in steps if step[0] == "check"][-1][2] == "verified"
    check_unknown(exchange, odoo, "860753")
    check_unknown(exchange, odoo, "907341")


async def test_an_ask_that_takes_too_long_ends_with_a_word_and_an_agent(exchange, odoo):
    nodes = {
        "menu": {
            "op": "ask", "name": "order_status", "args": {"order": "1"}, "timeout": 1,
            "speech": say("请稍候"), "exits": {"found": "bye", "failed": "sorry"},
        },
        "sorry": {"op": "play", "speech": say("查询失败"), "exits": {"next": "orders"}},
        "orders": queue(),
        "bye": {"op": "hangup", "speech": []},
    }  # fmt: skip
    await publish(odoo, exchange, nodes)
    odoo.answers["order_status"] = lambda question: asyncio.sleep(4, {"exit": "found"})
    await sign_in(exchange, "1001", answer=300)
    since = time.time()
    exchange.call(steps="stay")
    (connect,) = await odoo.until(lambda: new(odoo, "CONNECT", since - 1))
    assert connect["data"]["agent"] == "PJSIP/1001"
    await command(exchange, "call.hangup", extension="1001")
    steps, end = await steps_of(odoo, since)
    assert steps[:2] == [("menu", "", "failed"), ("sorry", "", "next")]
    assert end["reason"] == "transfer"


async def test_with_odoo_away_from_the_start_callers_hear_the_flow_and_reach_agents(exchange, odoo):
    nodes = {
        **MENU,
        "menu": menu({"1": "look", "invalid": "orders", "timeout": "orders"}),
        "look": {
            "op": "ask", "name": "order_status", "args": {}, "timeout": 30,
            "exits": {"found": "bye", "failed": "orders"},
        },
    }  # fmt: skip
    await publish(odoo, exchange, nodes)
    await sign_in(exchange, "1001", answer=300)
    await odoo.stop()
    await restart(exchange, odoo)
    await odoo.until(lambda: exchange.health().get("flows") == "up")
    since = time.time()
    caller = exchange.call(steps="1500 dtmf:1 25000")
    await odoo.until(
        lambda: [
            d for at, d in exchange.read("queue_log") if at >= int(since) and d["type"] == "CONNECT"
        ]
    )
    # nobody waits for an Odoo that is not there
    assert time.time() - since < 25
    await asyncio.to_thread(caller.wait)
    await odoo.start()
    steps, end = await steps_of(odoo, since)
    assert steps == [("menu", "1", "1"), ("look", "", "failed"), ("orders", "", "")]
    assert end["reason"] == "transfer"


async def test_a_killed_connector_goes_on_where_the_caller_was(exchange, odoo):
    await publish(odoo, exchange, {**MENU, "menu": menu(MENU["menu"]["exits"], timeout=30)})
    since = time.time()
    caller = exchange.call(steps="stay")
    await odoo.until(lambda: step_entered(exchange, "menu"))
    await restart(exchange, odoo, signal.SIGKILL)
    await led_again(exchange, odoo)
    caller.voice.press("2")
    steps, end = await steps_of(odoo, since)
    assert steps == [("menu", "2", "2"), ("bye", "", "")]
    assert end["reason"] == "hangup"
    assert await asyncio.to_thread(caller.wait) == 0


async def test_a_connector_that_stays_away_leaves_nobody_in_silence(exchange, odoo):
    await publish(odoo, exchange, {**MENU, "menu": menu(MENU["menu"]["exits"], timeout=30)})
    since = time.time()
    exchange.call(steps="stay")
    await odoo.until(lambda: step_entered(exchange, "menu"))
    await asyncio.to_thread(exchange.stop_connector, signal.SIGKILL)
    await odoo.until(
        lambda: [d for at, d in exchange.read("queue_log") if at >= int(since) and d["type"] == "ENTERQUEUE"]
    )  # fmt: skip
    # somebody who rings now hears the old greeting
    second = time.time()
    exchange.call(steps="stay", caller="13800000002")
    await odoo.until(
        lambda: [
            d
            for at, d in exchange.read("queue_log")
            if at >= int(second) and "13800000002" in d["args"]
        ]
    )
    await asyncio.to_thread(exchange.start_connector, odoo.url, odoo.secret)
    (end,) = await odoo.until(lambda: new(odoo, "IVR_END", since))
    assert end["data"]["reason"] == "fallback"


async def test_callers_of_a_killed_asterisk_are_ended_and_new_ones_are_led(exchange, odoo):
    await publish(odoo, exchange, {**MENU, "menu": menu(MENU["menu"]["exits"], timeout=30)})
    since = time.time()
    caller = exchange.call(steps="stay")
    await odoo.until(lambda: step_entered(exchange, "menu"))
    await asyncio.to_thread(exchange.kill_pbx)
    caller.kill()
    await odoo.until(lambda: exchange.health()["flows"] == "down")
    await asyncio.to_thread(exchange.start)
    (end,) = await odoo.until(lambda: new(odoo, "IVR_END", since))
    assert end["data"]["reason"] == "caller"
    await odoo.until(
        lambda: exchange.health()["flows"] == "up" and exchange.health()["pbx"] == "up"
    )
    exchange.call(steps="2000 dtmf:2 stay")
    steps, _end = await steps_of(odoo, since, 2)
    assert steps == [("menu", "2", "2"), ("bye", "", "")]


async def test_what_is_said_may_be_longer_than_asterisks_patience(exchange, odoo):
    nodes = {
        "menu": {"op": "play", "speech": say(LONG), "exits": {"next": "bye"}},
        "bye": {"op": "hangup", "speech": []},
    }
    await publish(odoo, exchange, nodes)
    since = time.time()
    exchange.call(steps="stay")
    steps, end = await steps_of(odoo, since)
    assert steps == [("menu", "", "next"), ("bye", "", "")] and end["reason"] == "hangup"
    (step,) = new(odoo, "IVR_STEP", since)[:1]
    assert step["data"]["entry"]["left"] - step["data"]["entry"]["at"] > 13


VOICEMAIL = {
    "menu": {
        "op": "record", "kind": "voicemail", "speech": say("请留言"), "max_seconds": 30, "silence_seconds": 4,
        "terminator": "#", "values": {"subject": "{caller}"}, "exits": {"ok": "bye", "empty": "bye"},
    },
    "bye": {"op": "hangup", "speech": say("谢谢")},
}  # fmt: skip


@pytest.mark.parametrize("ending", ["dtmf:# stay", ""])
async def test_a_message_is_recorded_and_uploaded_whether_he_ends_it_or_hangs_up(
    exchange, odoo, ending
):
    await publish(odoo, exchange, VOICEMAIL)
    since = time.time()
    exchange.call(steps=f"9000 {ending}")
    (message,) = await odoo.until(lambda: new(odoo, "VOICEMAIL", since))
    facts = message["data"]
    content = await odoo.until(lambda: odoo.recordings.get(facts["sha256"]))
    assert message["source"] == "ivr" and hashlib.sha256(content).hexdigest() == facts["sha256"]
    assert (facts["kind"], facts["values"]) == ("voicemail", {"subject": "13800000001"})
    with wave.open(io.BytesIO(content)) as sound:
        assert sound.getframerate() == 8000 and 1 < sound.getnframes() / 8000 < 10
        # his voice: a tone
        assert max(sound.readframes(sound.getnframes())[1::2]) > 0
    steps, end = await steps_of(odoo, since)
    assert facts["session"] == end["session"]
    assert end["reason"] == ("hangup" if ending else "caller")
    assert steps[0][0] == "menu"


async def test_a_damaged_document_is_not_used(exchange, odoo):
    first = await publish(odoo, exchange, MENU)
    second = odoo.publish(document(MENU, "menu", version=2), "8000")
    odoo.flows[second] = document(MENU, "bye", version=2)
    odoo.have = None
    await command(exchange, "config.refresh")
    await odoo.until(lambda: odoo.have)
    await asyncio.to_thread(exchange.command, "config.refresh")
    assert odoo.have["flows"] == {"main": first}
    # the same on the disk
    path = exchange.run / "flows/documents" / f"{first}.json"
    path.write_bytes(path.read_bytes()[:-40])
    await odoo.stop()
    await restart(exchange, odoo)
    since = time.time()
    exchange.call(steps="stay")
    await odoo.until(
        lambda: [
            d
            for at, d in exchange.read("queue_log")
            if at >= int(since) and d["type"] == "ENTERQUEUE"
        ]
    )


async def test_a_new_version_waits_for_its_prompts_and_leaves_running_calls_alone(exchange, odoo):
    long = {**MENU, "menu": menu(MENU["menu"]["exits"], timeout=30)}
    await publish(odoo, exchange, long)
    since = time.time()
    caller = exchange.call(steps="stay")
    await odoo.until(lambda: step_entered(exchange, "menu"))
    with wave.open(made := io.BytesIO(), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    sha = hashlib.sha256(made.getvalue()).hexdigest()
    bye = {"op": "hangup", "speech": [{"audio": {"zh_CN": sha}}]}
    second = odoo.publish(document({**long, "bye": bye}, "menu", version=2), "8000")
    await command(exchange, "config.refresh")
    odoo.have = None
    await command(exchange, "config.refresh")
    assert not odoo.has(second), "its prompt is not there"
    odoo.prompts[sha] = b"RIFF something else"
    odoo.have = None
    await odoo.until(lambda: odoo.have)
    assert not odoo.has(second), "that is not the prompt"
    odoo.prompts[sha] = made.getvalue()
    await odoo.until(lambda: odoo.has(second))
    # restarted as well: he stays in the version that he has begun
    await restart(exchange, odoo)
    await led_again(exchange, odoo)
    caller.voice.press("2")
    (end,) = await odoo.until(lambda: new(odoo, "IVR_END", since))
    versions = {e["data"]["entry"]["version"] for e in new(odoo, "IVR_STEP", since)}
    assert versions == {1} and end["data"]["reason"] == "hangup"
    since = time.time()
    exchange.call(steps="2000 dtmf:2 stay")
    steps, _end = await steps_of(odoo, since)
    versions = {e["data"]["entry"]["version"] for e in new(odoo, "IVR_STEP", since)}
    assert versions == {2} and steps[0] == ("menu", "2", "2")


async def test_a_queue_without_anybody_brings_the_caller_back(exchange, odoo):
    nodes = {
        "menu": queue(seconds=2, exits={"timeout": "sorry"}),
        "sorry": {"op": "play", "speech": say("没有人"), "exits": {"next": "nowhere"}},
        "nowhere": queue("nowhere", exits={"failed": "bye"}),
        "bye": {"op": "hangup", "speech": []},
    }
    await publish(odoo, exchange, nodes)
    since = time.time()
    caller = exchange.call(steps="stay")
    steps, end = await steps_of(odoo, since)
    assert steps == [
        ("menu", "", "timeout"), ("sorry", "", "next"), ("nowhere", "", "failed"), ("bye", "", ""),
    ]  # fmt: skip
    assert end["reason"] == "hangup" and await asyncio.to_thread(caller.wait) == 0


async def test_a_seat_that_does_not_answer_and_one_that_does(exchange, odoo):
    seat = {"op": "transfer", "kind": "seat", "seconds": 2}
    nodes = {
        "menu": {**seat, "target": "1002", "exits": {"timeout": "other"}},
        "other": {**seat, "target": "1001", "exits": {"after": "bye"}},
        "bye": {"op": "hangup", "speech": []},
    }
    await asyncio.to_thread(lambda: exchange.phones.add("1001", answer=200, talk=1500))
    await asyncio.to_thread(lambda: exchange.phones.add("1002", answer=60000))
    await publish(odoo, exchange, nodes)
    since = time.time()
    exchange.call(steps="stay")
    steps, end = await steps_of(odoo, since)
    assert steps == [("menu", "", "timeout"), ("other", "", "after"), ("bye", "", "")]
    assert end["reason"] == "hangup"


async def test_satisfaction_is_asked_when_the_agent_has_hung_up_first(exchange, odoo):
    nodes = {
        "menu": queue(exits={"after": "rate"}),
        "rate": menu({"1": "one", "5": "five", "timeout": "bye", "invalid": "bye"}),
        "one": {"op": "set", "values": {"score": "1"}, "exits": {"next": "keep"}},
        "five": {"op": "set", "values": {"score": "5"}, "exits": {"next": "keep"}},
        "keep": {"op": "rate", "variable": "score", "kind": "call", "exits": {"next": "bye"}},
        "bye": {"op": "hangup", "speech": []},
    }
    await publish(odoo, exchange, nodes)
    await sign_in(exchange, "1001", answer=300)
    since = time.time()
    caller = exchange.call(steps="stay")
    await odoo.until(lambda: len(new(odoo, "BRIDGE_ENTER", since)) == 2)
    await command(exchange, "call.hangup", extension="1001")
    await odoo.until(lambda: step_entered(exchange, "rate"))
    caller.voice.press("5")
    (rating,) = await odoo.until(lambda: new(odoo, "RATING", since))
    assert rating["data"]["score"] == "5"
    _steps, end = await steps_of(odoo, since)
    assert rating["data"]["session"] == end["session"] and end["reason"] == "hangup"


async def test_a_seat_sends_its_customer_into_a_flow_and_gets_him_back(exchange, odoo):
    await publish(odoo, exchange, MENU)
    pin = document(
        {**PIN, "bye": {"op": "hangup", "speech": []}}, "menu", code="pin", reference="unknown"
    )
    digest = odoo.publish(pin)
    await command(exchange, "config.refresh")
    await odoo.until(lambda: odoo.has(digest))
    odoo.answers["identify"] = {"exit": "verified"}
    await sign_in(exchange, "1001", answer=300)
    since = time.time()
    caller = exchange.call(steps="1500 dtmf:1 stay")
    await odoo.until(lambda: len(new(odoo, "BRIDGE_ENTER", since)) == 2)
    status, answer = await asyncio.to_thread(
        lambda: exchange.command("call.to_flow", extension="1001", flow="nothing")
    )
    assert (status, answer["error"]) == (409, "refused")
    await command(exchange, "call.to_flow", extension="1001", flow="pin", back=True)
    await odoo.until(lambda: step_entered(exchange, "menu"))
    caller.voice.press("618250#")
    await odoo.until(lambda: odoo.asks)
    assert odoo.asks[0]["args"] == {"pin": "618250"}
    assert odoo.asks[0]["linkedid"] == new(odoo, "BRIDGE_ENTER", since)[0]["data"]["linkedid"]
    # the same two talk again, the seat has never hung up
    await odoo.until(lambda: len(new(odoo, "BRIDGE_ENTER", since)) == 4)
    assert not new(odoo, "HANGUP", since)
    assert len(new(odoo, "IVR_END", since)) == 2
    # and the seat's keys work as before
    await command(exchange, "call.hold", extension="1001")
    await command(exchange, "call.unhold", extension="1001")
    await command(exchange, "call.hangup", extension="1001")
    await odoo.until(lambda: new(odoo, "LINKEDID_END", since))
    check_unknown(exchange, odoo, "618250")


async def test_a_prompt_is_spoken_into_a_telephone(exchange, odoo):
    await odoo.until(lambda: exchange.health().get("flows") == "up")
    await asyncio.to_thread(lambda: exchange.phones.add("1001", answer=300, talk=9000, voice=True))
    await odoo.until(lambda: odoo.of("DeviceState", extension="1001"))
    since = time.time()
    result = await command(exchange, "prompt.record", extension="1001", prompt="17")
    (message,) = await odoo.until(lambda: new(odoo, "VOICEMAIL", since))
    assert message["data"]["linkedid"] == result["linkedid"]
    assert (message["data"]["kind"], message["data"]["values"]) == ("prompt", {"prompt": "17"})
    await odoo.until(lambda: message["data"]["sha256"] in odoo.recordings)
    assert not new(odoo, "IVR_STEP", since)
