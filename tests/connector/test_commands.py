"""Commands: once for each intent, nothing unchecked reaches Asterisk, the errors of the contract."""

import asyncio
import json

import pytest
from connector.ami import AmiClient, AmiDown, AmiRefused
from connector.commands import Commands
from connector.devices import Devices
from connector.journal import Event, Journal
from connector.metrics import Metrics
from connector.seats import Seats
from hypothesis import given
from hypothesis import strategies as st


class Ami:
    """Plays Asterisk's manager: notes the actions, knows one queue and no channels."""

    version = "Asterisk Call Manager/11.0.0"

    def __init__(self):
        self.up = asyncio.Event()
        self.up.set()
        self.actions, self.channels, self.refuse = [], [], None
        self.delay = None

    async def action(self, name, timeout=5, **fields):
        if self.delay:
            await self.delay.wait()
        if self.refuse:
            raise self.refuse
        self.actions.append((name, fields))
        return {"Response": "Success"}

    async def listing(self, name, timeout=5, **fields):
        if name == "QueueStatus":
            return [{"Event": "QueueParams", "Queue": "orders"}]
        return self.channels


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()


@pytest.fixture
async def ami():
    return Ami()


@pytest.fixture
async def commands(journal, ami):
    devices = Devices("gb", lambda events: None)
    devices.states["1001"] = "idle"
    return Commands(journal, ami, Seats(journal, ami), devices, Metrics(), "gb")


async def run(commands, command, command_id="1", **args):
    return await commands.handle(
        json.dumps({"id": command_id, "command": command, "args": args}).encode()
    )


SIGN_IN = {
    "extension": "1001",
    "name": "王伟",
    "queues": [{"name": "orders", "penalty": 0}],
    "paused": False,
    "reason": "",
    "wrap_seconds": 30,
}


async def test_the_same_id_gives_the_stored_answer_and_does_nothing(commands, ami):
    first = await run(commands, "call.dial", extension="1001", number="13912345678", caller_id="")
    assert first[0] == 200
    again = await run(commands, "call.dial", extension="1001", number="13912345678", caller_id="")
    assert again == first
    assert [name for name, _ in ami.actions] == ["Originate"]


async def test_two_at_the_same_time_are_one(commands, ami):
    ami.delay = asyncio.Event()
    both = [
        asyncio.ensure_future(run(commands, "call.dial", extension="1001", number="13912345678"))
        for _ in range(2)
    ]
    ami.delay.set()
    assert (await both[0]) == (await both[1])
    assert len(ami.actions) == 1


async def test_a_command_that_was_running_when_the_connector_died_is_not_run_again(
    commands, journal, ami
):
    await journal.call(commands._begin, "1")
    status, answer = await run(commands, "call.dial", extension="1001", number="13912345678")
    assert (status, answer["error"]) == (409, "refused")
    assert not ami.actions


async def test_with_the_pbx_away_nothing_is_remembered(commands, ami):
    ami.up.clear()
    ami.refuse = AmiDown("away")
    assert (await run(commands, "seat.sign_in", **SIGN_IN))[1]["error"] == "pbx_down"
    ami.up.set()
    ami.refuse = None
    assert (await run(commands, "seat.sign_in", **SIGN_IN))[0] == 200


@pytest.mark.parametrize(
    "command, changed",
    [
        ("seat.sign_in", {"extension": "1001\r\nAction: Command"}),
        ("seat.sign_in", {"extension": "10 01"}),
        ("seat.sign_in", {"extension": 1001}),
        ("seat.sign_in", {"name": "a\nAction: Hangup"}),
        ("seat.sign_in", {"reason": "x\r\ny"}),
        ("seat.sign_in", {"reason": "x" * 81}),
        ("seat.sign_in", {"queues": [{"name": "orders\r\n"}]}),
        ("seat.sign_in", {"queues": [{"name": "orders", "penalty": -1}]}),
        ("seat.sign_in", {"queues": ["orders"]}),
        ("seat.sign_in", {"paused": "no"}),
        ("seat.sign_in", {"wrap_seconds": True}),
        ("call.dial", {"number": "139&SIP/evil"}),
        ("call.dial", {"number": "139\r\nAsync: false"}),
        ("call.dial", {"number": "１３９"}),
        ("call.dial", {"number": "139", "caller_id": "1,2"}),
        ("call.transfer", {"target": "queue:a/b"}),
        ("call.transfer", {"target": "1002@other"}),
        ("call.transfer", {"target": "1002", "kind": "attended"}),
        ("call.dtmf", {"digits": "C"}),
        ("call.dtmf", {"digits": ""}),
    ],
)
async def test_what_has_a_wrong_form_never_reaches_the_pbx(commands, ami, command, changed):
    status, answer = await run(commands, command, **{**SIGN_IN, **changed})
    assert (status, answer["error"]) == (422, "malformed")
    assert not ami.actions


@given(st.tuples(st.text(), st.sampled_from("\r\n\0"), st.text()).map("".join))
async def test_ami_itself_lets_no_line_break_through(value):
    client = AmiClient("127.0.0.1", 1, "u", "s")
    with pytest.raises(ValueError):
        await client.action("Originate", Channel=value)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"\xff", b'{"id": 1}', b'{"id": "a b", "command": "ping"}', b"[" * 100000],
)
async def test_bodies_that_are_none(commands, body):
    status, answer = await commands.handle(body)
    assert (status, answer["error"]) == (422, "malformed")


async def test_a_sign_in_that_failed_is_not_made_good_later(commands, ami):
    ami.refuse = AmiRefused("no")
    assert (await run(commands, "seat.sign_in", "a", **SIGN_IN))[1]["error"] == "refused"
    assert commands.seats.rows["1001"]["queues"] == []


async def test_the_errors_of_the_contract(commands, ami):
    assert (await run(commands, "call.fly", "a"))[1]["error"] == "unknown_command"
    wrong = {**SIGN_IN, "queues": [{"name": "nowhere"}]}
    assert (await run(commands, "seat.sign_in", "b", **wrong))[1]["error"] == "unknown_queue"
    for n, command in enumerate(
        ("call.answer", "call.hangup", "call.hold", "call.mute", "call.unhold")
    ):
        status, answer = await run(commands, command, f"c{n}", extension="1001")
        assert (status, answer["error"]) == (409, "no_call")
    dial = {"number": "13912345678", "caller_id": ""}
    assert (await run(commands, "call.dial", "d", extension="1002", **dial))[1][
        "error"
    ] == "not_registered"
    pause = {"extension": "1003", "paused": True, "reason": ""}
    assert (await run(commands, "seat.pause", "e", **pause))[1]["error"] == "not_signed_in"
    ami.refuse = AmiRefused("No such thing")
    assert (await run(commands, "call.dial", "f", extension="1001", **dial))[1][
        "error"
    ] == "refused"
    assert (await run(commands, "ping", "g"))[1]["result"]["pbx"] == "up"


async def test_after_call_work_is_kept_with_the_seat(commands, journal, ami):
    await run(commands, "seat.sign_in", **SIGN_IN)
    seats = commands.seats

    def queue_log(kind, at):
        data = {
            "type": kind,
            "callid": "gb-1",
            "queue": "orders",
            "agent": "PJSIP/1001",
            "args": [],
        }
        with journal.transaction() as db:
            seats.note(db, Event("x", "queue_log", at, data))
        return seats.noted()

    assert queue_log("CONNECT", 100.0) == {"1001"}
    assert seats.rows["1001"]["wrap"] == {"call": "gb-1", "ended": False, "until": None}
    queue_log("COMPLETECALLER", 160.0)
    assert Seats(journal, ami).rows["1001"]["wrap"]["until"] == 190.0
    await run(commands, "seat.pause", "2", extension="1001", paused=False, reason="")
    assert seats.rows["1001"]["wrap"] is None


async def test_a_restarted_pbx_ends_the_calls_that_after_call_work_waits_for(commands, journal):
    await run(commands, "seat.sign_in", **SIGN_IN)
    seats = commands.seats
    data = {
        "type": "CONNECT",
        "callid": "gb-1",
        "queue": "orders",
        "agent": "PJSIP/1001",
        "args": [],
    }
    with journal.transaction() as db:
        seats.note(db, Event("x", "queue_log", 100.0, data))
        seats.note(db, Event("y", "connector", 200.0, {"type": "PBX_UP"}))
    seats.noted()
    assert seats.rows["1001"]["wrap"]["until"] == 230.0


def test_only_changes_of_a_phone_are_news():
    news = []
    devices = Devices("gb", news.extend)
    for state in ("NOT_INUSE", "NOT_INUSE", "RINGING", "INUSE", "BUSY", "UNAVAILABLE"):
        devices.on_event("DeviceStateChange", {"Device": "PJSIP/1001", "State": state})
    devices.on_event("DeviceStateChange", {"Device": "PJSIP/trunk", "State": "INUSE"})
    devices.on_event("DeviceStateChange", {"Device": "Queue:orders", "State": "INUSE"})
    assert [e.data["state"] for e in news] == ["idle", "ringing", "in_use", "unreachable"]
    assert len({e.id for e in news}) == 4
