import { Component, onWillStart } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ACTOR_ICONS = { user: "fa-user", customer: "fa-comment", system: "fa-cog" };

/** Minutes of working time as words. */
export function formatMinutes(minutes) {
    const whole = Math.round(minutes);
    if (whole < 1) {
        return _t("less than a minute");
    }
    const hours = Math.floor(whole / 60);
    if (!hours) {
        return _t("%s min", whole);
    }
    return whole % 60
        ? _t("%(hours)s h %(minutes)s min", { hours, minutes: whole % 60 })
        : _t("%s h", hours);
}

/** The history of a work order: who moved it where and when, why, how long it stayed, and what was recorded. */
export class TicketTimeline extends Component {
    static template = "gb_ticket.TicketTimeline";
    static props = { ...standardFieldProps };

    setup() {
        this.field = useService("field");
        onWillStart(async () => {
            this.fields = await this.field.loadFields("gb.ticket");
        });
    }

    get steps() {
        return this.props.record.data[this.props.name].records.map(({ resId, data }) => ({
            id: resId,
            state: data.state_id?.display_name || "",
            from: data.from_state_id?.display_name || "",
            move: data.transition_id?.display_name || "",
            icon: ACTOR_ICONS[data.actor],
            actor: this.getActor(data),
            at: formatDateTime(data.started_at),
            isOpen: !data.ended_at,
            duration: data.ended_at
                ? formatMinutes(data.minutes)
                : _t("since %s", data.started_at.toRelative()),
            department: data.department_id?.display_name || "",
            handler: data.user_id?.display_name || "",
            note: data.note || "",
            cycle: data.cycle,
            level: data.level,
            details: Object.entries(data.details || {})
                .filter(([, value]) => value)
                .map(([name, value]) => ({
                    name,
                    label: this.fields[name]?.string || name,
                    value,
                })),
        }));
    }

    getActor({ actor, actor_id }) {
        if (actor === "customer") {
            return _t("Customer");
        }
        return actor_id?.display_name || _t("System");
    }
}

registry.category("fields").add("gb_ticket_timeline", {
    component: TicketTimeline,
    supportedTypes: ["one2many"],
    useSubView: true,
});
