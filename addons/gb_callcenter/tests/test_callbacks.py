import time
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.demo_api import DemoApi
from .common import CallCentreCase

NUMBER = "+8613800007771"


@tagged("post_install", "-at_install")
class TestCallbacks(CallCentreCase):
    def _abandoned(self, number="13800007771", queue="orders", ago=60):
        linked, _channel, at = self._call(
            number=number, queue=queue, extension=None, at=time.time() - ago
        )
        self._hang_up(linked, [], at + 10, reason="abandoned")
        return self._find(linked)

    def _open(self):
        return self.env["gb.callback"].search(
            [("number_key", "=", NUMBER), ("state", "in", ("asked", "dialling"))]
        )

    def _note(self, state, reference="abc", number=NUMBER, linked=None, **more):
        call = self._find(linked) if linked else self._abandoned(number="13700000000")
        self.env["gb.callback"].sudo()._follow_pbx(
            call,
            {
                "kind": "callback",
                "reference": reference,
                "state": state,
                "number": number,
                "queue": "orders",
                "at": time.time(),
                "session": "",
                **more,
            },
        )
        return self.env["gb.callback"].search([("reference", "=", reference)])

    # --- missed calls ---------------------------------------------------------------------------

    def test_a_missed_call_is_on_the_list_once_for_a_customer_and_queue(self):
        call = self._abandoned(ago=300)
        row = self._open()
        self.assertEqual(
            (row.origin, row.partner_id, row.queue_id, row.team_id, row.call_id),
            ("missed", self.customer, self.queue_orders, self.team_orders, call),
        )
        again = self._abandoned()
        self.assertEqual(self._open(), row)
        self.assertEqual((row.missed_count, row.call_id), (2, again))
        call.action_rebuild()
        self.assertEqual(row.missed_count, 2, "deriving the call again changes nothing")

    def test_withheld_numbers_cannot_be_called_back(self):
        before = self.env["gb.callback"].search_count([])
        self._abandoned(number="anonymous")
        self.assertEqual(self.env["gb.callback"].search_count([]), before)

    def test_whoever_was_reached_since_is_not_on_the_list(self):
        self._sign_in(self.agent, self.seat_1)
        self._abandoned(ago=300)
        row = self._open()
        self._finished_call(self.seat_1)
        self.assertEqual((row.state, bool(row.done_at)), ("reached", True))
        self._abandoned(ago=200)
        self.assertFalse(self._open(), "this event comes late: he was served after it")

    # --- agents ---------------------------------------------------------------------------------

    def test_an_agent_claims_dials_and_reaches(self):
        self._abandoned()
        row = self._open().with_user(self.agent)
        self._sign_in(self.agent, self.seat_1)
        row.action_dial()
        self.assertEqual((row.state, row.user_id), ("dialling", self.agent))
        call = self.seat_1.call_id
        self.assertEqual((call.direction, call.partner_id), ("outbound", self.customer))
        legs = call.leg_ids.mapped("channel")
        self._hang_up(call.linked_id, legs, time.time() + 30, reason=None)
        self.assertEqual(row.state, "reached")

    def test_a_colleague_comes_too_late(self):
        self._abandoned()
        row = self._open()
        row.with_user(self.agent).action_claim()
        with self.assertRaisesRegex(UserError, "has taken this call-back over"):
            row.with_user(self.agent_2).action_claim()
        row.with_user(self.agent).action_release()
        row.with_user(self.agent_2).action_claim()
        self.assertEqual(row.user_id, self.agent_2)

    @mute_logger("odoo.sql_db")
    def test_two_at_the_same_moment(self):
        self._abandoned()
        row = self._open().with_user(self.agent)
        with patch.object(type(row), "try_lock_for_update", lambda rows, **how: rows.browse()):
            with self.assertRaisesRegex(UserError, "just now"):
                row.action_claim()

    def test_not_answered_comes_again_later_and_at_last_fails(self):
        self.queue_orders.write({"callback_tries": 2, "callback_retry_minutes": 5})
        self._abandoned(ago=4000)
        row = self._open()
        for ago, state in ((3000, "asked"), (2000, "failed")):
            at = time.time() - ago
            self._ingest(self._outbound_without_answer(at))
            self.assertEqual(row.state, state)
        self.assertEqual(row.tries, 2)

    def _outbound_without_answer(self, at):
        from ..tools.demo_api import make_event

        linked = f"out-{at}"
        seat, remote = f"{linked}-seat", f"{linked}-remote"
        return [
            make_event("start", at, linked, seat, role="seat", extension="1001"),
            make_event("answer", at + 1, linked, seat),
            make_event("dial", at + 1, linked, seat, number="13800007771", outside=True),
            make_event("start", at + 1, linked, remote, role="outside", number="13800007771"),
            make_event("hangup", at + 20, linked, remote, cause=19, by=""),
            make_event("hangup", at + 20, linked, seat, cause=16, by="self"),
            make_event("over", at + 21, linked, ""),
        ]

    def test_settling_and_reopening(self):
        self._abandoned()
        row = self._open().with_user(self.agent)
        row.action_done()
        self.assertEqual((row.state, row.user_id), ("done", self.agent))
        with self.assertRaisesRegex(UserError, "need not be called"):
            row.with_user(self.agent_2).action_claim()
        row.action_reopen()
        self.assertEqual((row.state, row.user_id.id), ("asked", False))

    def test_rights(self):
        self._abandoned()
        row = self._open()
        with self.assertRaises(AccessError):
            row.with_user(self.agent).write({"state": "done"})
        row.with_user(self.agent).write({"note": "after six"})
        with self.assertRaises(AccessError):
            row.with_user(self.agent_3).action_claim()
        with self.assertRaises(AccessError):
            row.with_user(self.inspector).action_claim()
        with self.assertRaises(AccessError):
            self.env["gb.callback"].with_user(self.analyst).get_open_count()
        self.assertIn(row, self.env["gb.callback"].with_user(self.inspector).search([]))
        self.assertNotIn(row, self.env["gb.callback"].with_user(self.agent_3).search([]))

    def test_another_companys_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        row = self.env["gb.callback"].create({"number": "13800005555", "company_id": company.id})
        self.assertNotIn(row, self.env["gb.callback"].with_user(self.manager).search([]))

    def test_the_badge_counts_what_is_due_and_free(self):
        feed = self.env["gb.callback"].with_user(self.agent)
        before = feed.get_open_count()
        self._abandoned()
        self.assertEqual(feed.get_open_count(), before + 1)
        self.assertFalse(self._seat_of(self.agent).get_panel()["callbacks"], "not signed in yet")
        self._sign_in(self.agent, self.seat_1)
        self.assertEqual(self._seat_of(self.agent).get_panel()["callbacks"], before + 1)
        self._open().due_at = fields.Datetime.now() + timedelta(hours=1)
        self.assertEqual(feed.get_open_count(), before)

    # --- the telephone system -------------------------------------------------------------------

    def test_what_a_caller_asked_for_follows_the_telephone_system(self):
        row = self._note("asked")
        self.assertEqual(
            (row.state, row.is_in_queue, row.origin, row.queue_id, row.partner_id),
            ("asked", True, "caller", self.queue_orders, self.customer),
        )
        self.assertEqual(self._note("asked"), row, "told again")
        self._note("dialling")
        self.assertEqual(row.state, "dialling")
        self._note("failed", tries=1, final=False)
        self.assertEqual((row.state, row.tries), ("asked", 1))
        self._note("answered")
        self.assertEqual((row.state, row.is_in_queue), ("reached", False))
        self._note("dialling")
        self.assertEqual(row.state, "reached", "told late")

    def test_a_missed_call_and_a_wish_are_one(self):
        self._abandoned()
        row = self._open()
        self.assertEqual(self._note("asked"), row)
        self.assertEqual(self._open(), row)

    def test_taking_over_takes_him_out_of_the_queue(self):
        row = self._note("asked")
        sent = []

        def send(api, command, args, token=None):
            sent.append((command, args))
            return {}, []

        with patch.object(DemoApi, "send", send):
            row.with_user(self.agent).action_claim()
        self.assertEqual(sent, [("callback.cancel", {"reference": "abc"})])
        self.assertFalse(row.is_in_queue)
        self._note("cancelled")
        self.assertEqual(row.state, "asked", "the agent has it now")

    def test_two_open_ones_are_refused_by_the_database(self):
        self._abandoned()
        with self.assertRaisesRegex(Exception, "on the list of this queue already|unique"):
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env["gb.callback"].create({"number": NUMBER, "queue_id": self.queue_orders.id})

    @freeze_time("2026-10-10 10:00:00")
    def test_agents_note_call_backs_themselves(self):
        row = (
            self.env["gb.callback"]
            .with_user(self.agent)
            .create({"number": "138 0000 7771", "queue_id": self.queue_orders.id, "note": "price"})
        )
        self.assertEqual((row.origin, row.partner_id, row.state), ("agent", self.customer, "asked"))
