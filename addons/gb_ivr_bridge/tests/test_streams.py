"""Event streams of real Asterisk calls (tests/fixtures/streams/README.md tells what happened in each)."""

import json
import random
import time
from pathlib import Path

from odoo.tests import tagged

from .common import AsteriskCase

STREAMS = Path(__file__).parents[3] / "tests" / "fixtures" / "streams"

# stream → per call: (number, direction, result, hung up by, [(extension or number, result, talk, hold)])
TRUTH = {
    "answered_caller_hangs_up": [
        ("13800000001", "inbound", "answered", "customer", [("1001", "answered", 3, 0)])
    ],
    "answered_agent_hangs_up": [
        ("13800000001", "inbound", "answered", "agent", [("1001", "answered", 3, 0)])
    ],
    "abandoned_in_queue": [("13800000001", "inbound", "abandoned", "customer", [])],
    "abandoned_while_ringing": [
        ("13800000001", "inbound", "abandoned", "customer", [("1001", "gave_up", 0, 0)])
    ],
    "no_answer_then_second_agent": [
        (
            "13800000001",
            "inbound",
            "answered",
            "customer",
            [("1001", "no_answer", 0, 0), ("1002", "answered", 4, 0)],
        )
    ],
    "rejected_then_second_agent": [
        (
            "13800000001",
            "inbound",
            "answered",
            "customer",
            [("1001", "refused", 0, 0), ("1002", "answered", 4, 0)],
        )
    ],
    "blind_transfer_to_seat": [
        (
            "13800000001",
            "inbound",
            "answered",
            "agent",
            [("1001", "answered", 3, 0), ("1002", "answered", 4, 0)],
        )
    ],
    "blind_transfer_to_queue": [
        (
            "13800000001",
            "inbound",
            "answered",
            "customer",
            [("1001", "answered", 3, 0), ("1002", "answered", 5, 0)],
        )
    ],
    "blind_transfer_to_outside": [
        (
            "13800000001",
            "inbound",
            "answered",
            "customer",
            [("1001", "answered", 2, 0), ("13911112222", "answered", 3, 0)],
        )
    ],
    "hold_and_unhold": [
        ("13800000001", "inbound", "answered", False, [("1001", "answered", 4, 3)])
    ],
    "hangs_up_while_held": [
        ("13800000001", "inbound", "answered", False, [("1001", "answered", 2, 3)])
    ],
    "agent_hangs_up_while_held": [
        ("13800000001", "inbound", "answered", False, [("1001", "answered", 2, 3)])
    ],
    "outbound_answered": [
        (
            "13912345678",
            "outbound",
            "answered",
            "customer",
            [("1001", "answered", 4, 0), ("13912345678", "answered", 4, 0)],
        )
    ],
    "callback_answered": [
        (
            "13912345678",
            "outbound",
            "answered",
            "customer",
            [("1001", "answered", 4, 0), ("13912345678", "answered", 4, 0)],
        )
    ],
    "callback_not_answered": [
        (
            "13912345678",
            "outbound",
            "busy",
            "customer",
            [("1001", "answered", 0, 0), ("13912345678", "refused", 0, 0)],
        )
    ],
    "last_agent": [("13800000001", "inbound", "answered", "agent", [("1002", "answered", 3, 0)])],
    "last_agent_does_not_answer": [
        (
            "13800000001",
            "inbound",
            "answered",
            "customer",
            [("1002", "no_answer", 0, 0), ("1001", "answered", None, None)],
        )
    ],
    "outbound_busy": [
        (
            "13912345678",
            "outbound",
            "busy",
            "customer",
            [("1001", "answered", 0, 0), ("13912345678", "refused", 0, 0)],
        )
    ],
    "outbound_not_answered": [
        (
            "13912345678",
            "outbound",
            "no_answer",
            False,
            [("1001", "answered", 0, 0), ("13912345678", "no_answer", 0, 0)],
        )
    ],
    "outbound_seat_not_answered": [
        ("13912345678", "outbound", "failed", "agent", [("1001", "refused", 0, 0)])
    ],
    "two_calls_interleaved": [
        ("13800000001", "inbound", "answered", "customer", [("1001", "answered", 4, 0)]),
        ("13800000002", "inbound", "answered", "customer", [("1002", "answered", 2, 0)]),
    ],
    "anonymous_caller": [(False, "inbound", "answered", "customer", [("1001", "answered", 3, 0)])],
    # who is only consulted does not talk with the customer, who is held meanwhile
    "attended_transfer": [
        (
            "13800000001",
            "inbound",
            "answered",
            "agent",
            [("1001", "answered", 2, 4), ("1002", "answered", 5, 0)],
        )
    ],
    "attended_transfer_while_ringing": [
        (
            "13800000001",
            "inbound",
            "answered",
            "agent",
            [("1001", "answered", 2, 2), ("1002", "answered", 3, 0)],
        )
    ],
    "consultation_cancelled": [
        (
            "13800000001",
            "inbound",
            "answered",
            "agent",
            [("1001", "answered", 4, 5), ("1002", "answered", 0, 0)],
        )
    ],
    "consultation_not_answered": [
        (
            "13800000001",
            "inbound",
            "answered",
            "agent",
            [("1001", "answered", 4, None), ("1002", "refused", 0, 0)],
        )
    ],
    "conference_of_three": [
        (
            "13800000001",
            "inbound",
            "answered",
            "agent",
            [("1001", "answered", 5, 4), ("1002", "answered", 6, 0)],
        )
    ],
    "consultation_of_a_queue": [
        (
            "13800000001",
            "inbound",
            "answered",
            "agent",
            [("1001", "answered", 2, 5), ("1002", "answered", 3, 0)],
        )
    ],
    "outbound_attended_transfer": [
        (
            "13912345678",
            "outbound",
            "answered",
            "agent",
            [
                ("1001", "answered", 2, 4),
                ("1002", "answered", 3, 0),
                ("13912345678", "answered", 9, 0),
            ],
        )
    ],
    "taken_over": [
        (
            "13800000001",
            "inbound",
            "answered",
            "agent",
            [("1001", "answered", 3, 0), ("1003", "answered", 3, 0)],
        )
    ],
    "pbx_killed_in_call": [
        ("13800000001", "inbound", "answered", "system", [("1001", "answered", None, 0)]),
        ("13800000003", "inbound", "answered", "customer", [("1001", "answered", 3, 0)]),
    ],
}


def read_stream(name):
    lines = (STREAMS / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@tagged("post_install", "-at_install")
class TestStreams(AsteriskCase):
    def setUp(self):
        super().setUp()
        # the streams were recorded at another time: the agents had signed in before
        for agent, seat in ((self.agent, self.seat_1), (self.agent_2, self.seat_2)):
            seat.sudo()._set_state("ready", user=agent)
            seat.sudo().log_ids.start_at = "2026-01-01 00:00:00"
            seat.sudo().state_since = "2026-01-01 00:00:00"

    def _calls(self):
        return self.env["gb.call"].search(
            [("provider_id", "=", self.provider.id)], order="offered_at, linked_id"
        )

    def _account(self, call):
        legs = [
            (leg.number, leg.result, leg.talk_seconds, leg.hold_seconds)
            for leg in call.leg_ids.sorted(lambda leg: (leg.ring_at, leg.id))
        ]
        return call.number, call.direction, call.result, call.hangup_by, legs

    def _check(self, name):
        calls = self._calls()
        self.assertEqual(len(calls), len(TRUTH[name]), name)
        for call, (number, direction, result, hangup_by, legs) in zip(
            calls, TRUTH[name], strict=True
        ):
            found = self._account(call)
            self.assertEqual(found[:4], (number, direction, result, hangup_by), name)
            self.assertEqual(len(found[4]), len(legs), name)
            # legs that rang in the same second have no order of their own
            for wanted in legs:
                leg = next(row for row in found[4] if row[0] == wanted[0])
                self.assertEqual(leg[1], wanted[1], name)
                if wanted[2] is not None:
                    self.assertAlmostEqual(leg[2], wanted[2], delta=1, msg=name)
                    if wanted[3] is not None:
                        self.assertAlmostEqual(leg[3], wanted[3], delta=1, msg=name)

    def test_every_stream_gives_what_happened(self):
        for name in TRUTH:
            with self.subTest(stream=name):
                self._forget()
                self.env["gb.call"].sudo()._ingest(self.provider.sudo(), read_stream(name))
                self._check(name)

    def test_calls_of_the_last_agent_and_call_backs_are_calls_of_the_queue(self):
        for name in ("last_agent", "last_agent_does_not_answer", "callback_answered"):
            with self.subTest(stream=name):
                self._forget()
                self.env["gb.call"].sudo()._ingest(self.provider.sudo(), read_stream(name))
                call = self._calls()
                self.assertEqual(call.queue_id, self.queue_orders)
                answered = call.leg_ids.filtered(lambda leg: leg.seat_id and leg.answered_at)
                self.assertEqual(answered.queue_id, self.queue_orders, "after-call work follows")
                if name == "last_agent_does_not_answer":
                    self.assertAlmostEqual(call.wait_seconds, 5, delta=1, msg="both tries")

    def _forget(self):
        self._calls().sudo().unlink()
        self.env["gb.call.event"].search([("provider_id", "=", self.provider.id)]).sudo().unlink()
        self.env.flush_all()

    def _facts(self):
        skip = {"id", "create_date", "write_date", "create_uid", "write_uid", "revision"}
        skip |= {"leg_ids", "event_ids", "recording_ids", "display_name"}
        names = [
            name
            for name, field in self.env["gb.call"]._fields.items()
            if field.store and name not in skip
        ]
        calls = []
        for call in self._calls():
            values = call.read(names)[0]
            values.pop("id")
            legs = [
                (
                    leg.channel,
                    leg.ring_at,
                    leg.answered_at,
                    leg.ended_at,
                    leg.result,
                    leg.talk_seconds,
                )
                for leg in call.leg_ids.sorted("channel")
            ]
            calls.append(
                (values, legs, len(call.event_ids), sorted(call.recording_ids.mapped("sha256")))
            )
        return calls

    def test_replay_in_random_orders_with_duplicates_gives_the_same_calls(self):
        ingest = self.env["gb.call"].sudo()._ingest
        for name in TRUTH:
            events = read_stream(name)
            if name == "pbx_killed_in_call":
                continue  # a restart ends what is open when it is told: see the test below
            ingest(self.provider.sudo(), events)
            expected = self._facts()
            self._forget()
            for seed in range(4):
                dice = random.Random(f"{name}{seed}")
                copy = [*events, *dice.sample(events, k=len(events) // 2)]
                dice.shuffle(copy)
                while copy:
                    size = dice.randint(1, 9)
                    ingest(self.provider.sudo(), copy[:size])
                    copy = copy[size:]
                with self.subTest(stream=name, seed=seed):
                    self.assertEqual(self._facts(), expected)
                self._forget()

    def test_restart_that_is_told_before_the_call_ends_it_too(self):
        events = read_stream("pbx_killed_in_call")
        restarts = [event for event in events if event["data"]["type"] == "PBX_UP"]
        self.assertTrue(restarts)
        others = [event for event in events if event not in restarts]
        ingest = self.env["gb.call"].sudo()._ingest
        ingest(self.provider.sudo(), [*restarts, *others])
        self._check("pbx_killed_in_call")
        self._forget()
        for event in [*restarts, *others, *restarts]:
            ingest(self.provider.sudo(), [event])
        self._check("pbx_killed_in_call")

    def test_full_disk_beside_the_pbx_is_shown(self):
        alarm = {
            "id": "disk-alarm-1",
            "source": "connector",
            "at": time.time(),
            "data": {"type": "DISK_ALARM", "free_mb": 12, "path": "/var/spool"},
        }
        self.env["gb.call"].sudo()._ingest(self.provider.sudo(), [alarm])
        self.assertIn("12 MB", self.provider.alarm)
        self.provider.with_user(self.manager).action_clear_alarm()
        self.assertFalse(self.provider.alarm)

    def test_recording_is_named_by_its_call(self):
        self.env["gb.call"].sudo()._ingest(
            self.provider.sudo(), read_stream("answered_caller_hangs_up")
        )
        recording = self._calls().recording_ids
        self.assertEqual(len(recording), 1)
        self.assertFalse(recording.is_stored)
        self.assertGreater(recording.duration, 1)
