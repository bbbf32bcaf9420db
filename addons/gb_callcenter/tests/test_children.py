from datetime import date

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestChildren(CallCentreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["gb.age.stage"].search([]).active = False
        cls.pregnancy, cls.infant, cls.toddler = cls.env["gb.age.stage"].create(
            [
                {"name": "Expecting", "from_month": -10, "to_month": 0},
                {"name": "Infant", "from_month": 0, "to_month": 12},
                {"name": "Toddler", "from_month": 12, "to_month": 36},
            ]
        )
        cls.stages = cls.pregnancy | cls.infant | cls.toddler
        cls.children = cls.env["gb.child"]

    def _child(self, birth_date, partner=None, **values):
        return self.children.create(
            dict(values, partner_id=(partner or self.customer).id, birth_date=birth_date)
        )

    # --- stage -------------------------------------------------------------
    def test_the_stage_moves_with_the_date(self):
        with freeze_time("2026-01-10"):
            child = self._child("2026-03-31")
            self.assertEqual((child.state, child.stage_id), ("expected", self.pregnancy))
        for day, stage in (
            ("2026-03-30", self.pregnancy),
            ("2026-03-31", self.infant),
            ("2027-03-30", self.infant),
            ("2027-03-31", self.toddler),
            ("2029-03-30", self.toddler),
            ("2029-03-31", self.stages.browse()),
        ):
            with freeze_time(day):
                child.invalidate_recordset()
                self.assertEqual(child.stage_id, stage, day)

    def test_search_finds_the_stage_that_is_shown(self):
        with freeze_time("2026-02-28"):
            days = [
                date(2026, 2, 28) + relativedelta(months=months, days=offset)
                for months in (-37, -36, -24, -12, -1, 0, 1, 9, 10)
                for offset in (-1, 0, 1, 2)
            ]
            children = self.children.create(
                [{"partner_id": self.customer.id, "birth_date": day} for day in days]
            )
            for stage in self.stages:
                found = self.children.search([("stage_id", "=", stage.id)])
                self.assertEqual(found, children.filtered(lambda c: c.stage_id == stage))  # noqa: B023
            several = self.children.search([("stage_id", "in", (self.infant | self.toddler).ids)])
            self.assertEqual(
                several, children.filtered(lambda c: c.stage_id in self.infant | self.toddler)
            )
            outside = children.filtered(lambda c: not c.stage_id)
            self.assertTrue(outside)
            self.assertEqual(self.children.search([("stage_id", "=", False)]), outside)
            self.assertEqual(
                self.children.search([("stage_id", "!=", self.infant.id)]),
                children.filtered(lambda c: c.stage_id != self.infant),
            )
            self.assertEqual(
                self.children.search([("stage_id", "ilike", "toddl")]),
                children.filtered(lambda c: c.stage_id == self.toddler),
            )
            counts = dict(self.children._read_group([], ["stage_id"], ["__count"]))
            for stage in self.stages | self.stages.browse():
                self.assertEqual(
                    counts.get(stage, 0),
                    len(children.filtered(lambda c: c.stage_id == stage)),  # noqa: B023
                )
            self.assertEqual(sum(counts.values()), len(children))

    def test_customers_are_found_by_their_childrens_stage(self):
        other = self.env["res.partner"].create({"name": "Other"})
        with freeze_time("2026-02-28"):
            self._child("2025-12-01")
            self._child("2024-12-01")
            self._child("2024-06-01", other)
            partners = self.env["res.partner"].with_user(self.agent)
            infants = partners.search([("gb_child_stage_ids", "in", self.infant.ids)])
            self.assertEqual(infants, self.customer)
            toddlers = partners.search([("gb_child_stage_ids", "in", self.toddler.ids)])
            self.assertEqual(toddlers, self.customer | other)
            self.assertEqual(self.customer.gb_child_stage_ids, self.infant | self.toddler)

    def test_stage_search_uses_the_index_on_birth_dates(self):
        query = self.children.sudo()._search([("stage_id", "=", self.infant.id)])
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        self.assertIn("gb_child__birth_date_index", "\n".join(row[0] for row in plan))

    def test_stages_of_many_children_take_few_queries(self):
        children = self.children.create(
            [
                {"partner_id": self.customer.id, "birth_date": date(2025, 1, 1 + n)}
                for n in range(28)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(3):
            children.mapped("stage_id")

    # --- expected ----------------------------------------------------------
    def test_an_expected_child_stays_so_until_it_is_said_to_be_born(self):
        with freeze_time("2026-01-10"):
            child = self._child("2026-02-01")
        with freeze_time("2026-02-10"):
            child.invalidate_recordset()
            self.assertEqual((child.state, child.is_overdue), ("expected", True))
            self.assertEqual(self.children.search([("is_overdue", "=", True)]), child)
            child.with_user(self.agent).action_gb_set_born()
            self.assertEqual((child.state, child.is_overdue), ("born", False))
            self.assertFalse(self.children.search([("is_overdue", "=", True)]))

    def test_born_on_a_day_to_come_is_refused(self):
        with freeze_time("2026-01-10"):
            child = self._child("2026-01-01")
            self.assertEqual(child.state, "born")
            with self.assertRaisesRegex(ValidationError, "still expected"):
                self._child("2026-02-01").state = "born"
            with self.assertRaisesRegex(ValidationError, "more than a year ahead"):
                self._child("2027-02-01")

    # --- stages fit --------------------------------------------------------
    def test_a_stage_ends_where_the_next_begins(self):
        self.toddler.from_month = 18
        self.assertEqual(self.infant.to_month, 18)
        between = self.env["gb.age.stage"].create({"name": "Crawling", "from_month": 6})
        self.assertEqual((self.infant.to_month, between.to_month), (6, 18))
        between.unlink()
        self.assertEqual(self.infant.to_month, 18)
        self.infant.active = False
        self.assertEqual(self.pregnancy.to_month, 18)

    def test_overlaps_and_gaps_are_refused_by_name(self):
        with self.assertRaisesRegex(ValidationError, "“Infant” and “Toddler” overlap"):
            self.infant.to_month = 14
        with self.assertRaisesRegex(ValidationError, "Between the stages “Infant” and “Toddler”"):
            self.infant.to_month = 10
        with self.assertRaisesRegex(ValidationError, "ends before it begins"):
            self.toddler.to_month = 12
        with self.assertRaisesRegex(ValidationError, "months lie between"):
            self.toddler.to_month = 500

    # --- rights ------------------------------------------------------------
    def test_children_of_other_teams_customers_are_hidden(self):
        child = self._child("2025-01-01")
        self.customer.gb_team_id = self.team_service
        self.assertFalse(self.children.with_user(self.agent).search([("id", "=", child.id)]))
        self.assertTrue(self.children.with_user(self.agent_3).search([("id", "=", child.id)]))
        self.assertTrue(self.children.with_user(self.analyst).search([("id", "=", child.id)]))
        clerk = new_test_user(self.env, "gb_clerk", groups="base.group_user")
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.children.with_user(clerk).search([])

    def test_children_of_another_companys_customers_are_hidden(self):
        child = self._child("2025-01-01")
        self.customer.company_id = self.env["res.company"].create({"name": "Other"})
        self.assertFalse(self.children.with_user(self.manager).search([("id", "=", child.id)]))

    def test_only_managers_change_stages(self):
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.infant.with_user(self.lead).name = "Baby"
        self.infant.with_user(self.manager).name = "Baby"
