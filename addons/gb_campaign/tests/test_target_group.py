from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.gb_callcenter.tests.common import CallCentreCase


class TargetCase(CallCentreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env["res.partner.category"].create({"name": "Target test"})
        cls.customers = cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "phone": f"139000070{number:02}",
                    "category_id": [Command.set(cls.tag.ids)],
                    "gb_sex": "female" if number < 3 else "male",
                }
                for number in range(5)
            ]
        )
        cls.group = cls._new_group(name="Tagged")

    @classmethod
    def _new_group(cls, *conditions, **values):
        values.setdefault("name", "Group")
        lines = [{"kind": "tag", "tag_ids": [Command.set(cls.tag.ids)]}, *conditions]
        return cls.env["gb.target.group"].create(
            {"condition_ids": [Command.create(line) for line in lines], **values}
        )

    def _get_found(self, group):
        return {row[0] for row in self.env.execute_query(group._get_query())}


@tagged("post_install", "-at_install")
class TestTargetGroup(TargetCase):
    def test_size_and_sample_show_unsaved_changes(self):
        group = self.group.with_user(self.manager)
        preview = group.get_preview()
        self.assertEqual((preview["size"], len(preview["sample"])), (5, 5))
        lines = [Command.create({"kind": "sex", "choice": "female"})]
        preview = group.get_preview({"condition_ids": lines})
        self.assertEqual(preview["size"], 3)
        self.assertEqual(len(self.group.condition_ids), 1)
        lines = [Command.update(self.group.condition_ids.id, {"is_negated": True}), *lines]
        unsaved = {"name": "New", "match": "any", "condition_ids": lines}
        self.assertGreaterEqual(group.get_preview(unsaved)["size"], 3)
        new = group.browse().get_preview(
            {
                "name": "New",
                "condition_ids": [
                    Command.create({"kind": "tag", "tag_ids": [Command.set(self.tag.ids)]})
                ],
            }
        )
        self.assertEqual(new["size"], 5)
        self.assertEqual(group.get_size(), 5)

    def test_erased_archived_and_addresses_are_never_in_it(self):
        address = self.env["res.partner"].create(
            {
                "name": "Address",
                "parent_id": self.customers[0].id,
                "type": "delivery",
                "category_id": [Command.set(self.tag.ids)],
            }
        )
        self.customers[1].active = False
        self.customers[2].with_user(self.manager).sudo().gb_erased_at = fields.Datetime.now()
        found = self._get_found(self.group)
        self.assertEqual(found, set((self.customers - self.customers[1:3]).ids))
        self.assertNotIn(address.id, found)

    def test_own_company_is_no_customer(self):
        self.company.partner_id.category_id = self.tag
        self.assertNotIn(self.company.partner_id.id, self._get_found(self.group))

    def test_group_without_conditions_is_everybody(self):
        group = self.env["gb.target.group"].create({"name": "All", "exclude_complaint": False})
        self.assertLessEqual(set(self.customers.ids), self._get_found(group))

    def test_groups_are_conditions_of_groups_but_not_of_themselves(self):
        outer = self._new_group({"kind": "group", "subgroup_id": self.group.id})
        self.assertEqual(self._get_found(outer), set(self.customers.ids))
        outer.condition_ids[1].is_negated = True
        self.assertFalse(self._get_found(outer))
        with self.assertRaises(ValidationError):
            self.group.condition_ids = [Command.create({"kind": "group", "subgroup_id": outer.id})]
        with self.assertRaises(UserError):
            outer.with_user(self.manager).get_preview(
                {
                    "condition_ids": [
                        Command.update(outer.condition_ids[1].id, {"subgroup_id": outer.id})
                    ]
                }
            )

    def test_incomplete_and_impossible_conditions_are_refused(self):
        for values, message in (
            ({"kind": "level"}, "Levels"),
            ({"kind": "new"}, "Days"),
            ({"kind": "sex", "choice": "cat"}, "chosen"),
            (
                {"kind": "age", "comparison": "between", "number": 9, "number_to": 3},
                "less than the first",
            ),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, message):
                self._new_group(values)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._new_group({"kind": "order_count", "days": -1})

    def test_conditions_read_as_sentences(self):
        group = self._new_group(
            {"kind": "order_value", "comparison": "between", "number": 100, "number_to": 250.5},
            {"kind": "order_within", "days": 90, "is_negated": True},
            {"kind": "life_cycle", "choice": "at_risk,lost"},
            {"kind": "child_months", "comparison": "at_most", "number": 12, "child_sex": "female"},
        )
        self.assertEqual(
            group.condition_ids.mapped("summary"),
            [
                "Has the tag Target test",
                "Has ordered for 100 to 250.5 at any time",
                "Has not ordered in the last 90 days",
                "Life cycle is At risk or Lost",
                "Has a child aged at most 12 months: Girls",
            ],
        )
        self.assertIn("black list", group.summary)

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------
    def test_managers_write_leads_and_analysts_read_agents_do_neither(self):
        self.group.with_user(self.manager).name = "Renamed"
        for user in (self.lead, self.analyst):
            group = self.group.with_user(user)
            self.assertEqual(group.get_size(), 5)
            self.assertTrue(group.summary)
            with self.assertRaises(AccessError):
                group.name = "Mine"
            with self.assertRaises(AccessError):
                group.action_draw()
            with self.assertRaises(AccessError):
                group.get_preview({"match": "any"})
        for user in (self.agent, self.inspector):
            group = self.group.with_user(user)
            with self.assertRaises(AccessError):
                group.get_size()
            with self.assertRaises(AccessError):
                group.get_preview()

    def test_lead_counts_whom_his_teams_serve(self):
        self.customers[0].gb_team_id = self.team_service
        self.customers[1].gb_team_id = self.team_orders
        self.assertEqual(self.group.with_user(self.lead).get_size(), 4)
        self.assertEqual(self.group.with_user(self.manager).get_size(), 5)

    def test_other_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.customers[0].company_id = other
        self.customers[1].company_id = self.company
        self.assertEqual(self._get_found(self.group), set(self.customers[1:].ids))
        self.group.copy({"company_id": other.id})
        groups = self.env["gb.target.group"].with_user(self.manager)
        self.assertNotIn(other, groups.search([]).sudo().company_id)
        foreign = self._new_group(company_id=other.id)
        with self.assertRaises(AccessError):
            foreign.with_user(self.manager).get_size()
        with self.assertRaises(UserError):
            self._new_group({"kind": "group", "subgroup_id": foreign.id})

    def test_numbers_in_the_sample_are_masked(self):
        analyst = self.group.with_user(self.analyst)
        phones = [row["phone"] for row in analyst.get_preview()["sample"]]
        self.assertTrue(phones and all("****" in phone for phone in phones), phones)
        manager = self.manager
        manager.group_ids += self.env.ref("gb_callcenter.group_gb_see_numbers")
        phones = [row["phone"] for row in self.group.with_user(manager).get_preview()["sample"]]
        self.assertFalse(any("*" in phone for phone in phones), phones)

    # ------------------------------------------------------------
    # Deletion, extension, cost
    # ------------------------------------------------------------
    def test_group_in_use_is_archived_not_deleted(self):
        outer = self._new_group({"kind": "group", "subgroup_id": self.group.id})
        with self.assertRaisesRegex(UserError, "is a condition of"):
            self.group.unlink()
        outer.unlink()
        self.group._draw()
        with self.assertRaisesRegex(UserError, "archive"):
            self.group.unlink()
        self.group.snapshot_ids.unlink()
        self.group.unlink()

    def test_addon_adds_a_kind_by_two_methods(self):
        """What an addon writes in a class that inherits from the model."""
        model = self.env.registry["gb.target.condition"]
        field, get_kinds = model._fields["kind"], model._get_kinds

        def _get_kinds(self):
            website = {"sentence": "Has the website %(text)s", "negated": "", "needs": ["text"]}
            return {**get_kinds(self), "website": website}

        def _sql_website(self):
            return SQL("res_partner.website = %s", self.text)

        self.patch(field, "selection", [*field.selection, ("website", "Website")])
        self.patch(field, "_selection", dict(field.selection))
        self.patch(model, "_get_kinds", _get_kinds)
        model._sql_website = _sql_website
        self.addCleanup(delattr, model, "_sql_website")
        self.customers[3].website = "https://example.com"
        group = self._new_group({"kind": "website", "text": "https://example.com"})
        self.assertEqual(self._get_found(group), set(self.customers[3].ids))
        self.assertEqual(group.condition_ids[1].summary, "Has the website https://example.com")

    def test_counting_takes_one_statement_however_many_customers(self):
        group = self.group.with_user(self.manager)
        group.get_size()
        self.env.invalidate_all()
        with self.assertQueryCount(14):
            group.get_size()
