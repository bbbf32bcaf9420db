from odoo import api, fields, models


class ProductProduct(models.Model):
    """What a caller can type of a product's code."""

    _inherit = "product.product"

    gb_code_digits = fields.Char(
        string="Code on a telephone",
        compute="_compute_gb_code_digits",
        store=True,
        index="btree_not_null",
        help="The digits of the internal reference: what callers type.",
    )

    @api.depends("default_code")
    def _compute_gb_code_digits(self):
        for product in self:
            digits = "".join(filter(str.isdigit, product.default_code or ""))
            product.gb_code_digits = digits or False
