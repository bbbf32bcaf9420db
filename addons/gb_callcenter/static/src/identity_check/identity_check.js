import { Component, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { useService } from "@web/core/utils/hooks";

export const IDENTITY_CHANNEL = "gb_callcenter.identity";

/**
 * Is the caller this customer? By PIN, by facts, or without a check and with a reason. Made for the keyboard: the
 * first field has the focus, Enter checks what has been typed, Tab goes on, Escape closes.
 */
export class IdentityCheck extends Component {
    static template = "gb_callcenter.IdentityCheck";
    static components = { Dialog };
    static props = {
        close: Function,
        partnerId: Number,
        callId: { type: [Number, { value: false }], optional: true },
        onDone: { type: Function, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.bus = useService("bus_service");
        this.bodyRef = useRef("body");
        this.state = useState({
            check: false,
            error: "",
            message: "",
            pin: "",
            /** question id → what was typed, or true/false for a fact that the agent compares */
            answers: {},
            /** question id → right or wrong, after a try */
            rated: {},
            reason: "",
            isOverriding: false,
            isWaitingForKeys: false,
            isBusy: false,
        });
        this.isDone = false;
        const onBus = (payload) => this.onBus(payload);
        this.bus.subscribe(IDENTITY_CHANNEL, onBus);
        onWillUnmount(() => this.bus.unsubscribe(IDENTITY_CHANNEL, onBus));
        onWillStart(() => this.load());
        useEffect(
            () => this.focusFirst(),
            () => [this.state.check.state, this.state.check.pin, this.state.isOverriding]
        );
    }

    get title() {
        const { check } = this.state;
        return check
            ? _t("Identity check: %(name)s", { name: check.partner.name })
            : _t("Identity check");
    }

    get isPassed() {
        return this.state.check.state === "passed";
    }

    get answered() {
        return Object.values(this.state.answers).filter((answer) => answer !== "").length;
    }

    get canCheckFacts() {
        return !this.state.isBusy && this.answered >= this.state.check.required;
    }

    get lastText() {
        const { last } = this.state.check;
        return [
            last.is_passed ? _t("Passed") : _t("Failed"),
            last.method_name,
            last.user,
            toLocaleDateTimeString(deserializeDateTime(last.at)),
            last.reason,
        ]
            .filter(Boolean)
            .join(" · ");
    }

    focusFirst() {
        const field = this.bodyRef.el?.querySelector(
            this.state.isOverriding ? ".o_gb_identity_reason" : "input:not([disabled])"
        );
        field?.focus();
    }

    // Server ---------------------------------------------------------------------------------------------------

    /** One request at a time; what the server says to people is shown here and not in another dialog. */
    async call(method, args) {
        if (this.state.isBusy) {
            return;
        }
        Object.assign(this.state, { isBusy: true, error: "", message: "" });
        try {
            return await this.orm.call("res.partner", method, [this.props.partnerId, ...args]);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            this.state.error = error.data?.message || error.message;
        } finally {
            this.state.isBusy = false;
        }
    }

    async load() {
        const check = await this.call("get_gb_identity_check", [this.props.callId]);
        if (check) {
            this.state.check = check;
        }
    }

    apply(check) {
        if (!check) {
            return;
        }
        this.state.check = check;
        if (check.result === "ok") {
            this.finish();
        }
    }

    finish() {
        if (this.isDone) {
            return;
        }
        this.isDone = true;
        this.notification.add(
            _t("%(name)s: identity verified", { name: this.state.check.partner.name }),
            { type: "success" }
        );
        this.props.onDone?.();
        this.props.close();
    }

    /** The customer has typed the PIN on his telephone, or a colleague has checked him. */
    async onBus({ partner_id: partnerId }) {
        if (partnerId !== this.props.partnerId || this.state.isBusy || this.isDone) {
            return;
        }
        const wasPassed = this.isPassed;
        // the agent's own try comes back here, too: what was said about it stays
        const check = await this.orm.silent.call("res.partner", "get_gb_identity_check", [
            this.props.partnerId,
            this.props.callId,
        ]);
        if (this.isDone || this.state.isBusy) {
            return;
        }
        this.state.check = check;
        if (this.isPassed && !wasPassed) {
            this.finish();
        } else if (this.state.isWaitingForKeys) {
            this.state.isWaitingForKeys = false;
            this.state.error = _t("The PIN that the customer typed is wrong.");
        }
    }

    // Actions --------------------------------------------------------------------------------------------------

    async checkPin() {
        const pin = this.state.pin.trim();
        if (!pin) {
            return;
        }
        this.state.pin = "";
        const check = await this.call("gb_verify_pin", [pin, this.props.callId]);
        this.apply(check);
        if (check && check.result === "wrong") {
            this.state.error = _t("The PIN is wrong.");
        } else if (check && check.result === "locked") {
            this.state.error = _t("The PIN is locked after too many wrong tries. Ask for facts.");
        }
        this.focusFirst();
    }

    async checkFacts() {
        if (!this.canCheckFacts) {
            return;
        }
        const answers = Object.fromEntries(
            Object.entries(this.state.answers).filter(([, answer]) => answer !== "")
        );
        const check = await this.call("gb_verify_facts", [answers, this.props.callId]);
        if (!check) {
            return;
        }
        this.state.rated = check.answers;
        this.apply(check);
        if (check.result === "wrong") {
            this.state.error = _t("Not enough right answers. Tries left: %(count)s", {
                count: check.tries_left,
            });
        }
    }

    async override() {
        const check = await this.call("gb_verify_override", [this.state.reason, this.props.callId]);
        this.apply(check);
    }

    async requestPin() {
        if (await this.call("gb_request_pin", [this.props.callId])) {
            this.state.isWaitingForKeys = true;
        }
    }

    answer(question, value) {
        this.state.answers[question.id] = value;
        delete this.state.rated[question.id];
    }

    onEnter(ev, action) {
        if (ev.key === "Enter" && !ev.isComposing && !ev.ctrlKey) {
            ev.preventDefault();
            ev.stopPropagation();
            action.call(this);
        }
    }
}
