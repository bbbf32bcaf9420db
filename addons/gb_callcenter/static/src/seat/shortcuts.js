import { _t } from "@web/core/l10n/translation";

import { openCustomer360 } from "../customer_360/open_customer_360";
import { checkIdentityOfCaller } from "../identity_check/identity_of_caller";
import { formatKeys, keysOf } from "./shortcut_keys";

/**
 * Keyboard shortcuts of the seat; `hotkey` is the default, each agent may choose others (shortcut_keys.js). They work everywhere in the web client, also while a field or a dialog has
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
    complete: {
        hotkey: "alt+shift+e",
        label: _t("Seat: complete the transfer to the colleague who was asked"),
        isAvailable: (seat) => seat.canCommand("complete"),
        run: (seat) => seat.command("complete"),
    },
    swap: {
        hotkey: "alt+shift+s",
        label: _t("Seat: change between customer and colleague"),
        isAvailable: (seat) => seat.canCommand("swap"),
        run: (seat) => seat.command("swap"),
    },
    record: {
        hotkey: "",
        label: _t("Seat: stop or resume the recording"),
        isAvailable: (seat) => seat.canCommand("record_off") || seat.canCommand("record_on"),
        run: (seat) => seat.command(seat.canCommand("record_off") ? "record_off" : "record_on"),
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
 * @param {keyof SHORTCUTS} name
 * @returns {string} its keys now, "" when the agent wants none
 */
export function hotkeyOf(name) {
    return keysOf(name, SHORTCUTS[name].hotkey);
}

/**
 * @param {string} title
 * @param {keyof SHORTCUTS} name
 * @returns {string} the title with the keys behind it, for tooltips
 */
export function withKeys(title, name) {
    const hotkey = hotkeyOf(name);
    return hotkey ? `${title} (${formatKeys(hotkey)})` : title;
}
