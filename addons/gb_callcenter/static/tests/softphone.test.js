import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { getService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { callQuality } from "@gb_callcenter/softphone/quality";
import { LibraryError, RegisterError, phones } from "@gb_callcenter/softphone/sip_phone";
import {
    BELIEVED_REFUSALS,
    LONGEST_RETRY,
    Softphone,
} from "@gb_callcenter/softphone/softphone_service";
import { Ringer } from "@gb_callcenter/softphone/sound";
import { tabs } from "@gb_callcenter/softphone/tab_lead";
import {
    makeCard,
    makePanel,
    makeSeat,
    mockSeatServer,
    mountSeat,
    openPanel,
    refuse,
} from "./helpers/seat_helpers";

describe.current.tags("desktop");

const BROWSER = makePanel({ seat: makeSeat({ phone_kind: "browser" }) });

/** A telephone that does what the test says, and a tab that leads at once. */
function mockPhone({ microphone = "", leads = true } = {}) {
    const fake = { told: [], answers: [], made: [], accounts: 0, loads: 0 };
    onRpc("gb.seat", "get_softphone", () => {
        fake.accounts++;
        return {
            uri: "sip:8001@pbx",
            user: "8001",
            password: "x",
            server: "wss://pbx.example.com/ws",
            ice_servers: [],
            expires_at: Date.now() / 1000 + 43200,
        };
    });
    patchWithCleanup(Softphone.prototype, { _findMicrophone: async () => fake.microphone });
    patchWithCleanup(Ringer.prototype, {
        ring: async () => {
            expect.step("rings");
            return true;
        },
    });
    patchWithCleanup(tabs, {
        isSecure: () => true,
        join: (on) => {
            fake.tab = on;
            Promise.resolve().then(() => leads && on.lead());
            return {
                tell: (message) => fake.told.push(message),
                leave: () => expect.step("leaves"),
            };
        },
    });
    patchWithCleanup(phones, {
        load: async () => {
            fake.loads++;
            return (account, on) => {
                const phone = {
                    on,
                    connect: async () => {},
                    register: async () => {
                        const answer = fake.answers.shift();
                        if (answer) {
                            throw answer;
                        }
                    },
                    close: () => {},
                };
                fake.made.push(phone);
                return phone;
            };
        },
    });
    fake.microphone = microphone;
    fake.ring = async ({ isOwn = false } = {}) => {
        const call = {
            from: "13800138000",
            isOwn,
            accept: async () => expect.step("accepts"),
            hangup: (status) => expect.step(`hangs up ${status || ""}`.trim()),
        };
        fake.made.at(-1).on.call(call);
        await animationFrame();
        return call;
    };
    return fake;
}

async function settle() {
    for (let i = 0; i < 4; i++) {
        await animationFrame();
    }
}

function state() {
    const { status, problem } = getService("gb_callcenter.softphone");
    return [status, problem];
}

test("a seat with a desk phone needs nothing", async () => {
    mockSeatServer(makePanel({ seat: makeSeat({ phone_kind: "desk" }) }));
    const fake = mockPhone();
    await mountSeat();
    await settle();
    expect(state()).toEqual(["off", ""]);
    expect([fake.loads, fake.accounts, fake.made.length]).toEqual([0, 0, 0]);
});

test("the browser becomes the telephone, and stops when the agent signs out", async () => {
    const server = mockSeatServer(BROWSER);
    const fake = mockPhone();
    await mountSeat();
    await settle();
    expect(state()).toEqual(["ready", ""]);
    server.panel = makePanel({ seat: false });
    await server.send();
    await settle();
    expect(state()).toEqual(["off", ""]);
    expect.verifySteps([["get_panel"], "leaves"]);
    expect(fake.accounts).toBe(1);
});

test("the button of the card answers here, not through the server", async () => {
    const server = mockSeatServer(BROWSER);
    const fake = mockPhone();
    await mountSeat();
    await settle();
    await fake.ring();
    server.panel = makePanel({
        seat: makeSeat({ phone_kind: "browser", state: "ringing" }),
        call: makeCard(),
    });
    await server.send();
    expect.verifySteps(["rings", ["get_panel"]]);
    await getService("gb_callcenter.seat").command("answer");
    expect.verifySteps(["accepts"]);
});

test("what he has asked for himself is picked up by itself", async () => {
    mockSeatServer(BROWSER);
    const fake = mockPhone();
    await mountSeat();
    await settle();
    await fake.ring({ isOwn: true });
    expect.verifySteps(["accepts"]);
});

test("a second caller hears busy", async () => {
    mockSeatServer(BROWSER);
    const fake = mockPhone();
    await mountSeat();
    await settle();
    await fake.ring();
    await fake.ring();
    expect.verifySteps(["rings", "hangs up 486"]);
});

test("a lost registration is tried again, later and later", async () => {
    mockSeatServer(BROWSER);
    const fake = mockPhone();
    await mountSeat();
    await settle();
    fake.answers = [new RegisterError(503), new RegisterError(503)];
    fake.made[0].on.lost();
    expect(state()).toEqual(["retrying", "unreachable"]);
    await advanceTime(LONGEST_RETRY);
    await settle();
    expect(state()).toEqual(["retrying", "refused"]);
    await advanceTime(LONGEST_RETRY);
    await settle();
    await advanceTime(LONGEST_RETRY * 2);
    await settle();
    expect(state()).toEqual(["ready", ""]);
    expect(fake.accounts).toBe(3, { message: "a refused password is not used again" });
});

test("a telephone that is in another browser is not taken back before a click", async () => {
    mockSeatServer(BROWSER);
    const fake = mockPhone();
    await mountSeat();
    await settle();
    fake.answers = Array.from({ length: BELIEVED_REFUSALS }, () => new RegisterError(401));
    fake.made[0].on.lost();
    for (let i = 0; i < BELIEVED_REFUSALS; i++) {
        await advanceTime(LONGEST_RETRY);
        await settle();
    }
    expect(state()).toEqual(["blocked", "elsewhere"]);
    await advanceTime(LONGEST_RETRY * 10);
    expect(state()).toEqual(["blocked", "elsewhere"]);
    await openPanel();
    expect(".o_gb_softphone_problem").toHaveText(/another browser/);
    getService("gb_callcenter.softphone").retry();
    await settle();
    expect(state()).toEqual(["ready", ""]);
});

test("a telephone system that has just started may refuse once", async () => {
    mockSeatServer(BROWSER);
    const fake = mockPhone();
    await mountSeat();
    await settle();
    fake.answers = [new RegisterError(401), new RegisterError(500)];
    fake.made[0].on.lost();
    for (let i = 0; i < 3; i++) {
        await advanceTime(LONGEST_RETRY);
        await settle();
    }
    expect(state()).toEqual(["ready", ""]);
    expect(fake.accounts).toBe(2);
});

test("what is wrong is said: no library, no microphone, a refusal of the server", async () => {
    mockSeatServer(BROWSER);
    const fake = mockPhone({ microphone: "microphone_refused" });
    await mountSeat();
    await settle();
    expect(state()).toEqual(["blocked", "microphone_refused"]);
    fake.microphone = "";
    onRpc("gb.seat", "get_softphone", () => refuse("No telephones in the browser here."));
    await getService("gb_callcenter.softphone").retry();
    expect(state()).toEqual(["retrying", "server"]);
    expect(getService("gb_callcenter.softphone").detail).toBe("No telephones in the browser here.");
    patchWithCleanup(phones, {
        load: async () => {
            throw new LibraryError();
        },
    });
    await getService("gb_callcenter.softphone").retry();
    expect(state()).toEqual(["blocked", "library"]);
    await openPanel();
    expect(".o_gb_softphone_problem").toHaveText(/missing on the server/);
});

test("a tab that does not lead shows the state and hands clicks on", async () => {
    mockSeatServer(BROWSER);
    const fake = mockPhone({ leads: false });
    await mountSeat();
    await settle();
    expect(fake.made.length).toBe(0);
    fake.tab.message({
        type: "state",
        state: { status: "ready", problem: "", call: { state: "ringing", from: "1" } },
    });
    expect(state()).toEqual(["ready", ""]);
    await getService("gb_callcenter.softphone").answer();
    expect(fake.told.at(-1)).toEqual({ type: "do", name: "answer" });
    fake.tab.lead();
    await settle();
    expect(fake.made.length).toBe(1);
});

test("the quality of a line counts what was lost since the last look", () => {
    const report = (packetsReceived, packetsLost, currentRoundTripTime) =>
        new Map([
            [1, { type: "inbound-rtp", kind: "audio", packetsReceived, packetsLost }],
            [2, { type: "candidate-pair", nominated: true, currentRoundTripTime }],
        ]);
    const first = callQuality(report(100, 100, 0.02), {});
    expect(first.quality).toEqual({ level: "bad", loss: 50, rtt: 20 });
    const second = callQuality(report(200, 100, 0.3), first.now);
    expect(second.quality).toEqual({ level: "fair", loss: 0, rtt: 300 });
});
