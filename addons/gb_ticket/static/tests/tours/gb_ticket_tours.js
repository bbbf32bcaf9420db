import { registry } from "@web/core/registry";

const FORM = ".o_gb_ticket_form";
const DIALOG = ".o_gb_move_dialog";

function choose(field, text, scope = FORM) {
    return [
        {
            content: `Type ${text} into ${field}`,
            trigger: `${scope} .o_field_widget[name=${field}] input`,
            run: `edit ${text}`,
        },
        {
            content: `Choose ${text}`,
            trigger: `.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):contains(${text})`,
            run: "click",
        },
    ];
}

function inState(state) {
    return {
        content: `It is in the state ${state}`,
        trigger: `.o_statusbar_status .o_arrow_button_current:contains(${state})`,
    };
}

function move(code) {
    return { content: `Move: ${code}`, trigger: `button[data-move=${code}]`, run: "click" };
}

function confirm() {
    return [
        { content: "Confirm", trigger: `${DIALOG} .o_gb_move_confirm`, run: "click" },
        { content: "The dialog has gone", trigger: `body:not(:has(${DIALOG}))` },
    ];
}

function note(text) {
    return { content: "Say why", trigger: `${DIALOG} #gb_move_note`, run: `edit ${text}` };
}

function answer(text) {
    return {
        content: `Answer ${text}`,
        trigger: `${DIALOG} .o_radio_item:has(label:contains(/^${text}$/)) input`,
        run: "click",
    };
}

function openFromTile(action, subject) {
    return [
        {
            content: "Open the list behind the tile",
            trigger: `.o_gb_tile[data-action='gb_ticket.${action}']:has(.o_gb_tile_count:not(:contains(/^0$/)))`,
            run: "click",
        },
        {
            content: "Open the work order",
            trigger: `.o_data_row td[name=subject]:contains(${subject}), .o_kanban_record:contains(${subject})`,
            run: "click",
        },
        { content: "The form is there", trigger: FORM },
    ];
}

function add(name, steps) {
    registry
        .category("web_tour.tours")
        .add(name, { url: "/odoo/work-order-overview", steps: () => steps });
}

const SUBJECT = "GB tour bottle leaks";

// --- a complaint from acceptance to satisfied, over two departments ------------------------------
add("gb_ticket_accept_tour", [
    { content: "New work order", trigger: ".o_gb_ticket_overview .o_gb_new", run: "click" },
    {
        content: "Subject",
        trigger: `${FORM} .o_field_widget[name=subject] input`,
        run: `edit ${SUBJECT}`,
    },
    ...choose("type_id", "Complaint"),
    ...choose("partner_id", "GB Tour Customer"),
    inState("Draft"),
    move("accept"),
    {
        content: "The type asks for the remedy",
        trigger: `${DIALOG} .o_field_widget[name=remedy] :is(input, textarea)`,
        run: "edit A new bottle",
    },
    ...confirm(),
    inState("Accepted"),
    { content: "It has a number", trigger: `${FORM} .o_field_widget[name=name]:contains(WO)` },
]);

add("gb_ticket_dispatch_tour", [
    ...openFromTile("gb_ticket_action_to_dispatch", SUBJECT),
    move("dispatch"),
    { content: "Forget the department", trigger: `${DIALOG} .o_gb_move_confirm`, run: "click" },
    { content: "It is asked for", trigger: `${DIALOG} .o_gb_error:contains(Fill in)` },
    ...choose("department_id", "GB Tour Quality", DIALOG),
    ...confirm(),
    inState("Dispatched"),
    {
        content: "The department is on the form",
        trigger: `${FORM} .o_field_widget[name=department_id]:contains(GB Tour Quality)`,
    },
]);

add("gb_ticket_send_back_tour", [
    ...openFromTile("gb_ticket_action_unclaimed", SUBJECT),
    move("send_back"),
    ...choose("suggested_department_id", "GB Tour Logistics", DIALOG),
    note("The courier broke it"),
    ...confirm(),
]);

add("gb_ticket_redispatch_tour", [
    ...openFromTile("gb_ticket_action_returned", SUBJECT),
    {
        content: "It says how often it was sent back",
        trigger: `${FORM} [name=badges] .badge:contains(Sent back)`,
    },
    { content: "Open the history", trigger: `${FORM} .nav-link[name=history]`, run: "click" },
    {
        content: "The history tells why",
        trigger: ".o_gb_timeline .o_gb_step_note:contains(The courier broke it)",
    },
    move("dispatch"),
    ...choose("department_id", "GB Tour Logistics", DIALOG),
    ...confirm(),
    inState("Dispatched"),
]);

add("gb_ticket_sign_tour", [
    ...openFromTile("gb_ticket_action_unclaimed", SUBJECT),
    move("sign"),
    inState("Processing"),
]);

add("gb_ticket_submit_tour", [
    ...openFromTile("gb_ticket_action_mine", SUBJECT),
    move("submit"),
    {
        content: "Solution",
        trigger: `${DIALOG} .o_field_widget[name=solution] textarea`,
        run: "edit A new bottle was sent.",
    },
    ...choose("cause_id", "GB tour cause", DIALOG),
    ...choose("responsible_department_id", "GB Tour Logistics", DIALOG),
    answer("None"),
    ...confirm(),
    inState("Review"),
]);

add("gb_ticket_approve_tour", [
    ...openFromTile("gb_ticket_action_to_review", SUBJECT),
    move("approve"),
    { content: "Without the check", trigger: `${DIALOG} .o_gb_move_confirm`, run: "click" },
    { content: "it is not approved", trigger: `${DIALOG} .o_gb_missing` },
    {
        content: "Checked",
        trigger: `${DIALOG} .o_field_widget[name=is_checked] input`,
        run: "click",
    },
    ...confirm(),
    inState("Call-back"),
]);

add("gb_ticket_close_tour", [
    ...openFromTile("gb_ticket_action_to_call_back", SUBJECT),
    move("close"),
    answer("Solved"),
    answer("Very satisfied"),
    ...confirm(),
    inState("Closed"),
]);

// --- not satisfied: once more, one level higher --------------------------------------------------
add("gb_ticket_reject_tour", [
    ...openFromTile("gb_ticket_action_to_call_back", SUBJECT),
    move("close"),
    answer("Not solved"),
    answer("Very dissatisfied"),
    { content: "Try to close it", trigger: `${DIALOG} .o_gb_move_confirm`, run: "click" },
    {
        content: "The server's refusal is in the dialog, the answers are still there",
        trigger: `${DIALOG}:has(.o_gb_error:contains(closed as satisfied)) .o_radio_item:has(label:contains(Very dissatisfied)) input:checked`,
    },
    { content: "Discard", trigger: `${DIALOG} .modal-footer .btn-secondary`, run: "click" },
    { content: "The dialog has gone", trigger: `body:not(:has(${DIALOG}))` },
    move("reject"),
    answer("Not solved"),
    note("It leaks again"),
    ...confirm(),
    inState("Processing"),
    { content: "One level higher", trigger: `${FORM} [name=badges] .badge:contains(Level)` },
    { content: "Second cycle", trigger: `${FORM} [name=badges] .badge:contains(Cycle)` },
]);

// --- likely duplicates ---------------------------------------------------------------------------
function typeDuplicate() {
    return [
        { content: "New work order", trigger: ".o_gb_ticket_overview .o_gb_new", run: "click" },
        ...choose("type_id", "Complaint"),
        ...choose("partner_id", "GB Tour Customer"),
        ...choose("order_id", "GBTOUR"),
        {
            content: "The order's only line follows",
            trigger: `${FORM} .o_field_widget[name=order_line_id] input:value(GB tour bottle)`,
        },
        {
            content: "While the subject is being typed the likely duplicate shows up",
            trigger: `${FORM} .o_field_widget[name=subject] input`,
            run: "fill GB tour bottle leaks again",
        },
        {
            content: "It has to be answered",
            trigger: ".o_gb_duplicate:contains(GB tour bottle leaks):has(.o_gb_append)",
        },
    ];
}

add("gb_ticket_duplicate_new_tour", [
    ...typeDuplicate(),
    {
        content: "Remedy",
        trigger: `${FORM} .o_field_widget[name=remedy] :is(input, textarea)`,
        run: "edit Another bottle",
    },
    move("accept"),
    {
        content: "Not accepted without an answer",
        trigger: ".modal:contains(looks like the same matter)",
    },
    { content: "Close the message", trigger: ".modal .modal-footer button", run: "click" },
    { content: "It is new", trigger: ".o_gb_duplicates .o_gb_is_new", run: "click" },
    { content: "Say why", trigger: ".o_gb_new_reason", run: "edit The second bottle" },
    { content: "Answer", trigger: ".o_gb_new_confirm", run: "click" },
    { content: "It is answered", trigger: ".o_gb_duplicates .o_gb_answered" },
    move("accept"),
    inState("Accepted"),
]);

add("gb_ticket_duplicate_append_tour", [
    ...typeDuplicate(),
    {
        content: "Append",
        trigger: ".o_gb_duplicate:contains(GB tour bottle leaks) .o_gb_append",
        run: "click",
    },
    {
        content: "The other work order is opened",
        trigger: `${FORM} .o_field_widget[name=name]:contains(WO)`,
    },
    inState("Accepted"),
]);

add("gb_ticket_saved_draft_tour", [
    ...openFromTile("gb_ticket_action_drafts", `${SUBJECT} again`),
    inState("Draft"),
    {
        content: "The likely duplicate is there, and no message of an error",
        trigger:
            "body:not(:has(.o_error_dialog)) .o_gb_duplicate:contains(GB tour bottle leaks):has(.o_gb_append)",
    },
]);

// --- a return with its credit note: agent, department, team lead ---------------------------------
const RETURN = "GB tour return";

function openAfterSales() {
    return { content: "After-sales", trigger: `${FORM} .nav-link[name=after_sales]`, run: "click" };
}

function openRemedy(label) {
    return {
        content: `Remedy: ${label}`,
        trigger: `${FORM} [name=remedies] button:contains(/^${label}$/)`,
        run: "click",
    };
}

function confirmRemedy() {
    return [
        { content: "Confirm", trigger: ".modal button[name=action_confirm]", run: "click" },
        { content: "The dialog has gone", trigger: "body:not(:has(.modal))" },
    ];
}

function hasDocument(type, state) {
    return {
        content: `${type}: ${state}`,
        trigger: `.o_gb_documents tr:contains(${type}):has(.badge:contains(${state}))`,
    };
}

function countsOne(action) {
    return {
        content: `The button ${action} counts one`,
        trigger: `${FORM} .oe_stat_button[name=${action}] .o_stat_value:contains(/^1$/)`,
    };
}

add("gb_ticket_return_accept_tour", [
    ...openFromTile("gb_ticket_action_drafts", RETURN),
    openAfterSales(),
    {
        content: "A return is possible, and until when",
        trigger:
            ".o_gb_eligibility tr[data-remedy=return]:has(.text-success):contains(possible until)",
    },
    move("accept"),
    inState("Accepted"),
    move("dispatch"),
    ...choose("department_id", "GB Tour Returns", DIALOG),
    ...confirm(),
    inState("Dispatched"),
]);

add("gb_ticket_return_make_tour", [
    ...openFromTile("gb_ticket_action_unclaimed", RETURN),
    move("sign"),
    inState("Processing"),
    openAfterSales(),
    openRemedy("Return"),
    {
        content: "The dialog says what the rules say",
        trigger: ".modal .alert-success:contains(possible until)",
    },
    {
        content: "What is to come back",
        trigger: ".modal .o_field_widget[name=quantity] input:value(2)",
    },
    ...confirmRemedy(),
    hasDocument("Return", "Ready"),
    countsOne("action_view_transfers"),
]);

add("gb_ticket_return_inspect_tour", [
    ...openFromTile("gb_ticket_action_mine", RETURN),
    openAfterSales(),
    hasDocument("Return", "Done"),
    openRemedy("Record the inspection"),
    {
        content: "Open the conditions",
        trigger: ".modal .o_field_widget[name=inspection] .o_select_menu_toggler",
        run: "click",
    },
    {
        content: "Complete and unused",
        trigger: ".o_select_menu_item:contains(Complete and unused)",
        run: "click",
    },
    ...confirmRemedy(),
    openRemedy("Refund"),
    {
        content: "Refund all of it",
        trigger: ".modal .o_field_widget[name=amount] input",
        run: "edit 118",
    },
    {
        content: "Say why",
        trigger: ".modal .o_field_widget[name=reason] textarea",
        run: "edit Came back unused",
    },
    ...confirmRemedy(),
    {
        content: "It waits for somebody else, the handler does not decide",
        trigger:
            ".o_gb_pending_approval:contains(Refund):contains(Came back unused):not(:has(.o_gb_approve))",
    },
]);

add("gb_ticket_return_refund_tour", [
    {
        content: "Open what waits for approval",
        trigger: ".o_gb_tile[data-action='gb_ticket.gb_ticket_approval_action']",
        run: "click",
    },
    {
        content: "Open the wish for the refund; how much is in the list",
        trigger: `.o_data_row:contains(${RETURN}):has(td[name=amount]:contains(118.00)) td[name=reason]`,
        run: "click",
    },
    {
        content: "Look at the work order itself",
        trigger: ".o_form_view .o_field_widget[name=ticket_id] a.o_form_uri",
        run: "click",
    },
    {
        content: "Approve; it says how much",
        trigger: `${FORM} .o_gb_pending_approval:contains(118.00) .o_gb_approve`,
        run: "click",
    },
    {
        content: "Nothing waits any more",
        trigger: `${FORM}:not(:has(.o_gb_pending_approval))`,
    },
    countsOne("action_view_transfers"),
    countsOne("action_view_account_moves"),
    openAfterSales(),
    hasDocument("Credit Note", "Not Paid"),
]);
