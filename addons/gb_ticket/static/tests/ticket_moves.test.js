import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { animationFrame, runAllTimers } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    makeServerError,
    mockService,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailModels();

const SIGN = makeMove("sign", { style: "primary" });
const SUBMIT = makeMove("submit", {
    style: "primary",
    description: "Somebody else checks the result.",
    fields: [
        { name: "department_id", required: true },
        { name: "is_checked", required: true },
        { name: "solution", required: false },
    ],
    note: true,
});

function makeMove(code, values = {}) {
    const name = code[0].toUpperCase() + code.slice(1);
    return {
        code,
        name,
        style: "secondary",
        description: "",
        fields: [],
        note: false,
        confirmed: false,
        ...values,
    };
}

class Ticket extends models.Model {
    _name = "gb.ticket";
    name = fields.Char();
    moves = fields.Json();
    revision = fields.Integer();
    phase = fields.Selection({
        selection: [
            ["draft", "Draft"],
            ["open", "Open"],
        ],
    });
    kind = fields.Char();
    department_id = fields.Many2one({ relation: "hr.department", string: "Lead department" });
    is_checked = fields.Boolean({ string: "Checked" });
    solution = fields.Text({ string: "Solution" });
    _records = [{ id: 1, name: "Bottle", revision: 4, phase: "open", moves: [SIGN] }];
}
class Department extends models.Model {
    _name = "hr.department";
    name = fields.Char();
    _records = [{ id: 7, name: "Quality" }];
}
defineModels([Ticket, Department]);

let answers;
beforeEach(() => {
    answers = { defaults: {}, transition: () => ({ moved: true, pending: false }) };
    onRpc("gb.ticket", "action_get_move_defaults", () => answers.defaults);
    onRpc("gb.ticket", "action_transition", ({ args, kwargs }) => {
        const { code, values, note, revision } = kwargs;
        expect.step({ ids: args[0], code, values, note, revision });
        return answers.transition();
    });
});

async function mountForm(moves, values = {}) {
    Object.assign(Ticket._records[0], { moves, ...values });
    await mountView({
        type: "form",
        resModel: "gb.ticket",
        resId: 1,
        arch: `<form><header><widget name="gb_ticket_moves"/></header><sheet><field name="name"/></sheet></form>`,
    });
}

test("a move without questions is done at once, with the revision that was seen", async () => {
    await mountForm([SIGN]);
    expect("button[data-move=sign]").toHaveClass("btn-primary");
    await contains("button[data-move=sign]").click();
    expect(".o_gb_move_dialog").toHaveCount(0);
    expect.verifySteps([
        { ids: [1], code: "sign", values: undefined, note: undefined, revision: 4 },
    ]);
});

test("unsaved changes of the form are saved first", async () => {
    onRpc("gb.ticket", "web_save", ({ args }) => expect.step(args[1]));
    await mountForm([SIGN]);
    await contains(".o_field_widget[name=name] input").edit("Bottle leaks");
    await contains("button[data-move=sign]").click();
    expect.verifySteps([
        { name: "Bottle leaks" },
        { ids: [1], code: "sign", values: undefined, note: undefined, revision: 4 },
    ]);
});

test("main moves are buttons, many others are in a menu, hotkeys are unique", async () => {
    await mountForm([
        SIGN,
        SUBMIT,
        makeMove("wait"),
        makeMove("transfer"),
        makeMove("cancel", { style: "danger" }),
    ]);
    expect(".o_gb_ticket_moves > button[data-move]").toHaveCount(3);
    expect("button[data-move=wait]").toHaveClass("btn-secondary");
    const hotkeys = [...document.querySelectorAll(".o_gb_ticket_moves [data-hotkey]")].map(
        (button) => button.dataset.hotkey
    );
    expect(new Set(hotkeys).size).toBe(hotkeys.length);
    await contains(".o_gb_more").click();
    expect(".dropdown-item[data-move]").toHaveCount(2);
    expect(".dropdown-item[data-move=cancel]").toHaveClass("text-danger");
});

test("the dialog asks exactly for what the move needs, and moves in one call", async () => {
    await mountForm([SUBMIT]);
    await contains("button[data-move=submit]").click();
    expect(".o_gb_move_dialog").toHaveText(/Somebody else checks the result/);
    expect(".o_gb_move_field").toHaveCount(4);
    expect(".o_gb_required").toHaveCount(3);
    await contains(".o_gb_move_confirm").click();
    expect(".o_gb_error").toHaveText(/Fill in what is marked/);
    expect(".o_gb_move_dialog .o_field_widget[name=department_id]").toHaveClass("o_field_invalid");
    expect(".o_gb_missing").toHaveCount(2);
    expect.verifySteps([]);
    await contains(".o_gb_move_dialog .o_field_widget[name=department_id] input").click();
    await runAllTimers();
    await contains(".o-autocomplete--dropdown-item:contains(Quality)").click();
    await contains(".o_gb_move_dialog .o_field_widget[name=is_checked] input").click();
    await contains("#gb_move_note").edit("It is done");
    await contains(".o_gb_move_confirm").click();
    expect.verifySteps([
        {
            ids: [1],
            code: "submit",
            values: { department_id: 7, is_checked: true },
            note: "It is done",
            revision: 4,
        },
    ]);
    expect(".o_gb_move_dialog").toHaveCount(0);
});

test("defaults of the server are filled in and sent", async () => {
    answers.defaults = { department_id: 7, solution: "A new one", unknown: 1 };
    const move = makeMove("submit", {
        fields: [
            { name: "department_id", required: true },
            { name: "solution", required: true },
        ],
    });
    await mountForm([move]);
    await contains("button[data-move=submit]").click();
    await animationFrame();
    expect(".o_gb_move_dialog .o_field_widget[name=department_id] input").toHaveValue("Quality");
    await contains(".o_gb_move_confirm").click();
    expect.verifySteps([
        {
            ids: [1],
            code: "submit",
            values: { department_id: 7, solution: "A new one" },
            note: false,
            revision: 4,
        },
    ]);
});

test("a refusal of the server is shown in the dialog and nothing typed is lost", async () => {
    answers.transition = () => {
        throw makeServerError({ message: "These tasks have to be done first" });
    };
    await mountForm([makeMove("cancel", { note: true })]);
    await contains("button[data-move=cancel]").click();
    await contains("#gb_move_note").edit("The customer called");
    await contains(".o_gb_move_confirm").click();
    expect(".o_gb_error").toHaveText(/These tasks have to be done first/);
    expect("#gb_move_note").toHaveValue("The customer called");
    answers.transition = () => ({ moved: true, pending: false });
    await contains(".o_gb_move_confirm").click();
    expect(".o_gb_move_dialog").toHaveCount(0);
    expect.verifySteps(
        Array(2).fill({
            ids: [1],
            code: "cancel",
            values: {},
            note: "The customer called",
            revision: 4,
        })
    );
});

test("a move that a superior confirms says so, before and after", async () => {
    answers.transition = () => ({ moved: false, pending: true });
    mockService("notification", { add: (message) => expect.step(String(message)) });
    await mountForm([makeMove("decline", { confirmed: true })]);
    await contains("button[data-move=decline]").click();
    expect(".o_gb_confirmed").toHaveCount(1);
    expect(".o_gb_move_confirm").toHaveText("Ask for confirmation");
    await contains(".o_gb_move_confirm").click();
    expect.verifySteps([
        { ids: [1], code: "decline", values: {}, note: false, revision: 4 },
        "It waits for confirmation by a superior.",
    ]);
});

test("in a draft what is only offered is left to the form", async () => {
    const accept = makeMove("accept", {
        style: "primary",
        fields: [{ name: "department_id", required: false }],
    });
    await mountForm([accept], { phase: "draft" });
    await contains("button[data-move=accept]").click();
    expect(".o_gb_move_dialog").toHaveCount(0);
    expect.verifySteps([
        { ids: [1], code: "accept", values: undefined, note: undefined, revision: 4 },
    ]);
});
