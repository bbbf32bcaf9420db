import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";

/**
 * Sections that other addons add to the call card, below the customer:
 *
 *     import { callCardSections } from "@gb_callcenter/call_card/call_card_sections";
 *
 *     class OpenTickets extends Component {
 *         static template = "my_addon.OpenTickets";
 *         static props = { card: Object };
 *     }
 *     callCardSections.add(
 *         "my_addon.open_tickets",
 *         { Component: OpenTickets, isDisplayed: (card) => Boolean(card.partner) },
 *         { sequence: 20 }
 *     );
 *
 * `card` is the card of the seat panel (docs/architecture.md, "Bus and seat panel"), in every state of the call:
 * ringing, talking, held, ended (wrap-up). It is a new object after each change on the server, so a section that
 * loads data of its own does so in `onWillStart` and `onWillUpdateProps`, when `card.id` or `card.partner.id` has
 * changed. A section that fails is left out; the card stays.
 */
export const callCardSections = registry.category("gb_callcenter.call_card_sections");

callCardSections.addValidation({
    Component: { validate: (c) => c.prototype instanceof Component },
    isDisplayed: { type: Function, optional: true },
});
