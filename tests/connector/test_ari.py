"""The connection to Asterisk breaks and comes back; requests fail; channels leave in unusual ways."""

import asyncio
import contextlib
import json

import pytest
from ari_server import AriServer
from connector.ari import Ari, AriDown, AriRefused
from connector.ivr import Ivr
from connector.journal import Journal
from connector.metrics import Metrics
from connector.prompts import Library, digest_of
from flows import document, menu, queue
from pbx_fixtures import PATIENCE


@pytest.fixture
async def server():
    server = await AriServer().start()
    yield server
    await server.stop()


@contextlib.asynccontextmanager
async def running(*parts):
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_events_come_in_order_and_only_to_their_channel(server):
    ari, started = Ari(server.url, "gb", "secret"), []
    ari.on_start = started.append
    async with running(ari.run()):
        await asyncio.wait_for(ari.up.wait(), PATIENCE)
        events = ari.watch("a")
        for digit in "123":
            await server.send("ChannelDtmfReceived", "a", digit=digit)
            await server.send("ChannelDtmfReceived", "b", digit="9")
        await server.send("StasisStart", "c", args=["start"])
        playback = {"id": "p", "target_uri": "channel:a"}
        for socket in server.sockets:
            await socket.send_str(json.dumps({"type": "PlaybackFinished", "playback": playback}))
        found = [await asyncio.wait_for(events.get(), 5) for _ in range(4)]
        assert [event.get("digit") for event in found[:3]] == ["1", "2", "3"]
        assert found[3]["type"] == "PlaybackFinished"
        assert [event["channel"]["id"] for event in started] == ["c"]
        ari.unwatch("a")
        await server.send("ChannelDtmfReceived", "a", digit="4")
        assert events.empty()
    filters = server.asked("PUT", "applications/gb-ivr/eventFilter")
    assert len(filters) == 1


async def test_it_connects_again_and_tells(server):
    ari, told = Ari(server.url, "gb", "secret"), []
    ari.on_up, ari.on_down = lambda: told.append("up"), lambda: told.append("down")
    # whoever handles a new channel badly does not stop the reader
    ari.on_start = lambda event: 1 / 0
    async with running(ari.run()):
        await asyncio.wait_for(ari.up.wait(), PATIENCE)
        await server.send("StasisStart", "x", args=[])
        await server.cut()
        await server.until(lambda: told == ["up", "down", "up"])
        await server.stop()
        await server.until(lambda: told[-1] == "down")
        with pytest.raises(AriDown):
            await ari.request("GET", "channels")
        await server.start()
        await server.until(lambda: told[-1] == "up")


async def test_refusals_have_their_status_and_do_not_tell_what_was_asked(server):
    ari = Ari(server.url, "gb", "secret")
    async with running(ari.run()):
        await asyncio.wait_for(ari.up.wait(), PATIENCE)
        server.refuse["channels/x"] = 404
        with pytest.raises(AriRefused) as refused:
            await ari.request("POST", "channels/x/variable", variable="PIN", value="4711")
        assert refused.value.status == 404 and "4711" not in str(refused.value)
        await ari.gone("DELETE", "channels/x")


FLOW = document(
    {
        "menu": menu(
            {"1": "orders", "2": "bye", "invalid": "bye", "timeout": "bye"},
            timeout=20,
        ),
        "orders": queue(exits={"full": "bye"}),
        "bye": {"op": "hangup", "speech": []},
    },
    "menu",
)


class World:
    """Ivr with a server that plays Asterisk; ``events`` are those in the journal."""

    def __init__(self, server, path):
        self.server = server
        self.journal = Journal(path / "journal.db")
        self.metrics = Metrics()
        self.ari = Ari(server.url, "gb", "secret")
        self.library = Library(self.journal, None, self.metrics, path / "flows")
        self.library.documents = {"main": FLOW}
        self.library.digests = {"main": digest_of(FLOW)}
        self.ivr = Ivr(
            self.journal, None, self.ari, self.library, None, None, self.metrics, "gb", None
        )  # fmt: skip

    def events(self, kind):
        rows = [json.loads(row) for (row,) in self.journal.db.execute("SELECT data FROM events")]
        return [row for row in rows if row["type"] == kind]

    def plays(self):
        return self.server.asked("POST", "channels/a/play")

    async def ended(self):
        (end,) = await self.server.until(lambda: self.events("IVR_END"))
        return end["reason"]


@pytest.fixture
async def world(server, tmp_path):
    world = World(server, tmp_path)
    async with running(world.ari.run(), world.ivr.run()):
        await asyncio.wait_for(world.ari.up.wait(), PATIENCE)
        await server.enter("a", "start", "main", "a", "8000", "20")
        await server.until(world.plays)
        yield world
    world.journal.close()


async def test_a_broken_connection_repeats_the_question(server, world):
    await server.cut()
    await server.until(lambda: len(world.plays()) == 2)
    assert world.metrics.ivr_resumed._value.get() == 1
    await server.send("ChannelDtmfReceived", "a", digit="2")
    assert await world.ended() == "hangup"
    assert [step["entry"]["exit"] for step in world.events("IVR_STEP")] == ["2", ""]
    assert server.asked("DELETE", "channels/a")


async def test_who_has_hung_up_during_a_break_is_ended_and_a_stranger_is_let_go(server, world):
    server.channels[:] = ["stranger"]
    await server.cut()
    assert await world.ended() == "caller"
    await server.until(lambda: server.asked("POST", "channels/stranger/continue"))
    assert not world.ivr.rows and not world.ivr.calls


async def test_a_caller_whom_asterisk_has_taken_to_the_queue_is_told_so(server, world):
    # the channel's time was over: it leaves without having been hung up
    await server.send("StasisEnd", "a")
    assert await world.ended() == "fallback"


async def test_a_hang_up_ends_the_session(server, world):
    await server.leave("a")
    assert await world.ended() == "caller"
    (step,) = world.events("IVR_STEP")
    assert step["n"] == 1 and step["entry"]["node"] == "menu"


async def test_a_transfer_that_asterisk_refuses_ends_in_the_queue(server, world):
    server.refuse["channels/a/variable"] = 500
    await server.send("ChannelDtmfReceived", "a", digit="1")
    assert await world.ended() == "fallback"
    (let_go,) = server.asked("POST", "channels/a/continue")
    assert let_go[2]["extension"] == "fallback"


async def test_an_error_of_ours_never_strands_a_caller(server, world, monkeypatch, caplog):
    async def fail(*_args):
        raise RuntimeError("4711")

    monkeypatch.setattr(world.library, "media", fail)
    await server.send("ChannelDtmfReceived", "a", digit="9")
    assert await world.ended()
    assert "4711" not in caplog.text


async def test_a_transfer_keeps_the_session_until_the_channel_has_gone(server, world):
    await server.send("ChannelDtmfReceived", "a", digit="1")
    (go,) = await server.until(lambda: server.asked("POST", "channels/a/continue"))
    assert go[2]["extension"] == "go"
    values = [r[2]["value"] for r in server.asked("POST", "channels/a/variable")]
    assert values[-1] == "queue|orders||||zh"
    await server.until(lambda: not world.ivr.calls)
    assert world.ivr.rows["a"]["away"]
    await server.enter("a", "back", "full", "20")
    assert await world.ended() == "hangup"
    exits = [step["entry"]["exit"] for step in world.events("IVR_STEP")]
    assert exits == ["1", "full", ""]


async def test_speech_that_cannot_be_played_is_passed_over(server, world):
    server.refuse["channels/a/play"] = 500
    await server.send("ChannelDtmfReceived", "a", digit="7")
    await server.send("ChannelDtmfReceived", "a", digit="2")
    assert await world.ended() in ("hangup", "fallback")
