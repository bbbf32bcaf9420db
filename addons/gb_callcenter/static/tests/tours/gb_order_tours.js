import { registry } from "@web/core/registry";

const DETAIL = ".o_gb_order_detail[data-stage=shipped]";

registry.category("web_tour.tours").add("gb_order_after_shipment_tour", {
    steps: () => [
        {
            content: "Orders of the customer",
            trigger: ".o_gb_order_desk [role=tab]:contains(Orders)",
            run: "click",
        },
        {
            content: "The order that was sent",
            trigger: ".o_gb_order_row:contains(GB-SENT)",
            run: "click",
        },
        {
            content: "The goods are locked, with the reason",
            trigger: `${DETAIL} .o_gb_changeable li[data-name=lines]:contains(has left the warehouse)`,
        },
        { content: "Change", trigger: `${DETAIL} .o_gb_change`, run: "click" },
        {
            content: "Ask the carrier",
            trigger: ".o_gb_change_dialog .o_gb_redirect",
            run: "edit Leave it with the porter",
        },
        {
            content: "Why",
            trigger: ".o_gb_change_dialog .o_gb_reason",
            run: "selectByLabel Not at home on that day",
        },
        { content: "Confirm", trigger: ".o_gb_change_dialog .o_gb_confirm", run: "click" },
        {
            content: "The change is shown",
            trigger: `${DETAIL} .o_gb_change_row:contains(porter)`,
        },
        {
            content: "The customer refuses the parcel",
            trigger: `${DETAIL} .o_gb_cancel:contains(Parcel is refused)`,
            run: "click",
        },
        {
            content: "Without a reason it is not done",
            trigger: ".o_gb_cancel_dialog .o_gb_confirm",
            run: "click",
        },
        {
            content: "The reason is asked for",
            trigger: ".o_gb_cancel_dialog .o_gb_error:contains(Choose the reason)",
        },
        {
            content: "Why",
            trigger: ".o_gb_cancel_dialog .o_gb_reason",
            run: "selectByLabel Came too late",
        },
        {
            content: "Register",
            trigger: ".o_gb_cancel_dialog .o_gb_confirm:contains(Register refusal)",
            run: "click",
        },
        {
            content: "It is registered once",
            trigger: `${DETAIL} .o_gb_cancel:disabled`,
        },
        {
            content: "The refusal is shown",
            trigger: `${DETAIL} .o_gb_change_row:contains(Came too late)`,
        },
    ],
});
