import logging
import uuid
from datetime import timedelta

import phonenumbers
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime, is_html_empty
from odoo.tools.mail import email_normalize, html_sanitize, plaintext2html
from odoo.tools.urls import urljoin

from ..const import OPEN_PHASES

_logger = logging.getLogger(__name__)

CUSTOMERS_TURN = ("waiting_customer", "call_back")

# Without an address these are worth a row that says so: somebody has to telephone.
NOTICES_THAT_MATTER = ("waiting", "extended", "declined", "final_position")


class GbTicket(models.Model):
    """What the customer is told and tells us. See ``gb.ticket.message`` for what becomes of it."""

    _inherit = "gb.ticket"

    access_token = fields.Char(default=lambda self: str(uuid.uuid4()))
    chased_at = fields.Datetime(string="Last chased", readonly=True, copy=False)
    failed_message_count = fields.Integer(
        string="Failed messages", compute="_compute_failed_message_count", compute_sudo=True
    )

    _access_token_uniq = models.UniqueIndex("(access_token) WHERE access_token IS NOT NULL")
    _customer_follow_up_idx = models.Index(
        "(follow_up_at) WHERE is_open IS TRUE AND follow_up_at IS NOT NULL"
    )

    @api.depends("gb_message_ids.state")
    def _compute_failed_message_count(self):
        counts = dict(
            self.env["gb.ticket.message"]._read_group(
                [("ticket_id", "in", self.ids), ("state", "=", "failed")],
                ["ticket_id"],
                ["__count"],
            )
        )
        for ticket in self:
            ticket.failed_message_count = counts.get(ticket, 0)

    def _compute_access_url(self):
        for ticket in self:
            ticket.access_url = f"/my/work-orders/{ticket.id}"

    def _get_progress_url(self, path=""):
        """:return: address of the customer's page, that works without signing in"""
        self.ensure_one()
        return urljoin(
            self.get_base_url(), f"/gb/progress/{self.sudo()._portal_ensure_token()}{path}"
        )

    # ------------------------------------------------------------
    # Who and where the customer is
    # ------------------------------------------------------------
    def _get_customer_name(self):
        self.ensure_one()
        return self.contact_name or self.partner_id.name or ""

    def _get_customer_lang(self):
        """:return: code of an installed language: the customer's, else the company's"""
        self.ensure_one()
        installed = dict(self.env["res.lang"].get_installed())
        for partner in (self.partner_id, self.company_id.partner_id):
            if partner.lang in installed:
                return partner.lang
        return self.env.lang if self.env.lang in installed else next(iter(installed))

    def _get_customer_tz(self):
        """:return: name of the time zone in which times are told to the customer"""
        self.ensure_one()
        return (
            self.partner_id.tz
            or self.company_id.partner_id.tz
            or self.company_id.resource_calendar_id.tz
            or "UTC"
        )

    def _format_for_customer(self, value, lang=None):
        """:param value: datetime in UTC or False. :return: text in the customer's language and time zone"""
        self.ensure_one()
        if not value:
            return ""
        return format_datetime(
            self.env,
            value,
            tz=self._get_customer_tz(),
            dt_format="short",
            lang_code=lang or self._get_customer_lang(),
        )

    def _get_address(self, channel):
        """:return: e-mail address or number of the customer for ``channel``; "" where there is none; None for channels
        that need none"""
        self.ensure_one()
        if channel == "email":
            return email_normalize(self.contact_email) or self.partner_id.email_normalized or ""
        if channel == "sms":
            return self._get_mobile_number()
        return None

    def _get_mobile_number(self):
        """:return: the first number of the contact or customer that can take an SMS, in E.164; "" when there is none"""
        phones = self.env["gb.phone"]
        region = phones._get_region(self.partner_id)
        for number in (self.contact_phone, *self.partner_id.gb_phone_ids.mapped("number")):
            e164 = phones._parse(number, region).e164
            if e164 and not self._is_landline(e164):
                return e164
        return ""

    @api.model
    def _is_landline(self, e164):
        kind = phonenumbers.number_type(phonenumbers.parse(e164))
        return kind == phonenumbers.PhoneNumberType.FIXED_LINE

    def _get_address_refusal(self, channel):
        """:return: sentence why nothing can be sent on ``channel``"""
        if channel == "email":
            return self.env._("There is no e-mail address of the customer on the work order.")
        return self.env._(
            "There is no number of the customer that can take an SMS on the work order."
        )

    # ------------------------------------------------------------
    # Out
    # ------------------------------------------------------------
    def action_reply(self):
        """Open the composer."""
        self.ensure_one()
        self._check_may_reply()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reply to the customer"),
            "res_model": "gb.ticket.reply",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }

    def action_log_attempt(self):
        """Open the dialog for a call to the customer."""
        self.ensure_one()
        self._check_may_reply()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Call to the customer"),
            "res_model": "gb.ticket.attempt",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }

    def _check_may_reply(self):
        """:raises AccessError: unless the user works on this work order"""
        self.check_access("write")

    def _send_reply(
        self,
        channel,
        body,
        subject=None,
        template=None,
        attachment_ids=(),
        kind="message",
        event=None,
    ):
        """Tell the customer something: stored first, then sent by Odoo's queue of the channel.

        The caller has checked that the user may. An answer by a person (not a notice) is the first contact.

        :param channel: one of REPLY_CHANNELS
        :param body: text, or Markup for HTML; HTML is sanitized
        :param template: gb.ticket.template that it was written from
        :param attachment_ids: ids of ir.attachment
        :return: gb.ticket.message as superuser, ``queued`` or ``sent``
        :raises UserError: when there is nothing to say, or no address for this channel
        """
        self.ensure_one()
        ticket = self.sudo()
        body = self._to_html(body)
        if is_html_empty(body) and not attachment_ids:
            raise UserError(self.env._("Write something to the customer first."))
        address = ticket._get_address(channel)
        if address == "":
            raise UserError(ticket._get_address_refusal(channel))
        message = ticket._store_message(
            direction="out",
            channel=channel,
            kind=kind,
            event=event,
            subject=subject,
            body=body,
            address=address,
            state="queued",
            template_id=template.id if template else False,
            author_id=False if kind == "notice" else self.env.user.partner_id.id,
            attachment_ids=attachment_ids,
        )
        message._deliver()
        if kind != "notice":
            ticket._note_first_contact()
        return message

    @api.model
    def _to_html(self, body):
        """:return: sanitized HTML. What is no Markup is plain text and is escaped."""
        if not body:
            return ""
        if not hasattr(body, "__html__"):
            body = plaintext2html(str(body))
        return html_sanitize(body, sanitize_attributes=True, sanitize_style=True)

    def _store_message(self, attachment_ids=(), **values):
        """:return: new gb.ticket.message; its attachments belong to the work order from now on"""
        message = (
            self.env["gb.ticket.message"]
            .sudo()
            .create(
                {
                    **values,
                    "ticket_id": self.id,
                    "attachment_ids": [(6, 0, list(attachment_ids))],
                }
            )
        )
        # files of a dialog or of nobody; one that belongs to another document stays there
        message.attachment_ids.filtered(
            lambda attachment: not attachment.res_id or attachment.res_model == "gb.ticket.reply"
        ).write({"res_model": self._name, "res_id": self.id})
        return message

    def _note_first_contact(self, at=None):
        """The customer has heard from a person: the clock of the first contact is fulfilled."""
        at = at or fields.Datetime.now()
        for ticket in self.sudo():
            if not ticket.first_contact_at:
                ticket.first_contact_at = at
            ticket._fulfil_clock("first_contact", at)

    def _log_attempt(self, reached, note=None, call=None):
        """Record a call to the customer.

        :param reached: whether somebody spoke with him
        :param note: what was said; the customer may read it
        :param call: gb.call
        :return: gb.ticket.message as superuser
        """
        self.ensure_one()
        ticket = self.sudo()
        message = ticket._store_message(
            direction="out",
            channel="phone",
            kind="attempt",
            body=self._to_html(note),
            address=ticket.contact_phone or ticket.partner_id.phone,
            state="reached" if reached else "not_reached",
            author_id=self.env.user.partner_id.id,
            call_id=call.id if call else False,
        )
        if call:
            ticket.call_ids |= call.sudo()
        if reached:
            ticket._note_first_contact()
        return message

    # ------------------------------------------------------------
    # In
    # ------------------------------------------------------------
    def _receive(
        self,
        channel,
        body,
        subject=None,
        author=None,
        attachment_ids=(),
        external_id=None,
        kind="message",
    ):
        """Store what the customer told us. A work order that waits for him goes on, its handler is told.

        The same ``external_id`` is stored once per work order; of two at once the second fails on the unique index and
        finds the first when it is tried again.

        :param body: text, or Markup for HTML; HTML is sanitized
        :param author: res.partner, the customer by default
        :return: gb.ticket.message as superuser, the earlier one for a known ``external_id``
        """
        self.ensure_one()
        ticket = self.sudo()
        if external_id:
            known = ticket.env["gb.ticket.message"].search(
                [("ticket_id", "=", ticket.id), ("external_id", "=", external_id)], limit=1
            )
            if known:
                return known
        message = ticket._store_message(
            direction="in",
            channel=channel,
            kind=kind,
            subject=subject,
            body=self._to_html(body),
            state="received",
            author_id=(author or ticket.partner_id).id,
            attachment_ids=attachment_ids,
            external_id=external_id,
        )
        if ticket.state_code == "waiting_customer":
            ticket._try_move("resume", actor="customer")
        ticket._tell_handler(
            self.env._("%(customer)s wrote about %(number)s", **ticket._get_names()), message.body
        )
        ticket._emit("ticket.message")
        return message

    def _chase(self, channel, body=None, author=None, external_id=None):
        """The customer asks how long it takes. Counted and passed on to the handler; from the second time on it becomes
        more urgent.

        :return: gb.ticket.message as superuser
        """
        self.ensure_one()
        ticket = self.sudo()
        ticket.write({"chase_count": ticket.chase_count + 1, "chased_at": fields.Datetime.now()})
        if ticket.chase_count > 1 and ticket.urgency < "2":
            ticket.urgency = str(int(ticket.urgency or 0) + 1)
            ticket._retarget_clocks()
        return ticket._receive(
            channel,
            body or ticket.env._("The customer asks how his matter is getting on."),
            author=author,
            external_id=external_id,
            kind="chase",
        )

    def _is_being_worked_on(self):
        """Whether it is our turn: accepted, and not waiting for the customer himself."""
        self.ensure_one()
        return self.phase in OPEN_PHASES[1:] and self.state_code not in CUSTOMERS_TURN

    def _get_chase_refusal(self):
        """:return: sentence why the customer cannot chase on his page now, or False"""
        self.ensure_one()
        if not self._is_being_worked_on():
            return self.env._("We are not working on it at the moment.")
        hours = self._get_parameter("chase_hours", 4)
        if self.chased_at and self.chased_at > fields.Datetime.now() - timedelta(hours=hours):
            return self.env._("We have received your request and told the one in charge.")
        return False

    def _tell_handler(self, subject, body):
        """Notify whoever works on it: the handler, else the leads of the department, else who accepted it."""
        for ticket in self:
            users = (
                ticket.user_id or ticket.department_id.gb_lead_ids or ticket.accepted_by_id
            ).filtered(lambda user: user.active and not user.share and user != self.env.user)
            if users.partner_id:
                ticket.message_notify(
                    partner_ids=users.partner_id.ids,
                    subject=subject,
                    body=body or subject,
                    author_id=ticket.partner_id.id or self.env.user.partner_id.id,
                    email_from=ticket.company_id.email_formatted or self.env.user.email_formatted,
                )

    def _get_names(self):
        return {"customer": self._get_customer_name(), "number": self.name}

    def _try_move(self, code, values=None, note=None, actor="system"):
        """Move if the process allows it now. :return: whether it moved"""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                return bool(self._transition(code, values, note, actor=actor))
        except (UserError, AccessError) as error:
            _logger.info("%s is not moved by “%s”: %s", self.name, code, error)
            return False

    # ------------------------------------------------------------
    # Notices
    # ------------------------------------------------------------
    @api.model
    def _get_placeholder_names(self):
        """:return: {name: what it stands for} of the placeholders that reply templates may use"""
        return {
            "number": self.env._("Number of the work order"),
            "subject": self.env._("What it is about"),
            "customer": self.env._("Name of the contact or customer"),
            "type": self.env._("Type of the work order"),
            "stage": self.env._("Stage, in the words for customers"),
            "department": self.env._("Department in charge"),
            "handler": self.env._("Who works on it"),
            "agent": self.env._("Name of the user who writes"),
            "company": self.env._("Name of our company"),
            "company_phone": self.env._("Our telephone number"),
            "due": self.env._("Promised time of a result"),
            "follow_up": self.env._("When we come back to it"),
            "solution": self.env._("Result"),
            "reason": self.env._("Reason that was given for the last move"),
            "order": self.env._("Number of the order"),
            "product": self.env._("Product"),
            "merged_into": self.env._("Number under which it goes on after a merge"),
            "reopen_days": self.env._("Days within which it can be reopened"),
            "link": self.env._("Address of the customer's progress page"),
            "rating_link": self.env._("Address of the question about satisfaction"),
        }

    def _get_placeholders(self, lang):
        """Values of the placeholders for this work order. Addons that add names override both methods.

        :param lang: code of the language to write in
        :return: {name: plain text}, "" for what there is not
        """
        self.ensure_one()
        ticket = self.with_context(lang=lang)
        return {
            "number": ticket.name if ticket.name != "/" else "",
            "subject": ticket.subject or "",
            "customer": ticket._get_customer_name(),
            "type": ticket.type_id.name or "",
            "stage": ticket.state_id.customer_name or ticket.state_id.name or "",
            "department": ticket.department_id.name or "",
            "handler": ticket.user_id.name or "",
            "agent": "" if self.env.user._is_public() else self.env.user.name or "",
            "company": ticket.company_id.name,
            "company_phone": ticket.company_id.phone or "",
            "due": ticket._format_for_customer(ticket.due_at, lang),
            "follow_up": ticket._format_for_customer(ticket.follow_up_at, lang),
            "solution": ticket.solution or ticket.answer or "",
            "reason": ticket.step_ids.sorted("id")[-1:].note or "",
            "order": ticket.order_id.name or "",
            "product": ticket.product_id.display_name or "",
            "merged_into": ticket.merged_into_id.name or "",
            "reopen_days": str(ticket.process_id.reopen_days),
            "link": ticket._get_progress_url(),
            "rating_link": ticket._get_rating_url(),
        }

    def _get_mail_subject(self):
        self.ensure_one()
        return f"{self.name}: {self.subject}" if self.name != "/" else self.subject

    def _get_channels_of_choice(self):
        """:return: channels on which notices are tried, in this order: what the customer wished, then the other"""
        return ("sms", "email") if self.reply_channel == "sms" else ("email", "sms")

    def _notify_customer(self, event, channel=None):
        """Tell the customer about ``event`` with the template for it, on the channel that he wished or can be reached on.

        Never fails the move that it belongs to: what goes wrong is logged.

        :param event: see ``gb.ticket.template``
        :param channel: this one only
        :return: gb.ticket.message as superuser; empty when there is no template or no address
        """
        messages = self.env["gb.ticket.message"].sudo()
        for ticket in self.sudo():
            try:
                with self.env.cr.savepoint():
                    messages |= ticket._send_notice(event, channel)
            except OperationalError:  # another transaction was quicker: the whole move is run again
                raise
            except Exception:
                _logger.exception("%s: the customer was not told of “%s”", ticket.name, event)
        return messages

    def _send_notice(self, event, channel=None):
        channels = (channel,) if channel else self._get_channels_of_choice()
        templates = self.env["gb.ticket.template"].sudo()
        no_address = None
        for candidate in channels:
            template = templates._pick(self, event, candidate)
            if not template:
                continue
            if self._get_address(candidate) == "":
                no_address = no_address or (candidate, template)
                continue
            subject, text = template._render(self)
            return self._send_reply(
                candidate, text, subject=subject, template=template, kind="notice", event=event
            )
        if no_address and event in NOTICES_THAT_MATTER:
            return self._store_unsent_notice(event, *no_address)
        return self.env["gb.ticket.message"]

    def _store_unsent_notice(self, event, channel, template):
        subject, text = template._render(self)
        message = self._store_message(
            direction="out",
            channel=channel,
            kind="notice",
            event=event,
            subject=subject,
            body=self._to_html(text),
            state="failed",
            failure=self._get_address_refusal(channel),
            template_id=template.id,
        )
        self._tell_handler(
            self.env._("%(number)s: please telephone %(customer)s", **self._get_names()),
            self.env._(
                "This could not be sent: there is neither an e-mail address nor a mobile number."
            ),
        )
        return message

    # ------------------------------------------------------------
    # Waiting for the customer
    # ------------------------------------------------------------
    @api.model
    def _cron_remind_customers(self, limit=200):
        """Remind customers of what we wait for when the follow-up date has come, at most three times; then the handler
        goes on without an answer."""
        domain = [
            ("is_open", "=", True),
            ("follow_up_at", "<=", fields.Datetime.now()),
            ("state_id", "=", self.env["gb.ticket.state"]._get("waiting_customer").id),
        ]
        tickets = self.search(domain, limit=limit, order="follow_up_at")
        cron = self.env["ir.cron"]
        left = len(tickets) if len(tickets) < limit else self.search_count(domain)
        cron._commit_progress(remaining=left)
        days = self._get_parameter("reminder_days", 1)
        for ticket in tickets:
            ticket = ticket.try_lock_for_update().filtered_domain(domain)
            if ticket:
                ticket._remind(days)
            left -= 1
            if not cron._commit_progress(1, remaining=max(left, 0)):
                break

    def _remind(self, days):
        self.ensure_one()
        if self.reminder_count < self.process_id.max_reminders:
            self.write(
                {
                    "reminder_count": self.reminder_count + 1,
                    "follow_up_at": fields.Datetime.now() + timedelta(days=days),
                }
            )
            self._notify_customer("reminder")
            return
        note = self.env._(
            "The customer did not answer %(count)s reminders.", count=self.reminder_count
        )
        self.follow_up_at = False
        if self._try_move("resume", note=note):
            self._tell_handler(
                self.env._("%(customer)s did not answer about %(number)s", **self._get_names()),
                note,
            )

    # ------------------------------------------------------------
    # Tools
    # ------------------------------------------------------------
    @api.model
    def _get_parameter(self, name, default):
        """:return: number (int) in the system parameter ``gb_ticket.<name>``, ``default`` when it is none"""
        value = self.env["ir.config_parameter"].sudo().get_param(f"gb_ticket.{name}")
        try:
            return int(value or default)
        except ValueError:
            return default

    def _message_receive_bounce(self, email, partner):
        """An e-mail to the customer came back: the message says so."""
        result = super()._message_receive_bounce(email, partner)
        for ticket in self.sudo():
            ticket.gb_message_ids.filtered(
                lambda message: (
                    message.channel == "email"
                    and message.state == "sent"
                    and message.address == email_normalize(email)
                )
            ).sorted("id")[-1:]._set_delivery(
                "failed", self.env._("The e-mail came back: the address does not take it.")
            )
        return result
