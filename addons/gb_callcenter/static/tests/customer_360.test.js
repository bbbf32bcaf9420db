import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { Customer360 } from "@gb_callcenter/customer_360/customer_360";
import { customer360Cards } from "@gb_callcenter/customer_360/customer_360_cards";
import {
    contains,
    makeMockEnv,
    mockService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { getDefaultConfig } from "@web/views/view";
import { makePanel, mockSeatServer, refuse } from "./helpers/seat_helpers";

describe.current.tags("desktop");

function makeRow(id, values) {
    return {
        key: `contact-${id}`,
        kind: "contact",
        id,
        model: "gb.contact",
        at: "2026-03-01 09:00:00",
        icon: "fa-comments",
        title: `Contact ${id}`,
        text: "",
        state: "",
        agent: "",
        direction: "inbound",
        channel: "chat",
        channel_label: "Chat",
        score: 0,
        can_open: true,
        amount: false,
        ...values,
    };
}

function makeCustomer(values) {
    return {
        id: 3,
        name: "Li Na",
        is_company: false,
        is_verified: false,
        protected: ["orders"],
        call: false,
        can_open_orders: false,
        identity: {
            phone: "138****8000",
            email: "",
            phones: [
                { id: 8, number: "138****8000", kind: "Mobile", is_main: true, do_not_call: false },
            ],
            customer_number: "C1",
            member_number: "",
            level: { id: 1, name: "VIP", color: 1 },
            life_cycle: false,
            life_cycle_label: "",
            language: "Chinese",
            is_foreign: false,
            owner: false,
            team: "",
            parent: "",
        },
        flags: [{ key: "complaint", level: "danger", label: "Open complaint" }],
        figures: { net_value: "¥ 900", order_count: 4, return_rate: 10, last_order_at: false },
        points: false,
        orders: [
            {
                id: 5,
                name: "S00005",
                at: "2026-03-01 08:00:00",
                state: "sale",
                delivery: { state: "ready", label: "Being packed", at: false, expected_at: false },
                return_until: "",
                can_return: false,
                amount: false,
                lines: false,
            },
        ],
        matters: [],
        last_contact: false,
        likely: [
            { key: "a", label: "Where is S00005?", reason: "Late", model: "sale.order", id: 5 },
        ],
        timeline: { rows: [makeRow(2), makeRow(1)], next: ["2026-03-01T09:00:00", "contact", 1] },
        timeline_kinds: [{ name: "orders", label: "Orders", kinds: ["order"] }],
        addresses: false,
        children: false,
        interests: false,
        ...values,
    };
}

async function open({ customer = makeCustomer(), params = { partner_id: 3 }, panel } = {}) {
    const server = mockSeatServer(panel || makePanel());
    const answer = { customer };
    mockService("bus_service", {
        subscribe: (type, callback) => (server[type] = callback),
        unsubscribe: () => {},
        addEventListener: () => {},
        start: () => {},
    });
    mockService("action", {
        doAction: (action) => expect.step([action.tag || action.res_model, action.params]),
    });
    onRpc("res.partner", "get_gb_360", ({ args, kwargs }) => {
        expect.step(["get_gb_360", args[0], kwargs.call_id]);
        return typeof answer.customer === "function" ? answer.customer() : answer.customer;
    });
    const env = await makeMockEnv({ config: getDefaultConfig() });
    await mountWithCleanup(Customer360, { env, props: { action: { params, context: {} } } });
    await animationFrame();
    return { answer, server };
}

test("the first glance: name, flags, guess, orders without their contents", async () => {
    await open();
    expect.verifySteps([["get_gb_360", 3, false]]);
    expect(".o_gb_360_name").toHaveText("Li Na");
    expect(queryAllTexts(".o_gb_360_flags > *")).toEqual(["Open complaint"]);
    expect(".o_gb_360_likely").toHaveText(/Where is S00005/);
    expect(".o_gb_360_order_row").toHaveText(/Being packed/);
    expect(".o_gb_360_unverified").toHaveCount(1);
    expect(".o_gb_360_hidden").toHaveCount(2);
    await contains("[data-tab=family]").click();
    expect(".o_gb_360_tab .o_gb_360_hidden").toHaveCount(1);
});

test("who may not open orders is led to the order desk", async () => {
    await open();
    await contains(".o_gb_360_order_row .btn-link").click();
    await contains(".o_gb_360_order").click();
    expect.verifySteps([
        ["get_gb_360", 3, false],
        ["gb_callcenter.order_desk", { partner_id: 3, call_id: false, order_id: 5 }],
        ["gb_callcenter.order_desk", { partner_id: 3, call_id: false }],
    ]);
});

test("a refusal is told, and can be tried again", async () => {
    const { answer } = await open({ customer: () => refuse("Not your customer") });
    expect(".alert-danger").toHaveText(/Not your customer/);
    answer.customer = makeCustomer();
    await contains(".o_gb_360_retry").click();
    await animationFrame();
    expect(".alert-danger").toHaveCount(0);
    expect(".o_gb_360_name").toHaveText("Li Na");
    expect.verifySteps([
        ["get_gb_360", 3, false],
        ["get_gb_360", 3, false],
    ]);
});

test("without a customer there is the search, and nothing is read", async () => {
    await open({ params: {} });
    expect(".o_gb_360_search input").toHaveCount(1);
    expect(".o_nocontent_help").toHaveCount(1);
    expect.verifySteps([]);
});

test("the timeline is filtered and goes on", async () => {
    await open();
    onRpc("res.partner", "get_gb_timeline", ({ kwargs }) => {
        expect.step([kwargs.filters, kwargs.before]);
        return kwargs.before
            ? { rows: [makeRow(9, { key: "contact-9" })], next: false }
            : { rows: [makeRow(7, { kind: "order", key: "order-7" })], next: false };
    });
    await contains(".o_gb_360_more").click();
    expect(".o_gb_360_row").toHaveCount(3);
    expect(".o_gb_360_more").toHaveCount(0);
    await contains(".o_gb_360_filter[data-name=orders]").click();
    expect(".o_gb_360_row").toHaveCount(1);
    expect.verifySteps([
        ["get_gb_360", 3, false],
        [{}, ["2026-03-01T09:00:00", "contact", 1]],
        [{ kinds: ["order"] }, null],
    ]);
});

test("cards of others are shown where they belong; one that fails is left out", async () => {
    class Good extends Component {
        static template = xml`<i class="o_good" t-esc="props.customer.name"/>`;
        static props = { customer: Object, callId: [Number, Boolean], reload: Function };
    }
    customer360Cards.add("test.good", { Component: Good, label: "Good", place: "glance" });
    customer360Cards.add("test.tab", { Component: Good, label: "More", place: "tab" });
    customer360Cards.add("test.never", {
        Component: Good,
        label: "Never",
        place: "tab",
        isDisplayed: () => false,
    });
    await open();
    expect(".o_gb_360_glance .o_good").toHaveText("Li Na");
    expect("[data-tab='test.never']").toHaveCount(0);
    await contains("[data-tab='test.tab']").click();
    expect(".o_gb_360_tab .o_good").toHaveCount(1);
    for (const name of ["test.good", "test.tab", "test.never"]) {
        customer360Cards.remove(name);
    }
    expect.verifySteps([["get_gb_360", 3, false]]);
});
