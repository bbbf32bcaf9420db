from odoo import fields, models


class GbPauseReason(models.Model):
    _name = "gb.pause.reason"
    _description = "Pause reason"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    max_minutes = fields.Integer(
        string="Usual limit (min)", help="Supervisors see longer pauses in red; 0 means no limit."
    )

    _name_uniq = models.Constraint("UNIQUE(name)", "A pause reason of this name exists already.")
