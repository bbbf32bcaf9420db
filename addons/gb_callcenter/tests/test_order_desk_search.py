from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..models import gb_order_desk_search
from ..tools.product_words import get_pinyin, get_query, get_whole_query, get_words
from .common_order_desk import OrderDeskCase


@tagged("post_install", "-at_install")
class TestOrderDeskSearch(OrderDeskCase):
    def _search(self, query="", **kwargs):
        kwargs.setdefault("category_id", self.category.id)
        return self._desk().search_products(query, self.customer.id, **kwargs)

    def _found(self, query, **kwargs):
        return self._codes(self._search(query, **kwargs))

    def test_found_by_any_part_of_a_chinese_name(self):
        self.assertEqual(self._found("启赋"), ["TD-001"])
        self.assertCountEqual(self._found("奶粉"), ["TD-001", "TD-002"])
        self.assertCountEqual(self._found("奶"), ["TD-001", "TD-002", "TD-004"])
        self.assertEqual(self._found("婴儿 惠氏"), ["TD-001"])
        self.assertEqual(self._found("粉奶"), [])

    def test_found_by_pinyin_and_initials(self):
        self.assertEqual(self._found("hsqf"), ["TD-001"])
        self.assertEqual(self._found("huishi"), ["TD-001"])
        self.assertEqual(self._found("qifu"), ["TD-001"], "from any syllable on")
        self.assertEqual(self._found("bqbl"), ["TD-004"])
        self.assertEqual(self._found("nai ping"), ["TD-004"])

    def test_found_by_code_and_bar_code(self):
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in "6900000000031")
        for query in ("TD-003", "td003", wide, "6900000000031"):
            self.assertEqual(self._found(query), ["TD-003"], query)
        self.assertEqual(len(self._found("td-0")), 5)

    def test_codes_come_before_names(self):
        self.formula_2.default_code = "HS1"
        self.assertEqual(self._found("hs1"), ["HS1"])
        self.nappies.default_code = "奶粉"
        self.assertEqual(self._found("奶粉")[0], "奶粉")

    def _create_many(self, name="婴儿奶粉{}号罐", code="NF{}", count=12):
        """More matches than are sorted, from now on."""
        self.startPatcher(patch.object(gb_order_desk_search, "CANDIDATES", 3))
        return self.env["product.product"].create(
            [
                {
                    "name": name.format(number),
                    "default_code": code.format(number),
                    "categ_id": self.category.id,
                }
                for number in range(count)
            ]
        )

    def test_an_exact_code_is_found_among_very_many_matches(self):
        self._create_many(code="NF1{}")
        wanted = self._create_many(name="奶粉勺", code="NF-1", count=1)
        for query in ("nf1", "NF-1"):
            self.assertEqual(self._found(query)[0], "NF-1", query)
        wanted.barcode = "奶粉"
        self.assertEqual(self._found("奶粉")[0], "NF-1")

    def test_what_begins_with_it_is_found_among_very_many_matches(self):
        self._create_many(code="Q{}")
        self._create_many(name="奶粉盒", code="BOX", count=1)
        for query in ("奶", "奶粉", "nf", "naifen", "naif"):
            self.assertIn("BOX", self._found(query), query)
        self.assertEqual(self._found("奶粉")[0], "BOX")

    def test_products_without_bar_code_come_no_later(self):
        self.formula_2.write({"default_code": False, "barcode": False})
        self.assertEqual(self._found("奶粉"), ["", "TD-001"], "the shorter name")

    def test_favourites_are_found_among_very_many_matches(self):
        products = self._create_many()
        products[7].is_favorite = True
        self.assertEqual(self._found("奶粉")[0], "NF7")
        products[7].sale_ok = False
        self.assertNotIn("NF7", self._found("奶粉"))

    def test_what_is_off_sale_takes_no_place_of_what_is_not(self):
        products = self._create_many()
        products[:9].sale_ok = False
        self.assertCountEqual(self._found("号罐"), ["NF9", "NF10", "NF11"])

    def test_no_more_than_so_many_matches_are_sorted(self):
        self._create_many()
        self.assertEqual(len(self._found("号罐")), 3)
        self.assertEqual(
            len(self._found("婴儿奶粉", limit=4)), 4, "what begins with it, and others"
        )
        self.assertEqual(len(self._found("", limit=80)), 17, "a category is shown whole")

    def test_words_are_looked_up_in_the_index_and_few_candidates_sorted(self):
        desk = self._desk()
        products_sudo = desk._get_products_sudo()
        domain = products_sudo._get_gb_for_sale_domain()
        # so few products would be read one by one
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for text in ("奶", "nf", "惠氏 奶粉"):
            found = desk._get_candidates(products_sudo, domain, text, get_query(text))
            rows = self.env.execute_query(SQL("EXPLAIN %s", found))
            plan = "\n".join(row for (row,) in rows)
            self.assertGreaterEqual(plan.count("gb_search_words_idx"), 3, text)
            self.assertEqual(plan.count("Limit"), 4, text)

    def test_one_letter_is_too_little(self):
        self.assertEqual(self._search("h")["kind"], "short")
        self.assertEqual(self._search("'")["kind"], "short")

    def test_what_was_typed_cannot_break_the_query(self):
        for query in ("' | !", "a' & 'b", "100%", "\\", "奶'粉", "((", ":*", "nai:*"):
            self._search(query)

    def test_renaming_and_translating_count_at_once(self):
        self.formula.name = "雀巢能恩"
        self.assertEqual(self._found("能恩"), ["TD-001"])
        self.assertEqual(self._found("qcne"), ["TD-001"])
        self.guide.product_tmpl_id.update_field_translations("name", {"en_US": "Feeding guide"})
        self.assertEqual(self._found("feeding"), ["TD-006"])

    def test_variants_are_found_by_their_attributes(self):
        attribute = self.env["product.attribute"].create(
            {"name": "Size", "value_ids": [Command.create({"name": n}) for n in ("小号", "大号")]}
        )
        template = self.env["product.template"].create(
            {
                "name": "连体衣",
                "categ_id": self.category.id,
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        found = self._search("连体衣 大号")["products"]
        self.assertEqual([product["variant"] for product in found], ["大号"])
        self.assertEqual(found[0]["id"], template.product_variant_ids[1].id)

    def test_off_sale_never_appears(self):
        self.assertNotIn("TD-005", self._found("惠氏"))
        self.formula.active = False
        self.assertEqual(self._found("惠氏"), [])

    def test_shop_products_must_be_published(self):
        template = self.formula.product_tmpl_id
        self.assertTrue(template._gb_is_for_sale(), "never on the web shop")
        template.is_published = True
        self.assertTrue(self.formula._gb_is_for_sale())
        template.is_published = False
        self.assertFalse(template._gb_is_for_sale())
        self.assertFalse(self.formula._gb_is_for_sale())
        self.assertEqual(self._found("惠氏"), [])

    def test_products_of_another_company_do_not_appear(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self._found("喂养"), ["TD-006"])
        self.guide.company_id = other
        self.assertEqual(self._found("喂养"), [])

    def test_price_of_this_customer(self):
        self.assertEqual(self._search("启赋")["products"][0]["price"], 300)
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Members",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "percentage",
                            "percent_price": 10,
                            "applied_on": "3_global",
                        }
                    )
                ],
            }
        )
        self.customer.property_product_pricelist = pricelist
        product = self._search("启赋")["products"][0]
        self.assertEqual(product["price"], 270)
        self.assertIn("300", product["list_price_text"])

    def test_price_includes_taxes(self):
        self.formula.taxes_id = self.env["account.tax"].create(
            {"name": "13", "amount": 13, "type_tax_use": "sale", "company_id": self.company.id}
        )
        product = self._search("启赋")["products"][0]
        self.assertEqual(product["price"], 339)

    def test_stock_forecast_and_arrival(self):
        self._arrive(self.bottle, 40, "2050-03-01")
        products = {row["code"]: row for row in self._search("", limit=10)["products"]}
        self.assertEqual((products["TD-001"]["free"], products["TD-001"]["stock"]), (20, "in"))
        self.assertEqual(products["TD-002"]["stock"], "low")
        self.assertEqual(
            (
                products["TD-004"]["free"],
                products["TD-004"]["stock"],
                products["TD-004"]["arrival"],
            ),
            (0, "out", "2050-03-01"),
        )
        self.assertEqual(products["TD-004"]["forecast"], 40)
        self.assertEqual(products["TD-006"]["stock"], "untracked")

    def test_alternatives_are_chosen_ones_then_of_the_category(self):
        desk = self._desk()
        found = desk.get_alternatives(self.bottle.id, self.customer.id)
        self.assertNotIn("TD-004", [row["code"] for row in found])
        self.assertNotIn("TD-005", [row["code"] for row in found])
        self.bottle.product_tmpl_id.alternative_product_ids = self.nappies.product_tmpl_id
        found = desk.get_alternatives(self.bottle.id, self.customer.id, limit=2)
        self.assertEqual(found[0]["code"], "TD-003")
        self.assertTrue(all(row["stock"] != "out" for row in found))

    def test_paging_and_what_was_bought(self):
        first = self._search("", limit=2)
        self.assertTrue(first["has_more"])
        rest = self._search("", limit=10, offset=2)
        self.assertFalse(rest["has_more"])
        self.assertFalse({*self._codes(first)} & {*self._codes(rest)})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"product_id": self.nappies.id})],
            }
        )
        order.action_confirm()
        bought = self._search("", category_id=False)
        self.assertEqual((bought["kind"], self._codes(bought)), ("bought", ["TD-003"]))

    def test_who_may_search(self):
        for user in (self.inspector, self.analyst):
            with self.assertRaises(AccessError):
                self._desk(user).search_products("启赋")
        self.customer.gb_team_id = self.team_service
        with self.assertRaises(AccessError):
            self._search("启赋")
        stranger = new_test_user(self.env, "gb_desk_nobody", "base.group_user")
        for method in ("get_categories", "get_desk"):
            with self.assertRaises(AccessError):
                getattr(self._desk(stranger), method)()

    def test_a_page_costs_the_same_queries_however_long(self):
        self._search("", limit=2)
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            self._search("", limit=6)

    def test_words_of_a_name(self):
        self.assertEqual(get_pinyin("惠氏启赋"), "huishiqifu hsqf")
        self.assertEqual(get_pinyin("Bottle 240"), "")
        self.assertEqual(get_query("hsqf 奶粉"), "'hsqf':* & '奶粉'")
        self.assertFalse(get_query("  "))
        self.assertEqual(get_whole_query("TD-001"), "'^td001'")
        self.assertEqual(get_whole_query("nai ping", is_beginning=True), "'^naiping':*")
        wholes = [word for word in get_words(["花王M64"], ["A-1", False]) if word[0] == "^"]
        self.assertCountEqual(wholes, ["^花王m64", "^huawang", "^hw", "^hwm64", "^a1"])
