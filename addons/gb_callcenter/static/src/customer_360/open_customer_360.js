import { _t } from "@web/core/l10n/translation";

/**
 * Shows the overview of a customer.
 *
 * @param {Object} action the action service
 * @param {{ partnerId: number, callId?: number|false }} params
 */
export function openCustomer360(action, { partnerId, callId = false }) {
    return action.doAction({
        type: "ir.actions.client",
        tag: "gb_callcenter.customer_360",
        name: _t("Customer 360"),
        path: "customer-360",
        params: { partner_id: partnerId, call_id: callId },
    });
}
