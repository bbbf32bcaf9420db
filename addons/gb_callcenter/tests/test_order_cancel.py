from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.sale_order_change import SaleOrder
from .common_orders import OrderCase


@tagged("post_install", "-at_install")
class TestOrderCancel(OrderCase):
    def _cancel(self, order=None, reason=None, **values):
        answer = self.desk.cancel_order(
            (order or self.order).id, (reason or self.cancel_reason).id, **values
        )
        self.env.invalidate_all()
        return answer

    # ------------------------------------------------------------
    # Before shipment
    # ------------------------------------------------------------
    def test_unsent_order_is_cancelled_with_its_delivery(self):
        self.order.action_confirm()
        answer = self._cancel(note="Bought elsewhere", key="c1")
        self.assertEqual(self.order.state, "cancel")
        self.assertEqual(self.order.picking_ids.state, "cancel")
        self.assertEqual(answer["order"]["stage"], "cancelled")
        change = self.order.gb_change_ids
        self.assertEqual((change.kind, change.reason_id), ("cancel", self.cancel_reason))
        self.assertEqual((change.amount_before, change.amount_after), (220, 0))
        self.assertFalse(change.refund_due)
        self.assertEqual(self._cancel(key="c1")["change"]["id"], change.id)
        with self.assertRaisesRegex(UserError, "is cancelled"):
            self._cancel(key="c2")

    def test_a_draft_is_cancelled_too(self):
        self._cancel()
        self.assertEqual(self.order.state, "cancel")

    def test_a_reason_is_asked_for(self):
        with self.assertRaisesRegex(UserError, "Choose the reason"):
            self.desk.cancel_order(self.order.id, False)

    def test_paid_order_leaves_a_refund(self):
        invoice = self._invoice(self.order)
        answer = self._cancel()
        change = self.order.gb_change_ids
        self.assertEqual(self.order.state, "cancel")
        self.assertEqual(change.refund_due, 220)
        self.assertIn("paid back", answer["change"]["hint"])
        credit = invoice.reversal_move_ids
        self.assertEqual((credit.state, credit.amount_total), ("draft", 220))

    def test_unpaid_invoice_is_set_off(self):
        invoice = self._invoice(self.order, paid=False)
        self._cancel()
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertFalse(self.order.gb_change_ids.refund_due)

    def test_points_and_coupon_are_given_back(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Coupons",
                "program_type": "coupons",
                "trigger": "with_code",
                "applies_on": "current",
                "reward_ids": [(0, 0, {"reward_type": "discount", "discount": 10})],
            }
        )
        coupon = self.env["loyalty.card"].create(
            {"program_id": program.id, "points": 1, "code": "GB-TEN"}
        )
        order = self._order({self.bottle: 2})
        status = order._try_apply_code("GB-TEN")
        for card, rewards in status.items():
            order._apply_program_reward(rewards, card)
        order.action_confirm()
        self.assertEqual((coupon.points, order.amount_total), (0, 108))
        self._cancel(order)
        self.assertEqual(coupon.points, 1)

    def test_locked_order_is_cancelled(self):
        self.order.action_confirm()
        self.order.action_lock()
        self._cancel()
        self.assertEqual(self.order.state, "cancel")

    def test_picked_goods_go_back_to_their_place(self):
        self.warehouse.delivery_steps = "pick_ship"
        self.order.action_confirm()
        pick = self.order.picking_ids.filtered(lambda one: one.picking_type_code == "internal")
        self._done(pick)
        self._cancel()
        self.assertEqual(self.order.state, "cancel")
        self.assertIn("put the goods back", pick.activity_ids.filtered("summary")[:1].summary)

    # ------------------------------------------------------------
    # After shipment
    # ------------------------------------------------------------
    def test_a_parcel_on_its_way_is_refused_at_the_door(self):
        delivery = self._deliver(self.order)
        changeable = self.desk.get_order(self.order.id)["changeable"]
        self.assertEqual(changeable["cancel"]["how"], "refuse")
        answer = self._cancel(reason=self.refuse_reason, key="r1")
        self.assertEqual(self.order.state, "sale")
        self.assertEqual(answer["change"]["kind"], "refuse")
        self.assertIn("refuses this parcel", delivery.activity_ids.summary)
        self.assertFalse(delivery.return_ids, "nothing comes back before the carrier has tried")
        self.assertFalse(answer["order"]["changeable"]["cancel"]["allowed"])
        with self.assertRaisesRegex(UserError, "registered"):
            self._cancel(reason=self.refuse_reason)

    def test_what_has_not_left_is_not_sent_any_more(self):
        self.order.action_confirm()
        picking = self.order.picking_ids
        picking.move_ids.filtered(lambda one: one.product_id == self.bottle).write(
            {"quantity": 2, "picked": True}
        )
        picking._action_done()
        self._cancel(reason=self.refuse_reason)
        self.assertEqual((self.order.picking_ids - picking).state, "cancel")

    def test_delivered_goods_come_back_as_a_return(self):
        delivery = self._deliver(self.order)
        with self._parcels_are("delivered"):
            changeable = self.desk.get_order(self.order.id)["changeable"]
            self.assertEqual(changeable["stage"], "delivered")
            self.assertEqual(changeable["cancel"]["how"], "return")
            answer = self._cancel(reason=self.refuse_reason, key="b1")
            self.assertEqual(answer["order"]["stage"], "returned")
            self._cancel(reason=self.refuse_reason, key="b1")
            with self.assertRaisesRegex(UserError, "came back"):
                self._cancel(reason=self.refuse_reason)
        self._assert_return(delivery)

    def test_refused_parcel_gets_its_return_transfer(self):
        delivery = self._deliver(self.order)
        with self._parcels_are("refused"):
            self._cancel(reason=self.refuse_reason)
        self._assert_return(delivery)

    def _assert_return(self, delivery):
        back = delivery.return_ids
        self.assertEqual(len(back), 1)
        self.assertEqual(
            {move.product_id: move.product_uom_qty for move in back.move_ids},
            {self.bottle: 2, self.diaper: 1},
        )

    @contextmanager
    def _parcels_are(self, state):
        """As the carrier has told; other addons that handle returns are left out."""
        orders = self.env.registry["sale.order"]
        with (
            patch.object(orders, "_get_gb_parcel_state", lambda self, parcel: state),
            patch.object(orders, "_gb_start_return", SaleOrder._gb_start_return),
        ):
            yield

    def test_others_than_agents_do_not_cancel(self):
        for user in (self.analyst, self.inspector):
            with self.assertRaises(AccessError):
                self.env["gb.order.desk"].with_user(user).cancel_order(
                    self.order.id, self.cancel_reason.id
                )

    def test_back_office_cancels_without_a_reason(self):
        self.order.action_confirm()
        self.order._action_cancel()
        self.assertFalse(self.order.gb_change_ids)
