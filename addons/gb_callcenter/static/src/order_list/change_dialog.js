import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { uuid } from "@web/core/utils/strings";

/** Changes of an order: what the delivery does not allow any more is shown with the reason, and cannot be edited. */
export class ChangeDialog extends Component {
    static template = "gb_callcenter.OrderChangeDialog";
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
        useAutofocus({ refName: "first" });
        const { order } = this.props;
        this.goods = order.lines.filter((line) => line.is_goods);
        this.state = useState({
            quantities: Object.fromEntries(this.goods.map((line) => [line.id, line.quantity])),
            addressId: order.address.id,
            carrierId: order.carrier.id,
            date: order.date,
            window: order.window,
            title: order.invoice.title,
            taxNumber: order.invoice.tax_number,
            redirect: "",
            reasonId: false,
            note: "",
            error: "",
            isBusy: false,
        });
    }

    get changeable() {
        return this.props.order.changeable;
    }

    get title() {
        return _t("Change %(order)s", { order: this.props.order.name });
    }

    /** Only what differs from the order is sent. */
    get changes() {
        const { order } = this.props;
        const { state, changeable } = this;
        const changes = {};
        const lines = this.goods
            .filter((line) => Number(state.quantities[line.id]) !== line.quantity)
            .map((line) => ({
                line_id: line.id,
                quantity: Number(state.quantities[line.id]) || 0,
            }));
        if (changeable.lines.allowed && lines.length) {
            changes.lines = lines;
        }
        if (changeable.address.allowed && Number(state.addressId) !== order.address.id) {
            changes.address = Number(state.addressId);
        }
        if (
            changeable.carrier.allowed &&
            Number(state.carrierId) &&
            Number(state.carrierId) !== order.carrier.id
        ) {
            changes.carrier = Number(state.carrierId);
        }
        if (
            changeable.date.allowed &&
            (state.date !== order.date || state.window !== order.window)
        ) {
            changes.date = { date: state.date || false, window: state.window };
        }
        if (
            changeable.invoice.allowed &&
            (state.title !== order.invoice.title || state.taxNumber !== order.invoice.tax_number)
        ) {
            changes.invoice = { title: state.title, tax_number: state.taxNumber };
        }
        if (changeable.redirect.allowed && state.redirect.trim()) {
            changes.redirect = state.redirect.trim();
        }
        return changes;
    }

    get isChanged() {
        return Object.keys(this.changes).length > 0;
    }

    async confirm() {
        if (this.state.isBusy || !this.isChanged) {
            return;
        }
        this.state.isBusy = true;
        this.state.error = "";
        try {
            const answer = await this.orm.call(
                "gb.order.desk",
                "change_order",
                [this.props.order.id, this.changes],
                {
                    reason_id: Number(this.state.reasonId) || false,
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
