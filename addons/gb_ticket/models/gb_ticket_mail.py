import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import formataddr, html2plaintext
from odoo.tools.mail import email_normalize, email_split_tuples

from ..tools.mail_text import strip_quotes

_logger = logging.getLogger(__name__)
SUBJECT_LENGTH = 200
MAX_ADDRESS = 68  # longer ones are folded, and some mail programs cannot read that


class GbTicket(models.Model):
    """E-mails to a department's address. What the customer writes becomes a message of the work order
    (``_receive``); what others write is a note that the customer never sees."""

    _inherit = "gb.ticket"
    _primary_email = "contact_email"

    contact_email = fields.Char(index="btree_not_null")
    mail_loop_told_at = fields.Datetime(
        readonly=True, copy=False, help="When the sender was told that he writes too many e-mails."
    )

    # ------------------------------------------------------------
    # Gateway
    # ------------------------------------------------------------
    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A draft from an e-mail to a department's address.

        The e-mail itself is stored by ``message_post`` afterwards, which then accepts the work order if it can be.
        """
        values = dict(custom_values or {})
        name, email = (email_split_tuples(msg_dict.get("email_from") or "") or [("", "")])[0]
        company = self.env["res.company"].browse(values.get("company_id")) or self.env.company
        gateway = self.with_company(company)
        partner = gateway._find_mail_author(msg_dict)
        if partner:
            msg_dict["author_id"] = partner.id
        body = html2plaintext(strip_quotes(msg_dict.get("body"))).strip()
        subject = (msg_dict.get("subject") or body.partition("\n")[0]).strip()
        values.update(
            subject=subject[:SUBJECT_LENGTH] or self.env._("E-mail without a subject"),
            description=body,
            channel="email",
            reply_channel="email",
            company_id=company.id,
            contact_name=name or partner.name,
            contact_email=email_normalize(email) or email,
        )
        if not gateway._is_staff(partner):  # staff write for a customer: an agent says for whom
            values["partner_id"] = partner.id
        values.setdefault("type_id", gateway._get_default_mail_type().id)
        ticket = gateway.create(values)
        return ticket.with_context(gb_new_from_mail=True)

    @api.model
    def _get_default_mail_type(self):
        """:return: gb.ticket.type of work orders from e-mails, where the department does not say"""
        return self.env["gb.ticket.type"].search([("kind", "=", "consultation")], limit=1) or (
            self.env["gb.ticket.type"].search([], limit=1)
        )

    @api.model
    def _find_mail_author(self, msg_dict):
        """:return: res.partner who wrote, created when nobody has this address; empty for our own addresses"""
        author = self.env["res.partner"].browse(msg_dict.get("author_id") or ())
        return author or self.env["mail.thread"]._partner_find_from_emails_single(
            [msg_dict["email_from"]], no_create=False
        )

    @api.model
    def _is_staff(self, partner):
        return any(not user.share for user in partner.sudo().user_ids)

    def _is_customers_email(self, email):
        """Whether an address is of the customer, the contact or somebody of the same company."""
        self.ensure_one()
        email = email_normalize(email)
        if not email:
            return False
        sudo = self.sudo()
        if email in (email_normalize(sudo.contact_email), sudo.partner_id.email_normalized):
            return True
        family = sudo.partner_id.commercial_partner_id
        return bool(family) and bool(
            self.env["res.partner"]
            .sudo()
            .search_count(
                [("id", "child_of", family.id), ("email_normalized", "=", email)], limit=1
            )
        )

    def _follow_merges(self):
        """:return: the work order that goes on with this one: itself unless it was merged"""
        self.ensure_one()
        target, seen = self, self
        while target.merged_into_id and target.merged_into_id not in seen:
            target = target.merged_into_id
            seen |= target
        return target

    @api.model
    def _find_last_of_sender(self, email_from):
        return self.search(
            [("contact_email", "=", email_normalize(email_from))], order="id desc", limit=1
        )

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        # equality: the index finds it among a million
        return [("contact_email", "=", email_from_normalized), ("channel", "=", "email")]

    def _note_mail_loop(self, message_dict):
        """Leave a note where an agent sees it: further e-mails of this sender were not taken in."""
        self.mail_loop_told_at = fields.Datetime.now()
        self._message_log(
            body=self.env._(
                "%(sender)s writes too many e-mails at a time. This one and further ones were not taken in, the sender "
                "was told so once: %(subject)s",
                sender=message_dict["email_from"],
                subject=message_dict.get("subject") or "–",
            )
        )

    # ------------------------------------------------------------
    # Messages
    # ------------------------------------------------------------
    def message_post(self, **kwargs):
        """E-mails that come in are internal notes here, with nobody outside told: the customer's page and the
        messages show ``gb.ticket.message`` instead."""
        if kwargs.get("message_type") != "email":
            return super().message_post(**kwargs)
        staff_sudo = (
            self.env["res.partner"]
            .sudo()
            .browse(kwargs.get("partner_ids") or ())
            .filtered(lambda partner: not partner.partner_share)
        )
        kwargs.update(
            subtype_id=self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
            partner_ids=staff_sudo.ids,
        )
        return super().message_post(**kwargs)

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        if message.message_type == "email" and not self.env.context.get("gb_automatic_mail"):
            self._take_in_email(message)
        return result

    def _take_in_email(self, message):
        """Store what the customer wrote, exactly once. :param message: mail.message that has just come in"""
        self.ensure_one()
        is_new = self.env.context.get("gb_new_from_mail")
        if not self._is_from_customer(message):
            return
        self._receive(
            "email",
            strip_quotes(message.body),
            subject=message.subject,
            author=message.author_id,
            attachment_ids=message.attachment_ids.ids,
            external_id=message.message_id,
        )
        if is_new:
            self._accept_automatically()

    def _is_from_customer(self, message):
        """The customer, or whoever answers what we wrote to him; staff and third parties are not."""
        if self._is_staff(message.author_id):
            return False
        if self._is_customers_email(message.email_from):
            return True
        return bool(
            message.parent_id
            and self.env["gb.ticket.message"]
            .sudo()
            .search_count(
                [
                    ("mail_message_id", "=", message.parent_id.id),
                    ("ticket_id", "=", self.id),
                    ("direction", "=", "out"),
                ],
                limit=1,
            )
        )

    def _accept_automatically(self):
        """Accept a draft that came in by itself; one that lacks something stays for an agent, with a note why.

        :return: whether it was accepted
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._transition("accept", actor="system")
        except (UserError, AccessError) as error:
            _logger.info("work order %s stays a draft: %s", self.id, error)
            self._message_log(
                body=self.env._("An agent has to accept this one: %(reason)s", reason=str(error))
            )
            return False
        return True

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        """Followers get internal notes: customers can never be among them."""
        partners_sudo = self.env["res.partner"].sudo().browse(partner_ids or ())
        staff = partners_sudo.filtered(lambda partner: not partner.partner_share)
        return super()._message_subscribe(
            staff.ids, subtype_ids=subtype_ids, customer_ids=customer_ids
        )

    def _notify_get_reply_to_batch(self, defaults=None, author_ids=None):
        """Answers come back to the address of the department that the customer wrote to."""
        result = super()._notify_get_reply_to_batch(defaults=defaults, author_ids=author_ids)
        for ticket in self.sudo():
            departments = ticket.department_id | ticket.suggested_department_id
            address = departments.filtered("alias_email")[:1].alias_email
            if address:
                named = formataddr((ticket.company_id.name, address))
                result[ticket.id] = named if len(named) <= MAX_ADDRESS else address
        return result
