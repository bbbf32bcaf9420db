import { Component, onWillUnmount, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Shows how the import goes on: loads the form's record again whenever the server has finished a batch of it. */
export class ImportWatch extends Component {
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
        bus.subscribe("gb_callcenter.import", follow);
        onWillUnmount(() => bus.unsubscribe("gb_callcenter.import", follow));
    }
}

registry.category("view_widgets").add("gb_import_watch", { component: ImportWatch });
