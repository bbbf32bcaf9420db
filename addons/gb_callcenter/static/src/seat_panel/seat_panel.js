import { Component, onWillStart, useEffect, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

import { CallButtons } from "../call_buttons/call_buttons";
import { CALL_STATES, TEXTS, formatSeconds, textClass } from "../seat/labels";
import { SHORTCUTS, hotkeyOf, withKeys } from "../seat/shortcuts";
import { SoftphonePanel } from "../softphone/softphone_panel";
import { ShortcutDialog } from "../shortcut_dialog/shortcut_dialog";
import { Timer } from "../timer/timer";

const LAST_SEAT = "gb_callcenter.last_seat";

/** The agent's seat in the systray: state, timer, and everything he does with it. */
export class SeatPanel extends Component {
    static template = "gb_callcenter.SeatPanel";
    static components = { CallButtons, Dropdown, SoftphonePanel, Timer };
    static props = {};

    setup() {
        this.seat = useState(useService("gb_callcenter.seat"));
        this.dialog = useService("dialog");
        this.action = useService("action");
        this.dropdown = useDropdownState();
        this.state = useState({ seatId: false, number: "", simulatedNumber: "" });
        this.formatSeconds = formatSeconds;
        this.withKeys = withKeys;
        this.texts = TEXTS;
        this.textClass = textClass;
        this.callStates = CALL_STATES;
        onWillStart(() => {
            this.seat.load(); // not waited for: the web client does not start later because of us
        });
        this.useShortcuts();
    }

    useShortcuts() {
        const runs = {
            panel: () => (this.dropdown.isOpen ? this.dropdown.close() : this.dropdown.open()),
            card: () => this.env.bus.trigger("GB_CALL_CARD:TOGGLE"),
        };
        const available = {
            panel: () => this.seat.isAgent,
            card: () => Boolean(this.seat.call || this.seat.panel.wrap.length),
        };
        const commands = useService("command");
        useEffect(
            () => {
                const remove = Object.entries(SHORTCUTS).map(
                    ([name, { label, isAvailable, run }]) =>
                        commands.add(
                            String(label),
                            () => {
                                (runs[name] || run)(this.seat);
                            },
                            {
                                hotkey: hotkeyOf(name) || undefined,
                                global: true,
                                isAvailable: available[name] || (() => isAvailable(this.seat)),
                                hotkeyOptions: { bypassEditableProtection: true },
                            }
                        )
                );
                return () => remove.forEach((undo) => undo());
            },
            () => [JSON.stringify(this.seat.panel.shortcuts)]
        );
    }

    /** Both would lie over a dialog. */
    makeRoom() {
        this.dropdown.close();
        this.seat.isCardFolded = true;
    }

    openCallbacks() {
        this.dropdown.close();
        this.action.doAction("gb_callcenter.gb_callback_action");
    }

    openShortcuts() {
        this.makeRoom();
        this.dialog.add(ShortcutDialog);
    }

    get togglerLabel() {
        const { seat, stateInfo } = this.seat;
        return seat
            ? _t("Seat %(name)s: %(state)s", { name: seat.name, state: String(stateInfo.label) })
            : _t("Seat: %(state)s", { state: String(stateInfo.label) });
    }

    /** Timers of calls count the call, all others the state. */
    get since() {
        const { call, seat } = this.seat;
        if (call && call.state !== "ended") {
            return call.answered_at || call.ring_at || call.offered_at;
        }
        return seat ? seat.state_since : false;
    }

    get chosenSeatId() {
        const { seats } = this.seat.panel;
        const wanted = this.state.seatId || Number(browser.localStorage.getItem(LAST_SEAT));
        return (seats.find((seat) => seat.id === wanted) || seats[0])?.id;
    }

    get pauseReasons() {
        const current = this.seat.seat.pause_reason;
        return this.seat.panel.pause_reasons.filter(
            (reason) => this.seat.seat.state !== "paused" || !current || reason.id !== current.id
        );
    }

    onSeatChange(ev) {
        this.state.seatId = Number(ev.target.value);
    }

    async signIn() {
        const seatId = this.chosenSeatId;
        if (await this.seat.signIn(seatId)) {
            browser.localStorage.setItem(LAST_SEAT, seatId);
        }
    }

    async dial() {
        const number = this.state.number.trim();
        if (number && (await this.seat.dial(number))) {
            this.state.number = "";
            this.dropdown.close();
        }
    }

    async simulate() {
        if (await this.seat.simulateCall(this.state.simulatedNumber.trim())) {
            this.dropdown.close();
        }
    }

    unfold() {
        this.seat.isCardFolded = false;
        this.dropdown.close();
    }
}

registry
    .category("systray")
    .add("gb_callcenter.SeatPanel", { Component: SeatPanel }, { sequence: 90 });
