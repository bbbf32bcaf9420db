from odoo import fields, models
from odoo.tools import SQL


class ResCompany(models.Model):
    """Where recordings of this company are kept, and how long."""

    _inherit = "res.company"

    gb_recording_store_id = fields.Many2one(
        "gb.recording.store",
        string="Recordings are kept in",
        domain="[('company_id', 'in', (id, False))]",
        ondelete="restrict",
        help="Empty: among Odoo's own files. What was recorded before stays where it is.",
    )
    gb_recording_days = fields.Integer(
        string="Recordings are kept for (days)", help="0: for good. Queues and hotlines may differ."
    )

    _gb_recording_days_check = models.Constraint(
        "CHECK (gb_recording_days >= 0)", "A number of days cannot be negative."
    )

    def write(self, vals):
        result = super().write(vals)
        if "gb_recording_days" in vals:
            self.env["gb.recording"].sudo()._update_expiry(
                SQL("call.company_id = ANY(%s)", self.ids)
            )
        return result
