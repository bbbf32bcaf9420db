import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus } from "@web/core/utils/hooks";

import { useOrderRequest } from "./order_request";

/** Cancels an order; when it has left, says what happens instead: refused at the door, or a return. */
export class CancelDialog extends Component {
    static template = "gb_callcenter.OrderCancelDialog";
    static components = { Dialog };
    static props = {
        order: Object,
        callId: [Number, Boolean],
        onDone: Function,
        close: Function,
    };

    setup() {
        this.request = useOrderRequest("cancel_order");
        this.state = useState({ reasonId: false, note: "" });
        useAutofocus({ refName: "reason" });
    }

    get how() {
        return this.props.order.changeable.cancel.how;
    }

    get title() {
        const { name: order } = this.props.order;
        switch (this.how) {
            case "refuse":
                return _t("%(order)s: the parcel is refused", { order });
            case "return":
                return _t("%(order)s: return", { order });
        }
        return _t("Cancel %(order)s", { order });
    }

    get explanation() {
        switch (this.how) {
            case "refuse":
                return _t(
                    "The parcel is on its way. The customer refuses it at the door; the warehouse is told, and what was paid is paid back when it is here again."
                );
            case "return":
                return _t("The goods have been delivered or refused: their return is begun.");
        }
        return _t(
            "The delivery is cancelled, invoices are credited, points and coupons are given back."
        );
    }

    get confirmLabel() {
        switch (this.how) {
            case "refuse":
                return _t("Register refusal");
            case "return":
                return _t("Begin return");
        }
        return _t("Cancel order");
    }

    get reasons() {
        return this.props.order.reasons[this.how === "cancel" ? "cancel" : "refuse"];
    }

    confirm() {
        const { reasonId, note } = this.state;
        if (!reasonId) {
            this.request.error = _t("Choose the reason.");
            return;
        }
        return this.request.send([Number(reasonId)], { note });
    }
}
