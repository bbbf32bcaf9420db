from odoo import api, fields, models

# what decides who has which level
RULE_FIELDS = {
    "active",
    "rank",
    "is_automatic",
    "min_net_value",
    "min_order_count",
    "keep_days",
}


class GbCustomerLevel(models.Model):
    """A customer's standing (VIP …), given by rules or by hand."""

    _name = "gb.customer.level"
    _description = "Customer level"
    _order = "rank desc, id"

    name = fields.Char(required=True, translate=True)
    rank = fields.Integer(
        required=True, default=0, help="The higher, the more important the customer."
    )
    color = fields.Integer()
    active = fields.Boolean(default=True)
    is_automatic = fields.Boolean(
        string="By rules",
        help="Customers who meet the minima have this level. Otherwise it is given by hand only.",
    )
    min_net_value = fields.Float(
        string="Net value, at least",
        required=True,
        default=0,
        help="Sales of the last 12 months less credit notes, in the currency of the first company.",
    )
    min_order_count = fields.Integer(
        string="Orders, at least",
        required=True,
        default=1,
        help="Orders of the last 12 months.",
    )
    keep_days = fields.Integer(
        string="Kept for (days)",
        required=True,
        default=90,
        help="How long a customer keeps this level after he has ceased to meet its minima.",
    )
    call_priority = fields.Integer(
        string="Priority in queues",
        required=True,
        default=0,
        help="Callers of this level come before all who have a lower one: 0 is everybody's, up to 99.",
    )
    partner_count = fields.Integer(string="Customers", compute="_compute_partner_count")

    _minima_check = models.Constraint(
        "CHECK (min_net_value >= 0 AND min_order_count >= 0 AND keep_days >= 0)",
        "Minima and days cannot be negative.",
    )

    _call_priority_check = models.Constraint(
        "CHECK (call_priority BETWEEN 0 AND 99)", "A priority is a number from 0 to 99."
    )

    def _compute_partner_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(
                [("gb_level_id", "in", self.ids)], ["gb_level_id"], ["__count"]
            )
        )
        for level in self:
            level.partner_count = counts.get(level, 0)

    @api.model_create_multi
    def create(self, vals_list):
        levels = super().create(vals_list)
        if any(levels.mapped("is_automatic")):
            self.env["gb.customer.score"].sudo()._queue_all()
        return levels

    def write(self, vals):
        changes_rules = RULE_FIELDS & vals.keys() and (
            "is_automatic" in vals or any(self.mapped("is_automatic"))
        )
        changed = self.filtered(
            lambda level: (
                {"call_priority", "active"} & vals.keys()
                and any(
                    level[name] != vals[name] for name in vals.keys() & {"call_priority", "active"}
                )
            )
        )
        result = super().write(vals)
        if changes_rules:
            self.env["gb.customer.score"].sudo()._queue_all()
        self.env["gb.caller.change"]._note_levels(changed)
        return result

    def action_view_customers(self):
        """Open the customers who have this level."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_callcenter.res_partner_action_gb_classes"
        )
        return {**action, "domain": [("gb_level_id", "=", self.id)]}
