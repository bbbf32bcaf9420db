from odoo import models
from odoo.tools import format_amount, format_date, format_datetime

# what is printed of each kind beside what all of them have; nothing is printed of an empty field
PRINTED = {
    "consultation": ("answer",),
    "complaint": ("compensation",),
    "suggestion": ("adoption",),
    "repair": ("fault_type_id", "address", "occurred_at", "warranty_until", "appointment_at"),
    "refund": ("refund_amount",),
    "order_change": ("new_address_id", "new_delivery_at"),
    "invoice": ("invoice_id", "invoice_title", "tax_number"),
}
ORDER = ("order_id", "product_id", "quantity", "picking_id")


class GbTicket(models.Model):
    _inherit = "gb.ticket"

    def _get_printed_facts(self):
        """:return: list of (label, text): order, product and the kind's own fields, as far as they are filled in"""
        self.ensure_one()
        names = ORDER if self.order_id or self.product_id else ()
        names += PRINTED.get(self.kind, ())
        facts = [
            (self._fields[name]._description_string(self.env), self._get_printed_text(name))
            for name in names
            if self[name]
        ]
        return facts + self._get_printed_properties()

    def _get_printed_text(self, name):
        """:return: the field's value as a reader expects it"""
        field, value = self._fields[name], self[name]
        if field.relational:
            return ", ".join(value.mapped("display_name"))
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "datetime":
            return format_datetime(self.env, value, dt_format="short") if value else ""
        if field.type == "date":
            return format_date(self.env, value) if value else ""
        if field.type == "monetary":
            return format_amount(self.env, value, self.currency_id)
        if field.type == "float":
            return f"{value:g}"
        return str(value or "")

    def _get_printed_properties(self):
        """:return: list of (label, text) of the type's own fields"""
        facts = []
        for row in self.read(["properties"])[0]["properties"]:
            value = row.get("value")
            if row["type"] == "separator" or value in (False, None, [], ""):
                continue
            if row["type"] == "boolean":
                value = self.env._("Yes")
            elif row["type"] == "selection":
                value = dict(row.get("selection") or []).get(value, value)
            elif row["type"] == "tags":
                labels = {tag[0]: tag[1] for tag in row.get("tags") or []}
                value = ", ".join(labels.get(tag, tag) for tag in value)
            elif row["type"] == "many2one":
                value = value[1]
            elif row["type"] == "many2many":
                value = ", ".join(name for _id, name in value)
            facts.append((row["string"], str(value)))
        return facts

    def _get_printed_history(self):
        """:return: list of (time, what the customer reads), oldest first, without what is for us only"""
        self.ensure_one()
        stages = []
        for step in self.step_ids.sorted(lambda step: (step.started_at, step.id)):
            stage = step.state_id.customer_name or step.state_id.name
            if step.state_id.phase != "draft" and (not stages or stages[-1][1] != stage):
                stages.append((step.started_at, stage))
        return stages

    def _is_result_printed(self):
        """:return: whether a customer may read the result: it has been checked"""
        return self.phase == "closed" or self.state_code == "call_back"

    def _get_printed_url(self):
        """:return: address of the progress page, which needs no sign-in"""
        self.ensure_one()
        return self._get_progress_url()
