from odoo import fields, models


class GbTicketFault(models.Model):
    _name = "gb.ticket.fault"
    _description = "Fault"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()

    _name_uniq = models.Constraint("UNIQUE(name)", "There is one of this name already.")
