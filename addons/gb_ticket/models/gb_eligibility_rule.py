from odoo import fields, models


class GbEligibilityRule(models.Model):
    """What a customer may ask for, per product category and for a span of dates."""

    _name = "gb.eligibility.rule"
    _description = "Eligibility rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
