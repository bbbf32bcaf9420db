from odoo import models


class GbCall(models.Model):
    """Recordings of a call."""

    _inherit = "gb.call"

    def unlink(self):
        """The files of its recordings go, too, wherever they are kept."""
        self.sudo().recording_ids.unlink()
        return super().unlink()
