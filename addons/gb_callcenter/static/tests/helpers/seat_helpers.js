import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { SeatPanel } from "@gb_callcenter/seat_panel/seat_panel";
import {
    contains,
    makeServerError,
    mockService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";

export const ALL = [
    "answer",
    "hangup",
    "hold",
    "mute",
    "transfer",
    "consult",
    "dtmf",
    "dial",
    "record",
];

export const CUSTOMER = {
    id: 3,
    name: "Li Na",
    city: "Hangzhou",
    phone: "+86 138 0013 8000",
    email: "li@example.com",
    is_company: false,
};

export function makeSeat(values) {
    return {
        id: 1,
        name: "Desk 1",
        extension: "8001",
        state: "ready",
        state_since: "2026-03-01 09:00:00",
        pause_reason: false,
        is_simulated: false,
        capabilities: ALL,
        device_state: "idle",
        ...values,
    };
}

export function makeCard(values) {
    return {
        id: 17,
        name: "CALL/17",
        state: "ringing",
        direction: "inbound",
        number: "+8613800138000",
        number_state: "unknown",
        hotline: { id: 1, name: "Order hotline" },
        queue: { id: 2, name: "Orders" },
        offered_at: "2026-03-01 09:00:00",
        queued_at: "2026-03-01 09:00:10",
        ring_at: "2026-03-01 09:00:20",
        answered_at: false,
        ended_at: false,
        waiting_seconds: 10,
        is_muted: false,
        result: false,
        partner: false,
        candidates: [],
        track: [],
        contacts: [],
        orders: [],
        disposition_id: false,
        note: "",
        ...values,
    };
}

export function makePanel(values) {
    return {
        seat: makeSeat(),
        seats: [],
        pause_reasons: [
            { id: 1, name: "Lunch" },
            { id: 2, name: "Training" },
        ],
        dispositions: [
            { id: 11, name: "Order placed" },
            { id: 12, name: "Complaint" },
        ],
        transfer_targets: [
            { target: "8002", name: "Desk 2", kind: "seat", state: "ready" },
            { target: "queue:after_sales", name: "After-sales", kind: "queue", state: false },
        ],
        call: false,
        wrap: [],
        today: { answered: 4, missed: 1, talk_seconds: 754 },
        ...values,
    };
}

/**
 * A server with one seat. `server.panel` is what it answers; `server.on(method, fn)` changes the panel, or
 * fails, when an action comes in; `server.hold()` keeps answers back until `release()`.
 */
export function mockSeatServer(panel = makePanel()) {
    defineMailModels();
    const handlers = {};
    const bus = {};
    const server = {
        panel,
        gates: [],
        tokens: [],
        on: (method, handler) => (handlers[method] = handler),
        /** a message on the bus, and the time that the reading takes */
        send: async (payload = { event: "state", seat_id: 1, call_id: false }) => {
            server.notify(payload);
            await animationFrame();
            await animationFrame();
        },
        notify: (payload) => bus["gb_callcenter.seat"](payload),
        trigger: (name) => bus[name](),
        /** The next request waits; returns the function that lets it go on, with the answer it then gives. */
        gate: () => {
            const gate = {};
            gate.promise = new Promise((resolve) => (gate.release = resolve));
            server.gates.push(gate);
            return async (answer) => {
                gate.release(answer);
                await animationFrame();
                await animationFrame();
            };
        },
    };
    onRpc("gb.seat", "*", async ({ method, args }) => {
        if (method === "panel_dial") {
            server.tokens.push(args[1]); // another each time
            expect.step([method, args[0]]);
        } else {
            expect.step([method, ...args]);
        }
        const answer = await server.gates.shift()?.promise;
        if (answer) {
            return answer;
        }
        handlers[method]?.(...args);
        return server.panel;
    });
    mockService("bus_service", {
        subscribe: (type, callback) => (bus[type] = callback),
        addEventListener: (type, callback) => (bus[type] = callback),
        start: () => {},
    });
    return server;
}

export function refuse(message) {
    throw makeServerError({ type: "UserError", message });
}

/** Mounts the panel; the call card comes with the main components. */
export async function mountSeat() {
    await mountWithCleanup(SeatPanel);
    await animationFrame();
    expect.verifySteps([["get_panel"]]);
}

export async function openPanel() {
    await contains(".o_gb_seat_toggler").click();
}
