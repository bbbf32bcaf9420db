import { Component, onMounted, onWillUnmount, reactive, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const MINUTE = 60_000;
const WARNING_SHARE = 0.25;

// one timer for all deadlines on the screen
const clock = reactive({ now: 0 });
let users = 0;
let timer;

function useMinutes() {
    const now = Date.now();
    if (Math.abs(now - clock.now) > 1000) {
        clock.now = now;
    }
    onMounted(() => {
        if (!users++) {
            timer = browser.setInterval(() => (clock.now = Date.now()), MINUTE);
        }
    });
    onWillUnmount(() => {
        if (!--users) {
            browser.clearInterval(timer);
        }
    });
    return useState(clock);
}

/** Whole minutes as text: the two largest units. */
export function formatMinutes(minutes) {
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor((minutes % 1440) / 60);
    const rest = minutes % 60;
    if (days) {
        return hours ? _t("%(days)s d %(hours)s h", { days, hours }) : _t("%(days)s d", { days });
    }
    if (hours) {
        return rest
            ? _t("%(hours)s h %(minutes)s min", { hours, minutes: rest })
            : _t("%(hours)s h", { hours });
    }
    return _t("%(minutes)s min", { minutes: rest });
}

/**
 * The time that is left until a due time: green, amber when little is left, red when it is over; it ticks once a
 * minute. Options: ``start_field`` (amber in the last quarter between that time and the due time),
 * ``warning_minutes`` (amber below so many minutes, 120, where there is no start), ``open_field`` (a boolean field:
 * while it is false the due time is shown as it is, without colour).
 */
export class DeadlineField extends Component {
    static template = "gb_ticket.DeadlineField";
    static props = {
        ...standardFieldProps,
        startField: { type: String, optional: true },
        openField: { type: String, optional: true },
        warningMinutes: { type: Number, optional: true },
    };
    static defaultProps = { warningMinutes: 120 };

    setup() {
        this.clock = useMinutes();
    }

    get due() {
        return this.props.record.data[this.props.name];
    }

    get isOver() {
        return this.due.toMillis() <= this.clock.now;
    }

    get isEnded() {
        return Boolean(this.props.openField) && !this.props.record.data[this.props.openField];
    }

    /** minutes left, or since the due time */
    get minutes() {
        const left = this.due.toMillis() - this.clock.now;
        return left > 0 ? Math.ceil(left / MINUTE) : Math.floor(-left / MINUTE);
    }

    get isShort() {
        const start = this.props.startField && this.props.record.data[this.props.startField];
        if (!start) {
            return this.minutes <= this.props.warningMinutes;
        }
        const whole = this.due.toMillis() - start.toMillis();
        return this.due.toMillis() - this.clock.now <= whole * WARNING_SHARE;
    }

    get text() {
        if (this.isEnded) {
            return this.date;
        }
        if (!this.isOver) {
            return _t("%(time)s left", { time: formatMinutes(this.minutes) });
        }
        return this.minutes
            ? _t("overdue by %(time)s", { time: formatMinutes(this.minutes) })
            : _t("due now");
    }

    get date() {
        return formatDateTime(this.due, { showSeconds: false });
    }

    get tone() {
        if (this.isEnded) {
            return "text-muted";
        }
        if (this.isOver) {
            return "text-danger fw-bold";
        }
        return this.isShort ? "text-warning" : "text-success";
    }
}

export const deadlineField = {
    component: DeadlineField,
    displayName: _t("Remaining time"),
    supportedTypes: ["datetime"],
    supportedOptions: [
        {
            label: _t("Start"),
            name: "start_field",
            type: "field",
            availableTypes: ["datetime"],
        },
        { label: _t("Still open"), name: "open_field", type: "field", availableTypes: ["boolean"] },
        { label: _t("Amber below (minutes)"), name: "warning_minutes", type: "number" },
    ],
    fieldDependencies: ({ options }) => [
        ...(options.start_field ? [{ name: options.start_field, type: "datetime" }] : []),
        ...(options.open_field ? [{ name: options.open_field, type: "boolean" }] : []),
    ],
    extractProps: ({ options }) => ({
        startField: options.start_field,
        openField: options.open_field,
        warningMinutes: options.warning_minutes,
    }),
};

registry.category("fields").add("gb_deadline", deadlineField);
