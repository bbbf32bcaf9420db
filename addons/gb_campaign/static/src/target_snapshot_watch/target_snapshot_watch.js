import { Component, onWillUnmount, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Shows how the drawing goes on: loads the form's record again whenever the server has got on with it. */
export class TargetSnapshotWatch extends Component {
    static template = xml``;
    static props = { ...standardWidgetProps };

    setup() {
        const bus = useService("bus_service");
        const follow = ({ id }) => {
            const { record } = this.props;
            if (id === record.resId && !record.dirty) {
                record.load();
            }
        };
        bus.subscribe("gb_campaign.snapshot", follow);
        onWillUnmount(() => bus.unsubscribe("gb_campaign.snapshot", follow));
    }
}

registry
    .category("view_widgets")
    .add("gb_target_snapshot_watch", { component: TargetSnapshotWatch });
