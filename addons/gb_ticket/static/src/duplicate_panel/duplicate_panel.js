import { Component, onMounted, status, useState } from "@odoo/owl";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const DELAY = 300;
const MANY2ONES = ["partner_id", "order_id", "order_line_id", "type_id", "category_id"];
const TEXTS = ["contact_phone", "subject", "description"];

/** While a draft is typed: work orders that may be about the same matter. Likely ones have to be answered. */
export class DuplicatePanel extends Component {
    static template = "gb_ticket.DuplicatePanel";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.typed = {};
        this.asked = "";
        this.state = useState({ found: [], isBusy: false, isAnsweringNew: false, reason: "" });
        this.findLater = useDebounced(() => this.find(), DELAY);
        useRecordObserver((record) => {
            for (const name of [...MANY2ONES, ...TEXTS]) {
                void record.data[name]; // observed
            }
            this.typed = {};
            // a form that is rendered anew at once drops its parts unmounted: the delay would outlive them
            if (status(this) === "mounted") {
                this.findLater();
            }
        });
        onMounted(() => this.findLater());
        useBus(this.props.record.model.bus, "GB_TYPED", ({ detail }) => {
            this.typed[detail.name] = detail.value;
            this.findLater();
        });
    }

    getValues() {
        const { data, resId } = this.props.record;
        const values = { id: resId || false };
        for (const name of MANY2ONES) {
            values[name] = data[name]?.id || false;
        }
        for (const name of TEXTS) {
            values[name] = this.typed[name] ?? (data[name] || false);
        }
        return values;
    }

    async find() {
        const values = this.getValues();
        const asked = JSON.stringify(values);
        if (asked === this.asked) {
            return;
        }
        this.asked = asked;
        const isKnown = values.partner_id || values.contact_phone;
        const isDraft = this.props.record.data.phase === "draft";
        this.state.found =
            isKnown && isDraft
                ? await this.keepLast.add(
                      this.orm.silent.call("gb.ticket", "find_duplicates", [values])
                  )
                : [];
    }

    get rows() {
        const compared = new Set(this.props.record.data.duplicate_compared_ids?.currentIds);
        return this.state.found.map((found) => ({
            ...found,
            isOpenQuestion: found.must_answer && !compared.has(found.id),
            likeness: this.getLikeness(found),
            age: found.accepted_at ? deserializeDateTime(found.accepted_at).toRelative() : "",
        }));
    }

    get mustAnswer() {
        return this.rows.some((row) => row.isOpenQuestion);
    }

    getLikeness({ score, must_answer }) {
        if (score >= 85) {
            return _t("Very likely the same matter");
        }
        return must_answer ? _t("Probably the same matter") : _t("Perhaps related");
    }

    openTicket(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "gb.ticket",
            res_id: id,
            views: [[false, "form"]],
            target: "new",
            context: { create: false, edit: false },
        });
    }

    async answer(answer, ticketId = false) {
        const { record } = this.props;
        this.state.isBusy = true;
        try {
            if (!(await record.save())) {
                return;
            }
            const action = await this.orm.call(
                "gb.ticket",
                "action_answer_duplicate",
                [[record.resId]],
                { answer, ticket_id: ticketId, reason: this.state.reason.trim() || false }
            );
            Object.assign(this.state, { isAnsweringNew: false, reason: "" });
            if (action) {
                await this.action.doAction(action, { stackPosition: "replaceCurrentAction" });
            } else {
                await record.load();
            }
        } finally {
            this.state.isBusy = false;
        }
    }
}

export const duplicatePanel = {
    component: DuplicatePanel,
    fieldDependencies: [
        ...MANY2ONES.map((name) => ({ name, type: "many2one" })),
        { name: "contact_phone", type: "char" },
        { name: "subject", type: "char" },
        { name: "description", type: "text" },
        { name: "phase", type: "selection" },
        { name: "duplicate_answer", type: "selection" },
        { name: "duplicate_reason", type: "text" },
        { name: "duplicate_compared_ids", type: "many2many" },
    ],
};

registry.category("view_widgets").add("gb_ticket_duplicates", duplicatePanel);
