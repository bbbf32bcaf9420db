import { _t } from "@web/core/l10n/translation";

import { openCustomer360 } from "../customer_360/open_customer_360";
import { checkIdentityOfCaller } from "../identity_check/identity_of_caller";

/**
 * Keyboard shortcuts of the seat. They work everywhere in the web client, also while a field or a dialog has
 * the focus, and are listed in the command palette (Ctrl+K). The letters are free in Odoo's own screens; on a
 * Mac the Control key replaces Alt. `isAvailable` and `run` get the seat service.
 *
 * In the wrap-up form, outside of the note: 1 … 9 choose the disposition. In the note: Ctrl+Enter saves and
 * makes ready.
 */
export const SHORTCUTS = {
    panel: { hotkey: "alt+o", label: _t("Seat: open or close the panel") },
    card: { hotkey: "alt+g", label: _t("Seat: go to the call card, or fold it") },
    overview: {
        hotkey: "alt+t",
        label: _t("Seat: overview of the customer on the line"),
        isAvailable: (seat) => Boolean((seat.call || seat.panel.wrap[0])?.partner),
        run: ({ env, call, panel }) => {
            const { id, partner } = call || panel.wrap[0];
            openCustomer360(env.services.action, { partnerId: partner.id, callId: id });
        },
    },
    answer: {
        hotkey: "alt+y",
        label: _t("Seat: answer the call"),
        isAvailable: (seat) => seat.canCommand("answer"),
        run: (seat) => seat.command("answer"),
    },
    hangup: {
        hotkey: "alt+e",
        label: _t("Seat: hang up or refuse the call"),
        isAvailable: (seat) => seat.canCommand("hangup"),
        run: (seat) => seat.command("hangup"),
    },
    hold: {
        hotkey: "alt+l",
        label: _t("Seat: hold or resume the call"),
        isAvailable: (seat) => seat.canCommand("hold") || seat.canCommand("unhold"),
        run: (seat) => seat.command(seat.canCommand("hold") ? "hold" : "unhold"),
    },
    mute: {
        hotkey: "alt+i",
        label: _t("Seat: mute or unmute the microphone"),
        isAvailable: (seat) => seat.canCommand("mute") || seat.canCommand("unmute"),
        run: (seat) => seat.command(seat.canCommand("mute") ? "mute" : "unmute"),
    },
    identity: {
        hotkey: "alt+f",
        label: _t("Seat: check who the caller is"),
        isAvailable: (seat) => Boolean((seat.call || seat.panel.wrap[0])?.partner),
        run: (seat) => checkIdentityOfCaller(seat, seat.call || seat.panel.wrap[0]),
    },
    ready: {
        hotkey: "alt+r",
        label: _t("Seat: ready for calls"),
        isAvailable: (seat) => seat.canReady,
        run: (seat) => seat.ready(),
    },
};

/**
 * @param {string} title
 * @param {keyof SHORTCUTS} name
 * @returns {string} the title with the keys behind it, for tooltips
 */
export function withKeys(title, name) {
    const keys = SHORTCUTS[name].hotkey
        .split("+")
        .map((key) => key[0].toUpperCase() + key.slice(1))
        .join("+");
    return `${title} (${keys})`;
}
