"""Two telephone systems, each with a connector and a secret of its own, into one Odoo. Both have the same name, the same extensions,
queues and hotlines: only who delivers tells them apart."""

import contextlib
import hashlib
import hmac
import json
import secrets
import sqlite3
import time
import urllib.error
import urllib.request

import pytest
from pbx_fixtures import PATIENCE, RING_SECONDS, Exchange, wait_for

TALK = "stay"


class Site:
    """One telephone system as Odoo knows it, and the agent at its seat 1005."""

    def __init__(self, world, reference, exchange, secret):
        self.world, self.reference, self.exchange, self.secret = world, reference, exchange, secret
        self.provider = None
        self.agent = f"{reference}-agent"

    def do(self, model, method, *args, login=None):
        """As the administrator, or as ``login``."""
        login = login or "admin"
        parameters = {
            "service": "common",
            "method": "login",
            "args": [self.world.database, login, login],
        }
        user = self._post(parameters)
        args = [self.world.database, user, login, model, method, list(args)]
        return self._post({"service": "object", "method": "execute_kw", "args": args})

    def _post(self, parameters):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": parameters}).encode()
        request = urllib.request.Request(
            self.world.url + "/jsonrpc", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            answer = json.load(answer)
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]

    def find(self, model, *domain):
        return self.do(model, "search", list(domain))

    def set_up(self):
        """Provider (unless it is there), queue, hotlines, seat, agent."""
        found = self.find("gb.telephony.provider", ("reference", "=", self.reference))
        if not found:
            values = {
                "name": self.reference.title(),
                "reference": self.reference,
                "code": "asterisk",
                "sequence": 50,
                "connector_url": self.exchange.connector_url,
                "connector_secret_input": self.secret,
            }
            found = self.do("gb.telephony.provider", "create", [values])
        self.provider = found[0]
        mine = {"provider_id": self.provider}
        queue = {
            **mine,
            "name": "Two systems",
            "code": "both",
            "ring_seconds": RING_SECONDS,
            "wrap_up_limit": 1,
        }
        queue = self.do("gb.queue", "create", [queue])[0]
        flow = self.find("gb.ivr.flow", ("code", "=", "main"))[0]
        for number, more in (("8100", {}), ("8102", {"flow_id": flow})):
            hotline = {
                **mine,
                "name": f"Hotline {number}",
                "number": number,
                "queue_id": queue,
                **more,
            }
            self.do("gb.hotline", "create", [hotline])
        agent = self.find(
            "ir.model.data", ("module", "=", "gb_callcenter"), ("name", "=", "group_gb_agent")
        )
        group = self.do("ir.model.data", "read", agent, ["res_id"])[0]["res_id"]
        values = {
            "name": self.agent,
            "login": self.agent,
            "password": self.agent,
            "group_ids": [(4, group)],
        }
        user = self.do("res.users", "create", [values])[0]
        seats = self.find(
            "gb.seat", ("provider_id", "=", self.provider), ("extension", "=", "1005")
        )
        assert not seats
        # nobody else sees it: other tests choose their seats from the list
        seat = {
            **mine,
            "name": "Two",
            "extension": "1005",
            "queue_ids": [(4, queue)],
            "allowed_user_ids": [(4, user)],
        }
        self.seat = self.do("gb.seat", "create", [seat])[0]
        return self

    def sign_in(self):
        """The agent with his telephone."""
        self.exchange.phones.add("1005", answer=300)
        wait_for(
            lambda: self.row("gb_seat", "id", self.seat)["device_state"] == "idle", 60, "telephone"
        )
        self.do("gb.seat", "panel_sign_in", self.seat, login=self.agent)
        self.until_member()

    def sign_out(self):
        with contextlib.suppress(RuntimeError):
            self.do("gb.seat", "panel_sign_out", login=self.agent)
        self.exchange.phones.remove("1005")

    def until_member(self):
        shown = "queue show both"
        wait_for(lambda: "PJSIP/1005" in self.exchange.pbx.cli(shown), what="member of the queue")

    def row(self, table, column, value):
        return self.world.rows(f"SELECT * FROM {table} WHERE {column} = %s", value)[0]

    def calls(self, since):
        return [c for c in self.world.calls(since) if c["provider_id"] == self.provider]

    def the_call(self, since, **wanted):
        """The one call of this system since then, as soon as it is as ``wanted``."""

        def find():
            calls = self.calls(since)
            assert len(calls) <= 1, calls
            return calls and all(calls[0][k] == v for k, v in wanted.items()) and calls[0]

        return wait_for(find, what=f"{self.reference}: call with {wanted}, {self.calls(since)}")

    def asked(self, number):
        """The node at which this caller is asked for a key, as the connector's journal says."""
        with contextlib.closing(sqlite3.connect(self.exchange.run / "journal.db")) as db:
            rows = [json.loads(value) for (value,) in db.execute("SELECT value FROM ivr_sessions")]
        for row in rows:
            if (
                row["caller"] == number
                and row["instruction"]
                and row["instruction"]["do"] == "collect"
            ):
                return row["session"]["node"]
        return None


@pytest.fixture(scope="module")
def sites(world):
    """The system of all tests, and a second one."""
    exchange = Exchange(RTP0=32000, RTP1=32399)
    head = Site(world, "asterisk", world.exchange, world.secret)
    branch = Site(world, "branch", exchange, secrets.token_hex(24))
    try:
        exchange.start()
        for site in (head, branch):
            site.set_up()
        exchange.start_connector(world.url, branch.secret, "branch")
        for site in (head, branch):
            wait_for(lambda: site.exchange.health().get("flows") == "up", what="ARI")  # noqa: B023
            shown = "queue show both"
            wait_for(lambda: "has 0 calls" in site.exchange.pbx.cli(shown), what="queue")  # noqa: B023
        ready = """SELECT 1 FROM gb_ivr_delivery delivery JOIN gb_ivr_version version ON version.digest = delivery.digest
                    WHERE version.state = 'published' AND delivery.provider_id = %s"""
        wait_for(lambda: world.rows(ready, branch.provider), what="flows at the second connector")
        for site in (head, branch):
            site.sign_in()
        yield head, branch
    finally:
        for site in (head, branch):
            site.sign_out()
            if site.provider:
                hotlines = ("number", "in", ["8100", "8102"])
                for model, own in (
                    ("gb.hotline", hotlines),
                    ("gb.seat", ("extension", "=", "1005")),
                ):
                    rows = site.find(model, ("provider_id", "=", site.provider), own)
                    site.do(model, "write", rows, {"active": False})
        branch.do("gb.telephony.provider", "write", [branch.provider], {"active": False})
        exchange.stop()


@pytest.fixture(autouse=True)
def clear(sites):
    yield
    for site in sites:
        if site.exchange.pbx.pid():
            site.exchange.clear()
    for site in sites:
        wait_for(lambda: site.exchange.health().get("pending") == 0, what="events")  # noqa: B023


def end(site, since):
    """The agent's customer hangs up; the seat is free again."""
    site.exchange.clear()
    call = site.the_call(since, state="ended")
    wait_for(lambda: site.row("gb_seat", "id", site.seat)["state"] == "ready", what="seat ready")
    return call


def test_calls_at_the_same_time_are_each_their_own_systems(world, sites):
    since = time.time()
    for site in sites:
        site.exchange.call("8100", TALK, caller="13800000001")
    talking = [site.the_call(since, state="talking") for site in sites]
    for site, call in zip(sites, talking, strict=True):
        assert (call["login"], call["extension"], call["queue"]) == (site.agent, "1005", "both")
        assert call["customer"] == "Known Customer"
        assert site.row("gb_seat", "id", site.seat)["call_id"] == call["id"]
        assert site.row("gb_hotline", "id", call["hotline_id"])["provider_id"] == site.provider
    # a command goes to the system of its seat and nowhere else
    head, branch = sites
    branch.do("gb.seat", "panel_call_command", "hangup", login=branch.agent)
    branch.the_call(since, state="ended", hangup_by="agent")
    assert head.the_call(since)["state"] == "talking"
    ended = [end(site, since) for site in sites]
    for site, call in zip(sites, ended, strict=True):
        stored = "SELECT sha256 FROM gb_recording WHERE call_id = %s AND is_stored"
        (recording,) = wait_for(lambda: world.rows(stored, call["id"]), what="recording")  # noqa: B023
        files = {
            hashlib.sha256(path.read_bytes()).hexdigest() for path in site.exchange.recordings()
        }
        assert recording["sha256"] in files
        events = "SELECT DISTINCT provider_id FROM gb_call_event WHERE call_id = %s"
        assert [row["provider_id"] for row in world.rows(events, call["id"])] == [site.provider]


def test_callers_in_the_same_flow_on_both_are_two_sessions(world, sites):
    since, number = time.time(), "13800000023"
    callers = [site.exchange.call("8102", TALK, caller=number) for site in sites]
    for site, caller in zip(sites, callers, strict=True):
        wait_for(lambda: site.asked(number) == "menu", what="the menu asks")  # noqa: B023
        caller.voice.press("2")
    query = """SELECT * FROM gb_ivr_session WHERE provider_id = %s AND number = %s AND ended_at IS NOT NULL
                 AND started_at >= to_timestamp(%s) AT TIME ZONE 'UTC'"""
    for site in sites:
        (session,) = wait_for(
            lambda: world.rows(query, site.provider, number, int(since)),  # noqa: B023
            what="session",
        )
        assert session["end_reason"] == "hangup"
        (call,) = site.calls(since)
        assert session["call_id"] == call["id"]
        steps = "SELECT node, exit FROM gb_ivr_step WHERE session_id = %s ORDER BY number"
        found = [(row["node"], row["exit"]) for row in world.rows(steps, session["id"])]
        assert found[:2] == [("menu", "2"), ("status", "found")]


def test_one_system_that_dies_does_not_disturb_the_other(world, sites):
    head, branch = sites
    since = time.time()
    for site in sites:
        site.exchange.call("8100", TALK)
    for site in sites:
        site.the_call(since, state="talking")
    branch.exchange.kill_pbx()
    wait_for(
        lambda: branch.exchange.health().get("pbx") == "down", what="the connector has noticed"
    )
    assert head.the_call(since)["state"] == "talking"
    assert head.row("gb_seat", "id", head.seat)["state"] == "on_call"
    assert end(head, since)["hangup_by"] == "customer"
    later = time.time()
    head.exchange.call("8100", TALK)
    head.the_call(later, state="talking")
    end(head, later)
    branch.exchange.clear()
    branch.exchange.phones.remove("1005")
    branch.exchange.pbx.start()
    cut = branch.the_call(since, state="ended")
    assert cut["hangup_by"] == "system"
    branch.exchange.phones.add("1005", answer=300)
    wait_for(lambda: branch.exchange.health().get("pbx") == "up", what="AMI")
    branch.until_member()
    wait_for(lambda: "paused" not in branch.exchange.pbx.cli("queue show both"), what="not paused")
    again = time.time()
    branch.exchange.call("8100", TALK)
    branch.the_call(again, state="talking", login=branch.agent)
    end(branch, again)


def send(world, reference, secret, path="events", body=b'{"journal": "x", "events": []}'):
    """HTTP status of a signed request."""
    stamp = str(int(time.time()))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    request = urllib.request.Request(
        f"{world.url}/gb/v1/telephony/{reference}/{path}",
        data=body,
        headers={
            "Content-Type": "application/json",
            "X-GB-Timestamp": stamp,
            "X-GB-Signature": digest,
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_connector_with_the_others_secret_is_refused(world, sites):
    head, branch = sites
    for path in ("events", "config", "ask", "callers"):
        assert send(world, "asterisk", branch.secret, path) == 401
        assert send(world, "branch", head.secret, path) == 401
    assert send(world, "branch", branch.secret) == 200
    # commands, too
    body = json.dumps({"id": "x", "command": "ping", "args": {}}).encode()
    assert branch.exchange.post(body, secret=head.secret)[0] == 401
    branch.exchange.stop_connector()
    branch.exchange.start_connector(world.url, head.secret, "branch")
    since = time.time()
    for site in sites:
        site.exchange.call("8100", TALK)
    head.the_call(since, state="talking")
    wait_for(lambda: branch.exchange.health().get("pending", 0) > 5, what="events that wait")
    assert not branch.calls(since)
    end(head, since)
    branch.exchange.clear()
    # nothing is lost: with the right secret it arrives
    branch.exchange.stop_connector()
    branch.exchange.start_connector(world.url, branch.secret, "branch")
    call = branch.the_call(since, state="ended")
    assert (call["number"], call["hangup_by"]) == ("13800000001", "customer")
    assert not world.rows("SELECT 1 FROM gb_dead_letter")
