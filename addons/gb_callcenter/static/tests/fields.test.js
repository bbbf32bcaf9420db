import { describe, expect, test } from "@odoo/hoot";
import { manuallyDispatchProgrammaticEvent, queryOne } from "@odoo/hoot-dom";
import { animationFrame, mockFetch } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    getService,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { makePanel, makeSeat, mockSeatServer } from "./helpers/seat_helpers";

describe.current.tags("desktop");

class Contact extends models.Model {
    _name = "contact";
    phone = fields.Char();
    recording_id = fields.Integer();
    duration = fields.Float();
    is_stored = fields.Boolean();
    _records = [
        { id: 1, phone: "13800138000", recording_id: 7, duration: 65, is_stored: true },
        { id: 2, phone: "", recording_id: 0, is_stored: false },
        { id: 3, phone: "138****8000", recording_id: 0, is_stored: false },
    ];
}
defineModels([Contact]);

async function mountForm(arch, resId = 1) {
    await mountView({ type: "form", resModel: "contact", resId, arch: `<form>${arch}</form>` });
    await getService("gb_callcenter.seat").load();
    await animationFrame();
    expect.verifySteps([["get_panel"]]);
}

test("a phone field calls through the seat while the agent can dial", async () => {
    const server = mockSeatServer();
    await mountForm(`<field name="phone" widget="phone"/>`);
    expect(".o_field_phone .o_gb_dial_button").toHaveCount(1);
    expect(".o_phone_form_link").not.toBeVisible();
    server.panel = makePanel({ seat: false });
    await server.send();
    expect(".o_gb_dial_button").toHaveCount(0);
    server.panel = makePanel({ seat: makeSeat({ capabilities: [] }) });
    await server.send();
    expect(".o_gb_dial_button").toHaveCount(0);
    server.panel = makePanel();
    await server.send();
    await contains(".o_gb_dial_button").click();
    expect.verifySteps([
        ["get_panel"],
        ["get_panel"],
        ["get_panel"],
        ["panel_dial", "13800138000"],
    ]);
});

test("a hidden number is called by its record, and is no link", async () => {
    mockSeatServer();
    onRpc("gb.seat", "panel_dial", ({ args }) => expect.step(args.slice(2)));
    await mountForm(`<field name="phone" widget="phone"/>`, 3);
    expect(".o_phone_form_link").not.toHaveAttribute("href");
    await contains(".o_gb_dial_button").click();
    expect.verifySteps([
        ["contact", 3],
        ["panel_dial", "138****8000"],
    ]);
});

test("no button beside an empty phone field", async () => {
    mockSeatServer();
    await mountForm(`<field name="phone" widget="phone"/>`, 2);
    expect(".o_gb_dial_button").toHaveCount(0);
});

test("the recording is addressed by the field, and its length shown", async () => {
    mockSeatServer();
    await mountForm(
        `<field name="duration" invisible="1"/>
         <field name="recording_id" widget="gb_recording_player" options="{'duration_field': 'duration'}"/>`
    );
    expect("audio").toHaveAttribute("src", "/gb/recording/7");
    expect("audio").toHaveAttribute("preload", "none");
    expect(".o_gb_duration").toHaveText("01:05");
});

test("on a recording's own record it is addressed by the record", async () => {
    mockSeatServer();
    await mountForm(`<field name="is_stored" widget="gb_recording_player"/>`);
    expect("audio").toHaveAttribute("src", "/gb/recording/1");
});

test("no recording", async () => {
    mockSeatServer();
    await mountForm(`<field name="recording_id" widget="gb_recording_player"/>`, 2);
    expect("audio").toHaveCount(0);
    expect(".o_gb_recording_player").toHaveText("No recording");
});

test("a refusal of the server is said, and can be tried again", async () => {
    mockSeatServer();
    let status = 403;
    await mountForm(`<field name="recording_id" widget="gb_recording_player"/>`);
    mockFetch(() => new Response("", { status }));
    await manuallyDispatchProgrammaticEvent(queryOne("audio"), "error");
    await animationFrame();
    expect(".o_gb_recording_player").toHaveText(/You may not listen/);
    await contains(".o_gb_recording_player button").click();
    status = 404;
    await manuallyDispatchProgrammaticEvent(queryOne("audio"), "error");
    await animationFrame();
    expect(".o_gb_recording_player").toHaveText(/has not arrived/);
});
