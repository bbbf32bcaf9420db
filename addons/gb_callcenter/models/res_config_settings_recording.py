from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    gb_recording_store_id = fields.Many2one(
        related="company_id.gb_recording_store_id", readonly=False
    )
    gb_recording_days = fields.Integer(related="company_id.gb_recording_days", readonly=False)
