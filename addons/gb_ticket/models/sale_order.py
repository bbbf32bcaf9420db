from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    gb_ticket_id = fields.Many2one(
        "gb.ticket",
        string="Replacement for",
        index="btree_not_null",
        copy=False,
        readonly=True,
        help="The work order that this order makes good.",
    )
