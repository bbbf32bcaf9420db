import { Component, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

import { StockBadge } from "./stock_badge";

/** What the customer orders, with totals, promotions and what to tell him; beside every step. */
export class Cart extends Component {
    static template = "gb_callcenter.OrderDeskCart";
    static components = { StockBadge };
    static props = { model: Object };

    setup() {
        this.model = useState(this.props.model);
        this.rootRef = useRef("root");
        this.state = useState({ code: "", rewardProducts: {} });
    }

    get messages() {
        return this.model.order ? this.model.order.messages : [];
    }

    get otherLines() {
        return this.model.lines.filter((line) => line.kind !== "product");
    }

    quantityLabel(line) {
        return _t("Quantity of %(product)s", { product: line.name });
    }

    removeLabel(line) {
        return _t("Take out %(product)s", { product: line.name });
    }

    /** What a reward is worth, and costs. */
    rewardLabel(reward) {
        return reward.cost
            ? _t("%(name)s for %(cost)s %(points)s", {
                  name: reward.name,
                  cost: reward.cost,
                  points: reward.point_name,
              })
            : reward.name;
    }

    onQuantityChange(line, ev) {
        const text = ev.target.value.trim().replace(",", ".");
        const quantity = Number(text);
        if (!text || !Number.isFinite(quantity) || quantity < 0) {
            ev.target.value = line.quantity;
            this.model.error = _t("A quantity is a number from 0.");
            return;
        }
        if (quantity !== line.quantity) {
            this.model.setQuantity(line.product_id, quantity);
        }
    }

    onQuantityKeydown(line, ev) {
        if (ev.ctrlKey || ev.altKey || ev.metaKey) {
            return;
        }
        const change = { "+": 1, "=": 1, "-": -1 }[ev.key];
        if (change) {
            this.model.setQuantity(line.product_id, Math.max(0, line.quantity + change));
        } else if (ev.key === "Delete" && ev.target.selectionStart !== ev.target.selectionEnd) {
            this.model.setQuantity(line.product_id, 0);
        } else if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
            const inputs = [...this.rootRef.el.querySelectorAll(".o_gb_quantity")];
            inputs[inputs.indexOf(ev.target) + (ev.key === "ArrowDown" ? 1 : -1)]?.focus();
        } else if (ev.key === "Enter") {
            this.onQuantityChange(line, ev);
            ev.target.select();
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    async onCodeKeydown(ev) {
        if (ev.key === "Enter" && !ev.ctrlKey) {
            ev.preventDefault();
            ev.stopPropagation();
            await this.applyCode();
        }
    }

    async applyCode() {
        const code = this.state.code.trim();
        if (code && (await this.model.change("apply_code", code))) {
            this.state.code = "";
        }
    }

    claim(reward) {
        const productId = this.state.rewardProducts[reward.id] || reward.products[0]?.id || false;
        return this.model.change("claim_reward", reward.id, reward.coupon_id, productId);
    }

    remove(line) {
        return line.kind === "product"
            ? this.model.setQuantity(line.product_id, 0)
            : this.model.change("remove_line", line.id);
    }
}
