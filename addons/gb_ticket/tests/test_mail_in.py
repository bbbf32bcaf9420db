import base64
from email.message import EmailMessage
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.gb_ticket.tools.mail_text import find_numbers, is_automatic, strip_quotes

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestMailIn(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create(
            {"name": "shop.example", "catchall_alias": "catchall", "bounce_alias": "bounce"}
        )
        cls.company.alias_domain_id = cls.domain
        cls.quality.write({"alias_name": "quality", "company_id": cls.company.id})
        cls.customer.email = "chen@customer.example"
        cls.sent = []

        def send(mails, *_args, **_kwargs):
            cls.sent += [(mail.email_to, mail.subject) for mail in mails]

        cls.startClassPatcher(patch.object(cls.env.registry["mail.mail"], "send", send))

    def setUp(self):
        super().setUp()
        self.sent.clear()

    def _mail(
        self,
        body="The bottle leaks.",
        subject="Leaking bottle",
        sender='"Chen Xiaomei" <chen@customer.example>',
        to="quality@shop.example",
        message_id=None,
        attachments=(),
        subtype="plain",
        **headers,
    ):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, to, subject
        TestMailIn.serial = getattr(TestMailIn, "serial", 0) + 1
        message["Message-Id"] = message_id or f"<{self.serial}.in@customer.example>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(body, subtype=subtype)
        for name, content in attachments:
            message.add_attachment(
                content, maintype="application", subtype="octet-stream", filename=name
            )
        return message

    def _process(self, *args, **kwargs):
        """Deliver an e-mail as the gateway does. :return: work orders that it has made"""
        last = self.env["gb.ticket"].search([], limit=1, order="id desc").id or 0
        mail = self._mail(*args, **kwargs)
        self.env["mail.thread"].message_process(None, mail.as_bytes())
        self.env.invalidate_all()
        return self.env["gb.ticket"].search([("id", ">", last)])

    def _outgoing(self, ticket, body="What colour was it?"):
        """An e-mail that the customer got. :return: its Message-Id"""
        mail = self.env["mail.message"].create(
            {
                "model": "gb.ticket",
                "res_id": ticket.id,
                "message_type": "email_outgoing",
                "body": body,
                "subtype_id": self.env.ref("mail.mt_note").id,
            }
        )
        self.env["gb.ticket.message"].create(
            {
                "ticket_id": ticket.id,
                "direction": "out",
                "channel": "email",
                "body": body,
                "mail_message_id": mail.id,
            }
        )
        return mail.message_id

    # --- new work orders -----------------------------------------------------------------------
    def test_mail_of_a_known_customer_becomes_an_accepted_work_order(self):
        ticket = self._process(attachments=[("photo.jpg", b"picture")])
        self.assertEqual(len(ticket), 1)
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertEqual(ticket.channel, "email")
        self.assertEqual(ticket.subject, "Leaking bottle")
        self.assertEqual(ticket.description, "The bottle leaks.")
        self.assertEqual(ticket.contact_email, "chen@customer.example")
        self.assertEqual(ticket.suggested_department_id, self.quality)
        self.assertEqual(ticket.type_id.kind, "consultation")
        self.assertNotEqual(ticket.name, "/")
        self.assertNotEqual(ticket.phase, "draft")
        message = ticket.gb_message_ids.filtered(lambda message: message.direction == "in")
        self.assertEqual(len(message), 1)
        self.assertEqual(message.channel, "email")
        self.assertEqual(message.attachment_ids.name, "photo.jpg")
        self.assertEqual(message.author_id, self.customer)

    def test_unknown_sender_becomes_a_customer(self):
        ticket = self._process(sender='"Wang Fang" <wang@new.example>')
        self.assertEqual(ticket.partner_id.name, "Wang Fang")
        self.assertEqual(ticket.partner_id.email_normalized, "wang@new.example")

    def test_type_of_the_department_with_missing_fields_leaves_a_draft_with_a_note(self):
        self.quality.gb_mail_type_id = self.env.ref("gb_ticket.gb_ticket_type_complaint")
        self.complaint.required_field_ids = self.env.ref("gb_ticket.field_gb_ticket__remedy")
        ticket = self._process()
        self.assertEqual(ticket.phase, "draft")
        self.assertEqual(ticket.type_id, self.complaint)
        self.assertIn("Remedy sought", ticket.message_ids.mapped("body")[0])

    def test_staff_writing_to_the_address_leave_the_customer_open(self):
        self.agent.partner_id.email = "agent@shop.example"
        ticket = self._process(sender="agent@shop.example")
        self.assertFalse(ticket.partner_id)
        self.assertEqual(ticket.phase, "draft")
        self.assertFalse(ticket.gb_message_ids)

    def test_mail_without_subject_gets_its_first_line(self):
        self.assertEqual(self._process("It leaks\nbadly", subject="").subject, "It leaks")

    def test_company_of_the_department(self):
        company = self.env["res.company"].create(
            {"name": "Second shop", "alias_domain_id": self.domain.id}
        )
        self.env["hr.department"].create(
            {"name": "Second", "company_id": company.id, "alias_name": "second"}
        )
        ticket = self._process(to="second@shop.example")
        self.assertEqual(ticket.company_id, company)

    def test_same_mail_twice_is_stored_once(self):
        ticket = self._process(message_id="<same@customer.example>")
        self.assertEqual(len(ticket), 1)
        self.assertFalse(self._process(message_id="<same@customer.example>"))
        self.assertEqual(
            len(ticket.gb_message_ids.filtered(lambda message: message.direction == "in")), 1
        )

    def test_mail_of_20_megabytes(self):
        content = b"\x89PNG" + b"0123456789abcdef" * (20 * 65536)
        ticket = self._process(attachments=[("film.bin", content)])
        attachment = ticket.gb_message_ids.attachment_ids
        self.assertEqual(attachment.file_size, len(content))
        self.assertEqual(base64.b64decode(attachment.datas)[-16:], content[-16:])

    # --- replies -------------------------------------------------------------------------------
    def _waiting(self):
        ticket = self._walk(self._ticket(contact_email="chen@customer.example"), "processing")
        self._move(
            ticket,
            self.handler,
            "wait_customer",
            {"follow_up_at": self._later(days=2)},
            "What colour was it?",
        )
        return ticket

    def test_reply_by_reference_is_threaded_and_resumes(self):
        ticket = self._waiting()
        reference = self._outgoing(ticket)
        new = self._process("It was blue.", subject="Re: your mail", In_Reply_To=reference)
        self.assertFalse(new)
        self.assertEqual(ticket.state_code, "processing")
        message = ticket.gb_message_ids[0]
        self.assertEqual(message.direction, "in")
        self.assertIn("It was blue.", message.body)

    def test_reply_is_stored_without_what_it_quotes(self):
        ticket = self._waiting()
        body = "<p>Blue.</p><blockquote>What colour was it?</blockquote>"
        self._process(body, subtype="html", References=self._outgoing(ticket))
        stored = ticket.gb_message_ids[0].body
        self.assertIn("Blue.", stored)
        self.assertNotIn("What colour", stored)

    def test_number_in_the_subject_finds_the_work_order(self):
        ticket = self._waiting()
        self.assertFalse(self._process("Blue.", subject=f"About {ticket.name}, again"))
        self.assertIn("Blue.", ticket.gb_message_ids[0].body)

    def test_number_of_somebody_elses_work_order_makes_a_new_one(self):
        ticket = self._waiting()
        new = self._process("Tell me all", subject=ticket.name, sender="spy@other.example")
        self.assertEqual(len(new), 1)
        self.assertEqual(ticket.state_code, "waiting_customer")

    def test_reply_to_a_merged_work_order_goes_to_its_target(self):
        target = self._walk(self._ticket(), "accepted")
        merged = self._walk(
            self._ticket(subject="Invoice, please", type_id=self.consultation.id), "accepted"
        )
        reference = self._outgoing(merged)
        self._move(merged, self.agent, "merge", {"merged_into_id": target.id})
        self._process("One more thing", In_Reply_To=reference)
        self.assertIn("One more thing", target.gb_message_ids[0].body)

    def test_staff_reply_to_a_notification_is_an_internal_note(self):
        ticket = self._waiting()
        self.handler.partner_id.email = "handler@shop.example"
        self._process(
            "Do not tell him, but it is our fault",
            sender="handler@shop.example",
            In_Reply_To=self._outgoing(ticket),
        )
        note = ticket.message_ids[0]
        self.assertIn("our fault", note.body)
        self.assertTrue(note.subtype_id.internal)
        self.assertNotIn("our fault", " ".join(ticket.gb_message_ids.mapped("body")))
        self.assertEqual(ticket.state_code, "waiting_customer")

    def test_staff_reply_to_a_customers_mail_does_not_reach_the_customer(self):
        ticket = self._waiting()
        self.handler.partner_id.email = "handler@shop.example"
        self._process(
            "It was blue.", In_Reply_To=self._outgoing(ticket), message_id="<c@x.example>"
        )
        self.sent.clear()
        self._process("Our fault", sender="handler@shop.example", In_Reply_To="<c@x.example>")
        note = ticket.message_ids[0]
        self.assertIn("Our fault", note.body)
        self.assertFalse(note.notified_partner_ids & self.customer)
        self.assertFalse([to for to, _subject in self.sent if to and "customer" in to])

    def test_third_party_does_not_speak_for_the_customer(self):
        ticket = self._waiting()
        question = ticket.message_post(body="Is it covered?", subtype_xmlid="mail.mt_note")
        self._process("No", sender="maker@maker.example", In_Reply_To=question.message_id)
        self.assertEqual(ticket.state_code, "waiting_customer")
        self.assertIn("No", ticket.message_ids[0].body)

    def test_customers_never_follow(self):
        ticket = self._process()
        ticket.message_subscribe((self.customer | self.agent.partner_id).ids)
        self.assertEqual(ticket.message_partner_ids, self.agent.partner_id)

    def test_customer_cannot_read_the_chatter_of_his_mail(self):
        ticket = self._process()
        self.assertTrue(all(ticket.message_ids.mapped("subtype_id.internal")))

    def test_answers_go_to_the_departments_address(self):
        ticket = self._process()
        self.assertIn("quality@shop.example", ticket._notify_get_reply_to()[ticket.id])

    # --- loops ---------------------------------------------------------------------------------
    def test_machines_make_no_work_orders(self):
        for headers in (
            {"Auto_Submitted": "auto-replied"},
            {"Auto_Submitted": "auto-generated; owner"},
            {"Precedence": "bulk"},
            {"X_Auto_Response_Suppress": "All"},
            {"Return_Path": "<>"},
            {"List_Id": "news <news.example>"},
            {"sender": "MAILER-DAEMON@customer.example"},
            {"sender": "no-reply@customer.example"},
        ):
            with self.subTest(headers=headers):
                self.assertFalse(self._process(**headers))
        self.assertFalse(self.sent)

    def test_people_are_no_machines(self):
        for headers in ({"Auto_Submitted": "no"}, {"sender": "norman@customer.example"}):
            self.assertFalse(is_automatic(self._mail(**headers)))

    def test_out_of_office_is_noted_and_does_not_resume(self):
        ticket = self._waiting()
        messages = ticket.gb_message_ids | self.env["gb.ticket.message"]
        reference = self._outgoing(ticket)
        self._process("I am away", In_Reply_To=reference, Auto_Submitted="auto-replied")
        self.assertEqual(ticket.state_code, "waiting_customer")
        self.assertNotIn("away", " ".join((ticket.gb_message_ids - messages).mapped("body")))
        self.assertIn("I am away", ticket.message_ids[0].body)

    def test_too_many_mails_of_one_sender_make_no_more_work_orders(self):
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 3)
        made = [self._process(subject=f"Mail {number}") for number in range(6)]
        self.assertEqual([len(tickets) for tickets in made], [1, 1, 1, 0, 0, 0])
        bounces = [
            subject for _to, subject in self.sent if subject and subject.startswith("Re: Mail")
        ]
        self.assertEqual(bounces, ["Re: Mail 3"], "Told once, not with each e-mail.")
        self.assertIn("too many e-mails", made[2].message_ids[0].body)
        other = self._process(sender="other@customer.example")
        self.assertEqual(len(other), 1)

    # --- text ----------------------------------------------------------------------------------
    def test_numbers_in_subjects(self):
        self.assertEqual(find_numbers("AW: wo2611-000012 (again)"), ["WO2611-000012"])
        self.assertEqual(find_numbers("WOW, 2611"), [])
        self.assertEqual(find_numbers(None), [])

    def test_quotes_are_stripped_unless_nothing_is_left(self):
        plain = "<pre>Blue\n&gt; What colour?\n&gt; Tell us</pre>"
        self.assertNotIn("colour", strip_quotes(plain))
        self.assertIn("Blue", strip_quotes(plain))
        only = "<blockquote>What colour?</blockquote>"
        self.assertIn("colour", strip_quotes(only))
