from collections import Counter

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CallCentreCase


class CustomerPoolCase(CallCentreCase):
    """A pool with two agents and five free customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["gb.customer.pool"].search([]).active = False
        cls.pool = cls.env["gb.customer.pool"].create({"name": "Families"})
        cls.member, cls.member_2 = cls.env["gb.customer.pool.member"].create(
            [
                {"pool_id": cls.pool.id, "user_id": user.id, "capacity": capacity}
                for user, capacity in ((cls.agent, 2), (cls.agent_2, 6))
            ]
        )
        cls.customers = cls.env["res.partner"].create(
            [{"name": f"Customer {number}", "gb_pool_id": cls.pool.id} for number in range(5)]
        )

    def _allocate(self, user=None, **values):
        values.setdefault("pool_id", self.pool.id)
        allocation = self.env["gb.customer.allocation"].with_user(user or self.lead).create(values)
        allocation.action_allocate()
        return allocation

    def _own(self, user, customers):
        customers.write({"gb_owner_id": user.id})


@tagged("post_install", "-at_install")
class TestCustomerPool(CustomerPoolCase):
    """Customers are taken, given back and allocated; who may, up to which number, and what stays on record."""

    # --- taking and giving back ----------------------------------------------------------------
    def test_agent_takes_a_customer(self):
        customer = self.customers[0]
        customer.with_user(self.agent).action_gb_claim()
        self.assertEqual(customer.gb_owner_id, self.agent)
        self.assertTrue(customer.gb_owner_at)
        self.assertRecordValues(
            customer.gb_owner_history_ids,
            [
                {
                    "pool_id": self.pool.id,
                    "from_user_id": False,
                    "to_user_id": self.agent.id,
                    "user_id": self.agent.id,
                    "reason": "claim",
                }
            ],
        )

    def test_address_stands_for_its_customer(self):
        address = self.env["res.partner"].create(
            {"name": "Office", "parent_id": self.customers[0].id}
        )
        address.with_user(self.agent).action_gb_claim()
        self.assertEqual(self.customers[0].gb_owner_id, self.agent)

    def test_nobody_takes_more_than_his_capacity(self):
        self.customers[:2].with_user(self.agent).action_gb_claim()
        with self.assertRaisesRegex(UserError, "2 of at most 2 customers of Families"):
            self.customers[2].with_user(self.agent).action_gb_claim()
        with self.assertRaisesRegex(UserError, "at most 6"):
            self.env["res.partner"].create(
                [{"name": "More", "gb_pool_id": self.pool.id} for _number in range(7)]
            ).with_user(self.agent_2).action_gb_claim()

    def test_nobody_takes_what_another_has(self):
        self._own(self.agent_2, self.customers[0])
        with self.assertRaisesRegex(UserError, "gb_agent_2 .*looks after Customer 0 already"):
            self.customers[0].with_user(self.agent).action_gb_claim()

    def test_only_agents_of_the_pool_take_from_it(self):
        with self.assertRaisesRegex(UserError, "in no pool of yours"):
            self.customers[0].with_user(self.agent_3).action_gb_claim()
        with self.assertRaisesRegex(UserError, "in no pool of yours"):
            self.customer.with_user(self.agent).action_gb_claim()
        with self.assertRaisesRegex(AccessError, "Only agents"):
            self.customers[0].with_user(self.inspector).action_gb_claim()

    def test_agent_gives_his_own_back_with_a_reason(self):
        mine, other = self.customers[:2]
        self._own(self.agent, mine)
        self._own(self.agent_2, other)
        with self.assertRaisesRegex(UserError, "Say why"):
            mine.with_user(self.agent).gb_give_back(" ")
        with self.assertRaisesRegex(AccessError, "do not look after Customer 1"):
            other.with_user(self.agent).gb_give_back("Not mine")
        action = mine.with_user(self.agent).action_gb_give_back()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.agent)
            .with_context(**action["context"])
            .create({"reason": "Moves away"})
        )
        wizard.action_give_back()
        self.assertFalse(mine.gb_owner_id or mine.gb_owner_at)
        self.assertEqual(mine.gb_pool_id, self.pool)
        self.assertRecordValues(
            mine.gb_owner_history_ids[:1],
            [{"reason": "give_back", "note": "Moves away", "from_user_id": self.agent.id}],
        )

    def test_lead_gives_anybodys_back(self):
        self._own(self.agent, self.customers[0])
        self._own(self.agent_2, self.customers[1])
        self.customers[:2].with_user(self.lead).gb_give_back("New team")
        self.assertFalse(self.customers.gb_owner_id)

    # --- by hand -------------------------------------------------------------------------------
    def test_lead_changes_the_owner_by_hand(self):
        customer = self.customers[0].with_user(self.lead)
        customer.gb_owner_id = self.agent
        customer.gb_owner_id = self.agent_2
        self.assertRecordValues(
            customer.gb_owner_history_ids,
            [
                {"reason": "manual", "from_user_id": self.agent.id, "user_id": self.lead.id},
                {"reason": "manual", "from_user_id": False, "user_id": self.lead.id},
            ],
        )
        customer.gb_owner_id = self.agent_2
        self.assertEqual(len(customer.gb_owner_history_ids), 2, "nothing has changed")

    def test_agents_do_not_write_owners(self):
        for values in ({"gb_owner_id": self.agent.id}, {"gb_pool_id": False}):
            with self.assertRaisesRegex(AccessError, "Only leads and managers decide"):
                self.customers[0].with_user(self.agent).write(values)
        with self.assertRaisesRegex(AccessError, "Only leads and managers decide"):
            self.env["res.partner"].with_user(self.agent).create(
                {"name": "Mine", "gb_owner_id": self.agent.id}
            )

    def test_history_cannot_be_changed(self):
        self._own(self.agent, self.customers[0])
        history = self.customers[0].gb_owner_history_ids
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            history.sudo().note = "Never happened"
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            history.sudo().unlink()
        with self.assertRaises(AccessError):
            history.with_user(self.manager).unlink()

    # --- allocation ----------------------------------------------------------------------------
    def test_fewest_in_proportion_to_capacity_first(self):
        allocation = self._allocate()
        self.assertEqual(
            Counter(customer.gb_owner_id.login for customer in self.customers),
            {"gb_agent_1": 1, "gb_agent_2": 4},
        )
        self.assertEqual(allocation.line_ids.mapped("new_count"), [1, 4])
        self.assertEqual(set(self.customers.gb_owner_history_ids.mapped("reason")), {"allocation"})

    def test_preview_is_what_happens(self):
        self._own(self.agent_2, self.customers[0])
        self.member_2.capacity = 2
        allocation = (
            self.env["gb.customer.allocation"]
            .with_user(self.lead)
            .create({"pool_id": self.pool.id})
        )
        self.assertEqual(
            (allocation.found_count, allocation.given_count, allocation.left_count), (4, 3, 1)
        )
        expected = {
            line.user_id: line.before_count + line.new_count for line in allocation.line_ids
        }
        allocation.action_allocate()
        owned = Counter(customer.gb_owner_id for customer in self.customers)
        self.assertEqual({user: owned[user] for user in expected}, expected)
        self.assertLessEqual(owned[self.agent], self.member.capacity)
        with self.assertRaisesRegex(UserError, "no agent has a free place"):
            allocation.action_allocate()

    def test_by_region_goes_to_whoever_named_it(self):
        states = self.env["res.country.state"].search([("country_id", "=", self.china.id)], limit=3)
        self.customers[:3].state_id = states[0]
        self.customers[3].state_id = states[1]
        self.customers[4].state_id = states[2]
        self.member.state_ids = states[0]
        self.member_2.state_ids = states[1]
        self._allocate(method="region")
        self.assertEqual(self.customers[:3].mapped("gb_owner_id"), self.agent)
        self.assertEqual(len(self.customers.filtered(lambda c: c.gb_owner_id == self.agent)), 2)
        self.assertEqual(self.customers[3].gb_owner_id, self.agent_2)
        self.assertFalse(self.customers[4].gb_owner_id, "nobody serves the third region")
        self.member_2.state_ids = False
        self._allocate(method="region")
        self.assertEqual(self.customers[4].gb_owner_id, self.agent_2)

    def test_by_level_of_the_highest_value_first(self):
        level = self.env["gb.customer.level"].create({"name": "Test VIP", "rank": 99})
        self.customers[2:].gb_level_id = level
        self.member.level_ids = level
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET gb_net_value = CASE WHEN id = %s THEN 900 ELSE 10 END WHERE id = ANY(%s)",
            [self.customers[4].id, self.customers.ids],
        )
        self._allocate(method="level", level_ids=[(6, 0, level.ids)], limit=1)
        self.assertEqual(self.customers[4].gb_owner_id, self.agent)
        self.assertEqual(len(self.customers.filtered("gb_owner_id")), 1)

    def test_customers_of_an_agent_who_leaves_go_to_the_others(self):
        self.member.capacity = 10
        self._own(self.agent, self.customers[:4])
        self._allocate(from_user_id=self.agent.id)
        self.assertEqual(self.customers[:4].gb_owner_id, self.agent_2)
        self.assertFalse(self.customers[4].gb_owner_id)

    def test_each_agent_is_told_once(self):
        notified = self.env["mail.message"].search_count([])
        self._allocate()
        messages = self.env["mail.message"].search([], order="id desc", limit=2)
        self.assertEqual(self.env["mail.message"].search_count([]) - notified, 2)
        self.assertEqual(
            {message.partner_ids: message.subject for message in messages},
            {
                self.agent.partner_id: "1 new customers for you from Families",
                self.agent_2.partner_id: "4 new customers for you from Families",
            },
        )

    def test_number_of_queries_does_not_grow_with_the_customers(self):
        def allocate(customers):
            allocation = (
                self.env["gb.customer.allocation"]
                .with_user(self.lead)
                .create({"pool_id": self.pool.id})
            )
            self.env.flush_all()
            began = self.env.cr.sql_log_count
            allocation.action_allocate()
            self.env.flush_all()
            spent = self.env.cr.sql_log_count - began
            self.assertEqual(len(customers.gb_owner_id), 2)
            return spent

        few = allocate(self.customers)
        (self.member | self.member_2).capacity = 500
        more = self.env["res.partner"].create(
            [{"name": "More", "gb_pool_id": self.pool.id} for _number in range(60)]
        )
        self.assertLessEqual(allocate(more), few + 2)

    def test_agents_do_not_allocate(self):
        with self.assertRaises(AccessError):
            self._allocate(user=self.agent)
        with self.assertRaises(AccessError):
            self.pool.with_user(self.lead).recovery_days = 1
        self.pool.with_user(self.manager).recovery_days = 1

    def test_lead_allocates_whom_he_may_see(self):
        self.customers[0].gb_team_id = self.team_service
        self._allocate()
        self.assertFalse(self.customers[0].gb_owner_id)
        self.assertEqual(len(self.customers.filtered("gb_owner_id")), 4)

    def test_other_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Other shop"})
        stranger = new_test_user(
            self.env,
            "gb_stranger",
            groups="base.group_user,gb_callcenter.group_gb_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(self.env["gb.customer.pool"].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            self._allocate(user=stranger)
        with self.assertRaisesRegex(UserError, "in no pool of yours"):
            self.customers[0].with_user(stranger).action_gb_claim()
        with self.assertRaisesRegex(ValidationError, "does not work for"):
            self.env["gb.customer.pool.member"].create(
                {"pool_id": self.pool.id, "user_id": stranger.id}
            )

    # --- filling -------------------------------------------------------------------------------
    def test_customers_who_match_come_in(self):
        self.pool.domain = "[('city', '=', 'Testville')]"
        new = self.env["res.partner"].create([{"name": "New", "city": "Testville"} for _n in "12"])
        address = self.env["res.partner"].create(
            {"name": "Address", "city": "Testville", "parent_id": new[0].id}
        )
        elsewhere = self.env["gb.customer.pool"].create({"name": "Elsewhere"})
        new[1].gb_pool_id = elsewhere
        self.env.ref("gb_callcenter.gb_customer_score")._refresh()
        self.pool._fill()
        self.assertEqual(new.mapped("gb_pool_id"), self.pool | elsewhere)
        self.assertFalse(address.gb_pool_id)

    def test_condition_that_cannot_be_used_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "cannot be used"):
            self.pool.domain = "[('no_such_field', '=', 1)]"


@tagged("post_install", "-at_install")
class TestPoolAtOnce(BaseCase):
    """Two transactions at once on committed data: nobody is given away twice, no agent gets too many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean_up)
        with cls.registry.cursor() as cr:
            env = api.Environment(
                cr, SUPERUSER_ID, {"tracking_disable": True, "no_reset_password": True}
            )
            users = env["res.users"].create(
                [
                    {
                        "name": login,
                        "login": login,
                        "group_ids": [(6, 0, [env.ref("gb_callcenter.group_gb_lead").id])],
                    }
                    for login in ("gb_at_once_1", "gb_at_once_2")
                ]
            )
            pool = env["gb.customer.pool"].create(
                {
                    "name": "Two at once",
                    "member_ids": [(0, 0, {"user_id": user.id, "capacity": 2}) for user in users],
                }
            )
            cls.user_ids, cls.partner_ids = users.ids, users.partner_id.ids
            cls.pool_id = pool.id
            cls.customer_ids = (
                env["res.partner"]
                .create([{"name": "Two at once", "gb_pool_id": pool.id} for _number in range(6)])
                .ids
            )

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["res.partner"].browse(cls.customer_ids).unlink()
            env["gb.customer.pool"].browse(cls.pool_id).unlink()
            cr.execute(
                "DELETE FROM mail_message WHERE id IN (SELECT mail_message_id FROM mail_notification WHERE res_partner_id = ANY(%s))",
                [cls.partner_ids],
            )
            env["res.users"].browse(cls.user_ids).unlink()
            env["res.partner"].browse(cls.partner_ids).unlink()

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            cr.execute(
                "UPDATE res_partner SET gb_owner_id = NULL WHERE id = ANY(%s)", [self.customer_ids]
            )

    def _env(self, cr, number):
        return api.Environment(cr, self.user_ids[number], {})

    def _owners(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT gb_owner_id FROM res_partner WHERE id = ANY(%s) ORDER BY id",
                [self.customer_ids],
            )
            return [row[0] for row in cr.fetchall()]

    def _race(self, first, second):
        """``first`` commits while ``second`` has begun: it is refused, and does it again as Odoo would."""
        with self.registry.cursor() as cr_1, self.registry.cursor() as cr_2:
            env_2 = self._env(cr_2, 1)
            # its snapshot is older than what the first one does
            env_2["res.partner"].browse(self.customer_ids).mapped("gb_owner_id")
            first(self._env(cr_1, 0))
            cr_1.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                second(env_2)
                env_2.flush_all()
            cr_2.rollback()
            second(self._env(cr_2, 1))
            cr_2.commit()

    def test_two_agents_take_the_same_customer(self):
        def claim(env):
            env["res.partner"].browse(self.customer_ids[0]).action_gb_claim()

        with self.assertRaisesRegex(UserError, "gb_at_once_1 looks after"):
            self._race(claim, claim)
        self.assertEqual(self._owners()[0], self.user_ids[0])

    def test_two_leads_allocate_at_once(self):
        def allocate(limit):
            def run(env):
                env["gb.customer.allocation"].create(
                    {"pool_id": self.pool_id, "limit": limit}
                ).action_allocate()

            return run

        self._race(allocate(3), allocate(3))
        owners = Counter(self._owners())
        self.assertEqual(owners, {self.user_ids[0]: 2, self.user_ids[1]: 2, None: 2})
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT partner_id FROM gb_owner_history WHERE partner_id = ANY(%s) AND reason = 'allocation'",
                [self.customer_ids],
            )
            given = [row[0] for row in cr.fetchall()]
            self.assertEqual(len(given), len(set(given)), "nobody was given away twice")

    def test_agent_takes_in_two_windows_at_once(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "UPDATE gb_customer_pool_member SET capacity = 1 WHERE pool_id = %s", [self.pool_id]
            )

        def claim(number):
            return lambda env: (
                env["res.partner"]
                .with_user(self.user_ids[0])
                .browse(self.customer_ids[number])
                .action_gb_claim()
            )

        try:
            with self.assertRaisesRegex(UserError, "1 of at most 1"):
                self._race(claim(0), claim(1))
        finally:
            with self.registry.cursor() as cr:
                cr.execute(
                    "UPDATE gb_customer_pool_member SET capacity = 2 WHERE pool_id = %s",
                    [self.pool_id],
                )

    def test_order_committed_while_the_scores_are_computed_is_not_lost(self):
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {}).ref("gb_callcenter.gb_customer_score")._refresh()
        with self.registry.cursor() as cr_1, self.registry.cursor() as cr_2:
            scoring = api.Environment(cr_2, SUPERUSER_ID, {}).ref("gb_callcenter.gb_customer_score")
            scoring._queue_due()  # the snapshot of the job is taken
            cr_1.execute(
                "INSERT INTO gb_customer_score_queue (partner_id) VALUES (%s)",
                [self.customer_ids[0]],
            )
            cr_1.commit()
            while scoring._refresh_batch(1000)[1]:
                pass
            cr_2.commit()
            self.assertEqual(scoring.queue_count, 1, "left to the next run")
            while scoring._refresh_batch(1000)[1]:
                pass
            scoring.invalidate_recordset(["queue_count"])
            self.assertEqual(scoring.queue_count, 0)
            cr_2.commit()
