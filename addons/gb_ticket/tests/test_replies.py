from unittest.mock import patch

from markupsafe import Markup

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.sms.tools.sms_api import SmsApi

from .common import TicketCase


@tagged("post_install", "-at_install")
class ReplyCase(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "chen@example.com"
        cls.company.email = "service@example.com"

    def _messages(self, ticket, **values):
        return ticket.gb_message_ids.filtered(
            lambda message: all(message[name] == value for name, value in values.items())
        )

    def _run_cron(self, name):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"gb_ticket.ir_cron_{name}").method_direct_trigger()
        self.env.invalidate_all()

    def _send_mails(self, ticket, error=None):
        """Let the queue of e-mails run. :return: e-mails that left (email.message)"""
        sent = []

        def send_email(_server, message, *_args, **_kwargs):
            if error:
                raise OSError(error)
            sent.append(message)
            return message["Message-Id"]

        mails = self.env["mail.mail"].search(
            [("model", "=", "gb.ticket"), ("res_id", "=", ticket.id), ("state", "=", "outgoing")]
        )
        with (
            patch.object(IrMail_Server, "send_email", send_email),
            patch.object(IrMail_Server, "_disable_send", lambda _server: False),
            patch.object(IrMail_Server, "_connect__", lambda *_args, **_kwargs: None),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            mails.sorted("id").send()
        return sent

    def _send_sms(self, ticket, state="success"):
        """Let the queue of SMS run. :return: [(number, text)] that the gateway got"""
        sent = []

        def send_batch(_api, messages, delivery_reports_url=False):
            results = []
            for message in messages:
                for number in message["numbers"]:
                    sent.append((number["number"], message["content"]))
                    results.append({"uuid": number["uuid"], "state": state})
            return results

        with patch.object(SmsApi, "_send_sms_batch", send_batch):
            self.env["sms.sms"].search(
                [
                    ("mail_message_id.model", "=", "gb.ticket"),
                    ("mail_message_id.res_id", "=", ticket.id),
                ]
            ).send()
        return sent


@tagged("post_install", "-at_install")
class TestReplies(ReplyCase):
    # ------------------------------------------------------------
    # E-mail
    # ------------------------------------------------------------
    def test_email_is_stored_then_sent(self):
        ticket = self._walk(self._ticket(), "processing")
        message = ticket.with_user(self.handler)._send_reply("email", "It is on its way.", "News")
        self.assertEqual((message.state, message.address), ("queued", "chen@example.com"))
        self.assertEqual(message.author_id, self.handler.partner_id)
        mail = self._send_mails(ticket)[-1]
        self.assertEqual(message.state, "sent")
        self.assertEqual(mail["Subject"], "News")
        self.assertIn("chen@example.com", mail["To"])
        self.assertIn("It is on its way.", mail.as_string())

    def test_emails_of_a_work_order_are_one_thread(self):
        ticket = self._walk(self._ticket(), "processing")
        first = ticket.with_user(self.handler)._send_reply("email", "One")
        second = ticket.with_user(self.handler)._send_reply("email", "Two")
        self.assertTrue(first.mail_message_id.message_id)
        mails = self._send_mails(ticket)
        by_id = {mail["Message-Id"]: mail for mail in mails}
        self.assertIn(
            first.mail_message_id.message_id, by_id[second.mail_message_id.message_id]["References"]
        )
        self.assertEqual(first.mail_message_id.res_id, ticket.id)

    def test_failed_email_says_why_and_is_sent_again(self):
        ticket = self._walk(self._ticket(), "processing")
        message = ticket.with_user(self.handler)._send_reply("email", "Hello")
        self._send_mails(ticket, error="Mailbox is full")
        self.assertEqual(message.state, "failed")
        self.assertIn("Mailbox is full", message.failure)
        self.assertEqual(ticket.failed_message_count, len(self._messages(ticket, state="failed")))
        ticket.contact_email = "other@example.com"
        message.with_user(self.handler).action_resend()
        self.assertEqual((message.state, message.failure), ("queued", False))
        self.assertIn("other@example.com", self._send_mails(ticket)[-1]["To"])
        self.assertEqual(message.state, "sent")

    def test_only_what_failed_is_sent_again(self):
        ticket = self._walk(self._ticket(), "processing")
        message = ticket.with_user(self.handler)._send_reply("web", "Hello")
        with self.assertRaisesRegex(UserError, "has failed"):
            message.with_user(self.handler).action_resend()

    def test_email_that_comes_back_is_failed(self):
        ticket = self._walk(self._ticket(), "processing")
        message = ticket.with_user(self.handler)._send_reply("email", "Hello")
        self._send_mails(ticket)
        ticket._message_receive_bounce("chen@example.com", self.customer)
        self.assertEqual(message.state, "failed")
        self.assertIn("came back", message.failure)

    # ------------------------------------------------------------
    # SMS
    # ------------------------------------------------------------
    def test_sms_follows_what_the_gateway_reports(self):
        ticket = self._walk(self._ticket(), "processing")
        message = ticket.with_user(self.handler)._send_reply("sms", "On its way")
        self.assertEqual((message.state, message.address), ("queued", "+8613800007771"))
        self.assertEqual(self._send_sms(ticket)[-1], ("+8613800007771", "On its way"))
        self.assertEqual((message.state, message.delivered_at), ("sent", False))
        tracker = self.env["sms.tracker"].search([("gb_message_id", "=", message.id)])
        tracker._action_update_from_sms_state("sent")
        self.assertTrue(message.delivered_at)
        tracker._action_update_from_provider_error("not_delivered")
        self.assertEqual(message.state, "sent", "a late report does not turn a delivery back")

    def test_sms_without_credit_fails_with_the_reason(self):
        ticket = self._walk(self._ticket(), "processing")
        message = ticket.with_user(self.handler)._send_reply("sms", "On its way")
        self._send_sms(ticket, state="insufficient_credit")
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.failure, "Insufficient Credit")

    def test_report_of_the_carrier_fails_it(self):
        ticket = self._walk(self._ticket(), "processing")
        message = ticket.with_user(self.handler)._send_reply("sms", "On its way")
        self._send_sms(ticket)
        tracker = self.env["sms.tracker"].search([("gb_message_id", "=", message.id)])
        tracker._action_update_from_provider_error("invalid_destination")
        self.assertEqual(message.state, "failed")
        self.assertTrue(message.failure)

    def test_landline_takes_no_sms(self):
        ticket = self._ticket(contact_phone="010 6552 9988")
        self.assertEqual(
            ticket._get_address("sms"), "+8613800007771", "the customer's mobile instead"
        )
        self.customer.phone = "021 6552 9988"
        with self.assertRaisesRegex(UserError, "can take an SMS"):
            ticket.with_user(self.agent)._send_reply("sms", "Hello")

    # ------------------------------------------------------------
    # Content and rights
    # ------------------------------------------------------------
    def test_script_does_not_get_into_a_message(self):
        ticket = self._ticket()
        plain = ticket._receive("web", "<script>alert(1)</script> & co")
        self.assertNotIn("<script", plain.body)
        self.assertIn("&lt;script", plain.body)
        html = ticket._receive("email", Markup("<p onclick='x()'>Hi<script>alert(1)</script></p>"))
        self.assertNotIn("script", html.body)
        self.assertNotIn("onclick", html.body)

    def test_empty_reply_is_refused(self):
        with self.assertRaisesRegex(UserError, "Write something"):
            self._ticket()._send_reply("email", Markup("<p><br></p>"))

    def test_nobody_enters_a_message_by_hand(self):
        ticket = self._walk(self._ticket(), "call_back")
        for user in (self.agent, self.handler, self.manager):
            with self.assertRaises(AccessError):
                self.env["gb.ticket.message"].with_user(user).create(
                    {
                        "ticket_id": ticket.id,
                        "direction": "out",
                        "channel": "phone",
                        "kind": "attempt",
                        "state": "not_reached",
                    }
                )
        with self.assertRaises(AccessError):
            ticket.gb_message_ids[:1].with_user(self.agent).body = "Something else"

    def test_who_may_not_work_on_it_may_not_reply(self):
        ticket = self._walk(self._ticket(), "processing")
        for user in (self.analyst, self.inspector):
            with self.assertRaises(AccessError):
                ticket.with_user(user).action_reply()
            with self.assertRaises(AccessError):
                ticket.with_user(user).action_log_attempt()

    # ------------------------------------------------------------
    # First contact
    # ------------------------------------------------------------
    def test_reply_of_a_person_is_the_first_contact(self):
        ticket = self._walk(self._ticket(), "processing")
        self.assertFalse(ticket.first_contact_at, "notices are no contact")
        ticket.with_user(self.handler)._log_attempt(False)
        self.assertFalse(ticket.first_contact_at)
        ticket.with_user(self.handler)._send_reply("email", "We look into it.")
        self.assertTrue(ticket.first_contact_at)

    def test_call_that_reached_the_customer_is_the_first_contact(self):
        ticket = self._walk(self._ticket(), "processing")
        call = self._finished_call(self.seat_1)
        message = ticket.with_user(self.handler)._log_attempt(True, "Comes on Monday", call=call)
        self.assertTrue(ticket.first_contact_at)
        self.assertEqual((message.state, message.call_id), ("reached", call))
        self.assertIn(call, ticket.call_ids)

    # ------------------------------------------------------------
    # In
    # ------------------------------------------------------------
    def test_answer_resumes_what_waits_for_the_customer(self):
        ticket = self._walk(self._ticket(), "processing")
        self._move(
            ticket,
            self.handler,
            "wait_customer",
            {"follow_up_at": self._later(days=1)},
            "A photo please",
        )
        self.assertIn("A photo please", self._messages(ticket, event="waiting").body)
        ticket._receive("email", "Here it is", external_id="<1@example.com>")
        self.assertEqual(ticket.state_code, "processing")
        self.assertEqual(ticket.step_ids.sorted("id")[-1].actor, "customer")

    def test_same_message_is_stored_once(self):
        ticket = self._walk(self._ticket(), "processing")
        first = ticket._receive("email", "Hello", external_id="<2@example.com>")
        self.assertEqual(ticket._receive("email", "Hello", external_id="<2@example.com>"), first)
        other = self._ticket()._receive("email", "Hello", external_id="<2@example.com>")
        self.assertNotEqual(other, first)

    def test_handler_is_told(self):
        ticket = self._walk(self._ticket(), "processing")
        ticket._receive("web", "Any news?")
        told = self.env["mail.message"].search(
            [("model", "=", "gb.ticket"), ("res_id", "=", ticket.id)], order="id desc", limit=1
        )
        self.assertIn(self.handler.partner_id, told.notified_partner_ids)

    def test_repeated_chase_makes_it_more_urgent(self):
        ticket = self._walk(self._ticket(), "processing")
        ticket.urgency = "0"
        ticket._chase("phone")
        self.assertEqual((ticket.chase_count, ticket.urgency), (1, "0"))
        ticket._chase("phone", "When does it come?")
        self.assertEqual((ticket.chase_count, ticket.urgency), (2, "1"))
        self.assertEqual(len(self._messages(ticket, kind="chase")), 2)

    # ------------------------------------------------------------
    # Composer
    # ------------------------------------------------------------
    def _compose(self, ticket, user):
        return Form(
            self.env["gb.ticket.reply"]
            .with_user(user)
            .with_context(**ticket.with_user(user).action_reply()["context"])
        )

    def test_composer_answers_as_the_customer_wrote_last(self):
        ticket = self._walk(self._ticket(reply_channel="sms"), "processing")
        self.assertEqual(self._compose(ticket, self.handler).channel, "sms")
        ticket._receive("email", "Please write to me")
        self.assertEqual(self._compose(ticket, self.handler).channel, "email")

    def test_composer_fills_in_a_template(self):
        template = self.env["gb.ticket.template"].create(
            {
                "name": "Photo",
                "subject": "{{ number }}",
                "body": "Dear {{ customer }}, a photo of {{ product | it }}",
            }
        )
        ticket = self._walk(self._ticket(reply_channel="email"), "processing")
        with self._compose(ticket, self.handler) as form:
            form.channel = "email"
            form.template_id = template
            self.assertEqual(form.subject, ticket.name)
            self.assertIn("Dear Chen Xiaomei, a photo of it", form.body)
            self.assertIn("Follow progress", form.preview)
        form.record.action_send()
        message = self._messages(ticket, kind="message")
        self.assertEqual((message.template_id, message.channel), (template, "email"))

    def test_composer_keeps_the_text_when_the_channel_changes(self):
        ticket = self._walk(self._ticket(reply_channel="email"), "processing")
        form = self._compose(ticket, self.handler)
        form.channel = "email"
        form.body = "<p>We come on Monday</p>"
        form.channel = "sms"
        self.assertEqual(form.text, "We come on Monday")
        self.assertIn("17 characters, 1 SMS", form.text_hint)
        form.save().action_send()
        self.assertEqual(self._messages(ticket, kind="message").channel, "sms")

    def test_composer_does_not_attach_what_the_user_may_not_read(self):
        secret = (
            self.env["ir.attachment"]
            .with_user(self.manager)
            .create({"name": "secret.txt", "raw": b"x"})
            .with_env(self.env)
        )
        ticket = self._walk(self._ticket(reply_channel="email"), "processing")
        reply = (
            self.env["gb.ticket.reply"]
            .with_user(self.handler)
            .create({"ticket_id": ticket.id, "channel": "email", "body": "See there"})
        )
        reply.sudo().attachment_ids = secret
        self.env.invalidate_all()
        reply.with_user(self.handler).action_send()
        self.assertFalse(self._messages(ticket, kind="message").attachment_ids)

    def test_dialog_records_an_attempt(self):
        ticket = self._walk(self._ticket(), "call_back")
        context = ticket.with_user(self.clerk).action_log_attempt()["context"]
        wizard = self.env["gb.ticket.attempt"].with_user(self.clerk).with_context(**context)
        for count in range(2):
            attempt = wizard.create({"result": "not_reached"})
            self.assertIn(f"{count} without success", attempt.earlier)
            attempt.action_log()
        self.assertEqual(len(self._messages(ticket, kind="attempt", state="not_reached")), 2)


@tagged("post_install", "-at_install")
class TestNotices(ReplyCase):
    def test_acknowledgement_has_the_link(self):
        ticket = self._walk(self._ticket(reply_channel="email"), "accepted")
        message = self._messages(ticket, event="accepted")
        self.assertEqual((message.channel, message.kind), ("email", "notice"))
        self.assertIn(ticket.name, message.subject)
        self.assertIn(f"/gb/progress/{ticket.access_token}", message.body)

    def test_every_event_of_the_process_has_wording(self):
        events = set(self.env["gb.ticket.transition"].search([]).mapped("notify")) - {False}
        written = set(self.env["gb.ticket.template"].search([]).mapped("event"))
        self.assertFalse(events - written)

    def test_wished_channel_then_the_other(self):
        ticket = self._walk(self._ticket(reply_channel="sms"), "accepted")
        self.assertEqual(self._messages(ticket, event="accepted").channel, "sms")
        self.customer.email = False
        ticket = self._walk(self._ticket(reply_channel="email"), "accepted")
        self.assertEqual(self._messages(ticket, event="accepted").channel, "sms")

    def test_nobody_to_write_to_does_not_stop_the_move(self):
        self.customer.write({"email": False, "phone": False})
        ticket = self._walk(self._ticket(), "processing")
        self.assertFalse(ticket.gb_message_ids)
        self._move(
            ticket,
            self.handler,
            "wait_customer",
            {"follow_up_at": self._later(days=1)},
            "A photo please",
        )
        failed = ticket.gb_message_ids
        self.assertEqual(
            (failed.state, failed.event), ("failed", "waiting"), "somebody has to telephone"
        )

    def test_broken_notice_does_not_stop_the_move(self):
        ticket = self._ticket()
        with (
            patch.object(type(ticket), "_get_placeholders", side_effect=ValueError("broken")),
            mute_logger("odoo.addons.gb_ticket.models.gb_ticket_customer"),
        ):
            self._move(ticket, self.agent, "accept")
        self.assertEqual(ticket.state_code, "accepted")

    def test_template_for_the_type_goes_before_one_for_all(self):
        self.env["gb.ticket.template"].create(
            {
                "name": "Complaint accepted",
                "event": "accepted",
                "type_ids": self.complaint.ids,
                "body": "We take complaints seriously.",
                "sequence": 99,
            }
        )
        ticket = self._walk(self._ticket(), "accepted")
        self.assertIn("take complaints seriously", self._messages(ticket, event="accepted").body)

    def test_template_of_another_company_is_not_used(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["gb.ticket.template"].create(
            {
                "name": "Other's",
                "event": "accepted",
                "company_id": other.id,
                "type_ids": self.complaint.ids,
                "body": "From the other company.",
            }
        )
        ticket = self._walk(self._ticket(), "accepted")
        self.assertNotIn("other company", self._messages(ticket, event="accepted").body)

    def test_unknown_placeholder_and_code_are_refused(self):
        Template = self.env["gb.ticket.template"]
        with self.assertRaisesRegex(ValidationError, "no placeholder “nmber”"):
            Template.create({"name": "x", "body": "{{ nmber }}"})
        for body in ("{{ object.partner_id }}", "{{ 1 + 1 }}", "{% if x %}", "<t t-out='x'/>"):
            with self.assertRaises(ValidationError):
                Template.create({"name": "x", "body": body})

    def test_values_are_no_template(self):
        template = self.env["gb.ticket.template"].create({"name": "x", "body": "{{ subject }}"})
        ticket = self._ticket(subject="{{ link }} <b>x</b>")
        self.assertEqual(template._render(ticket)[1], "{{ link }} <b>x</b>")
        self.assertIn("&lt;b&gt;", ticket._send_reply("email", template._render(ticket)[1]).body)

    def test_customer_reads_his_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        template = self.env["gb.ticket.template"].create({"name": "x", "body": "Good day"})
        template.with_context(lang="zh_CN").body = "您好 {{ due | 尽快 }}"
        self.customer.lang = "zh_CN"
        self.assertEqual(template._render(self._ticket())[1], "您好 尽快")

    def test_reminders_are_three_then_the_handler_goes_on(self):
        ticket = self._walk(self._ticket(), "processing")
        self._move(
            ticket,
            self.handler,
            "wait_customer",
            {"follow_up_at": self._later(days=1)},
            "A photo please",
        )
        for count in (1, 2, 3):
            ticket.follow_up_at = self._later(minutes=-1)
            self._run_cron("remind_customers")
            self.assertEqual(ticket.reminder_count, count)
            self.assertGreater(ticket.follow_up_at, fields.Datetime.now())
        self.assertEqual(len(self._messages(ticket, event="reminder")), 3)
        self._run_cron("remind_customers")
        self.assertEqual(ticket.state_code, "waiting_customer", "not before the follow-up date")
        ticket.follow_up_at = self._later(minutes=-1)
        self._run_cron("remind_customers")
        self.assertEqual(ticket.state_code, "processing")
        self.assertEqual(len(self._messages(ticket, event="reminder")), 3)
