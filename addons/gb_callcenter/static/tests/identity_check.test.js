import { describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { IDENTITY_CHANNEL } from "@gb_callcenter/identity_check/identity_check";
import { openIdentityCheck } from "@gb_callcenter/identity_check/open_identity_check";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";
import {
    contains,
    getService,
    makeServerError,
    mockService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";

import {
    CUSTOMER,
    makeCard,
    makePanel,
    makeSeat,
    mockSeatServer,
    mountSeat,
} from "./helpers/seat_helpers";

describe.current.tags("desktop");

const DIALOG = ".o_gb_identity_check";

function makeCheck(values) {
    return {
        partner: { id: 3, name: "Li Na" },
        call_id: 17,
        state: "none",
        last: false,
        member_number: "M00000001",
        pin: "set",
        can_request_pin: false,
        questions: [
            { id: 1, name: "Birthday?", hint: "19900503", kind: "birth_date", fact: false },
            { id: 2, name: "Address?", hint: "", kind: "address", fact: "Dingxiang Road 8" },
        ],
        required: 2,
        can_ask: true,
        tries_left: 3,
        can_override: true,
        ...values,
    };
}

/** `answers[method]` is what the server gives, or a function. */
async function open(check = makeCheck(), answers = {}) {
    defineMailModels();
    const bus = {};
    mockService("bus_service", {
        subscribe: (type, callback) => (bus[type] = callback),
        unsubscribe: (type) => delete bus[type],
        addEventListener: () => {},
        start: () => {},
    });
    onRpc("res.partner", "*", ({ method, args }) => {
        expect.step([method, ...args]);
        const answer = answers[method] || check;
        return typeof answer === "function" ? answer() : answer;
    });
    await mountWithCleanup(MainComponentsContainer);
    openIdentityCheck(getService("dialog"), {
        partnerId: 3,
        callId: 17,
        onDone: () => expect.step("done"),
        onClose: () => expect.step("closed"),
    });
    await animationFrame();
    expect.verifySteps([["get_gb_identity_check", 3, 17]]);
    return bus;
}

test("the PIN, by keyboard only", async () => {
    await open(makeCheck(), {
        gb_verify_pin: makeCheck({ state: "passed", result: "ok" }),
    });
    expect(".modal-title").toHaveText("Identity check: Li Na");
    expect(`${DIALOG} .o_gb_identity_pin`).toBeFocused();
    await contains(`${DIALOG} .o_gb_identity_pin`).edit("2580", { confirm: false });
    await press("Enter");
    await animationFrame();
    expect.verifySteps([["gb_verify_pin", 3, "2580", 17], "done", "closed"]);
    expect(DIALOG).toHaveCount(0);
    expect(".o_notification").toHaveText("Li Na: identity verified");
});

test("a wrong PIN is said, emptied and can be tried again", async () => {
    const bus = await open(makeCheck(), { gb_verify_pin: makeCheck({ result: "wrong" }) });
    await contains(`${DIALOG} .o_gb_identity_pin`).edit("7391", { confirm: false });
    await press("Enter");
    await animationFrame();
    expect(`${DIALOG} .o_gb_identity_error`).toHaveText("The PIN is wrong.");
    expect(`${DIALOG} .o_gb_identity_pin`).toHaveValue("");
    expect(`${DIALOG} .o_gb_identity_pin`).toBeFocused();
    expect.verifySteps([["gb_verify_pin", 3, "7391", 17]]);
    bus[IDENTITY_CHANNEL]({ partner_id: 3, call_id: 17 });
    await animationFrame();
    expect.verifySteps([["get_gb_identity_check", 3, 17]]);
    expect(`${DIALOG} .o_gb_identity_error`).toHaveText("The PIN is wrong.");
});

test("a locked PIN leaves the facts", async () => {
    await open(makeCheck({ pin: "locked" }));
    expect(`${DIALOG} .o_gb_identity_pin`).toHaveCount(0);
    expect(`${DIALOG} .o_gb_identity_pin_block`).toHaveText(/locked/);
    expect(`${DIALOG} .o_gb_identity_question`).toHaveCount(2);
});

test("facts: typed ones are sent, shown ones are judged; right and wrong are marked", async () => {
    await open(makeCheck({ pin: "none" }), {
        gb_verify_facts: makeCheck({
            pin: "none",
            result: "wrong",
            tries_left: 2,
            answers: { 1: false, 2: true },
        }),
    });
    expect(`${DIALOG} #gb_identity_1`).toBeFocused();
    expect(`${DIALOG} .o_gb_identity_check_facts`).not.toBeEnabled();
    await contains(`${DIALOG} #gb_identity_1`).edit("19900504", { confirm: false });
    await contains(`${DIALOG} .o_gb_identity_right`).click();
    await press("Enter");
    await animationFrame();
    expect.verifySteps([["gb_verify_facts", 3, { 1: "19900504", 2: true }, 17]]);
    expect(`${DIALOG} .o_gb_identity_error`).toHaveText("Not enough right answers. Tries left: 2");
    expect(`${DIALOG} [data-kind=birth_date] .fa-times`).toHaveCount(1);
    expect(`${DIALOG} [data-kind=address] .fa-check`).toHaveCount(1);
});

test("without a check, with a reason", async () => {
    await open(makeCheck({ pin: "none", can_ask: false, questions: [] }), {
        gb_verify_override: makeCheck({ state: "passed", result: "ok" }),
    });
    expect(`${DIALOG} .o_gb_identity_nothing`).toHaveCount(1);
    await contains(`${DIALOG} .o_gb_identity_go_on`).click();
    expect(`${DIALOG} .o_gb_identity_reason`).toBeFocused();
    expect(`${DIALOG} .o_gb_identity_do_override`).not.toBeEnabled();
    await contains(`${DIALOG} .o_gb_identity_reason`).edit("Voice is known", { confirm: false });
    await press("Enter");
    await animationFrame();
    expect.verifySteps([["gb_verify_override", 3, "Voice is known", 17], "done", "closed"]);
});

test("blocked: no questions, and no way round for an agent", async () => {
    await open(makeCheck({ pin: "none", state: "blocked", tries_left: 0, can_override: false }));
    expect(`${DIALOG} .alert-warning`).toHaveText(/Only a team lead/);
    expect(`${DIALOG} input`).toHaveCount(0);
    expect(`${DIALOG} .o_gb_identity_override`).toHaveCount(0);
});

test("what the server refuses is shown in the dialog", async () => {
    await open(makeCheck({ pin: "none" }), {
        gb_verify_facts: () => {
            throw makeServerError({ type: "UserError", message: "Too many wrong answers." });
        },
    });
    await contains(`${DIALOG} #gb_identity_1`).edit("19900504", { confirm: false });
    await contains(`${DIALOG} .o_gb_identity_wrong`).click();
    await contains(`${DIALOG} .o_gb_identity_check_facts`).click();
    expect(`${DIALOG} .o_gb_identity_error`).toHaveText("Too many wrong answers.");
    expect.verifySteps([["gb_verify_facts", 3, { 1: "19900504", 2: false }, 17]]);
});

test("the customer types the PIN on the telephone", async () => {
    const check = makeCheck({ can_request_pin: true });
    const bus = await open(check, { gb_request_pin: () => true });
    await contains(`${DIALOG} .o_gb_identity_request`).click();
    expect(`${DIALOG} .o_gb_identity_request`).toHaveText("The customer is typing the PIN …");
    expect.verifySteps([["gb_request_pin", 3, 17]]);
    bus[IDENTITY_CHANNEL]({ partner_id: 4, call_id: 18 });
    await animationFrame();
    expect.verifySteps([]);
    check.state = "passed";
    bus[IDENTITY_CHANNEL]({ partner_id: 3, call_id: 17 });
    await animationFrame();
    await animationFrame();
    expect.verifySteps([["get_gb_identity_check", 3, 17], "done", "closed"]);
});

test("the call card says whether the caller is verified, and opens the check by key", async () => {
    onRpc("res.partner", "get_gb_identity_check", ({ args }) => {
        expect.step(["get_gb_identity_check", ...args]);
        return makeCheck();
    });
    const server = mockSeatServer();
    mockService("bus_service", {
        subscribe: () => {},
        unsubscribe: () => {},
        addEventListener: () => {},
        start: () => {},
    });
    server.panel = makePanel({
        seat: makeSeat({ state: "on_call" }),
        call: makeCard({ state: "talking", partner: CUSTOMER, is_verified: false }),
    });
    await mountSeat();
    expect(".o_gb_identity_unverified").toHaveCount(1);
    await press(["alt", "f"]);
    await animationFrame();
    await animationFrame();
    expect.verifySteps([["get_gb_identity_check", 3, 17]]);
    expect(DIALOG).toHaveCount(1);
    expect(queryAllTexts(`${DIALOG} .o_gb_identity_question label`).length).toBeGreaterThan(0);
    expect(queryOne(`${DIALOG} .o_gb_identity_pin`)).toBeFocused();
    await press("Escape");
    await animationFrame();
    expect(DIALOG).toHaveCount(0);
    expect(".o_gb_identity_section").toHaveCount(1, { message: "The card is unfolded again." });
});
