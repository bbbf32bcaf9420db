import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";

/**
 * What other addons add to the customer's overview:
 *
 *     import { customer360Cards } from "@gb_callcenter/customer_360/customer_360_cards";
 *
 *     class Surveys extends Component {
 *         static template = "my_addon.Surveys";
 *         static props = { customer: Object, callId: [Number, Boolean], reload: Function };
 *     }
 *     customer360Cards.add(
 *         "my_addon.surveys",
 *         {
 *             Component: Surveys,
 *             label: _t("Surveys"),
 *             place: "tab",
 *             isDisplayed: (customer) => customer.surveys.length > 0,
 *         },
 *         { sequence: 50 }
 *     );
 *
 * `place`: "action" is a button beside the customer's name (bring one `button.btn`), "glance" a card of the first
 * glance, "tab" a section of its own below. `customer` is the answer of `res.partner.get_gb_360`, to which an addon
 * adds keys by overriding `_get_gb_360` (docs/developer.md, "Extending the 360"); it is a new object after each
 * reading. What the identity check protects is false until `customer.is_verified`. `reload()` reads again. A card that
 * fails is left out; the screen stays.
 */
export const customer360Cards = registry.category("gb_callcenter.customer_360_cards");

customer360Cards.addValidation({
    Component: { validate: (c) => c.prototype instanceof Component },
    label: { validate: (label) => Boolean(label) },
    place: { validate: (place) => ["action", "glance", "tab"].includes(place) },
    isDisplayed: { type: Function, optional: true },
});
