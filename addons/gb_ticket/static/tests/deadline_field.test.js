import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { advanceTime, animationFrame, mockDate, mockTimeZone } from "@odoo/hoot-mock";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Matter extends models.Model {
    _name = "matter";
    due_at = fields.Datetime();
    started_at = fields.Datetime();
    is_open = fields.Boolean();
    _records = [
        {
            id: 1,
            due_at: "2026-11-23 12:10:00",
            started_at: "2026-11-23 02:10:00",
            is_open: true,
        },
        { id: 2, due_at: "2026-11-23 09:35:00", is_open: true },
        { id: 3, due_at: "2026-11-26 13:00:00", is_open: false },
        { id: 4, due_at: false, is_open: true },
    ];
}
defineMailModels();
defineModels([Matter]);

beforeEach(() => {
    mockDate("2026-11-23 10:00:00", 0);
    mockTimeZone(0);
});

const form = (options, resId = 1) =>
    mountView({
        type: "form",
        resModel: "matter",
        resId,
        arch: `<form><field name="due_at" widget="gb_deadline" options="${options}"/></form>`,
    });

test("shows the time that is left, and counts down once a minute", async () => {
    await form("{}");
    expect(".o_gb_deadline").toHaveText("2 h 10 min left");
    expect(".o_gb_deadline").toHaveClass("text-success");
    expect(".o_gb_deadline").toHaveAttribute("datetime", /2026-11-23T12:10/);
    await advanceTime(11 * 60_000);
    await animationFrame();
    expect(".o_gb_deadline").toHaveText("1 h 59 min left");
    expect(".o_gb_deadline").toHaveClass("text-warning");
});

test("turns red when the time is over", async () => {
    await form("{}", 2);
    expect(".o_gb_deadline").toHaveText("overdue by 25 min");
    expect(".o_gb_deadline").toHaveClass("text-danger");
});

test("is amber in the last quarter of the whole time", async () => {
    await form("{'start_field': 'started_at'}");
    expect(".o_gb_deadline").toHaveClass("text-warning");
});

test("shows the due time without colour when the matter is over", async () => {
    await form("{'open_field': 'is_open'}", 3);
    expect(".o_gb_deadline").toHaveClass("text-muted");
    expect(".o_gb_deadline").toHaveText(/2026/);
});

test("shows nothing without a due time", async () => {
    await form("{}", 4);
    expect(".o_gb_deadline").toHaveCount(0);
});

test("works in lists and kanban cards", async () => {
    await mountView({
        type: "list",
        resModel: "matter",
        arch: `<list><field name="due_at" widget="gb_deadline"/></list>`,
    });
    expect(".o_data_row:eq(0) .o_gb_deadline").toHaveText("2 h 10 min left");
    expect(".o_data_row:eq(2) .o_gb_deadline").toHaveText("3 d 3 h left");
    await mountView({
        type: "kanban",
        resModel: "matter",
        arch: `<kanban><templates><t t-name="card"><field name="due_at" widget="gb_deadline"/></t></templates></kanban>`,
    });
    expect(".o_kanban_record:eq(1) .o_gb_deadline").toHaveText("overdue by 25 min");
});
