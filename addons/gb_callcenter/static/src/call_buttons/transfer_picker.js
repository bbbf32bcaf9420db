import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus, useService } from "@web/core/utils/hooks";

import { SEAT_STATES } from "../seat/labels";

const ICONS = {
    seat: "fa-user",
    expert: "fa-graduation-cap",
    queue: "fa-users",
    flow: "fa-th",
};

/** Choice of another seat, a queue, or an outside number. */
export class TransferPicker extends Component {
    static template = "gb_callcenter.TransferPicker";
    static props = {
        onSelect: Function,
        onAsk: Function,
        onClose: Function,
    };

    setup() {
        this.seat = useState(useService("gb_callcenter.seat"));
        this.state = useState({ text: "" });
        useAutofocus({ refName: "text" });
    }

    get targets() {
        const text = this.state.text.trim().toLowerCase();
        const own = this.seat.seat && this.seat.seat.extension;
        return this.seat.panel.transfer_targets
            .filter((target) => target.target !== own)
            .filter((target) => `${target.name} ${target.target}`.toLowerCase().includes(text))
            .map((target) => ({
                ...target,
                icon: ICONS[target.kind] || "fa-user",
                info: ["seat", "expert"].includes(target.kind) && SEAT_STATES[target.state],
                canAsk: target.kind !== "flow",
            }));
    }

    /** What was typed, when it can be dialled. */
    get number() {
        const text = this.state.text.trim();
        return /^[+]?[\d\s().-]{3,}$/.test(text) ? text : "";
    }

    get numberLabel() {
        return _t("Transfer to %(number)s", { number: this.number });
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            const [first] = this.targets;
            const { onAsk, onSelect } = this.props;
            const mayAsk = ev.ctrlKey && this.seat.offers("consult");
            if (this.number && !this.targets.some((target) => target.target === this.number)) {
                (mayAsk ? onAsk : onSelect)(this.number);
            } else if (first && this.state.text.trim()) {
                (mayAsk && first.canAsk ? onAsk : onSelect)(first.target);
            }
        } else if (ev.key === "Escape") {
            ev.stopPropagation();
            this.props.onClose();
        }
    }
}
