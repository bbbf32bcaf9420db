import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { callCardSections } from "@gb_callcenter/call_card/call_card_sections";
import { customer360Cards } from "@gb_callcenter/customer_360/customer_360_cards";

/** The advertisement that a caller has probably seen: its offer, what to say, and its products at the order desk. */
export class Advertisement extends Component {
    static template = "gb_campaign.Advertisement";
    static props = {
        advertisement: Object,
        partnerId: { type: [Number, Boolean] },
        callId: { type: [Number, Boolean] },
    };

    setup() {
        this.orderDesk = useService("gb_callcenter.order_desk");
        this.state = useState({ isScriptShown: false });
    }

    sell(product) {
        const { partnerId, callId } = this.props;
        return this.orderDesk.open({
            partnerId: partnerId || undefined,
            callId: callId || undefined,
            productId: product.id,
        });
    }
}

export class CallCardAdvertisement extends Component {
    static template = "gb_campaign.CallCardAdvertisement";
    static components = { Advertisement };
    static props = { card: Object };
}

export class Customer360Advertisement extends Component {
    static template = "gb_campaign.Customer360Advertisement";
    static components = { Advertisement };
    static props = { customer: Object, callId: [Number, Boolean], reload: Function };
}

callCardSections.add(
    "gb_campaign.advertisement",
    { Component: CallCardAdvertisement, isDisplayed: (card) => Boolean(card.advertisement) },
    { sequence: 4 }
);
customer360Cards.add(
    "gb_campaign.advertisement",
    {
        Component: Customer360Advertisement,
        label: _t("Advertisement"),
        place: "glance",
        isDisplayed: (customer) => Boolean(customer.advertisement),
    },
    { sequence: 40 }
);
