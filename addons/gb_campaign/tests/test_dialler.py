import threading
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import api, fields
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gb_callcenter.tests.common import make_event
from odoo.addons.gb_callcenter.tools.provider_api import ProviderError

from ..dialing import Statistics
from ..models.gb_campaign_dialler import get_epoch
from .common import NOW, CampaignCase


class DiallerCase(CampaignCase):
    """A campaign that dials by itself for two agents who are ready, on a telephone system that notes its commands."""

    MODE = "progressive"

    def setUp(self):
        super().setUp()
        self.campaign.write(
            {
                "mode": self.MODE,
                "queue_id": self.queue_orders.id,
                "hotline_id": self.hotline.id,
                "ring_seconds": 25,
            }
        )
        self._sign_in(self.agent, self.seat_1)
        self._sign_in(self.agent_2, self.seat_2)
        self.sent = []

    def _look(self, seconds=0):
        return self.campaign._dial_once(NOW + timedelta(seconds=seconds))

    def _hear(self, attempt, state, seconds=0, linkedid=None):
        self.provider._on_dial(
            attempt._get_dial_reference(), state, NOW + timedelta(seconds=seconds), linkedid
        )

    def _statistics(self, campaign=None):
        dialler = self.env["gb.campaign.dialler"].search(
            [("campaign_id", "=", (campaign or self.campaign).id)]
        )
        return Statistics.from_json(dialler.statistics)

    def _send(self, attempts, error=None):
        def send(_api, command, args, token=None):
            if error:
                raise ProviderError(error)
            self.sent.append((command, args, token))
            return {}, []

        cron, demo = self.registry["ir.cron"], type(self.provider._get_api())
        with (
            patch.object(demo, "send", send),
            patch.object(cron, "_commit_progress", lambda *_args, **_kwargs: 60),
            mute_logger("odoo.addons.gb_callcenter.models.gb_telephony_provider"),
        ):
            return attempts._send_dials()


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestProgressiveDialler(DiallerCase):
    def test_one_call_for_each_free_agent(self):
        rows = self._start()
        attempts = self._look()
        self.assertEqual(attempts.row_id, rows[:2])
        self.assertEqual(set(attempts.mapped("state")), {"dialling"})
        self.assertFalse(self._look(1), "Their calls are on the way")
        self._hear(attempts[0], "busy", 2)
        self.assertEqual(self._look(3).row_id, rows[2])

    def test_agents_on_a_pause_get_no_calls(self):
        self._start()
        for seat in (self.seat_1, self.seat_2):
            seat.sudo()._pause(self.pause_reason)
        self.assertFalse(self._look())

    def test_caps_hold(self):
        self._start()
        self.campaign.max_lines = 1
        self.assertEqual(len(self._look()), 1)
        self.assertFalse(self._look(1))

    def test_calls_a_second_are_a_system_parameter(self):
        self._start()
        self.env["ir.config_parameter"].set_param("gb_campaign.calls_per_second", "1")
        self.assertEqual(len(self._look()), 1)
        self.assertEqual(len(self._look(1)), 1)

    def test_preview_and_paused_campaigns_are_not_dialled(self):
        self._start()
        self.campaign.mode = "preview"
        self.assertFalse(self._look())
        self.campaign.mode = "progressive"
        self.campaign.action_pause()
        self.assertFalse(self._look())

    def test_the_same_second_is_looked_at_once(self):
        self._start()
        self.campaign.max_lines = 1
        attempt = self._look(5)
        self._hear(attempt, "busy", 5)
        self.assertFalse(self._look(5))
        self.assertFalse(self._look(4))
        self.assertTrue(self._look(6))

    def test_who_must_not_be_called_is_not_dialled(self):
        rows = self._start()
        rows[0].partner_id.active = False
        self.assertEqual(self._look().row_id, rows[1])
        self.assertRecordValues(rows[0], [{"state": "excluded", "exclusion": "inactive"}])

    def test_command_has_all_that_the_telephone_system_needs(self):
        self._start()
        attempt = self._look()[0]
        self.assertTrue(self._send(attempt))
        command, args, token = self.sent[0]
        self.assertEqual(command, "call.campaign")
        self.assertEqual(token, f"campaign-{attempt.id}")
        self.assertEqual(
            args,
            {
                "reference": token,
                "number": "13900000001",
                "caller_id": "8000",
                "queue": "orders",
                "ring_seconds": 25,
                "max_wait": 2,
                "sound": "campaign_nobody_free",
                "amd": False,
            },
        )

    def test_refused_command_gives_the_customer_back(self):
        rows = self._start()
        attempts = self._look()
        self.assertFalse(self._send(attempts, "unreachable"))
        self.assertEqual(set(attempts.mapped("state")), {"failed"})
        self.assertEqual(set(rows.mapped("state")), {"waiting"})
        self.assertGreater(rows[0].next_at, NOW)

    def test_call_that_nothing_is_heard_of_is_over(self):
        self._start()
        attempts = self._look()
        self.assertTrue(self._look(200))
        self.assertEqual(set(attempts.mapped("state")), {"failed"})

    def test_words_of_the_telephone_system_become_outcomes(self):
        rows = self._start()
        first, second = self._look()
        self._hear(first, "ringing", 1)
        self._hear(first, "no_answer", 25)
        self._hear(second, "invalid", 1)
        third = self._look(26)
        self._hear(third, "machine", 30)
        self.assertEqual(
            (first | second | third).mapped("outcome_category"), ["no_answer", "invalid", "machine"]
        )
        self.assertEqual(first.ended_at, NOW + timedelta(seconds=25))
        self.assertEqual(rows.mapped("attempt_count"), [1, 1, 1])

    def test_old_news_and_repetitions_change_nothing(self):
        self._start()
        attempt = self._look()[0]
        self._hear(attempt, "answered", 8)
        self._hear(attempt, "ringing", 2)
        self.assertEqual(attempt.state, "answered")
        self._hear(attempt, "abandoned", 10)
        self._hear(attempt, "abandoned", 11)
        self._hear(attempt, "connected", 11)
        self.assertRecordValues(attempt, [{"state": "abandoned", "outcome_category": "abandoned"}])
        self.assertEqual(attempt.row_id.attempt_ids, attempt)
        self.assertEqual(attempt.fate_at, NOW + timedelta(seconds=10))

    def test_unknown_references_are_passed_on(self):
        for reference in ("", "campaign-0", "campaign-x", "fax-1", None):
            self.provider._on_dial(reference, "answered", NOW)

    def test_another_telephone_system_cannot_report(self):
        self._start()
        attempt = self._look()[0]
        other = self.provider.copy({"reference": "other-pbx"})
        other._on_dial(attempt._get_dial_reference(), "answered", NOW)
        self.assertEqual(attempt.state, "dialling")

    def test_who_answers_the_call_has_the_customer_on_his_screen(self):
        self._start()
        attempt = self._look()[0]
        linked, _channel, _at = self._call("13900000001", "1001", at=get_epoch(NOW))
        call = self._find(linked)
        self._hear(attempt, "answered", 8, linked)
        self._hear(attempt, "connected", 9, linked)
        self.assertRecordValues(attempt, [{"user_id": self.agent.id, "call_id": call.id}])
        own = self.env["gb.campaign.desk"].with_user(self.agent)._get_own_row()
        self.assertEqual(own, attempt.row_id)

    def _place(self, linked):
        """The telephone system rings the customer. :return: gb.call"""
        at = get_epoch(NOW)
        self._ingest(
            [
                make_event("start", at, linked, linked, role="outside", placed=True),
                make_event("dial", at, linked, linked, number="13900000001", outside=True),
            ]
        )
        return self._find(linked)

    def test_customer_is_known_where_others_have_his_number(self):
        self._new_customers(1)
        self._start()
        attempt = self._look()[0]
        self._hear(attempt, "ringing", 1, "placed-1")
        call = self._place("placed-1")
        self.assertEqual(attempt.call_id, call)
        self.assertRecordValues(
            call, [{"direction": "outbound", "partner_id": attempt.partner_id.id}]
        )

    def test_call_that_was_known_first_is_linked(self):
        self._start()
        attempt = self._look()[0]
        call = self._place("placed-2")
        self._hear(attempt, "busy", 1, "placed-2")
        self.assertEqual(attempt.call_id, call)

    def test_who_hangs_up_while_waiting_is_a_live_answer_and_not_abandoned(self):
        rows = self._start()
        attempt = self._look()[0]
        self._hear(attempt, "answered", 8)
        self._hear(attempt, "hung_up", 9)
        self._look(10)
        self.assertRecordValues(attempt, [{"state": "hung_up", "outcome_category": "busy"}])
        self.assertFalse(rows[0].needs_agent)
        self.assertRecordValues(self.campaign, [{"live_answer_count": 1, "abandoned_count": 0}])

    def test_statistics_are_kept(self):
        self._start()
        first, second = self._look()
        self._hear(first, "answered", 8)
        self._hear(first, "connected", 9)
        self._hear(second, "no_answer", 25)
        self._look(26)
        known = self._statistics()
        self.assertEqual(sorted(known.dials), [0, 1])
        self.assertEqual(list(known.answered.last), [8])
        self.assertEqual(list(known.unanswered.last), [25])
        self._look(27)
        self.assertEqual(len(self._statistics().dials), 2, "Each attempt counts once")
        self.assertRecordValues(
            self.campaign, [{"live_answer_count": 1, "abandoned_count": 0, "abandoned_rate": 0}]
        )

    def test_agent_who_comes_too_late_counts_as_abandoned(self):
        self._start()
        attempt = self._look()[0]
        self._hear(attempt, "answered", 8)
        self._hear(attempt, "connected", 11)
        self._look(12)
        self.assertEqual(self.campaign.abandoned_count, 1)
        self.assertEqual(self.campaign.abandoned_rate, 1)

    def test_time_of_calls_and_after_call_work_is_learned(self):
        self._start()
        self._look()
        log = {
            "seat_id": self.seat_1.id,
            "user_id": self.agent.id,
            "call_id": self._find(self._call()[0]).id,
        }
        self.env["gb.seat.log"].sudo().create(
            [
                {
                    **log,
                    "state": state,
                    "start_at": NOW + timedelta(seconds=start),
                    "end_at": NOW + timedelta(seconds=end),
                    "seconds": end - start,
                }
                for state, start, end in (("on_call", 1, 61), ("wrap_up", 61, 76))
            ]
        )
        self._look(80)
        self._look(81)
        self.assertEqual(list(self._statistics().talks.last), [(60, 75)])

    def test_job_looks_at_running_campaigns(self):
        self._start()
        cron = self.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *_args, **_kwargs: 60):
            self.env["gb.campaign.dialler"]._cron_dial(seconds=0)
        self.assertEqual(len(self.campaign.list_ids.row_ids.attempt_ids), 2)

    def test_job_ends_where_it_is_not_calling_time(self):
        self._start()
        diallers = self.env["gb.campaign.dialler"]
        self.assertEqual(diallers._get_due_campaigns() & self.campaign, self.campaign)
        self.campaign.write({"hour_from": 20, "hour_to": 21})
        self.assertFalse(diallers._get_due_campaigns() & self.campaign)

    def test_campaign_rests_when_the_telephone_system_refuses(self):
        self._start()
        self.campaign.max_lines = 1
        ticks = iter(range(1000))
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 60),
            patch("odoo.addons.gb_campaign.models.gb_campaign_dialler.time") as clock,
            patch.object(self.registry["gb.campaign.dialler"], "_look") as look,
        ):
            clock.monotonic.side_effect = lambda: next(ticks)
            look.return_value = False
            self.env["gb.campaign.dialler"]._cron_dial(seconds=20)
        self.assertEqual(look.call_count, 1)


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestAbandonedCustomers(DiallerCase):
    def _abandon(self):
        """Two customers were rung, the first one was abandoned. :return: his row"""
        attempts = self._look()
        self._hear(attempts[0], "answered", 8)
        self._hear(attempts[0], "abandoned", 10)
        self._hear(attempts[1], "busy", 10)
        return attempts[0].row_id

    def test_he_is_left_alone_for_72_hours(self):
        self._standard("abandoned").retry_minutes = 5
        self._start()
        row = self._abandon()
        self.assertTrue(row.needs_agent)
        self.assertGreaterEqual(row.next_at, NOW + timedelta(hours=72))

    def test_other_campaigns_leave_him_alone_too(self):
        self._start()
        row = self._abandon()
        other = self._new_campaign(
            mode="progressive", queue_id=self.queue_orders.id, hotline_id=self.hotline.id
        )
        rows = self.env["gb.campaign.list"].create({"name": "Other", "campaign_id": other.id})
        rows._fill_partners(row.partner_id)
        other.state = "running"
        self.campaign.action_pause()
        self.assertFalse(other._dial_once(NOW + timedelta(minutes=5)))
        self.assertGreaterEqual(rows.row_ids.next_at, NOW + timedelta(hours=72))

    def test_the_next_time_an_agent_is_kept_for_him(self):
        self._start()
        row = self._abandon()
        later = NOW + timedelta(hours=73)
        self.seat_2.sudo()._pause(self.pause_reason)
        with freeze_time(later):
            attempts = self.campaign._dial_once(later)
            self.assertEqual(attempts.row_id, row)
            self.assertEqual(attempts._prepare_dial_args()["max_wait"], 30)
            # nobody else is rung for this agent
            self.assertFalse(self.campaign._dial_once(later + timedelta(seconds=1)))

    def test_without_a_free_agent_he_is_not_dialled(self):
        self._start()
        self._abandon()
        later = NOW + timedelta(hours=73)
        for seat in (self.seat_1, self.seat_2):
            seat.sudo()._pause(self.pause_reason)
        with freeze_time(later):
            self.assertFalse(self.campaign._dial_once(later))


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestPredictiveDialler(DiallerCase):
    MODE = "predictive"

    def test_two_agents_are_dialled_progressively(self):
        self.partners |= self._new_customers(5, "1391111")
        self._start()
        self.assertEqual(len(self._look()), 2)
        self.assertTrue(self.campaign.is_pacing_reduced, "The budget is not earned yet")

    def test_more_calls_than_free_agents_when_the_budget_allows(self):
        self.partners |= self._new_customers(9, "1391111")
        self._start()
        known = Statistics()
        for number in range(300):
            known.add_dial(number % 10 == 0, 8 if number % 10 == 0 else 25)
            known.add_handled(5, 1)
            known.add_live_answer(get_epoch(NOW), False)
        known.bucket.tokens = 10
        known.bucket.at = get_epoch(NOW)
        self.env["gb.campaign.dialler"].create(
            {"campaign_id": self.campaign.id, "statistics": known.to_json()}
        )
        with patch("odoo.addons.gb_campaign.dialing.Predictive.MIN_AGENTS", 2):
            self.assertGreater(len(self._look()), 2)
        self.assertFalse(self.campaign.is_pacing_reduced)


@tagged("post_install", "-at_install")
class TestTwoDiallersAtOnce(CampaignCase):
    """Two jobs in two database transactions of their own."""

    def _cursor(self):
        return db_connect(self.env.cr.dbname).cursor()

    def test_one_look_dials(self):
        ids = self._commit_campaign()
        at = fields.Datetime.now()
        dialled, barrier = [], threading.Barrier(2)

        def work():
            try:
                with self._cursor() as cr:  # commits when it is left
                    env = api.Environment(cr, api.SUPERUSER_ID, {})
                    campaign = env["gb.campaign"].browse(ids["campaign"])
                    self.assertTrue(campaign.name)  # the transaction has begun
                    barrier.wait(10)
                    found = campaign._dial_once(at).ids
                dialled.extend(found)
            except SerializationFailure:
                return

        try:
            with mute_logger("odoo.sql_db"):
                threads = [threading.Thread(target=work) for _ in range(2)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join(60)
        finally:
            self._drop(ids)
        self.assertEqual(len(dialled), 1)

    def _commit_campaign(self):
        """A running campaign with one free agent that other transactions see."""
        with self._cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {"tracking_disable": True})
            provider = env["gb.telephony.provider"].create(
                {"name": "Two diallers", "reference": "two-diallers", "code": "demo"}
            )
            queue = env["gb.queue"].create(
                {"name": "Two", "code": "two", "provider_id": provider.id}
            )
            seat = env["gb.seat"].create(
                {
                    "name": "Two",
                    "extension": "1991",
                    "provider_id": provider.id,
                    "queue_ids": [(4, queue.id)],
                }
            )
            cr.execute(
                "UPDATE gb_seat SET user_id = %s, state = 'ready' WHERE id = %s",
                (env.ref("base.user_root").id, seat.id),
            )
            partners = env["res.partner"].create(
                [{"name": f"Two {n}", "phone": f"+86 138 2222 {n:04}"} for n in range(6)]
            )
            campaign = env["gb.campaign"].create(
                {
                    "name": "Two diallers",
                    "mode": "progressive",
                    "queue_id": queue.id,
                    "hour_from": 0,
                    "hour_to": 24,
                    "user_ids": [(4, api.SUPERUSER_ID)],
                }
            )
            call_list = env["gb.campaign.list"].create(
                {"name": "Two diallers", "campaign_id": campaign.id}
            )
            call_list._fill_partners(partners)
            campaign.state = "running"
            call_list.row_ids.next_at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
            dialler = env["gb.campaign.dialler"].create({"campaign_id": campaign.id})
            return {
                "campaign": campaign.id,
                "utm": campaign.utm_campaign_id.id,
                "partners": partners.ids,
                "seat": seat.id,
                "queue": queue.id,
                "provider": provider.id,
                "dialler": dialler.id,
            }

    def _drop(self, ids):
        with self._cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            env["gb.campaign.attempt"].search([("campaign_id", "=", ids["campaign"])]).unlink()
            env["gb.campaign"].browse(ids["campaign"]).unlink()
            env["utm.campaign"].browse(ids["utm"]).unlink()
            env["res.partner"].browse(ids["partners"]).unlink()
            cr.execute(
                "UPDATE gb_seat SET user_id = NULL, state = 'signed_out' WHERE id = %s",
                (ids["seat"],),
            )
            env.invalidate_all()
            env["gb.seat"].browse(ids["seat"]).unlink()
            env["gb.queue"].browse(ids["queue"]).unlink()
            env["gb.telephony.provider"].browse(ids["provider"]).unlink()
