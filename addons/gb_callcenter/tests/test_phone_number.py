import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..tools.phone_number import parse_number
from .common import CallCentreCase

MOBILE = "+8613800138000"


@tagged("post_install", "-at_install")
class TestPhoneNumber(CallCentreCase):
    def test_every_spelling_of_a_number_has_one_identity(self):
        for text in (
            "13800138000",
            "+86 138 0013 8000",
            "0086-138-0013-8000",
            "00 86 138 0013 8000",
            "8613800138000",
            "013800138000",
            "（138）0013-8000",
            "１３８００１３８０００",
            "138 0013 8000 转 12",
            "+008613800138000",
        ):
            self.assertEqual(parse_number(text, "CN").key, MOBILE, text)

    def test_extension_is_kept_apart(self):
        for text in ("021-62345678 转 801", "+86 21 6234 5678 ext. 801", "02162345678#801"):
            number = parse_number(text, "CN")
            self.assertEqual((number.key, number.extension), ("+862162345678", "801"), text)

    def test_number_that_cannot_be_understood_keeps_its_digits(self):
        for text, key in (("10086", "10086"), ("*21#", "21"), ("8001", "8001")):
            number = parse_number(text, "CN")
            self.assertEqual((number.key, number.state), (key, "invalid"), text)

    def test_withheld_number_has_no_identity(self):
        for text in (None, "", "anonymous", "Anonymous", "<unknown>", "匿名", " unavailable "):
            number = parse_number(text, "CN")
            self.assertEqual((number.key, number.state), ("", "withheld"), text)

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=40), st.sampled_from(["CN", "US", None]))
    def test_no_text_whatsoever_raises(self, text, region):
        self.assertIn(parse_number(text, region).state, ("ok", "invalid", "withheld"))

    @settings(max_examples=100, deadline=None)
    @given(
        st.sampled_from(["CN", "US", "DE", "GB", "JP"]),
        st.sampled_from(["E164", "INTERNATIONAL", "NATIONAL", "RFC3966"]),
        st.data(),
    )
    def test_all_formats_of_an_example_number_agree(self, region, style, data):
        kind = data.draw(st.sampled_from(["MOBILE", "FIXED_LINE"]))
        number = phonenumbers.example_number_for_type(
            region, getattr(phonenumbers.PhoneNumberType, kind)
        )
        text = phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, style))
        expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        self.assertEqual(parse_number(text.removeprefix("tel:"), region).key, expected)


@tagged("post_install", "-at_install")
class TestCustomerNumbers(CallCentreCase):
    def test_customer_is_found_by_any_of_his_numbers_in_any_spelling(self):
        self.env["gb.phone"].create({"partner_id": self.customer.id, "number": "0571 8888 6123"})
        for text in ("+86 138 0000 7771", "0086 13800007771", "013800007771", "0571-88886123"):
            self.assertEqual(self.env["gb.phone"]._find(text).partner_id, self.customer, text)

    def test_last_digits_find_the_customer_through_the_reversed_index(self):
        self.assertIn(self.customer, self.env["gb.phone"]._find_suffix("00007771").partner_id)
        self.assertFalse(self.env["gb.phone"]._find_suffix("771"), "too short to search for")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM gb_phone WHERE reverse(number_key) LIKE '17770000%'"
        )
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("gb_phone__number_key_reverse_idx", plan)

    def test_main_number_follows_the_phone_field(self):
        main = self.customer.gb_phone_ids
        self.assertEqual((main.number_key, main.is_main), ("+8613800007771", True))
        self.customer.phone = "139 0000 7772"
        self.assertEqual(self.customer.gb_phone_ids.number_key, "+8613900007772")
        self.customer.phone = False
        self.assertFalse(self.customer.gb_phone_ids)

    def test_first_number_of_a_customer_becomes_his_phone(self):
        partner = self.env["res.partner"].create({"name": "No phone yet"})
        self.env["gb.phone"].create({"partner_id": partner.id, "number": "13700007773"})
        self.assertEqual(partner.phone, "13700007773")
        self.assertTrue(partner.gb_phone_ids.is_main)

    def test_number_of_a_delivery_address_makes_no_caller_ambiguous(self):
        customer = self.env["res.partner"].create({"name": "Wu Min", "phone": "13911112222"})
        address = self.env["res.partner"].create(
            {"parent_id": customer.id, "type": "delivery", "phone": "139 1111 2222"}
        )
        address._sync_gb_phone()
        self.assertEqual(self.env["gb.phone"]._find("13911112222").partner_id, customer)

    def test_second_number_made_main_does_not_double(self):
        self.env["gb.phone"].create({"partner_id": self.customer.id, "number": "13700007774"})
        self.customer.phone = "+86 137 0000 7774"
        self.assertEqual(self.customer.gb_phone_ids.mapped("number_key"), ["+8613700007774"])

    def test_number_that_cannot_be_understood_is_kept_as_written(self):
        partner = self.env["res.partner"].create({"name": "Bank", "phone": "95588"})
        self.assertEqual(partner.gb_phone_ids.number_key, "95588")
        self.assertFalse(partner.gb_phone_ids.is_valid)
        self.assertEqual(self.env["gb.phone"]._find("95588").partner_id, partner)

    def test_search_of_customers_by_number(self):
        found = self.env["res.partner"].search([("gb_number_search", "ilike", "0086 13800007771")])
        self.assertEqual(found, self.customer)
        for text in ("0086 13800007771", "7771"):
            found = self.env["res.partner"].name_search(text)
            self.assertIn(self.customer.id, [row[0] for row in found], text)

    def test_customers_created_in_one_batch_cost_no_query_each(self):
        vals = [{"name": f"P{index}", "phone": f"1390001{index:04}"} for index in range(3)]
        self.env["res.partner"].create(vals)
        counts = []
        for size in (5, 25):
            vals = [
                {"name": f"Q{size}-{index}", "phone": f"1391{size:02}1{index:04}"}
                for index in range(size)
            ]
            before = self.env.cr.sql_log_count
            self.env["res.partner"].create(vals)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 8, counts)
