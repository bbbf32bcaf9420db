"""Recordings with both parties on channels of their own: real Asterisk, real connector."""

import asyncio
import io
import math
import time
import wave
from array import array

import pytest
from connector import stereo
from odoo_server import OdooServer
from pbx_fixtures import Exchange

# pitches of their voices
CUSTOMER, AGENT = 440, 700


@pytest.fixture(scope="module")
def exchange():
    exchange = Exchange()
    try:
        yield exchange.start()
    finally:
        exchange.stop()


@pytest.fixture
async def odoo(exchange):
    server = OdooServer()
    server.config["recording"] = {"dual": True}
    await server.start()
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


async def sign_in(exchange, odoo, seat="1001", **phone):
    exchange.phones.add(seat, **phone)
    for _ in range(100):
        status, answer = await asyncio.to_thread(
            lambda: exchange.command("seat.sign_in", extension=seat, name="A", queues=[{"name": "orders", "penalty": 0}])
        )  # fmt: skip
        assert status == 200, answer
        found = await asyncio.to_thread(exchange.pbx.cli, "queue show orders")
        if "Not in use" in found:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(found)


def channels(content):
    with wave.open(io.BytesIO(content)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (2, 2, 8000)
        samples = array("h", sound.readframes(sound.getnframes()))
    return samples[0::2], samples[1::2]


def strength(samples, pitch):
    """How much of a tone there is (Goertzel)."""
    factor = 2 * math.cos(2 * math.pi * pitch / 8000)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + factor * last - before
    power = before * before + last * last - factor * before * last
    return math.sqrt(max(power, 0)) / max(len(samples), 1)


async def test_customer_is_left_and_agent_is_right(exchange, odoo):
    since = time.time()
    await odoo.until(
        lambda: "GB_DUAL=1" in exchange.pbx.cli("dialplan show globals").replace(" ", "")
    )
    await sign_in(exchange, odoo, answer=100, talk=4000, voice=AGENT)
    await asyncio.to_thread(exchange.call, "8000", "9000")
    [event] = await odoo.until(lambda: [e for e in odoo.of("RECORDING") if e["at"] >= since])
    data = event["data"]
    await odoo.until(lambda: data["sha256"] in odoo.recordings)
    left, right = channels(odoo.recordings[data["sha256"]])
    assert abs(len(left) / 8000 - data["duration"]) < 0.1
    assert strength(left, CUSTOMER) > 10 * strength(left, AGENT) + 100
    assert strength(right, AGENT) > 10 * strength(right, CUSTOMER) + 100
    assert not list(exchange.pbx.recordings.glob("*-[ac].wav"))


async def test_a_hotline_that_is_not_recorded_leaves_no_file(exchange, odoo):
    odoo.config["hotlines"][0]["record"] = False
    odoo.config["version"] = "unrecorded"
    await asyncio.to_thread(exchange.command, "config.refresh")
    before = {path.name for path in exchange.pbx.recordings.iterdir()}
    await sign_in(exchange, odoo, answer=100, talk=1500)
    done = await asyncio.to_thread(exchange.call, "8000", "9000")
    await odoo.until(lambda: done.poll() is not None)
    assert {path.name for path in exchange.pbx.recordings.iterdir()} == before


def write(path, samples, closed=True):
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(array("h", samples).tobytes())
    if not closed:
        with open(path, "r+b") as file:
            file.seek(4)
            file.write(b"\0\0\0\0")


def test_parts_are_joined_when_they_are_closed(tmp_path):
    whole = tmp_path / "17.1.wav"
    customer, others = stereo.parts_of(whole)
    assert stereo.whole_of(customer) == whole == stereo.whole_of(whole)
    assert stereo.join(whole, False) and not whole.exists()
    write(customer, [1, 2, 3])
    assert not stereo.join(whole, False)
    write(others, [4, 5], closed=False)
    assert not stereo.join(whole, False)
    assert stereo.join(whole, True)
    left, right = channels(whole.read_bytes())
    assert (list(left), list(right)) == ([1, 2, 3], [4, 5, 0])
    assert not customer.exists() and not others.exists()
