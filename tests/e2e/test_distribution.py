"""Who gets whose call: skills, the last agent, VIPs, overflow, call-backs that keep the place. Set up in Odoo, nothing by hand."""

import time
import urllib.parse
import urllib.request
import xmlrpc.client

import pytest
from pbx_fixtures import PATIENCE, wait_for

USUAL = {
    "strategy": "round_robin",
    "sticky_seconds": 0,
    "overflow_queue_id": False,
    "is_callback_offered": False,
    "requirement_ids": [(5,)],
}


class Office:
    """What the administrator does in Odoo."""

    def __init__(self, world):
        self.world = world
        self.server = xmlrpc.client.ServerProxy(world.url + "/xmlrpc/2/object", allow_none=True)

    def do(self, model, method, *args):
        return self.server.execute_kw(self.world.database, 2, "admin", model, method, list(args))

    def find(self, model, *domain):
        return self.do(model, "search", list(domain))

    def queue(self, code="orders"):
        return self.find("gb.queue", ("code", "=", code))

    def set_queue(self, **values):
        self.do("gb.queue", "write", self.queue(), values)

    def asked(self, path, **query):
        """What the connector would tell the dialplan."""
        url = f"http://127.0.0.1:{self.world.exchange.route_port}/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.read().decode().split(",")


@pytest.fixture
def office(world):
    office = Office(world)
    yield office
    office.set_queue(**USUAL)
    office.do("gb.skill.level", "unlink", office.find("gb.skill.level"))
    for partner in office.find("res.partner", ("gb_level_id", "!=", False)):
        office.do("res.partner", "write", [partner], {"gb_level_id": False})
    open_rows = office.find("gb.callback", ("state", "in", ["asked", "dialling"]))
    office.do("gb.callback", "action_cancel", open_rows)


def shown(world, queue="orders"):
    return world.exchange.pbx.cli(f"queue show {queue}")


def waiting(world, queue="orders"):
    return int(shown(world, queue).split(" has ")[1].split(" calls")[0])


def member(world, extension, queue="orders"):
    return next(
        (row for row in shown(world, queue).splitlines() if f"PJSIP/{extension}" in row), ""
    )


def finish(agent):
    agent.card("talking")
    agent.command("hangup")
    agent.wait_state("wrap_up")
    agent.file_call("Question answered")


def test_the_best_agent_of_a_skill_is_rung_first(world, sign_in, office):
    skill = office.do("gb.skill", "create", [{"name": "Formula e2e"}])[0]
    for login, level in (("agent1001", "2"), ("agent1002", "5")):
        user = office.find("res.users", ("login", "=", login))[0]
        office.do(
            "gb.skill.level", "create", [{"user_id": user, "skill_id": skill, "level": level}]
        )
    office.set_queue(requirement_ids=[(0, 0, {"skill_id": skill, "min_level": "2"})])
    first, best = sign_in("1001", answer=500), sign_in("1002", answer=500)
    assert "penalty 300" in member(world, "1001") and "penalty" not in member(world, "1002")
    for _call in range(2):
        since = time.time()
        world.exchange.call("8000", "stay", caller="13712345678")
        finish(best)
        assert [leg["extension"] for leg in world.legs(world.the_call(since, state="ended"))] == [
            "1002"
        ]
    rows = office.find("gb.skill.level", ("user_id.login", "=", "agent1001"))
    office.do("gb.skill.level", "write", rows, {"level": "1"})
    wait_for(lambda: not member(world, "1001"), what="no member below the level")
    assert first.rpc("gb.seat", "get_panel")["result"]["seat"]["state"] == "ready"


def test_a_customer_who_rings_again_reaches_his_last_agent(world, sign_in, office):
    office.set_queue(sticky_seconds=10, sticky_days=2)
    agent = sign_in("1002", answer=500)
    world.exchange.call("8000", "stay")
    finish(agent)
    other = sign_in("1001", answer=500)
    wait_for(
        lambda: office.asked("queue", queue="orders", caller="013800000001")[4] == "1002",
        what="the connector knows the last agent",
    )
    since = time.time()
    world.exchange.call("8000", "stay")
    agent.card("talking")
    call = world.the_call(since, state="talking")
    assert (call["queue"], call["extension"]) == ("orders", "1002")
    finish(agent)
    call = world.the_call(since, state="ended", result="answered")
    assert [leg["extension"] for leg in world.legs(call)] == ["1002"] and call["wait_seconds"] <= 10
    # while he is away the queue serves the customer
    agent.rpc(
        "gb.seat", "panel_pause", world.rows("SELECT id FROM gb_pause_reason LIMIT 1")[0]["id"]
    )
    wait_for(lambda: office.asked("queue", queue="orders", caller="13800000001")[4] == "")
    since = time.time()
    world.exchange.call("8000", "stay")
    finish(other)
    assert world.the_call(since, state="ended")["extension"] == "1001"


def test_a_vip_overtakes_and_the_black_list_is_turned_away(world, sign_in, office):
    level = office.do(
        "gb.customer.level", "create", [{"name": "VIP e2e", "rank": 99, "call_priority": 20}]
    )[0]
    partner = office.find("res.partner", ("name", "=", "Known Customer"))
    office.do("res.partner", "write", partner, {"gb_level_id": level})
    row = office.do(
        "gb.blocked.number", "create", [{"number": "13799999999", "reason": "silent calls"}]
    )
    wait_for(lambda: office.asked("route", hotline="8000", caller="13800000001")[1] == "20")
    wait_for(
        lambda: office.asked("route", hotline="8000", caller="13799999999")[4] == "blocked", 30
    )
    since = time.time()
    world.exchange.call("8000", "stay", caller="13712345678")
    wait_for(lambda: waiting(world) == 1)
    world.exchange.call("8000", "stay", caller="13800000001")
    wait_for(lambda: waiting(world) == 2)
    agent = sign_in("1001", answer=500)
    card = agent.card("talking")
    assert card.locator(".o_gb_customer_name").inner_text() == "Known Customer"
    agent.shot("vip-first")
    finish(agent)
    finish(agent)
    ended = wait_for(
        lambda: (
            (found := world.calls(since)) and all(c["state"] == "ended" for c in found) and found
        ),
    )
    assert [call["number"] for call in sorted(ended, key=lambda c: c["answered"])] == [
        "13800000001",
        "13712345678",
    ]
    since = time.time()
    world.exchange.call("8000", "20000", caller="13799999999")
    call = world.the_call(since, state="ended")
    assert call["answered_at"] is None and call["queued_at"] is None
    strikes = wait_for(
        lambda: world.rows("SELECT strike_count FROM gb_blocked_number WHERE strike_count > 0"), 30
    )
    assert strikes[0]["strike_count"] == 1
    office.do("gb.blocked.number", "unlink", row)


def test_who_waits_too_long_goes_to_the_next_queue(world, sign_in, office):
    office.set_queue(overflow_queue_id=office.queue("aftersales")[0], overflow_seconds=4)
    wait_for(lambda: office.asked("queue", queue="orders", caller="1")[3] == "4")
    agent = sign_in("1003", answer=500)
    since = time.time()
    world.exchange.call("8000", "stay", caller="13712345678")
    agent.card("talking")
    agent.command("hangup")
    call = world.the_call(since, state="ended", result="answered")
    assert (call["queue"], call["extension"]) == ("aftersales", "1003")
    assert call["wait_seconds"] >= 3


def test_a_call_back_keeps_the_place_and_is_not_doubled(world, sign_in, office):
    office.set_queue(is_callback_offered=True)
    wait_for(lambda: office.asked("queue", queue="orders", caller="1")[6] == "1")
    since = time.time()
    caller = world.exchange.call("8000", "stay", caller="13800000001")
    wait_for(lambda: waiting(world) == 1)
    world.exchange.call("8000", "stay", caller="13712345678")
    wait_for(lambda: waiting(world) == 2)
    # 1 = call me back; the number is read out; 1 = yes
    caller.voice.press("1")
    wait_for(lambda: world.exchange.doing("13800000001") == "Read", what="he is asked")
    caller.voice.press("1")
    assert caller.wait(PATIENCE) == 0, "he is told and hung up on"
    row = wait_for(
        lambda: world.rows("SELECT * FROM gb_callback WHERE is_in_queue"), 60, "call-back"
    )[0]
    assert (row["number_key"], row["state"], row["origin"]) == ("+8613800000001", "asked", "caller")
    wait_for(lambda: "Local/s@gb-callback" in shown(world), what="his place")
    text = shown(world)
    assert text.index("Local/s@gb-callback") < text.index("PJSIP/trunk"), "before who came later"
    known = office.asked("callback", queue="orders", number="+86 138 0000 0001", caller="x")
    assert known == ["known"]
    carrier = world.exchange.carrier(answer=1500)
    agent = sign_in("1001", answer=500)
    card = agent.card("talking")
    assert card.locator(".o_gb_customer_name").inner_text() == "Known Customer"
    agent.shot("call-back")
    talking = time.time()
    wait_for(lambda: time.time() - talking > 3)
    agent.command("hangup")
    agent.wait_state("wrap_up")
    call = wait_for(
        lambda: [c for c in world.calls(since) if c["direction"] == "outbound" and c["ended_at"]],
    )[0]
    assert (call["result"], call["queue"], call["login"]) == ("answered", "orders", "agent1001")
    carrier.kill()
    customer = [
        at
        for at, data in world.exchange.read("cel")
        if data["linkedid"] == call["linked_id"]
        and data["context"] == "gb-inbound"
        and data["type"] in ("ANSWER", "HANGUP")
    ]
    assert abs(call["talk_seconds"] - (customer[-1] - customer[0])) <= 1, "as long as both talked"
    agent.file_call("Question answered")
    finish(agent)
    query = """SELECT * FROM gb_callback WHERE number_key = '+8613800000001'
                 AND asked_at >= to_timestamp(%s) AT TIME ZONE 'UTC'"""
    rows = world.rows(query, int(since))
    assert [(r["state"], r["call_id"]) for r in rows] == [("reached", call["id"])]
    first = min(
        (c for c in world.calls(since) if c["number"] == "13800000001"), key=lambda c: c["offered"]
    )
    assert (first["direction"], first["answered_at"]) == ("inbound", None)
