"""What conditions say in SQL is what they say in plain Python: each kind by itself and random trees of them."""

import random
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from odoo.addons.gb_callcenter.tests.common import CallCentreCase

NOW = datetime(2026, 3, 31, 4, 0, 0)
TREES = 40
SEED = 20260331


@tagged("post_install", "-at_install")
class TestTargetConditions(CallCentreCase):
    """Thirty customers of random profiles, children, purchases, contacts and work orders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.random = random.Random(SEED)
        env = cls.env
        # whoever is there already is outside of the group: it is narrowed to these by a tag
        cls.ours, cls.tag = env["res.partner.category"].create([{"name": "Ours"}, {"name": "Tag"}])
        cls.levels = env["gb.customer.level"].create(
            [{"name": "One", "rank": 901}, {"name": "Two", "rank": 902}]
        )
        cls.states = cls.china.state_ids[:3]
        cls.stages = env["gb.age.stage"].search([])
        cls.categories = env["product.category"].create([{"name": "Food"}, {"name": "Toys"}])
        cls.categories += env["product.category"].create(
            {"name": "Milk", "parent_id": cls.categories[0].id}
        )
        cls.products = env["product.template"].create(
            [
                {"name": f"Product {n}", "categ_id": cls.categories[n % 3].id, "taxes_id": False}
                for n in range(6)
            ]
        )
        cls.pools = env["gb.customer.pool"].create([{"name": "P1"}, {"name": "P2"}])
        cls.types = env["gb.ticket.type"].create(
            [
                {"name": "C", "code": "tgt-c", "kind": "complaint"},
                {"name": "Q", "code": "tgt-q", "kind": "consultation"},
            ]
        )
        cls.campaigns = env["gb.campaign"].create(
            [{"name": f"Campaign {n}", "team_id": cls.team_orders.id} for n in range(2)]
        )
        cls.lists = env["gb.campaign.list"].create(
            [{"name": "List", "campaign_id": campaign.id} for campaign in cls.campaigns]
        )
        cls.outcomes = env["gb.campaign.outcome"].create([{"name": "Yes"}, {"name": "No"}])
        cls.facts = {}
        for number in range(30):
            cls._make_customer(number)
        env.flush_all()
        env.invalidate_all()
        cls.customers = env["res.partner"].browse(cls.facts)
        cls.group = env["gb.target.group"].create(
            {
                "name": "Ours",
                "exclude_do_not_call": False,
                "exclude_blacklisted": False,
                "exclude_complaint": False,
                "exclude_contacted_days": 0,
                "pressure_days": 0,
            }
        )

    # ------------------------------------------------------------
    # The world
    # ------------------------------------------------------------
    @classmethod
    def _maybe(cls, make, chance=0.7):
        return make() if cls.random.random() < chance else False

    @classmethod
    def _ago(cls, days):
        return NOW - timedelta(days=cls.random.randint(1, days), hours=cls.random.randint(1, 20))

    @classmethod
    def _make_customer(cls, number):
        pick, env = cls.random.choice, cls.env
        partner = env["res.partner"].create(
            {
                "name": f"Customer {number}",
                "country_id": cls._maybe(lambda: cls.china.id),
                "state_id": cls._maybe(lambda: pick(cls.states).id),
                "city": cls._maybe(lambda: pick(["Shanghai", "suzhou", " Wuxi "])),
                "gb_sex": cls._maybe(lambda: pick(["female", "male"])),
                "gb_birth_date": cls._maybe(
                    lambda: NOW.date() - relativedelta(days=cls.random.randint(6000, 18000))
                ),
                "category_id": [
                    Command.set(cls.ours.ids + (cls._maybe(lambda: cls.tag.ids) or []))
                ],
                "gb_member_number": cls._maybe(lambda: f"TGT{number}"),
                "gb_is_blacklisted": cls.random.random() < 0.2,
            }
        )
        # a contact of the customer: what is his is the customer's
        contact = env["res.partner"].create({"name": "Contact", "parent_id": partner.id})
        family = [partner, contact]
        children = [
            env["gb.child"].create(
                {
                    "partner_id": partner.id,
                    "birth_date": NOW.date()
                    - timedelta(
                        days=pick(
                            [
                                cls.random.randint(-200, 900),
                                cls.random.randint(-200, -1),
                                0,
                                31,
                                365,
                            ]
                        )
                    ),
                    "sex": cls._maybe(lambda: pick(["female", "male"])),
                }
            )
            for _child in range(pick([0, 0, 1, 2]))
        ]
        orders = []
        for _order in range(pick([0, 1, 2, 4])):
            order = env["sale.order"].create(
                {
                    "partner_id": pick(family).id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": pick(cls.products).product_variant_id.id,
                                "price_unit": pick([50, 100, 250]),
                            }
                        )
                        for _line in range(pick([1, 2]))
                    ],
                }
            )
            confirmed = cls.random.random() < 0.8
            order.order_line.state = order.state = "sale" if confirmed else "draft"
            order.date_order = cls._ago(200)
            orders.append(order)
        contacts = [
            env["gb.contact"]
            .sudo()
            .create(
                {
                    "partner_id": pick(family).id,
                    "channel": "phone",
                    "direction": pick(["inbound", "outbound"]),
                    "at": cls._ago(60),
                }
            )
            for _contact in range(pick([0, 1, 3, 6]))
        ]
        tickets, ratings = [], []
        for _ticket in range(pick([0, 0, 1, 2])):
            ticket = env["gb.ticket"].create(
                {"subject": "Matter", "type_id": pick(cls.types).id, "partner_id": pick(family).id}
            )
            is_open = cls.random.random() < 0.5
            env.flush_all()
            env.cr.execute(
                "UPDATE gb_ticket SET is_open = %s, closed_at = %s WHERE id = %s",
                [is_open, None if is_open else cls._ago(100), ticket.id],
            )
            tickets.append(ticket)
            if not is_open:
                ratings.append(
                    env["gb.ticket.rating"].create(
                        {
                            "ticket_id": ticket.id,
                            "state": pick(["answered", "answered", "asked"]),
                            "score": pick(["1", "3", "5", False]),
                            "answered_at": cls._ago(50),
                        }
                    )
                )
        if cls.random.random() < 0.3:
            env["gb.product.wait"].create(
                {
                    "partner_id": partner.id,
                    "product_id": pick(cls.products).product_variant_id.id,
                    "channel": "phone",
                }
            )
        rows = [
            env["gb.campaign.row"].create(
                {
                    "list_id": call_list.id,
                    "campaign_id": call_list.campaign_id.id,
                    "company_id": cls.company.id,
                    "partner_id": partner.id,
                    "outcome_id": cls._maybe(lambda: pick(cls.outcomes).id),
                }
            )
            for call_list in cls.lists
            if cls.random.random() < 0.4
        ]
        values = {
            "gb_level_id": cls._maybe(lambda: pick(cls.levels).id) or None,
            "gb_life_cycle": pick(["potential", "active", "at_risk", "lost"]),
            "gb_rfm_segment": cls._maybe(lambda: pick(["champion", "loyal", "new"])) or None,
            "gb_rfm_r": cls.random.randint(1, 5),
            "gb_rfm_f": cls.random.randint(1, 5),
            "gb_rfm_m": cls._maybe(lambda: cls.random.randint(1, 5)) or None,
            "gb_net_value": cls._maybe(lambda: float(cls.random.randint(1, 500))) or None,
            "gb_last_order_at": cls._maybe(lambda: cls._ago(200)) or None,
            "gb_last_contact_at": cls._maybe(lambda: cls._ago(100)) or None,
            "gb_pool_id": cls._maybe(lambda: pick(cls.pools).id) or None,
            "gb_owner_id": cls._maybe(lambda: pick([cls.agent.id, cls.agent_2.id])) or None,
            "create_date": cls._ago(400),
        }
        env.flush_all()
        assignments = ", ".join(f"{name} = %({name})s" for name in values)
        env.cr.execute(
            f"UPDATE res_partner SET {assignments} WHERE id = %(id)s",
            {**values, "id": partner.id},
        )
        cls.facts[partner.id] = {
            "children": [child.id for child in children],
            "orders": [order.id for order in orders if order.state == "sale"],
            "contacts": [contact.id for contact in contacts],
            "tickets": [ticket.id for ticket in tickets],
            "ratings": [rating.id for rating in ratings],
            "rows": [row.id for row in rows],
        }

    # ------------------------------------------------------------
    # The same in Python
    # ------------------------------------------------------------
    def _their(self, partner, name):
        models = {
            "children": "gb.child",
            "orders": "sale.order",
            "contacts": "gb.contact",
            "tickets": "gb.ticket",
            "ratings": "gb.ticket.rating",
            "rows": "gb.campaign.row",
        }
        return self.env[models[name]].browse(self.facts[partner.id][name])

    def _holds(self, values, partner):
        """Whether a condition is met, as one would say it: no SQL, no sets."""
        met = bool(getattr(self, f"_is_{values['kind']}")(values, partner))
        return not met if values.get("is_negated") else met

    def _compares(self, values, number):
        low, high = values["number"], values.get("number_to", 0)
        return {
            "at_least": number >= low,
            "at_most": number <= low,
            "between": low <= number <= high,
        }[values["comparison"]]

    def _is_recent(self, values, at):
        return bool(at) and at > NOW - timedelta(days=values["days"])

    def _is_sex(self, values, partner):
        return partner.gb_sex in values["choice"].split(",")

    def _is_age(self, values, partner):
        birth = partner.gb_birth_date
        return birth and self._compares(values, relativedelta(NOW.date(), birth).years)

    def _is_country(self, values, partner):
        return partner.country_id.id in values["country_ids"]

    def _is_region(self, values, partner):
        return partner.state_id.id in values["state_ids"]

    def _is_city(self, values, partner):
        return (partner.city or "").strip().lower() in values["text"].lower().split("、")

    def _is_language(self, values, partner):
        return partner.lang in values["choice"].split(",")

    def _is_tag(self, values, partner):
        return set(partner.category_id.ids) & set(values["tag_ids"])

    def _is_new(self, values, partner):
        return self._is_recent(values, partner.create_date)

    def _is_member(self, values, partner):
        return partner.gb_member_number

    def _is_level(self, values, partner):
        return partner.gb_level_id.id in values["level_ids"]

    def _is_life_cycle(self, values, partner):
        return partner.gb_life_cycle in values["choice"].split(",")

    def _is_rfm_segment(self, values, partner):
        return partner.gb_rfm_segment in values["choice"].split(",")

    def _is_rfm_score(self, values, partner):
        number = partner[f"gb_rfm_{values['score']}"]
        return number and self._compares(values, number)  # 0 is none

    def _is_net_value(self, values, partner):
        return self._compares(values, partner.gb_net_value)

    def _is_pool(self, values, partner):
        return partner.gb_pool_id.id in values["pool_ids"]

    def _is_owner(self, values, partner):
        return partner.gb_owner_id.id in values["user_ids"]

    def _is_owned(self, values, partner):
        return partner.gb_owner_id

    def _get_meant_children(self, values, partner):
        children = self._their(partner, "children")
        return children.filtered(lambda c: values.get("child_sex") in (c.sex, None))

    def _is_child(self, values, partner):
        return self._get_meant_children(values, partner)

    def _is_child_stage(self, values, partner):
        return set(self._get_meant_children(values, partner).stage_id.ids) & set(
            values["stage_ids"]
        )

    def _is_child_months(self, values, partner):
        for child in self._get_meant_children(values, partner):
            span = relativedelta(NOW.date(), child.birth_date)
            if child.state == "born" and self._compares(values, span.years * 12 + span.months):
                return True
        return False

    def _is_child_expected(self, values, partner):
        return any(
            child.state == "expected"
            and 0 <= (child.birth_date - NOW.date()).days <= values["days"]
            for child in self._their(partner, "children")
        )

    def _get_meant_orders(self, values, partner):
        orders = self._their(partner, "orders")
        return orders.filtered(
            lambda o: not values["days"] or self._is_recent(values, o.date_order)
        )

    def _is_product(self, values, partner):
        lines = self._get_meant_orders(values, partner).order_line
        return set(lines.product_id.product_tmpl_id.ids) & set(values["product_ids"])

    def _is_category(self, values, partner):
        lines = self._get_meant_orders(values, partner).order_line
        bought = set()
        for category in lines.product_id.categ_id:
            bought |= {category.id, category.parent_id.id}
        return bought & set(values["category_ids"])

    def _is_order_count(self, values, partner):
        return self._compares(values, len(self._get_meant_orders(values, partner)))

    def _is_order_value(self, values, partner):
        orders = self._get_meant_orders(values, partner)
        return self._compares(values, sum(orders.mapped("amount_untaxed")))

    def _is_order_within(self, values, partner):
        return self._is_recent(values, partner.gb_last_order_at)

    def _is_order_before(self, values, partner):
        at = partner.gb_last_order_at
        return at and not self._is_recent(values, at)

    def _is_waiting(self, values, partner):
        waits = self.env["gb.product.wait"].search([("partner_id", "=", partner.id)])
        products = waits.product_id.product_tmpl_id.ids
        return set(products) & set(values.get("product_ids") or products)

    def _is_returned(self, values, partner):
        return False

    def _is_contact_within(self, values, partner):
        return self._is_recent(values, partner.gb_last_contact_at)

    def _is_contact_before(self, values, partner):
        at = partner.gb_last_contact_at
        return at and not self._is_recent(values, at)

    def _get_meant_tickets(self, values, partner):
        tickets = self._their(partner, "tickets")
        return tickets.filtered(
            lambda t: not values.get("ticket_type_ids") or t.type_id.id in values["ticket_type_ids"]
        )

    def _is_ticket_open(self, values, partner):
        return any(self._get_meant_tickets(values, partner).mapped("is_open"))

    def _is_ticket_ended(self, values, partner):
        return any(
            not ticket.is_open and (not values["days"] or self._is_recent(values, ticket.closed_at))
            for ticket in self._get_meant_tickets(values, partner)
        )

    def _is_satisfaction(self, values, partner):
        ratings = self._their(partner, "ratings").filtered(
            lambda r: r.state == "answered" and r.score
        )
        last = ratings.sorted(lambda r: (r.answered_at, r.id))[-1:]
        return last.score in values["choice"].split(",")

    def _is_campaign(self, values, partner):
        return any(
            (not values["campaign_ids"] or row.campaign_id.id in values["campaign_ids"])
            and (not values["outcome_ids"] or row.outcome_id.id in values["outcome_ids"])
            for row in self._their(partner, "rows")
        )

    # ------------------------------------------------------------
    # Random conditions
    # ------------------------------------------------------------
    def _get_random_values(self, kind):
        pick, some = self.random.choice, self._some
        condition = self.env["gb.target.condition"]
        description = condition._get_kinds()[kind]
        names = {*description.get("needs", ()), *description.get("uses", ())}
        comparison = pick(["at_least", "at_most", "between"])
        low, high = {
            "age": (20, 45),
            "child_months": (0, 24),
            "order_count": (0, 4),
            "order_value": (0, 900),
            "rfm_score": (1, 5),
        }.get(kind, (0, 500))
        numbers = sorted(self.random.randint(low, high) for _number in range(2))
        values = {
            "days": pick(
                [90, 150, 200]
                if kind == "child_expected"
                else [7, 30, 90]
                if "days" in description.get("needs", ())
                else [0, 30, 90]
            ),
            "comparison": comparison,
            "number": numbers[0],
            "number_to": numbers[1],
            "score": pick("rfm"),
            "child_sex": pick(["female", "male", None]),
            "text": "SHANGHAI、wuxi",
            "country_ids": self.china.ids,
            "state_ids": some(self.states),
            "tag_ids": self.tag.ids,
            "level_ids": some(self.levels),
            "pool_ids": some(self.pools),
            "user_ids": some(self.agent + self.agent_2),
            "stage_ids": some(self.stages),
            "product_ids": some(self.products),
            "category_ids": some(self.categories),
            "ticket_type_ids": some(self.types),
            "campaign_ids": pick([[], some(self.campaigns)]),
            "outcome_ids": pick([[], some(self.outcomes)]),
        }
        if keys := [key for key, _label in description.get("choices", ())]:
            values["choice"] = ",".join(self.random.sample(keys, self.random.randint(1, len(keys))))
        if "number" in names:
            names |= {"number_to"}
        return {
            "kind": kind,
            "is_negated": self.random.random() < 0.3,
            **{name: values[name] for name in names if name in values},
        }

    def _some(self, records):
        return self.random.sample(records.ids, self.random.randint(1, len(records)))

    def _prepare(self, values):
        """Values for ``create``."""
        return {
            name: [Command.set(value)] if name.endswith("_ids") else value
            for name, value in values.items()
        }

    def _get_found(self, group):
        ids = self.env.execute_query(group._get_query())
        return {row[0] for row in ids} & set(self.facts)

    def _check(self, conditions, match):
        self.group.condition_ids.unlink()
        self.group.write(
            {
                "match": match,
                "condition_ids": [Command.create(self._prepare(line)) for line in conditions],
            }
        )
        combine = all if match == "all" else any
        expected = {
            partner.id
            for partner in self.customers
            if combine(self._holds(line, partner) for line in conditions)
        }
        self.assertEqual(self._get_found(self.group), expected, self.group.summary)
        return expected

    def _is_group(self, values, partner):
        return partner.id in values["expected"]

    # ------------------------------------------------------------
    # Tests
    # ------------------------------------------------------------
    def test_every_kind_means_what_it_says(self):
        kinds = set(self.env["gb.target.condition"]._get_kinds()) - {"group"}
        selection = dict(self.env["gb.target.condition"]._fields["kind"].selection)
        self.assertEqual({*kinds, "group"}, set(selection))
        different = set()
        for kind in sorted(kinds):
            for _try in range(4):
                with self.subTest(kind=kind):
                    values = {**self._get_random_values(kind), "is_negated": False}
                    met = self._check([values], "all")
                    self._check([{**values, "is_negated": True}], "all")
                    if 0 < len(met) < len(self.facts):
                        different.add(kind)
        # the world is such that conditions tell customers apart
        self.assertFalse(kinds - different - {"returned", "country", "language"})

    def test_random_trees_mean_what_they_say(self):
        kinds = sorted(set(self.env["gb.target.condition"]._get_kinds()) - {"group"})
        for _tree in range(TREES):
            inner_match, match = (self.random.choice(["all", "any"]) for _level in range(2))
            inner = [
                self._get_random_values(self.random.choice(kinds))
                for _line in range(self.random.randint(1, 3))
            ]
            expected = self._check(inner, inner_match)
            subgroup = self.group.copy()
            outer = [
                self._get_random_values(self.random.choice(kinds))
                for _line in range(self.random.randint(0, 3))
            ]
            nested = {"kind": "group", "is_negated": self.random.random() < 0.4}
            conditions = [*outer, {**nested, "subgroup_id": subgroup.id}]
            self.group.condition_ids.unlink()
            self.group.write(
                {
                    "match": match,
                    "condition_ids": [Command.create(self._prepare(line)) for line in conditions],
                }
            )
            combine = all if match == "all" else any
            lines = [*outer, {**nested, "expected": expected}]
            self.assertEqual(
                self._get_found(self.group),
                {
                    partner.id
                    for partner in self.customers
                    if combine(self._holds(line, partner) for line in lines)
                },
                f"{self.group.summary}\n{subgroup.summary}",
            )

    def test_numbers_of_contacts_and_complaints_leave_customers_out(self):
        def get_excluded(**values):
            self.group.write(values)
            return set(self.facts) - self._get_found(self.group)

        def is_contacted(partner, days, count):
            contacts = self._their(partner, "contacts").filtered(
                lambda c: c.direction == "outbound" and c.at > NOW - timedelta(days=days)
            )
            return len(contacts) > count

        def get_ids(condition):
            return {partner.id for partner in self.customers if condition(partner)}

        self.assertFalse(get_excluded())
        self.assertEqual(
            get_excluded(exclude_contacted_days=10), get_ids(lambda p: is_contacted(p, 10, 0))
        )
        self.group.exclude_contacted_days = 0
        self.assertEqual(
            get_excluded(pressure_days=50, pressure_count=2),
            get_ids(lambda p: is_contacted(p, 50, 2)),
        )
        self.group.pressure_days = 0
        self.assertEqual(
            get_excluded(exclude_blacklisted=True), get_ids(lambda p: p.gb_is_blacklisted)
        )
        self.group.exclude_blacklisted = False
        self.assertEqual(
            get_excluded(exclude_complaint=True),
            get_ids(
                lambda p: any(
                    t.is_open and t.kind == "complaint" for t in self._their(p, "tickets")
                )
            ),
        )

    def test_do_not_call_means_that_no_number_is_left(self):
        customer, other = self.customers[:2]
        self.env["gb.phone"].create(
            [
                {"partner_id": customer.id, "number": "13900000001", "do_not_call": True},
                {"partner_id": other.id, "number": "13900000002", "do_not_call": True},
                {"partner_id": other.id, "number": "13900000003"},
            ]
        )
        self.group.exclude_do_not_call = True
        self.assertEqual(set(self.facts) - self._get_found(self.group), {customer.id})

    def test_returned_goods_count_when_they_are_back(self):
        customer = self.customers[0]
        picking_type = self.env["stock.picking.type"].search(
            [("code", "=", "incoming"), ("company_id", "=", self.company.id)], limit=1
        )
        out = self.env["stock.picking"].create(
            {"picking_type_id": picking_type.id, "partner_id": customer.id}
        )
        back = out.copy({"return_id": out.id, "partner_id": customer.child_ids.id})
        self.group.condition_ids = [Command.create({"kind": "returned", "days": 30})]
        self.assertFalse(self._get_found(self.group))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE stock_picking SET state = 'done', date_done = %s WHERE id = %s",
            [NOW - timedelta(days=5), back.id],
        )
        self.assertEqual(self._get_found(self.group), {customer.id})
        self.group.condition_ids.days = 3
        self.assertFalse(self._get_found(self.group))

    def test_values_are_never_part_of_the_statement(self):
        evil = "x') OR 1=1 --"
        self.group.condition_ids = [Command.create({"kind": "city", "text": evil})]
        query = self.group._get_query()
        self.assertNotIn(evil, query.code)
        self.assertFalse(self._get_found(self.group))

    def test_orders_of_other_companies_do_not_count(self):
        company = self.env["res.company"].create({"name": "Other", "country_id": self.china.id})
        group = self.group.copy({"company_id": company.id})
        group.condition_ids = [
            Command.create({"kind": "order_count", "comparison": "at_least", "number": 1})
        ]
        self.env.user.company_ids += company
        self.assertFalse(self._get_found(group))
