import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { SoundDialog } from "./sound_dialog";

/** Why the browser is not a telephone just now, and what to do. */
export const PROBLEMS = {
    library: {
        text: _t(
            "The program of the browser telephone is missing on the server. Tell your administrator; seats with a desk phone work."
        ),
    },
    insecure: {
        text: _t(
            "The browser lets this page use the microphone only when its address begins with https://. Open it so, or tell your administrator."
        ),
    },
    microphone: {
        text: _t(
            "The browser has to be allowed to use your microphone before calls can ring here."
        ),
        button: _t("Allow the microphone"),
    },
    microphone_refused: {
        text: _t(
            "The browser may not use your microphone, so no call can ring here. Click on the sign before the page's address, allow the microphone, then try again."
        ),
        button: _t("Try again"),
    },
    no_microphone: {
        text: _t("No microphone was found. Plug in your headset, then try again."),
        button: _t("Try again"),
    },
    unreachable: {
        text: _t(
            "The telephone system cannot be reached from this browser; it is tried again and again. Check your network. If it never worked here, the address or its certificate may be wrong: tell your administrator."
        ),
        button: _t("Try now"),
    },
    server: {
        text: _t("Your telephone could not be signed in; it is tried again and again."),
        button: _t("Try now"),
    },
    refused: {
        text: _t(
            "The telephone system has not let your telephone in; it is tried again and again."
        ),
        button: _t("Try now"),
    },
    elsewhere: {
        text: _t("Your telephone is now in another browser of yours, or on another computer."),
        button: _t("Use it here"),
    },
};

export const QUALITIES = {
    good: { label: _t("Good line"), color: "success" },
    fair: { label: _t("Moderate line"), color: "warning" },
    bad: { label: _t("Bad line"), color: "danger" },
};

/** The browser as telephone, in the panel of the seat. */
export class SoftphonePanel extends Component {
    static template = "gb_callcenter.SoftphonePanel";
    static props = { beforeDialog: { type: Function, optional: true } };

    setup() {
        this.phone = useState(useService("gb_callcenter.softphone"));
        this.seat = useState(useService("gb_callcenter.seat"));
        this.dialog = useService("dialog");
        this.qualities = QUALITIES;
    }

    get problem() {
        return PROBLEMS[this.phone.problem];
    }

    get label() {
        const { status, call } = this.phone;
        if (call) {
            return call.state === "talking"
                ? _t("You talk in this browser")
                : _t("Your browser rings");
        }
        return {
            ready: _t("Your telephone is ready in this browser"),
            connecting: _t("Your telephone is being signed in…"),
            retrying: _t("Your telephone is not connected"),
            blocked: _t("Your telephone is not connected"),
            off: _t("Your telephone is the browser"),
        }[status];
    }

    get icon() {
        const { status } = this.phone;
        return (
            { ready: "fa-check-circle text-success", connecting: "fa-circle-o-notch fa-spin" }[
                status
            ] || "fa-exclamation-triangle text-warning"
        );
    }

    get qualityLabel() {
        const { loss, rtt } = this.phone.quality;
        return _t("%(loss)s% lost · %(rtt)s ms", { loss, rtt });
    }

    openSound() {
        this.props.beforeDialog?.();
        this.dialog.add(SoundDialog);
    }
}
