import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { contains, mockService, onRpc } from "@web/../tests/web_test_helpers";
import {
    CUSTOMER,
    makeCard,
    makePanel,
    makeSeat,
    mockSeatServer,
    mountSeat,
} from "@gb_callcenter/../tests/helpers/seat_helpers";

describe.current.tags("desktop");

const SECTION = ".o_gb_call_card .o_gb_open_tickets";

function ticket(values) {
    return {
        id: 5,
        name: "WO2603-000005",
        subject: "Bottle leaks",
        state: "Processing",
        phase: "open",
        due_at: "2026-03-02 09:00:00",
        is_overdue: false,
        ...values,
    };
}

function onCall(card) {
    return makePanel({
        seat: makeSeat({ state: "on_call" }),
        call: makeCard({
            state: "talking",
            answered_at: "2026-03-01 09:00:30",
            partner: CUSTOMER,
            number_state: "known",
            ...card,
        }),
    });
}

test("open work orders with state and due time; one is opened", async () => {
    mockSeatServer(
        onCall({
            tickets: [
                ticket(),
                ticket({ id: 4, name: "", subject: "Draft", state: "Draft", due_at: false }),
                ticket({ id: 3, name: "WO2603-000003", is_overdue: true }),
            ],
        })
    );
    mockService("action", {
        doAction: (action) => expect.step([action.res_model, action.res_id]),
    });
    await mountSeat();
    expect(`${SECTION} .o_gb_open_ticket`).toHaveCount(3);
    expect(queryAllTexts(`${SECTION} .badge`)).toEqual(["Processing", "Draft", "Processing"]);
    expect(`${SECTION} .text-danger`).toHaveCount(1);
    expect(`${SECTION} [data-ticket-id='4']`).not.toHaveText(/Due/);
    await contains(`${SECTION} [data-ticket-id='5']`).click();
    expect.verifySteps([["gb.ticket", 5]]);
});

test("new work order: the server fills the form", async () => {
    mockSeatServer(onCall({ tickets: [] }));
    onRpc("gb.call", "action_gb_create_ticket", ({ args }) => {
        expect.step(args[0]);
        return {
            type: "ir.actions.act_window",
            res_model: "gb.ticket",
            context: { default_partner_id: 3 },
        };
    });
    mockService("action", {
        doAction: (action) => expect.step(action.context.default_partner_id),
    });
    await mountSeat();
    expect(SECTION).toHaveText(/No open work order/);
    await contains(`${SECTION} .o_gb_new_ticket`).click();
    await animationFrame();
    expect.verifySteps([[17], 3]);
    expect(`${SECTION} .o_gb_new_ticket`).toBeEnabled();
});

test("who sees no work orders has no section", async () => {
    mockSeatServer(onCall());
    await mountSeat();
    expect(".o_gb_call_card").toHaveCount(1);
    expect(SECTION).toHaveCount(0);
});
