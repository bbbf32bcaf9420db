from odoo import fields, models


class GbTicketCancelReason(models.Model):
    """Why a work order was cancelled, as a word that can be counted."""

    _name = "gb.ticket.cancel.reason"
    _description = "Reason for cancelling a work order"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint("UNIQUE(name)", "There is one of this name already.")
