from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..const import REMEDIES


class GbEligibilityRule(models.Model):
    """What a customer may ask for after he has received goods: one remedy on one ground for so many days.

    A rule holds for orders of its span of dates. Of several rules for the same remedy, ground and number of failed
    repairs, those of the nearest product category count (and a tag is nearer than any category). An exclusion takes
    goods out of the rules of its ground.
    """

    _name = "gb.eligibility.rule"
    _description = "Eligibility rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty means every company.")
    is_exclusion = fields.Boolean(
        string="Exclusion",
        help="These goods are left out, whatever the other rules of this ground say.",
    )
    remedy = fields.Selection(REMEDIES, help="Empty on an exclusion means every remedy.")
    ground = fields.Selection(
        [("no_reason", "Without reason"), ("fault", "For a fault")],
        required=True,
        default="fault",
        help="What the customer has to claim. Who claims a fault also has what is granted without reason.",
    )
    days = fields.Integer(
        help="Counted from the day after the receipt; the last one is still in time."
    )
    failed_repairs = fields.Integer(help="Only after so many failed repairs under warranty.")
    only_opened = fields.Boolean(
        string="Only once opened",
        help="The exclusion applies when the customer has opened the package.",
    )
    category_ids = fields.Many2many(
        "product.category",
        "gb_eligibility_rule_category_rel",
        "rule_id",
        "category_id",
        string="Product categories",
        help="With those below them; no category and no tag means all goods.",
    )
    tag_ids = fields.Many2many(
        "product.tag", "gb_eligibility_rule_tag_rel", "rule_id", "tag_id", string="Product tags"
    )
    date_from = fields.Date(string="Orders from")
    date_to = fields.Date(string="Orders until")
    reason = fields.Char(
        translate=True, help="What the agent tells the customer; shown with the dates."
    )
    source = fields.Char(string="Legal source", translate=True)

    _days_check = models.Constraint(
        "CHECK(days >= 0 AND failed_repairs >= 0)", "Days and repairs cannot be negative."
    )
    _dates_check = models.Constraint(
        "CHECK(date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "The last date is before the first one.",
    )
    _remedy_check = models.Constraint(
        "CHECK(is_exclusion OR remedy IS NOT NULL)", "Say which remedy the rule grants."
    )

    @api.constrains("is_exclusion", "category_ids", "tag_ids")
    def _check_exclusion(self):
        for rule in self:
            if rule.is_exclusion and not rule.category_ids and not rule.tag_ids:
                raise ValidationError(
                    self.env._(
                        "“%(rule)s” would leave out all goods: choose product categories or tags.",
                        rule=rule.name,
                    )
                )

    def _get_nearness(self, product):
        """How near the rule is to a product: the higher, the more particular.

        :return: 0 for a rule for all goods, the depth of the category (1 and more), 1000 for a tag; -1 when the rule
            is for other goods
        """
        self.ensure_one()
        if not self.category_ids and not self.tag_ids:
            return 0
        if self.tag_ids & product.all_product_tag_ids:
            return 1000
        path = (product.categ_id.parent_path or "").split("/")
        depths = [
            path.index(str(category.id))
            for category in self.category_ids
            if str(category.id) in path
        ]
        return max(depths, default=-2) + 1

    @api.model
    def _get_for(self, product, company, ordered_on):
        """:return: rules in force for goods ordered on a date, the nearest ones of each remedy and ground, and all
        exclusions that fit"""
        rules = self.search(
            Domain("company_id", "in", (company.id, False))
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", ordered_on))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", ordered_on))
        )
        nearest = {}
        chosen = self.browse()
        for rule in rules:
            nearness = rule._get_nearness(product)
            if nearness < 0:
                continue
            if rule.is_exclusion:
                chosen |= rule
                continue
            key = (rule.remedy, rule.ground, rule.failed_repairs)
            best, same = nearest.get(key, (-1, self.browse()))
            if nearness > best:
                nearest[key] = (nearness, rule)
            elif nearness == best:
                nearest[key] = (best, same | rule)
        return chosen.union(*(same for _best, same in nearest.values()))

    def _get_gb_return_days(self):
        """:return: days in which unopened goods under these rules (``_get_for``) come back without a reason, 0 when never"""
        without_reason = self.filtered(
            lambda rule: rule.ground == "no_reason" and rule.remedy in ("return", False)
        )
        if without_reason.filtered(lambda rule: rule.is_exclusion and not rule.only_opened):
            return 0
        grants = without_reason.filtered(lambda rule: not rule.is_exclusion)
        return max(grants.mapped("days"), default=0)
