import io
import re

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gb_ticket.controllers import progress, service_form

from .test_progress_page import PNG, PageCase


@tagged("post_install", "-at_install")
class TestWebForm(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"phone": "137 9911 4477", "email": "zx.chen@form.example"})
        cls.last_id = cls.env["gb.ticket"].search([], limit=1).id or 0

    def _fill_in(self, kind="consultation", files=None, **values):
        page = self.url_open(f"/gb/service/{kind}").text
        values.setdefault("form_key", re.search(r'name="form_key" value="([^"]+)"', page)[1])
        return self._post(
            f"/gb/service/{kind}",
            page,
            files=files,
            **{
                "subject": "Is it dishwasher-safe?",
                "description": "The bottle, I mean.",
                "contact_name": "Zhao Min",
                "contact_phone": "139 0000 5555",
                **values,
            },
        )

    def _made(self):
        return self.env["gb.ticket"].search([("id", ">", self.last_id)])

    def test_types_that_are_offered(self):
        text = self.url_open("/gb/service").text
        self.assertIn("/gb/service/complaint", text)
        self.assertNotIn("/gb/service/message", text)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open("/gb/service/message").status_code, 404)
            self.assertEqual(self.url_open("/gb/service/nonsense").status_code, 404)

    def test_stranger_becomes_a_contact_and_gets_a_number(self):
        response = self._fill_in(files={"files": ("a.png", io.BytesIO(PNG), "image/png")})
        ticket = self._made()
        self.assertEqual((ticket.state_code, ticket.channel), ("accepted", "web"))
        self.assertIn(f"/gb/progress/{ticket.access_token}", response.url)
        self.assertIn(ticket.name, response.text)
        self.assertEqual(
            (ticket.partner_id.name, ticket.contact_phone), ("Zhao Min", "+8613900005555")
        )
        message = ticket.gb_message_ids.filtered(lambda row: row.direction == "in")
        self.assertEqual(message.attachment_ids.name, "a.png")
        acknowledgement = ticket.gb_message_ids.filtered(lambda row: row.event == "accepted")
        self.assertEqual(
            (acknowledgement.channel, acknowledgement.address), ("sms", "+8613900005555")
        )
        step = ticket.step_ids.sorted("id")[-1]
        self.assertEqual((step.actor, step.transition_code), ("system", "accept"))

    def test_known_number_finds_the_customer_and_tells_nobody(self):
        unknown = self._fill_in(contact_phone="139 0000 5555", contact_name="Anybody")
        known = self._fill_in(contact_phone="+86 137 9911 4477", contact_name="Anybody")
        ticket = self._made()[0]
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertNotIn(self.customer.name, known.text)

        def shape(text):  # what is there beside numbers, secrets and times
            return re.sub(r"WO\S+|[0-9a-f]{40}\w*|[0-9a-f-]{36}|\d+", "", text)

        self.assertEqual(shape(known.text), shape(unknown.text))

    def test_number_of_several_customers_is_decided_by_name(self):
        twin = self.customer.copy({"name": "Chen Dawei"})
        self._fill_in(contact_phone=self.customer.phone, contact_name="chen dawei")
        self.assertEqual(self._made()[0].partner_id, twin)
        self._fill_in(contact_phone=self.customer.phone, contact_name="Somebody Else")
        ticket = self._made()[0]
        self.assertNotIn(ticket.partner_id, self.customer | twin)
        self.assertFalse(ticket.partner_id.phone, "later calls are not attributed to him")

    def test_email_finds_the_customer(self):
        self._fill_in(contact_phone="", contact_email="ZX.Chen@Form.example")
        self.assertEqual(self._made().partner_id, self.customer)
        self.assertEqual(self._made().reply_channel, "email")

    def test_what_is_missing_is_said_and_nothing_lost(self):
        for values, reason in (
            ({"contact_phone": ""}, "a number or an e-mail address"),
            ({"contact_phone": "12"}, "do not understand this number"),
            ({"contact_phone": "", "contact_email": "nonsense"}, "no e-mail address"),
            ({"contact_name": " "}, "your name"),
            ({"subject": " "}, "what it is about"),
            ({"subject": "x" * 151}, "too long"),
        ):
            response = self._fill_in(**values)
            self.assertEqual(response.status_code, 422)
            self.assertIn(reason, response.text)
            self.assertIn("The bottle, I mean.", response.text)
        self.assertFalse(self._made())

    def test_fields_of_the_type_are_asked_for(self):
        fault = self.env["gb.ticket.fault"].search([], limit=1) or self.env[
            "gb.ticket.fault"
        ].create({"name": "Leaks"})
        page = self.url_open("/gb/service/repair").text
        for name in ("fault_type_id", "address", "occurred_at"):
            self.assertIn(f'name="{name}"', page)
        response = self._fill_in("repair", address="Room 1")
        self.assertIn("Please fill in", response.text)
        response = self._fill_in(
            "repair", fault_type_id="999999", address="Room 1", occurred_at="2026-11-20T10:30"
        )
        self.assertEqual(response.status_code, 422)
        self._fill_in(
            "repair", fault_type_id=str(fault.id), address="Room 1", occurred_at="2026-11-20T10:30"
        )
        ticket = self._made()
        self.assertEqual((ticket.fault_type_id, ticket.address), (fault, "Room 1"))
        self.assertTrue(ticket.occurred_at)

    def test_order_is_found_for_its_customer_only(self):
        self.order.action_confirm()
        self._fill_in("return", contact_phone=self.customer.phone, order=self.order.name.lower())
        self.assertEqual(self._made()[0].order_line_id, self.order.order_line)
        self._fill_in("return", contact_phone="139 0000 5555", order=self.order.name)
        ticket = self._made()[0]
        self.assertFalse(ticket.order_id)
        self.assertEqual(ticket.phase, "draft")
        self.assertIn(self.order.name, ticket.description)
        self.assertIn("which order", self._fill_in("return").text)

    def test_draft_shows_that_it_was_received(self):
        response = self._fill_in("return", order="S9999999")
        self.assertIn("Received", response.text)
        self.assertIn("Thank you, we have received your request", response.text)

    def test_machine_that_fills_in_everything_makes_nothing(self):
        response = self._fill_in(**{service_form.HONEYPOT: "http://spam.example"})
        self.assertIn("we have received your request", response.text)
        self.assertFalse(self._made())

    def test_sent_twice_is_one(self):
        first = self._fill_in(form_key="once")
        self.assertEqual(self._fill_in(form_key="once").url, first.url)
        self.assertEqual(len(self._made()), 1)

    def test_flood_from_one_number_is_stopped(self):
        for _count in range(5):
            self._fill_in()
        self.assertIn("many requests", self._fill_in().text)
        self.assertNotIn("many requests", self._fill_in(contact_phone="139 0000 6666").text)

    def test_flood_from_everywhere_is_stopped(self):
        self.env["ir.config_parameter"].set_param("gb_ticket.web_form_per_hour", "1")
        self._fill_in()
        self.assertIn("many requests", self._fill_in(contact_phone="139 0000 6666").text)

    def test_markup_stays_text(self):
        response = self._fill_in(
            subject="<img src=x onerror=alert(1)>", description="<script>alert(1)</script>"
        )
        self.assertNotIn("<img src=x", response.text)
        self.assertNotIn("<script>alert(1)", response.text)
        self.assertNotIn("<script", self._made().gb_message_ids[-1:].body)

    def test_without_csrf_token_nothing_is_made(self):
        with mute_logger("odoo.http"):
            response = self._post(
                "/gb/service/consultation",
                subject="x",
                description="y",
                contact_name="z",
                contact_phone="139 0000 5555",
            )
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._made())

    def test_requests_are_bounded(self):
        for route in (service_form.ServiceForm.send, progress.ProgressController.act):
            self.assertEqual(
                route.original_routing["max_content_length"], service_form.MAX_REQUEST_SIZE
            )
