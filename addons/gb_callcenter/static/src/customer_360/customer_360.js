import {
    Component,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    useEffect,
    useState,
} from "@odoo/owl";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useRegistry } from "@web/core/registry_hook";
import { ErrorHandler } from "@web/core/utils/components";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { openIdentityCheck } from "../identity_check/open_identity_check";
import { CALL_STATES } from "../seat/labels";
import { customer360Cards } from "./customer_360_cards";
import { CustomerSearch } from "./customer_search";
import { CustomerTimeline } from "./customer_timeline";
import { NoteContact } from "./note_contact";

const IDENTITY_CHANNEL = "gb_callcenter.identity";
const DELIVERY_COLORS = {
    delivered: "success",
    partial: "warning",
    waiting: "warning",
    ready: "info",
    accepted: "info",
    in_transit: "info",
    out_for_delivery: "info",
    exception: "warning",
    lost: "danger",
    refused: "danger",
    returned: "danger",
};
const TABS = [
    { name: "timeline", label: _t("Timeline") },
    { name: "family", label: _t("Addresses and children") },
    { name: "interests", label: _t("Products and recommendations") },
];

/**
 * All that an agent has to know of a customer: who he is, what must not be overlooked, what he may want, without
 * scrolling; what has happened, where he lives and what he buys below. It follows the call on the line.
 */
export class Customer360 extends Component {
    static template = "gb_callcenter.Customer360";
    static components = { CustomerSearch, CustomerTimeline, ErrorHandler, Layout };
    static props = { ...standardActionServiceProps };
    static path = "customer-360";
    static displayName = _t("Customer 360");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.bus = useService("bus_service");
        this.seat = useState(useService("gb_callcenter.seat"));
        this.cards = useRegistry(customer360Cards);
        this.keepLast = new KeepLast();
        this.display = { controlPanel: {} };
        this.callStates = CALL_STATES;
        this.state = useState({
            partnerId: false,
            callId: false,
            customer: false,
            error: "",
            isLoading: false,
            tab: "timeline",
            failedCards: [],
        });
        this.follow(this.props);
        onWillUpdateProps((props) => {
            const { partnerId, callId } = this.state;
            this.follow(props);
            if (partnerId !== this.state.partnerId || callId !== this.state.callId) {
                this.load();
            }
        });
        // not awaited: the frame of the screen is there at once
        onWillStart(() => {
            this.load();
        });
        const onIdentity = ({ partner_id: partnerId }) => {
            if (partnerId === this.state.partnerId) {
                this.load();
            }
        };
        this.bus.subscribe(IDENTITY_CHANNEL, onIdentity);
        onWillUnmount(() => this.bus.unsubscribe(IDENTITY_CHANNEL, onIdentity));
        let isFirst = true;
        useEffect(
            (callId) => {
                if (callId && callId !== this.state.callId) {
                    this.state.callId = callId;
                }
                if (!isFirst) {
                    this.load();
                }
                isFirst = false;
            },
            () => {
                const card = this.cardOnTheLine;
                return [card && card.id, card && card.state, card && card.disposition_id];
            }
        );
        useEffect(
            (partnerId) => {
                this.props.updateActionState?.({ resId: partnerId || false });
            },
            () => [this.state.customer && this.state.customer.id]
        );
    }

    follow(props) {
        const params = { ...props.action.context?.params, ...props.action.params };
        this.state.partnerId = params.partner_id || props.resId || false;
        this.state.callId = params.call_id || false;
    }

    /** The call or wrap-up of this customer at the agent's own seat. */
    get cardOnTheLine() {
        const { call, panel } = this.seat;
        return [call, ...panel.wrap].find(
            (card) => card && card.partner && card.partner.id === this.state.partnerId
        );
    }

    get tabs() {
        return [...TABS, ...this.cardsAt("tab").map(([name, { label }]) => ({ name, label }))];
    }

    get openCard() {
        return this.cardsAt("tab").find(([name]) => name === this.state.tab);
    }

    get cardProps() {
        return {
            customer: this.state.customer,
            callId: this.state.callId,
            reload: () => this.load(),
        };
    }

    cardsAt(wanted) {
        const { customer, failedCards } = this.state;
        return this.cards.entries.filter(
            ([name, { place, isDisplayed }]) =>
                place === wanted &&
                !failedCards.includes(name) &&
                (!isDisplayed || isDisplayed(customer))
        );
    }

    onCardError(error, name) {
        this.state.failedCards.push(name);
        Promise.reject(error); // shown by Odoo's error dialog
    }

    async load() {
        const { partnerId, callId } = this.state;
        if (!partnerId) {
            Object.assign(this.state, { customer: false, error: "" });
            return;
        }
        this.state.isLoading = true;
        if (this.state.customer.id !== partnerId) {
            this.state.customer = false;
        }
        try {
            this.state.customer = await this.keepLast.add(
                this.orm.silent.call("res.partner", "get_gb_360", [partnerId], { call_id: callId })
            );
            this.state.error = "";
        } catch (error) {
            this.state.error =
                error instanceof RPCError
                    ? error.data?.message || error.message
                    : _t("The server cannot be reached.");
        }
        this.state.isLoading = false;
    }

    select(partnerId) {
        if (partnerId !== this.state.partnerId) {
            Object.assign(this.state, { partnerId, callId: false, tab: "timeline" });
            this.load();
        }
    }

    // What is shown --------------------------------------------------------------------------------------------

    when(value) {
        return value ? toLocaleDateTimeString(deserializeDateTime(value)) : "";
    }

    deliveryColor({ state }) {
        return DELIVERY_COLORS[state] || "secondary";
    }

    get points() {
        return (this.state.customer.points || []).filter((card) => !card.is_coupon);
    }

    get coupons() {
        return (this.state.customer.points || []).filter((card) => card.is_coupon);
    }

    // What the agent does --------------------------------------------------------------------------------------

    checkIdentity() {
        const { partnerId, callId } = this.state;
        openIdentityCheck(this.dialog, { partnerId, callId, onDone: () => this.load() });
    }

    newOrder() {
        return this.openDesk({});
    }

    openDesk(params) {
        const { partnerId, callId } = this.state;
        return this.action.doAction({
            type: "ir.actions.client",
            tag: "gb_callcenter.order_desk",
            name: _t("Order desk"),
            path: "order-desk",
            params: { partner_id: partnerId, call_id: callId, ...params },
        });
    }

    noteContact() {
        const { id, name } = this.state.customer;
        this.dialog.add(NoteContact, { partnerId: id, name, onDone: () => this.load() });
    }

    openForm() {
        return this.open({ model: "res.partner", id: this.state.partnerId });
    }

    /** @param {{ model: string, id: number }} row of the timeline, a matter, a guess or a flag */
    open({ model, id }) {
        if (model === "sale.order" && !this.state.customer.can_open_orders) {
            return this.openDesk({ order_id: id });
        }
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("gb_callcenter.customer_360", Customer360);
