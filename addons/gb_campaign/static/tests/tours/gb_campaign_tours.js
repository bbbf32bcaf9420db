import { edit, press } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";

const DESK = ".o_gb_campaign_desk";

function pressIn(trigger, keys, content) {
    return { content, trigger, run: () => press(keys) };
}

registry.category("web_tour.tours").add("gb_preview_calling_tour", {
    steps: () => [
        { content: "Open the seat panel", trigger: ".o_gb_seat_toggler", run: "click" },
        { content: "Sign in", trigger: ".o_gb_sign_in", run: "click" },
        { content: "Ready", trigger: ".o_gb_seat_toggler[data-state=ready]" },
        { content: "Close the panel", trigger: ".o_gb_seat_toggler", run: "click" },
        pressIn(".o_gb_next_customer:enabled", "n", "Take the next customer"),
        { content: "Who he is", trigger: `${DESK} .o_gb_desk_name:contains(Tour Customer)` },
        {
            content: "What to say, with his name",
            trigger: ".o_gb_script_text:contains(Am I speaking with Tour Customer)",
        },
        pressIn(".o_gb_desk_dial:enabled", "d", "Dial"),
        { content: "Connected", trigger: ".o_gb_seat_toggler[data-state=on_call]" },
        {
            content: "Yes, speaking",
            trigger: ".o_gb_answer:contains(Yes):focus",
            run: () => press("Enter"),
        },
        { content: "The offer", trigger: ".o_gb_step_title:contains(Offer)" },
        {
            content: "He wants it",
            trigger: ".o_gb_answer:contains(Gladly):focus",
            run: () => press("Enter"),
        },
        {
            content: "The outcome is suggested",
            trigger: ".o_gb_outcome[data-category=success][aria-checked=true]",
        },
        pressIn(`${DESK}`, "m", "To the note"),
        {
            content: "Note",
            trigger: ".o_gb_note:focus",
            run: () => edit("Wants the trial pack"),
        },
        { content: "Out of the note", trigger: ".o_gb_note:focus", run: () => press("Escape") },
        pressIn(`${DESK}:focus`, "o", "An order"),
        {
            content: "The order desk of this customer",
            trigger: ".o_gb_desk_customer:contains(Tour Customer)",
        },
        {
            content: "Find the product",
            trigger: ".o_gb_product_query:focus",
            run: () => edit("GBTRIAL"),
        },
        {
            content: "Found",
            trigger: ".o_gb_entry.active:contains(Trial pack)",
        },
        pressIn(".o_gb_product_query:focus", "Enter", "Add it"),
        { content: "In the cart", trigger: ".o_gb_line:contains(Trial pack)" },
        {
            content: "Back to calling",
            trigger: ".o_gb_line:contains(Trial pack)",
            run: () => press(["Alt", "k"]),
        },
        {
            content: "The same customer, nothing lost",
            trigger: ".o_gb_note:value(Wants the trial pack)",
        },
        {
            content: "Neither the outcome",
            trigger: ".o_gb_outcome[data-category=success][aria-checked=true]",
        },
        { content: "Hang up", trigger: `${DESK} .o_gb_desk_hangup:enabled`, run: "click" },
        { content: "The call has ended", trigger: `${DESK} .o_gb_desk_dial` },
        pressIn(`${DESK} .o_gb_desk_save:enabled`, ["Control", "Enter"], "Save, next"),
        { content: "Nobody is left", trigger: ".o_gb_desk_empty:contains(Nobody is left)" },
        { content: "Counted", trigger: ".o_gb_today:contains(Agreed 1)" },
        { content: "Ready for the next", trigger: ".o_gb_seat_toggler[data-state=ready]" },
    ],
});
