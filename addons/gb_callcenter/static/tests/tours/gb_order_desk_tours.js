import { edit, press } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";

const QUERY = ".o_gb_product_query";
const CASH = "[data-means=cash_on_delivery]";

// A tour's own "edit" and "press" click or take any field. Here keys go to what has the focus, and only there.

function typeInto(trigger, text) {
    return { content: `Type ${text}`, trigger: `${trigger}:focus`, run: () => edit(text) };
}

function pressIn(trigger, keys, content) {
    return { content, trigger: `${trigger}:focus`, run: () => press(keys) };
}

function see(trigger, content) {
    return { content, trigger };
}

registry.category("web_tour.tours").add("gb_order_by_keyboard_tour", {
    steps: () => [
        typeInto(QUERY, "daguan"),
        see(
            ".o_gb_entry.active:contains('Test大罐') .o_gb_stock[data-stock=out]",
            "Found by pinyin, out of stock"
        ),
        see(".o_gb_entry[data-type=alternative]:contains('Test小罐')", "What to offer instead"),
        pressIn(QUERY, ["Alt", "s"], "Stock of the chosen product"),
        see(".o_gb_stock_dialog .o_gb_free", "Nothing is free"),
        {
            content: "Back to the search",
            trigger: ".o_gb_stock_dialog",
            run: () => press("Escape"),
        },
        see("body:not(:has(.o_gb_stock_dialog))"),
        pressIn(QUERY, "ArrowDown", "To the alternative"),
        see(".o_gb_entry[data-type=alternative].active"),
        pressIn(QUERY, "Enter", "Add it"),
        see(".o_gb_line:contains('Test小罐')", "In the cart"),
        typeInto(QUERY, "*2"),
        pressIn(QUERY, "Enter", "Two of it"),
        see(".o_gb_total:contains('400')"),
        pressIn(QUERY, ["Alt", "d"], "To the coupon code"),
        typeInto(".o_gb_code", "GBTOUR20"),
        pressIn(".o_gb_code", "Enter", "Apply it"),
        see(".o_gb_total:contains('380')", "The coupon counts"),
        pressIn(".o_gb_code", ["Control", "Enter"], "To the address"),
        see("[data-step=address][aria-current=step]"),
        // no complete address: what is missing is asked for
        typeInto("#o_gb_address_city", "Shanghai"),
        pressIn("#o_gb_address_city", "Tab"),
        typeInto("#o_gb_address_street", "Changning Road 1"),
        pressIn("#o_gb_address_street", "Enter", "Save it"),
        see("[data-step=carrier][aria-current=step]"),
        see(".o_gb_carrier input:checked", "The only carrier is chosen"),
        see("[data-kind=delivery]:contains('Tour courier')"),
        pressIn(".o_gb_carrier input", ["Control", "Enter"], "To the payment"),
        see("[data-step=payment][aria-current=step]"),
        see(".o_gb_means input:focus"),
        {
            content: "Cash on delivery, by its number",
            trigger: `${CASH} kbd`,
            run: ({ anchor }) => press(anchor.textContent),
        },
        see(`${CASH} input:checked`),
        see(".o_gb_next:enabled"),
        pressIn(`${CASH} input`, ["Control", "Enter"], "To the end"),
        see(".o_gb_confirm_step:contains('Changning Road 1')"),
        see(".o_gb_next:enabled"),
        pressIn(".o_gb_confirm_step", ["Control", "Enter"], "Confirm"),
        see(".o_gb_confirmed .o_gb_order_name", "Confirmed"),
        pressIn(".o_gb_new_order", ["Control", "Enter"], "The next order"),
        see(".o_gb_cart_empty", "An empty cart"),
        see(`${QUERY}:focus`),
    ],
});
