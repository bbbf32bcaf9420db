from odoo import fields, models


class DeliveryCarrier(models.Model):
    """Who carries the parcels of a delivery method."""

    _inherit = "delivery.carrier"

    gb_carrier_id = fields.Many2one(
        "gb.carrier",
        string="Carried by",
        index="btree_not_null",
        ondelete="set null",
        help="The company that reports on these parcels and hands over what it has collected.",
    )
