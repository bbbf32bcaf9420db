import { Component, onWillUnmount } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

import { callCardSections } from "../call_card/call_card_sections";
import { withKeys } from "../seat/shortcuts";
import { IDENTITY_CHANNEL } from "./identity_check";
import { checkIdentityOfCaller } from "./identity_of_caller";

/** In the call card: whether the caller's identity was checked, and the way to do it. */
export class IdentitySection extends Component {
    static template = "gb_callcenter.IdentitySection";
    static props = { card: Object };

    setup() {
        this.seat = useService("gb_callcenter.seat");
        this.bus = useService("bus_service");
        this.withKeys = withKeys;
        const refresh = ({ partner_id: partnerId }) => {
            if (partnerId === this.props.card.partner?.id) {
                this.seat.refresh();
            }
        };
        this.bus.subscribe(IDENTITY_CHANNEL, refresh);
        onWillUnmount(() => this.bus.unsubscribe(IDENTITY_CHANNEL, refresh));
    }

    open() {
        checkIdentityOfCaller(this.seat, this.props.card);
    }
}

callCardSections.add(
    "gb_callcenter.identity",
    { Component: IdentitySection, isDisplayed: (card) => Boolean(card.partner) },
    { sequence: 5 }
);
