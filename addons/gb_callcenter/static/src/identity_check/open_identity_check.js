import { IdentityCheck } from "./identity_check";

/**
 * Opens the identity check of a customer; the server decides and records, the screen that has asked reloads.
 *
 *     openIdentityCheck(this.dialog, { partnerId, callId, onDone: () => this.load() });
 *
 * @param {Object} dialog the dialog service, or an environment that has it
 * @param {Object} params
 * @param {number} params.partnerId
 * @param {number|false} [params.callId] the call in which the customer is asked
 * @param {function(): void} [params.onDone] called once, when the check has been passed or gone round with a reason
 * @param {function(): void} [params.onClose] called when the dialog closes, in any case
 * @returns {function(): void} closes the dialog
 */
export function openIdentityCheck(dialog, { partnerId, callId = false, onDone, onClose }) {
    const service = dialog.services ? dialog.services.dialog : dialog;
    return service.add(
        IdentityCheck,
        { partnerId, callId: callId || false, onDone: onDone || (() => {}) },
        { onClose }
    );
}
