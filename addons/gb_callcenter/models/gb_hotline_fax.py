from odoo import fields, models


class GbHotline(models.Model):
    """Fax lines, and hotlines that are not recorded."""

    _inherit = "gb.hotline"

    is_fax_line = fields.Boolean(
        string="Fax line", help="The telephone system takes a fax from whoever rings here."
    )
    is_recorded = fields.Boolean(
        string="Record calls", default=True, help="Calls of this hotline are recorded."
    )
