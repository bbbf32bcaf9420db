import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** Back to the customer who is being called, from anywhere: Alt+K. */
export const campaignDeskService = {
    dependencies: ["action", "command", "gb_callcenter.seat"],
    start(env, { action, command, "gb_callcenter.seat": seat }) {
        function open() {
            return action.doAction("gb_campaign.gb_campaign_desk_action", {
                clearBreadcrumbs: true,
            });
        }
        command.add(String(_t("Calling: the customer of the campaign")), open, {
            hotkey: "alt+k",
            global: true,
            isAvailable: () => seat.isAgent,
            hotkeyOptions: { bypassEditableProtection: true },
        });
        return { open };
    },
};

registry.category("services").add("gb_campaign.desk", campaignDeskService);
