"""A customer rings the hotline: Asterisk, connector, Odoo, the agent's browser."""

import time

from pbx_fixtures import PATIENCE, wait_for


def pbx_times(world, since):
    """When Asterisk's own files say that the last call was offered, queued, rang, was answered and ended."""
    cel = [(at, data) for at, data in world.exchange.read("cel") if at >= since]

    def first(kind, **match):
        return next(
            at
            for at, data in cel
            if data["type"] == kind and all(data[name] == value for name, value in match.items())
        )

    return {
        "offered": first("CHAN_START", context="gb-inbound"),
        "queued": first("APP_START", app="Queue"),
        "rang": first("CHAN_START", context="gb-agent"),
        "answered": first("ANSWER", context="gb-agent"),
        "ended": first("LINKEDID_END"),
    }


def test_known_customer_from_ring_to_filed(world, sign_in):
    agent = sign_in("1001", answer=8000)
    since = time.time()
    caller = world.exchange.call("8000", "stay")
    card = agent.card("ringing")
    assert world.the_call(since, state="ringing")["answered_at"] is None, "pops before he picks up"
    assert card.locator(".o_gb_customer_name").inner_text() == "Known Customer"
    assert "Order hotline" in card.inner_text()
    agent.shot("ringing")
    agent.card("talking")
    agent.wait_state("on_call")
    agent.command("hangup")
    agent.wait_state("wrap_up")
    agent.file_call("Order taken", "two tins of stage 1")
    assert caller.wait(PATIENCE) == 0
    call = world.the_call(since, state="ended", disposition="Order taken")
    for name, at in pbx_times(world, since).items():
        assert abs(float(call[name]) - at) <= 1, name
    assert (call["result"], call["login"], call["queue"]) == ("answered", "agent1001", "orders")
    assert (call["customer"], call["note"]) == ("Known Customer", "two tins of stage 1")
    assert call["wait_seconds"] >= 2 and call["wrap_end_at"] is not None
    recording = wait_for(
        lambda: world.rows(
            "SELECT * FROM gb_recording WHERE call_id = %s AND is_stored", call["id"]
        ),
        what="recording",
    )[0]
    assert abs(recording["duration"] - call["talk_seconds"]) <= 2


def test_recording_plays_for_the_lead_and_not_for_the_agent(world, sign_in):
    agent = sign_in("1001", answer=300)
    since = time.time()
    world.exchange.call("8000", "20000")
    agent.card("ended")
    call = world.the_call(since, state="ended")
    recording = wait_for(
        lambda: world.rows(
            "SELECT id FROM gb_recording WHERE call_id = %s AND is_stored", call["id"]
        ),
        what="recording",
    )[0]
    answer = agent.page.request.get(f"{world.url}/gb/recording/{recording['id']}")
    assert answer.status == 403
    context = world._browser.new_context()
    page = context.new_page()
    page.goto(world.url + "/web/login")
    page.fill("input[name=login]", "lead")
    page.fill("input[name=password]", "lead")
    page.click(".oe_login_form button[type=submit]")
    page.goto(f"{world.url}/odoo/calls/{call['id']}")
    page.wait_for_selector("audio")
    heard = page.evaluate(
        """async () => {
            const audio = document.querySelector("audio");
            const sound = await (await fetch(audio.src)).arrayBuffer();
            const buffer = await new AudioContext().decodeAudioData(sound);
            const samples = buffer.getChannelData(0);
            return {seconds: buffer.duration, loudest: samples.reduce((a, b) => Math.max(a, Math.abs(b)), 0)};
        }"""
    )
    context.close()
    assert heard["seconds"] > 1 and heard["loudest"] > 0.01, heard
    log = world.rows("SELECT * FROM gb_access_log WHERE res_id = %s", recording["id"])
    assert log and log[0]["kind"] == "recording"
    agent.file_call("Question answered")


def test_unknown_withheld_and_ambiguous_callers_pop_accordingly(world, sign_in):
    agent = sign_in("1001", answer=60000)
    for caller, state, text in (
        ("13712345678", "unknown", "Create customer"),
        (None, "withheld", "Create customer"),
        ("13800000002", "ambiguous", "Shared Mother"),
    ):
        since = time.time()
        world.exchange.call("8000", "stay", caller=caller)
        card = agent.card("ringing")
        assert card.locator(".o_gb_number").get_attribute("data-number-state") == state
        assert text in card.inner_text()
        if state == "ambiguous":
            assert card.locator(".o_gb_candidate").count() == 2
            card.locator(".o_gb_candidate:has-text('Shared Father')").click()
            agent.page.wait_for_selector(".o_gb_customer_name:has-text('Shared Father')")
        world.exchange.clear()
        call = world.the_call(since, state="ended", result="abandoned")
        assert call["number_state"] == state
        agent.wait_state("ready")
    assert call["customer"] == "Shared Father"


def test_customer_who_gives_up_is_logged_with_his_waiting_time(world):
    since = time.time()
    world.exchange.call("8000", "20000")
    call = world.the_call(since, state="ended")
    assert (call["result"], call["hangup_by"], call["answered_at"]) == (
        "abandoned",
        "customer",
        None,
    )
    log = [data for at, data in world.exchange.read("queue_log") if at >= int(since)]
    waited = int(
        next(
            data["args"][2]
            for data in log
            if data["type"] == "ABANDON" and data["callid"] == call["linked_id"]
        )
    )
    assert abs(call["wait_seconds"] - waited) <= 1


def test_agent_who_does_not_answer_loses_the_call_to_the_next(world, sign_in):
    first = sign_in("1001", answer=60000)
    since = time.time()
    world.exchange.call("8000", "stay")
    first.card("ringing")
    second = sign_in("1002", answer=500)
    second.card("talking")
    first.wait_state("ready")
    second.command("hangup")
    second.file_call("Question answered")
    call = world.the_call(since, state="ended")
    results = [(leg["extension"], leg["result"]) for leg in world.legs(call)]
    assert results[-1] == ("1002", "answered") and ("1001", "no_answer") in results
    assert call["login"] == "agent1002"


def test_blind_transfer_gives_each_agent_his_own_talk_time(world, sign_in):
    first = sign_in("1001", answer=300)
    since = time.time()
    world.exchange.call("8000", "stay")
    first.card("talking")
    second = sign_in("1003", answer=300)
    wait_for(lambda: time.time() - float(world.calls(since)[0]["answered"]) > 3)
    answer = first.rpc("gb.seat", "panel_call_command", "transfer", "1003")
    assert "error" not in answer, answer
    card = second.card("talking")
    assert card.locator(".o_gb_customer_name").inner_text() == "Known Customer"
    first.file_call("Question answered")
    talking = time.time()
    wait_for(lambda: time.time() - talking > 2)
    second.command("hangup")
    call = world.the_call(since, state="ended", result="answered")
    legs = world.legs(call)
    assert [leg["extension"] for leg in legs] == ["1001", "1003"]
    assert legs[0]["transfer_kind"] == "blind" and legs[0]["transfer_target"] == "1003"
    bridges = [
        (at, data)
        for at, data in world.exchange.read("cel")
        if at >= since and data["context"] == "gb-agent"
    ]
    for leg in legs:
        own = [
            at
            for at, data in bridges
            if data["uniqueid"] == leg["channel"] and data["type"] in ("ANSWER", "HANGUP")
        ]
        assert abs(leg["talk_seconds"] - (own[-1] - own[0])) <= 1, leg
    second.page.wait_for_selector(".o_gb_call_card[data-state=ended]")
    second.rpc(
        "gb.seat",
        "panel_wrap_up",
        call["id"],
        world.rows("SELECT id FROM gb_disposition WHERE active LIMIT 1")[0]["id"],
        "",
        True,
    )


def test_hold_and_mute_reach_the_pbx_and_come_back(world, sign_in):
    agent = sign_in("1001", answer=300)
    since = time.time()
    world.exchange.call("8000", "stay")
    agent.card("talking")
    agent.command("hold")
    agent.card("held")
    held = time.time()
    wait_for(lambda: time.time() - held > 2)
    agent.command("unhold")
    agent.card("talking")
    agent.command("mute")
    agent.page.wait_for_selector(".o_gb_call_card .o_gb_unmute")
    agent.command("hangup")
    agent.file_call("Question answered")
    call = world.the_call(since, state="ended")
    assert call["hold_seconds"] >= 1
    assert world.legs(call)[0]["hold_seconds"] == call["hold_seconds"]


def test_seat_state_reaches_the_pbx(world, sign_in):
    agent = sign_in("1001", answer=300)

    def member():
        status = world.exchange.pbx.cli("queue show orders")
        return next((line for line in status.splitlines() if "PJSIP/1001" in line), "")

    wait_for(lambda: member() and "paused" not in member(), what="queue member")
    answer = agent.rpc(
        "gb.seat", "panel_pause", world.rows("SELECT id FROM gb_pause_reason LIMIT 1")[0]["id"]
    )
    assert answer["result"]["seat"]["state"] == "paused"
    agent.wait_state("paused")
    assert "paused" in member()
    agent.rpc("gb.seat", "panel_ready")
    agent.wait_state("ready")
    assert "paused" not in member()
    agent.rpc("gb.seat", "panel_sign_out")
    assert not member()


def test_agent_dials_out(world, sign_in):
    agent = sign_in("1001", answer=300)
    carrier = world.exchange.carrier(answer=500)
    since = time.time()
    for _click in range(2):  # a nervous agent, one token
        answer = agent.rpc("gb.seat", "panel_dial", "+86 138 0000 0001", "one-click")
        if "error" in answer:
            assert "Finish the call first" in str(answer)
    agent.card("talking")
    agent.command("hangup")
    call = world.the_call(since, state="ended")
    carrier.kill()
    assert (call["direction"], call["result"], call["customer"]) == (
        "outbound",
        "answered",
        "Known Customer",
    )
    assert call["dialled"] == "13800000001"


def test_second_tab_shows_the_state_and_doubles_nothing(world, sign_in):
    agent = sign_in("1001", answer=1500)
    tab = agent.open_tab()
    tab.wait_for_selector(".o_gb_seat_toggler[data-state=ready]")
    since = time.time()
    world.exchange.call("8000", "stay")
    agent.card("talking")
    tab.wait_for_selector(".o_gb_call_card[data-state=talking]")
    tab.click(".o_gb_call_card .o_gb_hangup")
    agent.file_call("Order taken", "filed in the first tab")
    tab.wait_for_selector(".o_gb_seat_toggler[data-state=ready]")
    call = world.the_call(since, state="ended")
    events = world.rows(
        "SELECT count(*) AS n FROM gb_call_event WHERE call_id = %s AND source = 'agent'",
        call["id"],
    )
    assert events[0]["n"] == 2, "one filing, one end of after-call work"
