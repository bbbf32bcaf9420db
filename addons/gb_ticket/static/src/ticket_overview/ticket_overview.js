import { Component, onWillStart, onWillUnmount, useExternalListener, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const REFRESH = 60000;
const SECTIONS = {
    mine: _t("For me and my department"),
    process: _t("On the way"),
    deadline: _t("Deadlines and decisions"),
};

/** What waits for me: a tile for each list, with what is in it now. */
export class TicketOverview extends Component {
    static template = "gb_ticket.Overview";
    static components = { Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Overview");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ tiles: [], canCreate: false });
        onWillStart(async () => {
            [this.state.canCreate] = await Promise.all([
                user.checkAccessRight("gb.ticket", "create"),
                this.load(),
            ]);
        });
        const timer = setInterval(() => this.refresh(), REFRESH);
        onWillUnmount(() => clearInterval(timer));
        useExternalListener(document, "visibilitychange", () => this.refresh());
    }

    async load() {
        this.state.tiles = await this.orm.silent.call("gb.ticket", "get_counters");
    }

    refresh() {
        if (document.visibilityState === "visible") {
            this.load();
        }
    }

    get sections() {
        return Object.entries(SECTIONS)
            .map(([name, label]) => ({
                name,
                label,
                tiles: this.state.tiles.filter((tile) => tile.section === name),
            }))
            .filter((section) => section.tiles.length);
    }

    getCount({ count, is_capped }) {
        return is_capped ? `${count}+` : `${count}`;
    }

    open(tile) {
        return this.action.doAction(tile.action);
    }

    create() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "gb.ticket",
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("gb_ticket_overview", TicketOverview);
