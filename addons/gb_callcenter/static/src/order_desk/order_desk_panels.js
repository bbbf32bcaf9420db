import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";

/**
 * Tabs and panels of the order desk:
 *
 *     import { orderDeskPanels } from "@gb_callcenter/order_desk/order_desk_panels";
 *
 *     class OrderList extends Component {
 *         static template = "my_addon.OrderList";
 *         static props = { partnerId: Number, callId: [Number, Boolean], desk: Object };
 *     }
 *     orderDeskPanels.add(
 *         "my_addon.orders",
 *         { Component: OrderList, label: _t("Orders"), place: "tab" },
 *         { sequence: 20 }
 *     );
 *
 * `place`: "tab" takes the whole width in place of the new order; "side" is shown below the cart. `isDisplayed(desk)`
 * may hide it. Every panel gets
 *
 * - `partnerId`, `callId` (false without a call): a panel that loads data does so in `onWillStart` and, when they have
 *   changed, in `onWillUpdateProps`;
 * - `desk`: `{ partner, order, openTab(name), openOrder(orderId), addProduct(productId), notifyChange() }`. `partner` and `order` are
 *   what the server answered last (docs/architecture.md, "Order desk"), `order` is false before the first product.
 *
 * A panel that fails is left out; the desk stays.
 */
export const orderDeskPanels = registry.category("gb_callcenter.order_desk_panels");

orderDeskPanels.addValidation({
    Component: { validate: (c) => c.prototype instanceof Component },
    label: { validate: (label) => Boolean(label) },
    place: { validate: (place) => ["tab", "side"].includes(place) },
    isDisplayed: { type: Function, optional: true },
});
