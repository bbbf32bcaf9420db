from contextlib import closing, suppress
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_target_group import TargetCase

FOREGROUND = "odoo.addons.gb_campaign.models.gb_target_group.FOREGROUND_SIZE"
BATCH = "odoo.addons.gb_campaign.models.gb_target_snapshot.BATCH"


@tagged("post_install", "-at_install")
class TestTargetSnapshot(TargetCase):
    def _queue(self):
        with patch(FOREGROUND, 0):
            return self.group.with_user(self.manager)._draw().sudo()

    def _draw_in_background(self, snapshot, commit=None):
        with patch(BATCH, 2):
            return snapshot._draw_in_background(commit or (lambda done, remaining: 1))

    def test_small_group_is_drawn_at_once_and_kept(self):
        action = self.group.with_user(self.manager).action_draw()
        snapshot = self.env["gb.target.snapshot"].browse(action["res_id"])
        self.assertEqual((snapshot.state, snapshot.size), ("done", 5))
        self.assertEqual(snapshot.user_id, self.manager)
        self.assertTrue(snapshot.drawn_at and snapshot.ended_at)
        conditions = self.group.summary
        self.assertEqual(snapshot.conditions, conditions)
        self.group.write({"name": "Other", "condition_ids": [(5,)]})
        self.customers[0].category_id = False
        self.assertEqual((snapshot.name, snapshot.conditions), ("Tagged", conditions))
        self.assertEqual(snapshot.member_ids.partner_id, self.customers)
        self.assertEqual(self.group.last_size, 5)

    def test_large_group_is_drawn_in_the_background_in_batches(self):
        snapshot = self._queue()
        self.assertEqual((snapshot.state, snapshot.size), ("queued", 0))
        told = []

        def commit(done, remaining):
            told.append((snapshot.state, done, remaining, snapshot.progress))
            return 1

        self.assertTrue(self._draw_in_background(snapshot, commit))
        self.assertEqual(
            told,
            [
                ("drawing", 0, 5, 0),
                ("drawing", 2, 3, 40),
                ("drawing", 2, 1, 80),
                ("drawing", 1, 0, 100),
                ("done", 0, 0, 100),
            ],
        )
        self.assertEqual(snapshot.member_ids.partner_id, self.customers)

    def test_drawing_that_was_stopped_begins_again_without_doubles(self):
        snapshot = self._queue()

        class Killed(Exception):
            pass

        def commit(done, remaining):
            if remaining == 3:
                self.env.flush_all()
                raise Killed

        # what has been committed stays; assertRaises would take it back
        with patch.object(self.env.cr, "rollback"), suppress(Killed):
            self._draw_in_background(snapshot, commit)
        snapshot.invalidate_recordset()
        self.assertEqual((snapshot.state, len(snapshot.member_ids)), ("drawing", 2))
        self.customers[4].category_id = False
        self._draw_in_background(snapshot)
        self.assertEqual((snapshot.state, snapshot.size), ("done", 4))
        self.assertEqual(snapshot.member_ids.partner_id, self.customers[:4])

    def test_two_jobs_do_not_draw_the_same_snapshot(self):
        snapshot = self._queue()
        with closing(self.registry.cursor()) as other:
            key = ["gb_target_snapshot", snapshot.id]
            other.execute("SELECT pg_advisory_lock(hashtext(%s), %s)", key)
            self._draw_in_background(snapshot)
            other.execute("SELECT pg_advisory_unlock(hashtext(%s), %s)", key)
        self.assertEqual(snapshot.state, "queued")
        self._draw_in_background(snapshot)
        self.assertEqual(snapshot.state, "done")

    def test_two_drawings_of_a_group_are_two_snapshots(self):
        first, second = self.group._draw(), self.group._draw()
        self.assertEqual((first.size, second.size), (5, 5))
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["gb.target.member"].create(
                {"snapshot_id": first.id, "partner_id": self.customers[0].id}
            )

    def test_snapshot_has_whom_he_who_drew_it_may_see(self):
        self.customers[0].company_id = self.env["res.company"].create({"name": "Other"})
        self.customers[1].gb_team_id = self.team_service
        self.customers[2].gb_team_id = self.team_orders
        snapshot = self.group.with_user(self.manager)._draw().sudo()
        self.assertEqual(snapshot.member_ids.partner_id, self.customers[1:])
        lead = self.env["gb.target.member"].with_user(self.lead)
        found = lead.search([("snapshot_id", "=", snapshot.id)])
        self.assertEqual(found.partner_id.sudo(), self.customers[2:])

    def test_who_may_not_any_more_is_told_so(self):
        snapshot = self._queue()
        self.manager.group_ids = self.env.ref("base.group_user")
        with patch.object(self.env.cr, "rollback"):
            self._draw_in_background(snapshot)
        self.assertEqual(snapshot.state, "failed")
        self.assertTrue(snapshot.message)
        self.env.user.group_ids += self.env.ref("gb_callcenter.group_gb_manager")
        snapshot.with_user(self.env.user).action_retry()
        self.assertEqual(snapshot.state, "queued")
        self._draw_in_background(snapshot)
        self.assertEqual(snapshot.size, 5)

    def test_erased_customer_leaves_kept_snapshots(self):
        snapshot = self.group._draw()
        self.customers[0].with_user(self.manager).action_gb_erase("asked for it", force=True)
        self.assertNotIn(self.customers[0], snapshot.member_ids.partner_id)

    def test_rights_and_deletion(self):
        snapshot = self.group._draw()
        for user in (self.lead, self.analyst):
            self.assertEqual(snapshot.with_user(user).size, 5)
            self.assertEqual(len(snapshot.with_user(user).member_ids), 5)
            with self.assertRaises(AccessError):
                snapshot.with_user(user).unlink()
        with self.assertRaises(AccessError):
            snapshot.with_user(self.agent).read(["size"])
        with self.assertRaises(AccessError):
            snapshot.with_user(self.manager).size = 1
        with self.assertRaises(AccessError):
            snapshot.member_ids.with_user(self.manager).unlink()
        with self.assertRaises(AccessError):
            snapshot.with_user(self.lead).action_retry()
        masked = snapshot.member_ids[:1].with_user(self.analyst).read(["phone"])[0]["phone"]
        self.assertIn("****", masked)
        snapshot.state = "drawing"
        with self.assertRaisesRegex(UserError, "being drawn"):
            snapshot.with_user(self.manager).unlink()
        snapshot.state = "done"
        members = snapshot.member_ids
        snapshot.with_user(self.manager).unlink()
        self.assertFalse(members.exists())
