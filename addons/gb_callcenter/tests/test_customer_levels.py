from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_customer_scores import NOW, CustomerScoreCase


@tagged("post_install", "-at_install")
class TestCustomerLevels(CustomerScoreCase):
    """Levels follow the rules, up at once and down after a while; a level by hand stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Level = cls.env["gb.customer.level"]
        Level.search([]).active = False
        cls.basic, cls.gold, cls.top = Level.create(
            [
                {"name": "Basic", "rank": 1, "is_automatic": True},
                {
                    "name": "Gold",
                    "rank": 2,
                    "is_automatic": True,
                    "min_net_value": 1000,
                    "min_order_count": 2,
                    "keep_days": 30,
                },
                {
                    "name": "Top",
                    "rank": 3,
                    "is_automatic": True,
                    "min_net_value": 5000,
                    "keep_days": 0,
                },
            ]
        )
        cls.friend = Level.create({"name": "Friend of the house", "rank": 9})
        cls.partner = cls._new_customer()

    def test_highest_level_whose_minima_are_met(self):
        self._refresh()
        self.assertFalse(self.partner.gb_level_id, "not without an order")
        for price, expected in ((1500, self.basic), (500, self.gold), (3000, self.top)):
            self._order(self.partner, 10, price)
            self._refresh()
            self.assertEqual(self.partner.gb_level_id, expected)
        self.assertEqual(
            self.partner.gb_level_change_ids.mapped("to_level_id.name"), ["Top", "Gold", "Basic"]
        )
        self.assertFalse(self.partner.gb_level_change_ids.user_id, "by the rules")

    def test_level_is_kept_for_its_days_then_lost(self):
        self._order(self.partner, 10, 600)
        order = self._order(self.partner, 10, 600)
        self._refresh()
        order.state = "cancel"
        self._refresh()
        self.assertEqual(self.partner.gb_level_id, self.gold)
        self.assertEqual(self.partner.gb_level_due_at, NOW + timedelta(days=30))
        self._refresh(NOW + timedelta(days=29))
        self.assertEqual(self.partner.gb_level_id, self.gold)
        self._refresh(NOW + timedelta(days=30))
        self.assertEqual(self.partner.gb_level_id, self.basic)
        self.assertFalse(self.partner.gb_level_due_at)

    def test_level_that_is_met_again_is_not_lost(self):
        self._order(self.partner, 10, 600)
        order = self._order(self.partner, 10, 600)
        self._refresh()
        order.state = "cancel"
        self._refresh()
        order.state = "sale"
        self._refresh(NOW + timedelta(days=20))
        self.assertFalse(self.partner.gb_level_due_at)
        self._refresh(NOW + timedelta(days=40))
        self.assertEqual(self.partner.gb_level_id, self.gold)

    def test_level_without_grace_is_lost_at_once(self):
        order = self._order(self.partner, 10, 6000)
        self._refresh()
        self.assertEqual(self.partner.gb_level_id, self.top)
        order.state = "cancel"
        self._refresh()
        self.assertFalse(self.partner.gb_level_id)

    def test_level_by_hand_stays_until_it_is_given_up(self):
        self.partner.with_user(self.lead).gb_level_id = self.friend
        self.assertTrue(self.partner.gb_level_manual)
        self._order(self.partner, 10, 6000)
        self._refresh()
        self.assertEqual(self.partner.gb_level_id, self.friend)
        change = self.partner.gb_level_change_ids
        self.assertEqual((change.to_level_id, change.user_id), (self.friend, self.lead))
        self.partner.with_user(self.lead).gb_level_manual = False
        self._refresh()
        self.assertEqual(self.partner.gb_level_id, self.top)

    def test_agents_do_not_give_levels(self):
        with self.assertRaisesRegex(AccessError, "Only leads and managers"):
            self.partner.with_user(self.agent).gb_level_id = self.friend
        with self.assertRaises(AccessError):
            self.gold.with_user(self.lead).min_net_value = 1

    def test_black_list_is_the_leads(self):
        Partner = self.env["res.partner"].with_user(self.agent)
        with self.assertRaisesRegex(AccessError, "keep the black list"):
            self.partner.with_user(self.agent).gb_is_blacklisted = True
        with self.assertRaisesRegex(AccessError, "keep the black list"):
            Partner.create({"name": "Somebody", "gb_is_blacklisted": True})
        Partner.create({"name": "Somebody", "gb_is_blacklisted": False})
        for user, value in ((self.lead, True), (self.manager, False)):
            self.partner.with_user(user).gb_is_blacklisted = value
            self.assertEqual(self.partner.with_user(self.agent).gb_is_blacklisted, value)

    def test_changed_rule_has_everybody_looked_at(self):
        self._order(self.partner, 10, 700)
        self._refresh()
        self.assertEqual(self.partner.gb_level_id, self.basic)
        self.gold.with_user(self.manager).write({"min_net_value": 700, "min_order_count": 1})
        self._refresh()
        self.assertEqual(self.partner.gb_level_id, self.gold)

    def test_changed_colour_has_nobody_looked_at(self):
        self._refresh()
        self.gold.color = 4
        self.assertFalse(self.scoring.queue_count)

    def test_archived_level_is_taken_away(self):
        self._order(self.partner, 10, 6000)
        self._refresh()
        self.top.active = False
        self._refresh()
        self.assertEqual(self.partner.gb_level_id, self.basic)

    def test_analysis_counts_customers_by_level(self):
        self._order(self.partner, 10, 6000)
        address = self._new_customer(parent_id=self.partner.id)
        self._refresh()
        self.env.flush_all()
        report = self.env["gb.customer.report"]
        found = report.with_user(self.analyst).search([("level_id", "=", self.top.id)])
        self.assertEqual((found.partner_id, found.net_value), (self.partner, 6000))
        self.assertFalse(report.search([("partner_id", "=", address.id)]))
        self.partner.gb_team_id = self.team_service
        self.env.flush_all()
        self.assertFalse(report.with_user(self.lead).search([("level_id", "=", self.top.id)]))
        self.assertTrue(report.with_user(self.manager).search([("level_id", "=", self.top.id)]))
        with self.assertRaises(AccessError):
            report.with_user(self.agent).search([])
