import { Component } from "@odoo/owl";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const KINDS = {
    call: { label: _t("Call"), icon: "fa-phone" },
    phone: { label: _t("Telephone"), icon: "fa-phone" },
    email: { label: _t("E-mail"), icon: "fa-envelope-o" },
    sms: { label: _t("SMS"), icon: "fa-mobile" },
    chat: { label: _t("Live chat"), icon: "fa-comments-o" },
    web: { label: _t("Progress page"), icon: "fa-globe" },
    fax: { label: _t("Fax"), icon: "fa-fax" },
};

/** Calls, chats, e-mails and SMS of a work order in one list; a row opens what the user may open. */
export class ContactsField extends Component {
    static template = "gb_ticket.ContactsField";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    kind(row) {
        return KINDS[row.kind] || KINDS.web;
    }

    directionLabel(row) {
        return row.direction === "out" ? _t("To the customer") : _t("From the customer");
    }

    formatAt(row) {
        return row.at ? toLocaleDateTimeString(deserializeDateTime(row.at)) : "";
    }

    open(row) {
        return this.action.doAction(
            row.model === "discuss.channel"
                ? {
                      type: "ir.actions.client",
                      tag: "mail.action_discuss",
                      context: { active_id: row.id },
                  }
                : {
                      type: "ir.actions.act_window",
                      res_model: row.model,
                      res_id: row.id,
                      views: [[false, "form"]],
                      target: row.model === "gb.ticket.message" ? "new" : "current",
                  }
        );
    }
}

registry.category("fields").add("gb_ticket_contacts", {
    component: ContactsField,
    displayName: _t("Contacts with the customer"),
    supportedTypes: ["json", "jsonb"],
});
