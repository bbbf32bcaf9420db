from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .test_customer_pool import CustomerPoolCase


@tagged("post_install", "-at_install")
class TestOwnerRecovery(CustomerPoolCase):
    """Neglected customers go back to their pool, unless a matter of theirs is open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.recovery_days = 30
        cls.customers[:3].write({"gb_owner_id": cls.agent.id})
        cls._owned_since(cls.customers[:3], 40)

    @classmethod
    def _ago(cls, days):
        return fields.Datetime.now() - timedelta(days=days)

    @classmethod
    def _owned_since(cls, customers, days):
        customers.sudo().write({"gb_owner_at": cls._ago(days)})

    def _order(self, partner, delivered):
        order = self.env["sale.order"].create({"partner_id": partner.id})
        order.write({"state": "sale", "delivery_status": "full" if delivered else "pending"})
        self.env.flush_all()
        return order

    def test_customer_without_contact_goes_back(self):
        self.assertEqual(self.pool._recover(), 3)
        self.assertFalse(self.customers.gb_owner_id)
        self.assertEqual(self.customers.gb_pool_id, self.pool)
        self.assertRecordValues(
            self.customers[0].gb_owner_history_ids[:1],
            [{"reason": "recovery", "from_user_id": self.agent.id, "user_id": False}],
        )
        self.assertEqual(self.pool._recover(), 0, "nothing is left to do")

    def test_contact_or_a_new_owner_keeps_him(self):
        self.customers[0].sudo().gb_last_contact_at = self._ago(29)
        self.customers[1].sudo().gb_last_contact_at = self._ago(31)
        self._owned_since(self.customers[2], 29)
        self.pool._recover()
        self.assertEqual(
            self.customers.filtered("gb_owner_id"), self.customers[0] | self.customers[2]
        )

    def test_order_under_way_keeps_him(self):
        address = self.env["res.partner"].create(
            {"name": "Home", "parent_id": self.customers[1].id, "type": "delivery"}
        )
        self._order(self.customers[0], delivered=False)
        self._order(address, delivered=False)
        self._order(self.customers[2], delivered=True)
        self.assertEqual(self.customers._gb_has_open_matter(), self.customers[:2])
        self.pool._recover()
        self.assertEqual(self.customers.filtered("gb_owner_id"), self.customers[:2])

    def test_pool_without_days_keeps_everybody(self):
        self.pool.recovery_days = 0
        self.pool._recover()
        self.assertEqual(len(self.customers.filtered("gb_owner_id")), 3)

    def test_owner_is_told_once(self):
        self.pool._recover()
        message = self.env["mail.message"].search(
            [("partner_ids", "in", self.agent.partner_id.ids)], order="id desc"
        )
        self.assertEqual(len(message), 1)
        self.assertIn("3 customers went back to the pool", message.subject)

    def test_nightly_job_runs_and_commits_in_batches(self):
        with self.enter_registry_test_mode():
            self.env.ref("gb_callcenter.ir_cron_maintain_customer_pools").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self.customers.gb_owner_id)
        self.assertEqual(self.pool.free_count, 5)

    def test_scoring_job_runs_and_commits_in_batches(self):
        with self.enter_registry_test_mode():
            self.env.ref("gb_callcenter.ir_cron_score_customers").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(set(self.customers.mapped("gb_life_cycle")), {"potential"})
        self.assertEqual(self.env.ref("gb_callcenter.gb_customer_score").queue_count, 0)
