from odoo import api, models


class ResPartner(models.Model):
    """An open work order is an open matter: the customer stays with his owner."""

    _inherit = "res.partner"

    @api.model
    def _get_gb_open_matter_domain(self):
        return super()._get_gb_open_matter_domain() | self._get_gb_family_domain(
            "gb_ticket_ids", [("is_open", "=", True)]
        )
