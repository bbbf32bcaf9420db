from odoo import fields, models


class GbCustomerLevel(models.Model):
    """A customer's standing (VIP …), given by rules or by hand."""

    _name = "gb.customer.level"
    _description = "Customer level"
    _order = "rank desc, id"

    name = fields.Char(required=True, translate=True)
    rank = fields.Integer(default=0, help="The higher, the more important the customer.")
    color = fields.Integer()
    active = fields.Boolean(default=True)
