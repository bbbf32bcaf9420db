import { registry } from "@web/core/registry";

const CARD = ".o_gb_call_card";

function signIn() {
    return [
        { content: "Open the seat panel", trigger: ".o_gb_seat_toggler", run: "click" },
        { content: "Sign in", trigger: ".o_gb_sign_in", run: "click" },
        { content: "Ready", trigger: ".o_gb_seat_toggler[data-state=ready]" },
    ];
}

/** The panel is open. */
function letRing(number) {
    return [
        {
            content: "Number of the caller",
            trigger: ".o_gb_simulated_number",
            run: `edit ${number}`,
        },
        { content: "Let it ring", trigger: ".o_gb_simulate", run: "click" },
        { content: "The card pops up while it rings", trigger: `${CARD}[data-state=ringing]` },
        { content: "The seat rings", trigger: ".o_gb_seat_toggler[data-state=ringing]" },
    ];
}

function answer() {
    return [
        { content: "Answer", trigger: `${CARD} .o_gb_answer`, run: "click" },
        { content: "Talking", trigger: `${CARD}[data-state=talking]` },
        { content: "On call", trigger: ".o_gb_seat_toggler[data-state=on_call]" },
    ];
}

function hangUpAndFile(note) {
    return [
        { content: "Hang up", trigger: `${CARD} .o_gb_hangup`, run: "click" },
        { content: "After-call work", trigger: ".o_gb_seat_toggler[data-state=wrap_up]" },
        {
            content: "Choose what it was about",
            trigger: `${CARD} .o_gb_dispositions label:contains(GB tour disposition)`,
            run: "click",
        },
        {
            content: "It is chosen",
            trigger: `${CARD} .o_gb_dispositions label.active:contains(GB tour disposition)`,
        },
        { content: "Write a note", trigger: `${CARD} .o_gb_note`, run: `edit ${note}` },
        { content: "Save", trigger: `${CARD} .o_gb_save_ready`, run: "click" },
        { content: "Ready again", trigger: ".o_gb_seat_toggler[data-state=ready]" },
        { content: "The card has gone", trigger: `body:not(:has(${CARD}))` },
    ];
}

registry.category("web_tour.tours").add("gb_call_known_tour", {
    url: "/odoo/contacts",
    steps: () => [
        ...signIn(),
        ...letRing("139 1234 5601"),
        {
            content: "The customer is shown before the agent answers",
            trigger: `${CARD} .o_gb_customer_name:contains(GB Tour Known)`,
        },
        ...answer(),
        { content: "Hold", trigger: `${CARD} .o_gb_hold`, run: "click" },
        { content: "Resume", trigger: `${CARD}[data-state=held] .o_gb_unhold`, run: "click" },
        { content: "Talking again", trigger: `${CARD}[data-state=talking]` },
        ...hangUpAndFile("Asked for the delivery"),
    ],
});

registry.category("web_tour.tours").add("gb_call_unknown_tour", {
    url: "/odoo/contacts",
    steps: () => [
        ...signIn(),
        ...letRing("139 1234 5609"),
        ...answer(),
        { content: "Create", trigger: `${CARD} .o_gb_create_customer`, run: "click" },
        {
            content: "The number is filled in",
            trigger: ".modal .o_field_widget[name=phone] input:value(5609)",
        },
        {
            content: "Name",
            trigger: ".modal .o_field_widget[name=name] :is(input, textarea)",
            run: "edit GB Tour Created",
        },
        { content: "Save the customer", trigger: ".modal .o_form_button_save", run: "click" },
        {
            content: "The card has the new customer",
            trigger: `${CARD} .o_gb_customer_name:contains(GB Tour Created)`,
        },
        ...hangUpAndFile("New customer"),
    ],
});

registry.category("web_tour.tours").add("gb_call_ambiguous_tour", {
    url: "/odoo/contacts",
    steps: () => [
        ...signIn(),
        ...letRing("139 1234 5602"),
        {
            content: "Both customers of this number are offered",
            trigger: `${CARD}:has(.o_gb_candidate:contains(GB Tour Mother))`,
        },
        {
            content: "Choose",
            trigger: `${CARD} .o_gb_candidate:contains(GB Tour Father)`,
            run: "click",
        },
        {
            content: "Chosen",
            trigger: `${CARD} .o_gb_customer_name:contains(GB Tour Father)`,
        },
        ...answer(),
        ...hangUpAndFile("Chosen by the agent"),
    ],
});

registry.category("web_tour.tours").add("gb_call_identity_tour", {
    url: "/odoo/contacts",
    steps: () => [
        ...signIn(),
        ...letRing("139 1234 5601"),
        ...answer(),
        { content: "Not yet verified", trigger: `${CARD} .o_gb_identity_unverified` },
        { content: "Check", trigger: `${CARD} .o_gb_identity_open`, run: "click" },
        {
            content: "Date of birth",
            trigger: ".o_gb_identity_question[data-kind=birth_date] input",
            run: "edit 1990-5-4",
        },
        {
            content: "Name of the child",
            trigger: ".o_gb_identity_question[data-kind=child_name] input",
            run: "edit 梓涵 && press Enter",
        },
        {
            content: "One answer is wrong",
            trigger: ".o_gb_identity_error:contains(Tries left: 2)",
        },
        {
            content: "Date of birth, corrected",
            trigger: ".o_gb_identity_question[data-kind=birth_date] input",
            run: "edit 1990-5-3 && press Enter",
        },
        { content: "Verified on the card", trigger: `${CARD} .o_gb_identity_verified` },
        ...hangUpAndFile("Verified"),
    ],
});
