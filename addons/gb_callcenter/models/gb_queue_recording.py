from odoo import fields, models
from odoo.tools import SQL


class GbQueue(models.Model):
    """How long calls of this queue are kept."""

    _inherit = "gb.queue"

    recording_days = fields.Integer(
        string="Recordings are kept for (days)",
        help="0: as the hotline or company says.",
    )

    _recording_days_check = models.Constraint(
        "CHECK (recording_days >= 0)", "A number of days cannot be negative."
    )

    def write(self, vals):
        result = super().write(vals)
        if "recording_days" in vals:
            self.env["gb.recording"].sudo()._update_expiry(SQL("call.queue_id = ANY(%s)", self.ids))
        return result
