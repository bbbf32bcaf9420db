from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    # credit notes of a customer, for his scores
    _gb_refund_idx = models.Index("(commercial_partner_id) WHERE move_type = 'out_refund'")
