"""Callers serve themselves: SIPp presses keys, Asterisk and the connector play the published flow, Odoo answers."""

import contextlib
import json
import sqlite3
import time

import pytest
from pbx_fixtures import PATIENCE, wait_for

HOTLINE = "8002"


class Caller:
    """A customer on the self-service hotline, who waits for a question before he presses keys."""

    def __init__(self, world, number, steps="stay"):
        self.world, self.number, self.since = world, number, time.time()
        self.process = world.exchange.call(HOTLINE, steps, caller=number)

    def row(self):
        """Where he is, as the connector's journal says; None when he is in no flow."""
        with contextlib.closing(sqlite3.connect(self.world.exchange.run / "journal.db")) as db:
            rows = [json.loads(value) for (value,) in db.execute("SELECT value FROM ivr_sessions")]
        return next((row for row in rows if row["caller"] == self.number), None)

    def is_asked(self, *nodes):
        """The node, when he is at one of them and keys are expected."""
        row = self.row()
        if row and row["instruction"] and row["instruction"]["do"] in ("collect", "record"):
            node = row["session"]["node"]
            return node if node in nodes else None
        return None

    def press(self, keys, *nodes):
        """Press as soon as one of these nodes asks; returns which."""
        try:
            node = wait_for(lambda: self.is_asked(*nodes), what=f"{nodes} asks")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.row()}") from error
        self.process.voice.press(keys)
        return node

    def end(self):
        """Wait until the line is cut; the session as Odoo has it."""
        assert self.process.wait(PATIENCE) == 0
        return self.session(ended=True)

    def session(self, ended=False):
        """The session as Odoo has it."""
        query = """SELECT session.*, flow.code AS flow, partner.name AS customer FROM gb_ivr_session session
                     LEFT JOIN gb_ivr_flow flow ON flow.id = session.flow_id
                     LEFT JOIN res_partner partner ON partner.id = session.partner_id
                    WHERE session.number = %s AND session.started_at >= to_timestamp(%s) AT TIME ZONE 'UTC'"""
        if ended:
            query += " AND session.ended_at IS NOT NULL"
        return wait_for(
            lambda: self.world.rows(query, self.number, int(self.since)), 90, "session"
        )[0]

    def steps(self):
        """``[(node, input, exit)]`` in order, as Odoo has them."""
        rows = self.world.rows(
            "SELECT node, input, exit FROM gb_ivr_step WHERE session_id = %s ORDER BY number",
            self.session()["id"],
        )
        return [(row["node"], row["input"], row["exit"]) for row in rows]

    def call(self):
        """His call in Odoo, as soon as it has ended there, too: that is told by Asterisk's files, his session by the connector."""

        def find():
            rows = [c for c in self.world.calls(self.since) if c["number"] == self.number]
            assert len(rows) <= 1, rows
            return rows[0] if rows and rows[0]["state"] == "ended" else None

        return wait_for(find, what="his call has ended")


@pytest.fixture(scope="module")
def flow(world):
    """The published flow is on the connector's disk, and Odoo knows that."""
    wait_for(lambda: world.exchange.health().get("flows") == "up", what="ARI")
    state = """SELECT 1 FROM gb_ivr_delivery delivery JOIN gb_ivr_version version ON version.digest = delivery.digest
                WHERE version.state = 'published'"""
    wait_for(lambda: world.rows(state), what="the connector has told Odoo what it has")


@pytest.fixture
def ring(world, flow):
    """``ring("13800000021")``: a Caller."""
    callers = []

    def ring(number, **how):
        callers.append(Caller(world, number, **how))
        return callers[-1]

    yield ring
    for caller in callers:
        if caller.process.poll() is None:
            caller.process.kill()
    world.exchange.clear()


def test_order_placed_by_key_presses_is_a_sale_order(world, ring):
    caller = ring("13800000021")
    caller.press("1", "menu")
    caller.press("4711#", "who.pin1")
    caller.press("001#", "order.product")
    caller.press("2#", "order.quantity")
    caller.press("2", "order.more")
    while (node := caller.press("1", "order.address_key", "order.carrier_key", "order.payment_key", "order.confirm")) != "order.confirm":  # fmt: skip
        wait_for(lambda: caller.is_asked(node) is None, what="next")
    session = caller.end()
    orders = world.rows(
        """SELECT sale_order.*, partner.name AS customer FROM sale_order
             JOIN res_partner partner ON partner.id = sale_order.partner_id WHERE gb_ivr_session_id = %s""",
        session["id"],
    )
    assert len(orders) == 1 and session["order_id"] == orders[0]["id"]
    order = orders[0]
    assert (order["state"], order["customer"]) == ("sale", "Phone Buyer")
    assert (float(order["amount_total"]), order["gb_source"]) == (612.0, "phone")
    line = world.rows(
        "SELECT product_uom_qty FROM sale_order_line WHERE order_id = %s ORDER BY id", order["id"]
    )[0]
    assert line["product_uom_qty"] == 2
    assert session["is_verified"] and session["customer"] == "Phone Buyer"
    assert session["end_reason"] == "hangup"
    steps = caller.steps()
    assert [step[0] for step in steps] == ["menu", "who", "order", "bye"]
    assert steps[1][1:] == ("****", "verified") and steps[2][2] == "ordered"
    told = world.rows("SELECT string_agg(payload::text, ' ') AS text FROM gb_call_event")
    assert "4711" not in json.dumps(caller.steps()) and "4711#" not in told[0]["text"]
    call = caller.call()
    assert (call["result"], call["customer"]) == ("ivr_only", "Phone Buyer")


def test_a_wrong_pin_three_times_locks(world, ring):
    caller = ring("13800000022")
    caller.press("1", "menu")
    for number in (1, 2, 3):
        caller.press("0000#", f"who.pin{number}")
        wait_for(lambda: caller.is_asked(f"who.pin{number}") is None, what="next")  # noqa: B023
    session = caller.end()
    assert not session["is_verified"] and session["end_reason"] == "hangup"
    assert caller.steps()[1] == ("who", "**** **** ****", "locked")
    # the right one does not help any more
    again = ring("13800000022")
    again.press("1", "menu")
    again.press("5822#", "who.pin1")
    assert again.end()["is_verified"] is not True
    assert again.steps()[1] == ("who", "****", "locked")


def test_the_status_of_an_order_is_read_out(world, ring):
    caller = ring("13800000023")
    caller.press("2", "menu")
    session = caller.end()
    assert [step[0] for step in caller.steps()] == ["menu", "status", "bye"]
    assert caller.steps()[1][2] == "found"
    order = world.rows(
        "SELECT name FROM sale_order WHERE partner_id = (SELECT id FROM res_partner WHERE name = 'Waiting Customer')"
    )[0]
    answers = world.rows(
        "SELECT answer::text FROM gb_ivr_answer WHERE ask_id LIKE %s", f"{session['reference']}:%"
    )
    assert order["name"][1:] in answers[0]["answer"]


def test_a_message_becomes_a_work_order_that_can_be_played(world, ring, sign_in):
    caller = ring("13800000023")
    caller.press("3", "menu")
    wait_for(lambda: caller.is_asked("message"), what="record")
    wait_for(lambda: is_spoken(world, caller.since), what="some seconds of sound")
    caller.process.voice.press("#")
    session = caller.end()
    query = """SELECT recording.*, ticket.id AS ticket FROM gb_recording recording
                 JOIN gb_ticket ticket ON ticket.gb_voicemail_id = recording.id
                WHERE recording.call_id = %s AND recording.is_stored"""
    recording = wait_for(
        lambda: world.rows(query, session["call_id"]), 90, "work order with sound"
    )[0]
    assert recording["kind"] == "voicemail" and recording["duration"] > 1
    context = world._browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(world.url + "/web/login")
    page.fill("input[name=login]", "lead")
    page.fill("input[name=password]", "lead")
    page.click(".oe_login_form button[type=submit]")
    page.wait_for_selector(".o_main_navbar")
    heard = page.evaluate(
        """async (id) => {
            const sound = await (await fetch(`/gb/recording/${id}`)).arrayBuffer();
            const buffer = await new AudioContext().decodeAudioData(sound);
            const samples = buffer.getChannelData(0);
            return {seconds: buffer.duration, loudest: samples.reduce((a, b) => Math.max(a, Math.abs(b)), 0)};
        }""",
        recording["id"],
    )
    context.close()
    assert abs(heard["seconds"] - recording["duration"]) < 0.5 and heard["loudest"] > 0.05, heard


def hang_up_customers(world):
    """All customers hang up, and only they: an agent who went first would bring them back into the menu."""
    cli = world.exchange.pbx.cli
    for line in cli("core show channels concise").splitlines():
        if line.startswith("PJSIP/trunk-"):
            cli(f"channel request hangup {line.split('!')[0]}", check=False)


def is_spoken(world, since):
    """Whether a message of some seconds is on the disk."""
    found = [path.stat() for path in world.exchange.pbx.messages.glob("vm-*.wav")]
    return any(stat.st_mtime > since and stat.st_size > 50000 for stat in found)


def test_satisfaction_is_pressed_after_the_agent_and_the_pop_shows_the_way(world, ring, sign_in):
    agent = sign_in("1001", answer=2000)
    caller = ring("13800000023")
    caller.press("0", "menu")
    card = agent.card("ringing")
    agent.page.wait_for_selector(".o_gb_call_card:has-text('Menu')")
    assert "Waiting Customer" in card.inner_text()
    agent.shot("ivr-track")
    agent.card("talking")
    agent.command("hangup")
    caller.press("5", "rating")
    session = caller.end()
    call = caller.call()
    score = world.rows("SELECT score FROM gb_call WHERE id = %s", call["id"])[0]["score"]
    assert (session["rating"], float(score), call["login"]) == ("5", 5, "agent1001")
    assert [step[0] for step in caller.steps()] == ["menu", "agent", "rating", "bye"]
    agent.file_call("Question answered")


def test_an_hour_without_odoo_loses_nobody_and_nothing(world, ring, sign_in):
    sign_in("1001", answer=300)
    sign_in("1002", answer=300)
    since = time.time()
    world.kill_odoo()
    orderer, speaker, asker = (ring(f"1390000030{n}", steps="stay") for n in range(3))
    # he hears that it cannot be told now, and reaches an agent
    orderer.press("1", "menu")
    speaker.press("3", "menu")
    asker.press("0", "menu")

    def connected():
        return {
            data["callid"]
            for at, data in world.exchange.read("queue_log")
            if at >= int(since) and data["type"] == "CONNECT"
        }

    wait_for(lambda: len(connected()) == 2, what="both reach an agent")
    wait_for(lambda: is_spoken(world, since), what="some seconds of sound")
    hang_up_customers(world)
    world.start_odoo()
    wait_for(lambda: world.exchange.health().get("pending") == 0, what="everything is sent")
    sessions = {caller.number: caller.session(ended=True) for caller in (orderer, speaker, asker)}
    assert [s["end_reason"] for s in sessions.values()] == ["transfer", "caller", "transfer"]
    assert [s[0] for s in orderer.steps()] == ["menu", "who", "agent"]
    message = """SELECT recording.sha256 FROM gb_recording recording JOIN gb_ticket ticket ON ticket.gb_voicemail_id = recording.id
                  WHERE recording.call_id = %s AND recording.is_stored"""
    wait_for(lambda: world.rows(message, sessions[speaker.number]["call_id"]), what="message")
    # what Asterisk's own files say
    offered = {
        data["linkedid"]
        for at, data in world.exchange.read("cel")
        if at >= since and data["type"] == "CHAN_START" and data["context"] == "gb-inbound"
    }
    calls = {call["linked_id"]: call for call in world.calls(since)}
    assert calls.keys() == offered and len(offered) == 3
    answered = {linked for linked, call in calls.items() if call["result"] == "answered"}
    assert answered == connected()
    with contextlib.closing(sqlite3.connect(world.exchange.run / "journal.db")) as db:
        journaled = db.execute(
            "SELECT count(*) FROM events WHERE source = 'ivr' AND at >= ?", (since,)
        ).fetchone()[0]
    stored = world.rows(
        "SELECT count(*) AS n FROM gb_call_event WHERE source = 'ivr' AND at_epoch >= %s", since
    )[0]["n"]
    assert stored == journaled
    assert not world.rows("SELECT 1 FROM gb_dead_letter")
