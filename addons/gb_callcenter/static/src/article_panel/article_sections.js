import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

import { callCardSections } from "../call_card/call_card_sections";
import { ArticlePanel } from "./article_panel";

/** On the call card, folded until it is needed: suggestions from the note and from what the customer has bought. */
export class ArticleSection extends Component {
    static template = "gb_callcenter.ArticleSection";
    static components = { ArticlePanel };
    static props = { card: Object };

    setup() {
        this.state = useState({ isOpen: false });
    }

    get subject() {
        return this.props.card.note || "";
    }

    get partnerId() {
        return this.props.card.partner?.id || false;
    }
}

callCardSections.add(
    "gb_callcenter.articles",
    { Component: ArticleSection, isDisplayed: (card) => card.state !== "ringing" },
    { sequence: 60 }
);

/** In the customer's overview, for what he has bought lately. */
export class ArticleCard extends Component {
    static template = "gb_callcenter.ArticleCard";
    static components = { ArticlePanel };
    static props = {
        customer: Object,
        callId: { type: [Number, Boolean], optional: true },
        reload: { type: Function, optional: true },
    };
}

registry
    .category("gb_callcenter.customer_360_cards")
    .add(
        "gb_callcenter.articles",
        { Component: ArticleCard, label: _t("Knowledge"), place: "tab" },
        { sequence: 80 }
    );
