from odoo import fields, models


class ProductAttribute(models.Model):
    _inherit = "product.attribute"

    gb_is_brand = fields.Boolean(
        string="Its values are brands",
        help="The customer's overview tells which brands he prefers by this attribute.",
    )
