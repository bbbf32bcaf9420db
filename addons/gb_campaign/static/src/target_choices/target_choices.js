import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Several of a few values: a text of keys, separated by commas, shown as buttons that stay pressed. The values on offer
 * are in the record's field `choices`, a list of [key, label]. */
export class TargetChoices extends Component {
    static template = "gb_campaign.TargetChoices";
    static props = { ...standardFieldProps };

    get chosen() {
        return (this.props.record.data[this.props.name] || "").split(",").filter(Boolean);
    }

    get choices() {
        const chosen = this.chosen;
        return (this.props.record.data.choices || []).map(([key, label]) => ({
            key,
            label,
            isChosen: chosen.includes(key),
        }));
    }

    toggle(key) {
        const chosen = new Set(this.chosen);
        if (!chosen.delete(key)) {
            chosen.add(key);
        }
        // in the order in which they are shown; keys of another kind go
        const keys = this.choices.map((choice) => choice.key).filter((key) => chosen.has(key));
        this.props.record.update({ [this.props.name]: keys.join(",") || false });
    }
}

registry.category("fields").add("gb_target_choices", {
    component: TargetChoices,
    supportedTypes: ["char"],
    fieldDependencies: [{ name: "choices", type: "json", readonly: true }],
});
