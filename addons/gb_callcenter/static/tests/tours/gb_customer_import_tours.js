import { registry } from "@web/core/registry";

const ROWS = [
    "姓名,手机号,城市",
    "巡检甲,13911110001,杭州",
    "巡检乙,12,杭州",
    "巡检丙,13911110003,宁波",
].join("\n");

/** Puts a file into a file input as choosing it would. */
function choose(name, text) {
    return function () {
        const files = new DataTransfer();
        files.items.add(new File([text], name, { type: "text/csv" }));
        this.anchor.files = files.files;
        this.anchor.dispatchEvent(new Event("change", { bubbles: true }));
    };
}

registry.category("web_tour.tours").add("gb_customer_import_tour", {
    url: "/odoo/customer-imports",
    steps: () => [
        { content: "A new import", trigger: ".o_list_button_add", run: "click" },
        {
            content: "Choose the file",
            trigger: ".o_field_widget[name=file] input[type=file]:not(:visible)",
            run: choose("customers.csv", ROWS),
        },
        { content: "The file is there", trigger: ".o_field_widget[name=file] .fa-trash" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        {
            content: "The columns are understood",
            trigger:
                ".o_field_widget[name=column_ids] .o_data_row:nth-child(2) td[name=field]:contains(main)",
        },
        { content: "What would come in", trigger: ".nav-link[name=preview]", run: "click" },
        {
            content: "The bad number is shown before anything is imported",
            trigger: ".o_gb_import_preview tr.table-danger:contains(巡检乙)",
        },
        { content: "Import", trigger: "button[name=action_start]", run: "click" },
        { content: "In line", trigger: ".o_arrow_button_current[data-value=queued]" },
    ],
});

registry.category("web_tour.tours").add("gb_customer_import_result_tour", {
    steps: () => [
        { content: "It is done", trigger: ".o_arrow_button_current[data-value=done]" },
        {
            content: "Two customers",
            trigger: ".o_field_widget[name=created_count]:contains(2)",
        },
        {
            content: "One row was refused",
            trigger: ".o_field_widget[name=error_count]:contains(1)",
        },
        {
            content: "The refused rows can be taken home",
            trigger: "button[name=action_download_errors]",
        },
        { content: "Look at the rows", trigger: "button[name=action_view_rows]", run: "click" },
        {
            content: "Why it was refused",
            trigger: ".o_data_row:contains(巡检乙) td[name=error]:contains(12)",
        },
    ],
});
