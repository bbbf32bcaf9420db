"""Browsers as telephones: a password for each session, known to the PBX's memory and its browser alone."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from connector import softphone
from connector.ari import AriDown, AriRefused
from connector.commands import Commands
from connector.devices import Devices
from connector.journal import Journal
from connector.metrics import Metrics
from connector.seats import Seats

AUTH = f"{softphone.CONFIG}/auth/1005-browser"


class Ami:
    """Asterisk's manager with two telephones that are registered."""

    version = ""

    def __init__(self):
        self.up = asyncio.Event()
        self.up.set()

    async def action(self, name, timeout=5, **fields):
        return {"Response": "Success"}

    async def listing(self, name, timeout=5, **fields):
        if name == "PJSIPShowContacts":
            return [{"ObjectName": "1005;@aa"}, {"ObjectName": "1001;@bb"}, {}]
        return [{"Event": "QueueParams", "Queue": "orders"}] if name == "QueueStatus" else []


class Ari:
    """Asterisk's configuration objects: 1005 is a browser, 1001 a desk phone."""

    def __init__(self):
        self.passwords, self.deleted, self.failure = [], [], None

    async def request(self, method, path, body=None, **params):
        if self.failure:
            raise self.failure
        if method == "PUT":
            assert path == AUTH
            self.passwords.append({f["attribute"]: f["value"] for f in body["fields"]}["password"])
            return []
        if path.endswith("/endpoint/1005"):
            return [{"attribute": "webrtc", "value": "yes"}]
        if path.endswith("/endpoint/1001"):
            return [{"attribute": "webrtc", "value": "no"}]
        raise AriRefused(404, "not found")

    async def gone(self, method, path, **params):
        if self.failure:
            raise self.failure
        self.deleted.append(path.removeprefix(softphone.CONFIG + "/"))


@pytest.fixture
async def ari():
    return Ari()


@pytest.fixture
async def commands(tmp_path, ari):
    journal = Journal(tmp_path / "journal.db")
    ami = Ami()
    devices = Devices("gb", lambda events: None)
    seats = Seats(journal, ami)
    commands = Commands(journal, ami, seats, devices, Metrics(), "gb", ivr=SimpleNamespace(ari=ari))
    for extension in ("1001", "1005", "1009"):
        await run(
            commands,
            "seat.sign_in",
            f"in-{extension}",
            extension=extension,
            name="王伟",
            queues=[{"name": "orders", "penalty": 0}],
            paused=False,
            reason="",
            wrap_seconds=0,
        )
    yield commands
    journal.close()


async def run(commands, command, command_id="1", **args):
    body = {"id": command_id, "command": command, "args": args}
    return await commands.handle(json.dumps(body).encode())


async def ask(commands, extension="1005"):
    return await run(commands, "seat.credentials", extension=extension)


def until(commands):
    return commands.seats.rows["1005"].get("phone_until")


async def test_each_session_has_a_password_of_its_own_and_the_browser_before_is_out(commands, ari):
    status, answer = await ask(commands)
    assert status == 200
    result = answer["result"]
    assert (result["user"], result["uri"]) == ("1005", "sip:1005@pbx.invalid")
    assert result["expires_at"] == int(until(commands))
    assert ari.passwords == [result["password"]]
    assert ari.deleted == ["contact/1005;@aa"], "nobody else's telephone"
    # also for the same id: the answer is not kept
    again = (await ask(commands))[1]["result"]
    assert ari.passwords == [result["password"], again["password"]]
    assert len(set(ari.passwords)) == 2 and len(again["password"]) > 40


async def test_no_password_is_on_the_disk(commands, ari, tmp_path):
    await ask(commands)
    await run(commands, "seat.sign_out", "2", extension="1005")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"1005" in kept and ari.passwords[0].encode() not in kept


@pytest.mark.parametrize(
    "extension, error",
    [
        ("1001", "no_browser_phone"),
        ("1009", "no_browser_phone"),
        ("1010", "not_signed_in"),
        ("10 05", "malformed"),
    ],
)
async def test_nobody_else_gets_one(commands, ari, extension, error):
    assert (await ask(commands, extension))[1]["error"] == error
    assert not ari.passwords


async def test_without_the_pbx_there_is_none(commands, ari):
    ari.failure = AriDown("away")
    assert (await ask(commands))[1]["error"] == "pbx_down"
    commands.softphones.ari = None
    assert (await ask(commands))[1]["error"] == "refused"


@pytest.mark.parametrize("command", ["seat.sign_out", "seat.sign_in"])
async def test_it_ends_with_the_agents_session(commands, ari, command):
    await ask(commands)
    ari.deleted.clear()
    args = {"name": "", "queues": [], "paused": False, "reason": "", "wrap_seconds": 0}
    args = args if command == "seat.sign_in" else {}
    assert (await run(commands, command, "2", extension="1005", **args))[0] == 200
    assert ari.deleted == ["auth/1005-browser", "contact/1005;@aa"]
    assert until(commands) is None


async def test_what_is_over_is_ended_as_soon_as_the_pbx_can(commands, ari, monkeypatch):
    monkeypatch.setattr(softphone, "SWEEP_SECONDS", 0)
    monkeypatch.setattr(softphone, "SESSION_SECONDS", -1)
    await ask(commands)
    ari.failure = AriDown("away")
    await commands.softphones.end("1005")
    assert until(commands), "not forgotten"
    ari.failure = None
    sweep = asyncio.ensure_future(commands.softphones.run())
    while until(commands):
        await asyncio.sleep(0)
    sweep.cancel()
    assert "auth/1005-browser" in ari.deleted
