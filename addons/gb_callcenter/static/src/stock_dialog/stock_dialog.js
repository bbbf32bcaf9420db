import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { deserializeDateTime, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { useService } from "@web/core/utils/hooks";

/**
 * Stock and supply of a product, read only; a customer can be put on its waiting list from here.
 *
 *     this.dialog.add(StockDialog, { productId, partnerId, callId });
 */
export class StockDialog extends Component {
    static template = "gb_callcenter.StockDialog";
    static components = { Dialog };
    static props = {
        productId: Number,
        partnerId: { type: [Number, Boolean], optional: true },
        callId: { type: [Number, Boolean], optional: true },
        onWaiting: { type: Function, optional: true },
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.channels = [
            { code: "sms", label: _t("SMS") },
            { code: "email", label: _t("E-mail") },
            { code: "phone", label: _t("Call back") },
        ];
        this.state = useState({
            stock: false,
            error: "",
            quantity: 1,
            channel: "sms",
            isBusy: false,
            position: 0,
        });
        onWillStart(() => this.load());
    }

    get title() {
        return this.state.stock ? this.state.stock.product.name : _t("Stock");
    }

    async load() {
        await this.try(async () => {
            this.state.stock = await this.orm.call("gb.order.desk", "get_stock", [
                this.props.productId,
            ]);
        });
    }

    async wait() {
        await this.try(async () => {
            const answer = await this.orm.call(
                "gb.order.desk",
                "wait_for_product",
                [this.props.partnerId, this.props.productId],
                {
                    call_id: this.props.callId || false,
                    quantity: Number(this.state.quantity),
                    channel: this.state.channel,
                }
            );
            this.state.position = answer.position;
            this.props.onWaiting?.(answer);
        });
    }

    async try(action) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        this.state.error = "";
        try {
            await action();
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            this.state.error = error.data?.message || error.message;
        } finally {
            this.state.isBusy = false;
        }
    }

    formatDay(value) {
        return formatDate(deserializeDateTime(value));
    }
}
