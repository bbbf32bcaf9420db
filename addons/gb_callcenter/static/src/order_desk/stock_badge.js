import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

const CLASSES = {
    in: "text-bg-success",
    low: "text-bg-warning",
    out: "text-bg-danger",
    untracked: "text-bg-secondary",
};

/** Whether a product is there, and when not, from when on. */
export class StockBadge extends Component {
    static template = "gb_callcenter.StockBadge";
    static props = { product: Object };

    get className() {
        return CLASSES[this.props.product.stock];
    }

    get text() {
        const { stock, free, arrival } = this.props.product;
        switch (stock) {
            case "untracked":
                return _t("Available");
            case "out":
                return arrival
                    ? _t("Out of stock, from %(date)s", { date: arrival })
                    : _t("Out of stock");
        }
        return _t("%(number)s in stock", { number: free });
    }

    get details() {
        const { stock, on_hand: onHand, forecast, arrival } = this.props.product;
        if (stock === "untracked") {
            return _t("The stock of this product is not kept.");
        }
        return arrival
            ? _t("On hand %(onHand)s, forecast %(forecast)s, next arrival %(arrival)s", {
                  onHand,
                  forecast,
                  arrival,
              })
            : _t("On hand %(onHand)s, forecast %(forecast)s", { onHand, forecast });
    }
}
