from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_after_sales import AfterSalesCase


@tagged("post_install", "-at_install")
class TestOrderChanges(AfterSalesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.address = cls.env["res.partner"].create(
            {"name": "Grandmother", "parent_id": cls.customer.id, "type": "delivery"}
        )

    # ------------------------------------------------------------
    # Change
    # ------------------------------------------------------------
    def test_before_picking_the_order_is_changed(self):
        self.order.action_confirm()
        ticket = self._open(
            "order_change", new_address_id=self.address.id, new_delivery_at="2030-01-02 03:00:00"
        )
        with self.assertRaisesRegex(UserError, "Apply the change"):
            self._submit(ticket)
        ticket.with_user(self.handler).action_apply_change()
        picking = self.order.picking_ids
        self.assertEqual(self.order.partner_shipping_id, self.address)
        self.assertEqual(picking.partner_id, self.address)
        self.assertEqual(str(picking.scheduled_date), "2030-01-02 03:00:00")
        self.assertIn("Grandmother", "".join(picking.message_ids.mapped("body")))
        self.assertFalse(ticket.task_ids)
        self._submit(ticket)

    def test_after_sending_logistics_intercepts(self):
        delivery = self._deliver()
        ticket = self._open("order_change", new_address_id=self.address.id)
        action = ticket.with_user(self.handler).action_apply_change()
        self.assertIn(self.logistics.name, action["params"]["message"])
        task = ticket.task_ids
        self.assertEqual(task.department_id, self.logistics)
        self.assertTrue(task.is_blocking)
        self.assertIn(delivery.name, task.name)
        self.assertNotEqual(self.order.partner_shipping_id, self.address)
        with self.assertRaisesRegex(UserError, "being intercepted already"):
            ticket.with_user(self.handler).action_apply_change()
        with self.assertRaisesRegex(UserError, "done first"):
            self._submit(ticket)
        task.state = "done"
        self._submit(ticket)

    def test_picked_but_not_sent_is_intercepted_too(self):
        self.warehouse.delivery_steps = "pick_ship"
        self.order.action_confirm()
        pick = self.order.picking_ids.filtered(lambda one: one.picking_type_code == "internal")
        self._done(pick)
        ticket = self._open("order_change", new_address_id=self.address.id)
        ticket.with_user(self.handler).action_apply_change()
        self.assertIn(pick.name, ticket.task_ids.name)

    def test_wrong_states_of_a_change(self):
        ticket = self._open("order_change").with_user(self.handler)
        with self.assertRaisesRegex(UserError, "Enter the new address"):
            ticket.action_apply_change()
        ticket.sudo().new_delivery_at = "2020-01-01 00:00:00"
        with self.assertRaisesRegex(UserError, "in the past"):
            ticket.action_apply_change()
        self.order._action_cancel()
        ticket.sudo().new_delivery_at = "2030-01-01 00:00:00"
        with self.assertRaisesRegex(UserError, "is cancelled"):
            ticket.action_apply_change()

    def test_no_department_for_interceptions(self):
        self._deliver()
        self.logistics.gb_is_logistics = False
        ticket = self._open("order_change", new_address_id=self.address.id).with_user(self.handler)
        with self.assertRaisesRegex(UserError, "Choose the department"):
            ticket.action_apply_change()
        ticket.action_apply_change(self.elsewhere.id)
        self.assertEqual(ticket.sudo().task_ids.department_id, self.elsewhere)

    # ------------------------------------------------------------
    # Expedite
    # ------------------------------------------------------------
    def test_expedite_raises_the_delivery(self):
        self.order.action_confirm()
        picking = self.order.picking_ids
        ticket = self._open("expedite", until="accepted", new_delivery_at="2030-01-02 03:00:00")
        self.assertEqual(ticket.picking_id, picking)
        self.assertEqual(picking.priority, "1")
        self.assertEqual(str(picking.scheduled_date), "2030-01-02 03:00:00")
        self.assertIn("send it first", "".join(picking.message_ids.mapped("body")))
        self._walk(ticket, "processing")
        self._submit(ticket)

    def test_repeated_wish_is_more_urgent(self):
        self.order.action_confirm()
        first = self._open("expedite", until="accepted")
        self.assertEqual(first.urgency, "1")
        second = self._open("expedite", until="accepted")
        self.assertEqual(second.urgency, "2")
        third = self._open("expedite", until="accepted")
        self.assertEqual(third.urgency, "2", "there is nothing above")

    def test_expedite_needs_a_delivery(self):
        ticket = self._open("expedite")
        with self.assertRaisesRegex(UserError, "no delivery"):
            ticket.with_user(self.handler).action_expedite()
        with self.assertRaisesRegex(UserError, "Choose the delivery"):
            self._submit(ticket)

    def test_delivery_that_has_left_is_told_to_the_warehouse(self):
        picking = self._deliver()
        ticket = self._open("expedite")
        self.assertEqual(ticket.picking_id, picking)
        self.assertIn("ask the carrier", "".join(picking.message_ids.mapped("body")))
        self._submit(ticket)

    # ------------------------------------------------------------
    # Cancellation
    # ------------------------------------------------------------
    def test_unsent_order_is_cancelled_and_refunded(self):
        self._invoice()
        ticket = self._open("cancellation")
        with self.assertRaisesRegex(UserError, "not cancelled yet"):
            self._submit(ticket)
        ticket.with_user(self.handler).action_cancel_order()
        self.assertEqual(self.order.state, "cancel")
        self.assertEqual(self.order.picking_ids.state, "cancel")
        approval = ticket.approval_ids
        self.assertEqual((approval.kind, approval.amount), ("refund", 118))
        with self.assertRaisesRegex(UserError, "waits for approval"):
            self._submit(ticket)
        approval.with_user(self.lead).action_approve()
        with self.assertRaisesRegex(UserError, "not confirmed"):
            self._submit(ticket)
        self._pay(ticket.account_move_ids)
        self._submit(ticket)

    def test_unpaid_invoice_is_set_off(self):
        invoice = self._invoice(paid=False)
        ticket = self._open("cancellation")
        ticket.with_user(self.handler).action_cancel_order()
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertFalse(ticket.approval_ids)
        self._submit(ticket)

    def test_sent_order_comes_back_instead(self):
        self._deliver()
        ticket = self._open("cancellation", order_line_id=False)
        ticket.with_user(self.handler).action_cancel_order()
        self.assertEqual(self.order.state, "sale")
        self.assertEqual(len(ticket._get_returns()), 1)
        with self.assertRaisesRegex(UserError, "Not received yet"):
            self._submit(ticket)

    def test_cancelled_once(self):
        self.order._action_cancel()
        ticket = self._open("cancellation").with_user(self.handler)
        with self.assertRaisesRegex(UserError, "cancelled already"):
            ticket.action_cancel_order()
