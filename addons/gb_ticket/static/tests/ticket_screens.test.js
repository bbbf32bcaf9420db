import { describe, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { registry } from "@web/core/registry";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    makeMockEnv,
    MockServer,
    mockService,
    models,
    mountView,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { formatMinutes } from "@gb_ticket/ticket_timeline/ticket_timeline";

describe.current.tags("desktop");
defineMailModels();

class Ticket extends models.Model {
    _name = "gb.ticket";
    solution = fields.Char({ string: "Solution" });
    step_ids = fields.One2many({ relation: "gb.ticket.step" });
    pending_approval = fields.Json();
    _records = [{ id: 1, step_ids: [2, 1] }];
}
class Step extends models.Model {
    _name = "gb.ticket.step";
    state_id = fields.Many2one({ relation: "gb.ticket.state" });
    actor = fields.Char();
    actor_id = fields.Many2one({ relation: "gb.ticket.state" });
    started_at = fields.Datetime();
    ended_at = fields.Datetime();
    minutes = fields.Float();
    note = fields.Text();
    details = fields.Json();
    _records = [
        {
            id: 1,
            state_id: 1,
            actor: "user",
            started_at: "2019-03-10 08:00:00",
            ended_at: "2019-03-10 10:05:00",
            minutes: 125,
        },
        {
            id: 2,
            state_id: 2,
            actor: "customer",
            started_at: "2019-03-10 10:05:00",
            note: "It leaks again",
            details: { solution: "A new one", remark: "" },
        },
    ];
}
class State extends models.Model {
    _name = "gb.ticket.state";
    name = fields.Char();
    _records = [
        { id: 1, name: "Accepted" },
        { id: 2, name: "Processing" },
    ];
}
class Process extends models.Model {
    _name = "gb.ticket.process";
    diagram = fields.Json();
    _records = [
        {
            id: 1,
            diagram: {
                width: 200,
                height: 200,
                nodes: ["a", "b", "c"].map((code, index) => ({
                    code,
                    name: code.toUpperCase(),
                    phase: "open",
                    x: 10,
                    y: 10 + index * 60,
                    width: 100,
                    height: 40,
                    notes: [],
                    gathered: [],
                    is_start: !index,
                })),
                edges: [
                    {
                        from: "a",
                        to: "b",
                        path: "M1,1 L2,2",
                        x: 1,
                        y: 1,
                        anchor: "end",
                        labels: [{ code: "go", name: "Go", style: "primary" }],
                    },
                ],
            },
        },
    ];
}
defineModels([Ticket, Step, State, Process]);

test("working time is said in hours and minutes", async () => {
    await makeMockEnv();
    expect(String(formatMinutes(0.2))).toBe("less than a minute");
    expect(String(formatMinutes(59.4))).toBe("59 min");
    expect(String(formatMinutes(120))).toBe("2 h");
    expect(String(formatMinutes(125))).toBe("2 h 5 min");
});

test("the history tells state, actor, reason, duration and what was recorded", async () => {
    await mountView({
        type: "form",
        resModel: "gb.ticket",
        resId: 1,
        arch: `<form><field name="step_ids" widget="gb_ticket_timeline" readonly="1">
            <list>
                <field name="state_id"/><field name="actor"/><field name="actor_id"/>
                <field name="started_at"/><field name="ended_at"/><field name="minutes"/>
                <field name="note"/><field name="details"/>
            </list>
        </field></form>`,
    });
    expect(".o_gb_step").toHaveCount(2);
    expect(".o_gb_step:first .o_gb_step_state").toHaveText("Processing");
    expect(".o_gb_step:first").toHaveClass("o_gb_step_open");
    expect(".o_gb_step:first").toHaveText(/Customer/);
    expect(".o_gb_step_note").toHaveText("It leaks again");
    expect(".o_gb_step_details dt").toHaveCount(1);
    expect(".o_gb_step_details").toHaveText(/Solution\s*A new one/);
    expect(".o_gb_step:last .o_gb_step_duration").toHaveText("2 h 5 min");
});

test("who may decide about what is pending does so in the banner", async () => {
    Ticket._records[0].pending_approval = {
        id: 5,
        title: "Refund",
        amount: "¥ 118.00",
        reason: "Never sold",
        requester: "Li Na",
        role: "Team lead",
        asked_at: "2019-03-11 08:00:00",
        new_due_at: false,
        may_decide: true,
    };
    onRpc("gb.ticket.approval", "action_refuse", ({ args, kwargs }) => {
        expect.step([args[0], kwargs.note]);
        MockServer.env["gb.ticket"].write([1], { pending_approval: false });
        return true;
    });
    await mountView({
        type: "form",
        resModel: "gb.ticket",
        resId: 1,
        arch: `<form><widget name="gb_ticket_pending_approval"/></form>`,
    });
    expect(".o_gb_pending_approval").toHaveText(
        /Refund · ¥ 118.00 waits for confirmation by Team lead/
    );
    await contains(".o_gb_refuse").click();
    expect(".o_gb_refuse").not.toBeEnabled();
    await contains(".o_gb_refusal").edit("We have sold it");
    await contains(".o_gb_refuse").click();
    expect.verifySteps([[[5], "We have sold it"]]);
    expect(".o_gb_pending_approval").toHaveCount(0);
});

test("the overview shows what waits, and opens the list behind a tile", async () => {
    onRpc("gb.ticket", "get_counters", () => [
        {
            section: "mine",
            action: "x.mine",
            name: "My work orders",
            icon: "fa-user",
            style: "primary",
            count: 3,
            is_capped: false,
        },
        {
            section: "process",
            action: "x.review",
            name: "To review",
            icon: "fa-check",
            style: "info",
            count: 1000,
            is_capped: true,
        },
        {
            section: "process",
            action: "x.drafts",
            name: "To accept",
            icon: "fa-pencil",
            style: "info",
            count: 0,
            is_capped: false,
        },
    ]);
    onRpc("gb.ticket", "has_access", () => true);
    mockService("action", { doAction: (action) => expect.step(action) });
    const Overview = registry.category("actions").get("gb_ticket_overview");
    await mountWithCleanup(Overview, {
        props: { action: {}, actionId: 1, className: "", updateActionState: () => {} },
        env: await makeMockEnv({
            config: { setDisplayName() {}, breadcrumbs: [], viewSwitcherEntries: [] },
        }),
    });
    await animationFrame();
    expect(".o_gb_tile").toHaveCount(3);
    expect(".o_gb_tile:first .o_gb_tile_count").toHaveText("3");
    expect(".o_gb_tile[data-action='x.review'] .o_gb_tile_count").toHaveText("1000+");
    expect(".o_gb_tile[data-action='x.drafts']").toHaveClass("o_gb_tile_empty");
    await contains(".o_gb_tile[data-action='x.review']").click();
    expect.verifySteps(["x.review"]);
});

test("a click on a state of the diagram shows its neighbours", async () => {
    await mountView({
        type: "form",
        resModel: "gb.ticket.process",
        resId: 1,
        arch: `<form><field name="diagram" widget="gb_process_diagram"/></form>`,
    });
    expect(".o_gb_node").toHaveCount(3);
    expect(".o_gb_edge text").toHaveText("Go");
    await contains(".o_gb_node[data-code=b]").click();
    expect(".o_gb_edge").toHaveAttribute("data-look", "in");
    expect(".o_gb_node[data-code=a]").toHaveAttribute("data-look", "near");
    expect(".o_gb_node[data-code=c]").toHaveAttribute("data-look", "dim");
    await contains(".o_gb_node[data-code=b]").click();
    expect(".o_gb_node[data-look=dim]").toHaveCount(0);
});
