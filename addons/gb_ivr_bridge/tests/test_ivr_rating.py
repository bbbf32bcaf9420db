import time

from odoo.tests import tagged

from .common_ivr import IvrCase


@tagged("post_install", "-at_install")
class TestIvrRating(IvrCase):
    def _rated_call(self, score, linked=None):
        linked = linked or self._new_session_name()
        at = round(time.time()) - 300
        self._ingest(
            [
                *self._start_events(linked, at),
                *self._menu_events(linked, at, [("Satisfaction", "")], "hangup"),
                self._event(linked, at + 4, "RATING", score=score, kind="call"),
                *self._hangup_events(linked, at + 5),
            ]
        )
        return self._find(linked)

    def _question(self, partner):
        ticket = self.env["gb.ticket"].create(
            {
                "subject": "Rated",
                "type_id": self.env["gb.ticket.type"].search([], limit=1).id,
                "partner_id": partner.id,
            }
        )
        return self.env["gb.ticket.rating"].create({"ticket_id": ticket.id, "channel": "sms"})

    def test_mark_stands_with_the_call_and_the_contact(self):
        call = self._rated_call("4")
        self.assertEqual(call.score, 4)
        contact = self.env["gb.contact"].search(
            [("res_model", "=", "gb.call"), ("res_id", "=", call.id)]
        )
        self.assertEqual(contact.score, 4)
        self.assertEqual(call.gb_ivr_session_ids.rating, "4")

    def test_key_that_is_no_mark_counts_for_nothing(self):
        for key in ("9", "0", "*", "12", ""):
            self.assertEqual(self._rated_call(key).score, 0)

    def test_open_question_about_a_work_order_is_answered_once(self):
        first, second = self._question(self.customer), self._question(self.customer)
        call = self._rated_call("5")
        answered = (first | second).filtered(lambda rating: rating.state == "answered")
        self.assertEqual(len(answered), 1)
        self.assertEqual((answered.score, answered.channel), ("5", "ivr"))
        # told again, built again: the other question stays open
        self._rated_call("5", call.linked_id)
        call.with_user(self.manager).action_rebuild()
        self.assertEqual(
            (first | second).filtered(lambda rating: rating.state == "answered"), answered
        )

    def test_question_to_another_customer_stays_open(self):
        question = self._question(self.stranger)
        self._rated_call("1")
        self.assertEqual(question.state, "asked")
