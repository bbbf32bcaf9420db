"""Parts die while customers ring: afterwards Odoo holds exactly what Asterisk's own files say."""

import signal
import time

import pytest
from pbx_fixtures import PATIENCE, wait_for

HOTLINE = (
    "8001"  # its queue ends after-call work by itself: calls go on without anybody at the screen
)
SEAT = "1003"
DOWN_SECONDS = 120
TALK = 6000  # milliseconds a customer stays, greeting of about 4 s included


def said_by_asterisk(world, since):
    """What Asterisk's files tell of the calls offered since ``since``, read independently of our own derivation.

    :return: dict linked id → dict(number, result, seats that answered, talk seconds by seat, offered, ended)
    """
    calls, starts, answers = {}, {}, {}
    for at, data in world.exchange.read("cel"):
        kind, linked, channel = data["type"], data["linkedid"], data["uniqueid"]
        if kind == "CHAN_START" and data["context"] == "gb-inbound" and linked == channel:
            if at >= since:
                calls[linked] = {
                    "number": data["cid_num"],
                    "offered": at,
                    "ended": None,
                    "answered_by": set(),
                    "queued": False,
                }
        elif linked not in calls:
            continue
        elif kind == "CHAN_START":
            starts[channel] = data["channel"].split("/")[1].split("-")[0]
        elif kind == "ANSWER" and channel in starts:
            answers[channel] = at
        elif kind == "LINKEDID_END":
            calls[linked]["ended"] = at
    for _at, data in world.exchange.read("queue_log"):
        call = calls.get(data["callid"])
        if call and data["type"] == "CONNECT":
            call["answered_by"].add(data["agent"].removeprefix("PJSIP/"))
        elif call and data["type"] == "ENTERQUEUE":
            call["queued"] = True
    return calls


def lines_written(world):
    """Number of lines in Asterisk's files since it was set up."""
    return {source: len(world.exchange.read(source)) for source in ("cel", "queue_log")}


def events_stored(world):
    """Number of events in Odoo's ledger by source."""
    rows = world.rows(
        "SELECT source, count(*) AS n, count(DISTINCT event_id) AS ids FROM gb_call_event GROUP BY source"
    )
    assert all(row["n"] == row["ids"] for row in rows)
    return {row["source"]: row["n"] for row in rows}


def check(world, since, count):
    """Wait until everything has arrived, then compare call by call and event by event."""

    def arrived():
        stored, written = events_stored(world), lines_written(world)
        return world.exchange.health().get("pending") == 0 and all(
            stored.get(source) == number for source, number in written.items()
        )

    try:
        wait_for(arrived, what="all events in Odoo")
    except AssertionError as error:
        raise AssertionError(
            f"{error}: {events_stored(world)} of {lines_written(world)}, {world.exchange.health()}"
        ) from error
    truth = said_by_asterisk(world, since)
    assert len(truth) == count, truth
    calls = {call["linked_id"]: call for call in world.calls(since)}
    assert calls.keys() == truth.keys()
    for linked, told in truth.items():
        call = calls[linked]
        assert call["state"] == "ended", call
        assert call["number"] == told["number"]
        assert abs(float(call["offered"]) - told["offered"]) <= 1
        if told["ended"]:
            assert abs(float(call["ended"]) - told["ended"]) <= 1
        # on a slow machine a customer may leave before the greeting has ended
        result = (
            "answered" if told["answered_by"] else "abandoned" if told["queued"] else "ivr_only"
        )
        assert call["result"] == result, (call, told)
        answered = {leg["extension"] for leg in world.legs(call) if leg["result"] == "answered"}
        assert answered == told["answered_by"]
        if told["ended"] and answered:
            recordings = "SELECT 1 FROM gb_recording WHERE call_id = %s AND is_stored"
            wait_for(lambda: world.rows(recordings, call["id"]), what="recording")  # noqa: B023
    dead = world.rows("SELECT * FROM gb_dead_letter")
    assert not dead, dead
    return calls


@pytest.fixture
def agent(sign_in):
    return sign_in(SEAT, answer=300)


def ring(world, number, steps=TALK, wait=True):
    """A customer rings and, with ``wait``, has hung up."""
    process = world.exchange.call(HOTLINE, str(steps), caller=f"1390000{number:04}")
    if wait:
        process.wait(PATIENCE)
    return process


def test_odoo_is_killed_during_a_call_and_comes_back(world, agent):
    since = time.time()
    talking = ring(world, 1, 30000, wait=False)
    world.the_call(since, state="talking")
    world.kill_odoo()
    killed, count = time.monotonic(), 1
    talking.wait(PATIENCE)
    while time.monotonic() - killed < DOWN_SECONDS:  # customers go on ringing
        count += 1
        ring(world, 100 + count)
    assert world.exchange.health()["pending"] > 10 * count
    world.start_odoo()
    calls = check(world, since, count)
    assert all(call["login"] == f"agent{SEAT}" for call in calls.values() if call["answered"])


def test_postgresql_is_stopped_and_started(world, agent):
    since = time.time()
    talking = ring(world, 4, 30000, wait=False)
    world.the_call(since, state="talking")
    world.stop_database()
    talking.wait(PATIENCE)
    ring(world, 5, 5500)
    world.restart_database()
    wait_for(world.is_answering, what="Odoo with its database")
    check(world, since, 2)


def test_connector_is_killed_in_mid_batch(world, agent):
    since = time.time()
    for number in range(6, 9):
        caller = ring(world, number, wait=False)
        # while lines are being written and sent
        count = len(world.exchange.read("cel"))
        wait_for(lambda: len(world.exchange.read("cel")) > count + 2)  # noqa: B023
        world.exchange.stop_connector(signal.SIGKILL)
        caller.wait(PATIENCE)
        world.start_connector()
    check(world, since, 3)


def test_asterisk_is_killed_in_a_call_and_restarted(world, agent):
    since = time.time()
    caller = ring(world, 9, "stay", wait=False)
    world.the_call(since, state="talking")
    world.exchange.kill_pbx()
    caller.kill()
    world.exchange.phones.remove(SEAT)
    world.exchange.pbx.start()
    cut = world.the_call(since, state="ended", hangup_by="system")
    assert cut["result"] == "answered"
    world.exchange.phones.add(SEAT, answer=300)
    wait_for(lambda: world.exchange.health().get("pbx") == "up", what="AMI")
    wait_for(lambda: world.seat_state(SEAT) == "ready", what="seat after the cut call")
    member = "queue show aftersales"
    wait_for(lambda: f"PJSIP/{SEAT}" in world.exchange.pbx.cli(member), what="queue member")
    wait_for(lambda: "paused" not in world.exchange.pbx.cli(member), what="member not paused")
    ring(world, 10)
    calls = check(world, since, 2)
    assert sorted(call["hangup_by"] for call in calls.values()) == ["customer", "system"]
