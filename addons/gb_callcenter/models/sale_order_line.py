from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # the newest orders of a product: what is bought together
    _gb_product_idx = models.Index("(product_id, id DESC) WHERE state = 'sale'")
