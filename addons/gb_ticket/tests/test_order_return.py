from unittest.mock import patch

from odoo.tests import tagged

from .common_after_sales import AfterSalesCase


@tagged("post_install", "-at_install")
class TestOrderReturn(AfterSalesCase):
    """The order desk hands the return of delivered goods over to a work order."""

    def _return(self):
        self.order.partner_id._gb_record_check(
            "override", True, reason="Voice is known", user=self.agent
        )
        with patch.object(
            self.env.registry["sale.order"],
            "_get_gb_parcel_state",
            lambda self, parcel: "delivered",
        ):
            return (
                self.env["gb.order.desk"]
                .with_user(self.agent)
                .cancel_order(
                    self.order.id,
                    self.env.ref("gb_callcenter.gb_order_reason_not_as_described").id,
                    note="Wrong colour",
                )
            )

    def test_delivered_goods_become_a_work_order(self):
        delivery = self._deliver()
        answer = self._return()
        ticket = self.env["gb.ticket"].search([("order_id", "=", self.order.id)])
        self.assertEqual((ticket.kind, ticket.order_line_id), ("return", self.line))
        self.assertEqual(ticket.create_uid, self.agent)
        self.assertIn("Wrong colour", ticket.description)
        self.assertIn(ticket.display_name, answer["change"]["hint"])
        self.assertFalse(delivery.return_ids, "the rules of the work order decide first")

    def test_a_second_wish_goes_on_with_the_same_work_order(self):
        self._deliver()
        self._return()
        self._return()
        self.assertEqual(self.env["gb.ticket"].search_count([("order_id", "=", self.order.id)]), 1)

    def test_without_a_type_for_returns_there_is_the_transfer(self):
        delivery = self._deliver()
        self.types["return"].search([("kind", "=", "return")]).active = False
        self._return()
        self.assertEqual(len(delivery.return_ids), 1)
