"""A third party on the call, and supervisors: two browsers, three telephones, Asterisk, Odoo."""

import time

from pbx_fixtures import wait_for


def talk(world, agent, since):
    """A customer rings and talks with ``agent``."""
    world.exchange.call("8000", "stay")
    agent.card("talking")
    return world.the_call(since, state="talking")


def ask(agent, extension):
    """The agent asks the colleague at ``extension`` first, by the transfer picker."""
    agent.command("transfer")
    agent.page.locator(".o_gb_call_card .o_gb_transfer_picker input").fill(extension)
    agent.page.locator(".o_gb_call_card .o_gb_transfer_picker .o_gb_ask").first.click()
    agent.page.wait_for_selector(".o_gb_call_card .o_gb_third[data-state=talking]")


def by_seat(world, call):
    return {leg["extension"]: leg for leg in world.legs(call)}


def test_attended_transfer_with_right_talk_times(world, sign_in):
    first, second = sign_in("1001", answer=300), sign_in("1002", answer=300)
    second.rpc("gb.seat", "panel_pause", world.rows("SELECT id FROM gb_pause_reason")[0]["id"])
    since = time.time()
    call = talk(world, first, since)
    ask(first, "1002")
    assert second.card("talking").locator(".o_gb_third").inner_text().startswith("Agent 1001 asks")
    first.shot("consultation")
    asked_at = time.time()
    wait_for(lambda: time.time() - asked_at > 3, what="three seconds of consultation")
    first.command("complete")
    first.wait_state("wrap_up")
    completed = time.time()
    wait_for(lambda: time.time() - completed > 3, what="three seconds of talk")
    second.command("hangup")
    call = world.the_call(since, state="ended")
    legs = by_seat(world, call)
    assert legs["1001"]["transfer_kind"] == "attended"
    assert legs["1001"]["hold_seconds"] >= 3, "the customer was held during the consultation"
    assert 3 <= legs["1002"]["consult_seconds"] <= 120
    assert 2 <= legs["1002"]["talk_seconds"] <= 120
    apart = legs["1001"]["talk_seconds"] + legs["1001"]["hold_seconds"]
    length = float(call["ended"] - call["answered"])
    assert abs(apart + legs["1002"]["talk_seconds"] - length) <= 3
    assert call["login"] == "agent1002"


def test_conference_of_three_and_the_first_leaves(world, sign_in):
    first, second = sign_in("1001", answer=300), sign_in("1002", answer=300)
    second.rpc("gb.seat", "panel_pause", world.rows("SELECT id FROM gb_pause_reason")[0]["id"])
    since = time.time()
    talk(world, first, since)
    ask(first, "1002")
    first.command("conference")
    first.page.wait_for_selector(".o_gb_third[data-state=conference]")
    second.page.wait_for_selector(".o_gb_third[data-state=conference]")
    joined = time.time()
    wait_for(lambda: time.time() - joined > 3, what="three seconds of conference")
    first.command("hangup")
    first.wait_state("wrap_up")
    second.page.wait_for_selector(".o_gb_call_card .o_gb_third", state="detached")
    second.command("hangup")
    call = world.the_call(since, state="ended")
    legs = by_seat(world, call)
    assert not legs["1001"]["transfer_kind"], "who stays does not transfer"
    assert legs["1001"]["talk_seconds"] >= 3 and legs["1002"]["talk_seconds"] >= 3
    assert (
        legs["1002"]["talk_seconds"]
        >= legs["1001"]["talk_seconds"] - legs["1002"]["consult_seconds"] - 30
    )


def test_cancelled_consultation_leaves_the_call_with_the_first(world, sign_in):
    first, second = sign_in("1001", answer=300), sign_in("1002", answer=300)
    since = time.time()
    talk(world, first, since)
    second.rpc("gb.seat", "panel_pause", world.rows("SELECT id FROM gb_pause_reason")[0]["id"])
    ask(first, "1002")
    first.command("cancel_consult")
    first.card("talking")
    second.wait_state("paused")
    first.command("hangup")
    call = world.the_call(since, state="ended", login="agent1001")
    assert by_seat(world, call)["1002"]["talk_seconds"] == 0


def test_supervisor_listens_and_takes_the_call_over(world, sign_in):
    agent = sign_in("1001", answer=300)
    lead = sign_in("1004", answer=300, login="lead")
    since = time.time()
    call = talk(world, agent, since)
    lead.page.goto(world.url + "/odoo/live-board")
    seat = lead.page.locator(".o_gb_board_seat[data-state=on_call]", has_text="Agent 1001")
    seat.locator(".o_gb_listen").click()
    wait_for(
        lambda: "ChanSpy" in world.exchange.pbx.cli("core show channels concise"),
        what="the supervisor listens",
    )
    lead.shot("live-board")
    noted = world.rows("SELECT kind FROM gb_access_log WHERE res_id = %s", call["id"])
    assert {"kind": "listen"} in noted
    assert len(world.calls(since)) == 1, "listening is no call of its own"
    seat.locator(".o_gb_take").click()
    lead.page.click(".modal .btn-primary")
    lead.card("talking")
    agent.wait_state("wrap_up")
    lead.command("hangup")
    call = world.the_call(since, state="ended", login="lead")
    assert by_seat(world, call)["1004"]["result"] == "answered"
