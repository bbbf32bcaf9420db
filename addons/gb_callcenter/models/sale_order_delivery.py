from odoo import api, fields, models

from .gb_carrier_status import DELIVERY_STATES


class SaleOrder(models.Model):
    """Where the parcel of an order is."""

    _inherit = "sale.order"

    gb_delivery_state = fields.Selection(
        DELIVERY_STATES,
        string="Parcel",
        compute="_compute_gb_delivery_state",
        compute_sudo=True,
        help="Of the last delivery of which the carrier has told.",
    )

    @api.depends("picking_ids.gb_delivery_state", "picking_ids.gb_last_event_at")
    def _compute_gb_delivery_state(self):
        for order in self:
            heard = order.picking_ids.filtered("gb_delivery_state")
            order.gb_delivery_state = heard.sorted(
                lambda picking: (picking.gb_last_event_at, picking.id)
            )[-1:].gb_delivery_state
