from odoo import fields, models

from ..models.stock_picking_delivery import REQUESTS


class GbCarrierRequest(models.TransientModel):
    """What a carrier is asked for on the customer's behalf."""

    _name = "gb.carrier.request"
    _description = "Request to a carrier"

    picking_id = fields.Many2one("stock.picking", string="Delivery", required=True)
    kind = fields.Selection(REQUESTS, string="Asked for", required=True, default="expedite")
    note = fields.Text(string="What exactly", required=True)

    def action_ask(self):
        """Keep the request with the delivery."""
        self.ensure_one()
        self.picking_id.action_gb_ask_carrier(self.kind, self.note)
        return {"type": "ir.actions.act_window_close"}
