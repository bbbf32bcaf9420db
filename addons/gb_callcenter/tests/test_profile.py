from datetime import date

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestProfile(CallCentreCase):
    def _explain(self, query):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        rows = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        return "\n".join(row[0] for row in rows)

    # --- age ---------------------------------------------------------------
    def test_age_is_found_as_it_is_shown(self):
        births = [date(2000, 2, 29), date(2000, 3, 1), date(1999, 3, 1), date(2026, 2, 28)]
        partners = self.env["res.partner"].create(
            [{"name": f"Born {birth}", "gb_birth_date": birth} for birth in births]
        )
        for day in ("2026-02-28", "2026-03-01", "2028-02-29", "2027-02-28"):
            with freeze_time(day):
                partners.invalidate_recordset(["gb_age"])
                for age in range(30):
                    for operator, matches in (
                        ("=", lambda value, age: value == age),
                        (">=", lambda value, age: value >= age),
                        ("<", lambda value, age: value < age),
                        (">", lambda value, age: value > age),
                        ("<=", lambda value, age: value <= age),
                    ):
                        found = partners.search(
                            [("id", "in", partners.ids), ("gb_age", operator, age)]
                        )
                        if operator in ("<", "<=") or age == 0:
                            found &= partners.filtered("gb_birth_date")
                        shown = partners.filtered(lambda p: matches(p.gb_age, age))  # noqa: B023
                        unborn = partners.filtered(
                            lambda p: p.gb_birth_date > date.fromisoformat(day)  # noqa: B023
                        )
                        self.assertEqual(found - unborn, shown - unborn, (day, operator, age))

    def test_age_search_uses_the_index_on_birth_dates(self):
        query = self.env["res.partner"].sudo()._search([("gb_age", "=", 30)])
        self.assertIn("gb_birth_date", self._explain(query))

    def test_profile_is_for_the_call_centre_only(self):
        clerk = new_test_user(self.env, "gb_clerk", groups="base.group_user")
        self.customer.gb_birth_date = "1990-05-03"
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.customer.with_user(clerk).read(["gb_birth_date"])
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.env["res.partner"].with_user(clerk).search([("gb_age", ">", 20)])
        self.assertEqual(
            self.customer.with_user(self.agent).read(["gb_age"])[0]["gb_age"],
            relativedelta(date.today(), date(1990, 5, 3)).years,
        )

    # --- numbers -----------------------------------------------------------
    def test_every_customer_has_a_number_of_his_own(self):
        partners = self.env["res.partner"].create([{"name": f"C {n}"} for n in range(20)])
        numbers = partners.mapped("gb_customer_number")
        self.assertEqual(len(set(numbers)), 20)
        self.assertEqual(numbers, sorted(numbers), "In the order of creation.")
        self.assertRegex(numbers[0], r"^C\d{8}$")

    def test_numbers_of_a_batch_take_one_query(self):
        self.env["res.partner"]._get_gb_next_numbers("customer", 1)
        with self.assertQueryCount(3):
            numbers = self.env["res.partner"]._get_gb_next_numbers("customer", 1000)
        self.assertEqual(len(set(numbers)), 1000)

    def test_no_number_for_addresses_colleagues_and_own_companies(self):
        address = self.env["res.partner"].create(
            {"name": "Home", "parent_id": self.customer.id, "type": "delivery"}
        )
        self.assertFalse(address.gb_customer_number)
        self.assertFalse(self.agent.partner_id.gb_customer_number)
        company = self.env["res.company"].create({"name": "Branch"})
        self.assertFalse(company.partner_id.gb_customer_number)
        portal = new_test_user(self.env, "gb_portal", groups="base.group_portal")
        self.assertTrue(portal.partner_id.gb_customer_number)

    def test_a_contact_that_stands_alone_gets_a_number(self):
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        contact.parent_id = False
        self.assertTrue(contact.gb_customer_number)

    def test_a_customer_who_becomes_a_colleague_keeps_his_number(self):
        number = self.customer.gb_customer_number
        self.env["res.users"].create({"login": "gb_hired", "partner_id": self.customer.id})
        self.assertEqual(self.customer.gb_customer_number, number)

    def test_a_number_that_is_brought_along_is_kept(self):
        partner = self.env["res.partner"].create({"name": "Old", "gb_customer_number": "OLD-77"})
        self.assertEqual(partner.gb_customer_number, "OLD-77")
        self.assertFalse(partner.copy().gb_customer_number == "OLD-77")

    def test_customers_from_before_are_numbered_at_once(self):
        address = self.env["res.partner"].create({"name": "Home", "parent_id": self.customer.id})
        others = self.env["res.partner"].create([{"name": "Old 1"}, {"name": "Old 2"}])
        old = self.customer | others
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET gb_customer_number = NULL WHERE id = ANY(%s)", [old.ids]
        )
        self.env.invalidate_all()
        self.assertEqual(self.env["res.partner"]._number_gb_customers(), 3)
        self.assertEqual(len(set(old.mapped("gb_customer_number"))), 3)
        self.assertFalse((address | self.agent.partner_id).filtered("gb_customer_number"))
        self.assertEqual(self.env["res.partner"]._number_gb_customers(), 0, "Nothing is left.")

    def test_found_by_customer_and_member_number(self):
        self.customer._gb_enrol()
        partners = self.env["res.partner"].with_user(self.agent)
        for number in (self.customer.gb_customer_number, self.customer.gb_member_number):
            for typed in (number, number.lower(), f" {number} "):
                self.assertEqual(
                    [row[0] for row in partners.name_search(typed)], self.customer.ids, typed
                )

    def test_a_number_shows_no_customer_of_another_team(self):
        self.customer.gb_team_id = self.team_service
        partners = self.env["res.partner"].with_user(self.agent)
        self.assertFalse(partners.name_search(self.customer.gb_customer_number))
        partners = self.env["res.partner"].with_user(self.agent_3)
        self.assertTrue(partners.name_search(self.customer.gb_customer_number))

    def test_number_search_uses_the_index(self):
        self.env["res.partner"].flush_model()
        domain = [("gb_customer_number", "=", self.customer.gb_customer_number)]
        query = self.env["res.partner"].sudo().with_context(active_test=False)._search(domain)
        self.assertIn("gb_customer_number_uniq", self._explain(query))

    # --- addresses ---------------------------------------------------------
    def test_home_address_is_made_once(self):
        action = self.customer.with_user(self.agent).action_gb_home_address()
        self.assertFalse(action["res_id"])
        address = (
            self.env["res.partner"]
            .with_user(self.agent)
            .with_context(**action["context"])
            .create({"street": "Dingxiang Road 8"})
        )
        self.assertEqual(
            (address.parent_id, address.gb_address_kind, address.type),
            (self.customer, "home", "delivery"),
        )
        self.assertEqual(self.customer.action_gb_home_address()["res_id"], address.id)
        self.assertFalse(self.customer.action_gb_work_address()["res_id"])
