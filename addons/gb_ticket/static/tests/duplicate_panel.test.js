import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { Component, onWillStart, xml } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    MockServer,
    mockService,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { registry } from "@web/core/registry";
import { useServiceProtectMethodHandling } from "@web/core/utils/hooks";
import { FormRenderer } from "@web/views/form/form_renderer";

describe.current.tags("desktop");
defineMailModels();

class Ticket extends models.Model {
    _name = "gb.ticket";
    subject = fields.Char();
    description = fields.Text();
    contact_phone = fields.Char();
    phase = fields.Selection({
        selection: [
            ["draft", "Draft"],
            ["open", "Open"],
        ],
    });
    partner_id = fields.Many2one({ relation: "contact" });
    order_id = fields.Many2one({ relation: "contact" });
    order_line_id = fields.Many2one({ relation: "contact" });
    type_id = fields.Many2one({ relation: "contact" });
    category_id = fields.Many2one({ relation: "contact" });
    duplicate_answer = fields.Char();
    duplicate_reason = fields.Text();
    duplicate_compared_ids = fields.Many2many({ relation: "gb.ticket" });
    _records = [
        { id: 1, subject: "Bottle", phase: "draft", partner_id: 3 },
        { id: 2, subject: "Bottle leaks", phase: "open" },
    ];
}
class Partner extends models.Model {
    _name = "contact";
    name = fields.Char();
    _records = [{ id: 3, name: "Chen Xiaomei" }];
}
defineModels([Ticket, Partner]);

const LIKELY = {
    id: 2,
    name: "WO1",
    subject: "Bottle leaks",
    type: "Complaint",
    state: "Processing",
    accepted_at: "2019-03-10 08:00:00",
    score: 90,
    must_answer: true,
    is_repeat: false,
    why: ["The same line of the order S1.", "It is still open."],
};

let found;
beforeEach(() => {
    found = [LIKELY];
    onRpc("gb.ticket", "find_duplicates", ({ args }) => {
        expect.step(["find", args[0].partner_id, args[0].subject]);
        return found;
    });
    onRpc("gb.ticket", "action_answer_duplicate", ({ args, kwargs }) => {
        const { answer, ticket_id, reason } = kwargs;
        expect.step([args[0], { answer, ticket_id, reason }]);
        if (kwargs.answer === "new") {
            MockServer.env["gb.ticket"].write([1], {
                duplicate_answer: "new",
                duplicate_compared_ids: [[6, 0, [2]]],
            });
            return false;
        }
        return { type: "ir.actions.act_window", res_model: "gb.ticket", res_id: 2 };
    });
});

async function mountForm(resId = 1) {
    await mountView({
        type: "form",
        resModel: "gb.ticket",
        resId,
        arch: `<form>
            <field name="subject" widget="gb_typed_char"/>
            <field name="partner_id"/>
            <widget name="gb_ticket_duplicates"/>
        </form>`,
    });
    await advanceTime(400);
    await animationFrame();
}

test("likely duplicates are listed with words, and have to be answered", async () => {
    await mountForm();
    expect.verifySteps([["find", 3, "Bottle"]]);
    expect(".o_gb_duplicate").toHaveCount(1);
    expect(".o_gb_likeness").toHaveText("Very likely the same matter");
    expect(".o_gb_why").toHaveText(/The same line of the order S1/);
    expect(".o_gb_append").toHaveCount(1);
    expect(".o_gb_chase").toHaveCount(1);
    expect(".o_gb_is_new").toHaveCount(1);
});

test("what is merely related is listed without questions", async () => {
    found = [{ ...LIKELY, score: 45, must_answer: false }];
    await mountForm();
    expect.verifySteps([["find", 3, "Bottle"]]);
    expect(".o_gb_likeness").toHaveText("Perhaps related");
    expect(".o_gb_append, .o_gb_chase, .o_gb_is_new").toHaveCount(0);
});

test("it is asked while the subject is being typed, once after a pause", async () => {
    await mountForm();
    expect.verifySteps([["find", 3, "Bottle"]]);
    await contains(".o_field_widget[name=subject] input").edit("Bottle leaks again", {
        confirm: false,
    });
    await advanceTime(400);
    await animationFrame();
    expect.verifySteps([["find", 3, "Bottle leaks again"]]);
});

test("a new matter needs a reason, and is answered then", async () => {
    await mountForm();
    await contains(".o_gb_is_new").click();
    expect(".o_gb_new_confirm").not.toBeEnabled();
    await contains(".o_gb_new_reason").edit("The second bottle");
    await contains(".o_gb_new_confirm").click();
    expect.verifySteps([
        ["find", 3, "Bottle"],
        [[1], { answer: "new", ticket_id: false, reason: "The second bottle" }],
    ]);
    expect(".o_gb_answered").toHaveCount(1);
    expect(".o_gb_append").toHaveCount(0);
});

test("what is appended leads to the other work order", async () => {
    mockService("action", { doAction: (action) => expect.step(action.res_id) });
    await mountForm();
    await contains(".o_gb_append").click();
    expect.verifySteps([
        ["find", 3, "Bottle"],
        [[1], { answer: "append", ticket_id: 2, reason: false }],
        2,
    ]);
});

test("nothing is asked without a customer, or when it is no draft any more", async () => {
    await mountForm(2);
    expect.verifySteps([]);
    expect(".o_gb_duplicates").toHaveCount(0);
});

test("a panel that is dropped before it was shown asks nothing", async () => {
    const isReady = new Deferred();
    class Slow extends Component {
        static props = ["*"];
        static template = xml`<i/>`;
        setup() {
            onWillStart(() => isReady);
        }
    }
    registry.category("view_widgets").add("slow", { component: Slow });
    let form;
    patchWithCleanup(FormRenderer.prototype, {
        setup() {
            super.setup();
            form = this;
        },
    });
    patchWithCleanup(useServiceProtectMethodHandling, {
        fn: () => expect.step("asked by a destroyed panel"),
    });
    const mounted = mountView({
        type: "form",
        resModel: "gb.ticket",
        resId: 1,
        arch: `<form>
            <field name="partner_id"/>
            <field name="subject"/>
            <widget name="gb_ticket_duplicates"/>
            <widget name="slow"/>
        </form>`,
    });
    await animationFrame();
    expect(".o_form_view").toHaveCount(0);
    form.render();
    await advanceTime(400);
    expect.verifySteps([]);
    isReady.resolve();
    await mounted;
    await advanceTime(400);
    expect.verifySteps([["find", 3, "Bottle"]]);
});
