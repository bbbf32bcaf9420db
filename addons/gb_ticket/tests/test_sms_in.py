import json

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gb_callcenter.tools.signature import sign

from .test_api import CONTROLLER, SECRET, ApiCase


@tagged("post_install", "-at_install")
class TestSmsIn(ApiCase):
    def _sms(self, secret=SECRET, **values):
        values = {"id": "s-1", "from": "13800007771", "to": "1069", "text": "It leaks", **values}
        body = json.dumps(values).encode()
        headers = {"Content-Type": "application/json", **sign(secret, body)}
        answer = self.url_open(f"/gb/v1/sms/{self.client.key}", data=body, headers=headers)
        self.env.invalidate_all()
        return answer.status_code, answer.json()

    def _ticket_of(self, answer):
        return self.env["gb.ticket"].browse(answer["work_order"])

    def test_sms_of_a_known_customer_becomes_an_accepted_work_order(self):
        status, answer = self._sms()
        self.assertEqual(status, 201, answer)
        ticket = self._ticket_of(answer)
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertEqual((ticket.channel, ticket.reply_channel), ("sms", "sms"))
        self.assertEqual(ticket.contact_phone, "+8613800007771")
        self.assertNotEqual(ticket.phase, "draft")
        message = ticket.gb_message_ids.filtered(lambda row: row.direction == "in")
        self.assertEqual(message.channel, "sms")
        self.assertIn("It leaks", message.body)

    def test_unknown_number_leaves_a_draft(self):
        ticket = self._ticket_of(self._sms(**{"from": "+86 139 9999 0000"})[1])
        self.assertFalse(ticket.partner_id)
        self.assertEqual(ticket.phase, "draft")
        self.assertEqual(ticket.contact_phone, "+8613999990000")
        again = self._ticket_of(self._sms(id="s-2", **{"from": "13999990000"})[1])
        self.assertEqual(again, ticket)

    def test_same_sms_twice_is_taken_once(self):
        first, again = self._sms(), self._sms()
        self.assertEqual(first, again)
        ticket = self._ticket_of(first[1])
        self.assertEqual(len(ticket.gb_message_ids.filtered(lambda row: row.direction == "in")), 1)

    def test_goes_to_the_one_that_waits_then_to_the_newest_open_one(self):
        waiting = self._walk(self._ticket(), "processing")
        newer = self._walk(self._ticket(type_id=self.consultation.id, subject="Size"), "accepted")
        self._move(
            waiting, self.handler, "wait_customer", {"follow_up_at": self._later(days=1)}, "Which?"
        )
        self.assertEqual(self._ticket_of(self._sms(text="Blue")[1]), waiting)
        self.assertEqual(waiting.state_code, "processing")
        self.assertEqual(self._ticket_of(self._sms(id="s-2")[1]), newer)

    @mute_logger(CONTROLLER)
    def test_refusals(self):
        self.assertEqual(self._sms(secret="not this one, but long")[0], 401)
        self.assertEqual(self._sms(text="")[0], 422)
        self.assertEqual(self._sms(text="x" * 2001)[0], 422)
        self.assertEqual(self._sms(id=7)[0], 422)
        self.client.can_sms = False
        self.assertEqual(self._sms()[0], 403)
