import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

import { callCardSections } from "../call_card/call_card_sections";

/** The way from the call card to the order desk. */
export class CallCardOrder extends Component {
    static template = "gb_callcenter.CallCardOrder";
    static props = { card: Object };

    setup() {
        this.orderDesk = useService("gb_callcenter.order_desk");
    }

    open() {
        const { card } = this.props;
        return this.orderDesk.open({ partnerId: card.partner.id, callId: card.id });
    }
}

callCardSections.add(
    "gb_callcenter.order_desk",
    { Component: CallCardOrder, isDisplayed: (card) => Boolean(card.partner) },
    { sequence: 5 }
);
