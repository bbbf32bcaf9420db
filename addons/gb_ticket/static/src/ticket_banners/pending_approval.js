import { Component, useState } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Says what waits for a superior; who may decide does so here. */
export class PendingApproval extends Component {
    static template = "gb_ticket.PendingApproval";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ isRefusing: false, isBusy: false, note: "" });
    }

    get approval() {
        return this.props.record.data.pending_approval;
    }

    get title() {
        return [this.approval.title, this.approval.amount].filter(Boolean).join(" · ");
    }

    get askedAt() {
        return deserializeDateTime(this.approval.asked_at).toRelative();
    }

    get newDueAt() {
        return (
            this.approval.new_due_at &&
            formatDateTime(deserializeDateTime(this.approval.new_due_at))
        );
    }

    async onDecide(method) {
        const { id } = this.approval;
        this.state.isBusy = true;
        try {
            if (!(await this.props.record.save())) {
                return;
            }
            await this.orm.call("gb.ticket.approval", method, [[id]], {
                note: this.state.note.trim() || false,
            });
            Object.assign(this.state, { isRefusing: false, note: "" });
        } finally {
            this.state.isBusy = false;
            await this.props.record.load();
        }
    }
}

export const pendingApproval = {
    component: PendingApproval,
    fieldDependencies: [{ name: "pending_approval", type: "json" }],
};

registry.category("view_widgets").add("gb_ticket_pending_approval", pendingApproval);
