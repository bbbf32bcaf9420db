import { Component, onWillUpdateProps, useState } from "@odoo/owl";
import { deserializeDateTime, formatDate, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";

import { DIRECTIONS, formatSeconds } from "../seat/labels";

/** Everything between the customer and us, newest first; more rows as the agent asks for them. */
export class CustomerTimeline extends Component {
    static template = "gb_callcenter.CustomerTimeline";
    static props = { customer: Object, callId: [Number, Boolean], open: Function };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.directions = DIRECTIONS;
        this.formatSeconds = formatSeconds;
        const { rows, next } = this.props.customer.timeline;
        this.state = useState({ filter: "", rows, next, isLoading: false, hasFailed: false });
        onWillUpdateProps((props) => {
            if (props.customer === this.props.customer) {
                return;
            }
            if (this.state.filter) {
                return this.load({ props });
            }
            Object.assign(this.state, props.customer.timeline);
        });
    }

    get filters() {
        const found = this.props.customer.timeline_kinds.find(
            ({ name }) => name === this.state.filter
        );
        return found ? { kinds: found.kinds } : {};
    }

    choose(name) {
        this.state.filter = name;
        return this.load();
    }

    /**
     * @param {Object} [params]
     * @param {boolean} [params.more] the page after the rows shown, else the first
     */
    async load({ props = this.props, more = false } = {}) {
        const { customer, callId } = props;
        this.state.isLoading = true;
        this.state.hasFailed = false;
        try {
            const page = await this.keepLast.add(
                this.orm.call("res.partner", "get_gb_timeline", [customer.id], {
                    filters: this.filters,
                    before: more ? this.state.next : null,
                    call_id: callId,
                })
            );
            this.state.rows = more ? [...this.state.rows, ...page.rows] : page.rows;
            this.state.next = page.next;
        } catch {
            this.state.hasFailed = true;
        }
        this.state.isLoading = false;
    }

    when(row) {
        const at = deserializeDateTime(row.at);
        if (!row.is_day) {
            return toLocaleDateTimeString(at);
        }
        // a day has no time zone
        return formatDate(luxon.DateTime.fromSQL(row.at));
    }
}
