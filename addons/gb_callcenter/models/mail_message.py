from odoo import api, fields, models
from odoo.tools import html2plaintext

EXCERPT = 300
MAIL_TYPES = ("email", "email_outgoing")


class MailMessage(models.Model):
    """E-mails and SMS to and from customers are contacts."""

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        # nearly all messages are notes and notifications: those cost a look at two fields
        if candidates := messages.filtered(lambda message: message._is_gb_contact()):
            messages.env["gb.contact"]._log(candidates.sudo()._prepare_gb_contacts())
        return messages

    def unlink(self):
        if candidates := self.filtered(lambda message: message._is_gb_contact()):
            self.env["gb.contact"]._drop_sources(
                {(self._name, row_id) for row_id in candidates.ids}
            )
        return super().unlink()

    def _is_gb_contact(self):
        """Whether the message may be a contact with a customer. Addons whose own records log the same say no."""
        self.ensure_one()
        if not self.res_id or self.model not in self.env or self.model == "discuss.channel":
            return False
        return self.message_type in (*MAIL_TYPES, "sms") or (
            # written in the composer: an e-mail to whom it names
            self.message_type == "comment" and bool(self.sudo().partner_ids)
        )

    def _prepare_gb_contacts(self):
        """:return: list of values for ``gb.contact._log``, of the messages that customers sent or got"""
        customers, rows = {}, []
        for model, messages in self.grouped("model").items():
            records = self.env[model].browse(set(messages.mapped("res_id"))).exists()
            customers[model] = self._get_gb_record_customers(records)
        for message in self:
            author = message.author_id
            of_record = customers[message.model].get(message.res_id, self.env["res.partner"])
            is_inbound = message.message_type == "email" or (
                author and author.partner_share and message.message_type == "comment"
            )
            if is_inbound:
                who = author if author and author.partner_share else of_record
            else:
                who = message.partner_ids.filtered("partner_share") or (
                    of_record if message.message_type != "comment" else self.env["res.partner"]
                )
            who = who.filtered(lambda partner: partner.partner_share and partner.active)[:1]
            if who:
                rows.append(message._prepare_gb_contact(who, is_inbound))
        return rows

    def _prepare_gb_contact(self, partner, is_inbound):
        body = " ".join(html2plaintext(self.body or "").split())
        company = self.record_company_id or partner.company_id or self.env.company
        is_sms = self.message_type == "sms"
        return {
            "res_model": self._name,
            "res_id": self.id,
            "partner_id": partner.id,
            "channel": "sms" if is_sms else "web" if self._is_gb_web(is_inbound) else "email",
            "direction": "inbound" if is_inbound else "outbound",
            "at": self.date or fields.Datetime.now(),
            "user_id": False if is_inbound else self.author_id.user_ids[:1].id,
            "subject": False if is_sms else self.subject or self.record_name or body[:80],
            "summary": body[:EXCERPT],
            "company_id": company.id,
        }

    def _is_gb_web(self, is_inbound):
        return is_inbound and self.message_type == "comment"

    @api.model
    def _get_gb_record_customers(self, records):
        """:return: dict of record ids: res.partner, the customer that the record is about"""
        if records._name == "res.partner":
            return {partner.id: partner for partner in records}
        return {
            record_id: partners[:1] for record_id, partners in records._mail_get_partners().items()
        }
