from odoo import fields, models

KINDS = [
    ("change", "Change"),
    ("cancel", "Cancellation"),
    ("refuse", "Refusal or return"),
]


class GbOrderReason(models.Model):
    """Why a customer changed, cancelled or refused an order: a word that can be counted."""

    _name = "gb.order.reason"
    _description = "Reason for changing an order"
    _order = "kind, sequence, name, id"

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(KINDS, required=True, default="change")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint("UNIQUE(kind, name)", "There is a reason of this name already.")
