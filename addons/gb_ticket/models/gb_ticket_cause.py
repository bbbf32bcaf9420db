from odoo import fields, models


class GbTicketCause(models.Model):
    _name = "gb.ticket.cause"
    _description = "Cause"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()

    _name_uniq = models.Constraint("UNIQUE(name)", "There is one of this name already.")
