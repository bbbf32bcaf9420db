"""The connector's own HTTP, in a real process with a real client."""

import asyncio
import json
import time
import urllib.error
import urllib.request

import pytest
from connector.odoo import signature
from connector.settings import BadSettings, load
from odoo_server import OdooServer
from pbx_fixtures import PATIENCE
from test_delivery import Bench


@pytest.fixture
async def bench(tmp_path):
    odoo = await OdooServer().start()
    bench = Bench(tmp_path, odoo)
    await bench.start()

    def up():
        try:
            return fetch(bench, "/metrics")
        except OSError:
            return None

    while not await asyncio.to_thread(up):
        await asyncio.sleep(0.05)
    yield bench
    await bench.end()
    await odoo.stop()


def fetch(bench, path, body=None, headers=(), port=None):
    url = f"http://127.0.0.1:{port or bench.port}{path}"
    request = urllib.request.Request(url, data=body, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def signed(secret, body, stamp=None):
    stamp = str(stamp or int(time.time()))
    return {"X-GB-Timestamp": stamp, "X-GB-Signature": signature(secret, stamp, body)}


async def test_who_may_command(bench):
    body = json.dumps({"id": "1", "command": "ping", "args": {}}).encode()

    async def code(headers, body=body):
        status, text = await asyncio.to_thread(fetch, bench, "/v1/command", body, headers)
        return status, json.loads(text).get("error")

    assert await code(signed("s3cret", body)) == (200, None)
    assert await code({}) == (401, "bad_signature")
    assert await code(signed("other", body)) == (401, "bad_signature")
    assert await code(signed("s3cret", body, int(time.time()) - 301)) == (401, "stale")
    large = b"x" * 70000
    assert await code({}, large) == (413, "too_large")
    assert await code(signed("s3cret", b"{}"), b"{}") == (422, "malformed")
    hangup = json.dumps(
        {"id": "2", "command": "call.hangup", "args": {"extension": "1001"}}
    ).encode()
    assert await code(signed("s3cret", hangup), hangup) == (503, "pbx_down")


async def test_health_is_red_without_a_pbx_and_tells_no_call(bench):
    bench.write(2)
    await bench.all_arrived()
    status, text = await asyncio.to_thread(fetch, bench, "/health")
    health = json.loads(text)
    assert status == 503 and health["pbx"] == "down" and health["odoo"] == "up"
    status, text = await asyncio.to_thread(fetch, bench, "/metrics")
    assert status == 200 and 'gb_events_total{source="cel"} 2.0' in text
    assert "1380000" not in text and "gb-1" not in text


async def test_the_route_is_known_after_a_restart_without_odoo(bench):
    def route(hotline):
        return fetch(bench, f"/route?hotline={hotline}&caller=138", port=bench.route_port)[1]

    while not await asyncio.to_thread(route, "8001"):
        await asyncio.sleep(0.05)
    assert await asyncio.to_thread(route, "8001") == "aftersales,0,welcome,,,"
    assert await asyncio.to_thread(route, "9999") == "orders,0,,,,"
    await bench.odoo.stop()
    await bench.end()
    await bench.start()

    def again():
        try:
            return route("8001")
        except OSError:
            return ""

    while not (answer := await asyncio.to_thread(again)):
        await asyncio.sleep(0.05)
    assert answer == "aftersales,0,welcome,,,"
    # only the dialplan's own port knows it
    assert (await asyncio.to_thread(fetch, bench, "/route?hotline=8001"))[0] == 404


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("[odoo]\nprovider='p'\nsecret='s'\n[ami]\nsecret='s'", "odoo.url"),
        ("[odoo]\nurl='u'\nprovider='p'\n[ami]\nsecret='s'", "secret"),
        ("[odoo]\nurl='u'\nprovider='p'\nsecret='s'\n[ami]\nport='5038'\nsecret='s'", "ami.port"),
        ("[odoo", "Expected"),
    ],
)
def test_settings_that_are_wrong_are_named(tmp_path, text, wrong):
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(BadSettings, match=wrong):
        load(tmp_path / "c.toml", {})


def test_secrets_come_from_the_environment_first(tmp_path):
    (tmp_path / "secret").write_text("from file\n")
    (tmp_path / "c.toml").write_text(
        f"[odoo]\nurl='u'\nprovider='p'\nsecret_file='{tmp_path}/secret'\n[ami]\nsecret='plain'"
    )
    assert load(tmp_path / "c.toml", {}).secret == "from file"
    assert load(tmp_path / "c.toml", {"GB_SECRET": "from env"}).secret == "from env"
    assert load(tmp_path / "c.toml", {}).ami_secret == "plain"
