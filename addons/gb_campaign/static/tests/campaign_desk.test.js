import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import { reactive } from "@odoo/owl";
import { CampaignDesk } from "@gb_campaign/campaign_desk/campaign_desk";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    makeServerError,
    mockService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";

describe.current.tags("desktop");
defineMailModels();

const OUTCOMES = [
    { id: 1, name: "Agreed", key: "1", category: "success", asks_next_at: false },
    { id: 3, name: "Later", key: "3", category: "later", asks_next_at: true },
    { id: 5, name: "No answer", key: "5", category: "no_answer", asks_next_at: false },
];

function makeRow(values) {
    return {
        id: 7,
        campaign: { id: 1, name: "Trial pack", briefing: "" },
        list: "Members",
        is_promised: false,
        note: "",
        lead_id: false,
        customer: {
            id: 3,
            name: "Li Na",
            city: "Hangzhou",
            is_verified: true,
            level: { id: 1, name: "Gold" },
            life_cycle: "",
            language: "",
            flags: [],
            children: [{ id: 1, name: "Lele", age: "7 months", stage: "Stage 2" }],
            orders: [],
            matters: [],
            last_contact: false,
        },
        numbers: [
            { id: 11, number: "138****8000", kind: "Mobile", attempts: 0, is_next: true },
            { id: 12, number: "138****8001", kind: "Work", attempts: 0, is_next: false },
        ],
        attempts: [],
        attempt: false,
        script: {
            name: "Trial",
            first: 1,
            steps: {
                1: {
                    id: 1,
                    title: "Greeting",
                    text: "Am I speaking with <b>Li Na</b>?",
                    answers: [
                        { id: 1, label: "Yes", next: 2, outcome_id: false },
                        { id: 2, label: "Bad moment", next: false, outcome_id: 3 },
                    ],
                    next: 2,
                },
                2: { id: 2, title: "Offer", text: "Would you like it?", answers: [], next: false },
            },
        },
        outcomes: OUTCOMES,
        ...values,
    };
}

let server;

beforeEach(() => {
    mockDate("2026-03-01 09:00:00", +0);
    browser.sessionStorage.clear();
    server = {
        desk: {
            campaign_id: false,
            campaigns: [{ id: 1, name: "Trial pack", waiting: 2 }],
            row: makeRow(),
            next_at: false,
            today: { attempts: 4, reached: 2, successes: 1 },
            skip_reasons: [{ key: "bad_moment", label: "Not a good moment" }],
            message: "",
        },
    };
    onRpc("gb.campaign.desk", "*", ({ method, args }) => {
        expect.step([method, ...args.slice(0, method === "dial" ? 2 : args.length)]);
        server.answer?.(method);
        return server.desk;
    });
    mockService("gb_callcenter.seat", {
        isSignedIn: true,
        canDial: true,
        call: false,
        load() {},
        refresh() {},
    });
    mockService("gb_callcenter.order_desk", {
        open: (params) => expect.step(["order", params.partnerId]),
    });
});

async function mountDesk(options = {}) {
    await mountWithCleanup(CampaignDesk, {
        ...options,
        props: { action: { params: {} }, actionId: 1, updateActionState() {}, className: "" },
    });
    await animationFrame();
    expect.verifySteps([["get_desk", false]]);
}

test("the customer, the numbers as the server shows them, and the script as text", async () => {
    await mountDesk();
    expect(".o_gb_desk_name").toHaveText("Li Na");
    expect(queryAllTexts(".o_gb_desk_number label")[0]).toInclude("138****8000");
    expect(".o_gb_script_text").toHaveText("Am I speaking with <b>Li Na</b>?");
    expect(".o_gb_desk_child").toHaveText(/Lele\s*7 months · Stage 2/);
    expect(".o_gb_answer:first").toBeFocused();
});

test("answers lead through the script and suggest an outcome", async () => {
    await mountDesk();
    await press("ArrowDown");
    await press("Enter");
    await animationFrame();
    expect(".o_gb_outcome[aria-checked=true]").toHaveText(/Later/);
    await press("Backspace");
    await animationFrame();
    expect(".o_gb_step_title").toHaveText("Greeting");
    await contains(".o_gb_answer:first").click();
    expect(".o_gb_step_title").toHaveText("Offer");
});

test("one digit chooses the outcome, Ctrl+Enter saves it with note and answers", async () => {
    await mountDesk();
    await contains(".o_gb_answer:first").click();
    await press("1");
    await contains(".o_gb_note").edit("Two packs");
    await press(["Control", "Enter"]);
    await animationFrame();
    expect.verifySteps([
        [
            "finish",
            7,
            1,
            { note: "Two packs", next_at: false, answers: [["Greeting", "Yes"]] },
            true,
        ],
    ]);
});

test("an outcome that asks for the next contact is not saved without", async () => {
    await mountDesk();
    await press("3");
    await animationFrame();
    await animationFrame();
    expect(".o_gb_desk_save").not.toBeEnabled();
    await contains(".o_gb_tomorrow").click();
    await contains(".o_gb_desk_save").click();
    expect.verifySteps([
        ["finish", 7, 3, { note: "", next_at: "2026-03-02 10:00:00", answers: [] }, true],
    ]);
});

test("D dials the chosen number", async () => {
    await mountDesk();
    await contains(".o_gb_desk_number:eq(1) input").click();
    await press("d");
    await animationFrame();
    expect.verifySteps([["dial", 7, 12]]);
});

test("what was typed survives a reload, and goes with the customer", async () => {
    await mountDesk();
    await press("5");
    await contains(".o_gb_note").edit("Half a sentence");
    await mountWithCleanup(CampaignDesk, {
        props: { action: { params: {} }, actionId: 2, updateActionState() {}, className: "again" },
    });
    await animationFrame();
    expect.verifySteps([["get_desk", false]]);
    expect(".o_gb_note:last").toHaveValue("Half a sentence");
    expect(".o_gb_outcome[aria-checked=true]:last").toHaveText(/No answer/);
});

test("a refusal is shown and nothing is lost", async () => {
    await mountDesk();
    await press("1");
    await contains(".o_gb_note").edit("Two packs");
    server.answer = () => {
        throw makeServerError({ type: "UserError", message: "You do not have this customer." });
    };
    await contains(".o_gb_desk_save").click();
    expect(".o_gb_desk_error").toHaveText("You do not have this customer.");
    expect(".o_gb_note").toHaveValue("Two packs");
    expect.verifySteps([
        ["finish", 7, 1, { note: "Two packs", next_at: false, answers: [] }, true],
    ]);
});

test("the customer is passed over with a reason, unless he has been rung", async () => {
    await mountDesk();
    await press("s");
    await animationFrame();
    server.desk = {
        ...server.desk,
        row: makeRow({ id: 8, attempt: { id: 1, number_id: 11, at: "", call_id: 4 } }),
    };
    await contains(".o_gb_skip_reason").click();
    expect.verifySteps([["skip", 7, "bad_moment"]]);
    expect(".o_gb_desk_skip").toHaveCount(0);
    await press("o");
    expect.verifySteps([["order", 3]]);
});

test("an empty screen says what to wait for; N takes the next customer", async () => {
    server.desk.row = false;
    await mountDesk();
    expect(".o_gb_desk_empty h2").toHaveText("Nobody is left to be called");
    await press("n");
    await animationFrame();
    expect.verifySteps([["get_next", false]]);
    server.desk.campaigns = [];
    await press("n");
    await animationFrame();
    expect(".o_gb_desk_empty h2").toHaveText("No campaign for you at the moment");
    expect.verifySteps([["get_next", false]]);
});

test("the customer whom the system has dialled comes with his call", async () => {
    server.desk.row = false;
    await mountDesk({ noMainContainer: true }); // the call card is not looked at here
    const seat = reactive(getService("gb_callcenter.seat"));
    seat.call = { id: 5, state: "ringing" };
    await animationFrame();
    expect.verifySteps([["get_desk", false]]);
    server.desk = { ...server.desk, row: makeRow() };
    seat.call = { id: 5, state: "talking" };
    await animationFrame();
    await animationFrame();
    expect.verifySteps([["get_desk", false]]);
    expect(".o_gb_desk_empty").toHaveCount(0);
    seat.call = { id: 5, state: "held" };
    await animationFrame();
    expect.verifySteps([]);
});
