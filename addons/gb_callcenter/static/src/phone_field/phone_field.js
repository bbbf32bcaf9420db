import { Component, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { PhoneField } from "@web/views/fields/phone/phone_field";

import { isMasked } from "../seat/seat_service";

/** Calls the number of a phone field through the seat; only there while the agent could dial. */
export class DialButton extends Component {
    static template = "gb_callcenter.DialButton";
    static props = { number: String, record: { type: Object, optional: true } };

    setup() {
        this.seat = useState(useService("gb_callcenter.seat"));
    }

    /** A number that is hidden can be called once its record is stored. */
    get canDial() {
        const { number, record } = this.props;
        return this.seat.canDial && (!isMasked(number) || Boolean(record?.resId));
    }

    dial() {
        this.seat.dial(this.props.number, this.props.record);
    }
}

patch(PhoneField.prototype, {
    get phoneHref() {
        const number = this.props.record.data[this.props.name];
        return isMasked(number) ? undefined : super.phoneHref;
    },
});

patch(PhoneField, {
    components: { ...PhoneField.components, DialButton },
});
