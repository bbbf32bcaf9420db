from odoo import fields, models


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    gb_ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", index="btree_not_null", copy=False, readonly=True
    )
