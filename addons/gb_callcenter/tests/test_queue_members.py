from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..tools.demo_api import DemoApi
from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestQueueMembers(CallCentreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.formula = cls.env["gb.skill"].create({"name": "Formula test"})
        cls.english = cls.env["gb.skill"].create({"name": "English test"})

    def _ask(self, queue, skill, level="1"):
        self.env["gb.queue.skill"].create(
            {"queue_id": queue.id, "skill_id": skill.id, "min_level": level}
        )

    def _learn(self, user, skill, level):
        return self.env["gb.skill.level"].create(
            {"user_id": user.id, "skill_id": skill.id, "level": level}
        )

    def _members(self, user, seat=None):
        rows = (seat or self.seat_1)._get_member_queues(user)
        return {row["name"]: row["penalty"] for row in rows}

    def test_better_levels_come_first_and_the_weakest_skill_counts(self):
        self._ask(self.queue_orders, self.formula)
        self._learn(self.agent, self.formula, "5")
        self._learn(self.agent_2, self.formula, "3")
        self.assertEqual(self._members(self.agent), {"orders": 0})
        self.assertEqual(self._members(self.agent_2), {"orders": 200})
        self._ask(self.queue_orders, self.english, "2")
        self._learn(self.agent, self.english, "2")
        self.assertEqual(self._members(self.agent), {"orders": 300})

    def test_who_lacks_a_skill_or_its_level_does_not_serve_the_queue(self):
        self._ask(self.queue_orders, self.formula, "4")
        self.assertEqual(self._members(self.agent), {})
        level = self._learn(self.agent, self.formula, "3")
        self.assertEqual(self._members(self.agent), {})
        level.level = "4"
        self.assertEqual(self._members(self.agent), {"orders": 100})

    def test_rank_of_the_seat_orders_a_queue_by_rank(self):
        self.queue_orders.strategy = "rank"
        self.seat_1.rank, self.seat_2.rank = 7, 3
        self.assertEqual(self._members(self.agent), {"orders": 7})
        self.assertEqual(self._members(self.agent, self.seat_2), {"orders": 3})

    def test_who_is_signed_in_gets_his_new_queues_at_once(self):
        sent = []

        def send(api, command, args, token=None):
            sent.append((command, args))
            return {}, []

        self._sign_in(self.agent, self.seat_1)
        with patch.object(DemoApi, "send", send):
            self._ask(self.queue_orders, self.formula)
            self._learn(self.agent, self.formula, "4")
            self.assertFalse(sent, "not before the commit")
            self.env.cr.postcommit.run()
        self.assertEqual([command for command, _args in sent], ["seat.queues"] * 2)
        self.assertEqual(
            sent[-1][1], {"extension": "1001", "queues": [{"name": "orders", "penalty": 100}]}
        )

    def test_sign_in_names_the_agent_and_his_queues(self):
        values = self.seat_1._prepare_sign_in_values(self.agent)
        self.assertEqual(values["user"], self.agent.id)
        self.assertEqual(values["queues"], [{"name": "orders", "penalty": 0}])

    def test_overflow_is_no_circle(self):
        third = self.env["gb.queue"].create(
            {"name": "Third", "code": "third", "provider_id": self.provider.id}
        )
        self.queue_orders.overflow_queue_id = self.queue_service
        self.queue_service.overflow_queue_id = third
        with self.assertRaisesRegex(ValidationError, "circle"):
            third.overflow_queue_id = self.queue_orders
        with self.assertRaisesRegex(ValidationError, "circle"):
            third.overflow_queue_id = third

    def test_overflow_stays_in_the_telephone_system(self):
        other = self.env["gb.telephony.provider"].create(
            {"name": "Other", "reference": "other-pbx", "code": "demo"}
        )
        queue = self.env["gb.queue"].create({"name": "Far", "code": "far", "provider_id": other.id})
        with self.assertRaisesRegex(ValidationError, "another telephone system"):
            self.queue_orders.overflow_queue_id = queue

    def test_names_of_music_are_checked(self):
        with self.assertRaises(ValidationError):
            self.queue_orders.music = "x\n[y]"

    def test_levels_are_the_leads_queues_the_managers(self):
        with self.assertRaises(AccessError):
            self.env["gb.skill.level"].with_user(self.agent).create(
                {"user_id": self.agent.id, "skill_id": self.formula.id, "level": "5"}
            )
        self.env["gb.skill.level"].with_user(self.lead).create(
            {"user_id": self.agent.id, "skill_id": self.formula.id, "level": "5"}
        )
        with self.assertRaises(AccessError):
            self.queue_orders.with_user(self.lead).strategy = "all"
        self.queue_orders.with_user(self.manager).strategy = "all"
