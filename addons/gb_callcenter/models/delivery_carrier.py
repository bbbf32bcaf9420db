from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    gb_delivery_days = fields.Integer(
        string="Days in transit",
        help="From the warehouse to the customer; the order desk promises no earlier day.",
    )

    _gb_delivery_days_positive = models.Constraint(
        "CHECK (gb_delivery_days >= 0)", "Days in transit cannot be negative."
    )
