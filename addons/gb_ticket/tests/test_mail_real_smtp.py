import email
import email.policy
import socket
import time
from email.message import EmailMessage
from unittest.mock import patch
from xmlrpc.client import Binary, Fault

from aiosmtpd.controller import Controller

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .common import TicketCase

MEGABYTE = 1024 * 1024
PASSWORD = "gateway-password-of-the-test"


class Mailbox:
    """What an SMTP server on loopback has been given."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.SMTP)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 taken"


@tagged("post_install", "-at_install")
class TestRealMail(HttpCase, TicketCase):
    """E-mail over real sockets: out through SMTP to a server on loopback, in through the route that Odoo's own mail
    gateway script takes (XML-RPC ``message_process``)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create(
            {"name": "shop.example", "catchall_alias": "catchall", "bounce_alias": "bounce"}
        )
        cls.company.alias_domain_id = domain
        cls.company.email = "office@shop.example"
        cls.quality.write({"alias_name": "quality", "company_id": cls.company.id})
        cls.customer.email = "chen@customer.example"
        cls.mailbox = Mailbox()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        cls.smtp = Controller(
            cls.mailbox, hostname="127.0.0.1", port=port, data_size_limit=64 * MEGABYTE
        )
        cls.smtp.start()
        cls.addClassCleanup(cls.smtp.stop)
        cls.env["ir.mail_server"].search([]).active = False
        cls.env["ir.mail_server"].create(
            {
                "name": "Loopback",
                "smtp_host": "127.0.0.1",
                "smtp_port": port,
                "smtp_encryption": "none",
            }
        )
        cls.gateway = new_test_user(
            cls.env, "gb_mail_gateway", groups="base.group_system", password=PASSWORD
        )

    def setUp(self):
        super().setUp()
        self.mailbox.mails.clear()
        # Odoo sends nothing in tests; here it does, to loopback
        self.startPatcher(patch.object(IrMail_Server, "_disable_send", lambda _self: False))

    def _deliver(self, mail):
        """Hand an e-mail to Odoo as the script behind an MTA does. :return: id of the work order, False or None"""
        self.env.flush_all()
        result = self.xmlrpc_object.execute_kw(
            self.env.cr.dbname,
            self.gateway.id,
            PASSWORD,
            "mail.thread",
            "message_process",
            [False, Binary(mail.as_bytes())],
        )
        self.env.invalidate_all()
        return result

    def _mail(
        self, body, to="quality@shop.example", subject="Leaking bottle", attachment=None, **headers
    ):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "Chen <chen@customer.example>", to, subject
        mail["Message-Id"] = f"<{time.monotonic_ns()}@customer.example>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(body)
        if attachment:
            mail.add_attachment(
                attachment, maintype="application", subtype="octet-stream", filename="film.bin"
            )
        return mail

    def _send_queue(self):
        """Let Odoo send what waits. :return: e-mails that have arrived: [(recipients, message)]"""
        before = len(self.mailbox.mails)
        queue = self.env["mail.mail"].search([("state", "=", "outgoing")])
        queue.send()
        self.env.invalidate_all()
        return self.mailbox.mails[before:]

    def test_there_and_back_again(self):
        ticket = self.env["gb.ticket"].browse(self._deliver(self._mail("It leaks.")))
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertNotEqual(ticket.phase, "draft")
        self._send_queue()
        self.mailbox.mails.clear()
        ticket.with_user(self.agent)._send_reply(
            "email", "What colour is it?", subject="Your bottle"
        )
        arrived = self._send_queue() or self.mailbox.mails
        self.assertEqual(len(arrived), 1)
        recipients, question = arrived[0]
        self.assertEqual(recipients, ["chen@customer.example"])
        self.assertIn("What colour is it?", question.get_body(("html", "plain")).get_content())
        self.assertIn("quality@shop.example", question["Reply-To"])
        self.assertEqual(ticket.gb_message_ids[0].state, "sent")
        answer = self._mail(
            "Blue.\n\n> What colour is it?",
            to=str(question["Reply-To"]),
            subject=f"Re: {question['Subject']}",
            In_Reply_To=question["Message-Id"],
            References=question["Message-Id"],
        )
        self.assertEqual(self._deliver(answer), ticket.id)
        stored = ticket.gb_message_ids[0]
        self.assertEqual((stored.direction, stored.channel), ("in", "email"))
        self.assertIn("Blue.", stored.body)
        self.assertNotIn("What colour", stored.body)
        messages = len(ticket.gb_message_ids)
        self.assertFalse(self._deliver(answer), "The same e-mail again.")
        self.assertEqual(len(ticket.gb_message_ids), messages)

    def test_20_megabytes_in_and_out(self):
        content = bytes(range(256)) * (20 * MEGABYTE // 256)
        ticket = self.env["gb.ticket"].browse(
            self._deliver(self._mail("See film", attachment=content))
        )
        attachment = ticket.gb_message_ids.attachment_ids
        self.assertEqual(attachment.file_size, len(content))
        self.assertEqual(attachment.raw[-300:], content[-300:])
        self._send_queue()
        self.mailbox.mails.clear()
        ticket.with_user(self.agent)._send_reply(
            "email", "Your film, cut", attachment_ids=attachment.copy().ids
        )
        _recipients, mail = (self._send_queue() or self.mailbox.mails)[0]
        files = list(mail.iter_attachments())
        if files:
            self.assertEqual(len(files[0].get_content()), len(content))
        else:  # Odoo sends a link instead of a file that most servers refuse
            self.assertIn("/web/content/", mail.get_body(("html",)).get_content())

    def test_ping_pong_between_two_automatons_ends(self):
        """The other side answers everything at once, without saying that it is a machine."""
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 5)
        self._deliver(self._mail("Hello"))
        rounds = 0
        while self._send_queue() or rounds < len(self.mailbox.mails) < 60:
            _recipients, mail = self.mailbox.mails[rounds]
            rounds += 1
            answer = self._mail(
                "We have received your message.",
                to=str(mail["Reply-To"] or mail["From"]),
                subject="Received",  # nor does it keep number or reference
            )
            try:
                self._deliver(answer)
            except Fault:  # an address that takes nothing
                break
        self.assertLess(rounds, 60, "It ends.")
        tickets = self.env["gb.ticket"].search([("contact_email", "=", "chen@customer.example")])
        self.assertLessEqual(len(tickets), 5)

    def test_out_of_office_of_the_customer_ends_at_once(self):
        ticket = self.env["gb.ticket"].browse(self._deliver(self._mail("It leaks.")))
        self._send_queue()
        tickets = self.env["gb.ticket"].search_count([])
        for recipients, mail in list(self.mailbox.mails):
            self.assertEqual(recipients, ["chen@customer.example"])
            self._deliver(
                self._mail(
                    "I am away",
                    to=str(mail["Reply-To"]),
                    subject="Away",
                    In_Reply_To=mail["Message-Id"],
                    Auto_Submitted="auto-replied",
                )
            )
        self.assertFalse(self._send_queue())
        self.assertEqual(self.env["gb.ticket"].search_count([]), tickets)
        self.assertNotIn("away", " ".join(ticket.gb_message_ids.mapped(lambda m: m.body or "")))
