import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { customer360Cards } from "@gb_callcenter/customer_360/customer_360_cards";

/** A new work order from the customer's overview: of the call under way, if there is one. */
export class NewTicket extends Component {
    static template = "gb_ticket.NewTicket";
    static props = { customer: Object, callId: [Number, Boolean], reload: Function };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({ isOpening: false });
    }

    async open() {
        const { customer, callId } = this.props;
        this.state.isOpening = true;
        try {
            await this.action.doAction(
                callId
                    ? await this.orm.call("gb.call", "action_gb_create_ticket", [[callId]])
                    : {
                          type: "ir.actions.act_window",
                          name: _t("New work order"),
                          res_model: "gb.ticket",
                          views: [[false, "form"]],
                          context: { default_partner_id: customer.id },
                      }
            );
        } finally {
            this.state.isOpening = false;
        }
    }
}

customer360Cards.add(
    "gb_ticket.new_ticket",
    {
        Component: NewTicket,
        label: _t("Work order"),
        place: "action",
        isDisplayed: (customer) => customer.can_create_ticket,
    },
    { sequence: 10 }
);
