"""`make up`, `make call`, `make down`, as a newcomer uses them, on ports and a database of their own."""

import json
import os
import shutil
import socket
import subprocess
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from pbx_fixtures import PATIENCE, ROOT, free_ports, wait_for

DIRECTORY = Path(f"/tmp/gbrun-{os.getpid()}")


@pytest.fixture(scope="module")
def demo():
    """The environment of a demo that `make up` has started; ended with `make down`."""
    odoo, connector, route, sip, ami, http = free_ports(6)
    environment = {
        **os.environ,
        "DB": f"gbt_{os.environ.get('GB_RUN', os.getpid())}_run",
        "PORT": str(odoo),
        "PBX_DIR": str(DIRECTORY),
        "CONNECTOR_PORT": str(connector),
        "ROUTE_PORT": str(route),
        "PBX_SIP": str(sip),
        "PBX_AMI": str(ami),
        "PBX_HTTP": str(http),
        "PBX_RTP": "38000",
        "ANSWER_MS": "1000",
    }
    try:
        make("up", environment)
        yield environment
    finally:
        make("down", environment)
        subprocess.run(["scripts/dropdb.sh", environment["DB"]], cwd=ROOT, check=False)
        shutil.rmtree(DIRECTORY, ignore_errors=True)
        for stamp in (ROOT / ".local/run").glob(environment["DB"] + ".*"):
            stamp.unlink()


def make(target, environment):
    """Run `make target`; AssertionError with its output when it fails."""
    done = subprocess.run(
        ["make", target], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout


class User:
    """A demo user over Odoo's JSON-RPC."""

    def __init__(self, demo, login):
        self.url = f"http://localhost:{demo['PORT']}"
        self.http = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        answer = self.post(
            "/web/session/authenticate", {"db": demo["DB"], "login": login, "password": login}
        )
        assert answer["uid"], answer

    def post(self, path, params):
        request = urllib.request.Request(
            self.url + path,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with self.http.open(request, timeout=PATIENCE) as answer:
            values = json.load(answer)
        assert "error" not in values, values
        return values["result"]

    def call(self, model, method, *args, **kwargs):
        return self.post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )


def test_sign_in_page_answers_and_demo_calls_are_in_the_list(demo):
    with urllib.request.urlopen(
        f"http://localhost:{demo['PORT']}/web/login", timeout=PATIENCE
    ) as page:
        assert page.status == 200 and b'name="login"' in page.read()
    manager = User(demo, "manager")
    assert manager.call("gb.call", "search_count", []) > 50
    languages = manager.call("res.lang", "search_read", [["active", "=", True]], ["code"])
    assert {language["code"] for language in languages} >= {"en_US", "zh_CN"}


def test_every_role_can_sign_in(demo):
    for login in ("agent1", "agent2", "agent3", "agent4", "lead", "inspector", "analyst"):
        assert User(demo, login).call("gb.call", "search_count", []) >= 0


def test_make_call_reaches_the_agent_who_signed_in(demo):
    agent = User(demo, "agent1")
    seats = agent.call("gb.seat", "get_panel")["seats"]
    phone = next(seat for seat in seats if seat["name"] == "Telephone 1")
    agent.call("gb.seat", "panel_sign_in", phone["id"])
    caller = {**demo, "CALLER": "13800000001", "SECONDS_TALKING": "9"}
    make("call", caller)

    def to_file():
        panel = agent.call("gb.seat", "get_panel")
        return panel["seat"]["state"] == "wrap_up" and panel["wrap"][0]

    card = wait_for(to_file, what="after-call work")
    assert (card["number"], card["result"]) == ("13800000001", "answered")
    assert card["partner"]["name"]


def test_second_start_is_quick_and_down_ends_it(demo):
    make("up", demo)
    make("down", demo)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(demo["PORT"]))) != 0
