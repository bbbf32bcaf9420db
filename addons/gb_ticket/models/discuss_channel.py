from odoo import fields, models
from odoo.tools import html2plaintext

COMMAND = "/ticket"
SUBJECT_LENGTH = 200


class DiscussChannel(models.Model):
    """``/ticket <subject>`` in a chat makes a work order of it."""

    _inherit = "discuss.channel"

    gb_ticket_ids = fields.One2many("gb.ticket", "discuss_channel_id", string="Work orders")

    def execute_command_ticket(self, **kwargs):
        """Make a draft from the chat; only who typed the command sees the answer.

        :param str body: what was typed
        """
        self.ensure_one()
        self.check_access("read")
        subject = html2plaintext(kwargs.get("body") or "").strip().removeprefix(COMMAND).strip()
        if not subject:
            answer = self.env._(
                "Say what it is about: %(command)s The bottle leaks", command=COMMAND
            )
        elif not self.env["gb.ticket"].has_access("create"):
            answer = self.env._("Work orders are made by call centre agents.")
        else:
            ticket = self._create_gb_ticket(subject)
            answer = self.env._("Work order made: %(link)s", link=ticket._get_html_link(subject))
        self.env.user._bus_send_transient_message(self, answer)

    def _create_gb_ticket(self, subject):
        """:return: gb.ticket, a draft with the visitor as customer and what was said so far"""
        visitor = self._get_gb_visitor()
        guest = self.sudo().livechat_customer_guest_ids[:1]
        history = self._get_channel_history() if self.channel_type == "livechat" else ""
        ticket = self.env["gb.ticket"].create(
            {
                "subject": subject[:SUBJECT_LENGTH],
                "description": html2plaintext(history).strip() or subject,
                "type_id": self.env["gb.ticket"]._get_default_mail_type().id,
                "channel": "chat",
                "reply_channel": "email" if visitor.email or guest.email else "chat",
                "partner_id": visitor.id,
                "contact_name": visitor.name or guest.name,
                "contact_email": visitor.email_normalized or guest.email,
                "contact_phone": visitor.phone,
            }
        )
        ticket.sudo().discuss_channel_id = self  # readonly for users
        return ticket

    def _get_gb_visitor(self):
        """:return: res.partner of the customer in this chat; empty when he is not signed in, or there are several"""
        visitors = (
            self.sudo()
            .channel_partner_ids.filtered(
                lambda partner: partner.partner_share and not partner.is_public
            )
            .with_env(self.env)
        )
        return visitors if len(visitors) == 1 else visitors.browse()
