from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty
from odoo.tools.mail import html2plaintext, plaintext2html

from ..const import REPLY_CHANNELS

SENT_CHANNELS = ("email", "sms", "phone", "web")

PLAIN_CHANNELS = ("sms", "phone")
SMS_LENGTH, SMS_LENGTH_UNICODE = 160, 70


class GbTicketReply(models.TransientModel):
    """Composer of a reply to the customer."""

    _name = "gb.ticket.reply"
    _description = "Reply to the customer"
    _gb_masked_fields = ("address",)

    ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", required=True, ondelete="cascade", readonly=True
    )
    channel = fields.Selection(
        [way for way in REPLY_CHANNELS if way[0] in SENT_CHANNELS],
        string="Send by",
        required=True,
        compute="_compute_channel",
        store=True,
        readonly=False,
        precompute=True,
    )
    address = fields.Char(string="To", compute="_compute_address")
    refusal = fields.Char(compute="_compute_address")
    available_template_ids = fields.Many2many(
        "gb.ticket.template", compute="_compute_available_template_ids"
    )
    template_id = fields.Many2one(
        "gb.ticket.template",
        domain="[('id', 'in', available_template_ids)]",
        help="Fills in the text below, in the customer's language.",
    )
    subject = fields.Char(
        compute="_compute_from_template", store=True, readonly=False, precompute=True
    )
    body = fields.Html(
        string="Message",
        sanitize_style=True,
        compute="_compute_from_template",
        store=True,
        readonly=False,
        precompute=True,
    )
    text = fields.Text(
        compute="_compute_from_template", store=True, readonly=False, precompute=True
    )
    is_plain = fields.Boolean(compute="_compute_is_plain")
    text_hint = fields.Char(compute="_compute_text_hint")
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "gb_ticket_reply_attachment_rel",
        "reply_id",
        "attachment_id",
        string="Attachments",
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.depends("ticket_id")
    def _compute_channel(self):
        """The way in which he wrote last and hears of an answer, else what he wished, where there is an address for it."""
        for reply in self:
            ticket = reply.ticket_id.sudo()
            last = ticket.gb_message_ids.filtered(
                lambda message: message.direction == "in" and message.channel in ("email", "sms")
            )
            wishes = (
                last.sorted("id")[-1:].channel,
                ticket.reply_channel,
                *ticket._get_channels_of_choice(),
                "phone",
            )
            reply.channel = next(
                wish for wish in wishes if wish in SENT_CHANNELS and ticket._get_address(wish) != ""
            )

    @api.depends("ticket_id", "channel")
    def _compute_address(self):
        for reply in self:
            ticket = reply.ticket_id.sudo()
            address = ticket._get_address(reply.channel) if ticket and reply.channel else None
            reply.address = address or False
            reply.refusal = ticket._get_address_refusal(reply.channel) if address == "" else False

    @api.depends("ticket_id", "channel")
    def _compute_available_template_ids(self):
        templates = self.env["gb.ticket.template"]
        for reply in self:
            domain = templates._get_choice_domain(reply.ticket_id.sudo(), reply.channel)
            reply.available_template_ids = templates.search([("event", "=", False), *domain])

    @api.depends("template_id")
    def _compute_from_template(self):
        for reply in self:
            if not reply.template_id:
                reply.subject = reply.subject or reply.ticket_id._get_mail_subject()
                reply.body, reply.text = reply.body, reply.text
                continue
            # read for the customer's eyes: the placeholders are a fixed list
            subject, text = reply.template_id._render(reply.ticket_id.sudo())
            reply.subject = subject or reply.ticket_id._get_mail_subject()
            reply.body, reply.text = plaintext2html(text), text

    @api.depends("channel")
    def _compute_is_plain(self):
        for reply in self:
            reply.is_plain = reply.channel in PLAIN_CHANNELS

    @api.onchange("channel")
    def _onchange_channel(self):
        """What was written is not lost when the channel is changed."""
        if self.is_plain and not self.text and not is_html_empty(self.body):
            self.text = html2plaintext(self.body).strip()
        elif not self.is_plain and self.text and is_html_empty(self.body):
            self.body = plaintext2html(self.text)
        if self.template_id not in self.available_template_ids:
            self.template_id = False

    @api.depends("channel", "text")
    def _compute_text_hint(self):
        for reply in self:
            if reply.channel == "phone":
                reply.text_hint = self.env._("Write down what you told the customer.")
            elif reply.channel == "sms":
                text = reply.text or ""
                length = SMS_LENGTH if text.isascii() else SMS_LENGTH_UNICODE
                reply.text_hint = self.env._(
                    "%(characters)s characters, %(parts)s SMS",
                    characters=len(text),
                    parts=max(-(-len(text) // length), 1),
                )
            else:
                reply.text_hint = False

    @api.depends("channel", "subject", "body")
    def _compute_preview(self):
        for reply in self:
            if reply.channel != "email":
                reply.preview = False
                continue
            message = self.env["gb.ticket.message"].new(
                {
                    "ticket_id": reply.ticket_id.id,
                    "channel": "email",
                    "kind": "message",
                    "direction": "out",
                    "author_id": self.env.user.partner_id.id,
                    "subject": reply.subject,
                    "body": self.env["gb.ticket"]._to_html(reply.body),
                }
            )
            reply.preview = message.sudo()._render_mail()

    def action_send(self):
        """Send the reply. :raises UserError: when it is empty, or there is no address"""
        self.ensure_one()
        ticket = self.ticket_id
        ticket._check_may_reply()
        self.attachment_ids.check_access("read")
        if self.is_plain and not (self.text or "").strip():
            raise UserError(self.env._("Write something to the customer first."))
        ticket._send_reply(
            self.channel,
            self.text if self.is_plain else self.body,
            subject=self.subject if not self.is_plain else None,
            template=self.template_id,
            attachment_ids=self.attachment_ids.ids if not self.is_plain else (),
        )
        return {"type": "ir.actions.act_window_close"}
