import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** Opens the order desk from anywhere; Alt+W opens it for the customer on the line. */
export const orderDeskService = {
    dependencies: ["action", "command", "gb_callcenter.seat"],
    start(env, { action, command, "gb_callcenter.seat": seat }) {
        /**
         * @param {{partnerId?: number, callId?: number, orderId?: number, productId?: number}} params
         */
        function open({ partnerId, callId, orderId, productId } = {}) {
            // the card lies over the cart; its shortcuts work on
            seat.isCardFolded = true;
            return action.doAction("gb_callcenter.gb_order_desk_action", {
                additionalContext: {
                    params: {
                        partner_id: partnerId || false,
                        call_id: callId || false,
                        order_id: orderId || false,
                        product_id: productId || false,
                    },
                },
                stackPosition:
                    action.currentController?.action?.tag === "gb_callcenter.order_desk"
                        ? "replaceCurrentAction"
                        : undefined,
            });
        }
        function openForCall() {
            const card = seat.call || seat.panel.wrap[0];
            return open(card ? { partnerId: card.partner?.id, callId: card.id } : {});
        }
        command.add(String(_t("Order desk: sell to the customer on the line")), openForCall, {
            hotkey: "alt+w",
            global: true,
            isAvailable: () => seat.isAgent,
            hotkeyOptions: { bypassEditableProtection: true },
        });
        return { open, openForCall };
    },
};

registry.category("services").add("gb_callcenter.order_desk", orderDeskService);
