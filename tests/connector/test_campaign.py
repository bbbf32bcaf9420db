"""Numbers that a campaign dials: on a real Asterisk, with customers who answer, refuse, are busy or do not answer."""

import asyncio
import collections
import itertools
import signal
import time

import pytest
from test_calls import command, exchange, new, odoo, sign_in  # noqa: F401
from test_queues import configure, until

FATES = {
    "connected", "abandoned", "hung_up", "machine", "busy", "refused", "no_answer", "invalid", "failed",
}  # fmt: skip
# what becomes of a number by its last digit when nobody is free (tests/sipp/customers.xml)
BY_DIGIT = {
    "1": "abandoned", "2": "busy", "3": "refused", "4": "no_answer", "5": "invalid", "6": "hung_up", "7": "failed",
}  # fmt: skip
_numbers = itertools.count(int(time.time()) % 100000 * 10)


@pytest.fixture(autouse=True)
async def served(exchange, odoo):  # noqa: F811
    await configure(exchange, odoo)


def order(number, **args):
    """Arguments of the command, with a reference of its own."""
    return {
        "reference": f"campaign-{next(_numbers)}",
        "number": number,
        "caller_id": "8000",
        "queue": "orders",
        "ring_seconds": 3,
        "max_wait": 2,
        "sound": "campaign_nobody_free",
        "amd": False,
        **args,
    }


async def dial(exchange, number, **args):  # noqa: F811
    args = order(number, **args)
    assert (await command(exchange, "call.campaign", **args))["state"] == "ordered"
    return args["reference"]


def states(odoo, reference):  # noqa: F811
    return [e["data"]["state"] for e in odoo.of("DIAL") if e["data"]["reference"] == reference]


def fates(odoo, references):  # noqa: F811
    """reference → fate, of those whose fate is known."""
    found = {}
    for event in odoo.of("DIAL"):
        data = event["data"]
        if data["reference"] in references and data["state"] in FATES:
            assert data["reference"] not in found, "one fate"
            assert data["linkedid"] == f"dial-{data['reference']}"
            found[data["reference"]] = data["state"]
    return found


async def all_fates(odoo, references):  # noqa: F811
    await odoo.until(lambda: len(fates(odoo, references)) == len(references))
    return fates(odoo, references)


def dialled(exchange, reference):  # noqa: F811
    """How often Asterisk has made a channel for it."""
    return sum(
        data["type"] == "CHAN_START" and data["uniqueid"] == f"dial-{reference}"
        for _at, data in exchange.read("cel")
    )


async def test_what_becomes_of_numbers_when_nobody_is_free(exchange, odoo):  # noqa: F811
    await asyncio.to_thread(exchange.customers)
    wanted = {await dial(exchange, f"1390000010{digit}"): fate for digit, fate in BY_DIGIT.items()}
    assert await all_fates(odoo, wanted) == wanted
    by_fate = {fate: reference for reference, fate in wanted.items()}
    assert states(odoo, by_fate["abandoned"]) == ["ringing", "answered", "abandoned"]
    assert states(odoo, by_fate["hung_up"]) == ["ringing", "answered", "hung_up"]
    assert states(odoo, by_fate["no_answer"]) == ["ringing", "no_answer"]
    at = {
        e["data"]["state"]: e["data"]["at"]
        for e in odoo.of("DIAL")
        if e["data"]["reference"] == by_fate["abandoned"]
    }
    # the limit is the law's, however the machine is loaded
    assert 0.5 < at["abandoned"] - at["answered"] < 2.5
    # he has heard it: his call has gone on for as long as it lasts
    linked = f"dial-{by_fate['abandoned']}"
    (end,) = await odoo.until(lambda: odoo.of("LINKEDID_END", linkedid=linked))
    assert end["at"] - at["abandoned"] > 2


async def test_agents_who_are_free_get_the_customers_and_counts_are_asterisks(exchange, odoo):  # noqa: F811
    since = time.time()
    await asyncio.to_thread(lambda: exchange.customers(talk=2500))
    for seat in ("1001", "1002"):
        await sign_in(exchange, seat, answer=50)
    references = []
    for number in range(12):
        # two at a time, as for two agents who are free
        digit = "1121416123"[number % 10]
        references.append(await dial(exchange, f"13900002{number:02}{digit}"))
        if number % 2:
            await all_fates(odoo, references)
            await odoo.until(
                lambda: len(new(odoo, "LINKEDID_END", since, linkedid="dial-")) == len(references)
            )
    found = collections.Counter((await all_fates(odoo, references)).values())
    mine = {f"dial-{reference}" for reference in references}
    log = [data for _at, data in exchange.read("queue_log") if data["callid"] in mine]
    lines = collections.Counter(data["type"] for data in log)
    assert found["connected"] == lines["CONNECT"] > 0
    assert found["abandoned"] == lines["EXITWITHTIMEOUT"]
    assert found["hung_up"] == lines["ABANDON"]
    assert sum(found[fate] for fate in ("connected", "abandoned", "hung_up")) == lines["ENTERQUEUE"]
    cel = [data for _at, data in exchange.read("cel") if data["uniqueid"] in mine]
    kinds = collections.Counter(data["type"] for data in cel)
    assert kinds["CHAN_START"] == kinds["CHAN_END"] == sum(found.values()) == len(references)
    answered = sum("answered" in states(odoo, reference) for reference in references)
    assert answered == kinds["ANSWER"] == lines["ENTERQUEUE"]
    causes = collections.Counter(
        data["extra"]["hangupcause"] for data in cel if data["type"] == "HANGUP"
    )
    assert (found["busy"], found["refused"]) == (causes[17], causes[21])


async def test_the_dialled_customer_is_before_those_who_have_rung(exchange, odoo):  # noqa: F811
    since = time.time()
    await asyncio.to_thread(exchange.call, steps="stay")
    await odoo.until(lambda: new(odoo, "ENTERQUEUE", since - 1))
    await asyncio.to_thread(lambda: exchange.customers(voice=True))
    # without a caller id it is the exchange's own
    reference = await dial(exchange, "13900000301", max_wait=30, caller_id="")
    await odoo.until(lambda: "answered" in states(odoo, reference))
    await odoo.until(lambda: len(new(odoo, "ENTERQUEUE", since - 1)) == 2)
    await sign_in(exchange, "1001", answer=300)
    assert (await all_fates(odoo, [reference])) == {reference: "connected"}
    (connect,) = new(odoo, "CONNECT", since - 1)
    assert connect["data"]["callid"] == f"dial-{reference}"
    (seat,) = new(odoo, "CHAN_START", since, channel="PJSIP/1001-")
    assert seat["data"]["linkedid"] == f"dial-{reference}"
    sound = exchange.pbx.recordings / f"dial-{reference}.wav"
    await until(lambda: sound.exists() and sound.stat().st_size > 8000, "something was said")
    await command(exchange, "call.hangup", extension="1001")
    await odoo.until(lambda: odoo.of("RECORDING", linkedid=f"dial-{reference}"))
    shown = {
        data["cid_num"]
        for _at, data in exchange.read("cel")
        if data["linkedid"] == f"dial-{reference}" and data["type"] == "BRIDGE_ENTER"
    }
    assert "13900000301" in shown


async def test_a_repeated_command_dials_once_also_after_a_crash(exchange, odoo):  # noqa: F811
    await asyncio.to_thread(exchange.customers)
    args = order("13900000404")
    await command(exchange, "call.campaign", **args)
    assert (await command(exchange, "call.campaign", **args))["state"] in ("ordered", "ringing")
    await odoo.until(lambda: states(odoo, args["reference"]) == ["ringing"])
    await asyncio.to_thread(exchange.stop_connector, signal.SIGKILL)
    await asyncio.to_thread(exchange.start_connector, odoo.url, odoo.secret)
    # its end may have been written while nobody was there to read it
    assert (await all_fates(odoo, [args["reference"]])) == {args["reference"]: "no_answer"}
    assert (await command(exchange, "call.campaign", **args))["state"] == "no_answer"
    assert dialled(exchange, args["reference"]) == 1


async def test_nothing_is_lost_while_odoo_is_away(exchange, odoo):  # noqa: F811
    await asyncio.to_thread(exchange.customers)
    await odoo.stop()
    reference = await dial(exchange, "13900000502")
    await asyncio.to_thread(exchange.stop_connector)
    await odoo.start()
    await asyncio.to_thread(exchange.start_connector, odoo.url, odoo.secret)
    assert (await all_fates(odoo, [reference])) == {reference: "busy"}
    assert states(odoo, reference) == ["ringing", "busy"]


async def test_a_machine_is_hung_up_on(exchange, odoo):  # noqa: F811
    # the voice of the tests is heard when a second has passed
    path = exchange.run / "etc/amd.conf"
    before = path.read_text()
    path.write_text(before.replace("= 1500", "= 5000"))
    try:
        await asyncio.to_thread(exchange.pbx.cli, "module reload app_amd.so")
        await asyncio.to_thread(lambda: exchange.customers(voice=True))
        reference = await dial(exchange, "13900000601", amd=True, max_wait=9)
        assert (await all_fates(odoo, [reference])) == {reference: "machine"}
    finally:
        path.write_text(before)
        await asyncio.to_thread(exchange.pbx.cli, "module reload app_amd.so")
    assert not [d for _at, d in exchange.read("queue_log") if d["callid"] == f"dial-{reference}"]


async def test_who_is_no_machine_goes_to_the_queue(exchange, odoo):  # noqa: F811
    since = time.time()
    await asyncio.to_thread(exchange.customers)
    reference = await dial(exchange, "13900000611", amd=True)
    assert (await all_fates(odoo, [reference])) == {reference: "abandoned"}
    (entered,) = new(odoo, "ENTERQUEUE", since - 1)
    assert entered["data"]["callid"] == f"dial-{reference}"


async def test_orders_that_cannot_be_are_refused(exchange, odoo):  # noqa: F811
    for wrong, code in (
        ({"queue": "nowhere"}, "unknown_queue"),
        ({"number": "13,PJSIP/1001"}, "malformed"),
        ({"sound": "../../etc"}, "malformed"),
        ({"reference": "a b"}, "malformed"),
    ):
        args = {**order("13900000701"), **wrong}
        _status, answer = await asyncio.to_thread(
            lambda args=args: exchange.command("call.campaign", **args)
        )
        assert answer["error"] == code, answer
        assert not states(odoo, args["reference"])


async def test_a_crash_of_asterisk_is_a_fate(exchange, odoo):  # noqa: F811
    await asyncio.to_thread(exchange.customers)
    reference = await dial(exchange, "13900000804", ring_seconds=60)
    await odoo.until(lambda: states(odoo, reference) == ["ringing"])
    await asyncio.to_thread(exchange.kill_pbx)
    await asyncio.to_thread(exchange.start)
    assert (await all_fates(odoo, [reference])) == {reference: "failed"}
