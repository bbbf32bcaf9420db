from odoo import fields, models
from odoo.tools import SQL


class GbHotline(models.Model):
    """How long calls of this hotline are kept."""

    _inherit = "gb.hotline"

    recording_days = fields.Integer(
        string="Recordings are kept for (days)",
        help="0: as the company says.",
    )

    _recording_days_check = models.Constraint(
        "CHECK (recording_days >= 0)", "A number of days cannot be negative."
    )

    def write(self, vals):
        result = super().write(vals)
        if "recording_days" in vals:
            self.env["gb.recording"].sudo()._update_expiry(
                SQL("call.hotline_id = ANY(%s)", self.ids)
            )
        return result
