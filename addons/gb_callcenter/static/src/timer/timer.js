import { Component, useState, xml } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

import { formatSeconds } from "../seat/labels";

/** Running time since a moment of the server; all timers follow the one clock of the seat service. */
export class Timer extends Component {
    static template = xml`<span class="o_gb_timer" role="timer" aria-live="off" t-esc="text"/>`;
    static props = {
        since: { type: [String, Boolean] },
        /** seconds to begin with */
        offset: { type: Number, optional: true },
    };

    setup() {
        this.seat = useState(useService("gb_callcenter.seat"));
    }

    get text() {
        return formatSeconds(this.seat.secondsSince(this.props.since) + (this.props.offset || 0));
    }
}
