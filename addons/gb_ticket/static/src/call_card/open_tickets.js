import { Component, useState } from "@odoo/owl";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { useService } from "@web/core/utils/hooks";
import { callCardSections } from "@gb_callcenter/call_card/call_card_sections";

/** The customer's open work orders on the call card, and the way to a new one. */
export class OpenTickets extends Component {
    static template = "gb_ticket.OpenTickets";
    static props = { card: Object };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({ isOpening: false });
    }

    get tickets() {
        return this.props.card.tickets;
    }

    dueText(ticket) {
        return ticket.due_at ? toLocaleDateTimeString(deserializeDateTime(ticket.due_at)) : "";
    }

    open(ticket) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "gb.ticket",
            res_id: ticket.id,
            views: [[false, "form"]],
        });
    }

    async create() {
        this.state.isOpening = true;
        try {
            const { id } = this.props.card;
            await this.action.doAction(
                await this.orm.call("gb.call", "action_gb_create_ticket", [[id]])
            );
        } finally {
            this.state.isOpening = false;
        }
    }
}

callCardSections.add(
    "gb_ticket.open_tickets",
    { Component: OpenTickets, isDisplayed: (card) => Boolean(card.tickets) },
    { sequence: 10 }
);
