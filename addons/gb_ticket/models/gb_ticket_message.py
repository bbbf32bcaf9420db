from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.mail import email_normalize, formataddr, html2plaintext

from ..const import REPLY_CHANNELS

MAX_REFERENCES = 10


class GbTicketMessage(models.Model):
    """What the customer told us or was told, on any channel. All of it may be shown to the customer;
    internal notes are in the chatter and never here.

    Rows are written by ``gb.ticket._send_reply``, ``_receive``, ``_chase``, ``_log_attempt`` and ``_notify_customer``
    only; nobody creates or changes them by hand. An outgoing row is written first, then handed to Odoo's queue of its
    channel (``_deliver_<channel>``), and follows what the queue reports:

    ========== ==========================================================
    state      meaning
    ========== ==========================================================
    queued     lies in the queue of e-mails or of SMS
    sent       left us (``delivered_at``: an SMS gateway confirmed that it arrived)
    failed     did not leave or came back; ``failure`` says why, ``action_resend`` tries again
    received   from the customer
    reached    call-back attempt or telephone reply: spoke with the customer
    not_reached call-back attempt without success
    ========== ==========================================================
    """

    _name = "gb.ticket.message"
    _description = "Message with the customer"
    _order = "at desc, id desc"
    _gb_masked_fields = ("address",)

    ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="ticket_id.company_id")
    direction = fields.Selection(
        [("in", "From the customer"), ("out", "To the customer")], required=True
    )
    channel = fields.Selection(REPLY_CHANNELS, required=True)
    kind = fields.Selection(
        [
            ("message", "Message"),
            ("chase", "Chase"),
            ("attempt", "Call-back attempt"),
            ("notice", "Notice"),
        ],
        default="message",
        required=True,
    )
    event = fields.Char(help="What a notice was about, e.g. accepted.")
    at = fields.Datetime(default=fields.Datetime.now, required=True)
    subject = fields.Char()
    body = fields.Html(sanitize=True, sanitize_style=True, sanitize_form=True)
    author_id = fields.Many2one("res.partner")
    address = fields.Char(string="Sent to", help="E-mail address or telephone number.")
    state = fields.Selection(
        [
            ("received", "Received"),
            ("queued", "Queued"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("reached", "Reached"),
            ("not_reached", "Not reached"),
        ],
        default="sent",
        required=True,
    )
    delivered_at = fields.Datetime(string="Delivered", readonly=True)
    failure = fields.Char(string="Why it failed", readonly=True)
    template_id = fields.Many2one("gb.ticket.template", ondelete="set null")
    call_id = fields.Many2one("gb.call", index="btree_not_null", ondelete="set null")
    mail_message_id = fields.Many2one(
        "mail.message", string="E-mail or SMS", index="btree_not_null", ondelete="set null"
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "gb_ticket_message_attachment_rel",
        "message_id",
        "attachment_id",
        string="Attachments",
    )
    external_id = fields.Char(
        string="Identity at the sender", help="The same identity is stored once per work order."
    )

    _external_uniq = models.UniqueIndex(
        "(ticket_id, external_id) WHERE external_id IS NOT NULL", "This message is stored already."
    )
    _failed_idx = models.Index("(at) WHERE state = 'failed'")

    @api.depends("ticket_id.name", "channel", "at")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for message in self:
            message.display_name = f"{message.ticket_id.name}: {channels.get(message.channel, '')}"

    # ------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------
    def action_resend(self):
        """Try a failed message again, to the address that the work order has now.

        :raises UserError: when nothing has failed, or there is still no address
        """
        for message in self:
            message.check_access("read")
            message.ticket_id.check_access("write")
            if message.state != "failed" or message.direction != "out":
                raise UserError(self.env._("Only a message that has failed can be sent again."))
            message_sudo = message.sudo()  # written by the methods of this model only
            address = message_sudo.ticket_id._get_address(message.channel)
            if not address:
                raise UserError(message_sudo.ticket_id._get_address_refusal(message.channel))
            message_sudo.write({"address": address, "state": "queued", "failure": False})
            message_sudo._deliver()
        return True

    def _deliver(self):
        """Hand queued rows to the queue of their channel: ``_deliver_<channel>``. A channel without that method needs no
        queue: what is written on the progress page is there, what was told on the telephone has been told.

        Addons that bring a way to send (fax, a messenger) add ``_deliver_<channel>``: start sending, and later set
        ``state`` with ``_set_delivery``.
        """
        for message in self:
            deliver = getattr(message, f"_deliver_{message.channel}", None)
            if deliver:
                deliver()
            else:
                message.state = "reached" if message.channel == "phone" else "sent"

    def _deliver_email(self):
        """One e-mail through Odoo's queue. It is a message of the work order for Odoo, so that an answer to it is
        routed back by its references."""
        self.ensure_one()
        ticket = self.ticket_id
        mail = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "model": ticket._name,
                    "res_id": ticket.id,
                    "message_type": "email_outgoing",
                    "record_company_id": ticket.company_id.id,
                    "subject": self.subject or ticket._get_mail_subject(),
                    "body_html": self._render_mail(),
                    "body": self.body,
                    "email_to": formataddr((ticket._get_customer_name(), self.address)),
                    "email_from": self._get_email_from(),
                    "author_id": self.author_id.id,
                    "references": self._get_references(),
                    "attachment_ids": [(6, 0, self.attachment_ids.ids)],
                    "auto_delete": False,
                }
            )
        )
        self.mail_message_id = mail.mail_message_id
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    def _get_email_from(self):
        """The company speaks to the customer, in the name of the author of a reply."""
        company = self.ticket_id.company_id
        email = company.email_formatted or self.env.user.email_formatted
        address = email_normalize(email or "")
        if not address:
            return email
        name = company.name
        if self.kind != "notice" and self.author_id.name:
            name = f"{self.author_id.name} ({company.name})"
        return formataddr((name, address))

    def _get_references(self):
        """:return: message ids of the e-mails before this one, so that the customer's program shows one thread"""
        earlier = self.ticket_id.gb_message_ids.filtered(
            lambda message: message.id != self.id and message.mail_message_id.message_id
        ).sorted("id")[-MAX_REFERENCES:]
        return " ".join(earlier.mapped("mail_message_id.message_id"))

    def _render_mail(self):
        """:return: the e-mail around the message (Markup), in the customer's language"""
        self.ensure_one()
        message = self.with_context(lang=self.ticket_id._get_customer_lang())
        return message.env["ir.qweb"]._render(
            "gb_ticket.mail_layout", message._prepare_mail_values(), minimal_qcontext=True
        )

    def _prepare_mail_values(self):
        """Values of the QWeb template ``gb_ticket.mail_layout``."""
        ticket = self.ticket_id
        scores = self.env["gb.ticket.rating"]._fields["score"]._description_selection(self.env)
        return {
            "message": self,
            "ticket": ticket,
            "company": ticket.company_id,
            "progress_url": ticket._get_progress_url(),
            "rating_url": ticket._get_rating_url(),
            "scores": scores,
        }

    def _deliver_sms(self):
        """One SMS through Odoo's queue; the tracker outlives it and carries the gateway's reports to this row."""
        self.ensure_one()
        text = html2plaintext(self.body or "").strip()
        mail_message = (
            self.env["mail.message"]
            .sudo()
            .create(
                {
                    "model": self.ticket_id._name,
                    "res_id": self.ticket_id.id,
                    "message_type": "sms",
                    "record_company_id": self.ticket_id.company_id.id,
                    "body": self.body,
                    "author_id": self.author_id.id,
                }
            )
        )
        self.mail_message_id = mail_message
        sms = (
            self.env["sms.sms"]
            .sudo()
            .create(
                {
                    "number": self.address,
                    "body": text,
                    "partner_id": self.ticket_id.partner_id.id,
                    "mail_message_id": mail_message.id,
                }
            )
        )
        self.env["sms.tracker"].sudo().create({"sms_uuid": sms.uuid, "gb_message_id": self.id})

    def _set_delivery(self, state, failure=None, delivered=False):
        """What a queue or gateway reports about outgoing rows. A report that comes late does not turn a confirmed
        delivery back.

        :param state: ``queued``, ``sent`` or ``failed``
        :param failure: sentence why
        :param delivered: the other side has confirmed that it arrived
        """
        for message in self.filtered(lambda message: message.direction == "out"):
            if message.delivered_at and not delivered:
                continue
            values = {"state": state, "failure": failure if state == "failed" else False}
            if delivered:
                values["delivered_at"] = fields.Datetime.now()
            if any(message[name] != value for name, value in values.items()):
                message.write(values)

    # ------------------------------------------------------------
    # Records
    # ------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "What a customer is told is sent with “Reply”; it cannot be entered here."
                )
            )
        return super().create(vals_list)

    def _get_text(self):
        """:return: the body as plain text"""
        self.ensure_one()
        return html2plaintext(self.body or "").strip()
