from odoo import models


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _is_gb_contact(self):
        """What customers are told of work orders is logged once, by ``gb.ticket.message``."""
        return self.model != "gb.ticket" and super()._is_gb_contact()
