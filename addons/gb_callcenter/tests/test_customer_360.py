from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestCustomer360(CallCentreCase):
    """What an agent is told of a customer: at once, by one request, and not more than he may know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("gb_callcenter.group_gb_agent").implied_ids -= cls.env.ref(
            "gb_callcenter.group_gb_see_numbers"
        )
        cls.now = fields.Datetime.now()
        cls.formula, cls.nappies, cls.bottle, cls.gone = cls.env["product.product"].create(
            [
                {"name": name, "type": "consu", "list_price": price, "sale_ok": sale_ok}
                for name, price, sale_ok in (
                    ("Formula", 298.0, True),
                    ("Nappies", 129.0, True),
                    ("Bottle", 89.0, True),
                    ("Old bottle", 79.0, False),
                )
            ]
        )
        cls.delivered = cls._order(cls.customer, cls.formula, days=3, delivered=2)
        cls.under_way = cls._order(cls.customer, cls.formula, days=1)
        cls.env["gb.contact"]._log(
            [
                {
                    "res_model": "test.source",
                    "res_id": number,
                    "partner_id": cls.customer.id,
                    "channel": "chat",
                    "direction": "inbound",
                    "at": cls.now - timedelta(days=number),
                    "company_id": cls.company.id,
                    "subject": f"Question {number}",
                    "score": 4 if number == 1 else 0,
                }
                for number in range(1, 11)
            ]
        )

    @classmethod
    def _order(cls, partner, *products, days=0, delivered=None, company=None):
        at = cls.now - timedelta(days=days)
        order = (
            cls.env["sale.order"]
            .with_company(company or cls.company)
            .create(
                {
                    "partner_id": partner.id,
                    "date_order": at,
                    "order_line": [
                        fields.Command.create({"product_id": product.id, "product_uom_qty": 1})
                        for product in products
                    ],
                }
            )
        )
        order.action_confirm()
        order.date_order = at
        if delivered is not None:
            for move in order.picking_ids.move_ids:
                move.write({"quantity": 1, "picked": True})
            order.picking_ids._action_done()
            order.picking_ids.date_done = cls.now - timedelta(days=delivered)
        return order

    def _read(self, user=None, partner=None, **kwargs):
        partners = self.env["res.partner"].with_user(user or self.agent)
        return partners.get_gb_360((partner or self.customer).id, **kwargs)

    def _page(self, user=None, **kwargs):
        partners = self.env["res.partner"].with_user(user or self.agent)
        return partners.get_gb_timeline(self.customer.id, **kwargs)

    def _verify(self, user=None):
        self.customer.with_user(user or self.agent).sudo()._gb_record_check(
            "override", True, reason="Known by voice", user=user or self.agent
        )

    # the first glance

    def test_first_glance_has_orders_contact_and_repeat(self):
        answer = self._read()
        self.assertEqual(
            [order["name"] for order in answer["orders"]],
            [self.under_way.name, self.delivered.name],
        )
        self.assertEqual(
            [order["delivery"]["state"] for order in answer["orders"]], ["ready", "delivered"]
        )
        self.assertEqual(
            (answer["last_contact"]["title"], answer["last_contact"]["score"]), ("Question 1", 4)
        )
        self.assertIn("repeat", [flag["key"] for flag in answer["flags"]])

    def test_flags_come_most_serious_first(self):
        self.customer.gb_is_blacklisted = True
        self.env["gb.phone"].search([("partner_id", "=", self.customer.id)]).do_not_call = True
        self.assertEqual(
            [flag["key"] for flag in self._read()["flags"]], ["black_list", "do_not_call", "repeat"]
        )

    def test_guess_says_why(self):
        guesses = self._read()["likely"]
        self.assertEqual(guesses[0]["id"], self.under_way.id)
        self.assertIn("yesterday", guesses[0]["reason"])
        self.assertIn("2 days ago", guesses[1]["reason"])

    def test_hotline_is_a_hint_and_the_call_no_contact_of_before(self):
        self._sign_in(self.agent, self.seat_1)
        linked, _channel, _at = self._call()
        call = self._find(linked)
        answer = self._read(call_id=call.id)
        self.assertEqual(answer["call"]["hotline"], self.hotline.name)
        # nothing but the hotline is known of a new customer
        other = self.env["res.partner"].create({"name": "Wu Lan"})
        call.sudo().write({"partner_id": other.id})
        guesses = self._read(partner=other, call_id=call.id)["likely"]
        self.assertEqual([guess["label"] for guess in guesses], [self.hotline.name])

    def test_call_of_somebody_else_is_not_told(self):
        call = self._finished_call(self.seat_3, queue="aftersales")
        self.assertFalse(self._read(self.agent_2, call_id=call.id)["call"])

    def test_new_customer_has_an_empty_overview(self):
        partner = self.env["res.partner"].create({"name": "Wu Lan"})
        answer = self._read(partner=partner)
        self.assertEqual(
            (answer["orders"], answer["flags"], answer["matters"], answer["last_contact"]),
            ([], [], [], False),
        )
        self.assertEqual(answer["timeline"], {"rows": [], "next": False})

    # identity

    def test_protected_data_stays_out_until_the_identity_is_checked(self):
        self.customer.write({"street": "Nanjing Road 1", "city": "Shanghai"})
        self.env["gb.child"].create(
            {"partner_id": self.customer.id, "name": "Bao", "birth_date": self.now.date()}
        )
        hidden = self._read()
        self.assertFalse(hidden["is_verified"])
        for name in ("addresses", "children", "interests", "points"):
            self.assertIs(hidden[name], False, name)
        self.assertFalse(any(order["lines"] or order["amount"] for order in hidden["orders"]))
        for secret in ("Nanjing Road", "Bao", "Formula"):
            self.assertNotIn(secret, str(hidden))
        kinds = {row["kind"] for row in hidden["timeline"]["rows"]}
        self.assertFalse(kinds & {"invoice", "payment"})
        self.assertFalse(any(row["amount"] for row in hidden["timeline"]["rows"]))
        self._verify()
        shown = self._read()
        self.assertTrue(shown["is_verified"])
        self.assertIn("Nanjing Road", shown["addresses"][0]["address"])
        self.assertEqual(shown["children"][0]["name"], "Bao")
        self.assertEqual(shown["orders"][0]["lines"], ["1 × Formula"])
        self.assertEqual(shown["protected"], [])

    def test_identity_checked_by_one_agent_is_not_checked_for_another(self):
        self._verify(self.agent)
        self.assertFalse(self._read(self.agent_2)["is_verified"])

    def test_numbers_are_masked(self):
        self.assertNotIn("13800007771", str(self._read()).replace(" ", ""))
        self.assertNotIn("13800007771", str(self._search("Chen Xiaomei")).replace(" ", ""))

    # rights

    def test_only_agents_and_inspectors(self):
        for user in (self.agent, self.lead, self.inspector, self.manager):
            self.assertEqual(self._read(user)["id"], self.customer.id)
        clerk = new_test_user(self.env, "gb_clerk_360", groups="base.group_user")
        for user in (self.analyst, clerk):
            with self.assertRaisesRegex(AccessError, "for agents and inspectors"):
                self._read(user)
            with self.assertRaisesRegex(AccessError, "for agents and inspectors"):
                self._page(user)
            with self.assertRaisesRegex(AccessError, "for agents and inspectors"):
                self._search("Chen", user)

    def test_customer_of_another_team_is_refused(self):
        self.customer.gb_team_id = self.team_service
        with self.assertRaises(AccessError):
            self._read()
        with self.assertRaises(AccessError):
            self._page()
        self.assertFalse(self._search("Chen Xiaomei"))
        self.assertFalse(self._search(self.delivered.name))
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.agent).add_gb_contact(
                self.customer.id, {"subject": "x"}
            )

    def test_deleted_customer_is_named_as_such(self):
        with self.assertRaisesRegex(AccessError, "no such customer"):
            self.env["res.partner"].with_user(self.agent).get_gb_360(0)

    def test_orders_and_contacts_of_other_companies_are_left_out(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        order = self._order(self.customer, self.bottle, company=company)
        self.env["gb.contact"]._log(
            {
                "res_model": "test.source",
                "res_id": 99,
                "partner_id": self.customer.id,
                "channel": "email",
                "at": self.now,
                "company_id": company.id,
                "subject": "Elsewhere only",
            }
        )
        self._verify()
        answer = str(self._read())
        self.assertNotIn(order.name, [row["name"] for row in self._read()["orders"]])
        self.assertNotIn("Elsewhere only", answer)

    # timeline

    def test_pages_of_the_timeline_lose_and_double_nothing(self):
        self._verify()
        keys, before = [], None
        for _page in range(20):
            page = self._page(limit=4, before=before)
            keys += [row["key"] for row in page["rows"]]
            before = page["next"]
            if not before:
                break
        whole = [row["key"] for row in self._page(limit=100)["rows"]]
        self.assertEqual(keys, whole)
        self.assertEqual(len(set(keys)), len(keys))
        self.assertGreaterEqual(len(keys), 13)  # 10 contacts, 2 orders, 1 delivery

    def test_rows_of_the_same_moment_are_told_apart(self):
        self.env.cr.execute(
            "UPDATE gb_contact SET at = %s WHERE partner_id = %s", [self.now, self.customer.id]
        )
        self.env.cr.execute(
            "UPDATE sale_order SET date_order = %s WHERE partner_id = %s",
            [self.now, self.customer.id],
        )
        self.env.invalidate_all()
        keys, before = [], None
        for _page in range(20):
            page = self._page(limit=3, before=before)
            keys += [row["key"] for row in page["rows"]]
            before = page["next"]
            if not before:
                break
        self.assertEqual(len(keys), len(set(keys)))
        self.assertEqual(keys, [row["key"] for row in self._page(limit=100)["rows"]])

    def test_timeline_is_filtered_by_kind_and_channel(self):
        rows = self._page(filters={"kinds": ["order"]})["rows"]
        self.assertEqual({row["kind"] for row in rows}, {"order"})
        self.assertFalse(self._page(filters={"channels": ["fax"]})["rows"])
        self.assertEqual(len(self._page(filters={"channels": ["chat"]})["rows"]), 10)

    def test_spoiled_cursor_is_refused_with_a_message(self):
        with self.assertRaisesRegex(UserError, "reload"):
            self._page(before=["no date", "order", 1])

    # interests

    def test_recommendations_say_what_they_were_bought_with(self):
        for name in ("A", "B"):
            other = self.env["res.partner"].create({"name": name})
            self._order(other, self.formula, self.bottle, self.gone)
        self._verify()
        rows = self._read()["interests"]["recommendations"]
        self.assertEqual(
            [row["id"] for row in rows], [self.bottle.id], "What is off sale is left out."
        )
        self.assertIn("Formula", rows[0]["reason"])
        self.assertIn("2 orders", rows[0]["reason"])

    def test_goods_for_the_childs_age_are_recommended(self):
        stage = self.env["gb.age.stage"].search(
            [("from_month", "<=", 0), ("to_month", ">", 0)], limit=1
        ) or self.env["gb.age.stage"].create({"name": "Newborn", "from_month": 0, "to_month": 3})
        self.env["gb.child"].create(
            {"partner_id": self.customer.id, "birth_date": self.now.date() - timedelta(days=10)}
        )
        self.nappies.gb_age_stage_ids = stage
        self._verify()
        rows = self._read()["interests"]["recommendations"]
        self.assertEqual([row["id"] for row in rows], [self.nappies.id])
        self.assertIn(stage.name, rows[0]["reason"])

    def test_preferences_come_from_what_was_bought(self):
        brand = self.env["product.attribute"].create(
            {"name": "Brand", "gb_is_brand": True, "create_variant": "no_variant"}
        )
        value = self.env["product.attribute.value"].create(
            {"name": "Panda", "attribute_id": brand.id}
        )
        self.formula.product_tmpl_id.attribute_line_ids = [
            fields.Command.create({"attribute_id": brand.id, "value_ids": value.ids})
        ]
        self._verify()
        interests = self._read()["interests"]
        self.assertEqual(interests["preferences"]["brand"][0]["name"], "Panda")
        self.assertEqual(interests["preferences"]["brand"][0]["share"], 100)
        self.assertEqual(
            (interests["products"][0]["id"], interests["products"][0]["times"]),
            (self.formula.id, 2),
        )

    # search

    def _search(self, term, user=None):
        return self.env["res.partner"].with_user(user or self.agent).search_gb_360(term)

    def test_customer_is_found_by_every_number(self):
        self.customer.sudo().write({"gb_member_number": "M7771"})
        terms = (
            "Chen Xiaomei",
            "13800007771",
            "M7771",
            self.customer.gb_customer_number,
            self.delivered.name,
        )
        for term in terms:
            self.assertIn(self.customer.id, [row["id"] for row in self._search(term)], f"by {term}")
        self.assertEqual(self._search(" "), [])

    # cost

    def test_many_orders_and_contacts_cost_no_more_queries(self):
        self._verify()
        self._read()
        self.env.flush_all()

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._read()
            return self.env.cr.sql_log_count - before

        few = count()
        for days in range(10):
            self._order(self.customer, self.formula, self.nappies, days=days, delivered=days)
        many = count()
        self.assertLessEqual(many, few + 6, "What is shown grows a little, not with the orders.")
        self.assertLessEqual(many, 90)

    def test_visit_is_noted_from_the_overview(self):
        partners = self.env["res.partner"].with_user(self.agent)
        contact_id = partners.add_gb_contact(
            self.customer.id, {"channel": "walk_in", "subject": "Came by", "score": 5}
        )
        contact = self.env["gb.contact"].browse(contact_id)
        self.assertEqual((contact.user_id, contact.score), (self.agent, 0))
        self.assertEqual(self._read()["last_contact"]["title"], "Came by")
