from odoo import fields, models


class GbTicketType(models.Model):
    _name = "gb.ticket.type"
    _description = "Work order type"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short name for import, export and other systems.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    description = fields.Text(translate=True, help="When an agent should choose this type.")

    _code_uniq = models.Constraint("UNIQUE(code)", "A type with this code exists already.")
