from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.modules.neutralize import neutralize_database
from odoo.tests import tagged

from .common import NOW, CampaignCase


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestCallingRules(CampaignCase):
    def test_calling_hours_are_those_where_the_customer_lives(self):
        tokyo = self._new_customers(1, "1360000", tz="Asia/Tokyo")
        for hour, shanghai_open, tokyo_open in (
            (0, False, True),  # 8 o'clock in Shanghai, 9 in Tokyo
            (1, True, True),
            (11, True, False),
            (12, False, False),
        ):
            at = datetime(2026, 11, 18, hour)
            with self.subTest(hour=hour):
                self.assertIs(self.campaign._is_calling_time(self.partners[0], at), shanghai_open)
                self.assertIs(self.campaign._is_calling_time(tokyo, at), tokyo_open)

    def test_nobody_is_called_on_holidays_and_days_off(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Calling", "tz": "Asia/Shanghai", "company_id": self.company.id}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": datetime(2026, 11, 17, 16),
                "date_to": datetime(2026, 11, 18, 16),
            }
        )
        self.campaign.calendar_id = calendar
        partner = self.partners[0]
        self.assertFalse(self.campaign._is_calling_time(partner, NOW))
        self.assertTrue(self.campaign._is_calling_time(partner, NOW + timedelta(days=1)))
        saturday = NOW + timedelta(days=3)
        self.assertFalse(self.campaign._is_calling_time(partner, saturday))
        self.assertEqual(
            self.campaign._get_next_calling_time("Asia/Shanghai", saturday),
            datetime(2026, 11, 23, 1),
        )

    def test_campaign_calls_between_its_days_only(self):
        self.campaign.write({"date_from": "2026-11-18", "date_to": "2026-11-18"})
        partner = self.partners[0]
        self.assertTrue(self.campaign._is_calling_time(partner, NOW))
        self.assertFalse(self.campaign._is_calling_time(partner, NOW + timedelta(days=1)))

    def test_who_may_be_called_is_asked_again_before_dialling(self):
        row = self._start()[0]
        number = row._get_number()
        self.assertFalse(row._get_refusal(number, NOW))
        self.assertEqual(row._get_refusal(number, NOW + timedelta(hours=12)), "hours")
        row.partner_id.gb_is_blacklisted = True
        self.assertEqual(row._get_refusal(number, NOW), "black_list")
        row.partner_id.gb_is_blacklisted = False
        blocked = self.env["gb.blocked.number"].create(
            {"number": row.partner_id.phone, "reason": "Nuisance"}
        )
        self.assertEqual(row._get_refusal(number, NOW), "black_list")
        blocked.active = False
        number.phone_id.do_not_call = True
        self.assertEqual(row._get_refusal(number, NOW), "do_not_call")
        number.phone_id.do_not_call = False
        self.campaign.attempts_total = 1
        row.attempt_count = 1
        self.assertEqual(row._get_refusal(number, NOW), "total_limit")
        self.campaign.action_pause()
        self.assertEqual(row._get_refusal(number, NOW), "not_running")

    def test_number_that_somebody_else_has_refused_is_not_dialled(self):
        row = self._start()[0]
        self.env["gb.phone"].create(
            {
                "partner_id": self.customer.id,
                "number": row.partner_id.phone,
                "do_not_call": True,
            }
        )
        self.assertEqual(row._get_refusal(row._get_number(), NOW), "do_not_call")

    def test_final_outcome_settles_the_customer(self):
        row = self._start()[0]
        self._attempt(row, "success", note="Wants two")
        self.assertRecordValues(
            row, [{"state": "done", "outcome_category": "success", "is_reached": True, "note": "Wants two"}]
        )  # fmt: skip

    def test_retry_waits_longer_each_time_until_its_limit(self):
        row = self._start()[0]
        outcome = self._standard("busy")
        outcome.write({"retry_minutes": 10, "back_off": 2, "max_total": 3, "max_per_day": 0})
        waits = []
        for _try in range(2):
            self._attempt(row, "busy")
            waits.append(row.next_at - NOW)
        self.assertEqual(waits, [timedelta(minutes=10), timedelta(minutes=20)])
        self.assertEqual(row.state, "waiting")
        self._attempt(row, "busy")
        self.assertEqual(row.state, "done")

    def test_after_the_last_attempt_of_the_day_he_is_called_when_the_next_one_begins(self):
        self.campaign.attempts_per_day = 1
        row = self._start()[0]
        self._attempt(row, "busy")
        self.assertEqual(row.next_at, datetime(2026, 11, 19, 1))

    def test_campaign_limits_the_attempts_in_all(self):
        self.campaign.attempts_total = 2
        row = self._start()[0]
        self._attempt(row, "busy")
        self.assertEqual(row.state, "waiting")
        self._attempt(row, "no_answer")
        self.assertEqual(row.state, "done")

    def test_no_answer_takes_the_next_number_and_a_wrong_one_is_not_dialled_again(self):
        partner = self.partners[0]
        self.env["gb.phone"].create({"partner_id": partner.id, "number": "13900009999"})
        row = self._start()[0]
        first, second = row.number_ids
        self._attempt(row, "no_answer")
        self.assertEqual(row._get_number(), second)
        self._attempt(row, "wrong_number")
        self.assertTrue(second.is_spent)
        self.assertEqual(row._get_number(), first)
        self._attempt(row, "wrong_number")
        self.assertEqual((row._get_number(), row.state), (row.number_ids.browse(), "done"))

    def test_appointment_comes_first_and_stays_with_the_agent(self):
        rows = self._start()
        self._attempt(rows[1], "later", next_at=NOW + timedelta(hours=3))
        self.assertRecordValues(
            rows[1],
            [
                {
                    "state": "waiting",
                    "is_promised": True,
                    "user_id": self.agent.id,
                    "next_at": NOW + timedelta(hours=3),
                }
            ],
        )
        later = NOW + timedelta(hours=4)
        self.assertEqual(self.campaign._claim(1, self.agent, later), rows[1])

    def test_appointment_outside_calling_hours_is_moved_to_their_beginning(self):
        row = self._start()[0]
        self._attempt(row, "later", next_at=NOW + timedelta(hours=12))
        self.assertEqual(row.next_at, datetime(2026, 11, 19, 1))

    def test_refusal_marks_the_number_that_was_dialled(self):
        self.env["gb.phone"].create({"partner_id": self.partners[0].id, "number": "13900009999"})
        row = self._start()[0]
        self._attempt(row, "do_not_call")
        self.assertEqual(row.number_ids.phone_id.mapped("do_not_call"), [True, False])
        self.assertEqual(row.state, "done")

    def test_interested_customer_becomes_one_lead_of_the_campaign(self):
        row = self._start()[0]
        self._attempt(row, "interested", note="<b>Price?</b>")
        lead = row.lead_id
        self.assertRecordValues(
            lead,
            [
                {
                    "partner_id": row.partner_id.id,
                    "user_id": self.agent.id,
                    "campaign_id": self.campaign.utm_campaign_id.id,
                }
            ],
        )
        self.assertNotIn("<b>", lead.description)
        row.action_reopen()
        self._attempt(row, "interested")
        self.assertEqual(row.lead_id, lead)
        self.assertEqual(self.campaign.lead_count, 1)

    def test_customer_for_whom_nobody_was_free_rests_and_gets_an_agent(self):
        row = self._start()[0]
        self._attempt(row, "abandoned")
        self.assertTrue(row.needs_agent)
        self.assertGreaterEqual(row.next_at, NOW + timedelta(hours=72))
        row.next_at = NOW
        self._attempt(row, "no_answer")
        self.assertFalse(row.needs_agent)

    def test_a_copy_of_the_database_calls_nobody(self):
        self._start()
        self.assertEqual(self.campaign.state, "running")
        self.env.flush_all()
        neutralize_database(self.env.cr)
        self.env.invalidate_all()
        self.assertEqual(self.campaign.state, "paused")
