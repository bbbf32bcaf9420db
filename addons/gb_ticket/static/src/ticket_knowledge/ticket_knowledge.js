import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { ArticlePanel } from "@gb_callcenter/article_panel/article_panel";

/** Articles that fit the work order; one of them becomes the answer of a consultation. */
export class TicketKnowledge extends Component {
    static template = "gb_ticket.TicketKnowledge";
    static components = { ArticlePanel };
    static props = { ...standardWidgetProps };

    setup() {
        this.notification = useService("notification");
    }

    get panelProps() {
        const { data, resId } = this.props.record;
        return {
            subject: data.subject || "",
            productIds: data.product_id ? [data.product_id.id] : [],
            partnerId: data.partner_id?.id || false,
            resModel: "gb.ticket",
            resId: resId || false,
            ...(this.canAnswer ? { useInReply: this.answer.bind(this) } : {}),
        };
    }

    get canAnswer() {
        const { data } = this.props.record;
        return (
            ["consultation", "message"].includes(data.kind) &&
            ["open", "waiting"].includes(data.phase)
        );
    }

    async answer({ id, name, text }) {
        const { record } = this.props;
        const answer = record.data.answer?.trim() ? `${record.data.answer}\n\n${text}` : text;
        await record.update({ answer, article_id: { id, display_name: name } });
        this.notification.add(_t("Taken into the answer; check it before you send it."), {
            type: "success",
        });
    }
}

registry.category("view_widgets").add("gb_ticket_knowledge", {
    component: TicketKnowledge,
    fieldDependencies: [
        { name: "subject", type: "char" },
        { name: "product_id", type: "many2one" },
        { name: "partner_id", type: "many2one" },
        { name: "kind", type: "selection" },
        { name: "phase", type: "selection" },
        { name: "answer", type: "text" },
        { name: "article_id", type: "many2one" },
    ],
});
