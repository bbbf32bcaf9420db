import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { Reactive } from "@web/core/utils/reactive";
import { uuid } from "@web/core/utils/strings";

import { CALL_STATES, SEAT_STATES } from "./labels";
import { applyShortcuts } from "./shortcut_keys";

export const AGENT_GROUP = "gb_callcenter.group_gb_agent";
export const SEAT_CHANNEL = "gb_callcenter.seat";
export const RETRY_DELAY = 5000;

/** Errors whose text is written for the user; any other goes to Odoo's own error dialog. */
const USER_ERRORS = new Set([
    "odoo.exceptions.AccessError",
    "odoo.exceptions.LockError",
    "odoo.exceptions.MissingError",
    "odoo.exceptions.UserError",
    "odoo.exceptions.ValidationError",
]);

/**
 * @param {string} number as the server shows it
 * @returns {boolean} whether a part of it is hidden from this user
 */
export function isMasked(number) {
    return number.includes("****");
}

/** The title service joins its parts in the order of the keys, and keys like integers come first. */
const TITLE_KEY = "0";

const EMPTY_PANEL = {
    seat: false,
    seats: [],
    pause_reasons: [],
    dispositions: [],
    transfer_targets: [],
    call: false,
    wrap: [],
    today: { answered: 0, missed: 0, talk_seconds: 0 },
    shortcuts: {},
};

/**
 * The seat of the current user as the server sees it, for all components.
 *
 * The state is `panel`, exactly as `gb.seat.get_panel()` gives it; a message on the bus only says that it has
 * changed. Nothing happens before a component calls `load()`.
 */
export class Seat extends Reactive {
    constructor(env, services) {
        super();
        this.env = env;
        this.bus = services.bus_service;
        this.multiTab = services.multi_tab;
        this.notification = services.notification;
        this.orm = services.orm;
        this.presence = services.presence;
        this.title = services.title;

        this.isAgent = false;
        this.isLoaded = false;
        this.isOffline = false;
        this.loadError = "";
        this.panel = EMPTY_PANEL;
        /** Name of the user action under way: buttons are disabled meanwhile. */
        this.pending = false;
        this.isCardFolded = false;
        /** Browser time of the last tick, in ms; read it only in components that shall render every second. */
        this.now = Date.now();
        /** Server time minus browser time, in ms. */
        this.clockOffset = 0;
        /** Browser time at which the panel came in, in ms. */
        this.loadedAt = Date.now();
        /** Wrap-ups being written, by call id: {dispositionId, note}. */
        this.drafts = {};
        /** What this browser does itself, name → function giving true when it has: the browser as telephone. */
        this.localCommands = {};

        this._loading = null;
        this._isFetching = false;
        this._isOutdated = false;
        this._sent = 0;
        this._applied = 0;
        this._dialIntent = null;
        this._digits = "";
        this._rungCallId = false;
        this._retryTimer = 0;
    }

    // Reading --------------------------------------------------------------------------------------------------

    get seat() {
        return this.panel.seat;
    }

    get call() {
        return this.panel.call;
    }

    get isSignedIn() {
        return Boolean(this.seat) && this.seat.state !== "signed_out";
    }

    get stateInfo() {
        return SEAT_STATES[this.seat ? this.seat.state : "signed_out"] || SEAT_STATES.signed_out;
    }

    get canDial() {
        return (
            this.isSignedIn &&
            !this.call &&
            this.seat.capabilities.includes("dial") &&
            !["ringing", "on_call"].includes(this.seat.state)
        );
    }

    get canReady() {
        return this.isSignedIn && ["paused", "wrap_up"].includes(this.seat.state) && !this.pending;
    }

    get canPause() {
        return this.isSignedIn && ["ready", "paused", "wrap_up"].includes(this.seat.state);
    }

    /**
     * @param {string} command as in `command()`
     * @returns {boolean} whether the button is to be shown now
     */
    offers(command) {
        const { seat, call } = this;
        if (!seat || !call || call.state === "ended") {
            return false;
        }
        const isRinging = call.state === "ringing";
        const isUp = call.state === "talking" || call.state === "held";
        const has = (capability) => seat.capabilities.includes(capability);
        switch (command) {
            case "answer":
                return has("answer") && isRinging && call.direction !== "outbound";
            case "hangup":
                return has("hangup") && (isRinging || isUp);
            case "hold":
                return has("hold") && call.state === "talking" && !call.third;
            case "unhold":
                return has("hold") && call.state === "held" && !call.third;
            case "mute":
                return has("mute") && call.state === "talking" && !call.is_muted;
            case "unmute":
                return has("mute") && isUp && call.is_muted;
            case "transfer":
            case "dtmf":
                return has(command) && isUp && !call.third;
            case "consult":
                return has("consult") && isUp && !call.third;
            case "complete":
            case "cancel_consult":
                return isUp && Boolean(call.third?.is_mine);
            case "swap":
            case "conference":
                return isUp && Boolean(call.third?.is_mine) && call.third.state === "talking";
            case "record_off":
                return has("record") && isUp && !call.is_record_paused;
            case "record_on":
                return has("record") && isUp && call.is_record_paused;
        }
        return false;
    }

    canCommand(command) {
        return !this.pending && this.offers(command);
    }

    /**
     * @param {string|false} value UTC, "YYYY-MM-DD HH:MM:SS"
     * @returns {number|false} server time in ms
     */
    toMs(value) {
        return value ? luxon.DateTime.fromSQL(value, { zone: "utc" }).toMillis() : false;
    }

    /**
     * @param {string|false} since UTC, "YYYY-MM-DD HH:MM:SS"
     * @returns {number} whole seconds from then until the last tick
     */
    secondsSince(since) {
        const start = this.toMs(since);
        return start === false ? 0 : Math.floor((this.now + this.clockOffset - start) / 1000);
    }

    // Loading --------------------------------------------------------------------------------------------------

    /** Starts the service; safe to call by every component that shows the seat. */
    load() {
        this._loading ||= this._load();
        return this._loading;
    }

    async _load() {
        try {
            this.isAgent = await user.hasGroup(AGENT_GROUP);
        } catch {
            this._loading = null;
        }
        if (!this.isAgent) {
            return;
        }
        this.bus.subscribe(SEAT_CHANNEL, () => this.refresh());
        // What was sent while the connection was down, or not yet up, is caught up with one reading.
        this.bus.addEventListener("BUS:CONNECT", () => this.refresh());
        this.bus.addEventListener("BUS:RECONNECT", () => this.refresh());
        browser.addEventListener("online", () => this.refresh());
        document.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "visible") {
                this.refresh();
            }
        });
        browser.setInterval(() => (this.now = Date.now()), 1000);
        this.bus.start();
        await this.refresh();
    }

    /**
     * Reads the panel. Calls that come while it is being read lead to one more reading, however many they are.
     */
    async refresh() {
        this._isOutdated = true;
        if (this._isFetching) {
            return;
        }
        this._isFetching = true;
        try {
            await Promise.resolve(); // messages that came in one packet lead to one reading
            while (this._isOutdated) {
                this._isOutdated = false;
                await this._fetch();
            }
        } finally {
            this._isFetching = false;
        }
    }

    async _fetch() {
        const ticket = ++this._sent;
        try {
            this._apply(ticket, await this.orm.silent.call("gb.seat", "get_panel", []));
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                this.isOffline = true;
                browser.clearTimeout(this._retryTimer);
                this._retryTimer = browser.setTimeout(() => this.refresh(), RETRY_DELAY);
            } else if (error instanceof RPCError) {
                this.isOffline = false;
                this.loadError = error.data?.message || error.message;
            } else {
                throw error;
            }
        }
    }

    /**
     * @param {number} ticket number of the request: an answer to an older one than the last applied is dropped
     * @param {Object} panel
     * @returns {boolean} whether it was applied
     */
    _apply(ticket, panel) {
        this.isOffline = false;
        if (ticket < this._applied || !panel) {
            return false;
        }
        this._applied = ticket;
        this.loadError = "";
        this.loadedAt = this.now = Date.now();
        if (panel.now) {
            this.clockOffset = this.toMs(panel.now) - this.loadedAt;
        }
        this.panel = { ...EMPTY_PANEL, ...panel };
        applyShortcuts(this.panel.shortcuts);
        this._followCall();
        this.isLoaded = true;
        return true;
    }

    /** Title of the tab, unfolding and notification when another call rings. */
    _followCall() {
        const { call } = this.panel;
        const isRinging = Boolean(call) && call.state === "ringing";
        this.title.setParts({
            [TITLE_KEY]: isRinging && `☎ ${this.callerName(call)}`,
        });
        if (!this.isLoaded) {
            // A new tab shows what is going on, but old wrap-ups do not jump at the agent.
            this.isCardFolded = !call && (!this.seat || this.seat.state !== "wrap_up");
        }
        if (call && call.id !== this._rungCallId) {
            this.isCardFolded = false;
            if (isRinging && call.direction !== "outbound") {
                this._notifyRing(call);
            }
        } else if (!call && this._rungCallId) {
            this.isCardFolded = !this.panel.wrap.some((card) => card.id === this._rungCallId);
        }
        this._rungCallId = call && call.id;
    }

    callerName(call) {
        if (call.partner) {
            return call.partner.name;
        }
        return call.number_state === "withheld" || !call.number
            ? _t("Number withheld")
            : call.number;
    }

    /** The system's own notification, once for all tabs, when none of them is being looked at. */
    async _notifyRing(call) {
        const { Notification } = browser;
        if (
            !Notification ||
            Notification.permission !== "granted" ||
            (this.presence.isOdooFocused() && !document.hidden)
        ) {
            return;
        }
        if (!(await this.multiTab.isOnMainTab())) {
            return;
        }
        const lines = [call.hotline && call.hotline.name, call.queue && call.queue.name];
        try {
            const popup = new Notification(
                _t("Incoming call: %(caller)s", { caller: this.callerName(call) }),
                {
                    body: lines.filter(Boolean).join(" · "),
                    tag: `gb_call_${call.id}`,
                    icon: "/gb_callcenter/static/description/icon.png",
                }
            );
            popup.onclick = () => {
                window.focus();
                popup.close();
            };
        } catch {
            // Some mobile browsers have the class but refuse to construct it.
        }
    }

    // Actions --------------------------------------------------------------------------------------------------

    /**
     * One request for one action of the user; while it runs no other starts.
     *
     * @param {string} name of the method of `gb.seat`
     * @param {any[]} args
     * @returns {Promise<boolean>} whether the server did it
     */
    async _act(name, args = []) {
        if (this.pending) {
            return false;
        }
        this.pending = name;
        const ticket = ++this._sent;
        try {
            const panel = await this.orm.silent.call("gb.seat", name, args);
            if (!this._apply(ticket, panel)) {
                this.refresh();
            }
            return true;
        } catch (error) {
            this.refresh();
            this._showError(error);
            return false;
        } finally {
            this.pending = false;
        }
    }

    _showError(error) {
        if (error instanceof ConnectionLostError) {
            this.isOffline = true;
            this.notification.add(
                _t("The server did not answer. Check the state of your seat, then try again."),
                { type: "danger", title: _t("No connection") }
            );
        } else if (error instanceof RPCError && USER_ERRORS.has(error.exceptionName)) {
            this.notification.add(error.data?.message || error.message, {
                type: "danger",
                title: _t("Seat"),
                autocloseDelay: 8000,
            });
        } else {
            throw error;
        }
    }

    signIn(seatId) {
        // Asked on a click of the user, never when the page loads.
        if (browser.Notification?.permission === "default") {
            browser.Notification.requestPermission();
        }
        return this._act("panel_sign_in", [seatId]);
    }

    signOut() {
        return this._act("panel_sign_out");
    }

    ready() {
        return this._act("panel_ready");
    }

    pause(reasonId) {
        return this._act("panel_pause", [reasonId]);
    }

    /**
     * Pressing again after a lost connection repeats the same intent: the token stays, so it rings once.
     *
     * @param {string} number as typed or shown; "" for the first number of `record`
     * @param {{resModel: string, resId: number}} [record] whose number it is: hidden numbers are called by it
     * @returns {Promise<boolean>}
     */
    async dial(number, record) {
        if (this.pending) {
            return false;
        }
        const isHidden = record && (!number || isMasked(number));
        const target = isHidden ? [record.resModel, record.resId] : [];
        const key = [number, ...target].join();
        if (this._dialIntent?.key !== key) {
            this._dialIntent = { key, token: uuid() };
        }
        const args = [number, this._dialIntent.token, ...target];
        const done = await this._act("panel_dial", args);
        if (done || !this.isOffline) {
            this._dialIntent = null;
        }
        return done;
    }

    /**
     * @param {"answer"|"hangup"|"hold"|"unhold"|"mute"|"unmute"|"transfer"|"consult"|"complete"|"conference"|"swap"|
     *     "cancel_consult"|"record_off"|"record_on"} command
     * @param {string} [target] of a transfer or consultation
     */
    async command(command, target) {
        if (await this.localCommands[command]?.()) {
            return true;
        }
        return this._act("panel_call_command", target ? [command, target] : [command]);
    }

    /**
     * Tones. Those typed while a request runs go out together with the next one, in their order.
     *
     * @param {string} digits
     */
    async sendDigits(digits) {
        this._digits += digits;
        if (this.pending) {
            return;
        }
        while (this._digits) {
            const chunk = this._digits;
            this._digits = "";
            if (!(await this._act("panel_call_command", ["dtmf", chunk]))) {
                this._digits = "";
            }
        }
    }

    setPartner(callId, partnerId) {
        return this._act("panel_set_partner", [callId, partnerId]);
    }

    /**
     * @param {Object<string, string>} shortcuts name → keys, only those that differ from the defaults
     */
    setShortcuts(shortcuts) {
        return this._act("panel_set_shortcuts", [shortcuts]);
    }

    simulateCall(number) {
        return this._act("panel_simulate_call", number ? [number] : []);
    }

    // Wrap-up --------------------------------------------------------------------------------------------------

    /**
     * What the agent has entered for the call so far; survives a reload of the tab, not its closing.
     *
     * @param {Object} card
     * @returns {{dispositionId: number|false, note: string}}
     */
    draft(card) {
        if (!this.drafts[card.id]) {
            let stored = null;
            try {
                stored = JSON.parse(browser.sessionStorage.getItem(this._draftKey(card.id)));
            } catch {
                // unreadable: begin anew
            }
            this.drafts[card.id] = {
                dispositionId: card.disposition_id || false,
                note: card.note || "",
                ...stored,
            };
        }
        return this.drafts[card.id];
    }

    updateDraft(card, values) {
        const draft = Object.assign(this.draft(card), values);
        browser.sessionStorage.setItem(this._draftKey(card.id), JSON.stringify(draft));
    }

    _draftKey(callId) {
        return `gb_callcenter.wrap_up.${user.userId}.${callId}`;
    }

    async wrapUp(card, ready) {
        const { dispositionId, note } = this.draft(card);
        const done = await this._act("panel_wrap_up", [card.id, dispositionId, note, ready]);
        if (done) {
            if (ready && !this.call) {
                this.isCardFolded = true; // older wrap-ups wait until the agent asks for them
            }
            delete this.drafts[card.id];
            browser.sessionStorage.removeItem(this._draftKey(card.id));
        }
        return done;
    }

    stateLabel(state) {
        return (SEAT_STATES[state] || CALL_STATES[state])?.label || state;
    }
}

export const seatService = {
    dependencies: ["bus_service", "multi_tab", "notification", "orm", "presence", "title"],
    start(env, services) {
        return new Seat(env, services);
    },
};

registry.category("services").add("gb_callcenter.seat", seatService);
