import { Component } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { paymentClass, stageClass } from "./order_labels";

/** One order: goods, money, parcels, what may still be changed and why the rest may not. */
export class OrderDetail extends Component {
    static template = "gb_callcenter.OrderDetail";
    static props = {
        order: Object,
        onChange: Function,
        onCancel: Function,
        onClose: Function,
        onVerify: { type: Function, optional: true },
    };

    setup() {
        this.stageClass = stageClass;
        this.paymentClass = paymentClass;
        this.names = {
            lines: _t("Goods"),
            address: _t("Address"),
            date: _t("Delivery date"),
            carrier: _t("Carrier"),
            invoice: _t("Invoice title"),
            redirect: _t("Request to the carrier"),
        };
    }

    get changeable() {
        return this.props.order.changeable;
    }

    get canChange() {
        return Object.keys(this.names).some((name) => this.changeable[name].allowed);
    }

    get cancelLabel() {
        switch (this.changeable.cancel.how) {
            case "refuse":
                return _t("Parcel is refused…");
            case "return":
                return _t("Return…");
        }
        return _t("Cancel order…");
    }

    formatDate(value) {
        return value
            ? formatDateTime(deserializeDateTime(value), { format: "yyyy-MM-dd HH:mm" })
            : "";
    }
}
