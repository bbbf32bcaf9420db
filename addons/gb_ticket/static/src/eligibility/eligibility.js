import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * What the customer may ask for, and why: one line for each remedy, as `gb.ticket._get_eligibility()` returns it.
 *
 *     <field name="eligibility" widget="gb_eligibility"/>
 */
export class Eligibility extends Component {
    static template = "gb_ticket.Eligibility";
    static props = { ...standardFieldProps };

    get rows() {
        return (this.props.record.data[this.props.name] || []).map((row) => ({
            ...row,
            icon: row.allowed ? "fa-check-circle text-success" : "fa-times-circle text-danger",
            answer: row.allowed ? _t("Possible") : _t("Not possible"),
        }));
    }
}

export const eligibility = {
    component: Eligibility,
    displayName: _t("Eligibility"),
    supportedTypes: ["json"],
};

registry.category("fields").add("gb_eligibility", eligibility);
