import { registry } from "@web/core/registry";
import { Field } from "@web/views/fields/field";
import { extractFieldsFromArchInfo } from "@web/model/relational_model/utils";

/**
 * How fields are shown in the dialog of a move: attributes as in a form view. Fields that are not named here look as
 * they do by default; addons add theirs.
 */
export const moveFieldRegistry = registry.category("gb_ticket_move_fields");

const CHOOSE = "{'no_create': True, 'no_open': True}";
const ITS_MEMBERS = "[('gb_department_ids', 'in', department_id)]";

moveFieldRegistry
    .add("partner_id", { widget: "res_partner_many2one" })
    .add("order_id", {
        options: CHOOSE,
        domain: "[('partner_id', 'child_of', commercial_partner_id)] if commercial_partner_id else []",
    })
    .add("order_line_id", { options: CHOOSE, domain: "[('order_id', '=', order_id)]" })
    .add("department_id", { options: CHOOSE })
    .add("suggested_department_id", {
        options: CHOOSE,
        domain: "[('id', '!=', department_id)]",
    })
    .add("responsible_department_id", { options: CHOOSE })
    .add("cause_id", { options: CHOOSE })
    .add("article_id", { options: CHOOSE })
    .add("user_id", {
        widget: "many2one_avatar_user",
        options: CHOOSE,
        domain: `${ITS_MEMBERS} if department_id else [('share', '=', False)]`,
    })
    .add("merged_into_id", {
        options: CHOOSE,
        domain: "[('id', '!=', id), ('is_open', '=', True), ('phase', '!=', 'draft'), ('partner_id', 'child_of', commercial_partner_id)]",
    })
    .add("callback_call_id", {
        options: CHOOSE,
        domain: "[('partner_id', 'child_of', commercial_partner_id)] if commercial_partner_id else []",
    })
    .add("solved", { widget: "radio", options: "{'horizontal': true}" })
    .add("satisfaction", { widget: "radio", options: "{'horizontal': true}" })
    .add("decision", { widget: "radio", options: "{'horizontal': true}" })
    .add("compensation_decision", { widget: "radio", options: "{'horizontal': true}" })
    .add("adoption", { widget: "radio", options: "{'horizontal': true}" });

/** Kinds of work order to which an optional field belongs; the others are not bothered with it. */
const ONLY_FOR = {
    adoption: ["suggestion"],
    responsible_department_id: ["complaint"],
    compensation: ["complaint"],
    refund_amount: ["refund", "return", "exchange", "cancellation"],
    answer: ["consultation", "message"],
};

/** What domains, money fields and the like of the asked-for fields refer to. */
export const CONTEXT_FIELDS = [
    "company_id",
    "currency_id",
    "type_id",
    "kind",
    "partner_id",
    "commercial_partner_id",
    "order_id",
    "department_id",
];

export function isOfKind(field, kind) {
    return field.required || !ONLY_FOR[field.name] || ONLY_FOR[field.name].includes(kind);
}

/**
 * @param {Object} fields what `fields_get` says
 * @param {{name: string, required: boolean}[]} asked
 * @returns {{fieldInfos: Object, activeFields: Object}}
 */
export function getMoveFields(fields, asked) {
    const names = asked.map((field) => field.name);
    const fieldInfos = {};
    for (const { name, required } of asked) {
        const node = document.createElement("field");
        node.setAttribute("name", name);
        node.setAttribute("readonly", "False");
        node.setAttribute("required", required ? "True" : "False");
        const attrs = moveFieldRegistry.get(name, {});
        for (const [attribute, value] of Object.entries(attrs)) {
            node.setAttribute(attribute, value);
        }
        if (fields[name].type === "many2many" && !attrs.widget) {
            node.setAttribute("widget", "many2many_tags");
        }
        fieldInfos[name] = Field.parseFieldNode(
            node,
            { "gb.ticket": { fields } },
            "gb.ticket",
            "form"
        );
    }
    const hidden = CONTEXT_FIELDS.filter((name) => !names.includes(name) && name in fields);
    const { activeFields } = extractFieldsFromArchInfo(
        {
            fieldNodes: {
                ...fieldInfos,
                ...Object.fromEntries(
                    hidden.map((name) => [name, { name, context: "{}", readonly: "True" }])
                ),
            },
            widgetNodes: {},
        },
        fields
    );
    return { fieldInfos, activeFields };
}
