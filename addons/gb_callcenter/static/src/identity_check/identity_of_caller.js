import { openIdentityCheck } from "./open_identity_check";

/**
 * Opens the identity check of the customer on a call card. The card lies over dialogs, so it is folded meanwhile.
 *
 * @param {Object} seat the seat service
 * @param {Object} card
 */
export function checkIdentityOfCaller(seat, card) {
    const wasFolded = seat.isCardFolded;
    seat.isCardFolded = true;
    openIdentityCheck(seat.env, {
        partnerId: card.partner.id,
        callId: card.id,
        onDone: () => seat.refresh(),
        onClose: () => (seat.isCardFolded = wasFolded),
    });
}
