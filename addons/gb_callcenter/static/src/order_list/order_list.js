import { Component, onWillStart, onWillUpdateProps, useRef, useState } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

import { openIdentityCheck } from "../identity_check/open_identity_check";
import { orderDeskPanels } from "../order_desk/order_desk_panels";
import { CancelDialog } from "./cancel_dialog";
import { ChangeDialog } from "./change_dialog";
import { OrderDetail } from "./order_detail";
import { paymentClass, stageClass } from "./order_labels";

const MIN_TEXT = 3;
const PAUSE = 300;

/**
 * The orders of a customer, from the telephone and the web shop alike; without a customer, those that the number of an
 * order or parcel finds. One of them is open beside the list and may be changed or cancelled from there.
 */
export class OrderList extends Component {
    static template = "gb_callcenter.OrderList";
    static components = { OrderDetail };
    static props = {
        partnerId: [Number, Boolean],
        callId: [Number, Boolean],
        desk: { type: Object, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.listRef = useRef("list");
        this.keepList = new KeepLast();
        this.keepDetail = new KeepLast();
        this.stageClass = stageClass;
        this.paymentClass = paymentClass;
        this.state = useState({
            text: "",
            source: "",
            stage: "",
            orders: [],
            next: false,
            selected: false,
            isVerified: true,
            isLoading: false,
            error: "",
        });
        this.sources = [
            { code: "", label: _t("All sources") },
            { code: "phone", label: _t("Telephone") },
            { code: "web", label: _t("Web shop") },
            { code: "chat", label: _t("Chat") },
        ];
        this.stages = [
            { code: "", label: _t("All") },
            { code: "open", label: _t("Open") },
            { code: "cancel", label: _t("Cancelled") },
        ];
        this.onText = useDebounced((ev) => {
            this.state.text = ev.target.value;
            this.load();
        }, PAUSE);
        onWillStart(() => this.load());
        onWillUpdateProps((props) => {
            if (props.partnerId !== this.props.partnerId) {
                this.state.selected = false;
                this.load(false, props.partnerId);
            }
        });
    }

    get needsNumber() {
        return !this.props.partnerId && this.state.text.trim().length < MIN_TEXT;
    }

    async load(more = false, partnerId = this.props.partnerId) {
        if (!partnerId && this.state.text.trim().length < MIN_TEXT) {
            Object.assign(this.state, { orders: [], next: false, isLoading: false, error: "" });
            return;
        }
        const { text, source, stage } = this.state;
        this.state.isLoading = true;
        this.state.error = "";
        try {
            const answer = await this.keepList.add(
                this.orm.call("gb.order.desk", "get_orders", [partnerId], {
                    filters: { text: text.trim(), source, stage },
                    before: more ? this.state.next : null,
                    call_id: this.props.callId,
                })
            );
            this.state.orders = more ? [...this.state.orders, ...answer.orders] : answer.orders;
            this.state.next = answer.next;
            this.state.isVerified = answer.is_verified;
        } catch (error) {
            this.fail(error);
        }
        this.state.isLoading = false;
    }

    fail(error) {
        if (!(error instanceof RPCError)) {
            throw error;
        }
        this.state.error = error.data?.message || error.message;
    }

    choose(name, code) {
        this.state[name] = code;
        this.load();
    }

    async open(orderId) {
        try {
            this.state.selected = await this.keepDetail.add(
                this.orm.call("gb.order.desk", "get_order", [orderId, this.props.callId])
            );
        } catch (error) {
            this.fail(error);
        }
    }

    /** Before it is known who is calling, the server tells little of an order. Returns the id of whom to check. */
    get unverifiedId() {
        const { partnerId } = this.props;
        if (partnerId) {
            return !this.state.isVerified && partnerId;
        }
        return this.state.orders.find((order) => !order.is_verified)?.partner.id;
    }

    get emptyText() {
        return this.props.partnerId && this.state.text.trim() && !this.state.isVerified
            ? _t("No order has this number. Check identity first to search by product.")
            : _t("No order is like that.");
    }

    verify(partnerId) {
        openIdentityCheck(this.dialog, {
            partnerId,
            callId: this.props.callId,
            onDone: () => {
                this.reload();
                this.props.desk?.notifyChange?.();
            },
        });
    }

    async reload() {
        const { id } = this.state.selected;
        await Promise.all([this.load(), id && this.open(id)]);
    }

    close() {
        const { id } = this.state.selected;
        this.state.selected = false;
        this.listRef.el?.querySelector(`[data-order-id="${id}"]`)?.focus();
    }

    change() {
        this.dialog.add(ChangeDialog, {
            order: this.state.selected,
            callId: this.props.callId,
            onDone: (answer) => this.onDone(answer),
        });
    }

    cancel() {
        this.dialog.add(CancelDialog, {
            order: this.state.selected,
            callId: this.props.callId,
            onDone: (answer) => this.onDone(answer),
        });
    }

    /** The server has answered with the order as it is now. */
    onDone({ order, change }) {
        this.state.selected = order;
        const index = this.state.orders.findIndex((row) => row.id === order.id);
        if (index >= 0) {
            this.state.orders[index] = order;
        }
        this.notification.add(change.hint || change.summary || _t("Done."), {
            title: _t("%(order)s: done", { order: order.name }),
            type: change.hint ? "warning" : "success",
            sticky: Boolean(change.hint),
        });
        this.props.desk?.notifyChange?.();
    }

    onListKeydown(ev) {
        const step = { ArrowDown: 1, ArrowUp: -1 }[ev.key];
        if (!step) {
            return;
        }
        const rows = [...this.listRef.el.querySelectorAll(".o_gb_order_row")];
        const row = rows[rows.indexOf(document.activeElement) + step];
        if (row) {
            ev.preventDefault();
            row.focus();
        }
    }

    onDetailKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.close();
        }
    }

    formatDate(value) {
        return value
            ? formatDateTime(deserializeDateTime(value), { format: "yyyy-MM-dd HH:mm" })
            : "";
    }

    goods(order) {
        const names = order.goods.map(({ name, quantity }) => `${quantity} × ${name}`);
        const more = order.line_count - order.goods.length;
        return names.join(", ") + (more > 0 ? ` +${more}` : "");
    }
}

orderDeskPanels.add(
    "gb_callcenter.orders",
    { Component: OrderList, label: _t("Orders"), place: "tab" },
    { sequence: 20 }
);
