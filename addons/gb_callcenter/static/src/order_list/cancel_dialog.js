import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { uuid } from "@web/core/utils/strings";

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
        this.orm = useService("orm");
        this.key = uuid();
        this.state = useState({ reasonId: false, note: "", error: "", isBusy: false });
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

    async confirm() {
        if (this.state.isBusy) {
            return;
        }
        if (!this.state.reasonId) {
            this.state.error = _t("Choose the reason.");
            return;
        }
        this.state.isBusy = true;
        this.state.error = "";
        try {
            const answer = await this.orm.call(
                "gb.order.desk",
                "cancel_order",
                [this.props.order.id, Number(this.state.reasonId)],
                {
                    note: this.state.note.trim() || false,
                    key: this.key,
                    call_id: this.props.callId,
                }
            );
            this.props.close();
            this.props.onDone(answer);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            this.state.error = error.data?.message || error.message;
        } finally {
            this.state.isBusy = false;
        }
    }
}
