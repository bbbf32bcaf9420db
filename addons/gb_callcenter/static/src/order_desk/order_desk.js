import { Component, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useRegistry } from "@web/core/registry_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { orderDeskPanels } from "./order_desk_panels";

/** Sell while talking: the customer's new order, and tabs that others add. */
export class OrderDesk extends Component {
    static template = "gb_callcenter.OrderDesk";
    static props = { ...standardActionServiceProps };
    static path = "order-desk";

    setup() {
        this.panels = useRegistry(orderDeskPanels);
        const params = { ...this.props.action.context?.params, ...this.props.action.params };
        this.state = useState({
            tab: "new",
            partnerId: params.partner_id || false,
            callId: params.call_id || false,
        });
    }

    get desk() {
        return {
            partner: false,
            order: false,
            openTab: (name) => (this.state.tab = name),
            openOrder: () => {},
            addProduct: () => {},
            notifyChange: () => {},
        };
    }

    get tabs() {
        return this.panels.entries.filter(
            ([, { place, isDisplayed }]) =>
                place === "tab" && (!isDisplayed || isDisplayed(this.desk))
        );
    }
}

registry.category("actions").add("gb_callcenter.order_desk", OrderDesk);
