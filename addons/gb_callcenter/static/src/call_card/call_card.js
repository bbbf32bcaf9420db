import { Component, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useRegistry } from "@web/core/registry_hook";
import { user } from "@web/core/user";
import { ErrorHandler } from "@web/core/utils/components";
import { useService } from "@web/core/utils/hooks";

import { CallButtons } from "../call_buttons/call_buttons";
import {
    CALL_STATES,
    DIRECTIONS,
    TEXTS,
    formatSeconds,
    resultLabel,
    textClass,
} from "../seat/labels";
import { withKeys } from "../seat/shortcuts";
import { Timer } from "../timer/timer";
import { callCardSections } from "./call_card_sections";
import { CustomerBlock } from "./customer_block";
import { NoteField, WrapUpForm } from "./wrap_up_form";

/**
 * The screen pop: who calls, while it rings; the same card with the call's buttons while talking; the wrap-up
 * form afterwards. It floats over the screen and never takes the focus from what the agent is writing.
 */
export class CallCard extends Component {
    static template = "gb_callcenter.CallCard";
    static components = { CallButtons, CustomerBlock, ErrorHandler, NoteField, Timer, WrapUpForm };
    static props = {};

    setup() {
        this.seat = useState(useService("gb_callcenter.seat"));
        this.action = useService("action");
        this.state = useState({ wrapId: false, failedSections: [], canOpenOrders: false });
        this.sections = useRegistry(callCardSections);
        this.rootRef = useRef("root");
        this.callStates = CALL_STATES;
        this.directions = DIRECTIONS;
        this.resultLabel = resultLabel;
        this.formatSeconds = formatSeconds;
        this.withKeys = withKeys;
        this.texts = TEXTS;
        this.textClass = textClass;
        const toggle = this.toggle.bind(this);
        this.env.bus.addEventListener("GB_CALL_CARD:TOGGLE", toggle);
        onWillUnmount(() => this.env.bus.removeEventListener("GB_CALL_CARD:TOGGLE", toggle));
        useEffect(
            () => {
                this.state.wrapId = false;
            },
            () => [this.seat.call && this.seat.call.id]
        );
        useEffect(
            (hasOrders) => {
                if (hasOrders) {
                    this.checkOrderAccess();
                }
            },
            () => [Boolean(this.card && this.card.orders.length)]
        );
    }

    /** The call under way, else the wrap-up chosen, else the newest. */
    get card() {
        const { call, panel } = this.seat;
        return call || panel.wrap.find((wrap) => wrap.id === this.state.wrapId) || panel.wrap[0];
    }

    get isLive() {
        return Boolean(this.seat.call) && this.seat.call.state !== "ended";
    }

    get otherWraps() {
        const { id } = this.card;
        return this.seat.panel.wrap.filter((wrap) => wrap.id !== id);
    }

    get visibleSections() {
        return this.sections.entries.filter(
            ([name, { isDisplayed }]) =>
                !this.state.failedSections.includes(name) &&
                (!isDisplayed || isDisplayed(this.card))
        );
    }

    get title() {
        if (!this.isLive) {
            return _t("After-call work");
        }
        if (this.card.state === "ringing") {
            return this.card.direction === "outbound" ? _t("Calling") : _t("Incoming call");
        }
        return String(CALL_STATES[this.card.state].label);
    }

    /** Said by screen readers when it changes. */
    get announcement() {
        const { call } = this.seat;
        return call && call.state === "ringing" && call.direction !== "outbound"
            ? _t("Incoming call: %(caller)s", { caller: this.seat.callerName(call) })
            : "";
    }

    get numberText() {
        const { number, number_state: state } = this.card;
        if (state === "withheld" || !number) {
            return _t("Number withheld");
        }
        return state === "invalid" ? _t("%(number)s (not a valid number)", { number }) : number;
    }

    get since() {
        const { card } = this;
        return card.answered_at || card.ring_at || card.offered_at;
    }

    formatAt(value) {
        return value ? toLocaleDateTimeString(deserializeDateTime(value)) : "";
    }

    formatTime(value) {
        return value ? deserializeDateTime(value).toFormat("HH:mm:ss") : "";
    }

    contactText(contact) {
        return [resultLabel(contact.result), contact.disposition, contact.agent]
            .map((part) => (part && part.name) || part)
            .filter(Boolean)
            .join(" · ");
    }

    toggle() {
        if (!this.card) {
            return;
        }
        if (this.seat.isCardFolded) {
            this.seat.isCardFolded = false;
            Promise.resolve().then(() => this.rootRef.el?.focus());
        } else if (this.rootRef.el && !this.rootRef.el.contains(document.activeElement)) {
            this.rootRef.el.focus();
        } else {
            this.seat.isCardFolded = true;
        }
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.seat.isCardFolded = true;
        }
    }

    /** Agents see that there are orders; opening one takes rights in the sales app. */
    async checkOrderAccess() {
        this.state.canOpenOrders = await user.checkAccessRight("sale.order", "read");
    }

    openOrder(order) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sale.order",
            res_id: order.id,
            views: [[false, "form"]],
        });
    }

    onSectionError(error, name) {
        this.state.failedSections.push(name);
        Promise.reject(error); // shown by Odoo's error dialog
    }
}

registry
    .category("main_components")
    .add("gb_callcenter.CallCard", { Component: CallCard }, { sequence: 90 });
