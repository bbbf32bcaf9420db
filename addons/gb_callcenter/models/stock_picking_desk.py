from odoo import models
from odoo.exceptions import UserError

from .sale_order import PREPAID_MEANS


class StockPicking(models.Model):
    """Parcels of orders from the order desk: paid ones leave, and are invoiced when they do."""

    _inherit = "stock.picking"

    def _get_gb_outgoing(self):
        return self.filtered(
            lambda picking: picking.picking_type_code == "outgoing" and picking.sale_id
        )

    def _action_done(self):
        for order in self._get_gb_outgoing().sale_id.sudo():
            if (
                order.gb_payment_means in PREPAID_MEANS
                and not order.gb_ship_unpaid
                and not order._is_gb_paid()
            ):
                raise UserError(
                    self.env._(
                        "%(order)s is to be paid before it is sent. Wait for the payment, or allow it on the order.",
                        order=order.name,
                    )
                )
        result = super()._action_done()
        # who packs parcels has no rights in accounting
        self._get_gb_outgoing().sale_id.sudo()._gb_invoice_sent()
        return result
