import { Component, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { PhoneField } from "@web/views/fields/phone/phone_field";

/** Calls the number of a phone field through the seat; only there while the agent could dial. */
export class DialButton extends Component {
    static template = "gb_callcenter.DialButton";
    static props = { number: String };

    setup() {
        this.seat = useState(useService("gb_callcenter.seat"));
    }
}

patch(PhoneField, {
    components: { ...PhoneField.components, DialButton },
});
