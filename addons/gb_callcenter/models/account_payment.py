from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    _gb_partner_idx = models.Index("(partner_id, date DESC, id DESC)")
