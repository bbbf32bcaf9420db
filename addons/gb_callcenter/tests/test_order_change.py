from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_orders import OrderCase


@tagged("post_install", "-at_install")
class TestOrderChange(OrderCase):
    def _change(self, changes, order=None, **values):
        answer = self.desk.change_order(
            (order or self.order).id, changes, reason_id=self.reason.id, **values
        )
        self.env.invalidate_all()
        return answer

    # ------------------------------------------------------------
    # Look up
    # ------------------------------------------------------------
    def test_orders_of_all_sources_are_in_one_list(self):
        website = self.env["website"].search([("company_id", "=", self.company.id)], limit=1)
        web = self._order({self.bottle: 1}, website_id=website.id)
        self.order.gb_source = "phone"
        orders = self.desk.get_orders(self.customer.id)["orders"]
        self.assertEqual(
            {(row["id"], row["source"]) for row in orders},
            {(self.order.id, "phone"), (web.id, "web")},
        )
        row = next(row for row in orders if row["id"] == self.order.id)
        self.assertEqual(row["stage"], "draft")
        self.assertEqual(row["goods"][0], {"name": "[GBT-1] Baby bottle", "quantity": 2})
        only = self.desk.get_orders(self.customer.id, {"source": "web"})["orders"]
        self.assertEqual([row["id"] for row in only], web.ids)

    def test_pages_follow_each_other(self):
        for _number in range(3):
            self._order({self.bottle: 1})
        first = self.desk.get_orders(self.customer.id, limit=3)
        rest = self.desk.get_orders(self.customer.id, limit=3, before=first["next"])
        self.assertEqual((len(first["orders"]), len(rest["orders"])), (3, 1))
        self.assertFalse(rest["next"])
        self.assertFalse(
            {row["id"] for row in first["orders"]} & {row["id"] for row in rest["orders"]}
        )

    def test_a_long_list_takes_no_more_queries(self):
        self.order.action_confirm()
        self.desk.get_orders(self.customer.id)  # warms what is cached for good
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.desk.get_orders(self.customer.id)
        few = self.env.cr.sql_log_count - before
        for _number in range(5):
            self._order({self.bottle: 1, self.diaper: 1}).action_confirm()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(len(self.desk.get_orders(self.customer.id)["orders"]), 6)
        self.assertLessEqual(self.env.cr.sql_log_count - before, few + 2)

    def test_found_by_number_product_and_day(self):
        delivery = self._deliver(self.order)
        delivery.carrier_tracking_ref = "SF998877"
        found = [
            self.desk.get_orders(partner, filters)["orders"]
            for partner, filters in (
                (False, {"text": self.order.name}),
                (False, {"text": "sf998877"}),
                (self.customer.id, {"text": "bottle"}),
                (self.customer.id, {"text": "GBT-2"}),
                (self.customer.id, {"product_id": self.diaper.id}),
                (self.customer.id, {"date_from": str(fields.Date.today() - timedelta(1))}),
            )
        ]
        for rows in found:
            self.assertEqual([row["id"] for row in rows], self.order.ids)
        parcel = found[1][0]["parcels"][0]
        self.assertEqual(parcel["tracking"], "SF998877")
        none = self.desk.get_orders(
            self.customer.id, {"date_to": str(fields.Date.today() - timedelta(2))}
        )
        self.assertFalse(none["orders"])
        self.assertFalse(self.desk.get_orders(False, {"text": "Baby bottle"})["orders"])
        with self.assertRaisesRegex(UserError, "three characters"):
            self.desk.get_orders(False, {"text": "S0"})

    def test_only_who_may_serve_the_customer_finds_the_order(self):
        with self.assertRaises(AccessError):
            self.env["gb.order.desk"].with_user(self.analyst).get_orders(self.customer.id)
        self.customer.gb_team_id = self.team_service
        self.address.gb_team_id = self.team_service
        self.assertFalse(self.desk.get_orders(False, {"text": self.order.name})["orders"])
        with self.assertRaises(AccessError):
            self.desk.get_order(self.order.id)
        with self.assertRaises(AccessError):
            self._change({"date": {"date": "2099-01-01"}})

    def test_until_it_is_checked_who_is_calling_little_is_told_and_nothing_changed(self):
        desk = self.env["gb.order.desk"].with_user(self.agent_2)
        told = {"id", "name", "partner", "date", "amount", "stage", "stage_label", "is_verified"}
        (row,) = desk.get_orders(self.customer.id)["orders"]
        order = desk.get_order(self.order.id)
        for answer in (row, order):
            self.assertEqual(set(answer), told)
            self.assertFalse(answer["is_verified"])
        with self.assertRaisesRegex(UserError, "Check who is calling first"):
            desk.change_order(self.order.id, {"date": {"date": "2099-01-01"}})
        with self.assertRaisesRegex(UserError, "Check who is calling first"):
            desk.cancel_order(self.order.id, self.cancel_reason.id)
        self.assertFalse(self.order.gb_change_ids)
        self._check_identity(user=self.agent_2)
        self.assertTrue(desk.get_orders(self.customer.id)["orders"][0]["goods"])
        self.assertTrue(desk.get_order(self.order.id)["lines"])

    def test_until_it_is_checked_who_is_calling_orders_are_not_found_by_product(self):
        desk = self.env["gb.order.desk"].with_user(self.agent_2)
        by_product = {"product_id": self.bottle.id}
        answer = desk.get_orders(self.customer.id, {"text": "bottle"})
        self.assertEqual((answer["orders"], answer["is_verified"]), ([], False))
        self.assertTrue(desk.get_orders(self.customer.id, {"text": self.order.name})["orders"])
        for partner in (self.customer.id, False):
            with self.assertRaisesRegex(UserError, "Check who is calling first"):
                desk.get_orders(partner, {**by_product, "text": self.order.name})
        self._check_identity(user=self.agent_2)
        answer = desk.get_orders(self.customer.id, {"text": "bottle"})
        self.assertEqual((len(answer["orders"]), answer["is_verified"]), (1, True))
        self.assertTrue(desk.get_orders(self.customer.id, by_product)["orders"])

    def test_orders_of_another_company_are_left_alone(self):
        desk = self.env["gb.order.desk"].with_user(self._other_company())
        self.assertFalse(desk.get_orders(self.customer.id)["orders"])
        with self.assertRaisesRegex(AccessError, "belongs to"):
            desk.get_order(self.order.id)
        with self.assertRaises(AccessError):
            desk.cancel_order(self.order.id, self.cancel_reason.id)

    # ------------------------------------------------------------
    # Before picking
    # ------------------------------------------------------------
    def test_before_picking_everything_is_changed(self):
        self.order.set_delivery_line(self.carrier, 10)
        self.order.action_confirm()
        answer = self._change(
            {
                "lines": [
                    {"line_id": self.bottle_line.id, "quantity": 3},
                    {"line_id": self.diaper_line.id, "quantity": 0},
                ],
                "address": self.address.id,
                "date": {"date": "2099-01-02", "window": "afternoon"},
                "carrier": self.express.id,
                "invoice": {"title": "Chen Ltd.", "tax_number": "9131"},
            },
            note="Birthday",
            key="k1",
        )
        picking = self.order.picking_ids.filtered(lambda one: one.state != "cancel")
        moves = picking.move_ids.filtered(lambda move: move.product_uom_qty)
        self.assertEqual(moves.product_id, self.bottle)
        self.assertEqual(sum(moves.mapped("product_uom_qty")), 3)
        self.assertEqual(picking.partner_id, self.address)
        self.assertEqual(picking.carrier_id, self.express)
        self.assertEqual(picking.scheduled_date.date(), self.order.gb_delivery_date)
        self.assertEqual(self.order.partner_shipping_id, self.address)
        self.assertEqual(self.order.amount_total, 3 * 60 + 25)
        self.assertEqual(self.order.gb_invoice_title, "Chen Ltd.")
        change = self.order.gb_change_ids
        self.assertEqual((change.kind, change.reason_id), ("change", self.reason))
        self.assertEqual(change.user_id, self.agent)
        self.assertIn("Grandmother", change.summary)
        self.assertIn("→", change.summary)
        self.assertEqual((change.amount_before, change.amount_after), (230, 205))
        self.assertEqual(answer["change"]["note"], "Birthday")
        self.assertEqual(answer["order"]["stage"], "open")
        self.assertIn("Grandmother", "".join(self.order.message_ids.mapped("body")))

    def test_a_repeated_request_changes_once(self):
        self.order.action_confirm()
        changes = {"lines": [{"product_id": self.diaper.id, "quantity": 1}]}
        first = self._change(changes, key="once")
        again = self._change(changes, key="once")
        self.assertEqual(self.diaper_line.product_uom_qty, 2)
        self.assertEqual(first["change"]["id"], again["change"]["id"])
        self.assertEqual(len(self.order.gb_change_ids), 1)

    def test_no_more_than_there_is_of_what_is_not_sold_without_stock(self):
        self.order.action_confirm()
        self.bottle.allow_out_of_stock_order = False
        self._change({"lines": [{"line_id": self.bottle_line.id, "quantity": 20}]})
        with self.assertRaisesRegex(UserError, "Only 0 of"):
            self._change({"lines": [{"line_id": self.bottle_line.id, "quantity": 21}]})
        rare = self.env["product.product"].create(
            {"name": "Rare", "is_storable": True, "allow_out_of_stock_order": False}
        )
        with self.assertRaisesRegex(UserError, "Only 0 of .*Rare"):
            self._change({"lines": [{"product_id": rare.id, "quantity": 1}]})
        self._stock(rare, 1)
        self.env.invalidate_all()
        self._change({"lines": [{"product_id": rare.id, "quantity": 1}]})
        self.assertIn(rare, self.order.order_line.product_id)
        for wrong in (-1, float("nan"), "x"):
            with self.assertRaisesRegex(UserError, "number from 0"):
                self._change({"lines": [{"product_id": self.diaper.id, "quantity": wrong}]})

    def test_new_goods_must_be_for_sale(self):
        self.order.action_confirm()
        toy = self.env["product.product"].create({"name": "Toy", "list_price": 5})
        self._change({"lines": [{"product_id": toy.id, "quantity": 2}]})
        self.assertEqual(
            self.order.order_line.filtered(lambda one: one.product_id == toy).product_uom_qty, 2
        )
        self.bottle.sale_ok = False
        with self.assertRaisesRegex(UserError, "off sale"):
            self._change({"lines": [{"line_id": self.bottle_line.id, "quantity": 5}]})
        self._change({"lines": [{"line_id": self.bottle_line.id, "quantity": 1}]})
        self.assertEqual(self.bottle_line.product_uom_qty, 1)

    def test_rewards_follow_the_lines(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Points",
                "program_type": "loyalty",
                "trigger": "auto",
                "applies_on": "both",
                "rule_ids": [(0, 0, {"reward_point_mode": "money", "reward_point_amount": 1})],
                "reward_ids": [
                    (0, 0, {"reward_type": "discount", "discount": 1, "required_points": 1e6})
                ],
            }
        )
        order = self._order({self.bottle: 2})
        order._update_programs_and_rewards()
        order.action_confirm()
        card = self.env["loyalty.card"].search(
            [("program_id", "=", program.id), ("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(card.points, 120)
        self._change({"lines": [{"line_id": order.order_line[0].id, "quantity": 3}]}, order)
        self.assertEqual(card.points, 180)
        self._change({"lines": [{"line_id": order.order_line[0].id, "quantity": 1}]}, order)
        self.assertEqual(card.points, 60)

    def test_money_already_paid_is_told(self):
        self.order.action_confirm()
        method = self.env.ref("payment.payment_method_unknown")
        provider = self.env["payment.provider"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": "gb-change",
                "amount": 220,
                "currency_id": self.order.currency_id.id,
                "partner_id": self.customer.id,
                "state": "done",
                "sale_order_ids": [(6, 0, self.order.ids)],
            }
        )
        self.assertEqual(self.desk.get_order(self.order.id)["payment"]["state"], "paid")
        answer = self._change({"lines": [{"line_id": self.bottle_line.id, "quantity": 1}]})
        self.assertRegex(answer["change"]["hint"], "60.*paid back")

    def test_what_makes_no_sense_is_refused_with_words(self):
        self.order.set_delivery_line(self.carrier, 10)
        self.order.action_confirm()
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        far = self.address.copy(
            {"country_id": self.env.ref("base.fr").id, "parent_id": self.customer.id}
        )
        self.carrier.country_ids = self.china
        for changes, message in (
            ({"address": stranger.id}, "one of the customer's addresses"),
            ({"address": far.id}, "does not deliver to this address"),
            ({"date": {"date": "2001-01-01"}}, "in the past"),
            ({"date": {"date": "2099-01-01", "window": "night"}}, "time of the day"),
            ({"lines": [{"line_id": self.bottle_line.id, "quantity": -1}]}, "number from 0"),
            ({"lines": [{"line_id": 1, "quantity": 1}]}, "changed meanwhile"),
            ({"address": self.order.partner_shipping_id.id}, "Nothing would change"),
            (
                {
                    "lines": [
                        {"line_id": one.id, "quantity": 0} for one in self.order.order_line[:2]
                    ]
                },
                "cancel it instead",
            ),
            ({"colour": "red"}, "no such change"),
        ):
            with self.subTest(message), self.assertRaisesRegex(UserError, message):
                self._change(changes)
        with self.assertRaisesRegex(UserError, "none for that"):
            self.desk.change_order(
                self.order.id, {"address": self.address.id}, reason_id=self.cancel_reason.id
            )

    def test_a_locked_order_stays_locked(self):
        self.order.action_confirm()
        self.order.action_lock()
        self._change({"lines": [{"line_id": self.bottle_line.id, "quantity": 1}]})
        self.assertEqual(self.bottle_line.product_uom_qty, 1)
        self.assertTrue(self.order.locked)

    # ------------------------------------------------------------
    # Later
    # ------------------------------------------------------------
    def test_picked_goods_are_redirected_by_the_warehouse(self):
        self.warehouse.delivery_steps = "pick_ship"
        self.order.action_confirm()
        self._done(self.order.picking_ids.filtered(lambda one: one.picking_type_code == "internal"))
        changeable = self.desk.get_order(self.order.id)["changeable"]
        self.assertEqual(changeable["stage"], "picked")
        self.assertFalse(changeable["lines"]["allowed"])
        self.assertIn("picked already", changeable["lines"]["why"])
        with self.assertRaisesRegex(UserError, "picked already"):
            self._change({"lines": [{"line_id": self.bottle_line.id, "quantity": 1}]})
        self._change({"address": self.address.id, "date": {"date": "2099-01-02"}})
        ship = self.order.picking_ids.filtered(
            lambda one: one.state not in ("done", "cancel") and one.picking_type_code == "outgoing"
        )
        self.assertEqual(ship.partner_id, self.address)
        self.assertIn("look before you send", ship.activity_ids.summary)
        self.assertIn("Grandmother", ship.activity_ids.note)

    def test_a_parcel_on_its_way_is_redirected_by_the_carrier(self):
        delivery = self._deliver(self.order)
        changeable = self.desk.get_order(self.order.id)["changeable"]
        self.assertEqual(changeable["stage"], "shipped")
        self.assertFalse(changeable["address"]["allowed"])
        self.assertTrue(changeable["redirect"]["allowed"])
        with self.assertRaisesRegex(UserError, "has left the warehouse"):
            self._change({"address": self.address.id})
        with self.assertRaisesRegex(UserError, "Say what the carrier"):
            self._change({"redirect": " "})
        self._change({"redirect": "Leave it with the porter"})
        self.assertIn("Leave it with the porter", delivery.activity_ids.note)
        self.assertIn("porter", self.order.gb_change_ids.summary)

    def test_what_was_sent_in_part_is_split(self):
        self.order.action_confirm()
        picking = self.order.picking_ids
        move = picking.move_ids.filtered(lambda one: one.product_id == self.bottle)
        move.write({"quantity": 2, "picked": True})
        picking._action_done()
        changeable = self.desk.get_order(self.order.id)["changeable"]
        self.assertEqual(changeable["stage"], "partly")
        self._change({"address": self.address.id})
        rest = self.order.picking_ids - picking
        self.assertEqual(rest.partner_id, self.address)
        self.assertNotEqual(picking.partner_id, self.address)

    def test_an_invoiced_order_keeps_its_lines(self):
        invoice = self._invoice(self.order, paid=False)
        changeable = self.desk.get_order(self.order.id)["changeable"]
        self.assertIn(invoice.name, changeable["lines"]["why"])
        self.assertTrue(changeable["address"]["allowed"])

    def test_changes_are_written_by_nobody(self):
        self.order.action_confirm()
        self._change({"address": self.address.id})
        change = self.order.gb_change_ids
        for user in (self.agent, self.manager):
            with self.assertRaises(AccessError):
                change.with_user(user).write({"note": "x"})
            with self.assertRaises(AccessError):
                change.with_user(user).unlink()
        self.assertTrue(change.with_user(self.analyst).summary)
        self.assertFalse(self.env["gb.order.change"].with_user(self._other_company()).search([]))

    # ------------------------------------------------------------
    # Stock
    # ------------------------------------------------------------
    def test_stock_is_seen_from_the_seat(self):
        self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.bottle.id,
                "warehouse_id": self.warehouse.id,
                "trigger": "manual",
                "product_min_qty": 50,
                "product_max_qty": 90,
            }
        )
        move = self.env["stock.move"].create(
            {
                "product_id": self.bottle.id,
                "product_uom_qty": 7,
                "origin": "PO7",
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
            }
        )
        move._action_confirm()
        self.order.action_confirm()
        stock = self.desk.get_stock(self.bottle.id)
        row = next(row for row in stock["warehouses"] if row["id"] == self.warehouse.id)
        self.assertEqual((row["on_hand"], row["reserved"], row["free"]), (20, 2, 18))
        self.assertEqual(row["forecast"], 25)
        self.assertEqual((row["incoming"][0]["quantity"], row["incoming"][0]["origin"]), (7, "PO7"))
        self.assertEqual(row["rule"], {"min": 50, "max": 90, "is_low": True})
        with self.assertRaises(AccessError):
            self.env["gb.order.desk"].with_user(self.analyst).get_stock(self.bottle.id)
