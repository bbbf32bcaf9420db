import { Component, useState } from "@odoo/owl";
import { useAutofocus, useService } from "@web/core/utils/hooks";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** Key pad for the other party's voice menu; takes the keyboard's digits too. */
export class DtmfPad extends Component {
    static template = "gb_callcenter.DtmfPad";
    static props = { onClose: Function };

    setup() {
        this.seat = useState(useService("gb_callcenter.seat"));
        this.state = useState({ sent: "" });
        this.keys = KEYS;
        useAutofocus({ refName: "sent" });
    }

    press(key) {
        this.state.sent += key;
        this.seat.sendDigits(key);
    }

    onKeydown(ev) {
        if (KEYS.includes(ev.key)) {
            ev.preventDefault();
            this.press(ev.key);
        } else if (ev.key === "Escape") {
            ev.stopPropagation();
            this.props.onClose();
        }
    }
}
