import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const HEIGHT = 120;
const STEP = 24;

/**
 * Calls by quarters of an hour after the start of a broadcast, beside the mean of its advertisement's other broadcasts.
 * The value is a list of {minute, calls, answered, mean}.
 */
export class ResponseCurve extends Component {
    static template = "gb_campaign.ResponseCurve";
    static props = { ...standardFieldProps };

    setup() {
        this.height = HEIGHT;
        this.step = STEP;
    }

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    get width() {
        return Math.max(this.rows.length * STEP, STEP);
    }

    get top() {
        return Math.max(1, ...this.rows.map((row) => Math.max(row.calls, row.mean)));
    }

    get bars() {
        return this.rows.map((row, index) => ({
            ...row,
            x: index * STEP,
            callsHeight: (row.calls / this.top) * HEIGHT,
            answeredHeight: (row.answered / this.top) * HEIGHT,
            title: _t("Minute %(minute)s: %(calls)s calls, %(answered)s answered", row),
        }));
    }

    get line() {
        return this.rows
            .map(
                (row, index) =>
                    `${index * STEP + STEP / 2},${HEIGHT - (row.mean / this.top) * HEIGHT}`
            )
            .join(" ");
    }

    get hasMean() {
        return this.rows.some((row) => row.mean);
    }
}

registry.category("fields").add("gb_response_curve", {
    component: ResponseCurve,
    displayName: _t("Responses after a broadcast"),
    supportedTypes: ["json"],
});
