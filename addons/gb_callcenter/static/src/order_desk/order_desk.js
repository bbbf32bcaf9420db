import { Component, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { RecordAutocomplete } from "@web/core/record_selectors/record_autocomplete";
import { registry } from "@web/core/registry";
import { useRegistry } from "@web/core/registry_hook";
import { ErrorHandler } from "@web/core/utils/components";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

import { openIdentityCheck } from "../identity_check/open_identity_check";
import { Cart } from "./cart";
import { OrderDeskModel, STEPS } from "./order_desk_model";
import { orderDeskPanels } from "./order_desk_panels";
import { ProductSearch } from "./product_search";
import { AddressStep, CarrierStep, ConfirmStep, PaymentStep } from "./steps";

const RETRY_DELAY = 5000;

const SHORTCUTS = [
    ["↑ ↓", _t("Choose a product")],
    ["Enter", _t("Add one of it")],
    ["* 3 Enter", _t("Make it three of what was added last")],
    ["Alt + A", _t("Between product search and cart")],
    ["0 … 9 + −", _t("In the cart: change the quantity; Delete takes the product out")],
    ["Alt + S", _t("Stock and supply of the chosen product")],
    ["Alt + D", _t("Coupon code")],
    ["1 … 9", _t("Choose an address, a carrier or a means of payment by its number")],
    ["Ctrl + Enter", _t("Next step; confirms at the end")],
    ["Ctrl + Shift + Enter", _t("Step back")],
    ["Alt + W", _t("Order desk for the customer on the line")],
    ["Alt + G", _t("Call card")],
    ["?", _t("This help")],
];

/** Sell while talking: the customer's new order, and tabs that others add. Made for the keyboard. */
export class OrderDesk extends Component {
    static template = "gb_callcenter.OrderDesk";
    static components = {
        AddressStep,
        CarrierStep,
        Cart,
        ConfirmStep,
        ErrorHandler,
        PaymentStep,
        ProductSearch,
        RecordAutocomplete,
    };
    static props = { ...standardActionServiceProps };
    static path = "order-desk";
    static displayName = _t("Order desk");

    setup() {
        this.dialog = useService("dialog");
        this.rootRef = useRef("root");
        this.panels = useRegistry(orderDeskPanels);
        this.shortcuts = SHORTCUTS;
        const { context, params: own } = this.props.action;
        const params = { ...context?.params, ...own };
        this.initialProductId = Number(params.product_id) || false;
        this.model = useState(
            OrderDeskModel.create({
                partnerId: Number(params.partner_id) || false,
                callId: Number(params.call_id) || false,
                orderId: Number(params.order_id) || false,
            })
        );
        this.state = useState({ tab: "new", isHelpOpen: false, failedPanels: [] });
        this.stepNames = {
            cart: _t("Products"),
            address: _t("Address"),
            carrier: _t("Carrier"),
            payment: _t("Payment"),
            confirm: _t("Confirm"),
        };
        this.steps = STEPS;
        onWillStart(() => this.start());
        this.useHotkeys();
        useEffect(
            (isOffline) => {
                if (!isOffline) {
                    return;
                }
                const timer = browser.setInterval(() => this.retry(), RETRY_DELAY);
                return () => browser.clearInterval(timer);
            },
            () => [this.model.isOffline]
        );
        useEffect(
            () => {
                if (this.model.confirmation) {
                    this.rootRef.el.querySelector(".o_gb_new_order")?.focus();
                } else if (!this.model.partnerId) {
                    this.rootRef.el.querySelector(".o_gb_pick_customer input")?.focus();
                }
            },
            () => [this.model.confirmation, this.model.partnerId, this.model.isLoaded]
        );
        onWillUnmount(() => {
            this.isGone = true;
        });
    }

    async start() {
        if (await this.model.load()) {
            this.remember();
            await this.addInitialProduct();
        }
    }

    async addInitialProduct() {
        if (this.initialProductId && this.model.partnerId) {
            const productId = this.initialProductId;
            this.initialProductId = false;
            await this.model.addProduct(productId);
        }
    }

    /** Reloading the page keeps the customer. */
    remember() {
        this.props.updateActionState?.({
            partner_id: this.model.partnerId || undefined,
            call_id: this.model.callId || undefined,
        });
    }

    useHotkeys() {
        const isHere = (target) =>
            this.state.tab === "new" &&
            (target === document.body || Boolean(this.rootRef.el?.contains(target)));
        const options = { bypassEditableProtection: true, isAvailable: isHere };
        useHotkey("control+enter", () => this.onNext(), options);
        useHotkey("control+shift+enter", () => this.model.back(), options);
        useHotkey("alt+a", () => this.toggleFocus(), options);
        useHotkey("alt+d", () => this.focus(".o_gb_code"), options);
    }

    get desk() {
        const { model } = this;
        return {
            partner: model.partner,
            order: model.order,
            openTab: (name) => (this.state.tab = name),
            openOrder: async (orderId) => {
                if (await model.resume(orderId)) {
                    this.state.tab = "new";
                }
            },
            addProduct: (productId) => model.addProduct(productId),
            notifyChange: () => model.load(),
        };
    }

    getPanels(place) {
        return this.panels.entries.filter(
            ([name, panel]) =>
                panel.place === place &&
                !this.state.failedPanels.includes(name) &&
                (!panel.isDisplayed || panel.isDisplayed(this.desk))
        );
    }

    onPanelError(error, name) {
        this.state.failedPanels.push(name);
        Promise.reject(error); // shown by Odoo's error dialog
    }

    get nextLabel() {
        const { model } = this;
        if (model.step === "confirm") {
            return _t("Confirm the order");
        }
        return _t("Next: %(step)s", { step: String(this.stepNames[STEPS[model.stepIndex + 1]]) });
    }

    describeDraft({ name, at, agent, products, amount }) {
        const when = toLocaleDateTimeString(deserializeDateTime(at));
        return [name, when, agent, products, amount].filter(Boolean).join(" · ");
    }

    focus(selector) {
        const el = this.rootRef.el?.querySelector(selector);
        el?.focus();
        el?.select?.();
        return Boolean(el);
    }

    /** From the search to the last product of the cart and back. */
    toggleFocus() {
        const inCart = document.activeElement?.matches(".o_gb_quantity");
        const { lastProductId } = this.model;
        if (
            !inCart &&
            (this.focus(`.o_gb_quantity[data-product-id='${lastProductId}']`) ||
                this.focus(".o_gb_quantity"))
        ) {
            return;
        }
        if (this.model.step !== "cart") {
            this.model.goTo("cart"); // the search takes the focus when it appears
        } else {
            this.focus(".o_gb_product_query");
        }
    }

    onNext() {
        const { model } = this;
        if (model.confirmation) {
            return model.startAnew();
        }
        // what is being typed counts
        const { activeElement } = document;
        if (activeElement?.closest(".o_gb_address_form")) {
            activeElement.closest("form").requestSubmit();
            return;
        }
        const isText = "input:not([type=radio], [type=checkbox]), textarea";
        if (
            activeElement?.matches(isText) &&
            activeElement.value !== activeElement.defaultValue &&
            this.rootRef.el.contains(activeElement)
        ) {
            activeElement.dispatchEvent(new Event("change", { bubbles: true }));
        }
        return model.mutex.getUnlockedDef().then(() => model.next());
    }

    onKeydown(ev) {
        const isTyping = ev.target.matches(
            "input:not([type=radio], [type=checkbox]), textarea, select"
        );
        if (ev.key === "?" && (!isTyping || !ev.target.value)) {
            ev.preventDefault();
            this.state.isHelpOpen = !this.state.isHelpOpen;
        } else if (ev.key === "Escape" && this.state.isHelpOpen) {
            ev.stopPropagation();
            this.state.isHelpOpen = false;
        }
    }

    async choosePartner(partnerId) {
        if (partnerId) {
            await this.model.choosePartner(partnerId);
            this.remember();
            await this.addInitialProduct();
        }
    }

    /** Until it is known who is calling, the server leaves out what belongs to the customer. */
    get isUnverified() {
        const { order, partner } = this.model;
        return (order || partner || {}).is_verified === false;
    }

    checkIdentity() {
        const { partner, callId, order } = this.model;
        openIdentityCheck(this.dialog, {
            partnerId: partner.id,
            callId: callId || (order && order.call_id),
            onDone: () => this.reloadVerified(),
        });
    }

    /** Customer, drafts and cart as they are now, in the step of now; the product search starts with what was bought. */
    reloadVerified() {
        return this.model.mutex.exec(() => this.model.load());
    }

    changePartner() {
        return this.model.choosePartner(false);
    }

    createPartner() {
        this.dialog.add(FormViewDialog, {
            resModel: "res.partner",
            title: _t("Create customer"),
            canExpand: false,
            onRecordSaved: (record) => this.choosePartner(record.resId),
        });
    }

    async retry() {
        if (!this.isGone) {
            await this.model.load();
        }
    }
}

registry.category("actions").add("gb_callcenter.order_desk", OrderDesk);
