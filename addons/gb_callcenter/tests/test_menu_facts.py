import itertools
import random

from odoo.tests import BaseCase, tagged

from ..tools.call_facts import Fact, derive

AT = 1_800_000_000.0


@tagged("post_install", "-at_install")
class TestMenuFacts(BaseCase):
    """What a menu tells of a call: pure functions, no database."""

    def _call(self, *facts, until=60):
        """An inbound call of ``until`` seconds; None: it goes on."""
        begin = [
            self._fact("start", 0, role="outside", number="13800007771", dialled="8000"),
            self._fact("answer", 0),
        ]
        end = []
        if until is not None:
            end = [self._fact("hangup", until, cause=16, by="self"), self._fact("over", until)]
        return derive([*begin, *facts, *end])

    @staticmethod
    def _fact(fact, seconds, channel="a", /, **info):
        return Fact(fact, AT + seconds, "a", channel, info)

    def _step(self, number, seconds, **info):
        values = {"session": "s", "n": number, "at": AT + seconds - 2, "left": AT + seconds}
        return self._fact("track", seconds, label=f"Node {number}", **values, **info)

    def _ring(self, seconds, cause=None, until=None, channel="b"):
        facts = [self._fact("start", seconds, channel, role="seat", extension="1001")]
        if until is not None:
            facts.append(self._fact("hangup", until, channel, cause=cause, by="other"))
        return facts

    def _join(self, seconds, queue="orders"):
        return self._fact("queue", seconds, queue=queue, exact=True)

    def test_reasons_why_callers_are_lost(self):
        join = self._join(10)
        for reason, result, facts in (
            ("waiting", "abandoned", [join, self._fact("unqueue", 60, reason="abandoned")]),
            ("timeout", "not_served", [join, self._fact("unqueue", 40, reason="timeout")]),
            ("empty", "not_served", [join, self._fact("unqueue", 11, reason="empty")]),
            ("key", "not_served", [join, self._fact("unqueue", 30, reason="key")]),
            ("refused", "abandoned", [join, *self._ring(12, 17, 15)]),
            ("no_answer", "abandoned", [join, *self._ring(12, 19, 32)]),
            ("ringing", "abandoned", [join, *self._ring(50, 16, 60)]),
            ("blocked", "refused", [self._fact("note", 1, kind="blocked")]),
            ("limit", "refused", [self._fact("note", 1, kind="limit")]),
            ("no_answer", "not_served", self._ring(12, 19, 32)),
            ("", "ivr_only", [self._step(1, 5)]),
            ("", "answered", [join, *self._ring(12), self._fact("answer", 20, "b")]),
        ):
            account = self._call(*facts)
            self.assertEqual((account.lost_reason, account.result), (reason, result), facts)

    def test_menu_ends_where_queue_seat_or_hang_up_begins(self):
        steps = [self._step(1, 4), self._step(2, 8)]
        end = self._fact("note", 8, kind="end", session="s", reason="transfer")
        for until, facts in (
            (8, [*steps, end, self._join(9)]),
            (9, [*steps, self._join(9)]),
            (12, [*steps, *self._ring(12)]),
            (60, steps),
        ):
            account = self._call(*facts)
            self.assertEqual((account.ivr_at - AT, account.ivr_end_at - AT), (0, until))

    def test_caller_who_left_the_queue_is_in_the_menu_again(self):
        facts = [self._step(1, 4), self._join(5)]
        self.assertEqual(self._call(*facts, until=None).state, "queued")
        facts.append(self._fact("unqueue", 25, reason="timeout", queue="orders"))
        self.assertEqual(self._call(*facts, until=None).state, "ivr")
        facts.append(self._join(25.4, "overflow"))
        self.assertEqual(self._call(*facts, until=None).state, "queued")
        facts += [
            *self._ring(30),
            self._fact("answer", 33, "b"),
            self._fact("unqueue", 33, reason="connected", queue="overflow"),
        ]
        self.assertEqual(self._call(*facts, until=None).state, "talking")
        facts += [
            self._fact("hangup", 50, "b", cause=16, by="self"),
            self._fact("unqueue", 50, reason="agent", queue="overflow"),
            self._step(2, 55),
        ]
        self.assertEqual(self._call(*facts, until=None).state, "ivr")

    def test_track_shows_what_callers_notice_in_its_order(self):
        facts = [
            self._step(2, 4, quiet=True),
            self._step(10, 6, input="2"),
            self._step(9, 6),
            self._step(1, 2),
        ]
        dice = random.Random(3)
        for _time in range(4):
            dice.shuffle(facts)
            account = self._call(*facts, *facts)
            self.assertEqual([step["n"] for step in account.steps], [1, 2, 9, 10])
            self.assertEqual(
                [(step["label"], step.get("input")) for step in account.track],
                [("Node 1", None), ("Node 9", None), ("Node 10", "2")],
            )

    def test_last_mark_counts_and_only_marks_do(self):
        notes = [
            self._fact("note", second, kind="rating", session="s", score=score)
            for second, score in ((40, "2"), (50, "4"), (52, "9"), (54, ""))
        ]
        for order in itertools.permutations(notes):
            self.assertEqual(self._call(*order).score, 4)

    def test_note_after_the_end_brings_no_call_to_life(self):
        late = self._fact("note", 900, kind="voicemail", session="s", sha256="0" * 64)
        account = self._call(late)
        self.assertEqual((account.state, account.ended_at), ("ended", AT + 60))
        self.assertIsNone(derive([late]).offered_at)
