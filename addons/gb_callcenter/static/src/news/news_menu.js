import { Component, markup, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

/** The agent's news in the systray: how many are unread, their text, and the button that says "I have read it". */
export class NewsMenu extends Component {
    static template = "gb_callcenter.NewsMenu";
    static components = { Dropdown };
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dropdown = useDropdownState();
        this.state = useState({ isAgent: false, unread: 0, news: [], openId: false });
        const bus = useService("bus_service");
        const reload = () => this.load();
        bus.subscribe("gb_callcenter.news", reload);
        onWillUnmount(() => bus.unsubscribe("gb_callcenter.news", reload));
        onWillStart(() => {
            this.load(); // not waited for: the web client does not start later because of us
        });
    }

    async load() {
        if (!(await user.hasGroup("gb_callcenter.group_gb_agent"))) {
            return;
        }
        this.state.isAgent = true;
        this.show(await this.orm.silent.call("gb.news", "get_mine", []));
    }

    show({ unread, news }) {
        Object.assign(this.state, { unread, news });
        const urgent = news.find((one) => one.must_confirm && !one.is_read);
        if (urgent && !this.dropdown.isOpen) {
            this.state.openId = urgent.id;
            this.dropdown.open();
        }
    }

    toggle(one) {
        this.state.openId = this.state.openId === one.id ? false : one.id;
        if (!one.must_confirm && !one.is_read) {
            this.confirm(one);
        }
    }

    async confirm(one) {
        this.show(await this.orm.silent.call("gb.news", "confirm_read", [[one.id]]));
    }

    openArticle(one) {
        this.dropdown.close();
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "gb.article",
            res_id: one.article_id,
            views: [[false, "form"]],
        });
    }

    bodyOf(one) {
        // sanitised by the server when it was written
        return markup(one.body);
    }

    formatAt(one) {
        return toLocaleDateTimeString(deserializeDateTime(one.published_at));
    }
}

registry
    .category("systray")
    .add("gb_callcenter.NewsMenu", { Component: NewsMenu }, { sequence: 48 });
