import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { openIdentityCheck } from "../identity_check/open_identity_check";

export const PIN_PATTERN = /^\d{4,8}$/;

/**
 * Enrolment by telephone: the customer says a PIN, and says it again. PINs are sent, never kept: neither here nor in
 * a wizard's table.
 */
export class Membership extends Component {
    static template = "gb_callcenter.Membership";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.rootRef = useRef("root");
        this.partnerId = this.props.action.params.partner_id;
        this.callId = this.props.action.params.call_id || false;
        this.state = useState({
            member: false,
            pin: "",
            pinAgain: "",
            wantsNews: false,
            error: "",
            isBusy: false,
        });
        onWillStart(() => this.load());
        useEffect(
            () => this.rootRef.el.querySelector("input, button")?.focus(),
            () => [this.state.member.can_set_pin]
        );
    }

    /** Why the PIN cannot be sent as it is; nothing while it is being typed. */
    get problem() {
        const { pin, pinAgain } = this.state;
        if (pin && !PIN_PATTERN.test(pin)) {
            return _t("A PIN has 4 to 8 digits and nothing else.");
        }
        if (pinAgain && !pin.startsWith(pinAgain)) {
            return _t("The two PINs differ. Ask the customer to say it again.");
        }
        return "";
    }

    get canSave() {
        const { pin, pinAgain, member, isBusy } = this.state;
        return (
            !isBusy && !this.problem && pin === pinAgain && Boolean(pin || !member.member_number)
        );
    }

    async call(method, args = []) {
        Object.assign(this.state, { isBusy: true, error: "" });
        try {
            return await this.orm.call("res.partner", method, [this.partnerId, ...args]);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            this.state.error = error.data?.message || error.message;
        } finally {
            this.state.isBusy = false;
        }
    }

    async load() {
        const member = await this.call("get_gb_membership", [this.callId]);
        if (member) {
            this.state.member = member;
            this.state.wantsNews = member.wants_news;
        }
    }

    async save() {
        if (!this.canSave) {
            return;
        }
        const { pin, pinAgain, wantsNews } = this.state;
        const member = await this.call("gb_enrol", [pin, pinAgain, wantsNews, this.callId]);
        if (member) {
            this.notification.add(
                _t("%(name)s: member number %(number)s", {
                    name: member.partner.name,
                    number: member.member_number,
                }),
                { type: "success" }
            );
            this.close();
        }
    }

    checkIdentity() {
        openIdentityCheck(this.dialog, {
            partnerId: this.partnerId,
            callId: this.callId,
            onDone: () => this.load(),
        });
    }

    close() {
        this.action.doAction({ type: "ir.actions.act_window_close" });
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && !ev.isComposing && ev.target.matches("input[type=password]")) {
            ev.preventDefault();
            this.save();
        }
    }
}

registry.category("actions").add("gb_callcenter.membership", Membership);
