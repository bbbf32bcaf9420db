import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { withKeys } from "../seat/shortcuts";
import { DtmfPad } from "./dtmf_pad";
import { TransferPicker } from "./transfer_picker";

/** What can be done with the current call; only what the seat's telephone system is capable of. */
export class CallButtons extends Component {
    static template = "gb_callcenter.CallButtons";
    static components = { DtmfPad, TransferPicker };
    static props = {};

    setup() {
        this.seat = useState(useService("gb_callcenter.seat"));
        this.state = useState({ open: false });
    }

    get buttons() {
        const isRinging = this.seat.call.state === "ringing";
        const isOutbound = this.seat.call.direction === "outbound";
        const hangup = isRinging ? (isOutbound ? _t("Cancel call") : _t("Refuse")) : _t("Hang up");
        return [
            ["answer", _t("Answer"), "fa-phone", "btn-success", "answer"],
            ["hangup", hangup, "fa-phone o_gb_icon_down", "btn-danger", "hangup"],
            ["hold", _t("Hold"), "fa-pause", "btn-secondary", "hold"],
            ["unhold", _t("Resume"), "fa-play", "btn-warning", "hold"],
            ["mute", _t("Mute"), "fa-microphone", "btn-secondary", "mute"],
            ["unmute", _t("Unmute"), "fa-microphone-slash", "btn-warning", "mute"],
            ["record_off", _t("Stop recording"), "fa-stop-circle-o", "btn-secondary", "record"],
            ["record_on", _t("Record again"), "fa-circle", "btn-warning", "record"],
        ]
            .filter(([command]) => this.seat.offers(command))
            .map(([command, label, icon, color, shortcut]) => ({
                command,
                label,
                icon,
                color,
                title: withKeys(label, shortcut),
            }));
    }

    get thirdText() {
        const { name, state } = this.seat.call.third;
        const isCustomerOn = this.seat.call.state === "talking";
        switch (state) {
            case "ringing":
                return _t("Ringing %(name)s; the customer hears music.", { name });
            case "conference":
                return _t("All three are talking: the customer, %(name)s and you.", { name });
            case "asking":
                return _t("%(name)s asks you; the customer hears music.", { name });
        }
        return isCustomerOn
            ? _t("You talk with the customer; %(name)s waits.", { name })
            : _t("You talk with %(name)s; the customer hears music.", { name });
    }

    get thirdButtons() {
        return [
            ["complete", _t("Complete transfer"), "fa-check", "btn-success", "complete"],
            ["conference", _t("All three"), "fa-users", "btn-secondary", false],
            ["swap", _t("Change"), "fa-exchange", "btn-secondary", "swap"],
            ["cancel_consult", _t("Back to the customer"), "fa-undo", "btn-secondary", false],
        ]
            .filter(([command]) => this.seat.offers(command))
            .map(([command, label, icon, color, shortcut]) => ({
                command,
                label,
                icon,
                color,
                title: shortcut ? withKeys(label, shortcut) : label,
            }));
    }

    /** The phone has to be picked up by hand. */
    get isAnsweredOnPhone() {
        const { call } = this.seat;
        return (
            call.state === "ringing" && call.direction !== "outbound" && !this.seat.offers("answer")
        );
    }

    get open() {
        return this.seat.offers(this.state.open) ? this.state.open : false;
    }

    toggle(name) {
        this.state.open = this.state.open === name ? false : name;
    }

    async transfer(target, command = "transfer") {
        if (await this.seat.command(command, target)) {
            this.state.open = false;
        }
    }
}
