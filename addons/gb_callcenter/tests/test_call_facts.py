import random

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.call_facts import Fact, derive, group_linked
from ..tools.demo_api import DemoApi, history

T0 = 1_795_000_000


def fact(kind, seconds, channel="c", linked="c", **info):
    return Fact(kind, T0 + seconds, linked, channel, info)


def answered_call():
    return [
        fact("start", 0, role="outside", number="13800138000", dialled="8000"),
        fact("answer", 0.1),
        fact("queue", 4.2, queue="orders", exact=True),
        fact("queue", 4, queue="orders", exact=False),
        fact("start", 4.3, "a1", role="seat", extension="1001"),
        fact("answer", 7.3, "a1"),
        fact("unqueue", 7, reason="connected", extension="1001"),
        fact("hold", 17.3),
        fact("unhold", 27.3),
        fact("hangup", 67.3, "a1", cause=16, by="other"),
        fact("hangup", 67.3, cause=16, by="self"),
        fact("unqueue", 67, reason="caller", extension="1001"),
        fact("over", 67.3, ""),
    ]


@tagged("post_install", "-at_install")
class TestCallFacts(BaseCase):
    def test_answered_call_has_every_time(self):
        call = derive(answered_call())
        self.assertEqual(
            (call.direction, call.number, call.dialled), ("inbound", "13800138000", "8000")
        )
        self.assertEqual(
            (call.state, call.result, call.hangup_by), ("ended", "answered", "customer")
        )
        self.assertEqual(call.queue, "orders")
        self.assertEqual(
            [call.offered_at, call.queued_at, call.ring_at, call.answered_at, call.ended_at],
            [T0, T0 + 4.2, T0 + 4.3, T0 + 7.3, T0 + 67.3],
        )
        self.assertEqual((call.wait_seconds, call.talk_seconds, call.hold_seconds), (3, 50, 10))
        (leg,) = call.legs
        self.assertEqual((leg.extension, leg.queue, leg.result), ("1001", "orders", "answered"))

    @settings(max_examples=150, deadline=None)
    @given(st.randoms(use_true_random=False), st.integers(0, 3))
    def test_order_and_repetition_change_nothing(self, dice, copies):
        facts = answered_call()
        shuffled = facts * (copies + 1)
        dice.shuffle(shuffled)
        self.assertEqual(derive(shuffled), derive(facts))

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, 10_000), st.randoms(use_true_random=False))
    def test_invariants_hold_for_any_part_of_any_call(self, seed, dice):
        """Whatever part of a call has arrived, its account makes sense."""
        events, _answered = history(
            random.Random(seed),
            [T0],
            ["13800138000"],
            [("8000", "orders")],
            {"orders": ["1001", "1002"]},
        )
        facts = {}
        for event in events:
            for item in DemoApi.read_event(event["source"], event["at"], event["data"]):
                facts.setdefault(item.linked, []).append(item)
        for own in facts.values():
            part = dice.sample(own, k=dice.randint(1, len(own)))
            call = derive(part)
            self.assertGreaterEqual(call.wait_seconds, 0)
            self.assertGreaterEqual(call.talk_seconds, 0)
            self.assertEqual(call.ended_at is None, call.state != "ended")
            self.assertEqual(call.state == "ended", bool(call.result))
            for leg in call.legs:
                self.assertEqual(leg.is_open, not leg.result)
                self.assertGreaterEqual(leg.talk_seconds, 0)

    def test_caller_who_gives_up_is_abandoned_with_his_waiting_time(self):
        call = derive(
            [
                fact("start", 0, role="outside", number="1", dialled="8000"),
                fact("queue", 3, queue="orders", exact=True),
                fact("hangup", 15, cause=0, by="self"),
                fact("unqueue", 15, reason="abandoned"),
                fact("over", 15, ""),
            ]
        )
        self.assertEqual((call.result, call.wait_seconds), ("abandoned", 12))

    def test_caller_whom_nobody_could_serve_is_not_abandoned(self):
        call = derive(
            [
                fact("start", 0, role="outside", number="1", dialled="8000"),
                fact("queue", 3, queue="orders", exact=True),
                fact("unqueue", 63, reason="timeout"),
                fact("hangup", 70, cause=16, by=""),
                fact("over", 70, ""),
            ]
        )
        self.assertEqual((call.result, call.wait_seconds), ("not_served", 60))
        self.assertEqual(call.hangup_by, "system")

    def test_call_that_ends_before_the_queue_stays_in_the_menu(self):
        call = derive(
            [fact("start", 0, role="outside", number="1", dialled="8000"), fact("over", 2, "")]
        )
        self.assertEqual(call.result, "ivr_only")

    def test_return_from_hold_is_no_second_queue(self):
        facts = [item for item in answered_call() if item.kind != "over"]
        facts += [
            fact("transfer", 60, "a1", transfer_kind="blind", target="1002"),
            fact("queue", 60.5, queue="orders", exact=True),
            fact("start", 61, "a2", role="seat", extension="1002"),
        ]
        call = derive(facts)
        self.assertEqual([leg.queue for leg in call.legs], ["orders", ""])

    def test_pbx_start_ends_what_was_open_and_nothing_that_lived_on(self):
        facts = answered_call()[:6]
        restart = Fact("pbx_up", T0 + 30, "c", "", {})
        call = derive([*facts, restart])
        self.assertEqual((call.state, call.ended_at, call.hangup_by), ("ended", T0 + 30, "system"))
        self.assertEqual(call.legs[0].ended_at, T0 + 30)
        survivor = derive([*facts, restart, fact("hold", 40)])
        self.assertEqual(survivor.state, "talking")

    def test_agent_who_hangs_up_on_his_screen_ends_the_call(self):
        facts = [item for item in answered_call() if item.kind != "hangup"]
        facts += [
            fact("seat_hangup", 67.2, "a1"),
            fact("hangup", 67.3, "a1", cause=16, by=""),
            fact("hangup", 67.3, cause=16, by=""),
        ]
        self.assertEqual(derive(facts).hangup_by, "agent")
        early = [
            item._replace(at=T0 + 30) if item.kind == "seat_hangup" else item for item in facts
        ]
        self.assertEqual(derive(early).hangup_by, "", "too early to have been that")

    def test_ringing_seat_that_is_hung_up_on_the_screen_refused(self):
        call = derive(
            [*answered_call()[:5], fact("seat_hangup", 6, "a1"), fact("hangup", 6.1, "a1", cause=0)]
        )
        self.assertEqual(call.legs[0].result, "refused")

    def test_linked_ids_with_a_common_channel_are_one_call(self):
        pairs = [("l1", "l1"), ("l1", "x"), ("l2", "l2"), ("l2", "x"), ("l3", "l3")]
        for _turn in range(5):
            random.Random(_turn).shuffle(pairs)
            self.assertEqual(group_linked(pairs), {"l1": "l1", "l2": "l1", "l3": "l3"})
