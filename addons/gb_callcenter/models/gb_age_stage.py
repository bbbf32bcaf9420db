from odoo import fields, models


class GbAgeStage(models.Model):
    """A span of a child's age, in months from birth (negative: before it)."""

    _name = "gb.age.stage"
    _description = "Age stage"
    _order = "from_month, id"

    name = fields.Char(required=True, translate=True)
    from_month = fields.Integer(string="From month", required=True)
    to_month = fields.Integer(string="Before month", required=True)
    active = fields.Boolean(default=True)
