import { describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { contains } from "@web/../tests/web_test_helpers";
import {
    makeCard,
    makePanel,
    makeSeat,
    mockSeatServer,
    mountSeat,
    openPanel,
} from "./helpers/seat_helpers";

describe.current.tags("desktop");

const SEATS = [
    { id: 1, name: "Desk 1", extension: "8001" },
    { id: 2, name: "Desk 2", extension: "8002" },
];

test("signed out: choice of a seat, then ready", async () => {
    const server = mockSeatServer(makePanel({ seat: false, seats: SEATS }));
    await mountSeat();
    expect(".o_gb_seat_toggler").toHaveAttribute("data-state", "signed_out");
    await openPanel();
    await contains("#o_gb_seat_choice").select("2");
    server.on("panel_sign_in", () => {
        server.panel = makePanel({ seat: makeSeat(SEATS[1]) });
    });
    await contains(".o_gb_sign_in").click();
    expect.verifySteps([["panel_sign_in", 2]]);
    expect(".o_gb_seat_toggler").toHaveAttribute("data-state", "ready");
    expect(".o_gb_seat_toggler").toHaveAttribute("aria-label", "Seat Desk 2: Ready");
    expect(".o_gb_sign_in").toHaveCount(0);
});

test("without any seat the panel says whom to ask", async () => {
    mockSeatServer(makePanel({ seat: false, seats: [] }));
    await mountSeat();
    await openPanel();
    expect(".o_gb_no_seat").toHaveText(/Ask your team lead/);
    expect(".o_gb_sign_in").toHaveCount(0);
});

test("pause with reason, ready again, sign out", async () => {
    const server = mockSeatServer();
    await mountSeat();
    await openPanel();
    expect(".o_gb_ready").toHaveCount(0);
    expect(queryAllTexts(".o_gb_pause")).toEqual(["Lunch", "Training"]);
    server.on("panel_pause", () => {
        server.panel = makePanel({
            seat: makeSeat({ state: "paused", pause_reason: { id: 1, name: "Lunch" } }),
        });
    });
    await contains(".o_gb_pause:contains(Lunch)").click();
    expect(".o_gb_seat_state").toHaveText("Paused");
    expect(".o_gb_seat_header").toHaveText(/Lunch/);
    expect(queryAllTexts(".o_gb_pause")).toEqual(["Training"]);
    server.on("panel_ready", () => (server.panel = makePanel()));
    await contains(".o_gb_ready").click();
    expect(".o_gb_seat_state").toHaveText("Ready");
    server.on("panel_sign_out", () => {
        server.panel = makePanel({ seat: false, seats: SEATS });
    });
    await contains(".o_gb_sign_out").click();
    expect(".o_gb_seat_state").toHaveText("Signed out");
    expect.verifySteps([["panel_pause", 1], ["panel_ready"], ["panel_sign_out"]]);
});

test("buttons are disabled while an action runs", async () => {
    const server = mockSeatServer();
    await mountSeat();
    await openPanel();
    const release = server.gate();
    await contains(".o_gb_pause:contains(Lunch)").click();
    expect(".o_gb_pause:first").not.toBeEnabled();
    expect(".o_gb_sign_out").not.toBeEnabled();
    await release();
    expect(".o_gb_pause:first").toBeEnabled();
    expect.verifySteps([["panel_pause", 1]]);
});

test("today's figures", async () => {
    mockSeatServer();
    await mountSeat();
    await openPanel();
    expect(queryAllTexts(".o_gb_today .fs-4")).toEqual(["4", "1", "12:34"]);
});

test("call-backs that are due are one click away, and nothing is shown when there are none", async () => {
    const server = mockSeatServer(makePanel({ callbacks: 2 }));
    await mountSeat();
    await openPanel();
    expect(".o_gb_open_callbacks").toHaveText("Call-backs that are due: 2");
    server.panel = makePanel();
    await server.send();
    expect(".o_gb_open_callbacks").toHaveCount(0);
    expect.verifySteps([["get_panel"]]);
});

test("dial field: only where the seat can dial", async () => {
    const server = mockSeatServer();
    await mountSeat();
    await openPanel();
    expect(".o_gb_dial").not.toBeEnabled();
    await contains(".o_gb_dial_number").edit("138 0013 8000", { confirm: false });
    await contains(".o_gb_dial").click();
    expect.verifySteps([["panel_dial", "138 0013 8000"]]);
    server.panel = makePanel({ seat: makeSeat({ capabilities: ["hangup"] }) });
    await server.send();
    await openPanel();
    expect(".o_gb_seat_state").toHaveCount(1);
    expect(".o_gb_dial").toHaveCount(0);
    expect.verifySteps([["get_panel"]]);
});

test("simulated calls only where there is no telephone system", async () => {
    const server = mockSeatServer();
    await mountSeat();
    await openPanel();
    expect(".o_gb_simulate").toHaveCount(0);
    server.panel = makePanel({ seat: makeSeat({ is_simulated: true }) });
    await server.send();
    await contains(".o_gb_simulate").click();
    expect.verifySteps([["get_panel"], ["panel_simulate_call"]]);
});

test("a phone that cannot be reached is said", async () => {
    mockSeatServer(makePanel({ seat: makeSeat({ device_state: "unreachable" }) }));
    await mountSeat();
    await openPanel();
    expect(".o_gb_unreachable").toHaveCount(1);
});

test("during a call the panel has its buttons and neither pause nor sign-out", async () => {
    mockSeatServer(
        makePanel({ seat: makeSeat({ state: "on_call" }), call: makeCard({ state: "talking" }) })
    );
    await mountSeat();
    await openPanel();
    expect(".o_gb_panel_call .o_gb_hangup").toHaveCount(1);
    expect(".o_gb_pause").toHaveCount(0);
    expect(".o_gb_sign_out").toHaveCount(0);
    expect(".o_gb_dial").toHaveCount(0);
});

test("shortcuts work while a field has the focus", async () => {
    mockSeatServer(
        makePanel({ seat: makeSeat({ state: "ringing" }), call: makeCard({ state: "ringing" }) })
    );
    await mountSeat();
    await press("alt+y");
    await animationFrame();
    await press("alt+e");
    await animationFrame();
    await press("alt+l"); // nothing to hold yet
    await animationFrame();
    expect.verifySteps([
        ["panel_call_command", "answer"],
        ["panel_call_command", "hangup"],
    ]);
});

test("the agent chooses his own keys; keys that two actions have are refused", async () => {
    const server = mockSeatServer();
    await mountSeat();
    await openPanel();
    await contains(".o_gb_shortcuts").click();
    const ready = ".o_gb_shortcut[data-name=ready] input";
    await contains(ready).focus();
    await press(["alt", "e"]);
    await animationFrame();
    expect(".o_gb_save_shortcuts").not.toBeEnabled();
    await press(["alt", "shift", "q"]);
    await animationFrame();
    expect(ready).toHaveValue("Alt+Shift+Q");
    server.on("panel_set_shortcuts", (shortcuts) => {
        server.panel = makePanel({ seat: makeSeat({ state: "paused" }), shortcuts });
    });
    await contains(".o_gb_save_shortcuts").click();
    expect.verifySteps([["panel_set_shortcuts", { ready: "alt+shift+q" }]]);
    await press(["alt", "r"]);
    await animationFrame();
    expect.verifySteps([]);
    await press(["alt", "shift", "q"]);
    await animationFrame();
    expect.verifySteps([["panel_ready"]]);
});
