import { _t } from "@web/core/l10n/translation";

/**
 * Words, icons and colours of states. Always show the word beside the colour, or as aria-label.
 */
export const SEAT_STATES = {
    signed_out: { label: _t("Signed out"), icon: "fa-power-off", color: "secondary" },
    ready: { label: _t("Ready"), icon: "fa-headphones", color: "success" },
    ringing: { label: _t("Ringing"), icon: "fa-bell", color: "info" },
    on_call: { label: _t("On call"), icon: "fa-phone", color: "danger" },
    wrap_up: { label: _t("After-call work"), icon: "fa-pencil-square-o", color: "warning" },
    paused: { label: _t("Paused"), icon: "fa-pause-circle", color: "secondary" },
};

export const CALL_STATES = {
    ringing: { label: _t("Ringing"), icon: "fa-bell", color: "info" },
    talking: { label: _t("Talking"), icon: "fa-phone", color: "success" },
    held: { label: _t("On hold"), icon: "fa-pause", color: "warning" },
    ended: { label: _t("Ended"), icon: "fa-check", color: "secondary" },
};

export const DIRECTIONS = {
    inbound: { label: _t("Inbound"), icon: "fa-arrow-down" },
    outbound: { label: _t("Outbound"), icon: "fa-arrow-up" },
    internal: { label: _t("Internal"), icon: "fa-arrows-h" },
};

export const CALL_RESULTS = {
    answered: _t("Answered"),
    abandoned: _t("Abandoned in queue"),
    ivr_only: _t("Ended in the menu"),
    not_served: _t("Nobody available"),
    refused: _t("Turned away"),
    no_answer: _t("No answer"),
    busy: _t("Busy"),
    failed: _t("Failed"),
};

/** Sentences of several templates, or too long for one line of a template. */
export const TEXTS = {
    offline: _t(
        "No connection to the server. What is shown may be out of date; your calls go on at the phone."
    ),
    unreachable: _t(
        "Your phone cannot be reached, so no call can ring. Switch it on and check its network."
    ),
    noSeat: _t(
        "There is no seat for you. Ask your team lead to assign one to you, or to free the seat that you share."
    ),
};

/**
 * @param {{color: string}} info one of the states above
 * @returns {string} class of a text or icon on the ordinary background
 */
export function textClass({ color }) {
    return color === "secondary" ? "text-muted" : `text-${color}`;
}

/**
 * @param {string|false} result code, or a text that the server has translated already
 * @returns {string}
 */
export function resultLabel(result) {
    return String(CALL_RESULTS[result] || result || "");
}

/**
 * @param {number} seconds
 * @returns {string} m:ss below an hour, h:mm:ss above; never negative
 */
export function formatSeconds(seconds) {
    const total = Math.max(0, Math.floor(seconds || 0));
    const pad = (value) => String(value).padStart(2, "0");
    const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
    return h ? `${h}:${pad(m)}:${pad(s)}` : `${pad(m)}:${pad(s)}`;
}
