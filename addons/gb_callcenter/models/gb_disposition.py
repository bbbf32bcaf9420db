from odoo import fields, models


class GbDisposition(models.Model):
    _name = "gb.disposition"
    _description = "Call disposition"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    direction = fields.Selection(
        [("inbound", "Inbound"), ("outbound", "Outbound")],
        string="Only for",
        help="Leave empty to offer it after every call.",
    )
    is_success = fields.Boolean(
        string="Counts as success", help="The call reached what it was for."
    )

    _name_uniq = models.Constraint("UNIQUE(name)", "A disposition of this name exists already.")
