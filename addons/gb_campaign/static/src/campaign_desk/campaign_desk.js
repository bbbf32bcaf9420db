import { Component, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import {
    deserializeDateTime,
    formatDateTime,
    serializeDateTime,
    toLocaleDateTimeString,
} from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { uuid } from "@web/core/utils/strings";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { openIdentityCheck } from "@gb_callcenter/identity_check/open_identity_check";
import { openCustomer360 } from "@gb_callcenter/customer_360/open_customer_360";

const { DateTime } = luxon;
const MODEL = "gb.campaign.desk";
const STORAGE_KEY = "gb_campaign.desk";
const INPUT_FORMAT = "yyyy-MM-dd'T'HH:mm";
/** Somebody's appointment may be due: looked at while nobody is on the screen. */
const LOOK_MS = 60000;

const SHORTCUTS = [
    ["N", _t("Take the next customer")],
    ["D", _t("Dial the chosen number")],
    ["H", _t("Hang up")],
    ["↑ ↓ Enter", _t("Choose among the customer's answers")],
    ["Backspace", _t("One step of the script back")],
    ["0 … 9", _t("Choose the outcome")],
    ["Ctrl + Enter", _t("Save the outcome and take the next customer")],
    ["Ctrl + Shift + Enter", _t("Save the outcome and stop")],
    ["M", _t("Write a note")],
    ["O", _t("Order desk for this customer")],
    ["L", _t("Make a lead")],
    ["W", _t("New work order")],
    ["I", _t("Check the customer's identity")],
    ["S", _t("Pass the customer over")],
    ["Escape", _t("Leave a field, so that keys work again")],
    ["Alt + K", _t("Back to this screen, from anywhere")],
    ["?", _t("This help")],
];

const EMPTY_DRAFT = { outcomeId: false, note: "", nextAt: "", stepId: false, path: [] };

/** The next customer of a campaign: who he is, what to say, what came of it. Made for the keyboard. */
export class CampaignDesk extends Component {
    static template = "gb_campaign.CampaignDesk";
    static components = {};
    static props = { ...standardActionServiceProps };
    static path = "calling";
    static displayName = _t("Calling");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.orderDesk = useService("gb_callcenter.order_desk");
        this.seat = useState(useService("gb_callcenter.seat"));
        this.rootRef = useRef("root");
        this.shortcuts = SHORTCUTS;
        const { context, params } = this.props.action;
        this.state = useState({
            desk: false,
            campaignId: Number(params?.campaign_id || context?.params?.campaign_id) || false,
            numberId: false,
            draft: { ...EMPTY_DRAFT },
            pending: false,
            isOffline: false,
            isSkipping: false,
            isHelpOpen: false,
            error: "",
            announcement: "",
        });
        this.dialIntent = false;
        onWillStart(async () => {
            this.seat.load();
            await this.call("get_desk", [this.state.campaignId]);
        });
        const timer = browser.setInterval(() => this.look(), LOOK_MS);
        onWillUnmount(() => browser.clearInterval(timer));
        useEffect(
            () => this.focusFirst(),
            () => [this.row && this.row.id, this.state.draft.stepId]
        );
        useEffect(
            () => {
                // the call's own card would lie over the outcomes
                if (this.row && this.row.attempt) {
                    this.seat.isCardFolded = true;
                }
            },
            () => [
                this.row && this.row.attempt && this.row.attempt.id,
                this.seat.call && this.seat.call.id,
                this.seat.seat && this.seat.seat.state,
            ]
        );
        useEffect(
            (callId) => {
                // a customer whom the system has dialled for the agent
                if (callId) {
                    this.look();
                }
            },
            () => [this.seat.call && this.seat.call.id, this.seat.call && this.seat.call.state]
        );
        this.useHotkeys();
    }

    useHotkeys() {
        // keys belong to what lies over the screen, while something does
        const isHere = (target) => !target.closest?.(".modal, .o_popover");
        const here = { isAvailable: isHere };
        const anywhere = { isAvailable: isHere, bypassEditableProtection: true };
        for (let digit = 0; digit <= 9; digit++) {
            useHotkey(String(digit), () => this.chooseKey(String(digit)), here);
        }
        useHotkey("n", () => this.next(), here);
        useHotkey("d", () => this.dial(), here);
        useHotkey("h", () => this.hangUp(), here);
        useHotkey("m", () => this.focus(".o_gb_note"), here);
        useHotkey("o", () => this.openOrder(), here);
        useHotkey("l", () => this.makeLead(), here);
        useHotkey("w", () => this.openTicket(), here);
        useHotkey("i", () => this.checkIdentity(), here);
        useHotkey("s", () => this.startSkipping(), here);
        useHotkey("backspace", () => this.stepBack(), here);
        useHotkey("arrowdown", () => this.moveFocus(1), here);
        useHotkey("arrowup", () => this.moveFocus(-1), here);
        useHotkey("control+enter", () => this.finish(true), anywhere);
        useHotkey("control+shift+enter", () => this.finish(false), anywhere);
        useHotkey("escape", () => this.leaveField(), anywhere);
    }

    // Data -----------------------------------------------------------------------------------------------------

    get desk() {
        return this.state.desk;
    }

    get row() {
        return this.state.desk && this.state.desk.row;
    }

    get customer() {
        return this.row.customer;
    }

    get callId() {
        const { call } = this.seat;
        if (call && call.partner && call.partner.id === this.customer.id) {
            return call.id;
        }
        return (this.row.attempt && this.row.attempt.call_id) || false;
    }

    get outcome() {
        return this.row.outcomes.find((outcome) => outcome.id === this.state.draft.outcomeId);
    }

    get step() {
        const { script } = this.row;
        return script && script.steps[this.state.draft.stepId || script.first];
    }

    get canSave() {
        const { outcome } = this;
        return Boolean(
            !this.state.pending && outcome && (!outcome.asks_next_at || this.state.draft.nextAt)
        );
    }

    get canDial() {
        return !this.state.pending && this.seat.canDial && Boolean(this.state.numberId);
    }

    get dialHint() {
        if (!this.seat.isSignedIn) {
            return _t("Sign in at a seat to dial.");
        }
        return "";
    }

    /**
     * Calls the server and shows its answer; what goes wrong is said on the screen, and nothing that was typed is lost.
     *
     * @returns {Promise<boolean>}
     */
    async call(method, args) {
        if (this.state.pending) {
            return false;
        }
        this.state.pending = true;
        this.state.error = "";
        try {
            this.apply(await this.orm.silent.call(MODEL, method, args));
            return true;
        } catch (error) {
            return this.fail(error);
        } finally {
            this.state.pending = false;
        }
    }

    fail(error) {
        if (error instanceof ConnectionLostError) {
            this.state.isOffline = true;
            return false;
        }
        if (error instanceof RPCError && error.data) {
            this.state.error = error.data.message || error.message;
            return false;
        }
        throw error;
    }

    apply(desk) {
        const before = this.row && this.row.id;
        this.state.isOffline = false;
        this.state.isSkipping = false;
        this.state.desk = desk;
        this.state.campaignId = desk.campaign_id;
        if (desk.message) {
            this.notification.add(desk.message, { type: "warning" });
        }
        if (!desk.row) {
            browser.sessionStorage.removeItem(STORAGE_KEY);
            this.state.draft = { ...EMPTY_DRAFT };
            this.state.numberId = false;
            return;
        }
        if (desk.row.id !== before) {
            this.state.draft = this.restore(desk.row.id);
            this.state.announcement = _t("Next customer: %s", desk.row.customer.name);
            this.dialIntent = false;
        }
        const chosen = desk.row.numbers.find((number) => number.id === this.state.numberId);
        if (!chosen || chosen.is_spent) {
            const next = desk.row.numbers.find((number) => number.is_next);
            this.state.numberId = next ? next.id : false;
        }
    }

    /** Somebody may be due by now. */
    look() {
        if (!this.state.pending && (!this.row || this.state.isOffline)) {
            this.call("get_desk", [this.state.campaignId]);
        }
    }

    // What was typed survives a reload of the page -------------------------------------------------------------

    restore(rowId) {
        try {
            const saved = JSON.parse(browser.sessionStorage.getItem(STORAGE_KEY));
            if (saved.rowId === rowId) {
                return { ...EMPTY_DRAFT, ...saved.draft };
            }
        } catch {
            // nothing saved, or by another version
        }
        return { ...EMPTY_DRAFT, path: [] };
    }

    update(values) {
        Object.assign(this.state.draft, values);
        browser.sessionStorage.setItem(
            STORAGE_KEY,
            JSON.stringify({ rowId: this.row.id, draft: this.state.draft })
        );
    }

    // Acting ---------------------------------------------------------------------------------------------------

    chooseCampaign(ev) {
        return this.call("get_desk", [Number(ev.target.value) || false]);
    }

    next() {
        if (!this.row) {
            return this.call("get_next", [this.state.campaignId]);
        }
    }

    chooseNumber(number) {
        if (!number.is_spent) {
            this.state.numberId = number.id;
        }
    }

    async dial() {
        if (!this.row || !this.canDial) {
            return;
        }
        const key = `${this.row.id}-${this.state.numberId}`;
        // pressing again after a lost connection is the same intent: it rings once
        if (this.dialIntent?.key !== key) {
            this.dialIntent = { key, token: uuid() };
        }
        const done = await this.call("dial", [
            this.row.id,
            this.state.numberId,
            this.dialIntent.token,
        ]);
        if (done || !this.state.isOffline) {
            this.dialIntent = false;
        }
        this.seat.refresh();
    }

    hangUp() {
        if (this.seat.call) {
            return this.seat.command("hangup");
        }
    }

    chooseKey(key) {
        const outcome = this.row && this.row.outcomes.find((entry) => entry.key === key);
        if (outcome) {
            this.chooseOutcome(outcome);
        }
    }

    chooseOutcome(outcome) {
        this.update({ outcomeId: outcome.id });
        this.state.announcement = outcome.name;
        if (outcome.asks_next_at && !this.state.draft.nextAt) {
            this.focus(".o_gb_next_at");
        }
    }

    onNextAt(ev) {
        this.update({ nextAt: ev.target.value });
    }

    onNote(ev) {
        this.update({ note: ev.target.value });
    }

    /** @param {Object} duration of luxon, from now; or `{days, hour}`: at that hour of a later day */
    setNextAt({ days, hour, ...duration }) {
        let moment = DateTime.now().plus(duration);
        if (hour !== undefined) {
            moment = DateTime.now().plus({ days }).set({ hour, minute: 0 });
        }
        this.update({ nextAt: moment.toFormat(INPUT_FORMAT) });
    }

    async finish(goesOn) {
        if (!this.row || this.state.pending) {
            return;
        }
        if (!this.outcome) {
            this.state.error = _t("Choose what came of it: press its digit.");
            return;
        }
        if (!this.canSave) {
            this.focus(".o_gb_next_at");
            return;
        }
        const { draft } = this.state;
        const nextAt = draft.nextAt && DateTime.fromFormat(draft.nextAt, INPUT_FORMAT);
        const values = {
            note: draft.note,
            next_at: nextAt && nextAt.isValid ? serializeDateTime(nextAt) : false,
            answers: draft.path
                .filter((entry) => entry.answer)
                .map((entry) => [entry.title, entry.answer]),
        };
        if (await this.call("finish", [this.row.id, draft.outcomeId, values, goesOn])) {
            this.seat.refresh();
        }
    }

    startSkipping() {
        if (this.row && !this.row.attempt) {
            this.state.isSkipping = !this.state.isSkipping;
        }
    }

    skip(reason) {
        return this.call("skip", [this.row.id, reason]);
    }

    giveBack() {
        return this.call("give_back", [this.row.id]);
    }

    makeLead() {
        if (this.row && !this.row.lead_id) {
            return this.call("make_lead", [this.row.id, this.state.draft.note]);
        }
    }

    openOrder() {
        if (this.row) {
            return this.orderDesk.open({ partnerId: this.customer.id, callId: this.callId });
        }
    }

    async openTicket() {
        if (!this.row || this.state.pending) {
            return;
        }
        try {
            const action = await this.orm.call(MODEL, "get_ticket_action", [this.row.id]);
            await this.action.doAction(action);
        } catch (error) {
            this.fail(error);
        }
    }

    openCustomer() {
        return openCustomer360(this.action, {
            partnerId: this.customer.id,
            callId: this.callId,
        });
    }

    checkIdentity() {
        if (this.row && !this.customer.is_verified) {
            openIdentityCheck(this.dialog, {
                partnerId: this.customer.id,
                callId: this.callId,
                onDone: () => this.call("get_desk", [this.state.campaignId]),
            });
        }
    }

    // Script ---------------------------------------------------------------------------------------------------

    answer(answer) {
        const { step } = this;
        const path = [
            ...this.state.draft.path,
            { id: step.id, title: step.title, answer: answer.label },
        ];
        const values = { path };
        if (answer.outcome_id) {
            values.outcomeId = answer.outcome_id;
        }
        if (answer.next) {
            values.stepId = answer.next;
        }
        this.update(values);
        const { outcome } = this;
        if (outcome && outcome.id === answer.outcome_id && outcome.asks_next_at) {
            this.focus(".o_gb_next_at");
        }
    }

    goOn() {
        const { step } = this;
        this.update({
            path: [...this.state.draft.path, { id: step.id, title: step.title, answer: "" }],
            stepId: step.next,
        });
    }

    stepBack() {
        if (this.row && this.state.draft.path.length) {
            const path = [...this.state.draft.path];
            const last = path.pop();
            this.update({ path, stepId: last.id });
        }
    }

    // Focus ----------------------------------------------------------------------------------------------------

    focus(selector) {
        this.rootRef.el?.querySelector(selector)?.focus();
    }

    focusFirst() {
        if (this.rootRef.el && !this.rootRef.el.querySelector("input:focus, textarea:focus")) {
            const target = this.rootRef.el.querySelector(
                ".o_gb_script button.o_gb_answer, .o_gb_next_customer:enabled"
            );
            (target || this.rootRef.el).focus();
        }
    }

    moveFocus(by) {
        const answers = [...this.rootRef.el.querySelectorAll("button.o_gb_answer")];
        if (answers.length) {
            const at = answers.indexOf(document.activeElement);
            answers[(at + by + answers.length) % answers.length].focus();
        }
    }

    leaveField() {
        this.state.isHelpOpen = false;
        this.state.isSkipping = false;
        this.rootRef.el?.focus();
    }

    onKeydown(ev) {
        if (ev.key === "?" && !["INPUT", "TEXTAREA"].includes(ev.target.tagName)) {
            this.state.isHelpOpen = !this.state.isHelpOpen;
        }
    }

    // Words ----------------------------------------------------------------------------------------------------

    formatMoment(text) {
        return text ? toLocaleDateTimeString(deserializeDateTime(text)) : "";
    }

    formatLong(text) {
        return text ? formatDateTime(deserializeDateTime(text)) : "";
    }

    outcomeColor(outcome) {
        return (
            {
                success: "success",
                interested: "success",
                later: "info",
                refused: "warning",
                do_not_call: "danger",
            }[outcome.category] || "secondary"
        );
    }
}

registry.category("actions").add("gb_campaign.desk", CampaignDesk);
