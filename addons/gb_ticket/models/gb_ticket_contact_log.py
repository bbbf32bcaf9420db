from odoo import models


class GbTicket(models.Model):
    _inherit = "gb.ticket"

    def write(self, vals):
        """The contacts about a work order are those of its customer, also when he is recognised later."""
        moved = self.filtered(
            lambda ticket: "partner_id" in vals and ticket.partner_id.id != vals["partner_id"]
        )
        result = super().write(vals)
        if moved:
            moved.sudo().gb_message_ids._log_gb_contacts()
        return result
