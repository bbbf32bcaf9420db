from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.gb_telephony_provider_flows import REFRESH
from .common_flow import FlowCase


@tagged("post_install", "-at_install")
class TestIvrVersion(FlowCase):
    def setUp(self):
        super().setUp()
        self.welcome, self.menu, self.transfer, self.bye = self._small_flow()
        self.hotline.flow_id = self.flow

    def _publish(self, version=None):
        version = version or self.draft
        version.with_user(self.manager).action_publish()
        return version

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("gb_ivr_bridge.ir_cron_publish_flows").method_direct_trigger()
        self.env.invalidate_all()

    def test_published_version_is_what_connectors_get(self):
        self._publish()
        self.assertEqual((self.draft.state, self.flow.published_id), ("published", self.draft))
        self.assertEqual(self.draft.published_by_id, self.manager)
        self.assertEqual(self.draft.digest, self.draft._get_digest(self.draft.document))
        self.assertEqual(self.provider._get_connector_flows()["test-main"], self.draft.digest)
        config = self.provider._get_connector_config()
        self.assertEqual(config["hotlines"][0]["flow"], "test-main")
        self.assertIn("test-main", config["flows"])
        self.assertEqual(self.env.cr.postcommit.data[REFRESH], set(self.provider.ids))

    def test_published_version_never_changes(self):
        self._publish()
        version, exit_ = self.draft, self.menu.exit_ids[0]
        value = self.env["gb.ivr.value"]
        for change in (
            lambda: self.welcome.sudo().write({"text_zh_CN": "别的"}),
            lambda: self.welcome.sudo().write({"x": 7}),
            lambda: exit_.sudo().write({"target": ""}),
            lambda: exit_.sudo().unlink(),
            lambda: self.menu.sudo().unlink(),
            lambda: self._node("play"),
            lambda: value.sudo().create({"node_id": self.menu.id, "name": "x"}),
            lambda: version.sudo().write({"note": "nicer"}),
            lambda: version.sudo().write({"state": "draft"}),
            lambda: version.sudo().write({"document": {}}),
            lambda: version.with_context(gb_ivr_engine=True).sudo().write({"state": "draft"}),
            lambda: version.sudo().unlink(),
            lambda: self.flow.sudo().unlink(),
            lambda: self.flow.sudo().write({"published_id": False}),
            lambda: self.flow.sudo().write({"code": "other"}),
            lambda: self.env["gb.ivr.variable"].create({"version_id": version.id, "name": "x"}),
        ):
            with self.assertRaises(UserError):
                change()
        other = self.env["gb.ivr.version"].create({"flow_id": self.flow.id})
        with self.assertRaises(UserError):
            self._node("play", other).write({"version_id": version.id})

    def test_version_cannot_be_created_as_published(self):
        version = self.env["gb.ivr.version"].create(
            {"flow_id": self.flow.id, "state": "published", "digest": "x", "document": {"a": 1}}
        )
        self.assertEqual((version.state, version.digest, version.number), ("draft", False, 2))

    def test_draft_with_errors_is_not_published_and_all_are_named(self):
        self.menu.exit_ids.filtered(lambda exit_: exit_.key == "1").target = "nowhere"
        self.welcome.write({"text_zh_CN": False, "text_en_US": "{amount_due|money}"})
        self.transfer.queue_id = False
        with self.assertRaises(ValidationError) as caught:
            self._publish()
        message = str(caught.exception)
        for part in ("nowhere", "money", "own language", "Choose the queue"):
            self.assertIn(part, message)
        self.assertEqual(self.draft.state, "draft")
        self.assertGreaterEqual(self.draft.error_count, 4)
        nodes = {problem["code"] for problem in self.draft.get_problems()}
        self.assertLessEqual({"menu", "welcome", "agent"}, nodes)

    def test_missing_translation_and_unknown_variable_are_warnings(self):
        self.menu.text_en_US = False
        self.welcome.text_en_US = "Hello {customer_name}"
        levels = {problem["level"] for problem in self.draft.get_problems()}
        self.assertEqual(levels, {"warning"})
        self.assertEqual(self.draft.warning_count, 2)
        self._publish()

    def test_next_version_retires_the_present_one(self):
        self._publish()
        draft = self.env["gb.ivr.version"].browse(self.draft.action_new_draft()["res_id"])
        self.assertEqual((draft.state, draft.number, len(draft.node_ids)), ("draft", 2, 4))
        menu = draft.node_ids.filtered(lambda node: node.code == "menu")
        self.assertEqual(menu._go("0"), "agent")
        self._publish(draft)
        self.assertEqual((self.draft.state, draft.state), ("retired", "published"))
        self.assertEqual(self.flow.published_id, draft)
        with self.assertRaises(UserError):
            self.welcome.name = "Later"

    def test_only_one_version_is_published_and_the_second_click_is_told(self):
        self._publish()
        with self.assertRaises(UserError):
            self._publish()
        other = self.draft.copy()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            other._engine().state = "published"
            other.flush_recordset()

    def test_who_comes_second_while_somebody_is_publishing_is_told(self):
        flows = type(self.flow)
        with patch.object(flows, "try_lock_for_update", lambda records: records.browse()):
            with self.assertRaisesRegex(UserError, "Somebody is publishing"):
                self._publish()
        self.assertEqual(self.draft.state, "draft")

    def test_roll_back_publishes_the_old_one_under_a_new_number(self):
        self._publish()
        second = self.draft.copy()
        second.node_ids.filtered(lambda node: node.code == "welcome").text_zh_CN = "新的"
        self._publish(second)
        action = self.draft.with_user(self.manager).action_roll_back()
        third = self.env["gb.ivr.version"].browse(action["res_id"])
        self.assertEqual((third.number, third.state, second.state), (3, "published", "retired"))
        self.assertEqual(third.document["nodes"], self.draft.document["nodes"])
        with self.assertRaises(UserError):
            third.action_roll_back()

    def test_scheduled_version_is_published_when_it_is_due(self):
        with self.assertRaises(UserError):
            self.draft.action_schedule()
        now = fields.Datetime.now()
        self.draft.publish_at = now + timedelta(hours=2)
        self.draft.with_user(self.manager).action_schedule()
        self.assertEqual(self.draft.state, "scheduled")
        with self.assertRaises(UserError):
            self.welcome.name = "Other"
        self._run_cron()
        self.assertEqual(self.draft.state, "scheduled")
        with freeze_time(now + timedelta(hours=3)):
            self._run_cron()
        self.assertEqual((self.draft.state, self.draft.publish_at), ("published", False))
        self.assertEqual(self.draft.published_by_id, self.manager)

    @mute_logger("odoo.addons.gb_ivr_bridge.models.gb_ivr_version_publish")
    def test_scheduled_version_that_has_become_wrong_is_a_draft_again_and_the_flow_says_why(self):
        now = fields.Datetime.now()
        self.draft.publish_at = now + timedelta(hours=2)
        self.draft.action_schedule()
        self.env["gb.ivr.exit"].flush_model()
        self.cr.execute(
            "UPDATE gb_ivr_exit SET target = 'lost' WHERE id = %s", [self.welcome.exit_ids.id]
        )
        self.env.invalidate_all()
        with freeze_time(now + timedelta(hours=3)):
            self._run_cron()
        self.assertEqual(self.draft.state, "draft")
        self.assertIn("lost", self.flow.message_ids[0].body)

    def test_scheduled_version_can_be_taken_back(self):
        self.draft.publish_at = fields.Datetime.now() + timedelta(hours=2)
        self.draft.action_schedule()
        self.draft.action_unschedule()
        self.welcome.name = "Changed"
        self.assertEqual(self.draft.state, "draft")

    def test_differences_of_two_versions_in_words(self):
        self._publish()
        draft = self.draft.copy()
        nodes = {node.code: node for node in draft.node_ids}
        nodes["welcome"].text_zh_CN = "新年好"
        nodes["bye"].unlink()
        mail = self._node("voicemail", draft, code="mail", name="Leave a message")
        self._connect(nodes["menu"], {"1": mail})
        changes = {change["code"]: change for change in draft._get_changes(self.draft)}
        self.assertEqual(set(changes), {"welcome", "bye", "mail", "menu"})
        self.assertEqual(changes["bye"]["kind"], "removed")
        self.assertEqual(changes["mail"]["kind"], "added")
        self.assertEqual(changes["welcome"]["details"], [("Text (Chinese)", "中文 play", "新年好")])
        ((_what, old, new),) = changes["menu"]["details"]
        self.assertEqual((old, new), ("Hang up", "Leave a message"))
        self.assertFalse(draft._get_changes(draft))
        action = draft.with_user(self.lead).action_compare()
        compare = self.env["gb.ivr.compare"].browse(action["res_id"])
        self.assertEqual(compare.other_id, self.draft)
        self.assertIn("新年好", compare.with_user(self.lead).changes)

    def test_version_tells_that_opening_hours_have_changed_since(self):
        calendar = self.env["resource.calendar"].create({"name": "Agents", "tz": "Asia/Shanghai"})
        hours = self._node("hours", calendar_id=calendar.id, code="hours")
        self._connect(self.welcome, {"next": hours})
        self._connect(hours, {"open": self.menu, "closed": self.bye})
        self._publish()
        self.assertFalse(self.draft.has_news)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "National Day",
                "calendar_id": calendar.id,
                "date_from": fields.Datetime.now() + timedelta(days=3),
                "date_to": fields.Datetime.now() + timedelta(days=4),
            }
        )
        self.draft.invalidate_recordset(["has_news"])
        self.assertTrue(self.draft.has_news)
        action = self.draft.with_user(self.manager).action_republish()
        version = self.env["gb.ivr.version"].browse(action["res_id"])
        self.assertEqual((version.state, version.has_news), ("published", False))

    @freeze_time("2026-09-20 08:00:00")
    def test_schedule_of_the_contract(self):
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Agents",
                "tz": "Asia/Shanghai",
                "attendance_ids": [
                    (5, 0, 0),
                    *(
                        (
                            0,
                            0,
                            {
                                "name": name,
                                "dayofweek": "0",
                                "hour_from": start,
                                "hour_to": end,
                                "day_period": period,
                            },
                        )
                        for name, start, end, period in (
                            ("Morning", 9, 12, "morning"),
                            ("Lunch", 12, 13.5, "lunch"),
                            ("Evening", 13.5, 24, "afternoon"),
                        )
                    ),
                ],
            }
        )
        self.env["resource.calendar.leaves"].create(
            [
                {
                    "name": name,
                    "calendar_id": calendar.id,
                    "date_from": start,
                    "date_to": end,
                }
                for name, start, end in (
                    ("National Day", "2026-09-30 16:00:00", "2026-10-07 15:59:59"),
                    ("Past", "2026-01-01 00:00:00", "2026-01-02 00:00:00"),
                )
            ]
        )
        hours = self._node("hours", calendar_id=calendar.id)
        self.assertEqual(
            hours._get_schedule(),
            {
                "tz": "Asia/Shanghai",
                "weekly": [[0, "09:00", "12:00"], [0, "13:30", "24:00"]],
                "closed": [["2026-10-01T00:00", "2026-10-08T00:00"]],
                "open": [],
            },
        )

    def test_copy_of_a_flow_has_a_draft_of_what_callers_hear(self):
        self._publish()
        copied = self.flow.copy()
        self.assertEqual(copied.code, "test-main-2")
        self.assertFalse(copied.published_id)
        self.assertEqual(
            copied.version_ids.node_ids.mapped("code"), self.draft.node_ids.mapped("code")
        )

    def test_leads_look_and_only_managers_change(self):
        self.assertTrue(self.draft.with_user(self.lead).get_problems() is not None)
        for act in (
            lambda: self.draft.with_user(self.lead).action_publish(),
            lambda: self.draft.with_user(self.lead).action_new_draft(),
            lambda: self.welcome.with_user(self.lead).write({"name": "x"}),
            lambda: self.draft.with_user(self.agent).get_problems(),
            lambda: self.flow.with_user(self.agent).write({"name": "x"}),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_other_companies_flows_are_closed(self):
        other = self.env["res.company"].create({"name": "Other shop"})
        self.flow.company_id = other
        for record in (self.flow, self.draft, self.menu, self.menu.exit_ids[0]):
            with self.assertRaises(AccessError):
                record.with_user(self.manager).read(["display_name"])
        self.assertNotIn("test-main", self.provider._get_connector_flows())

    @mute_logger("odoo.addons.gb_ivr_bridge.models.gb_telephony_provider_flows")
    def test_connector_that_is_away_keeps_nobody_from_publishing(self):
        self._publish()
        self.provider.with_user(self.manager)._refresh_connectors()
        self.assertEqual(self.flow.published_id, self.draft)
