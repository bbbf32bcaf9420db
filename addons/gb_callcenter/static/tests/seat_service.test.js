import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { RETRY_DELAY } from "@gb_callcenter/seat/seat_service";
import { formatSeconds } from "@gb_callcenter/seat/labels";
import {
    getService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";
import { SeatPanel } from "@gb_callcenter/seat_panel/seat_panel";
import {
    CUSTOMER,
    makeCard,
    makePanel,
    makeSeat,
    mockSeatServer,
    mountSeat,
    refuse,
} from "./helpers/seat_helpers";

describe.current.tags("desktop");

test("nothing is asked for a user who is no agent", async () => {
    mockSeatServer();
    onRpc("res.users", "has_group", () => false);
    await mountWithCleanup(SeatPanel);
    await animationFrame();
    expect(".o_gb_seat_toggler").toHaveCount(0);
    expect.verifySteps([]);
});

test("two messages in one packet lead to one reading", async () => {
    const server = mockSeatServer();
    await mountSeat();
    server.notify({ event: "state" });
    server.notify({ event: "ring" });
    await animationFrame();
    expect.verifySteps([["get_panel"]]);
});

test("messages during a reading lead to exactly one more", async () => {
    const server = mockSeatServer();
    await mountSeat();
    const release = server.gate();
    server.notify({ event: "ring" });
    await animationFrame();
    server.notify({ event: "call" });
    server.notify({ event: "call" });
    server.notify({ event: "call" });
    await animationFrame();
    expect.verifySteps([["get_panel"]]);
    await release();
    expect.verifySteps([["get_panel"]]);
});

test("a late answer does not overwrite a newer one", async () => {
    const server = mockSeatServer();
    await mountSeat();
    const releaseReading = server.gate();
    server.notify({ event: "state" });
    await animationFrame();
    const paused = makePanel({ seat: makeSeat({ state: "paused" }) });
    server.on("panel_pause", () => (server.panel = paused));
    await getService("gb_callcenter.seat").pause(1);
    expect(getService("gb_callcenter.seat").seat.state).toBe("paused");
    await releaseReading(makePanel({ seat: makeSeat({ state: "ready" }) }));
    expect(getService("gb_callcenter.seat").seat.state).toBe("paused");
    expect.verifySteps([["get_panel"], ["panel_pause", 1]]);
});

test("a late answer to an action is dropped, and the panel is read again", async () => {
    const server = mockSeatServer();
    await mountSeat();
    const seat = getService("gb_callcenter.seat");
    const releaseAction = server.gate();
    seat.pause(1);
    await animationFrame();
    server.panel = makePanel({ seat: makeSeat({ state: "ringing" }), call: makeCard() });
    await server.send({ event: "ring" });
    expect(seat.seat.state).toBe("ringing");
    await releaseAction(makePanel({ seat: makeSeat({ state: "paused" }) }));
    expect(seat.seat.state).toBe("ringing");
    expect.verifySteps([["panel_pause", 1], ["get_panel"], ["get_panel"]]);
});

test("a reconnected bus leads to a reading", async () => {
    const server = mockSeatServer();
    await mountSeat();
    server.trigger("BUS:RECONNECT");
    await animationFrame();
    expect.verifySteps([["get_panel"]]);
});

test("only one action at a time", async () => {
    const server = mockSeatServer();
    await mountSeat();
    const seat = getService("gb_callcenter.seat");
    const release = server.gate();
    const first = seat.pause(1);
    expect(await seat.pause(2)).toBe(false);
    expect(seat.pending).toBe("panel_pause");
    await release();
    expect(await first).toBe(true);
    expect(seat.pending).toBe(false);
    expect.verifySteps([["panel_pause", 1]]);
});

test("a refusal is shown with the server's words, and the panel is read again", async () => {
    const server = mockSeatServer();
    await mountSeat();
    server.on("panel_pause", () => refuse("Finish your call first."));
    expect(await getService("gb_callcenter.seat").pause(1)).toBe(false);
    await animationFrame();
    expect(".o_notification").toHaveText(/Finish your call first\./);
    expect.verifySteps([["panel_pause", 1], ["get_panel"]]);
});

test("without a connection the state is marked as old and read again later", async () => {
    const server = mockSeatServer();
    await mountSeat();
    const seat = getService("gb_callcenter.seat");
    let isDown = true;
    patchWithCleanup(seat.orm.silent.constructor.prototype, {
        call() {
            return isDown ? Promise.reject(new ConnectionLostError("/")) : super.call(...arguments);
        },
    });
    server.notify({ event: "state" });
    await animationFrame();
    await animationFrame();
    expect(seat.isOffline).toBe(true);
    expect(seat.seat.name).toBe("Desk 1");
    isDown = false;
    await advanceTime(RETRY_DELAY);
    await animationFrame();
    expect(seat.isOffline).toBe(false);
    expect.verifySteps([["get_panel"]]);
});

test("dialling again after a lost connection keeps the token, another number gets a new one", async () => {
    const server = mockSeatServer();
    await mountSeat();
    const seat = getService("gb_callcenter.seat");
    let isDown = true;
    const lost = [];
    patchWithCleanup(seat.orm.silent.constructor.prototype, {
        call(model, method, args) {
            if (!isDown) {
                return super.call(...arguments);
            }
            if (method === "panel_dial") {
                lost.push(args[1]);
            }
            return Promise.reject(new ConnectionLostError("/"));
        },
    });
    await seat.dial("13800138000");
    isDown = false;
    await seat.dial("13800138000");
    await seat.dial("13800138000");
    expect(server.tokens[0]).toBe(lost[0]);
    expect(server.tokens[1]).not.toBe(lost[0]);
    await animationFrame();
    expect(".o_notification").toHaveText(/server did not answer/);
    expect.verifySteps([
        ["panel_dial", "13800138000"],
        ["panel_dial", "13800138000"],
    ]);
});

test("tones typed while one is being sent go out together", async () => {
    const server = mockSeatServer(
        makePanel({ seat: makeSeat({ state: "on_call" }), call: makeCard({ state: "talking" }) })
    );
    await mountSeat();
    const seat = getService("gb_callcenter.seat");
    const release = server.gate();
    seat.sendDigits("1");
    seat.sendDigits("2");
    seat.sendDigits("#");
    await release();
    expect.verifySteps([
        ["panel_call_command", "dtmf", "1"],
        ["panel_call_command", "dtmf", "2#"],
    ]);
});

test("the title of the tab shows who rings", async () => {
    const server = mockSeatServer();
    await mountSeat();
    server.panel = makePanel({
        seat: makeSeat({ state: "ringing" }),
        call: makeCard({ partner: CUSTOMER, number_state: "known" }),
    });
    await server.send({ event: "ring" });
    expect(getService("title").current).toMatch(/^☎ Li Na/);
    server.panel = makePanel();
    await server.send({ event: "state" });
    expect(getService("title").current).not.toMatch(/Li Na/);
    expect.verifySteps([["get_panel"], ["get_panel"]]);
});

test("a system notification comes only with permission and when nobody looks", async () => {
    const server = mockSeatServer();
    class FakeNotification {
        static permission = "granted";
        static requestPermission() {
            expect.step("permission asked");
        }
        constructor(title) {
            expect.step(title);
        }
    }
    patchWithCleanup(browser, { Notification: FakeNotification });
    await mountSeat();
    const seat = getService("gb_callcenter.seat");
    patchWithCleanup(seat.multiTab, { isOnMainTab: async () => true });
    let isFocused = true;
    patchWithCleanup(seat.presence, { isOdooFocused: () => isFocused });
    server.panel = makePanel({ call: makeCard() });
    await server.send();
    expect.verifySteps([["get_panel"]]);
    isFocused = false;
    server.panel = makePanel({ call: makeCard({ id: 18 }) });
    await server.send();
    await server.send(); // the same call again
    expect.verifySteps([["get_panel"], "Incoming call: +8613800138000", ["get_panel"]]);
    FakeNotification.permission = "default";
    await seat.signIn(1);
    expect.verifySteps(["permission asked", ["panel_sign_in", 1]]);
});

test("timers follow the server's clock", async () => {
    mockDate("2026-03-01 10:00:00", 0);
    mockSeatServer(
        makePanel({
            now: "2026-03-01 09:02:05",
            seat: makeSeat({ state_since: "2026-03-01 09:00:00" }),
        })
    );
    await mountSeat();
    expect(".o_gb_seat_toggler .o_gb_timer").toHaveText("02:05");
    await advanceTime(3000);
    await animationFrame();
    expect(".o_gb_seat_toggler .o_gb_timer").toHaveText(/^02:0[78]$/);
});

test("durations", () => {
    expect(formatSeconds(-5)).toBe("00:00");
    expect(formatSeconds(61)).toBe("01:01");
    expect(formatSeconds(3725)).toBe("1:02:05");
});
