import base64

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import NOW, CampaignCase


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestListWork(CampaignCase):
    """Allocation, import, rights and figures."""

    def _allocation(self, user=None, **values):
        return (
            self.env["gb.campaign.allocation"]
            .with_user(user or self.lead)
            .create({"list_id": self.call_list.id, **values})
        )

    def _gets(self):
        return {
            user: self.call_list.row_ids.filtered(lambda row, user=user: row.user_id == user)
            for user in (self.agent, self.agent_2)
        }

    def test_customers_go_to_the_agent_who_has_the_fewest(self):
        self.partners |= self._new_customers(4, "1360000")
        rows = self._start()
        self.call_list._allocate({rows[0].id: self.agent.id, rows[1].id: self.agent.id})
        allocation = self._allocation()
        self.assertEqual((allocation.found_count, allocation.given_count), (5, 5))
        self.assertEqual(
            {line.user_id: (line.before_count, line.new_count) for line in allocation.line_ids},
            {self.agent: (2, 2), self.agent_2: (0, 3)},
        )
        allocation.action_allocate()
        self.assertEqual([len(rows) for rows in self._gets().values()], [4, 3])

    def test_quota_and_limit_are_kept(self):
        self.partners |= self._new_customers(4, "1360000")
        self._start()
        allocation = self._allocation(quota=2, limit=6)
        self.assertEqual((allocation.given_count, allocation.left_count), (4, 2))
        allocation.action_allocate()
        self.assertEqual([len(rows) for rows in self._gets().values()], [2, 2])
        with self.assertRaisesRegex(UserError, "nobody to allocate"):
            self._allocation(quota=2).action_allocate()

    def test_region_stays_together(self):
        shanghai, zhejiang = self.env.ref("base.state_cn_SH"), self.env.ref("base.state_cn_ZJ")
        self.partners |= self._new_customers(3, "1360000")
        self.partners[:4].state_id = shanghai
        self.partners[4:].state_id = zhejiang
        self._start()
        self._allocation(method="region").action_allocate()
        regions = [rows.region_id for rows in self._gets().values()]
        self.assertEqual({len(region) for region in regions}, {1})
        self.assertNotEqual(*regions)

    def test_customers_go_to_their_owner(self):
        self.partners[0].gb_owner_id = self.agent_2
        self.partners[1].gb_owner_id = self.agent_3
        rows = self._start()
        self._allocation(method="owner").action_allocate()
        self.assertEqual(rows.mapped("user_id"), self.agent_2)
        self.assertEqual(rows[0].user_id, self.agent_2)

    def test_agents_do_not_allocate(self):
        self._start()
        with self.assertRaises(AccessError):
            self._allocation(self.agent)

    def test_imported_customers_are_put_on_the_list(self):
        text = "姓名,手机\n张三,13500000001\n李四,13500000002\nKnown,13900000001\n王五,\n"
        self.partners[1].gb_phone_ids.do_not_call = True
        record = (
            self.env["gb.customer.import"]
            .with_user(self.lead)
            .create(
                {
                    "file_name": "list.csv",
                    "file": base64.b64encode(text.encode()),
                    "campaign_list_id": self.call_list.id,
                }
            )
        )
        self.call_list.consent_basis = False
        with self.assertRaisesRegex(UserError, "why these customers"):
            record.action_start()
        self.call_list.write({"consent_basis": "consent", "consent_source": "Fair"})
        record.action_start()
        with self.enter_registry_test_mode():
            self.env.ref("gb_callcenter.ir_cron_customer_import").method_direct_trigger()
        self.assertEqual(record.state, "done")
        self.assertIn(self.partners[0], self.call_list.row_ids.partner_id)
        waiting = self.call_list.row_ids.filtered(lambda row: row.state == "waiting")
        self.assertEqual(len(waiting), 3)
        self.assertEqual(self.call_list.refusals, {"no_number": 1})
        self.assertIn("3 customers", record.message)

    def test_who_sees_what(self):
        rows = self._start()
        self.call_list._allocate({rows[0].id: self.agent.id, rows[1].id: self.agent_2.id})
        Row = self.env["gb.campaign.row"]
        own = [("campaign_id", "=", self.campaign.id)]
        for user, count in (
            (self.agent, 2),
            (self.agent_3, 0),
            (self.lead, 3),
            (self.analyst, 3),
            (self.manager, 3),
        ):
            self.assertEqual(Row.with_user(user).search_count(own), count, user.login)
        with self.assertRaises(AccessError):
            rows.with_user(self.lead).write({"state": "done"})
        with self.assertRaises(AccessError):
            rows.with_user(self.agent).action_exclude()
        with self.assertRaises(AccessError):
            self.env["gb.campaign.number"].with_user(self.analyst).search([])
        with self.assertRaises(AccessError):
            self.env["gb.campaign.attempt"].with_user(self.agent).create({"row_id": rows[0].id})
        self.campaign.write({"team_id": self.team_service.id, "user_id": self.manager.id})
        self.assertFalse(Row.with_user(self.lead).search_count(own))

    def test_other_companies_see_nothing(self):
        rows = self._start()
        other = self.env["res.company"].create({"name": "Other"})
        self.manager.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for record in (self.campaign, self.call_list, rows):
            self.assertFalse(
                record.with_user(self.manager).search_count([("id", "in", record.ids)])
            )

    def test_campaign_starts_when_all_is_there(self):
        empty = self.env["gb.campaign"].create({"name": "Empty", "mode": "progressive"})
        with self.assertRaisesRegex(UserError, "(?s)Choose a team.*Fill a list.*queue.*hotline"):
            empty.action_start()
        with self.assertRaises(AccessError):
            self.campaign.with_user(self.agent).action_pause()
        self._start()
        with self.assertRaisesRegex(UserError, "not waiting"):
            self.campaign.action_start()
        self.campaign.with_user(self.lead).action_pause()
        self.campaign.with_user(self.lead).action_start()
        self.campaign.with_user(self.lead).action_finish()
        self.assertEqual(self.campaign.state, "done")

    def test_campaign_counts_its_customers_and_sales(self):
        rows = self._start()
        self._attempt(rows[0], "success")
        self._attempt(rows[1], "busy")
        self.env["sale.order"].create(
            {
                "partner_id": self.partners[0].id,
                "campaign_id": self.campaign.utm_campaign_id.id,
                "state": "sale",
            }
        )
        self.campaign.invalidate_recordset()
        campaign = self.campaign.with_user(self.lead)
        self.assertRecordValues(
            campaign,
            [
                {
                    "row_count": 3,
                    "waiting_count": 2,
                    "tried_count": 2,
                    "reached_count": 1,
                    "success_count": 1,
                    "order_count": 1,
                }
            ],
        )
        self.assertAlmostEqual(self.call_list.penetration, 200 / 3)
        with self.assertRaisesRegex(UserError, "Archive it"):
            self.campaign.unlink()

    def test_two_outcomes_of_a_campaign_do_not_share_a_key(self):
        doubled = self._standard("success").copy({"name": "Other"})
        with self.assertRaisesRegex(UserError, "have the key 1"):
            self.campaign.outcome_ids += doubled

    def test_script_fills_in_what_it_knows_and_evaluates_nothing(self):
        step = {
            "name": "Greeting",
            "text": "{{customer.name}}, {{ agent.name }} of {{company.name}}; {{child.name}}",
        }
        self.campaign.script_id = self.env["gb.campaign.script"].create(
            {"name": "Script", "step_ids": [(0, 0, step)]}
        )
        self.partners[0].name = "{{agent.name}} <b>"
        row = self._start()[0]
        script = self.campaign.script_id.with_user(self.agent)._get_script(row)
        text = script["steps"][script["first"]]["text"]
        self.assertEqual(
            text, f"{{{{agent.name}}}} <b>, {self.agent.name} of {self.company.name}; ____"
        )
        with self.assertRaisesRegex(UserError, "no placeholder"):
            self.campaign.script_id.step_ids.text = "{{customer.password}}"

    def test_notes_are_erased_with_the_customer(self):
        rows = self._start()
        self._attempt(rows[0], "busy", note="Moved to Suzhou", answers=[["Baby?", "Yes"]])
        self.partners[0]._gb_erase()
        self.assertRecordValues(rows[0], [{"state": "excluded", "note": False}])
        self.assertRecordValues(rows[0].attempt_ids, [{"note": False, "answers": False}])
