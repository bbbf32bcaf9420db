from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    gb_ivr_session_id = fields.Many2one(
        "gb.ivr.session",
        string="Ordered in the menu",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The call to the telephone menu in which the customer ordered by himself.",
    )
