import io
import shutil
import unicodedata
import unittest

from lxml import html

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from .common import TicketCase

OURS = "gb_ticket.gb_ticket_action_report"
CUSTOMER = "gb_ticket.gb_ticket_action_report_customer"


@tagged("post_install", "-at_install")
class TestPdf(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"name": "陈晓梅", "lang": False})

    def _walked(self, until):
        ticket = self._ticket(
            subject="奶瓶漏水",
            description="新买的奶瓶\n第一次用就漏。",
            order_id=self.order.id,
            product_id=self.product.id,
        )
        self._walk(ticket, "accepted")
        self._walk(ticket, "dispatched")
        ticket.env["gb.ticket.task"].create(
            {
                "name": "Look at the batch",
                "ticket_id": ticket.id,
                "department_id": self.logistics.id,
                "is_blocking": False,
            }
        )
        return self._walk(ticket, until)

    def _read(self, reference, tickets, user=None):
        """:return: text of the report as a browser shows it"""
        report = self.env["ir.actions.report"].with_user(user or self.manager)
        content, kind = report._render_qweb_html(reference, tickets.ids)
        self.assertEqual(kind, "html")
        main = html.fromstring(content).xpath("//main")[0]
        for style in main.xpath("//style"):
            style.drop_tree()
        return " ".join(main.text_content().split())

    def test_ours_has_what_was_recorded(self):
        ticket = self._walked("closed")
        self.env["gb.ticket.step"].sudo().search(
            [("ticket_id", "=", ticket.id), ("state_id.code", "=", "review")]
        ).note = "Seen by the laboratory"
        text = self._read(OURS, ticket)
        for part in (
            ticket.name,
            "奶瓶漏水",
            "新买的奶瓶 第一次用就漏。",
            "陈晓梅",
            self.order.name,
            "Baby bottle",
            "Look at the batch",
            "A new bottle was sent.",
            "Seen by the laboratory",
            "Quality",
            self.handler.name,
            "Lead of the department, date",
        ):
            self.assertIn(part, text)

    def test_customers_get_nothing_internal(self):
        ticket = self._walked("processing")
        self._move(
            ticket,
            self.handler,
            "wait_third",
            {"follow_up_at": self._later(days=1)},
            note="The supplier denies it",
        )
        self._move(ticket, self.handler, "resume")
        self._move(
            ticket,
            self.handler,
            "submit",
            {**self._result(ticket), "solution": "Batch withdrawn"},
        )
        text = self._read(CUSTOMER, ticket)
        for part in (ticket.name, "奶瓶漏水", "陈晓梅", "Being worked on", "Customer, date"):
            self.assertIn(part, text)
        for part in (
            "The supplier denies it",
            "Look at the batch",
            "Batch withdrawn",
            "Lead of the department",
            self.handler.name,
            "Urgency",
        ):
            self.assertNotIn(part, text)

    def test_customers_get_the_result_when_it_was_checked(self):
        text = self._read(CUSTOMER, self._walked("call_back"))
        self.assertIn("A new bottle was sent.", text)

    def test_link_of_the_code_needs_no_sign_in(self):
        ticket = self._walked("accepted")
        url = ticket._get_printed_url()
        self.assertTrue(url.startswith("http"))
        self.assertIn(ticket.access_token, url)

    def test_fields_of_the_kind_are_printed(self):
        ticket = self._ticket(
            type_id=self.env.ref("gb_ticket.gb_ticket_type_refund").id,
            order_id=self.order.id,
            refund_amount=59,
        )
        facts = dict(ticket._get_printed_facts())
        self.assertIn("59", facts["Refund Amount"])
        self.assertEqual(facts["Order"], self.order.name)
        self.assertNotIn("Delivery", facts)

    def test_own_fields_of_the_type_are_printed(self):
        self.complaint.properties_definition = [
            {"name": "batch", "string": "Batch number", "type": "char"},
            {
                "name": "seen",
                "string": "Where",
                "type": "selection",
                "selection": [["shop", "Shop"], ["home", "At home"]],
            },
            {"name": "opened", "string": "Opened", "type": "boolean"},
            {"name": "empty", "string": "Nothing", "type": "char"},
        ]
        ticket = self._ticket(properties={"batch": "L-2207", "seen": "home", "opened": True})
        facts = dict(ticket._get_printed_facts())
        self.assertEqual(facts["Batch number"], "L-2207")
        self.assertEqual(facts["Where"], "At home")
        self.assertEqual(facts["Opened"], "Yes")
        self.assertNotIn("Nothing", facts)

    @unittest.skipUnless(shutil.which("wkhtmltopdf"), "wkhtmltopdf is not installed")
    def test_real_pdf_with_chinese_text(self):
        tickets = self._walked("processing")
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, kind = report._render_qweb_pdf(OURS, tickets.ids)
        self.assertEqual(kind, "pdf")
        text = self._read_pdf(content)
        self.assertIn(tickets.name, text)
        self.assertIn("奶瓶漏水", text)
        self.assertIn("陈晓梅", text)

    @unittest.skipUnless(shutil.which("wkhtmltopdf"), "wkhtmltopdf is not installed")
    def test_several_at_once(self):
        tickets = self._walked("accepted") | self._walk(self._ticket(), "accepted")
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        for reference in (OURS, CUSTOMER):
            content = report._render_qweb_pdf(reference, tickets.ids)[0]
            text = self._read_pdf(content)
            for ticket in tickets:
                self.assertIn(ticket.name, text)

    def _read_pdf(self, content):
        pages = PdfFileReader(io.BytesIO(content)).pages
        text = "".join(page.extract_text() for page in pages).replace("\n", "")
        return unicodedata.normalize(
            "NFKC", text
        )  # some characters are read as the radicals that look alike
