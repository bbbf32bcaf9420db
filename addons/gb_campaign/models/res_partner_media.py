from odoo import models


class ResPartner(models.Model):
    """Which advertisement the customer on the line has seen, in his overview."""

    _inherit = "res.partner"

    def _get_gb_360(self, view):
        return {
            **super()._get_gb_360(view),
            "advertisement": bool(view["call"]) and view["call"]._get_gb_advertisement(),
        }
