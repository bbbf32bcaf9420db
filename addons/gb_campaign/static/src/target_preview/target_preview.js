import { Component, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { formatInteger } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const DELAY = 400;

/** How many customers the target group in the form has, and some of them; counted again after each change. */
export class TargetPreview extends Component {
    static template = "gb_campaign.TargetPreview";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ isCounting: true, error: "", preview: null });
        useRecordObserver((record) => {
            this.getWatched(record);
            browser.clearTimeout(this.timer);
            this.timer = browser.setTimeout(() => this.count(record), DELAY);
        });
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    /** What the size depends on; reading it makes the observer follow it. */
    getWatched({ data, resId }) {
        return [
            resId,
            data.match,
            data.company_id,
            data.exclude_do_not_call,
            data.exclude_blacklisted,
            data.exclude_complaint,
            data.exclude_contacted_days,
            data.pressure_count,
            data.pressure_days,
            ...data.condition_ids.records.map((line) => [line.resId, line.data.summary]),
        ];
    }

    async count(record) {
        this.state.isCounting = true;
        try {
            const changes = await record.getChanges();
            const isChanged = !record.resId || Object.keys(changes).length;
            const preview = await this.keepLast.add(
                this.orm.silent.call("gb.target.group", "get_preview", [
                    record.resId ? [record.resId] : [],
                    isChanged ? changes : null,
                ])
            );
            Object.assign(this.state, { preview, error: "" });
        } catch (error) {
            this.state.error = error.data?.message || error.message;
        }
        this.state.isCounting = false;
    }

    get size() {
        return formatInteger(this.state.preview.size);
    }

    open(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("gb_target_preview", { component: TargetPreview });
