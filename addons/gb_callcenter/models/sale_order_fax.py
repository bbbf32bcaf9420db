from odoo import models


class SaleOrder(models.Model):
    """Quotations and orders by fax."""

    _inherit = "sale.order"

    def action_gb_send_fax(self):
        """Open the dialog for faxing this order to its customer."""
        self.ensure_one()
        self.check_access("read")
        return self.env["gb.fax.send"]._open(self, self.partner_id)
