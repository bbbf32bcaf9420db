from odoo import models
from odoo.tools import html2plaintext

EXCERPT = 300


class DiscussChannel(models.Model):
    """A live chat in which a known customer has written is one contact, however long it is."""

    _inherit = "discuss.channel"

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if self.channel_type == "livechat" and message.message_type == "comment":
            self.sudo()._log_gb_chat(message.sudo())
        return result

    def _log_gb_chat(self, message=None):
        """Enter the chat in the contact log. The first words of the customer say what it is about."""
        self.ensure_one()
        customer = self.livechat_customer_partner_ids.filtered(
            lambda partner: partner.partner_share and not partner.is_public
        )[:1]
        if not customer:
            return
        contact = self.env["gb.contact"]._find_sources({(self._name, self.id)})
        agent = self.livechat_agent_partner_ids.user_ids[:1]
        if contact and contact.user_id == agent and contact.partner_id == customer:
            return
        words = " ".join(html2plaintext(message.body if message else "").split())
        self.env["gb.contact"]._log(
            {
                "res_model": self._name,
                "res_id": self.id,
                "partner_id": customer.id,
                "channel": "chat",
                "direction": "inbound",
                "at": self.create_date,
                "user_id": agent.id,
                "subject": contact.subject or words[:80] or self.name,
                "summary": contact.summary or words[:EXCERPT],
                "company_id": (customer.company_id or self.env.company).id,
            }
        )
