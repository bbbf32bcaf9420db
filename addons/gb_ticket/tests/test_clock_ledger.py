import random
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.clock_ledger import LIVE, Clock, Event, replay
from ..tools.working_time import ROUND_THE_CLOCK, WorkingTime

T0 = datetime(2026, 11, 23, 1)  # a Monday, 9:00 in Shanghai
OFFICE = WorkingTime(
    "Asia/Shanghai", [[(9 * 3600, 12 * 3600), (13 * 3600, 18 * 3600)]] * 5 + [[], []]
)
NAMES = ("pause", "resume", "fulfil", "cancel", "retarget", "threshold", "breach")
often = settings(max_examples=200, deadline=None)


def ledger(*events):
    """(minutes after T0, name, data) → events"""
    return [
        Event(T0 + timedelta(minutes=event[0]), number, event[1], event[2] if event[2:] else None)
        for number, event in enumerate(events)
    ]


def started(target, *events):
    return ledger((0, "activate", {"target": target}), *events)


@st.composite
def ledgers(draw):
    """Any events after a start, fitting or not."""
    at, events = 0, [(0, "activate", {"target": draw(st.integers(1, 3000))})]
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=12)):
        at += draw(st.integers(0, 900))
        data = {
            "retarget": {"target": draw(st.integers(1, 3000))},
            "threshold": {"percent": draw(st.integers(1, 200))},
        }.get(name)
        events.append((at, name, data))
    return ledger(*events)


@tagged("post_install", "-at_install")
class TestClockLedger(BaseCase):
    def test_runs_until_its_deadline(self):
        clock = replay(started(480), OFFICE)
        self.assertEqual((clock.state, clock.deadline), ("running", T0 + timedelta(hours=9)))
        self.assertEqual(clock.get_elapsed(T0 + timedelta(hours=5)), 240)

    def test_a_pause_moves_the_deadline(self):
        paused = replay(started(240, (60, "pause")), ROUND_THE_CLOCK)
        self.assertEqual((paused.state, paused.elapsed, paused.deadline), ("paused", 60, None))
        self.assertEqual(paused.get_elapsed(T0 + timedelta(days=3)), 60)
        clock = replay(started(240, (60, "pause"), (600, "resume")), ROUND_THE_CLOCK)
        self.assertEqual(clock.deadline, T0 + timedelta(minutes=780))

    def test_in_time_and_late(self):
        in_time = replay(started(60, (60, "fulfil")), ROUND_THE_CLOCK)
        late = replay(started(60, (61, "fulfil")), ROUND_THE_CLOCK)
        self.assertEqual((in_time.state, in_time.breached), ("fulfilled", False))
        self.assertEqual((late.state, late.breached), ("fulfilled", True))

    def test_cancelled_is_not_fulfilled(self):
        clock = replay(started(60, (10, "cancel"), (20, "fulfil")), ROUND_THE_CLOCK)
        self.assertEqual((clock.state, clock.elapsed), ("cancelled", 10))

    def test_an_end_that_was_taken_back_goes_on(self):
        clock = replay(started(60, (10, "cancel"), (100, "resume")), ROUND_THE_CLOCK)
        self.assertEqual((clock.state, clock.ended_at), ("running", None))
        self.assertEqual(clock.deadline, T0 + timedelta(minutes=150))

    def test_a_new_target_counts_from_the_start_pauses_included(self):
        events = started(60, (30, "pause"), (90, "resume"), (100, "retarget", {"target": 120}))
        clock = replay(events, ROUND_THE_CLOCK)
        self.assertEqual(clock.deadline, T0 + timedelta(minutes=180))
        strict = replay([*events[:3], events[3]._replace(data={"target": 35})], ROUND_THE_CLOCK)
        self.assertEqual(strict.deadline, T0 + timedelta(minutes=95))
        self.assertTrue(strict.breached)

    def test_what_a_longer_target_forgives(self):
        late = started(60, (60, "breach"))
        self.assertTrue(replay(late, ROUND_THE_CLOCK).breached)
        clock = replay([*late, *ledger((70, "retarget", {"extra": 30}))], ROUND_THE_CLOCK)
        self.assertFalse(clock.breached)
        self.assertEqual((clock.target, clock.base), (90, 60))

    def test_an_extension_outlives_a_new_target(self):
        clock = replay(
            started(60, (10, "retarget", {"extra": 30}), (20, "retarget", {"target": 100})),
            ROUND_THE_CLOCK,
        )
        self.assertEqual(clock.target, 130)

    def test_thresholds_come_one_after_the_other(self):
        clock = replay(started(100), ROUND_THE_CLOCK)
        self.assertEqual(clock.get_next_threshold([75, 150]), T0 + timedelta(minutes=75))
        self.assertIsNone(clock.get_reached([75, 150], T0 + timedelta(minutes=74)))
        self.assertEqual(clock.get_reached([75, 150], T0 + timedelta(minutes=75)), 75)
        clock = clock.apply(Event(T0 + timedelta(minutes=75), 1, "threshold", {"percent": 75}))
        # the deadline is looked at even where nothing is to be done
        self.assertEqual(clock.get_next_threshold([75, 150]), T0 + timedelta(minutes=100))
        clock = clock.apply(Event(T0 + timedelta(minutes=100), 2, "breach"))
        self.assertEqual(clock.get_next_threshold([75, 150]), T0 + timedelta(minutes=150))
        clock = clock.apply(Event(T0 + timedelta(minutes=150), 3, "threshold", {"percent": 150}))
        self.assertIsNone(clock.get_next_threshold([75, 150]))

    def test_a_pause_has_no_threshold(self):
        clock = replay(started(100, (10, "pause")), ROUND_THE_CLOCK)
        self.assertIsNone(clock.get_next_threshold([50]))

    @often
    @given(ledgers(), st.randoms(use_true_random=False))
    def test_order_and_repetition_change_nothing(self, events, dice):
        shuffled = events * 2
        dice.shuffle(shuffled)
        self.assertEqual(replay(shuffled, OFFICE), replay(events, OFFICE))

    @often
    @given(ledgers(), st.sampled_from([OFFICE, ROUND_THE_CLOCK]))
    def test_elapsed_is_the_sum_of_what_ran(self, events, hours):
        now = events[-1].at + timedelta(minutes=100)
        total, since = 0, T0
        clock = Clock(hours)
        for event in events:
            clock = clock.apply(event)
            if since and clock.state != "running":
                total += hours.between(since, event.at)
                since = None
            elif not since and clock.state == "running":
                since = event.at
        if since:
            total += hours.between(since, now)
        self.assertAlmostEqual(clock.get_elapsed(now), total, places=6)
        self.assertEqual(clock.ended_at is None, clock.state in LIVE)
        self.assertEqual(clock.since is not None, clock.state == "running")

    @often
    @given(ledgers(), st.integers(1, 3000))
    def test_a_running_clock_has_used_its_target_at_the_deadline(self, events, minutes):
        clock = replay(events, OFFICE)
        if clock.state == "running" and clock.deadline > clock.since:
            self.assertAlmostEqual(clock.get_elapsed(clock.deadline), clock.target, delta=0.02)
        now = events[-1].at + timedelta(minutes=minutes)
        percents = [50, 75, 100, 150]
        reached = clock.get_reached(percents, now) if clock.state == "running" else None
        if reached:
            # once acted on it is not reached again
            later = clock.apply(Event(now, 99, "threshold", {"percent": reached}))
            self.assertIsNone(later.get_reached(percents, now))

    def test_of_many_ledgers_none_breaks(self):
        dice = random.Random(7)
        for _round in range(50):
            events = started(
                dice.randint(1, 900),
                *((dice.randint(0, 5000), dice.choice(NAMES)) for _event in range(10)),
            )
            self.assertIn(replay(events, OFFICE).state, (*LIVE, "fulfilled", "cancelled"))
