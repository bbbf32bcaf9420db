import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("gb_remittance_tour", {
    steps: () => [
        {
            content: "The statement",
            trigger: ".o_data_row td[name=name]:contains(TOUR-1)",
            run: "click",
        },
        { content: "Match the rows", trigger: "button[name=action_match]", run: "click" },
        {
            content: "What is too little is listed",
            trigger: ".o_data_row:contains(TOURSHORT) td[name=difference]:contains(Too little)",
        },
        {
            content: "What nobody knows is listed too",
            trigger:
                ".o_data_row:contains(TOURNOBODY) td[name=difference]:contains(Order not known)",
        },
        { content: "Post too early", trigger: "button[name=action_post]", run: "click" },
        {
            content: "It says what is missing",
            trigger: ".modal:contains(Decide about the differences first)",
        },
        { content: "Back", trigger: ".modal .modal-footer button", run: "click" },
        {
            content: "Decide about the first",
            trigger: ".o_data_row:contains(TOURSHORT) td[name=decision]",
            run: "click",
        },
        {
            content: "Choose what is done",
            trigger: ".o_selected_row .o_field_widget[name=decision] input",
            run: "click",
        },
        {
            content: "Accept the difference",
            trigger: ".o_select_menu_item:contains(accepted)",
            run: "click",
        },
        {
            content: "Decide about the second",
            trigger: ".o_data_row:contains(TOURNOBODY) td[name=decision]",
            run: "click",
        },
        {
            content: "Choose what is done",
            trigger:
                ".o_data_row.o_selected_row:contains(Order not known) .o_field_widget[name=decision] input",
            run: "click",
        },
        {
            content: "Look later",
            trigger: ".o_select_menu_item:contains(Leave in the list)",
            run: "click",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "Saved", trigger: ".o_form_saved" },
        { content: "Post", trigger: "button[name=action_post]", run: "click" },
        { content: "Posted", trigger: ".o_arrow_button_current[data-value=posted]" },
        {
            content: "One row is open",
            trigger: "button[name=action_view_lines]:contains(1)",
            run: "click",
        },
        { content: "Nothing has disappeared", trigger: ".o_data_row:contains(TOURNOBODY)" },
    ],
});
