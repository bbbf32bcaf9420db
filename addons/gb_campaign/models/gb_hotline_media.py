from odoo import fields, models


class GbHotline(models.Model):
    """When and where a hotline's number is advertised."""

    _inherit = "gb.hotline"

    gb_broadcast_ids = fields.One2many("gb.media.broadcast", "hotline_id", string="Broadcasts")
