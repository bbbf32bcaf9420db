import { Component, onMounted, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { StockDialog } from "../stock_dialog/stock_dialog";
import { SEARCH_DELAY, callDesk } from "./order_desk_model";
import { StockBadge } from "./stock_badge";

const QUANTITY = /^[*x×](\d{1,4})$/i;

/**
 * Products as they are typed. Arrows choose, Enter adds one; `*3` and Enter makes it three of what was added last. What
 * is out of stock shows below it what to offer instead, and the waiting list; both are reached by the same arrows.
 */
export class ProductSearch extends Component {
    static template = "gb_callcenter.ProductSearch";
    static components = { StockBadge };
    static props = { model: Object, initialProductId: { type: [Number, Boolean], optional: true } };

    setup() {
        this.model = useState(this.props.model);
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.inputRef = useRef("input");
        this.listRef = useRef("list");
        this.state = useState({
            query: "",
            categoryId: false,
            products: [],
            kind: "bought",
            hasMore: false,
            isLoading: false,
            hasFailed: false,
            index: 0,
            /** product id → its alternatives, loaded when it is chosen */
            alternatives: {},
        });
        this.request = null;
        this.timer = null;
        useHotkey("alt+s", () => this.showStock(), { bypassEditableProtection: true });
        onMounted(() => {
            this.search();
            this.inputRef.el.focus();
        });
        onWillUnmount(() => {
            browser.clearTimeout(this.timer);
            this.request?.abort?.(false);
        });
        useEffect(
            () => {
                this.listRef.el
                    ?.querySelector(".o_gb_entry.active")
                    ?.scrollIntoView({ block: "nearest" });
            },
            () => [this.state.index, this.entries.length]
        );
        useEffect(
            (product) => {
                if (product && product.stock === "out") {
                    this.loadAlternatives(product);
                }
            },
            () => [this.current?.type === "product" ? this.current.product : false]
        );
    }

    /** Rows that the arrows go through: products, and below one that is out of stock its way out. */
    get entries() {
        const entries = [];
        for (const product of this.state.products) {
            entries.push({ key: `p${product.id}`, type: "product", product });
            const alternatives = this.state.alternatives[product.id];
            if (alternatives) {
                for (const alternative of alternatives) {
                    entries.push({
                        key: `p${product.id}a${alternative.id}`,
                        type: "alternative",
                        product: alternative,
                    });
                }
                entries.push({ key: `p${product.id}w`, type: "wait", product });
            }
        }
        return entries;
    }

    get current() {
        return this.entries[this.state.index];
    }

    get emptyText() {
        if (this.state.kind === "short") {
            return _t("Type two letters, or one Chinese character.");
        }
        if (this.state.kind === "bought" && !this.model.partner?.is_verified) {
            return _t(
                "Type a name, pinyin initials or a code. What this customer has bought is shown when his identity has been checked."
            );
        }
        if (this.state.kind === "bought") {
            return _t(
                "This customer has bought nothing yet. Type a name, pinyin initials or a code."
            );
        }
        return _t("Nothing for sale matches. Try fewer letters, or another category.");
    }

    onInput(ev) {
        this.state.query = ev.target.value;
        if (ev.isComposing || QUANTITY.test(this.state.query.trim())) {
            return;
        }
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(() => this.search(), SEARCH_DELAY);
    }

    onCompositionEnd(ev) {
        this.state.query = ev.target.value;
        this.search();
    }

    onCategory(ev) {
        this.state.categoryId = Number(ev.target.value) || false;
        this.search();
        this.inputRef.el.focus();
    }

    /** Asks anew; an answer that is not waited for any more is dropped. */
    async search(isMore = false) {
        browser.clearTimeout(this.timer);
        this.request?.abort?.(false);
        const { state } = this;
        state.isLoading = true;
        const request = callDesk("search_products", [], {
            query: state.query.trim(),
            partner_id: this.model.partnerId,
            category_id: state.categoryId,
            offset: isMore ? state.products.length : 0,
        });
        this.request = request;
        try {
            const answer = await request;
            if (this.request !== request) {
                return;
            }
            state.kind = answer.kind;
            state.hasMore = answer.has_more;
            if (isMore) {
                state.products.push(...answer.products);
            } else {
                state.products = answer.products;
                state.alternatives = {};
                state.index = 0;
            }
            state.hasFailed = false;
            this.model.isOffline = false;
        } catch {
            if (this.request === request) {
                state.hasFailed = true;
            }
        } finally {
            if (this.request === request) {
                this.request = null;
                state.isLoading = false;
            }
        }
    }

    async loadAlternatives(product) {
        if (this.state.alternatives[product.id]) {
            return;
        }
        const found = await this.model.guard(() =>
            callDesk("get_alternatives", [product.id, this.model.partnerId])
        );
        if (found && this.state.products.some(({ id }) => id === product.id)) {
            this.state.alternatives[product.id] = found;
        }
    }

    move(step) {
        const last = this.entries.length - 1;
        this.state.index = Math.max(0, Math.min(last, this.state.index + step));
        if (this.state.index === last && this.state.hasMore && !this.state.isLoading) {
            this.search(true);
        }
    }

    async onKeydown(ev) {
        if (ev.isComposing || ev.ctrlKey || ev.altKey || ev.metaKey) {
            return;
        }
        switch (ev.key) {
            case "ArrowDown":
                this.move(1);
                break;
            case "ArrowUp":
                this.move(-1);
                break;
            case "PageDown":
                this.move(8);
                break;
            case "PageUp":
                this.move(-8);
                break;
            case "Enter":
                await this.onEnter(ev);
                return;
            case "Escape":
                if (!this.state.query) {
                    return;
                }
                this.state.query = "";
                this.search();
                break;
            default:
                return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    async onEnter(ev) {
        ev.preventDefault();
        ev.stopPropagation();
        const amount = QUANTITY.exec(this.state.query.trim());
        if (amount) {
            this.state.query = "";
            if (this.model.lastProductId) {
                this.search();
                await this.model.setQuantity(this.model.lastProductId, Number(amount[1]));
            }
            return;
        }
        if (this.timer && this.state.isLoading) {
            return; // what is shown does not answer what was typed yet
        }
        await this.run(this.current);
    }

    async run(entry) {
        if (!entry) {
            return;
        }
        this.state.index = this.entries.findIndex(({ key }) => key === entry.key);
        this.inputRef.el.focus();
        this.inputRef.el.select();
        if (entry.type === "wait") {
            return this.wait(entry.product);
        }
        const { product } = entry;
        if (product.stock === "out" && !product.can_backorder) {
            this.model.error = _t("%(product)s is out of stock. Offer something else.", {
                product: product.name,
            });
            return;
        }
        await this.model.addProduct(product.id);
    }

    /** Stock and supply: of the product in the cart that has the focus, else of the chosen one. */
    showStock() {
        const { productId: inCart } = document.activeElement?.closest(".o_gb_line")?.dataset || {};
        const productId = Number(inCart) || this.current?.product.id;
        if (productId) {
            const { partnerId, callId } = this.model;
            this.dialog.add(StockDialog, { productId, partnerId, callId });
        }
    }

    /** The customer is told when it is back. */
    async wait(product) {
        const { partnerId, callId } = this.model;
        const answer = await this.model.guard(() =>
            callDesk("wait_for_product", [partnerId, product.id, callId])
        );
        if (answer) {
            this.notification.add(
                _t("The customer is told when %(product)s is back.", { product: product.name }),
                { type: "success" }
            );
        }
    }
}
