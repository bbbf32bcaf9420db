import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("gb_media_report_tour", {
    steps: () => [
        {
            content: "The medium's row",
            trigger: ".o_pivot th:contains(Tour TV)",
        },
        { content: "Compare broadcasts", trigger: ".o_switch_view.o_list", run: "click" },
        {
            content: "Open the one that was broadcast",
            trigger:
                ".o_data_row:contains(Tour TV):has(td[name=call_count]:contains(2)) td[name=start_at]",
            run: "click",
        },
        { content: "The curve has its calls", trigger: ".o_gb_response_curve svg rect" },
        {
            content: "It says what counts",
            trigger: ".o_field_widget[name=rule]:contains(count for this broadcast)",
        },
        { content: "Its calls", trigger: "button[name=action_view_calls]", run: "click" },
        { content: "Both are listed", trigger: ".o_data_row:nth-child(2)" },
    ],
});
