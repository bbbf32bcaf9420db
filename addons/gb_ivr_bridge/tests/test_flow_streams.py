"""Event streams of real callers in a flow (tests/fixtures/flow_streams/README.md tells what happened in each)."""

import contextlib
import json
import random
from pathlib import Path

from odoo.tests import tagged

from .common_ivr import IvrCase

STREAMS = Path(__file__).parents[3] / "tests" / "fixtures" / "flow_streams"

# stream → per session, in order: (number, [(node, input, outcome)], ended by, self-served, mark, result of the call, messages)
TRUTH = {
    "leaves_in_the_menu": [
        ("13800007771", [("menu", "7", "left")], "caller", True, "", "ivr_only", 0)
    ],
    "served_by_the_menu": [
        (
            "13800007771",
            [("menu", "2", "next"), ("bye", "", "end")],
            "hangup", True, "", "ivr_only", 0,
        )
    ],
    "message_ended_by_key": [
        (
            "13800007771",
            [("menu", "3", "next"), ("message", "", "next"), ("bye", "", "end")],
            "hangup", True, "", "ivr_only", 1,
        )
    ],
    "message_ended_by_hanging_up": [
        (
            "13800007771",
            [("menu", "3", "next"), ("message", "", "left")],
            "caller", True, "", "ivr_only", 1,
        )
    ],
    "agent_and_satisfaction": [
        (
            "13800007771",
            [("menu", "1", "next"), ("agent", "", "next"), ("score", "5", "next"), ("five", "", "next"), ("keep", "", "next"), ("bye", "", "end")],
            "hangup", False, "5", "answered", 0,
        )
    ],
    "two_at_the_same_time": [
        (
            "13800007771",
            [("menu", "3", "next"), ("message", "", "next"), ("bye", "", "end")],
            "hangup", True, "", "ivr_only", 1,
        ),
        (
            "13900002222",
            [("menu", "2", "next"), ("bye", "", "end")],
            "hangup", True, "", "ivr_only", 0,
        ),
    ],
}  # fmt: skip


def read_stream(name):
    lines = (STREAMS / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@tagged("post_install", "-at_install")
class TestFlowStreams(IvrCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.env["gb.ivr.flow"].create({"name": "Main", "code": "main"})
        cls.other = cls.provider.sudo().copy(
            {
                "reference": f"{cls.reference}-other",
                "connector_secret_input": "another secret of the tests",
            }
        )

    def setUp(self):
        super().setUp()
        # the streams were recorded at another time: the agent had signed in before
        self.seat_1.sudo()._set_state("ready", user=self.agent)
        self.seat_1.sudo().log_ids.start_at = "2026-01-01 00:00:00"
        self.seat_1.sudo().state_since = "2026-01-01 00:00:00"

    def _take_in(self, events, provider=None):
        self.env["gb.call"].sudo()._ingest((provider or self.provider).sudo(), events)

    def _sessions_of(self, provider=None):
        provider = provider or self.provider
        return self.sessions.search(
            [("provider_id", "=", provider.id)], order="started_at, reference"
        )

    def _facts(self, provider=None):
        found = []
        for session in self._sessions_of(provider):
            call = session.call_id
            messages = call.recording_ids.filtered(lambda row: row.kind == "voicemail")
            self.assertEqual(len(messages.message_ticket_ids), len(messages))
            steps = [
                (step.node, step.input or "", step.outcome)
                for step in session.step_ids.sorted("number")
            ]
            found.append(
                (
                    session.number, steps, session.end_reason, session.is_self_served, session.rating or "", call.result,
                    len(messages),
                )
            )  # fmt: skip
        return found

    def _details(self):
        """Whatever else must be the same in any order."""
        found = []
        for session in self._sessions_of():
            call = session.call_id
            found.append(
                (
                    session.seconds, session.started_at, session.ended_at, session.last_label, session.flow_id, session.hotline_id,
                    [(step.number, step.at, step.left_at, step.exit) for step in session.step_ids.sorted("number")],
                    call.offered_at, call.ended_at, call.hangup_by, call.ivr_at, call.ivr_end_at, call.talk_seconds, json.dumps(call.track, sort_keys=True),
                    sorted((row.sha256, row.kind, row.duration) for row in call.recording_ids),
                    call.recording_ids.message_ticket_ids.mapped("channel"),
                    len(call.event_ids),
                )
            )  # fmt: skip
        return found

    @contextlib.contextmanager
    def _nothing_remains(self):
        with self.env.cr.savepoint() as savepoint:
            yield
            self.env.flush_all()
            savepoint.rollback()
            self.env.invalidate_all()

    def test_every_stream_gives_what_happened(self):
        for name, truth in TRUTH.items():
            with self.subTest(stream=name), self._nothing_remains():
                self._take_in(read_stream(name))
                self.assertEqual(self._facts(), truth)

    def test_any_order_with_repetitions_gives_the_same_sessions_and_one_work_order(self):
        for name, truth in TRUTH.items():
            events = read_stream(name)
            with self._nothing_remains():
                self._take_in(events)
                expected = self._details()
            for seed in range(3):
                dice = random.Random(f"{name}{seed}")
                copy = [*events, *dice.sample(events, k=len(events) // 2)]
                dice.shuffle(copy)
                with self.subTest(stream=name, seed=seed), self._nothing_remains():
                    while copy:
                        size = dice.randint(1, 6)
                        self._take_in(copy[:size])
                        copy = copy[size:]
                    self.assertEqual(self._facts(), truth)
                    self.assertEqual(self._details(), expected)

    def test_a_batch_that_comes_again_changes_nothing(self):
        events = read_stream("two_at_the_same_time")
        self._take_in(events)
        facts, details = self._facts(), self._details()
        tickets = self._sessions_of().call_id.recording_ids.message_ticket_ids
        self._take_in(events)
        self.assertEqual((self._facts(), self._details()), (facts, details))
        self.assertEqual(self._sessions_of().call_id.recording_ids.message_ticket_ids, tickets)

    def test_the_same_words_of_two_systems_are_two_callers(self):
        """Two PBXs may have the same name and count their calls alike."""
        events = read_stream("message_ended_by_key")
        for provider in (self.provider, self.other):
            self._take_in(events, provider)
        mine, others = self._sessions_of(), self._sessions_of(self.other)
        self.assertEqual(self._facts(), self._facts(self.other))
        self.assertEqual((len(mine), len(others)), (1, 1))
        self.assertEqual(mine.reference, others.reference)
        self.assertEqual(mine.call_id.provider_id, self.provider)
        self.assertEqual(others.call_id.provider_id, self.other)
        tickets = mine.call_id.recording_ids.message_ticket_ids
        self.assertEqual(len(tickets | others.call_id.recording_ids.message_ticket_ids), 2)
