import { registry } from "@web/core/registry";

const SCREEN = ".o_gb_customer_360";
const CARD = ".o_gb_call_card";

registry.category("web_tour.tours").add("gb_customer_360_tour", {
    url: "/odoo/contacts",
    steps: () => [
        { content: "Open the seat panel", trigger: ".o_gb_seat_toggler", run: "click" },
        { content: "Sign in", trigger: ".o_gb_sign_in", run: "click" },
        { content: "Ready", trigger: ".o_gb_seat_toggler[data-state=ready]" },
        {
            content: "Number of the caller",
            trigger: ".o_gb_simulated_number",
            run: "edit 139 1234 5611",
        },
        { content: "Let it ring", trigger: ".o_gb_simulate", run: "click" },
        {
            content: "The overview while it rings",
            trigger: `${CARD}[data-state=ringing] .o_gb_open_overview`,
            run: "click",
        },
        {
            content: "Who is calling",
            trigger: `${SCREEN} .o_gb_360_name:contains(GB Tour Overview)`,
        },
        { content: "He is not verified", trigger: `${SCREEN} .o_gb_360_unverified` },
        {
            content: "His order is there without what is in it",
            trigger: `${SCREEN} .o_gb_360_order_row:not(:contains(GB Tour Formula))`,
        },
        { content: "Addresses", trigger: `${SCREEN} [data-tab=family]`, run: "click" },
        {
            content: "They are hidden",
            trigger: `${SCREEN} .o_gb_360_tab .o_gb_360_hidden`,
        },
        { content: "Check the identity", trigger: `${SCREEN} .o_gb_360_check`, run: "click" },
        {
            content: "The PIN that the customer says",
            trigger: ".modal .o_gb_identity_pin",
            run: "edit 270419",
        },
        { content: "Check it", trigger: ".modal .o_gb_identity_check_pin", run: "click" },
        { content: "Verified", trigger: `${SCREEN} .o_gb_360_verified` },
        {
            content: "The address is there",
            trigger: `${SCREEN} .o_gb_360_address:contains(Nanjing Road)`,
        },
        {
            content: "So is what was ordered",
            trigger: `${SCREEN} .o_gb_360_order_row:contains(GB Tour Formula)`,
        },
        {
            content: "Note a visit",
            trigger: `body:not(:has(.modal)) ${SCREEN} .o_gb_360_note`,
            run: "click",
        },
        {
            content: "What it was about",
            trigger: ".modal .o_gb_contact_subject",
            run: "edit Came to the shop",
        },
        { content: "Save", trigger: ".modal .o_gb_contact_save", run: "click" },
        { content: "Timeline", trigger: `${SCREEN} [data-tab=timeline]`, run: "click" },
        {
            content: "The visit is the newest row",
            trigger: `${SCREEN} .o_gb_360_row:first-child:contains(Came to the shop)`,
        },
    ],
});
