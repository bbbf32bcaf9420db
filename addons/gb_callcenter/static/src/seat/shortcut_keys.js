/** Keys of the seat's shortcuts as the agent has chosen them, by name; "" means none. */
const chosen = {};

/** Keys that may be chosen: what browsers and Odoo leave to us, with Alt alone or with Shift. */
export const CHOOSABLE = /^alt\+(shift\+)?[a-z0-9]$/;

/**
 * @param {Object<string, string>|false} shortcuts name → keys that differ from the defaults
 */
export function applyShortcuts(shortcuts) {
    for (const name of Object.keys(chosen)) {
        delete chosen[name];
    }
    Object.assign(chosen, shortcuts || {});
}

/**
 * @param {string} name
 * @param {string} byDefault
 * @returns {string} keys as Odoo's hotkey service writes them, "" for none
 */
export function keysOf(name, byDefault) {
    return chosen[name] ?? byDefault;
}

/**
 * @param {string} hotkey
 * @returns {string} as people write it: Alt+Shift+X
 */
export function formatKeys(hotkey) {
    return hotkey
        .split("+")
        .map((key) => key.charAt(0).toUpperCase() + key.slice(1))
        .join("+");
}
