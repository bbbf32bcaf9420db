import { after, describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { callCardSections } from "@gb_callcenter/call_card/call_card_sections";
import { contains, mockService, onRpc } from "@web/../tests/web_test_helpers";
import {
    CUSTOMER,
    makeCard,
    makePanel,
    makeSeat,
    mockSeatServer,
    mountSeat,
} from "./helpers/seat_helpers";

describe.current.tags("desktop");

const CARD = ".o_gb_call_card";

function ringing(values) {
    return makePanel({ seat: makeSeat({ state: "ringing" }), call: makeCard(values) });
}

function onCall(values, seatValues) {
    return makePanel({
        seat: makeSeat({ state: "on_call", ...seatValues }),
        call: makeCard({ state: "talking", answered_at: "2026-03-01 09:00:30", ...values }),
    });
}

function wrapUp(values, seatValues) {
    return makePanel({
        seat: makeSeat({ state: "wrap_up", ...seatValues }),
        wrap: [makeCard({ state: "ended", ended_at: "2026-03-01 09:05:00", ...values })],
    });
}

test("no card without a call", async () => {
    mockSeatServer();
    await mountSeat();
    expect(CARD).toHaveCount(0);
});

test("one customer: his card with track, orders and contacts", async () => {
    mockDate("2026-03-01 09:01:00", 0);
    const server = mockSeatServer();
    onRpc("sale.order", "has_access", () => true);
    mockService("action", {
        doAction: (action) => expect.step([action.res_model, action.res_id]),
    });
    await mountSeat();
    expect(CARD).toHaveCount(0);
    server.panel = ringing({
        number_state: "known",
        partner: CUSTOMER,
        track: [{ at: "2026-03-01 09:00:05", label: "1 Orders" }],
        orders: [
            {
                id: 5,
                name: "S00005",
                at: "2026-02-28 10:00:00",
                amount: "¥ 99.00",
                state: "Quotation",
            },
        ],
        contacts: [
            {
                id: 9,
                at: "2026-02-20 08:00:00",
                direction: "inbound",
                result: "answered",
                disposition: "Complaint",
                agent: "Wang",
            },
        ],
    });
    await server.send({ event: "ring" });
    expect(`${CARD} .o_gb_caller`).toHaveText("Li Na");
    expect(`${CARD} .o_gb_card_title`).toHaveText("Incoming call · Order hotline · Orders");
    expect(`${CARD} .o_gb_number`).toHaveText("+8613800138000");
    expect(`${CARD} .o_gb_waiting`).toHaveText("Waiting time: 00:50");
    expect(`${CARD} .o_gb_track`).toHaveText(/1 Orders/);
    expect(`${CARD} .o_gb_orders`).toHaveText(/S00005/);
    expect(`${CARD} .o_gb_contacts`).toHaveText(/Answered · Complaint · Wang/);
    await advanceTime(2000);
    await animationFrame();
    expect(`${CARD} .o_gb_waiting`).toHaveText("Waiting time: 00:52");
    await contains(".o_gb_open_customer").click();
    await contains(".o_gb_orders button").click();
    expect.verifySteps([["get_panel"], ["res.partner", 3], ["sale.order", 5]]);
});

test("several customers: one is chosen", async () => {
    const server = mockSeatServer(
        ringing({
            number_state: "ambiguous",
            candidates: [CUSTOMER, { ...CUSTOMER, id: 4, name: "Wang Fang" }],
        })
    );
    await mountSeat();
    expect(".o_gb_customer_hint").toHaveText(/Several customers/);
    expect(".o_gb_candidate").toHaveCount(2);
    server.on("panel_set_partner", () => {
        server.panel = ringing({ partner: { ...CUSTOMER, id: 4, name: "Wang Fang" } });
    });
    await contains(".o_gb_candidate:contains(Wang Fang)").click();
    expect.verifySteps([["panel_set_partner", 17, 4]]);
    expect(".o_gb_candidate").toHaveCount(0);
    expect(".o_gb_customer_name").toHaveText("Wang Fang");
});

test("unknown number: create with the number filled in", async () => {
    mockSeatServer(ringing());
    mockService("dialog", {
        add(dialog, props, { onClose }) {
            expect.step([props.resModel, props.context]);
            props.onRecordSaved({ resId: 42 });
            onClose();
        },
    });
    await mountSeat();
    expect(".o_gb_customer_hint").toHaveText("No customer has this number yet.");
    await contains(".o_gb_create_customer").click();
    await animationFrame();
    expect.verifySteps([
        ["res.partner", { gb_call_id: 17, default_phone: "+8613800138000" }],
        ["panel_set_partner", 17, 42],
    ]);
    expect(CARD).toHaveCount(1);
});

test("withheld and invalid numbers say so", async () => {
    const server = mockSeatServer(ringing({ number: "", number_state: "withheld" }));
    await mountSeat();
    expect(".o_gb_caller").toHaveText("Number withheld");
    expect(".o_gb_customer_hint").toHaveText(/hides the number/);
    server.panel = ringing({ id: 18, number: "12x", number_state: "invalid" });
    await server.send();
    expect(".o_gb_number").toHaveText("12x (not a valid number)");
    expect.verifySteps([["get_panel"]]);
});

test("somebody else is calling from a known number", async () => {
    mockSeatServer(ringing({ partner: CUSTOMER, number_state: "known" }));
    await mountSeat();
    await contains(".o_gb_change_customer").click();
    expect(".o_gb_search_customer input").toHaveCount(1);
    await contains(".o_gb_customer .btn:contains(Keep Li Na)").click();
    expect(".o_gb_customer_name").toHaveText("Li Na");
});

test("buttons follow the call's state", async () => {
    const server = mockSeatServer(ringing());
    await mountSeat();
    const labels = () => queryAllTexts(`${CARD} .o_gb_call_buttons .btn`);
    expect(labels()).toEqual(["Answer", "Refuse"]);
    server.panel = onCall();
    await server.send();
    expect(labels()).toEqual(["Hang up", "Hold", "Mute", "Stop recording", "Transfer", "Keys"]);
    server.panel = onCall({ state: "held", is_muted: true });
    await server.send();
    expect(labels()).toEqual(["Hang up", "Resume", "Unmute", "Stop recording", "Transfer", "Keys"]);
    server.panel = ringing({ direction: "outbound" });
    await server.send();
    expect(labels()).toEqual(["Cancel call"]);
    expect.verifySteps([["get_panel"], ["get_panel"], ["get_panel"]]);
});

test("buttons follow the capabilities of the telephone system", async () => {
    const server = mockSeatServer(
        makePanel({
            seat: makeSeat({ state: "ringing", capabilities: ["hangup"] }),
            call: makeCard(),
        })
    );
    await mountSeat();
    expect(queryAllTexts(`${CARD} .o_gb_call_buttons .btn`)).toEqual(["Refuse"]);
    expect(`${CARD} .o_gb_call_buttons p`).toHaveText("Pick up your phone to answer.");
    server.panel = onCall({}, { capabilities: ["hangup"] });
    await server.send();
    expect(queryAllTexts(`${CARD} .o_gb_call_buttons .btn`)).toEqual(["Hang up"]);
    expect.verifySteps([["get_panel"]]);
});

test("transfer to a seat, a queue or an outside number", async () => {
    mockSeatServer(onCall());
    await mountSeat();
    await contains(`${CARD} .o_gb_transfer`).click();
    expect(queryAllTexts(`${CARD} .o_gb_transfer_target`)).toEqual([
        "Desk 2\nReady",
        "After-sales",
    ]);
    await contains(`${CARD} .o_gb_transfer_target:contains(After-sales)`).click();
    expect(`${CARD} .o_gb_transfer_picker`).toHaveCount(0);
    await contains(`${CARD} .o_gb_transfer`).click();
    await contains(`${CARD} .o_gb_transfer_picker input`).edit("010 6552 9988", { confirm: false });
    expect(`${CARD} .o_gb_transfer_target`).toHaveCount(0);
    await press("Enter");
    await animationFrame();
    expect.verifySteps([
        ["panel_call_command", "transfer", "queue:after_sales"],
        ["panel_call_command", "transfer", "010 6552 9988"],
    ]);
});

test("key pad takes clicks and the keyboard", async () => {
    mockSeatServer(onCall());
    await mountSeat();
    await contains(`${CARD} .o_gb_dtmf`).click();
    await contains(`${CARD} .o_gb_dtmf_keys .btn:contains(5)`).click();
    await contains(`${CARD} .o_gb_dtmf_pad input`).focus();
    await press("#");
    await animationFrame();
    expect(`${CARD} .o_gb_dtmf_pad input`).toHaveValue("5#");
    expect.verifySteps([
        ["panel_call_command", "dtmf", "5"],
        ["panel_call_command", "dtmf", "#"],
    ]);
});

test("the card does not take the focus, and can be folded", async () => {
    const server = mockSeatServer();
    await mountSeat();
    const input = document.createElement("input");
    queryOne(".o_gb_seat_toggler").parentElement.append(input);
    after(() => input.remove());
    input.focus();
    server.panel = ringing();
    await server.send();
    expect(document.activeElement).toBe(input);
    await contains(".o_gb_fold").click();
    expect(CARD).toHaveCount(0);
    expect(".o_gb_call_card_folded").toHaveText(/\+8613800138000/);
    server.panel = onCall(); // the same call: stays folded
    await server.send();
    expect(CARD).toHaveCount(0);
    await press("alt+g");
    await animationFrame();
    expect(CARD).toHaveCount(1);
    expect.verifySteps([["get_panel"], ["get_panel"]]);
});

test("wrap-up: digit, note, save and ready", async () => {
    const server = mockSeatServer(onCall());
    await mountSeat();
    await contains(`${CARD} .o_gb_note`).edit("Wants the blue one", { confirm: false });
    server.panel = wrapUp();
    await server.send({ event: "wrap" });
    expect(`${CARD} .o_gb_card_title`).toHaveText(/After-call work/);
    expect(`${CARD} .o_gb_note`).toHaveValue("Wants the blue one");
    await contains(".o_gb_save_ready").click();
    expect(".o_gb_wrap_up [role=alert]").toHaveText(/Choose what the call was about/);
    queryOne(".o_gb_wrap_up").focus();
    await press("2");
    await animationFrame();
    expect(".o_gb_dispositions label.active").toHaveText("2Complaint");
    server.on("panel_wrap_up", () => (server.panel = makePanel()));
    await contains(".o_gb_save_ready").click();
    expect.verifySteps([["get_panel"], ["panel_wrap_up", 17, 12, "Wants the blue one", true]]);
    expect(CARD).toHaveCount(0);
});

test("only dispositions of the call's direction are offered", async () => {
    const server = mockSeatServer(wrapUp());
    server.panel.dispositions = [
        { id: 21, name: "Not reached", direction: "outbound" },
        { id: 22, name: "Nuisance", direction: "inbound" },
        { id: 23, name: "Done", direction: false },
    ];
    await mountSeat();
    expect(".o_gb_dispositions label").toHaveCount(2);
    queryOne(".o_gb_wrap_up").focus();
    await press("2");
    await animationFrame();
    expect(".o_gb_dispositions label.active").toHaveText("2Done");
});

test("digits in the note are text", async () => {
    mockSeatServer(wrapUp());
    await mountSeat();
    await contains(".o_gb_note").click();
    await press("1");
    await animationFrame();
    expect(".o_gb_dispositions label.active").toHaveCount(0);
});

test("a wrap-up that the server refuses keeps what was written", async () => {
    const server = mockSeatServer(wrapUp());
    await mountSeat();
    await contains(".o_gb_note").edit("Long story", { confirm: false });
    await contains(".o_gb_dispositions label:contains(Order placed)").click();
    const release = server.gate();
    await contains(".o_gb_save").click();
    expect(".o_gb_save").not.toBeEnabled();
    await release(wrapUp()); // still unfinished: e.g. another call's answer came in between
    await server.send();
    expect(CARD).toHaveCount(1);
    expect.verifySteps([["panel_wrap_up", 17, 11, "Long story", false], ["get_panel"]]);
});

test("unfinished wrap-ups: folded for a new tab, listed, one can be picked", async () => {
    const older = makeCard({ id: 12, state: "ended", number: "+8613900139000" });
    const panel = wrapUp({}, { state: "ready" });
    panel.wrap.push(older);
    mockSeatServer(panel);
    await mountSeat();
    expect(CARD).toHaveCount(0);
    expect(".o_gb_call_card_folded .badge").toHaveText("2");
    await contains(".o_gb_call_card_folded").click();
    expect(CARD).toHaveAttribute("data-call-id", "17");
    expect(".o_gb_save_ready").toHaveCount(0);
    await contains(".o_gb_other_wraps button").click();
    expect(CARD).toHaveAttribute("data-call-id", "12");
});

test("other addons add sections; one that fails is left out", async () => {
    class Good extends Component {
        static template = xml`<b class="o_test_good" t-esc="props.card.id"/>`;
        static props = { card: Object };
    }
    class Hidden extends Good {}
    callCardSections.add("test.good", { Component: Good });
    callCardSections.add("test.hidden", { Component: Hidden, isDisplayed: () => false });
    after(() => {
        callCardSections.remove("test.good");
        callCardSections.remove("test.hidden");
    });
    mockSeatServer(ringing());
    await mountSeat();
    expect(".o_test_good").toHaveText("17");
    expect(".o_gb_section").toHaveCount(1);
});

test("asking a colleague first: the customer waits, then the transfer is completed", async () => {
    const server = mockSeatServer(onCall());
    await mountSeat();
    await contains(`${CARD} .o_gb_transfer`).click();
    await contains(`${CARD} .o_gb_ask:first`).click();
    expect.verifySteps([["panel_call_command", "consult", "8002"]]);
    server.panel = onCall({
        state: "held",
        third: { name: "Wang", state: "talking", is_mine: true },
    });
    await server.send({ event: "call" });
    expect(`${CARD} .o_gb_third`).toHaveText(/You talk with Wang; the customer hears music/);
    expect(`${CARD} .o_gb_transfer`).toHaveCount(0);
    expect(`${CARD} .o_gb_unhold`).toHaveCount(0);
    await contains(`${CARD} .o_gb_complete`).click();
    expect.verifySteps([["get_panel"], ["panel_call_command", "complete"]]);
});

test("who is asked sees by whom and cannot end it for him", async () => {
    mockSeatServer(onCall({ third: { name: "Li", state: "asking", is_mine: false } }));
    await mountSeat();
    expect(`${CARD} .o_gb_third`).toHaveText(/Li asks you/);
    expect(`${CARD} .o_gb_third button`).toHaveCount(0);
});

test("a stopped recording is shown until it goes on", async () => {
    const server = mockSeatServer(onCall());
    await mountSeat();
    await contains(`${CARD} .o_gb_record_off`).click();
    expect.verifySteps([["panel_call_command", "record_off"]]);
    server.panel = onCall({ is_record_paused: true });
    await server.send({ event: "call" });
    expect.verifySteps([["get_panel"]]);
    expect(CARD).toHaveText(/Not recorded/);
    expect(`${CARD} .o_gb_record_on`).toHaveCount(1);
});
