import random
import time

from odoo.tests import tagged

from .common_ivr import IvrCase

SHA = "ab" * 32


@tagged("post_install", "-at_install")
class TestIvrEvents(IvrCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.env["gb.ivr.flow"].create({"name": "Main", "code": "main"})
        cls.at = round(time.time()) - 600

    def _track(self, linked, reason="caller"):
        nodes = [("Welcome", ""), ("Main menu", "2"), ("Order status", "")]
        return self._menu_events(linked, self.at, nodes, reason)

    def _steps(self, session):
        return [
            (step.number, step.label, step.input or "", step.outcome, step.seconds)
            for step in session.step_ids.sorted("number")
        ]

    def test_track_is_kept_with_the_session_the_call_and_the_screen_pop(self):
        linked = self._new_session_name()
        self._ingest([*self._start_events(linked, self.at), *self._track(linked, None)])
        call, session = self._find(linked), self._session(linked)
        self.assertEqual(call.state, "ivr")
        self.assertEqual(session.call_id, call)
        self.assertEqual(session.flow_id, self.flow)
        self.assertEqual(session.hotline_id, self.hotline)
        self.assertFalse(session.ended_at)
        self.assertEqual(
            self._steps(session),
            [
                (1, "Welcome", "", "next", 2),
                (2, "Main menu", "2", "next", 2),
                (3, "Order status", "", "next", 2),
            ],
        )
        self.assertEqual(
            [(step["label"], step.get("input")) for step in call.track],
            [("Welcome", None), ("Main menu", "2"), ("Order status", None)],
        )
        end = [*self._track(linked), *self._hangup_events(linked, self.at + 7)]
        self._ingest(end)
        self.assertEqual((call.state, call.result), ("ended", "ivr_only"))
        self.assertEqual(session.end_reason, "caller")
        self.assertTrue(session.is_self_served)
        self.assertEqual(session.self_service_percent, 100)
        self.assertEqual(session.step_ids.sorted("number")[-1].outcome, "left")
        self.assertEqual((call.ivr_end_at - call.ivr_at).total_seconds(), 6)

    def test_any_order_and_any_repetition_give_the_same(self):
        seen = set()
        for seed in range(6):
            dice = random.Random(seed)
            linked = self._new_session_name()
            events = self._rich_events(linked)
            copy = [*events, *dice.sample(events, k=5)]
            dice.shuffle(copy)
            while copy:
                size = dice.randint(1, 4)
                self._ingest(copy[:size])
                copy = copy[size:]
            call, session = self._find(linked), self._session(linked)
            tickets = self.env["gb.ticket"].search([("call_ids", "in", call.ids)])
            self.assertEqual(len(tickets), 1)
            self.assertEqual(len(call.recording_ids), 1)
            seen.add(
                (
                    str(self._steps(session)),
                    session.end_reason,
                    session.is_self_served,
                    session.seconds,
                    session.last_label,
                    session.rating,
                    call.result,
                    call.lost_reason,
                    call.score,
                    call.ivr_at,
                    call.ivr_end_at,
                    str(call.track),
                    tickets.channel,
                )
            )
        self.assertEqual(len(seen), 1, seen)
        (found,) = seen
        self.assertEqual(found[1:3], ("transfer", False))
        self.assertEqual(found[6:9], ("abandoned", "waiting", 4))

    def _rich_events(self, linked):
        return [
            *self._start_events(linked, self.at),
            *self._track(linked, "transfer"),
            *self._queue_events(linked, self.at + 6, "ENTERQUEUE"),
            *self._queue_events(linked, self.at + 20, "ABANDON"),
            self._event(linked, self.at + 4, "RATING", score="4"),
            self._event(
                linked,
                self.at + 21,
                "VOICEMAIL",
                name="message.wav",
                size=900,
                sha256=SHA,
                duration=3.5,
                kind="voicemail",
                values={},
            ),
            *self._hangup_events(linked, self.at + 20),
        ]

    def test_steps_are_built_again_from_the_events(self):
        linked = self._new_session_name()
        self._ingest([*self._start_events(linked, self.at), *self._track(linked)])
        call, session = self._find(linked), self._session(linked)
        before = self._steps(session)
        session.step_ids[0].unlink()
        session.step_ids[0].write({"label": "spoilt", "outcome": "end"})
        session.write({"end_reason": False, "seconds": 99})
        self.env.flush_all()
        call.with_user(self.manager).action_rebuild()
        self.assertEqual(self._steps(session), before)
        self.assertEqual((session.end_reason, session.seconds), ("caller", 6))

    def test_question_and_events_meet_in_one_session(self):
        first, second = self._new_session_name(), self._new_session_name()
        self._ask("identify", first)
        self._ingest([*self._track(first, None), *self._start_events(first, self.at)])
        self._ingest([*self._start_events(second, self.at), *self._track(second, None)])
        self._ask("identify", second)
        for linked in (first, second):
            session = self._session(linked)
            self.assertEqual(len(session), 1)
            self.assertEqual(session.call_id, self._find(linked))
            self.assertEqual(session.partner_id, self.customer)
            self.assertEqual(len(session.step_ids), 3)

    def test_member_who_gave_his_pin_is_the_calls_customer(self):
        linked = self._new_session_name()
        self._ingest(self._start_events(linked, self.at, "13711110000"))
        call = self._find(linked)
        self.assertFalse(call.partner_id)
        self._ask(
            "identify",
            linked,
            caller="13711110000",
            member=self.customer.gb_member_number[1:],
            pin="9281",
        )
        self._ingest(self._track(linked, None))
        self.assertEqual(call.partner_id, self.customer)
        call.sudo()._log_agent_event({"partner_id": self.stranger.id})
        self._ingest(self._track(linked))
        self.assertEqual(call.partner_id, self.stranger)

    def test_times_of_menu_before_queue_and_after(self):
        linked = self._new_session_name()
        self._ingest(
            [
                *self._start_events(linked, self.at),
                *self._track(linked, None),
                *self._queue_events(linked, self.at + 8, "ENTERQUEUE"),
            ]
        )
        call = self._find(linked)
        self.assertEqual(call.state, "queued")
        self.assertEqual((call.ivr_end_at - call.ivr_at).total_seconds(), 8)
        self._ingest(self._queue_events(linked, self.at + 30, "EXITWITHTIMEOUT"))
        self.assertEqual(call.state, "ivr")
        self._ingest(self._queue_events(linked, self.at + 31, "ENTERQUEUE", queue="aftersales"))
        self.assertEqual(call.state, "queued")
        self._ingest(self._hangup_events(linked, self.at + 40))
        self.assertEqual((call.result, call.lost_reason), ("not_served", "timeout"))
        self.assertFalse(self._session(linked).is_self_served)

    def test_caller_who_was_turned_away_is_logged_with_the_reason(self):
        for kind in ("BLOCKED", "LIMIT"):
            linked = self._new_session_name()
            self._ingest(
                [
                    *self._start_events(linked, self.at)[:1],
                    self._event(linked, self.at + 1, kind, number=1),
                    *self._hangup_events(linked, self.at + 2, by="other"),
                ]
            )
            call = self._find(linked)
            self.assertEqual((call.result, call.lost_reason), ("refused", kind.lower()))

    def test_malformed_events_are_dead_letters_and_hold_up_nothing(self):
        linked = self._new_session_name()
        good = self._start_events(linked, self.at)
        bad = [
            self._event(linked, self.at, "HOROSCOPE"),
            self._event(linked, self.at, "IVR_STEP", 8, n="x", entry={"node": "a", "at": 1}),
            self._event(linked, self.at, "IVR_STEP", 9, n=1),
            self._event(linked, self.at, "VOICEMAIL", 9, name="a", size=1, sha256="x", duration=1),
            self._event(linked, self.at, "IVR_END", 9, session=""),
        ]
        answer = self._ingest([*good, *bad])
        self.assertEqual((answer["stored"], len(answer["rejected"])), (2, 5))
        self.assertTrue(self._find(linked))

    def test_keys_that_are_a_number_are_masked_for_those_who_may_not_see_numbers(self):
        linked = self._new_session_name()
        self._ingest(
            [
                *self._start_events(linked, self.at),
                *self._menu_events(linked, self.at, [("Call back", "13912345678")], "caller"),
            ]
        )
        self.env.ref("gb_callcenter.group_gb_agent").implied_ids -= self.env.ref(
            "gb_callcenter.group_gb_see_numbers"
        )
        session = self._session(linked)
        session.call_id.with_context(gb_call_facts=True).user_id = self.agent
        own, others = session.with_user(self.agent), session.with_user(self.agent_2)
        self.assertEqual(own.step_ids.read(["input"])[0]["input"], "139****5678")
        self.assertEqual(own.read(["number"])[0]["number"], "138****7771")
        self.assertNotIn("0000", own.display_name)
        self.assertFalse(others._filtered_access("read"))
        self.assertFalse(session.step_ids.with_user(self.agent_2)._filtered_access("read"))
        for user in (self.lead, self.inspector, self.analyst):
            self.assertTrue(session.with_user(user)._filtered_access("read"))
            self.assertFalse(session.with_user(user).has_access("write"))

    def test_many_sessions_take_few_queries(self):
        names = [self._new_session_name() for _number in range(20)]

        def batch(linked_ids):
            events = []
            for linked in linked_ids:
                events += [*self._start_events(linked, self.at), *self._track(linked)]
            return events

        self._ingest(batch(names[:1]))
        self.env.flush_all()
        with self.assertQueryCount(60):
            self._ingest(batch(names[1:]))
        sessions = self.sessions.search([("reference", "in", names)])
        self.assertEqual(len(sessions), 20)
        self.assertEqual(len(sessions.step_ids), 60)
