from odoo import fields, models


class AccountMove(models.Model):
    """Whom an invoice names, when that is somebody else than the customer: an employer, a company."""

    _inherit = "account.move"

    gb_invoice_title = fields.Char(string="Invoice title", copy=False)
    gb_invoice_tax_number = fields.Char(string="Invoice tax number", copy=False)
