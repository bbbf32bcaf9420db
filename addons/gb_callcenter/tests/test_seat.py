import json
import time
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CallCentreCase, make_event


@tagged("post_install", "-at_install")
class TestSeat(CallCentreCase):
    def test_sign_in_and_out(self):
        panel = self._seat_of(self.agent).panel_sign_in(self.seat_1.id)
        self.assertEqual((panel["seat"]["state"], panel["seat"]["extension"]), ("ready", "1001"))
        self.assertEqual(self.seat_1.user_id, self.agent)
        panel = self._seat_of(self.agent).panel_sign_out()
        self.assertFalse(panel["seat"])
        self.assertIn(self.seat_1.id, [seat["id"] for seat in panel["seats"]])

    def test_second_sign_in_of_the_same_agent_shows_the_state_only(self):
        self._sign_in(self.agent, self.seat_1)
        self._seat_of(self.agent).panel_sign_in(self.seat_1.id)
        logs = self.env["gb.seat.log"].search([("seat_id", "=", self.seat_1.id)])
        self.assertEqual(len(logs), 1)

    def test_taken_seat_second_seat_and_reserved_seat_are_refused(self):
        self._sign_in(self.agent, self.seat_1)
        with self.assertRaisesRegex(UserError, "is taken by"):
            self._sign_in(self.agent_2, self.seat_1)
        with self.assertRaisesRegex(UserError, "Sign out there first"):
            self._sign_in(self.agent, self.seat_2)
        self.seat_2.allowed_user_ids = self.agent_3
        with self.assertRaisesRegex(UserError, "reserved"):
            self._sign_in(self.agent_2, self.seat_2)

    def test_states_are_written_by_transitions_only(self):
        for values in ({"state": "ready"}, {"user_id": self.manager.id}, {"call_id": False}):
            with self.assertRaises(AccessError):
                self.seat_1.with_user(self.manager).write(values)
        with self.assertRaises(AccessError):
            self.env["gb.seat"].with_user(self.manager).create(
                {
                    "name": "x",
                    "extension": "1099",
                    "state": "ready",
                    "provider_id": self.provider.id,
                }
            )

    def test_pause_with_reason_and_back(self):
        self._sign_in(self.agent, self.seat_1)
        panel = self._seat_of(self.agent).panel_pause(self.pause_reason.id)
        self.assertEqual(panel["seat"]["pause_reason"]["name"], "Test break")
        self._seat_of(self.agent).panel_ready()
        logs = self.env["gb.seat.log"].search([("seat_id", "=", self.seat_1.id)], order="id")
        self.assertEqual(logs.mapped("state"), ["ready", "paused", "ready"])
        self.assertEqual(logs[1].pause_reason_id, self.pause_reason)
        self.assertEqual(logs[0].end_at, logs[1].start_at, "intervals have no gaps")

    def test_pause_longer_than_usual_is_marked(self):
        self.pause_reason.max_minutes = 15
        self._sign_in(self.agent, self.seat_1)
        self._seat_of(self.agent).panel_pause(self.pause_reason.id)
        self.assertFalse(self.seat_1.is_pause_too_long)
        with freeze_time(self.seat_1.state_since + timedelta(minutes=16)):
            self.env.invalidate_all()
            self.assertTrue(self.seat_1.is_pause_too_long)

    def test_call_moves_the_seat_through_its_states(self):
        self._sign_in(self.agent, self.seat_1)
        at = time.time()
        linked, channel, _at = self._call(at=at)
        self.assertEqual((self.seat_1.state, self.seat_1.call_id), ("ringing", self._find(linked)))
        self._answer(linked, channel, at + 4)
        self.assertEqual(self.seat_1.state, "on_call")
        with self.assertRaisesRegex(UserError, "Finish the call first"):
            self._seat_of(self.agent).panel_pause(self.pause_reason.id)
        with self.assertRaisesRegex(UserError, "Finish the call first"):
            self._seat_of(self.agent).panel_sign_out()
        self._hang_up(linked, [channel], at + 64)
        self.assertEqual(self.seat_1.state, "wrap_up")
        self._seat_of(self.agent).panel_ready()
        self.assertEqual(self.seat_1.state, "ready")
        self.assertTrue(self._find(linked).wrap_end_at)

    def test_after_call_work_is_measured(self):
        self._sign_in(self.agent, self.seat_1)
        call = self._finished_call(self.seat_1, at=time.time() - 100, talk=40)
        self.seat_1.sudo()._finish_wrap_up(at=call.ended_at + timedelta(seconds=30))
        self.assertAlmostEqual(call.wrap_seconds, 30, delta=1)
        self.assertEqual(call.handle_seconds, call.talk_seconds + call.wrap_seconds)

    def test_pause_goes_on_after_an_own_call(self):
        self._sign_in(self.agent, self.seat_1)
        self._seat_of(self.agent).panel_pause(self.pause_reason.id)
        self._seat_of(self.agent).panel_dial("13800007771", "click-1")
        self.assertEqual(self.seat_1.state, "on_call")
        self._seat_of(self.agent).panel_call_command("hangup")
        self.assertEqual(
            (self.seat_1.state, self.seat_1.pause_reason_id), ("paused", self.pause_reason)
        )

    def test_pbx_ends_after_call_work_by_its_limit(self):
        self._sign_in(self.agent, self.seat_1)
        self._finished_call(self.seat_1)
        later = make_event("unpaused", time.time() + 130, "", "", extension="1001")
        self._ingest([later])
        self.assertEqual(self.seat_1.state, "ready")

    def test_late_news_of_an_old_after_call_work_changes_nothing(self):
        self._sign_in(self.agent, self.seat_1)
        self._finished_call(self.seat_1)
        self._ingest([make_event("unpaused", time.time() - 3600, "", "", extension="1001")])
        self.assertEqual(self.seat_1.state, "wrap_up")

    def test_device_state_is_shown(self):
        self._sign_in(self.agent, self.seat_1)
        self._ingest(
            [make_event("device", time.time(), "", "", extension="1001", state="unreachable")]
        )
        self.assertEqual(
            self._seat_of(self.agent).get_panel()["seat"]["device_state"], "unreachable"
        )
        with self.assertRaisesRegex(UserError, "not connected"):
            self._seat_of(self.agent).panel_dial("13800007771", "click-2")

    def test_lead_signs_out_his_own_agents_only(self):
        self._sign_in(self.agent, self.seat_1)
        self._sign_in(self.agent_3, self.seat_3)
        self.seat_1.with_user(self.lead).action_force_sign_out()
        self.assertEqual(self.seat_1.state, "signed_out")
        with self.assertRaises(AccessError):
            self.seat_3.with_user(self.lead).action_force_sign_out()
        with self.assertRaises(AccessError):
            self.seat_3.with_user(self.agent).action_force_sign_out()
        self.seat_3.with_user(self.manager).action_force_sign_out()
        self.assertEqual(self.seat_3.state, "signed_out")

    def test_agent_is_told_over_the_bus(self):
        self._sign_in(self.agent, self.seat_1)
        self.env.cr.precommit.run()
        last = self.env["bus.bus"].search([], order="id desc", limit=1).id
        linked, _channel, _at = self._call()
        self.env.cr.precommit.run()
        messages = [
            json.loads(row.message)
            for row in self.env["bus.bus"].search([("id", ">", last)])
            if f'"res.partner",{self.agent.partner_id.id}]' in row.channel.replace(" ", "")
        ]
        rings = [row["payload"] for row in messages if row["payload"].get("event") == "ring"]
        self.assertEqual(
            rings, [{"event": "ring", "seat_id": self.seat_1.id, "call_id": self._find(linked).id}]
        )

    def test_signed_out_seat_ignores_calls(self):
        self._call(extension="1002")
        self.assertEqual(self.seat_2.state, "signed_out")

    def test_todays_figures(self):
        self._sign_in(self.agent, self.seat_1)
        before = self._seat_of(self.agent).get_panel()["today"]
        self.env["gb.call.leg"].flush_model()
        call = self._finished_call(self.seat_1, at=time.time() - 5, talk=3)
        call.leg_ids.sudo().write({"user_id": self.agent.id, "ring_at": fields.Datetime.now()})
        after = self._seat_of(self.agent).get_panel()["today"]
        self.assertEqual(after["answered"], before["answered"] + 1)
