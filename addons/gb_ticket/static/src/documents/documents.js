import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * The documents that a work order has brought about, with their state, also for those who may not open them.
 *
 *     <field name="documents" widget="gb_documents"/>
 */
export class Documents extends Component {
    static template = "gb_ticket.Documents";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    open(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: row.model,
            res_id: row.id,
            views: [[false, "form"]],
        });
    }
}

export const documents = {
    component: Documents,
    displayName: _t("Documents of a work order"),
    supportedTypes: ["json"],
};

registry.category("fields").add("gb_documents", documents);
