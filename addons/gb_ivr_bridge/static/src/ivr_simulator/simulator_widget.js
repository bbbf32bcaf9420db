import { Component, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { IvrSimulator } from "./ivr_simulator";

/** The simulator in a flow's form: of its draft, or of what callers hear. */
export class SimulatorWidget extends Component {
    static template = xml`
        <div class="o_gb_simulator_widget border rounded overflow-hidden">
            <IvrSimulator t-if="versionId" versionId="versionId" t-key="versionId"/>
        </div>`;
    static components = { IvrSimulator };
    static props = { ...standardWidgetProps };

    get versionId() {
        const { draft_id: draft, published_id: published } = this.props.record.data;
        return (draft || published)?.id || 0;
    }
}

registry.category("view_widgets").add("gb_ivr_simulator", {
    component: SimulatorWidget,
    fieldDependencies: [
        { name: "draft_id", type: "many2one", relation: "gb.ivr.version" },
        { name: "published_id", type: "many2one", relation: "gb.ivr.version" },
    ],
});
