import random
import time
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.call_facts import to_moment
from .common import CallCentreCase, end_of_call, inbound_start, make_event, ring

INGEST = "odoo.addons.gb_callcenter.models.gb_call_ingest"


@tagged("post_install", "-at_install")
class TestIngest(CallCentreCase):
    def _stream(self, linked="s1", at=None):
        at = at or time.time() - 100
        events = inbound_start(linked, at, "13800007771", "8000", "orders", "1001")
        channel = events[-1]["data"]["channel"]
        events.append(make_event("answer", at + 3, linked, channel))
        events += end_of_call(linked, at + 33, [linked, channel], by=0, reason="caller")
        return events

    def _facts(self, call):
        names = set(call._fields)
        skip = {
            "id",
            "create_date",
            "write_date",
            "create_uid",
            "write_uid",
            "revision",
            "display_name",
        }
        values = call.read([name for name in names - skip if call._fields[name].store])[0]
        legs = call.leg_ids.sorted("channel").read(
            ["channel", "seat_id", "ring_at", "answered_at", "ended_at", "result", "talk_seconds"]
        )
        for row in (values, *legs):
            row.pop("id")
            row["channel"] = (row.get("channel") or "").replace(call.linked_id, "")
        for name in ("leg_ids", "event_ids", "recording_ids", "linked_id"):
            values.pop(name, None)
        return values, legs

    def test_call_is_stored_with_its_facts(self):
        answer = self._ingest(self._stream())
        self.assertEqual((answer["duplicates"], answer["rejected"]), (0, []))
        call = self._find("s1")
        self.assertEqual(call.partner_id, self.customer)
        self.assertEqual((call.hotline_id, call.queue_id), (self.hotline, self.queue_orders))
        self.assertEqual((call.result, call.talk_seconds, call.wait_seconds), ("answered", 30, 5))
        self.assertEqual(call.leg_ids.seat_id, self.seat_1)
        self.assertEqual(len(call.event_ids), answer["stored"])

    def test_random_order_duplicates_and_batches_give_the_same_call(self):
        events = self._stream()
        self._ingest(events)
        expected = self._facts(self._find("s1"))
        for seed in range(8):
            dice = random.Random(seed)
            copy = [
                {**event, "id": f"{event['id']}{seed}", "data": self._rename(event["data"], seed)}
                for event in events
            ]
            copy += dice.sample(copy, k=5)
            dice.shuffle(copy)
            while copy:
                size = dice.randint(1, 6)
                self._ingest(copy[:size])
                copy = copy[size:]
            self.assertEqual(self._facts(self._find(f"s1x{seed}")), expected, f"seed {seed}")

    def _rename(self, data, seed):
        old, new = data["linkedid"], f"{data['linkedid']}x{seed}"
        return {**data, "linkedid": new, "channel": data["channel"].replace(old, new)}

    def test_duplicates_are_counted_and_change_nothing(self):
        events = self._stream()
        self._ingest(events)
        call = self._find("s1")
        revision = call.revision
        again = self._ingest(events)
        self.assertEqual((again["stored"], again["duplicates"]), (0, len(events)))
        call.invalidate_recordset()
        self.assertEqual(call.revision, revision)

    def test_bad_events_go_to_the_dead_letters_and_do_not_block_the_others(self):
        good = self._stream()
        bad = [
            "no object",
            {"id": "12345678", "source": "demo", "at": "yesterday", "data": {"type": "x"}},
            {"id": "x", "source": "demo", "at": time.time(), "data": {"type": "x"}},
            {"id": "123456789", "source": "demo", "at": time.time(), "data": None},
            {"id": "1234567890", "source": "martian", "at": time.time(), "data": {"type": "x"}},
            {"id": "12345678901", "source": "demo", "at": time.time(), "data": {"type": "start"}},
            {"id": "123456789012", "source": "demo", "at": 9e99, "data": {"type": "x"}},
            {"id": "1234567890123", "source": "demo", "at": float("nan"), "data": {"type": "x"}},
            {
                "id": "12345678901234",
                "source": "demo",
                "at": time.time(),
                "data": {"type": "a\x00b"},
            },
            {
                "id": "123456789012345",
                "source": "demo",
                "at": time.time(),
                "data": {"type": "\ud800"},
            },
        ]
        answer = self._ingest([good[0], *bad[:4], *good[1:], *bad[4:]])
        self.assertEqual((answer["stored"], len(answer["rejected"])), (len(good), len(bad)))
        self.assertEqual(self._find("s1").result, "answered")
        letters = self.env["gb.dead.letter"].search([("provider_id", "=", self.provider.id)])
        self.assertEqual(len(letters), len(bad))
        self.assertTrue(all(letters.mapped("reason")))
        self._ingest(bad[1:2])
        again = letters.filtered(lambda letter: letter.event_id == "12345678")
        self.assertEqual(again.count, 2, "the same event is kept once")

    def test_dead_letter_can_be_taken_in_after_its_cause_is_mended(self):
        events = self._stream()
        reader = "odoo.addons.gb_callcenter.tools.demo_api.DemoApi.read_event"
        with patch(reader, side_effect=ValueError("not understood")):
            self._ingest(events[:1])
        letter = self.env["gb.dead.letter"].search([("provider_id", "=", self.provider.id)])
        self._ingest(events[1:])
        letter.with_user(self.manager).action_retry()
        self.assertTrue(letter.is_done)
        self.assertEqual(self._find("s1").number, "13800007771")
        with self.assertRaises(AccessError):
            letter.with_user(self.lead).action_retry()

    @mute_logger(INGEST)
    def test_call_that_cannot_be_derived_does_not_block_the_others(self):
        real = self.env.registry["gb.call"]._prepare_call_values

        def fail_for_one(records, provider, account, context):
            if account.linked == "poison":
                raise RuntimeError("cannot be derived")
            return real(records, provider, account, context)

        with patch.object(self.env.registry["gb.call"], "_prepare_call_values", fail_for_one):
            answer = self._ingest([*self._stream("poison"), *self._stream("healthy")])
        self.assertEqual(self._find("healthy").result, "answered")
        self.assertFalse(self._find("poison"))
        self.assertTrue(answer["rejected"])

    def test_rebuilding_from_the_events_gives_the_same_call(self):
        self._sign_in(self.agent, self.seat_1)
        call = self._finished_call(self.seat_1)
        self._seat_of(self.agent).panel_wrap_up(call.id, self.disposition.id, "as promised")
        expected = self._facts(call)
        linked, provider = call.linked_id, call.provider_id
        call.sudo().unlink()
        self.env["gb.call"].sudo()._derive(provider.sudo(), [linked])
        self.assertEqual(self._facts(self._find(linked)), expected)
        self.assertEqual(self._find(linked).note, "as promised")

    def test_telephone_system_cannot_speak_for_an_agent(self):
        self._ingest(self._stream())
        forged = {
            "id": "forged-agent-event",
            "source": "agent",
            "at": time.time(),
            "data": {"type": "AGENT", "linkedid": "s1", "values": {"note": "forged"}},
        }
        self.assertEqual(len(self._ingest([forged])["rejected"]), 1)
        self.assertFalse(self._find("s1").note)

    def test_calls_that_turn_out_to_be_one_are_merged(self):
        at = time.time() - 50
        self._ingest(inbound_start("m1", at, "13800007771", "8000", "orders", "1001"))
        self._ingest([make_event("start", at + 5, "m22", "m22", role="seat", extension="1002")])
        self.assertTrue(self._find("m22"))
        # the second seat's channel goes on under the first call's linked id
        self._ingest([make_event("answer", at + 8, "m1", "m22")])
        self.assertFalse(self._find("m22"))
        call = self._find("m1")
        self.assertEqual(call.leg_ids.seat_id, self.seat_1 | self.seat_2)
        self.assertTrue(all(event.call_id == call for event in call.event_ids))

    def test_pbx_restart_ends_the_open_calls_once(self):
        at = time.time() - 60
        self._sign_in(self.agent, self.seat_1)
        linked, channel, _at = self._call(at=at)
        self._answer(linked, channel, at + 2)
        self.assertEqual(self.seat_1.state, "on_call")
        up = make_event("PBX_UP", at + 30, "", "")
        self._ingest([up])
        self._ingest([up])
        call = self._find(linked)
        self.assertEqual((call.state, call.hangup_by), ("ended", "system"))
        self.assertEqual(self.seat_1.state, "wrap_up")

    def test_call_whose_end_was_lost_is_ended_by_the_sweep(self):
        self._sign_in(self.agent, self.seat_1)
        at = time.time() - 3000
        lost, channel, _at = self._call(at=at)
        self._answer(lost, channel, at + 2)
        alive, _channel, _at = self._call(extension="1002", at=at)
        young, _channel, _at = self._call(extension="1003")
        calls = self.env["gb.call"]
        with patch.object(
            self.env.registry["gb.telephony.provider"],
            "_get_alive_linked_ids",
            lambda provider: {alive},
        ):
            calls._cron_sweep_open_calls()
            calls._cron_sweep_open_calls()
        self.assertEqual((self._find(lost).state, self._find(lost).hangup_by), ("ended", "system"))
        self.assertEqual(self.seat_1.state, "wrap_up")
        self.assertEqual([self._find(linked).state for linked in (alive, young)], ["ringing"] * 2)
        self._hang_up(lost, [channel], at + 600)
        self.assertEqual(self._find(lost).hangup_by, "customer", "the end that is told counts")
        self.assertAlmostEqual(self._find(lost).talk_seconds, 598, delta=1)

    def test_sweep_does_nothing_when_the_telephone_system_cannot_be_asked(self):
        linked, _channel, _at = self._call(at=time.time() - 3000)
        self.env["gb.call"]._cron_sweep_open_calls()
        self.assertEqual(self._find(linked).state, "ringing")

    def test_agent_who_sat_there_then_is_the_agent_of_a_late_event(self):
        now = time.time()
        self._sign_in(self.agent, self.seat_1, minutes_ago=60)
        self.seat_1.sudo()._set_state("signed_out", at=to_moment(now - 1800))
        self._sign_in(self.agent_2, self.seat_1, minutes_ago=20)
        self._ingest(self._stream("early", at=now - 2400))
        self._ingest(self._stream("late", at=now - 600))
        self.assertEqual(self._find("early").user_id, self.agent)
        self.assertEqual(self._find("late").user_id, self.agent_2)

    def test_number_of_several_customers_is_ambiguous_until_the_agent_chooses(self):
        other = self.env["res.partner"].create({"name": "Her husband", "phone": "+86 13800007771"})
        self._sign_in(self.agent, self.seat_1)
        linked, _channel, _at = self._call()
        call = self._find(linked)
        self.assertEqual((call.number_state, call.partner_id.id), ("ambiguous", False))
        panel = self._seat_of(self.agent).get_panel()
        self.assertEqual(
            {row["id"] for row in panel["call"]["candidates"]}, {self.customer.id, other.id}
        )
        self._seat_of(self.agent).panel_set_partner(call.id, other.id)
        self._hang_up(linked, [], time.time() + 1, reason="abandoned")
        self.assertEqual(call.partner_id, other, "later events do not undo the choice")

    def test_withheld_and_strange_numbers_are_kept_as_they_came(self):
        for number, state in (("anonymous", "withheld"), ("", "withheld"), ("95588", "invalid")):
            linked, _channel, _at = self._call(number=number)
            call = self._find(linked)
            shown = False if state == "withheld" else number
            self.assertEqual((call.number, call.number_state), (shown, state))
            self.assertIn(number, str(call.event_ids.mapped("payload")), "the ledger keeps it")

    def test_customer_of_another_company_is_not_found(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.env["res.partner"].create(
            {"name": "Stranger", "phone": "13800007799", "company_id": other.id}
        )
        linked, _channel, _at = self._call(number="13800007799")
        self.assertEqual(self._find(linked).number_state, "unknown")

    def test_queries_do_not_grow_with_the_number_of_calls(self):
        def count(size, tag):
            events = [event for index in range(size) for event in self._stream(f"{tag}{index}")]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._ingest(events)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(2, "warm")
        few, many = count(5, "few"), count(50, "many")
        self.assertLessEqual(many, few + 6, "queries per batch, not per call")

    def test_lookups_of_ingest_use_their_indexes(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for index, query in (
            (
                "gb_call_event_linked_idx",
                "SELECT id FROM gb_call_event WHERE provider_id = 1 AND linked_id = ANY('{a,b}')",
            ),
            (
                "gb_call_linked_uniq",
                "SELECT id FROM gb_call WHERE provider_id = 1 AND linked_id = 'a'",
            ),
        ):
            self.env.cr.execute(f"EXPLAIN {query}")  # pylint: disable=sql-injection
            plan = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assertIn(index, plan)

    def test_second_seat_rings_after_the_first_did_not_answer(self):
        self._sign_in(self.agent, self.seat_1)
        self._sign_in(self.agent_2, self.seat_2)
        at = time.time()
        linked, channel, _at = self._call(at=at)
        self.assertEqual(self.seat_1.state, "ringing")
        second = ring(linked, at + 16, "1002")
        self._ingest(
            [
                make_event("hangup", at + 15, linked, channel, cause=0, by=""),
                make_event("ring_over", at + 15, linked, linked, extension="1001"),
                second,
            ]
        )
        self.assertEqual((self.seat_1.state, self.seat_2.state), ("ready", "ringing"))
        call = self._find(linked)
        self.assertEqual(call.leg_ids.sorted("ring_at").mapped("result"), ["no_answer", False])
        self.assertEqual(call.user_id, self.agent_2)
