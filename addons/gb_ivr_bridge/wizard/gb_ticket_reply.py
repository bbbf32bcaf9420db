from odoo import api, fields, models


class GbTicketReply(models.TransientModel):
    """Replies by fax."""

    _inherit = "gb.ticket.reply"

    channel = fields.Selection(selection_add=[("fax", "Fax")], ondelete={"fax": "cascade"})

    @api.depends("ticket_id")
    def _compute_channel(self):
        # who has sent a fax is answered by fax
        by_fax = self.filtered(
            lambda reply: (
                reply.ticket_id.reply_channel == "fax"
                and reply.ticket_id.sudo()._get_address("fax")  # the number may be masked
            )
        )
        by_fax.channel = "fax"
        return super(GbTicketReply, self - by_fax)._compute_channel()
