from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_order_desk import OrderDeskCase


@tagged("post_install", "-at_install")
class TestOrderDeskCart(OrderDeskCase):
    def test_one_draft_for_agent_customer_and_call(self):
        cart = self._draft()
        self.assertEqual(self._draft()["id"], cart["id"])
        self.assertNotEqual(self._draft(user=self.agent_2)["id"], cart["id"])
        order = self.env["sale.order"].browse(cart["id"])
        self.assertEqual((order.gb_source, order.gb_agent_id), ("phone", self.agent))
        self._sign_in(self.agent, self.seat_1)
        call = self._finished_call(self.seat_1)
        other = self._draft(call_id=call.id)
        self.assertNotEqual(other["id"], cart["id"])
        self.assertEqual(self.env["sale.order"].browse(other["id"]).gb_call_id, call)

    def test_call_of_another_agent_is_refused(self):
        self._sign_in(self.agent, self.seat_1)
        call = self._finished_call(self.seat_1)
        with self.assertRaises(AccessError):
            self._desk(self.agent_2).open_draft(self.customer.id, call.id)

    def test_quantities(self):
        cart = self._draft(self.formula)
        desk = self._desk()
        cart = desk.set_line(cart["id"], self.formula.id, 2, is_added=True)
        self.assertEqual(self._line(cart, self.formula)["quantity"], 3)
        cart = desk.set_line(cart["id"], self.formula.id, 5)
        self.assertEqual((cart["total"], len(cart["lines"])), (1500, 1))
        for wrong in (-1, "x", None, float("nan"), float("inf"), 10000):
            with self.assertRaises(UserError):
                desk.set_line(cart["id"], self.formula.id, wrong)
        cart = desk.set_line(cart["id"], self.formula.id, 0)
        self.assertEqual((cart["lines"], cart["total"]), ([], 0))
        self.assertEqual(cart["missing"][0]["step"], "cart")

    def test_price_is_the_customers_and_no_method_takes_another(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Members",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "fixed",
                            "fixed_price": 250,
                            "applied_on": "1_product",
                            "product_tmpl_id": self.formula.product_tmpl_id.id,
                        }
                    )
                ],
            }
        )
        self.customer.property_product_pricelist = pricelist
        cart = self._draft(self.formula)
        self.assertEqual(cart["total"], 250)
        cart = self._desk().set_details(cart["id"], {"price_unit": 1, "order_line": [(5,)]})
        self.assertEqual(cart["total"], 250)

    def test_off_sale_cannot_be_added(self):
        cart = self._draft()
        with self.assertRaisesRegex(UserError, "off sale"):
            self._desk().set_line(cart["id"], self.gone.id, 1)

    def test_out_of_stock_is_said_or_limited(self):
        cart = self._draft(self.bottle)
        self.assertIn("nothing on its way", self._texts(cart))
        self._arrive(self.bottle, 5, "2050-03-01")
        cart = self._desk().get_draft(cart["id"])
        self.assertIn("2050-03-01", self._texts(cart))
        self.formula_2.allow_out_of_stock_order = False
        cart = self._desk().set_line(cart["id"], self.formula_2.id, 9)
        self.assertEqual(self._line(cart, self.formula_2)["quantity"], 3)
        self.assertIn("Only 3", self._texts(cart))

    def test_drafts_survive_and_are_taken_over(self):
        cart = self._draft(self.formula)
        self.customer._gb_record_check("override", True, reason="Known", user=self.agent_2)
        (draft,) = self._desk(self.agent_2).get_drafts(self.customer.id)
        self.assertEqual((draft["id"], draft["is_mine"]), (cart["id"], False))
        self.assertEqual(draft["products"], self.formula.name)
        with self.assertRaisesRegex(AccessError, "Take it over"):
            self._desk(self.agent_2).set_line(cart["id"], self.formula.id, 9)
        self.formula.list_price = 310
        resumed = self._desk(self.agent_2).resume_draft(cart["id"])
        self.assertEqual((resumed["id"], resumed["total"]), (cart["id"], 310))
        with self.assertRaises(AccessError):
            self._desk().get_draft(cart["id"])
        self._desk(self.agent_2).discard(cart["id"])
        self.assertFalse(self._desk().get_drafts(self.customer.id))

    def _stranger(self):
        """:return: a customer of whom nobody knows whether he is calling"""
        return self.env["res.partner"].create({"name": "Zhou Lan", "city": "Hangzhou"})

    def _draft_of_stranger(self, user=None, **kwargs):
        desk = self._desk(user)
        cart = desk.open_draft(self.stranger.id, **kwargs)
        desk.set_line(cart["id"], self.formula.id, 2)
        return desk.set_details(cart["id"], {"invoice_title": "Zhou Ltd."})

    def test_draft_of_another_agent_tells_nothing_until_the_check(self):
        self.stranger = self._stranger()
        cart = self._draft_of_stranger()
        desk = self._desk(self.agent_2)
        answer = desk.get_desk(self.stranger.id)
        (draft,) = answer["drafts"]
        self.assertFalse(draft["is_shown"] or draft["products"] or draft["agent"])
        self.assertEqual((draft["name"], "600" in draft["amount"]), (cart["name"], True))
        self.assertEqual((answer["partner"]["city"], answer["partner"]["is_verified"]), ("", False))
        for call in (desk.resume_draft, desk.get_draft, desk.discard):
            with self.assertRaises(UserError):
                call(cart["id"])
        with self.assertRaisesRegex(UserError, "Check who is calling first"):
            desk.resume_draft(cart["id"])
        self.assertFalse(desk.get_desk(order_id=cart["id"])["order"])
        self.stranger._gb_record_check("override", True, reason="Known", user=self.agent_2)
        answer = desk.get_desk(self.stranger.id)
        self.assertEqual(answer["partner"]["city"], "Hangzhou")
        self.assertEqual(answer["drafts"][0]["products"], self.formula.name)
        self.assertEqual(desk.resume_draft(cart["id"])["invoice_title"], "Zhou Ltd.")

    def test_draft_of_this_call_stays_with_who_typed_it(self):
        self.stranger = self._stranger()
        self._sign_in(self.agent, self.seat_1)
        linked, channel, at = self._call(number="13900008882")
        self._answer(linked, channel, at)
        call = self._find(linked)
        cart = self._draft_of_stranger(call_id=call.id)
        self.assertFalse(cart["is_verified"])
        desk = self._desk()
        answer = desk.get_desk(self.stranger.id, call.id)
        self.assertEqual(answer["order"]["id"], cart["id"])
        self.assertEqual(answer["drafts"][0]["products"], self.formula.name)
        self._hang_up(linked, [channel], at + 60)
        self.assertTrue(desk.get_draft(cart["id"])["lines"], "In the rest of the call, too.")
        linked, channel, at = self._call(number="13900008883")
        self._answer(linked, channel, at)
        call = self._find(linked)
        answer = desk.get_desk(self.stranger.id, call.id)
        self.assertFalse(answer["order"] or answer["drafts"][0]["products"])
        for method in (desk.get_draft, desk.resume_draft, desk.discard):
            with self.assertRaisesRegex(UserError, "Check who is calling first"):
                method(cart["id"])
        with self.assertRaisesRegex(UserError, "Check who is calling first"):
            desk.confirm(cart["id"], "key")
        self.stranger._gb_record_check("override", True, call, reason="Known", user=self.agent)
        self.assertTrue(desk.resume_draft(cart["id"], call.id)["lines"])

    def test_own_draft_of_an_earlier_contact_is_set_aside(self):
        self.stranger = self._stranger()
        with freeze_time(fields.Datetime.now() - timedelta(hours=3)):
            old = self._draft_of_stranger()
            self.assertTrue(self._desk().get_draft(old["id"])["lines"])
            self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET write_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(hours=3), old["id"]],
        )
        self.env.invalidate_all()
        desk = self._desk()
        self.assertFalse(desk.get_desk(self.stranger.id)["order"])
        cart = desk.open_draft(self.stranger.id)
        self.assertNotEqual(cart["id"], old["id"])
        self.assertFalse(cart["lines"])
        self.assertEqual(desk.open_draft(self.stranger.id)["id"], cart["id"])
        with self.assertRaisesRegex(UserError, "Check who is calling first"):
            desk.set_line(old["id"], self.nappies.id, 1)
        self.assertFalse(desk.get_drafts(self.stranger.id)[0]["is_shown"])
        self.stranger._gb_record_check("override", True, reason="Known", user=self.agent)
        self.assertEqual(desk.resume_draft(old["id"])["invoice_title"], "Zhou Ltd.")

    def test_price_set_by_sales_stays(self):
        cart = self._draft(self.formula)
        self.env["sale.order"].browse(cart["id"]).order_line.price_unit = 200
        self.assertEqual(self._desk().resume_draft(cart["id"])["total"], 200)

    def test_address_is_checked(self):
        cart = self._draft(self.formula)
        desk = self._desk()
        with self.assertRaisesRegex(UserError, "Province.*City.*telephone"):
            desk.set_address(
                cart["id"], values={"name": "A", "street": "Changning Road", "phone": "12"}
            )
        with self.assertRaisesRegex(UserError, "not complete"):
            desk.set_address(cart["id"], address_id=self.customer.id)
        cart = desk.set_address(cart["id"], values=self.address)
        address = self.env["res.partner"].browse(cart["address"]["id"])
        self.assertEqual((address.parent_id, address.type), (self.customer, "delivery"))
        self.assertFalse(
            address.gb_phone_ids, "the consignee's number does not make the caller ambiguous"
        )
        cart = desk.set_address(cart["id"], address.id, {**self.address, "street": "Xinhua Road 2"})
        self.assertEqual((cart["address"]["id"], address.street), (address.id, "Xinhua Road 2"))

    def test_hidden_number_of_an_address_stays_whole(self):
        self.env.ref("gb_callcenter.group_gb_agent").implied_ids -= self.env.ref(
            "gb_callcenter.group_gb_see_numbers"
        )
        cart = self._draft(self.formula)
        desk = self._desk()
        shown = desk.get_desk(self.customer.id)["partner"]["phone"]
        self.assertIn("****", shown)
        cart = desk.set_address(cart["id"], values={**self.address, "phone": shown})
        address = self.env["res.partner"].browse(cart["address"]["id"])
        self.assertEqual(address.phone, self.customer.phone)
        self.assertEqual(cart["address"]["phone"], shown)
        values = {**self.address, "street": "Xinhua Road 2", "phone": shown}
        desk.set_address(cart["id"], address.id, values)
        self.assertEqual(address.phone, self.customer.phone)
        with self.assertRaisesRegex(UserError, "Enter the whole number"):
            desk.set_address(cart["id"], address.id, {**values, "phone": f"{shown[:-1]}x"})

    def test_a_stranger_may_buy_but_is_told_nothing(self):
        saved = self.env["res.partner"].create(
            {**self.address, "parent_id": self.customer.id, "type": "delivery"}
        )
        self._confirm(self._ready(self.nappies))
        desk = self._desk(self.agent_2)
        self.assertFalse(desk.search_products("", self.customer.id)["products"])
        cart = self._draft(self.formula, user=self.agent_2)
        self.assertFalse(cart["is_verified"])
        self.assertNotIn("Changning", str(cart["addresses"]))
        self.assertEqual((cart["address"], cart["points"]), (False, []))
        with self.assertRaisesRegex(UserError, "not an address"):
            desk.set_address(cart["id"], saved.id)
        cart = desk.set_address(cart["id"], values={**self.address, "street": "Xinhua Road 2"})
        self.assertEqual(cart["address"]["street"], "Xinhua Road 2")
        self.assertNotIn("Changning", str(cart["addresses"]))
        self.customer._gb_record_check("override", True, reason="Known", user=self.agent_2)
        cart = desk.get_draft(cart["id"])
        self.assertTrue(cart["is_verified"])
        self.assertIn("Changning", str(cart["addresses"]))
        self.assertEqual(self._codes(desk.search_products("", self.customer.id)), ["TD-003"])

    def test_address_of_somebody_else_is_refused(self):
        cart = self._draft(self.formula)
        other = self.env["res.partner"].create({"name": "Other"})
        with self.assertRaisesRegex(UserError, "not an address"):
            self._desk().set_address(cart["id"], address_id=other.id)

    def test_carriers_with_price_and_earliest_day(self):
        cart = self._draft(self.formula)
        desk = self._desk()
        desk.set_address(cart["id"], values=self.address)
        rows = {row["name"]: row for row in desk.get_carriers(cart["id"])}
        self.assertEqual(rows["Test courier"]["price"], 12)
        self.assertLess(rows["Test courier"]["date"], rows["Test post"]["date"])
        cart = desk.set_carrier(cart["id"], self.courier.id)
        self.assertEqual(cart["total"], 312)
        cart = desk.set_line(cart["id"], self.formula.id, 2)
        self.assertEqual(cart["total"], 600, "free from 500 on")
        cart = desk.set_carrier(cart["id"], self.post.id)
        self.assertEqual(
            [line["name"] for line in cart["lines"] if line["kind"] == "delivery"], ["Test post"]
        )

    def test_carrier_that_does_not_go_there(self):
        self.courier.state_ids = self.env.ref("base.state_cn_BJ")
        cart = self._draft(self.formula)
        desk = self._desk()
        desk.set_address(cart["id"], values=self.address)
        self.assertEqual([row["name"] for row in desk.get_carriers(cart["id"])], ["Test post"])
        with self.assertRaisesRegex(UserError, "does not go there"):
            desk.set_carrier(cart["id"], self.courier.id)

    def test_wished_day_is_not_before_the_earliest(self):
        cart = self._draft(self.formula)
        desk = self._desk()
        desk.set_address(cart["id"], values=self.address)
        desk.set_carrier(cart["id"], self.post.id)
        today = desk.get_desk()["today"]
        cart = desk.set_details(cart["id"], {"delivery_date": today})
        self.assertIn("cannot be there before", self._texts(cart, "missing"))
        for wrong in ("2020-01-01", "nonsense", "2099-01-01"):
            with self.assertRaises(UserError):
                desk.set_details(cart["id"], {"delivery_date": wrong})

    def _coupon(self, **values):
        return self.env["loyalty.program"].create(
            {
                "name": "Coupon",
                "program_type": "promo_code",
                "trigger": "with_code",
                "applies_on": "current",
                "rule_ids": [
                    Command.create(
                        {"mode": "with_code", "code": "BABY20", "minimum_amount": 100, **values}
                    )
                ],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 20,
                            "discount_mode": "per_order",
                            "discount_applicability": "order",
                            "required_points": 1,
                        }
                    )
                ],
            }
        )

    def test_coupon_by_code(self):
        self._coupon()
        cart = self._draft(self.formula)
        desk = self._desk()
        for wrong in ("", "NOPE"):
            with self.assertRaises(UserError):
                desk.apply_code(cart["id"], wrong)
        cart = desk.apply_code(cart["id"], "BABY20")
        self.assertEqual((cart["total"], cart["codes"]), (280, ["BABY20"]))
        self.assertIn("20", cart["saved_text"])
        with self.assertRaisesRegex(UserError, "already applied"):
            desk.apply_code(cart["id"], "BABY20")
        reward = next(line for line in cart["lines"] if line["kind"] == "reward")
        self.assertEqual(desk.remove_line(cart["id"], reward["id"])["total"], 300)

    def test_automatic_promotion_and_taking_it_out(self):
        self.env["loyalty.program"].create(
            {
                "name": "Ten off",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "rule_ids": [Command.create({"mode": "auto", "minimum_amount": 200})],
                "reward_ids": [
                    Command.create(
                        {"reward_type": "discount", "discount": 10, "discount_mode": "percent"}
                    )
                ],
            }
        )
        cart = self._draft(self.formula)
        self.assertEqual(cart["total"], 270)
        reward = next(line for line in cart["lines"] if line["kind"] == "reward")
        cart = self._desk().remove_line(cart["id"], reward["id"])
        self.assertEqual(cart["total"], 300)
        cart = self._desk().set_line(cart["id"], self.formula.id, 2)
        self.assertEqual(cart["total"], 600, "does not come back by itself")

    def test_points_are_spent(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Points",
                "program_type": "loyalty",
                "trigger": "auto",
                "applies_on": "both",
                "rule_ids": [
                    Command.create({"reward_point_mode": "money", "reward_point_amount": 1})
                ],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 50,
                            "discount_mode": "per_order",
                            "required_points": 500,
                        }
                    )
                ],
            }
        )
        card = self.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": self.customer.id, "points": 600}
        )
        cart = self._draft(self.formula)
        self.assertEqual(cart["total"], 300, "points are the customer's to spend")
        (reward,) = cart["rewards"]
        self.assertEqual((reward["cost"], reward["coupon_id"]), (500, card.id))
        self.assertIn("600", cart["points"][0]["balance"])
        cart = self._desk().claim_reward(cart["id"], reward["id"], reward["coupon_id"])
        self.assertEqual(cart["total"], 250)
        with self.assertRaisesRegex(UserError, "not available"):
            self._desk().claim_reward(cart["id"], reward["id"], reward["coupon_id"])

    def test_payment_means_that_cannot_be_had_say_why(self):
        cart = self._draft(self.formula)
        desk = self._desk()
        desk.set_address(cart["id"], values=self.address)
        cart = desk.set_carrier(cart["id"], self.post.id)
        refusals = {row["key"]: row["refusal"] for row in cart["means"]}
        self.assertIn("does not collect", refusals["cash_on_delivery"])
        self.assertIn("not enough", refusals["balance"])
        self.assertFalse(refusals["bank_transfer"] or refusals["payment_link"])
        with self.assertRaises(UserError):
            desk.set_details(cart["id"], {"payment_means": "beads"})
        cart = desk.set_details(cart["id"], {"payment_means": "cash_on_delivery"})
        self.assertIn("does not collect", self._texts(cart, "missing"))

    def test_credit_limit_and_black_list_are_said(self):
        self.company.account_use_credit_limit = True
        self.customer.write({"use_partner_credit_limit": True, "credit_limit": 1})
        self.customer.gb_is_blacklisted = True
        cart = self._draft(self.formula)
        self.assertIn("limit", self._texts(cart).lower())
        self.assertIn("black list", self._texts(cart))
        refusals = {row["key"]: row["refusal"] for row in cart["means"]}
        self.assertIn("black list", refusals["cash_on_delivery"])

    def test_customer_of_another_team_or_company(self):
        cart = self._draft(self.formula)
        self.customer.gb_team_id = self.team_service
        for call in (
            lambda desk: desk.open_draft(self.customer.id),
            lambda desk: desk.set_line(cart["id"], self.formula.id, 2),
            lambda desk: desk.get_drafts(self.customer.id),
            lambda desk: desk.confirm(cart["id"], "key"),
        ):
            with self.assertRaises(AccessError):
                call(self._desk())
        self.customer.gb_team_id = False
        self.customer.company_id = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(AccessError):
            self._desk().open_draft(self.customer.id)

    def test_only_agents(self):
        cart = self._draft(self.formula)
        for user in (self.inspector, self.analyst):
            for call in (
                lambda desk: desk.open_draft(self.customer.id),
                lambda desk: desk.get_draft(cart["id"]),
                lambda desk: desk.set_line(cart["id"], self.formula.id, 2),
                lambda desk: desk.confirm(cart["id"], "key"),
            ):
                with self.assertRaises(AccessError, msg=user.login):
                    call(self._desk(user))

    def test_other_orders_are_no_drafts_of_the_desk(self):
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        with self.assertRaisesRegex(UserError, "does not exist"):
            self._desk().set_line(order.id, self.formula.id, 1)

    def test_agent_changes_no_order_directly(self):
        cart = self._draft(self.formula)
        order = self.env["sale.order"].with_user(self.agent).browse(cart["id"])
        with self.assertRaises(AccessError):
            order.write({"note": "Cheaper"})
        with self.assertRaises(AccessError):
            order.order_line.write({"price_unit": 1})
