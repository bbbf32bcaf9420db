import { Store } from "@mail/core/common/store_service";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";

patch(Store.prototype, {
    setup() {
        super.setup(...arguments);
        this.gb_can_create_ticket = false;
    },
});

registry.category("discuss.channel_commands").add("ticket", {
    condition: ({ store }) => store.gb_can_create_ticket,
    help: _t("Create a work order (/ticket subject)"),
    methodName: "execute_command_ticket",
});
