import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus } from "@web/core/utils/hooks";

import { SEARCH_DELAY, callDesk } from "../order_desk/order_desk_model";
import { StockBadge } from "../order_desk/stock_badge";
import { useOrderRequest } from "./order_request";

const FOUND = 8;

/** Changes of an order: what the delivery does not allow any more is shown with the reason, and cannot be edited. */
export class ChangeDialog extends Component {
    static template = "gb_callcenter.OrderChangeDialog";
    static components = { AutoComplete, Dialog, StockBadge };
    static props = {
        order: Object,
        callId: [Number, Boolean],
        onDone: Function,
        close: Function,
    };

    setup() {
        this.request = useOrderRequest("change_order");
        this.goodsRef = useRef("goods");
        this.searchDelay = SEARCH_DELAY;
        useAutofocus({ refName: "first" });
        const { order } = this.props;
        this.goods = order.lines.filter((line) => line.is_goods);
        this.state = useState({
            quantities: Object.fromEntries(this.goods.map((line) => [line.id, line.quantity])),
            /** products that the order does not have yet */
            added: [],
            /** its quantity is typed next */
            chosenId: false,
            addressId: order.address.id,
            carrierId: order.carrier.id,
            date: order.date,
            window: order.window,
            title: order.invoice.title,
            taxNumber: order.invoice.tax_number,
            redirect: "",
            reasonId: false,
            note: "",
        });
        useEffect(
            (productId) => {
                const el = this.goodsRef.el?.querySelector(`[data-product-id="${productId}"]`);
                el?.focus();
                el?.select();
                this.state.chosenId = false;
            },
            () => [this.state.chosenId]
        );
    }

    get changeable() {
        return this.props.order.changeable;
    }

    get title() {
        return _t("Change %(order)s", { order: this.props.order.name });
    }

    get sources() {
        return [{ options: (query) => this.findProducts(query), optionSlot: "product" }];
    }

    /** What may be added, as it is typed; at first what the customer has bought before. */
    async findProducts(query) {
        let answer = false;
        try {
            answer = await callDesk("search_products", [], {
                query,
                partner_id: this.props.order.partner.id,
                limit: FOUND,
            });
        } catch {
            return [{ label: _t("The search did not work. Type it again.") }];
        }
        if (answer.kind === "short") {
            return [{ label: _t("Type two letters, or one Chinese character.") }];
        }
        if (query && !answer.products.length) {
            return [{ label: _t("Nothing for sale matches. Try fewer letters.") }];
        }
        return answer.products.map((product) => {
            const isGone = product.stock === "out" && !product.can_backorder;
            return {
                label: product.name,
                data: { product },
                cssClass: isGone ? "opacity-50" : "",
                onSelect: isGone ? undefined : () => this.addProduct(product),
            };
        });
    }

    /** One more of a product; its quantity can be typed at once. */
    addProduct(product) {
        const { quantities, added } = this.state;
        const line = this.goods.find((row) => row.product_id === product.id);
        const row = added.find((one) => one.product.id === product.id);
        if (line) {
            quantities[line.id] = (Number(quantities[line.id]) || 0) + 1;
        } else if (row) {
            row.quantity = (Number(row.quantity) || 0) + 1;
        } else {
            added.push({ product, quantity: 1 });
        }
        this.state.chosenId = product.id;
    }

    /** From a quantity on to the next product. */
    onQuantityKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.goodsRef.el.querySelector(".o_gb_add_product input")?.focus();
        }
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
        for (const { product, quantity } of state.added) {
            if (Number(quantity) > 0) {
                lines.push({ product_id: product.id, quantity: Number(quantity) });
            }
        }
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

    confirm() {
        if (this.isChanged) {
            const { reasonId, note } = this.state;
            return this.request.send([this.changes], {
                reason_id: Number(reasonId) || false,
                note,
            });
        }
    }
}
