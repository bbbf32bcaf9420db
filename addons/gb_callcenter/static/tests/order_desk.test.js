import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { click, edit, press, queryFirst } from "@odoo/hoot-dom";
import { Deferred, advanceTime, animationFrame } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { OrderDesk } from "@gb_callcenter/order_desk/order_desk";
import { SEARCH_DELAY } from "@gb_callcenter/order_desk/order_desk_model";
import { orderDeskPanels } from "@gb_callcenter/order_desk/order_desk_panels";
import { mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";

import { makePanel } from "./helpers/seat_helpers";

const QUERY = ".o_gb_product_query";

function makeProduct(values) {
    return {
        id: 1,
        code: "A1",
        barcode: "",
        name: "Formula",
        variant: "",
        category: "Milk",
        image: "",
        price: 300,
        price_text: "300.00",
        list_price_text: "",
        unit: "Units",
        can_backorder: true,
        on_hand: 9,
        free: 9,
        forecast: 9,
        arrival: false,
        stock: "in",
        ...values,
    };
}

const FORMULA = makeProduct();
const BOTTLE = makeProduct({ id: 2, code: "B2", name: "Bottle", stock: "out", free: 0 });
const GLASS = makeProduct({ id: 3, code: "C3", name: "Glass bottle" });

const ADDRESS = {
    id: 3,
    name: "Li Na",
    phone: "138",
    state_id: 1,
    state: "Shanghai",
    city: "Shanghai",
    street: "Changning Road 1",
    street2: "",
    zip: "",
    text: "Shanghai Changning Road 1",
    problems: [],
};

function makeOrder(values) {
    return {
        id: 7,
        name: "S00007",
        state: "draft",
        partner_id: 3,
        call_id: false,
        lines: [],
        total: 0,
        total_text: "0.00",
        saved_text: "",
        address: ADDRESS,
        addresses: [ADDRESS],
        carrier_id: false,
        carriers: [],
        delivery_date: false,
        delivery_window: "any",
        rewards: [],
        points: [],
        codes: [],
        means: [{ key: "cash_on_delivery", label: "Cash on delivery", refusal: "", hint: "" }],
        payment_means: false,
        payment_channel: "sms",
        invoice_wanted: false,
        invoice_title: "",
        invoice_tax_number: "",
        note: "",
        messages: [],
        missing: [],
        ...values,
    };
}

/** A server with one customer and three products; `server.order` is the cart that it answers with. */
function mockDesk(values = {}) {
    defineMailModels();
    const server = {
        quantities: {},
        order: makeOrder(),
        products: [FORMULA, BOTTLE],
        on: {},
        desk: {
            partner: { id: 3, name: "Li Na", phone: "138", city: "", level: "Gold" },
            order: false,
            drafts: [],
            categories: [{ id: 5, name: "Milk" }],
            states: [],
            windows: [{ key: "any", label: "Any time" }],
            today: "2026-03-01",
        },
        ...values,
    };
    const setLine = (id, productId, quantity, isAdded) => {
        const product = [FORMULA, BOTTLE, GLASS].find((row) => row.id === productId);
        const before = server.quantities[productId] || 0;
        server.quantities[productId] = isAdded ? before + quantity : quantity;
        server.order = makeOrder({
            ...server.order,
            lines: Object.entries(server.quantities)
                .filter(([, count]) => count)
                .map(([key, count]) => ({
                    ...product,
                    id: 100 + Number(key),
                    kind: "product",
                    product_id: Number(key),
                    quantity: count,
                    is_for_sale: true,
                    total_text: String(count * 300),
                })),
        });
        return server.order;
    };
    onRpc("gb.seat", "*", () => makePanel());
    onRpc("gb.order.desk", "*", async ({ method, args, kwargs }) => {
        if (method === "search_products") {
            if (!server.isQuiet) {
                expect.step(["search", kwargs.query]);
            }
            await server.on.search?.(kwargs.query);
            return { products: server.products, has_more: false, kind: "found" };
        }
        if (method === "get_desk") {
            return server.desk;
        }
        if (!server.isQuiet) {
            expect.step([method, ...args]);
        }
        if (server.on[method]) {
            return server.on[method](...args);
        }
        switch (method) {
            case "open_draft":
                return server.order;
            case "set_line":
                return setLine(...args);
            case "get_alternatives":
                return [GLASS];
            case "wait_for_product":
                return { id: 1 };
        }
        return server.order;
    });
    return server;
}

async function mountDesk(params = { partner_id: 3 }) {
    await mountWithCleanup(OrderDesk, { props: { action: { params } } });
    await animationFrame();
}

async function type(text) {
    await edit(text);
    await advanceTime(SEARCH_DELAY);
    await animationFrame();
}

test("a product is found and added without the mouse", async () => {
    mockDesk();
    await mountDesk();
    expect(QUERY).toBeFocused();
    await type("fo");
    expect(".o_gb_entry").toHaveCount(2);
    expect(".o_gb_entry.active").toHaveText(/Formula/);
    await press("Enter");
    await animationFrame();
    await press("Enter");
    await animationFrame();
    expect.verifySteps([
        ["search", ""],
        ["search", "fo"],
        ["open_draft", 3, false],
        ["set_line", 7, 1, 1, true],
        ["set_line", 7, 1, 1, true],
    ]);
    expect(".o_gb_quantity").toHaveValue("2");
    expect(QUERY).toBeFocused();
    await edit("*5");
    await press("Enter");
    await animationFrame();
    expect.verifySteps([
        ["search", ""],
        ["set_line", 7, 1, 5],
    ]);
    expect(".o_gb_quantity").toHaveValue("5");
});

test("what is typed fast is asked once; a late answer is dropped", async () => {
    const server = mockDesk();
    await mountDesk();
    expect.verifySteps([["search", ""]]);
    const late = new Deferred();
    server.on.search = (query) => (query === "a" ? late : undefined);
    await edit("a");
    await advanceTime(SEARCH_DELAY);
    server.products = [GLASS];
    await edit("ab");
    await edit("abc");
    await advanceTime(SEARCH_DELAY);
    await animationFrame();
    expect.verifySteps([
        ["search", "a"],
        ["search", "abc"],
    ]);
    server.products = [FORMULA];
    late.resolve();
    await animationFrame();
    expect(".o_gb_entry:first").toHaveText(/Glass bottle/);
});

test("out of stock: alternatives and the waiting list are reached by the arrows", async () => {
    mockDesk();
    await mountDesk();
    await press("ArrowDown");
    await animationFrame();
    await animationFrame();
    expect(".o_gb_entry[data-type=alternative]").toHaveText(/Glass bottle/);
    await press("ArrowDown");
    await press("Enter");
    await animationFrame();
    await press("ArrowDown");
    await press("Enter");
    await animationFrame();
    expect.verifySteps([
        ["search", ""],
        ["get_alternatives", 2, 3],
        ["open_draft", 3, false],
        ["set_line", 7, 3, 1, true],
        ["wait_for_product", 3, 2, false],
    ]);
});

test("keys in the cart", async () => {
    mockDesk();
    await mountDesk();
    await press("Enter");
    await animationFrame();
    await press(["alt", "a"]);
    await animationFrame();
    expect(".o_gb_quantity").toBeFocused();
    await press("+");
    await animationFrame();
    expect(".o_gb_quantity").toHaveValue("2");
    await edit("x", { confirm: "enter" });
    await animationFrame();
    expect(".o_gb_error").toHaveText(/number from 0/);
    await press(["alt", "a"]);
    await animationFrame();
    expect(QUERY).toBeFocused();
    await press(["alt", "d"]);
    expect(".o_gb_code").toBeFocused();
    expect.verifySteps([
        ["search", ""],
        ["open_draft", 3, false],
        ["set_line", 7, 1, 1, true],
        ["set_line", 7, 1, 2],
    ]);
});

test("steps go on when they are done, and back", async () => {
    const server = mockDesk({ isQuiet: true });
    server.order = makeOrder({ missing: [{ step: "address", text: "Choose the address." }] });
    await mountDesk();
    await press("Enter");
    await animationFrame();
    await press(["ctrl", "Enter"]);
    await animationFrame();
    await animationFrame();
    expect("[data-step=address]").toHaveAttribute("aria-current", "step");
    await press("Escape");
    await press(["ctrl", "Enter"]);
    await animationFrame();
    expect("[data-step=address]").toHaveAttribute("aria-current", "step");
    await press(["ctrl", "shift", "Enter"]);
    await animationFrame();
    expect("[data-step=cart]").toHaveAttribute("aria-current", "step");
});

test("confirmed once by two quick presses; a new order afterwards", async () => {
    const line = { ...FORMULA, kind: "product", product_id: 1, quantity: 1, is_for_sale: true };
    const order = makeOrder({ lines: [{ ...line, total_text: "300" }], total: 300 });
    const server = mockDesk({ order, isQuiet: true });
    server.desk.order = order;
    const gate = new Deferred();
    const keys = [];
    server.on.confirm = async (id, key, total) => {
        keys.push(key);
        await gate;
        return {
            confirmed: true,
            order: { id, name: "S00007", total_text: String(total) },
            next: ["The courier brings it."],
        };
    };
    await mountDesk();
    for (let step = 0; step < 4; step++) {
        await press(["ctrl", "Enter"]);
        await animationFrame();
    }
    expect("[data-step=confirm]").toHaveAttribute("aria-current", "step");
    await press(["ctrl", "Enter"]);
    await press(["ctrl", "Enter"]);
    await animationFrame();
    gate.resolve();
    await animationFrame();
    await animationFrame();
    expect(keys).toHaveLength(1);
    expect(".o_gb_order_name").toHaveText("S00007");
    expect(".o_gb_next_steps").toHaveText(/courier/);
    server.desk = { ...server.desk, order: false };
    await press(["ctrl", "Enter"]);
    await animationFrame();
    await animationFrame();
    expect(QUERY).toBeFocused();
    expect(".o_gb_line").toHaveCount(0);
});

test("a confirmation whose answer got lost is repeated with the same key", async () => {
    const line = { ...FORMULA, kind: "product", product_id: 1, quantity: 1, is_for_sale: true };
    const order = makeOrder({ lines: [{ ...line, total_text: "300" }], total: 300 });
    const server = mockDesk({ order, isQuiet: true });
    server.desk.order = order;
    const keys = [];
    patchWithCleanup(OrderDesk.prototype, { retry() {} });
    server.on.confirm = (id, key) => {
        keys.push(key);
        if (keys.length === 1) {
            return new Response("", { status: 502 });
        }
        return { confirmed: true, order: { id, name: "S00007", total_text: "" }, next: [] };
    };
    await mountDesk();
    for (let step = 0; step < 5; step++) {
        await press(["ctrl", "Enter"]);
        await animationFrame();
    }
    await animationFrame();
    expect(".o_gb_offline").toHaveCount(1);
    await press(["ctrl", "Enter"]);
    await animationFrame();
    await animationFrame();
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    expect(".o_gb_order_name").toHaveText("S00007");
});

test("messages of the server, help, and drafts", async () => {
    const server = mockDesk({ isQuiet: true });
    server.desk.drafts = [
        {
            id: 9,
            at: "2026-03-01 09:00:00",
            name: "S00009",
            agent: "Wang",
            is_shown: true,
            is_mine: false,
            amount: "300",
            products: "Formula",
        },
        {
            id: 10,
            at: "2026-02-01 09:00:00",
            name: "S00010",
            agent: "",
            is_shown: false,
            is_mine: false,
            amount: "500",
            products: "",
        },
    ];
    await mountDesk();
    expect(".o_gb_drafts").toHaveText(/S00009.*Wang · Formula · 300/);
    expect(".o_gb_check_draft").toHaveText("Check identity first");
    expect(".o_gb_resume").toHaveText("Take over");
    await press("?");
    await animationFrame();
    expect(".o_gb_desk_help").toHaveText(/Ctrl \+ Enter/);
    await press("Escape");
    await animationFrame();
    expect(".o_gb_desk_help").toHaveCount(0);
    server.order = makeOrder({
        messages: [{ type: "danger", text: "Formula is off sale now.", product_id: 1 }],
    });
    await click(".o_gb_resume");
    await animationFrame();
    expect(".o_gb_message").toHaveText("Formula is off sale now.");
});

test("without a customer one is chosen first", async () => {
    const server = mockDesk();
    server.desk = { ...server.desk, partner: false };
    await mountDesk({});
    expect(".o_gb_pick_customer input").toBeFocused();
    expect(QUERY).toHaveCount(0);
});

test("tabs and panels of others; one that fails is left out", async () => {
    class Orders extends Component {
        static template = xml`<div class="test_orders" t-esc="props.partnerId + props.desk.partner.name"/>`;
        static props = ["*"];
    }
    orderDeskPanels.add("test.orders", { Component: Orders, label: "Test tab", place: "tab" });
    orderDeskPanels.add("test.side", { Component: Orders, label: "Side", place: "side" });
    mockDesk({ isQuiet: true });
    await mountDesk();
    expect("aside .test_orders").toHaveText("3Li Na");
    await click(".nav-link:contains(Test tab)");
    await animationFrame();
    expect("[role=tabpanel] .test_orders").toHaveText("3Li Na");
    expect(queryFirst(QUERY)).toBe(null);
    orderDeskPanels.remove("test.orders");
    orderDeskPanels.remove("test.side");
});

test("a means of payment is chosen by its number, one that cannot be had is not", async () => {
    const line = { ...FORMULA, kind: "product", product_id: 1, quantity: 1, is_for_sale: true };
    const order = makeOrder({
        lines: [{ ...line, total_text: "300" }],
        means: [
            { key: "balance", label: "Balance", refusal: "Not enough", hint: "" },
            { key: "bank_transfer", label: "Bank transfer", refusal: "", hint: "" },
        ],
    });
    const server = mockDesk({ order, isQuiet: true });
    server.desk.order = order;
    server.on.set_details = (id, values) => {
        expect.step(values);
        return { ...order, ...values };
    };
    await mountDesk();
    for (let step = 0; step < 3; step++) {
        await press(["ctrl", "Enter"]);
        await animationFrame();
    }
    await press("1");
    await press("2");
    await animationFrame();
    expect.verifySteps([{ payment_means: "bank_transfer" }]);
    expect("[data-means=bank_transfer] input").toBeChecked();
    await click("#o_gb_note");
    await press("2");
    expect.verifySteps([]);
});
