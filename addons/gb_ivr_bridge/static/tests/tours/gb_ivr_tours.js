import { manuallyDispatchProgrammaticEvent, press, queryOne } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";

const SAVED = ".o_control_panel:not(:contains('Saving'))";

// A tour's own "press" takes any field. Here keys go to what has the focus, and only there.
function pressIn(trigger, keys, content) {
    return { content, trigger: `${trigger}:focus`, run: () => press(keys) };
}

function see(trigger, content) {
    return { content, trigger };
}

/** Pointer events in the middle of elements, as a mouse makes them. */
async function drag(from, to, place) {
    const middle = (el) => {
        const { x, y, width, height } = el.getBoundingClientRect();
        return [x + width / 2, y + height / 2];
    };
    const send = (el, type, [clientX, clientY]) =>
        manuallyDispatchProgrammaticEvent(el, type, {
            bubbles: true,
            button: 0,
            clientX,
            clientY,
        });
    const end = place || middle(to);
    await send(from, "pointerdown", middle(from));
    await send(window, "pointermove", [end[0] - 20, end[1] - 20]);
    await send(window, "pointermove", end);
    await send(window, "pointerup", end);
}

function connect(node, key, target, content) {
    return {
        content,
        trigger: `${SAVED} + .o_content [data-node=${node}] [data-port='${key}']`,
        run: async ({ anchor }) => drag(anchor, queryOne(`[data-node=${target}] .o_gb_flow_name`)),
    };
}

registry.category("web_tour.tours").add("gb_ivr_canvas_tour", {
    steps: () => [
        {
            content: "Open the flow",
            trigger: ".o_data_cell:contains('GB tour menu')",
            run: "click",
        },
        {
            content: "Its canvas",
            trigger: ".o_form_view button[name=action_open_canvas]",
            run: "click",
        },
        see(".o_gb_canvas_empty", "Nothing there yet"),
        {
            content: "The first node by a click",
            trigger: ".o_gb_editor_side [data-type=play]",
            run: "click",
        },
        see("[data-node=play1]:focus .o_gb_flow_start", "Callers begin here"),
        pressIn("[data-node=play1]", "Enter", "Its form"),
        {
            content: "What it says",
            trigger: ".modal .o_field_widget[name=text_zh_CN] textarea",
            run: "edit 欢迎致电",
        },
        { trigger: ".modal .o_form_button_save", run: "click" },
        see("body:not(:has(.modal)) [data-node=play1]:contains('欢迎致电')", "Shown on the node"),
        {
            content: "A menu by its name",
            trigger: ".o_gb_editor_side .o_gb_palette input",
            run: "edit menu",
        },
        pressIn(".o_gb_editor_side .o_gb_palette input", "Enter", "Add it"),
        see("[data-node=play1] [data-port=next][data-connected=yes]", "It follows the first one"),
        see("[data-node=menu1]:focus"),
        pressIn("[data-node=menu1]", "1", "A key of the menu"),
        see("[data-node=menu1] [data-port='1']:focus", "Its exit"),
        {
            content: "What the menu says",
            trigger: `${SAVED} + .o_content [data-node=menu1] .o_gb_flow_name`,
            run: "dblclick",
        },
        {
            trigger: ".modal .o_field_widget[name=text_zh_CN] textarea",
            run: "edit 结束请按1",
        },
        { trigger: ".modal .o_form_button_save", run: "click" },
        see("body:not(:has(.modal)) [data-node=menu1]:contains('结束请按1')"),
        {
            content: "A node is dragged from the list",
            trigger: ".o_gb_editor_side [data-type=hangup]",
            run: async ({ anchor }) => {
                const { right, top } = queryOne(".o_gb_canvas").getBoundingClientRect();
                await drag(anchor, null, [right - 260, top + 60]);
            },
        },
        see("[data-node=hangup1]"),
        connect("menu1", "1", "hangup1", "The key leads to it, by mouse"),
        see("[data-node=menu1] [data-port='1'][data-connected=yes]"),
        {
            content: "Take it back",
            trigger: `${SAVED} .o_gb_undo:enabled`,
            run: "click",
        },
        see("[data-node=menu1] [data-port='1'][data-connected=no]"),
        { content: "Do it again", trigger: `${SAVED} .o_gb_redo:enabled`, run: "click" },
        see("[data-node=menu1] [data-port='1'][data-connected=yes]"),
        {
            content: "By keys: the other exit",
            trigger: "[data-node=menu1] [data-port=timeout]",
            run: ({ anchor }) => anchor.focus(),
        },
        pressIn("[data-node=menu1] [data-port=timeout]", "Enter", "Begin a connection"),
        see(".o_gb_canvas_hint"),
        {
            trigger: "[data-node=hangup1]",
            run: ({ anchor }) => anchor.focus(),
        },
        pressIn("[data-node=hangup1]", "Enter", "To there"),
        see("[data-node=menu1] [data-port=timeout][data-connected=yes]"),
        { content: "Tidy up", trigger: `${SAVED} .o_gb_arrange`, run: "click" },
        { content: "Try it", trigger: `${SAVED} .o_gb_panel_simulator`, run: "click" },
        { content: "Call", trigger: ".o_gb_sim_call", run: "click" },
        see(".o_gb_sim_said:contains('结束请按1')", "The menu is read out"),
        see("[data-node=menu1].o_current", "It is shown where the caller is"),
        pressIn(".o_gb_phone_keys", "1", "Press a key"),
        see(".o_gb_sim_end[data-reason=hangup]"),
        {
            content: "Keep it as a scenario",
            trigger: ".o_gb_sim_save input",
            run: "edit Ends by 1",
        },
        { trigger: ".o_gb_sim_save button:enabled", run: "click" },
        { trigger: ".o_gb_tab_scenarios", run: "click" },
        see(".o_gb_scenario[data-state=passed]:contains('Ends by 1')", "It passes"),
        { content: "Publish", trigger: ".o_gb_publish", run: "click" },
        see(".o_gb_read_only", "Nobody changes it any more"),
        { content: "A new draft", trigger: ".o_gb_read_only button", run: "click" },
        see(".o_gb_publish", "Is edited again"),
        see("[data-node=menu1]"),
    ],
});
