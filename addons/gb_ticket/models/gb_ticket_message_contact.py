from odoo import api, models

CONTACT_CHANNELS = {"email", "sms", "phone", "chat", "web", "fax"}


class GbTicketMessage(models.Model):
    """What a customer wrote or was told about a work order is one contact with him."""

    _inherit = "gb.ticket.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        messages._log_gb_contacts()
        return messages

    def write(self, vals):
        result = super().write(vals)
        if {"state", "call_id"} & vals.keys():
            self._log_gb_contacts()
        return result

    def _log_gb_contacts(self):
        self.env["gb.contact"]._log([message._prepare_gb_contact() for message in self.sudo()])

    def _prepare_gb_contact(self):
        """Values for ``gb.contact._log``; what never reached anybody, and what a call or chat has reported already,
        has no customer and so no row."""
        self.ensure_one()
        ticket = self.ticket_id
        is_contact = (
            self.channel in CONTACT_CHANNELS
            and self.state not in ("failed", "not_reached")
            and not self.call_id
            and not (self.channel == "chat" and ticket.discuss_channel_id)
        )
        author = self.author_id.user_ids[:1]
        return {
            "res_model": self._name,
            "res_id": self.id,
            "partner_id": ticket.partner_id.id if is_contact else False,
            "channel": self.channel,
            "direction": "inbound" if self.direction == "in" else "outbound",
            "at": self.at,
            "user_id": author.id if author and not author.share else False,
            "subject": self.subject or ticket.subject,
            "summary": self._get_text(),
            "company_id": ticket.company_id.id,
        }
