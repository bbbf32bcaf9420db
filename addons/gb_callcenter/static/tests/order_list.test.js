import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { edit, press, queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { CancelDialog } from "@gb_callcenter/order_list/cancel_dialog";
import { ChangeDialog } from "@gb_callcenter/order_list/change_dialog";
import { IdentityCheck } from "@gb_callcenter/identity_check/identity_check";
import { OrderList } from "@gb_callcenter/order_list/order_list";
import { StockDialog } from "@gb_callcenter/stock_dialog/stock_dialog";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";

describe.current.tags("desktop");
defineMailModels();

const OPEN = { allowed: true, why: "" };
const SENT = { allowed: false, why: "The parcel has left the warehouse." };

function makeOrder(values) {
    return {
        id: 7,
        name: "S00007",
        reference: "",
        partner: { id: 3, name: "Li Na" },
        source: "web",
        source_label: "Web shop",
        date: "2026-03-01 09:00:00",
        amount: "¥ 118.00",
        stage: "open",
        stage_label: "Not picked yet",
        goods: [{ name: "Baby bottle", quantity: 2 }],
        line_count: 3,
        payment: { state: "paid", label: "Paid", means: "" },
        parcels: [],
        is_changed: false,
        is_verified: true,
        ...values,
    };
}

function makeDetail(values, changeable) {
    return makeOrder({
        lines: [
            {
                id: 11,
                product_id: 1,
                name: "Baby bottle",
                quantity: 2,
                delivered: 0,
                unit: "Units",
                price: "¥ 59.00",
                amount: "¥ 118.00",
                is_goods: true,
            },
        ],
        address: { id: 3, name: "Li Na", text: "Shanghai" },
        addresses: [
            { id: 3, name: "Li Na", text: "Shanghai" },
            { id: 4, name: "Grandmother", text: "Suzhou" },
        ],
        carrier: { id: 5, name: "Parcel" },
        carriers: [
            { id: 5, name: "Parcel" },
            { id: 6, name: "Express" },
        ],
        date: "",
        wished: "",
        window: "any",
        windows: [
            { code: "any", label: "Any time" },
            { code: "morning", label: "9–12" },
        ],
        invoice: { title: "", tax_number: "" },
        amounts: { untaxed: "", tax: "", total: "¥ 118.00" },
        reasons: {
            change: [{ id: 21, name: "Wants fewer goods" }],
            cancel: [{ id: 31, name: "Not needed any more" }],
            refuse: [{ id: 41, name: "Came too late" }],
        },
        changes: [],
        changeable: {
            stage: "open",
            stage_label: "Not picked yet",
            lines: OPEN,
            address: OPEN,
            date: OPEN,
            carrier: OPEN,
            invoice: OPEN,
            redirect: { allowed: false, why: "Nothing was sent yet: change the address." },
            cancel: { ...OPEN, how: "cancel" },
            ...changeable,
        },
        ...values,
    });
}

let answers;
beforeEach(() => {
    answers = {
        get_orders: () => ({
            orders: [makeOrder(), makeOrder({ id: 8, name: "S00008" })],
            next: false,
            is_verified: true,
        }),
        get_order: () => makeDetail(),
    };
    onRpc("gb.order.desk", "*", ({ method, args, kwargs }) => {
        const { key, ...rest } = kwargs;
        delete rest.context;
        expect.step([method, ...args, ...(method === "get_orders" ? [rest.filters] : [])]);
        if (["change_order", "cancel_order"].includes(method)) {
            expect(key.length).toBeGreaterThan(10);
            expect.step(Object.fromEntries(Object.entries(rest))); // without its symbol
        }
        return answers[method](...args);
    });
});

const NONE = { text: "", source: "", stage: "" };

async function mountList(props = { partnerId: 3, callId: false }) {
    await mountWithCleanup(OrderList, { props });
    await animationFrame();
}

async function openDialog(Dialog, order) {
    await mountWithCleanup(MainComponentsContainer);
    getService("dialog").add(Dialog, {
        order,
        callId: 17,
        onDone: ({ order: { name } }) => expect.step(`done ${name}`),
    });
    await animationFrame();
}

test("orders of all sources are listed with their state and payment", async () => {
    await mountList();
    expect.verifySteps([["get_orders", 3, NONE]]);
    expect(".o_gb_order_row").toHaveCount(2);
    expect(".o_gb_order_row:first .o_gb_stage").toHaveText("Not picked yet");
    expect(".o_gb_order_row:first").toHaveText(/Paid/);
    expect(".o_gb_order_row:first").toHaveText(/2 × Baby bottle \+2/);
});

test("the arrow keys move in the list, Enter opens, Escape closes", async () => {
    await mountList();
    await contains(".o_gb_order_row:first").focus();
    await press("ArrowDown");
    expect(".o_gb_order_row:last").toBeFocused();
    await press("Enter");
    await animationFrame();
    expect.verifySteps([
        ["get_orders", 3, NONE],
        ["get_order", 8, false],
    ]);
    expect(".o_gb_order_detail").toHaveCount(1);
    await contains(".o_gb_change").focus();
    await press("Escape");
    await animationFrame();
    expect(".o_gb_order_detail").toHaveCount(0);
});

test("without a customer a number is asked for", async () => {
    await mountList({ partnerId: false, callId: false });
    expect.verifySteps([]);
    expect(".o_gb_order_row").toHaveCount(0);
    await contains(".o_gb_order_search").edit("SF9988", { confirm: false });
    await advanceTime(300);
    await animationFrame();
    expect.verifySteps([["get_orders", false, { ...NONE, text: "SF9988" }]]);
    expect(".o_gb_order_row").toHaveCount(2);
});

test("a refusal of the server is shown, an empty list says so", async () => {
    answers.get_orders = () => {
        throw makeServerError({ type: "AccessError", message: "Not yours" });
    };
    await mountList();
    expect(".o_gb_error").toHaveText("Not yours");
    answers.get_orders = () => ({ orders: [], next: false });
    await contains(".o_gb_order_source").select("web");
    await animationFrame();
    expect(".o_gb_error").toHaveCount(0);
    expect(".o_gb_no_orders").toHaveCount(1);
    expect.verifySteps([
        ["get_orders", 3, NONE],
        ["get_orders", 3, { ...NONE, source: "web" }],
    ]);
});

test("until the caller is checked little is told; the check is one button away", async () => {
    const summary = {
        id: 7,
        name: "S00007",
        partner: { id: 3, name: "Li Na" },
        date: "2026-03-01 09:00:00",
        amount: "¥ 118.00",
        stage: "open",
        stage_label: "Not picked yet",
        is_verified: false,
    };
    answers.get_orders = () => ({ orders: [summary], next: false, is_verified: false });
    answers.get_order = () => summary;
    patchWithCleanup(IdentityCheck.prototype, {
        load() {
            expect.step(["check", this.props.partnerId, this.props.callId]);
        },
    });
    await mountWithCleanup(MainComponentsContainer);
    await mountList({ partnerId: 3, callId: 17 });
    expect(".o_gb_verify").toHaveCount(1);
    await contains(".o_gb_order_row").click();
    expect(".o_gb_order_detail").toHaveText(/S00007/);
    expect(".o_gb_change, .o_gb_cancel, .o_gb_order_detail table").toHaveCount(0);
    await contains(".o_gb_verify").click();
    await animationFrame();
    expect.verifySteps([
        ["get_orders", 3, NONE],
        ["get_order", 7, 17],
        ["check", 3, 17],
    ]);
});

test("a product finds no order of an unchecked caller, and the screen says why", async () => {
    answers.get_orders = () => ({ orders: [], next: false, is_verified: false });
    await mountList({ partnerId: 3, callId: 17 });
    expect(".o_gb_no_orders").toHaveText("No order is like that.");
    await contains(".o_gb_order_search").edit("bottle", { confirm: false });
    await advanceTime(300);
    await animationFrame();
    expect(".o_gb_no_orders").toHaveText(/Check identity first/);
    expect(".o_gb_verify").toHaveCount(1);
    expect.verifySteps([
        ["get_orders", 3, NONE],
        ["get_orders", 3, { ...NONE, text: "bottle" }],
    ]);
});

test("what may not be changed says why", async () => {
    const changeable = { lines: SENT, address: SENT, date: SENT, carrier: SENT, invoice: SENT };
    answers.get_order = () =>
        makeDetail({}, { ...changeable, redirect: OPEN, cancel: { ...OPEN, how: "refuse" } });
    await mountList();
    await contains(".o_gb_order_row:first").click();
    expect(".o_gb_changeable li[data-name=lines]").toHaveText(/has left the warehouse/);
    expect(".o_gb_changeable li[data-name=redirect] .fa-check").toHaveCount(1);
    expect(".o_gb_cancel").toHaveText("Parcel is refused…");
    expect.verifySteps([
        ["get_orders", 3, NONE],
        ["get_order", 7, false],
    ]);
});

test("only what was changed is sent", async () => {
    answers.change_order = () => ({ order: makeDetail(), change: { summary: "", hint: "" } });
    await openDialog(ChangeDialog, makeDetail());
    expect(".o_gb_confirm").not.toBeEnabled();
    expect(".o_gb_redirect").toHaveCount(0);
    await contains(".o_gb_quantity").edit("1", { confirm: false });
    await contains("#gb_change_address").select("4");
    await contains(".o_gb_reason").select("21");
    await contains(".o_gb_confirm").click();
    await animationFrame();
    expect.verifySteps([
        ["change_order", 7, { lines: [{ line_id: 11, quantity: 1 }], address: 4 }],
        { reason_id: 21, note: false, call_id: 17 },
        "done S00007",
    ]);
    expect(".o_gb_change_dialog").toHaveCount(0);
});

test("a product is searched, added and counted by keyboard", async () => {
    const found = {
        code: "B7",
        variant: "",
        unit: "Units",
        price_text: "¥ 9.00",
        free: 4,
        on_hand: 4,
        forecast: 4,
        arrival: false,
        can_backorder: false,
        stock: "in",
    };
    answers.search_products = () => ({
        products: [
            { ...found, id: 70, name: "Sold out", stock: "out", free: 0 },
            { ...found, id: 71, name: "Brush" },
            { ...found, id: 1, name: "Baby bottle" },
        ],
        has_more: false,
        kind: "found",
    });
    answers.change_order = () => ({ order: makeDetail(), change: { summary: "", hint: "" } });
    await openDialog(ChangeDialog, makeDetail());
    const type = async (text) => {
        await edit(text);
        await advanceTime(300);
        await animationFrame();
    };
    await contains("#gb_change_product").focus();
    await type("brush");
    expect(".o_gb_add_product .dropdown-item").toHaveCount(3);
    await press("Enter"); // what is sold out is passed over
    await animationFrame();
    expect(".o_gb_added input").toBeFocused();
    expect(".o_gb_added").toHaveText(/Brush.*Added/s);
    await edit("3");
    await press("Enter");
    expect("#gb_change_product").toBeFocused();
    await type("bottle");
    await press("ArrowDown");
    await press("Enter");
    await animationFrame();
    expect(".o_gb_quantity").toBeFocused();
    expect(".o_gb_quantity").toHaveValue(3);
    await contains(".o_gb_confirm").click();
    await animationFrame();
    expect.verifySteps([
        ["search_products"],
        ["search_products"],
        [
            "change_order",
            7,
            {
                lines: [
                    { line_id: 11, quantity: 3 },
                    { product_id: 71, quantity: 3 },
                ],
            },
        ],
        { reason_id: false, note: false, call_id: 17 },
        "done S00007",
    ]);
});

test("after shipment only the carrier can be asked", async () => {
    answers.change_order = () => ({ order: makeDetail(), change: { summary: "", hint: "" } });
    const locked = { lines: SENT, address: SENT, date: SENT, carrier: SENT, invoice: SENT };
    await openDialog(ChangeDialog, makeDetail({}, { ...locked, redirect: OPEN }));
    expect(".o_gb_quantity").not.toBeEnabled();
    expect("#gb_change_address").not.toBeEnabled();
    expect(queryAllTexts(".o_gb_why")[0]).toBe(SENT.why);
    await contains(".o_gb_redirect").edit("To the neighbour", { confirm: false });
    await contains(".o_gb_confirm").click();
    await animationFrame();
    expect.verifySteps([
        ["change_order", 7, { redirect: "To the neighbour" }],
        { reason_id: false, note: false, call_id: 17 },
        "done S00007",
    ]);
});

test("a refused change stays open with the reason", async () => {
    answers.change_order = () => {
        throw makeServerError({ type: "UserError", message: "It was picked meanwhile." });
    };
    await openDialog(ChangeDialog, makeDetail());
    await contains(".o_gb_quantity").edit("1", { confirm: false });
    await contains(".o_gb_confirm").click();
    await animationFrame();
    expect(".o_gb_change_dialog .o_gb_error").toHaveText("It was picked meanwhile.");
    expect.verifySteps([
        ["change_order", 7, { lines: [{ line_id: 11, quantity: 1 }] }],
        { reason_id: false, note: false, call_id: 17 },
    ]);
});

test("cancelling asks for the reason", async () => {
    answers.cancel_order = () => ({ order: makeDetail(), change: { summary: "", hint: "" } });
    await openDialog(CancelDialog, makeDetail());
    await contains(".o_gb_confirm").click();
    expect(".o_gb_error").toHaveText("Choose the reason.");
    await contains(".o_gb_reason").select("31");
    await contains(".o_gb_note").edit("Twins", { confirm: false });
    await contains(".o_gb_confirm").click();
    await animationFrame();
    expect.verifySteps([["cancel_order", 7, 31], { note: "Twins", call_id: 17 }, "done S00007"]);
});

test("a parcel on its way is refused instead", async () => {
    await openDialog(CancelDialog, makeDetail({}, { cancel: { ...OPEN, how: "refuse" } }));
    expect(".o_gb_explanation").toHaveText(/refuses it at the door/);
    expect(queryAllTexts(".o_gb_reason option")).toEqual(["", "Came too late"]);
    expect(".o_gb_confirm").toHaveText("Register refusal");
});

test("stock is shown, and the customer put on the waiting list", async () => {
    answers.get_stock = () => ({
        product: { id: 1, name: "Baby bottle" },
        unit: "Units",
        is_stored: true,
        is_for_sale: true,
        warehouses: [
            {
                id: 1,
                name: "Shanghai",
                on_hand: 2,
                reserved: 2,
                free: 0,
                forecast: 7,
                incoming: [{ date: "2026-03-05 09:00:00", quantity: 5, origin: "P0001" }],
                rule: { min: 10, max: 50, is_low: true },
            },
        ],
        waiting: 0,
    });
    answers.wait_for_product = () => ({ id: 1, position: 1 });
    await mountWithCleanup(MainComponentsContainer);
    getService("dialog").add(StockDialog, { productId: 1, partnerId: 3, callId: 17 });
    await animationFrame();
    expect(".o_gb_free").toHaveText("0");
    expect(".o_gb_incoming").toHaveText(/5/);
    expect(".o_gb_low").toHaveCount(1);
    await contains(".o_gb_wait").click();
    await animationFrame();
    expect(".o_gb_waiting").toHaveText(/place 1/);
    expect.verifySteps([
        ["get_stock", 1],
        ["wait_for_product", 3, 1],
    ]);
});
