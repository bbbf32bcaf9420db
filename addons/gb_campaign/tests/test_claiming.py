import threading
from datetime import timedelta

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import api, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW, CampaignCase


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestClaiming(CampaignCase):
    def test_claimed_customers_are_nobody_elses(self):
        rows = self._start()
        first = self.campaign._claim(1, self.agent)
        second = self.campaign._claim(5, self.agent_2)
        self.assertEqual(first, rows[0])
        self.assertEqual(second, rows[1] | rows[2])
        self.assertFalse(self.campaign._claim(1, self.agent))
        self.assertRecordValues(first, [{"state": "claimed", "claimed_by_id": self.agent.id}])

    def test_agent_gets_his_own_before_free_ones_and_none_of_others(self):
        rows = self._start()
        self.call_list._allocate({rows[0].id: self.agent_2.id, rows[2].id: self.agent.id})
        self.assertEqual(self.campaign._claim(1, self.agent), rows[2])
        self.assertEqual(self.campaign._claim(5, self.agent), rows[1])

    def test_the_dialler_takes_customers_of_nobody(self):
        rows = self._start()
        self.call_list._allocate({rows[0].id: self.agent_2.id})
        self.assertEqual(self.campaign._claim(5), rows[1] | rows[2])

    def test_nobody_is_claimed_outside_calling_hours_or_when_paused(self):
        self.partners[0].tz = "Asia/Tokyo"
        rows = self._start()
        self.assertFalse(self.campaign._claim(5, at=NOW + timedelta(hours=14)))
        # nine o'clock in the evening in Tokyo, eight in Shanghai: nobody; half past eight and half past seven: Shanghai
        at = NOW + timedelta(hours=9, minutes=30)
        rows.next_at = NOW
        self.assertEqual(self.campaign._claim(5, at=at), rows[1] | rows[2])
        self.campaign.action_pause()
        self.assertFalse(self.campaign._claim(5))

    def test_claim_that_has_run_out_is_free_again(self):
        self.campaign.claim_minutes = 10
        rows = self._start()
        self.campaign._claim(3, self.agent)
        later = NOW + timedelta(minutes=11)
        self.assertEqual(self.campaign._claim(3, self.agent_2, later), rows)
        with freeze_time(later + timedelta(hours=1)):
            self.env["gb.campaign.row"]._cron_release()
        self.assertEqual(set(rows.mapped("state")), {"waiting"})

    def test_lists_that_are_switched_off_are_passed_over(self):
        self._start()
        self.call_list.active = False
        self.assertFalse(self.campaign._claim(1, self.agent))

    def test_untouched_customers_go_back_after_the_campaigns_days(self):
        rows = self._start()
        self.call_list._allocate(dict.fromkeys(rows.ids, self.agent.id))
        self._attempt(rows[1], "later", next_at=NOW + timedelta(days=1))
        with freeze_time(NOW + timedelta(days=2)):
            self.assertEqual(self.env["gb.campaign.row"]._recycle(), 0)
        with freeze_time(NOW + timedelta(days=4)):
            self._attempt(rows[2], "busy")
            self.assertEqual(self.env["gb.campaign.row"]._recycle(), 1)
        self.assertEqual(rows.mapped("user_id.id"), [self.agent.id])
        self.assertRecordValues(rows[0], [{"user_id": False, "recycled_count": 1}])


@tagged("post_install", "-at_install")
class TestClaimingAtOnce(CampaignCase):
    """Two agents in two database transactions of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry_cursors = []

    def test_two_agents_at_once_never_get_the_same_customer(self):
        ids = self._commit_campaign()
        got, barrier = {}, threading.Barrier(2)

        def work(name):
            taken = []
            for _round in range(10):
                if _round == 0:
                    barrier.wait(10)
                while True:
                    try:
                        with self._cursor() as cr:
                            env = api.Environment(cr, api.SUPERUSER_ID, {})
                            taken += env["gb.campaign"].browse(ids["campaign"])._claim(2).ids
                        break
                    except SerializationFailure:
                        continue  # what Odoo does with a request
            got[name] = taken

        try:
            with mute_logger("odoo.sql_db"):
                threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join(60)
        finally:
            self._drop_campaign(ids)
        self.assertEqual(len(got["a"]) + len(got["b"]), 30)
        self.assertEqual(len(set(got["a"] + got["b"])), 30)

    def _cursor(self):
        from odoo.sql_db import db_connect

        return db_connect(self.env.cr.dbname).cursor()

    def _commit_campaign(self):
        """A campaign that other transactions see."""
        with self._cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {"tracking_disable": True})
            partners = env["res.partner"].create(
                [
                    {"name": f"At once {index}", "phone": f"+86 138 1111 {index:04}"}
                    for index in range(30)
                ]
            )
            campaign = env["gb.campaign"].create(
                {
                    "name": "At once",
                    "hour_from": 0,
                    "hour_to": 24,
                    "user_ids": [(4, api.SUPERUSER_ID)],
                }
            )
            call_list = env["gb.campaign.list"].create(
                {"name": "At once", "campaign_id": campaign.id}
            )
            call_list._fill_partners(partners)
            campaign.state = "running"
            call_list.row_ids.next_at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
            return {
                "campaign": campaign.id,
                "partners": partners.ids,
                "utm": campaign.utm_campaign_id.id,
            }

    def _drop_campaign(self, ids):
        with self._cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            env["gb.campaign"].browse(ids["campaign"]).unlink()
            env["utm.campaign"].browse(ids["utm"]).unlink()
            env["res.partner"].browse(ids["partners"]).unlink()
