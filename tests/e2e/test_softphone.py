"""The browser as telephone: real SIP and sound between Chromium and Asterisk."""

import math
import struct
import time
import wave

import pytest
from pbx_fixtures import PATIENCE, wait_for

PHONE = "odoo.__WOWL_DEBUG__.root.env.services['gb_callcenter.softphone']"
# what has come in and gone out, of the call that the page has now
STATS = f"""async () => {{
    const {{ connection }} = {PHONE}._call || {{}};
    const stats = connection ? [...(await connection.getStats()).values()] : [];
    const [heard, said] = ["inbound-rtp", "outbound-rtp"].map((t) => stats.find((s) => s.type === t) || {{}});
    return {{ received: heard.packetsReceived || 0, bytes_in: heard.bytesReceived || 0, energy: heard.totalAudioEnergy || 0,
        sent: said.packetsSent || 0, bytes_out: said.bytesSent || 0 }};
}}"""


# whether there is anything of SIP.js, and whether it was fetched
LOADED = """() => [Boolean(window.SIP),
    performance.getEntriesByType("resource").some(({ name }) => name.includes("assets_softphone"))]"""


def status(page):
    """What the panel would show: the status, its problem and the call's state."""
    return page.evaluate(
        f"() => {{ const p = {PHONE}; return [p.status, p.problem, p.call ? p.call.state : '']; }}"
    )


def wait_status(page, *wanted):
    """Wait until the telephone of this page is as wanted."""
    try:
        wait_for(lambda: status(page)[: len(wanted)] == list(wanted), what=str(wanted))
    except AssertionError as error:
        detail = page.evaluate(f"() => {PHONE}.detail")
        raise AssertionError(f"{error}: {status(page)} {detail}") from error


def contacts(world):
    """How many browsers Asterisk can ring at the seat."""
    return world.exchange.pbx.cli("pjsip show contacts", check=False).count("1006/sip:")


def counted(world):
    """Packets that Asterisk has received from and sent to the browser, of the call there is now."""
    lines = world.exchange.pbx.cli("pjsip show channelstats").splitlines()
    (line,) = [line for line in lines if " 1006-" in line]
    fields = line.split()
    return int(fields[4]), int(fields[8])


def talks(world, page):
    """Wait until sound goes on in both directions, as browser and Asterisk count it; what the browser counts then."""
    wait_for(lambda: page.evaluate(STATS)["energy"] > 0.1, what="the customer's voice")
    before, (from_browser, to_browser) = page.evaluate(STATS), counted(world)

    def goes_on():
        now, (received, sent) = page.evaluate(STATS), counted(world)
        grown = [now[name] - before[name] for name in ("received", "sent")]
        return min(*grown, received - from_browser, sent - to_browser) > 50 and now

    return wait_for(goes_on, what="sound in both directions")


def loudest(path, frequency):
    """The loudest tenth of a second of a recording at one frequency (Goertzel), of 32767."""
    with wave.open(str(path)) as file:
        rate, frames = file.getframerate(), file.readframes(file.getnframes())
        samples = struct.unpack(f"<{len(frames) // 2}h", frames)[:: file.getnchannels()]
    turn, best = 2 * math.cos(2 * math.pi * frequency / rate), 0
    for start in range(0, len(samples) - rate // 10, rate // 10):
        last = before = 0
        for sample in samples[start : start + rate // 10]:
            last, before = sample + turn * last - before, last
        power = last * last + before * before - turn * last * before
        best = max(best, math.sqrt(max(0, power)) * 20 / rate)
    return best


def register(page, account):
    """Status that Asterisk gives to a browser with this password."""
    return page.evaluate(
        """async (account) => {
            const { SIP } = window;
            const agent = new SIP.UserAgent({ uri: SIP.UserAgent.makeURI(account.uri), logBuiltinEnabled: false,
                authorizationUsername: account.user, authorizationPassword: account.password,
                transportOptions: { server: account.server } });
            await agent.start();
            const status = await new Promise((resolve) => new SIP.Registerer(agent).register({ requestDelegate: {
                onAccept: () => resolve(200), onReject: ({ message }) => resolve(message.statusCode) } }));
            await agent.stop();
            return status;
        }""",
        account,
    )


@pytest.fixture
def agent(world, sign_in):
    """The agent whose telephone is his browser."""
    agent = sign_in("1006", phone=False)
    wait_status(agent.page, "ready", "")
    query = "SELECT FROM gb_seat WHERE extension = '1006' AND device_state = 'idle'"
    wait_for(lambda: world.rows(query), what="Odoo knows that his telephone is there")
    yield agent


def test_an_agent_talks_in_the_browser(world, agent):
    assert agent.page.evaluate(LOADED) == [True, True]
    since = time.time()
    caller = world.exchange.call("8019", "90000")
    card = agent.card("ringing")
    wait_status(agent.page, "ready", "", "ringing")
    card.locator(".o_gb_answer").click()
    agent.card("talking")
    wait_status(agent.page, "ready", "", "talking")
    now = talks(world, agent.page)
    assert min(now["bytes_in"], now["bytes_out"]) > 8000
    quality = agent.page.evaluate(f"() => {PHONE}.quality")
    assert quality["level"] == "good" and quality["rtt"] < 250
    agent.shot("softphone")
    agent.command("hangup")
    agent.wait_state("wrap_up")
    wait_status(agent.page, "ready", "", "")
    assert caller.wait(PATIENCE) == 0
    call = world.the_call(since, state="ended", result="answered")
    assert (call["login"], call["extension"]) == ("agent1006", "1006")
    recording = world.exchange.pbx.recordings / f"{call['linked_id']}.wav"
    assert loudest(recording, 440) > 4000, "the customer's tone"
    assert loudest(recording, 400) > 1000, "the beeps of the agent's headset"


def test_buttons_work_as_at_a_desk_phone(world, agent):
    since = time.time()
    caller = world.exchange.call("8019", "90000")
    agent.card("ringing").locator(".o_gb_answer").click()
    agent.card("talking")
    talks(world, agent.page)
    for command, back in (("hold", "unhold"), ("mute", "unmute")):
        agent.command(command)
        agent.command(back)
        agent.page.wait_for_selector(f".o_gb_call_card .o_gb_{command}")
    answer = agent.rpc("gb.seat", "panel_call_command", "dtmf", "5")
    assert "error" not in answer, answer
    talks(world, agent.page)
    # the customer goes, and the browser is free again
    caller.terminate()
    world.exchange.clear()
    wait_status(agent.page, "ready", "", "")
    call = world.the_call(since, state="ended", result="answered")
    assert [leg["extension"] for leg in world.legs(call)] == ["1006"]


def test_an_agent_dials_out_from_the_browser(world, agent):
    carrier = world.exchange.carrier(answer=500)
    since = time.time()
    agent.page.click(".o_gb_seat_toggler")
    agent.page.fill(".o_gb_dial_number", "13800000001")
    agent.page.click(".o_gb_dial")
    # his own leg is answered by itself: nothing rings at him
    wait_status(agent.page, "ready", "", "talking")
    agent.card("talking")
    talks(world, agent.page)
    agent.command("hangup")
    wait_status(agent.page, "ready", "", "")
    call = world.the_call(since, state="ended")
    carrier.kill()
    assert (call["direction"], call["result"], call["login"]) == (
        "outbound",
        "answered",
        "agent1006",
    )
    recording = world.exchange.pbx.recordings / f"{call['linked_id']}.wav"
    assert loudest(recording, 400) > 1000, "the beeps of the agent's headset"


def test_a_call_that_is_refused_is_over(world, agent):
    world.exchange.call("8019", "90000")
    wait_status(agent.page, "ready", "", "ringing")
    agent.card("ringing")
    agent.command("hangup")
    wait_for(lambda: status(agent.page)[2] == "", what="it rings no more")
    world.exchange.clear()


def test_nothing_of_the_telephone_is_loaded_at_a_desk_phone(world, sign_in):
    agent = sign_in("1001")
    assert status(agent.page) == ["off", "", ""]
    assert agent.page.evaluate(LOADED) == [False, False]


def test_one_tab_rings_and_the_next_one_takes_over(world, agent):
    first, second = agent.page, agent.open_tab()
    wait_for(lambda: status(second)[0] == "ready", what="the second tab shows the state")
    assert [page.evaluate(f"() => {PHONE}.isLeader") for page in (first, second)] == [True, False]
    assert contacts(world) == 1
    caller = world.exchange.call("8019", "90000")
    wait_status(first, "ready", "", "ringing")
    wait_status(second, "ready", "", "ringing")
    sounds = [page.evaluate(f"() => Boolean({PHONE}.ringer.element)") for page in (first, second)]
    assert sounds == [True, False], "both tabs ring"
    # the button of a tab that is not the telephone works too
    second.evaluate(f"() => {PHONE}.answer()")
    wait_status(first, "ready", "", "talking")
    talks(world, first)
    caller.terminate()
    world.exchange.clear()
    wait_status(first, "ready", "", "")
    first.close()
    agent.page = second
    wait_for(lambda: second.evaluate(f"() => {PHONE}.isLeader"), what="the second tab leads")
    wait_status(second, "ready", "")
    wait_for(lambda: contacts(world) == 1, what="one browser")
    agent.wait_state("wrap_up")
    agent.rpc("gb.seat", "panel_ready")
    world.exchange.call("8019", "90000")
    wait_status(second, "ready", "", "ringing")
    agent.card("ringing")
    world.exchange.clear()
    agent.wait_state("ready")


def test_a_password_ends_with_its_session(world, agent):
    account = agent.page.evaluate(f"() => ({{...{PHONE}._account}})")
    assert register(agent.page, account) == 200
    fresh = agent.rpc("gb.seat", "get_softphone")["result"]
    fresh = {**fresh, "server": account["server"]}
    assert fresh["password"] != account["password"]
    assert register(agent.page, account) in (401, 403), "the password before still works"
    assert contacts(world) == 0
    assert register(agent.page, fresh) == 200
    assert "error" not in agent.rpc("gb.seat", "panel_sign_out")
    wait_for(lambda: status(agent.page)[0] == "off", what="signed out")
    assert register(agent.page, fresh) >= 400
    assert contacts(world) == 0
    answer = agent.rpc("gb.seat", "get_softphone")
    assert "Sign in at a seat first" in answer["error"]["data"]["message"]
    for log in (world.directory / "odoo.log", world.exchange.run / "connector.log"):
        assert not any(a["password"] in log.read_text() for a in (account, fresh)), log
    kept = (world.exchange.run / "journal.db").read_bytes()
    assert not any(a["password"].encode() in kept for a in (account, fresh))


def test_the_telephone_comes_back_after_the_pbx_was_away(world, agent):
    world.exchange.kill_pbx()
    wait_for(lambda: status(agent.page)[0] == "retrying", what="the panel tells")
    world.exchange.start()
    wait_status(agent.page, "ready", "")
    wait_for(lambda: contacts(world) == 1, what="registered again")
