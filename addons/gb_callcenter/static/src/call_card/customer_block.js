import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { RecordAutocomplete } from "@web/core/record_selectors/record_autocomplete";
import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

import { openCustomer360 } from "../customer_360/open_customer_360";
import { withKeys } from "../seat/shortcuts";

/** Who is calling: the customer, the choice between several, or how to find or create one. */
export class CustomerBlock extends Component {
    static template = "gb_callcenter.CustomerBlock";
    static components = { RecordAutocomplete };
    static props = { card: Object };

    setup() {
        this.seat = useState(useService("gb_callcenter.seat"));
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.state = useState({ isChanging: false });
        this.withKeys = withKeys;
    }

    get isChosen() {
        return this.props.card.partner && !this.state.isChanging;
    }

    get hint() {
        const { card } = this.props;
        if (card.partner) {
            return _t("Choose the customer who is really calling.");
        }
        switch (card.number_state) {
            case "ambiguous":
                return _t("Several customers have this number. Ask who is calling, then choose.");
            case "withheld":
                return _t("The caller hides the number. Ask for the name or the member number.");
            case "invalid":
                return _t("No customer can be found by this number. Ask for the name.");
        }
        return _t("No customer has this number yet.");
    }

    get keepLabel() {
        return _t("Keep %(name)s", { name: this.props.card.partner.name });
    }

    details(customer) {
        return [customer.city, customer.phone, customer.email].filter(Boolean).join(" · ");
    }

    async choose(partnerId) {
        if (partnerId && (await this.seat.setPartner(this.props.card.id, partnerId))) {
            this.state.isChanging = false;
        }
    }

    open() {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: this.props.card.partner.id,
            views: [[false, "form"]],
        });
    }

    openOverview() {
        const { id, partner } = this.props.card;
        this.seat.isCardFolded = true;
        return openCustomer360(this.action, { partnerId: partner.id, callId: id });
    }

    create() {
        const { id, number, e164, number_state: numberState } = this.props.card;
        // The card lies over dialogs, so that a call can be answered from within one; here it would be in the way.
        this.seat.isCardFolded = true;
        this.dialog.add(
            FormViewDialog,
            {
                resModel: "res.partner",
                title: _t("Create customer"),
                context: {
                    gb_call_id: id, // whose number it is, also where it is hidden
                    default_phone: numberState === "withheld" ? false : e164 || number || false,
                },
                canExpand: false,
                onRecordSaved: (record) => this.seat.setPartner(id, record.resId),
            },
            { onClose: () => (this.seat.isCardFolded = false) }
        );
    }
}
