from odoo import fields, models


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    gb_shortcuts = fields.Json(
        string="Keyboard shortcuts of the seat",
        help="Keys by action, where they are not the default.",
    )
