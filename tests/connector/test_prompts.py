"""Flows and prompts on the connector's disk: complete and checked before they are used, bounded."""

import hashlib
import io
import os
import wave
from pathlib import Path

import pytest
from connector import prompts
from connector.journal import Journal
from connector.metrics import Metrics
from connector.odoo import Odoo
from connector.prompts import Library, digest_of
from flows import document, menu, say
from odoo_server import OdooServer


def wav(rate=8000, channels=1):
    """A second of silence."""
    with wave.open(made := io.BytesIO(), "wb") as sound:
        sound.setparams((channels, 2, rate, 0, "NONE", ""))
        sound.writeframes(bytes(2 * rate * channels))
    return made.getvalue()


@pytest.fixture
async def odoo():
    server = await OdooServer().start()
    yield server
    await server.stop()


@pytest.fixture
async def open_library(odoo, tmp_path):
    """``open_library()``: as after a start of the connector, each time on the same disk."""
    opened = []

    def open_library():
        journal = Journal(tmp_path / "journal.db")
        client = Odoo(odoo.url, "asterisk", odoo.secret)
        opened.append((journal, client))
        return Library(journal, client, Metrics(), tmp_path / "flows")

    yield open_library
    for journal, client in opened:
        journal.close()
        await client.close()


def flow(*parts, **values):
    return document({"hi": {"op": "hangup", "speech": list(parts)}}, "hi", **values)


async def test_texts_are_spoken_and_prompts_fetched_before_a_flow_is_used(odoo, open_library):
    library = open_library()
    content = wav()
    sha = hashlib.sha256(content).hexdigest()
    digest = odoo.publish(flow(*say("您好"), {"audio": {"zh_CN": sha}}, *say("再见{name}")))
    assert not await library.take(odoo.config) and not library.can_run("main")
    odoo.prompts[sha] = content
    assert await library.take(odoo.config) and library.can_run("main")
    assert library.have() == {"flows": {"main": digest}, "version": digest}
    spoken = list((library.directory / "speech").rglob("*.wav"))
    assert len(spoken) == 1, "what has values in it cannot be spoken before"
    heard = await library.media(
        [
            {"say": "您好", "language": "zh_CN"},
            {"audio": sha},
            {"say": "王女士", "language": "zh_CN"},
        ]
    )
    assert len(heard) == 3 and heard[0] == f"sound:{spoken[0].with_suffix('')}"
    for name in heard:
        with wave.open(name.removeprefix("sound:") + ".wav") as sound:
            assert sound.getframerate() == 8000 and sound.getnchannels() == 1
    # a start without Odoo
    await odoo.stop()
    assert open_library().can_run("main")


@pytest.mark.parametrize(
    "content", [b"nothing", wav(16000), wav(channels=2)], ids=["no sound", "rate", "stereo"]
)
async def test_a_prompt_that_asterisk_could_not_play_keeps_a_version_out(
    odoo, open_library, content
):
    library = open_library()
    sha = hashlib.sha256(content).hexdigest()
    odoo.prompts[sha] = content
    odoo.publish(flow({"audio": {"zh_CN": sha}}))
    assert not await library.take(odoo.config) and not library.can_run("main")


async def test_what_is_no_flow_or_another_one_is_refused(odoo, open_library):
    library = open_library()
    good = odoo.publish(flow(*say("好")))
    assert await library.take(odoo.config)
    bad = [
        flow(*say("坏"), code="other"),
        {**flow(*say("坏")), "format": 2},
        {**flow(*say("坏")), "start": "nowhere"},
        {"flow": "main"},
    ]
    for wrong in bad:
        digest = digest_of(wrong)
        odoo.flows[digest] = wrong
        assert not await library.take({"version": "2", "flows": {"main": digest}})
        assert library.digests == {"main": good}
    assert not await library.take({"version": "2", "flows": {"main": "../../etc/passwd"}})
    # a flow that Odoo does not name any more is not used any more
    assert await library.take({"version": "3", "flows": {}})
    assert not library.can_run("main")


async def test_a_running_call_keeps_the_version_that_it_began_with(odoo, open_library):
    library = open_library()
    odoo.publish(flow(*say("一")))
    await library.take(odoo.config)
    began = dict(library.digests)
    odoo.publish(flow(*say("二"), version=2))
    await library.take(odoo.config)
    assert library.of(library.digests)["main"]["version"] == 2
    assert library.of(began)["main"]["version"] == 1
    library.in_use = lambda: set(began.values())
    old = library.directory / "documents" / f"{began['main']}.json"
    os.utime(old, (0, 0))
    library._tidy()
    assert old.exists()
    library.in_use = set
    library._tidy()
    assert not old.exists() and "main" not in library.of(began)


async def test_the_cache_of_spoken_texts_is_bounded_and_spares_the_flows_own(
    odoo, open_library, monkeypatch
):
    library = open_library()
    odoo.publish(flow(*say("您好")))
    await library.take(odoo.config)
    (own,) = (library.directory / "speech").rglob("*.wav")
    paths = [
        Path((await library.media([{"say": f"订单{n}", "language": "zh_CN"}]))[0][6:] + ".wav")
        for n in range(3)
    ]
    for at, path in enumerate((own, *paths)):
        os.utime(path, (at, at))
    monkeypatch.setattr(prompts, "CACHE_BYTES", paths[2].stat().st_size + 10)
    library._tidy()
    assert [path.exists() for path in (own, *paths)] == [True, False, False, True]


async def test_the_program_that_speaks_is_never_odoos_choice(odoo, open_library, tmp_path):
    library = open_library()
    odoo.publish(flow(*say("您好")))
    mark = tmp_path / "mark"
    voice = {"engine": "command", "command": ["touch", str(mark), "{path}"]}
    await library.take({**odoo.config, "voice": {**voice, "voices": {"zh_CN": "-w/tmp/x"}}})
    assert library.can_run("main") and not mark.exists()


async def test_a_part_that_cannot_be_said_is_left_out(odoo, open_library):
    library = open_library()
    speech = [{"audio": "0" * 64}, {"audio": "../secret"}, {"say": "", "language": "zh_CN"}]
    assert await library.media(speech) == []
    assert await library.media(None) == []


def test_a_menu_speaks_all_its_sentences():
    texts = prompts._static_texts(document({"m": menu({"1": ""})}, "m"))
    assert texts == {("请按键", "zh_CN"), ("错了", "zh_CN"), ("没有", "zh_CN")}
