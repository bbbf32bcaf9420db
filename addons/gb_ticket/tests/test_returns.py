from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_after_sales import AfterSalesCase


@tagged("post_install", "-at_install")
class TestReturns(AfterSalesCase):
    def test_return_is_made_received_inspected_and_settled(self):
        self._deliver()
        ticket = self._open("return", quantity=2)
        ticket.with_user(self.handler).action_create_return()
        returned = ticket.transfer_ids
        self.assertEqual(returned.picking_type_code, "incoming")
        self.assertEqual(returned.move_ids.product_uom_qty, 2)
        self.assertEqual(returned.create_uid, self.handler)
        self.assertEqual(ticket.transfer_count, 1)
        self.assertIn(returned.name, ticket.message_ids[0].body)
        self.assertIn(ticket.name, "".join(returned.message_ids.mapped("body")))
        with self.assertRaisesRegex(UserError, "Not received yet"):
            self._submit(ticket, decision="granted")
        with self.assertRaisesRegex(UserError, "not received yet"):
            ticket.with_user(self.handler).action_inspect("unused")
        self._done(returned)
        with self.assertRaisesRegex(UserError, "Inspect"):
            self._submit(ticket, decision="granted")
        ticket.with_user(self.handler).action_inspect("opened", "Box torn")
        self.assertEqual(returned.gb_inspection, "opened")
        self.assertEqual(returned.gb_inspected_by_id, self.handler)
        self._submit(ticket, decision="granted")
        self.assertEqual(ticket.state_code, "review")
        self.assertEqual(self.line.qty_delivered, 0)

    def test_nothing_delivered_nothing_to_return(self):
        self.order.action_confirm()
        ticket = self._open("return")
        with self.assertRaisesRegex(UserError, "was delivered yet, so there is nothing to return"):
            ticket.with_user(self.handler).action_create_return()
        self.assertFalse(ticket.transfer_ids)

    def test_not_more_than_was_delivered_and_not_twice(self):
        self._deliver()
        ticket = self._open("return")
        with self.assertRaisesRegex(UserError, "Only 2 can still be returned, not 3"):
            ticket.with_user(self.handler).action_create_return(3)
        ticket.with_user(self.handler).action_create_return(1)
        with self.assertRaisesRegex(UserError, "Only 1 can still be returned"):
            ticket.with_user(self.handler).action_create_return(2)
        ticket.with_user(self.handler).action_create_return(1)
        with self.assertRaisesRegex(UserError, "returned already"):
            ticket.with_user(self.handler).action_create_return(1)
        self.assertEqual(ticket.transfer_count, 2)

    def test_cancelled_return_can_be_made_again(self):
        self._deliver()
        ticket = self._open("return", quantity=2)
        ticket.with_user(self.handler).action_create_return()
        ticket.transfer_ids.action_cancel()
        ticket.with_user(self.handler).action_create_return()
        self.assertEqual(len(ticket._get_returns()), 1)

    def test_return_of_two_deliveries(self):
        self.order.action_confirm()
        first = self.order.picking_ids
        first.move_ids.write({"quantity": 1, "picked": True})
        first.with_context(skip_backorder=True)._action_done()
        self._deliver()
        ticket = self._open("return", quantity=2)
        ticket.with_user(self.handler).action_create_return()
        self.assertEqual(len(ticket.transfer_ids), 2)
        self.assertEqual(sum(ticket.transfer_ids.move_ids.mapped("product_uom_qty")), 2)

    def test_who_does_not_work_on_it_makes_no_return(self):
        self._deliver()
        ticket = self._open("return")
        with self.assertRaises(AccessError):
            ticket.with_user(self.stranger).action_create_return()
        with self.assertRaises(AccessError):
            ticket.with_user(self.analyst).action_create_return()

    def test_draft_and_closed_make_none(self):
        self._deliver()
        draft = self._ticket(
            type_id=self.types["return"].id, order_id=self.order.id, order_line_id=self.line.id
        )
        with self.assertRaisesRegex(UserError, "Accept the work order first"):
            draft.with_user(self.agent).action_create_return()
        ticket = self._open("return")
        self._move(
            ticket, self.manager, "cancel", note="By telephone", values=self._cancel_values()
        )
        with self.assertRaisesRegex(UserError, "is ended"):
            ticket.with_user(self.agent).action_create_return()

    def _cancel_values(self):
        names = self.env.ref("gb_ticket.gb_ticket_transition_cancel").required_field_ids.mapped(
            "name"
        )
        if "cancel_reason_id" in names:
            return {"cancel_reason_id": self.env["gb.ticket.cancel.reason"].search([], limit=1).id}
        return {}

    def test_refused_claim_needs_no_return(self):
        self._deliver()
        ticket = self._open("return")
        with self.assertRaisesRegex(UserError, "Granted|Decision"):
            self._submit(ticket)
        self._submit(ticket, decision="refused")
        self.assertEqual(ticket.state_code, "review")

    def test_refused_at_the_door_comes_back(self):
        delivery = self._deliver()
        delivery.date_done = "2020-01-01 00:00:00"
        ticket = self._open("return", ground="refused", quantity=2)
        ticket.with_user(self.handler).action_create_return()
        self.assertEqual(ticket.transfer_count, 1)

    # ------------------------------------------------------------
    # Exchange
    # ------------------------------------------------------------
    def test_exchange_takes_back_and_delivers_the_same(self):
        self._deliver()
        ticket = self._open("exchange", quantity=1)
        ticket.with_user(self.handler).action_create_exchange()
        back, out = ticket._get_returns(), ticket._get_redeliveries()
        self.assertEqual(len(back), 1)
        self.assertEqual(len(out), 1)
        self.assertEqual(out.move_ids.product_uom_qty, 1)
        self._done(back)
        ticket.with_user(self.handler).action_inspect("faulty")
        self._submit(ticket, decision="granted")
        self.assertEqual(ticket.state_code, "review")

    def test_exchange_for_another_product_costs_nothing(self):
        self._deliver()
        other = self.env["product.product"].create(
            {"name": "Baby bottle, blue", "list_price": 80, "is_storable": True}
        )
        ticket = self._open("exchange", quantity=1)
        with self.assertRaisesRegex(UserError, "only 0 of Baby bottle, blue in stock"):
            ticket.with_user(self.handler).action_create_exchange(product_id=other.id)
        self.assertFalse(ticket.transfer_ids)
        self._stock(other, 5)
        ticket.with_user(self.handler).action_create_exchange(product_id=other.id)
        self.assertEqual(ticket.replacement_ids.amount_total, 0)
        self.assertEqual(ticket.replacement_ids.state, "sale")
        self.assertEqual(len(ticket._get_redeliveries()), 1)
        self._done(ticket._get_returns())
        self.assertEqual(self.line.qty_delivered, 2, "the other product takes its place")

    def test_without_stock_it_is_refunded_instead(self):
        self._deliver()
        self._invoice()
        self._stock(self.product, -18)
        ticket = self._open("exchange", quantity=1)
        with self.assertRaisesRegex(UserError, "Offer a refund"):
            ticket.with_user(self.handler).action_create_exchange()
        ticket.with_user(self.handler).action_create_return()
        self._done(ticket._get_returns())
        ticket.with_user(self.handler).action_inspect("faulty")
        with self.assertRaisesRegex(UserError, "no delivery in exchange"):
            self._submit(ticket, decision="granted")
        ticket.with_user(self.handler).action_create_credit_note(59)
        ticket.approval_ids.with_user(self.lead).action_approve()
        self._submit(ticket, decision="granted")
        self.assertEqual(ticket.state_code, "review")

    def test_what_cannot_be_opened_is_told(self):
        self._deliver()
        ticket = self._open("return")
        action = ticket.with_user(self.handler).action_create_return()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn(ticket.transfer_ids.name, action["params"]["message"])
        (row,) = ticket.with_user(self.handler).documents
        self.assertFalse(row["can_open"])
        self.assertEqual(row["type"], "Return")

    def test_dialog_makes_the_return(self):
        self._deliver()
        ticket = self._open("return")
        action = (
            ticket.with_user(self.handler).with_context(gb_remedy="return").action_open_remedy()
        )
        model = self.env["gb.ticket.remedy"].with_user(self.handler)
        with Form(model.with_context(**action["context"])) as form:
            self.assertTrue(form.is_allowed)
            self.assertIn("possible until", form.verdict)
            form.quantity = 2
        form.record.action_confirm()
        self.assertEqual(ticket.transfer_ids.move_ids.product_uom_qty, 2)

    def test_every_dialog_opens_for_handlers(self):
        self._deliver()
        self._invoice()
        ticket = self._open("exchange")
        remedies = self.env["gb.ticket.remedy"]._fields["remedy"].get_values(self.env)
        for remedy in remedies:
            action = (
                ticket.with_user(self.handler).with_context(gb_remedy=remedy).action_open_remedy()
            )
            model = self.env["gb.ticket.remedy"].with_user(self.handler)
            with self.subTest(remedy), Form(model.with_context(**action["context"])) as form:
                self.assertEqual(form.remedy, remedy)
                if remedy == "inspect":
                    form.inspection = "unused"

    def test_exception_is_asked_for_in_the_dialog(self):
        self._deliver(at="2020-01-01 00:00:00")
        ticket = self._open("return")
        action = (
            ticket.with_user(self.handler).with_context(gb_remedy="return").action_open_remedy()
        )
        model = self.env["gb.ticket.remedy"].with_user(self.handler)
        with Form(model.with_context(**action["context"])) as form:
            self.assertFalse(form.is_allowed)
            form.reason = "A present that was given late"
        form.record.action_ask_exception()
        self.assertEqual(ticket.approval_ids.kind, "override")
        self.assertEqual(ticket.approval_ids.reason, "A present that was given late")
