from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_media import EIGHT, MediaCase

HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestMediaReport(MediaCase):
    def _row(self, broadcast):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["gb.media.report"].search([("broadcast_id", "=", broadcast.id)])

    def _contract(self, **values):
        return self.env["gb.media.contract"].create(
            {"name": "C", "media_id": self.tv.id, "date_from": "2026-11-01", **values}
        )

    def test_calls_orders_new_customers_and_costs_of_a_broadcast(self):
        self._order(EIGHT - timedelta(days=30))
        broadcast = self._broadcast(planned_cost=300)
        call = self._call_at(EIGHT)
        self._call_at(EIGHT, is_answered=False)
        new = self.env["res.partner"].create({"name": "New"})
        self._order(EIGHT + HOUR, call=call)
        self._order(EIGHT + HOUR, call=call, partner=new, price=200)
        self._order(EIGHT + 2 * HOUR, call=call, partner=new, price=50)
        row = self._row(broadcast)
        self.assertEqual((row.call_count, row.answered_count), (2, 1))
        self.assertEqual((row.order_count, row.new_customer_count), (3, 1))
        self.assertEqual((row.sales, row.net_sales, row.cost), (350, 350, 300))
        self.assertEqual((row.cost_per_call, row.cost_per_order), (150, 100))
        self.assertEqual(row.cost_per_new_customer, 300)
        self.assertAlmostEqual(row.return_on_spend, 350 / 300)
        self.assertEqual(row.action_open()["res_id"], broadcast.id)

    def test_cancelled_orders_and_quotations_do_not_count(self):
        broadcast = self._broadcast()
        call = self._call_at(EIGHT)
        self._order(EIGHT, call=call)._action_cancel()
        self.env["sale.order"].create(
            {"partner_id": self.customer.id, "gb_call_id": call.id, "date_order": EIGHT}
        )
        row = self._row(broadcast)
        self.assertEqual((row.order_count, row.sales, row.cost_per_order), (0, 0, 0))

    def test_what_came_back_is_taken_off_once(self):
        broadcast = self._broadcast()
        order = self._order(EIGHT, call=self._call_at(EIGHT))
        order.order_line.product_uom_qty = 4
        picking = order.picking_ids
        picking.move_ids.write({"quantity": 4, "picked": True})
        picking._action_done()
        back = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model=picking._name)
            .create({"picking_id": picking.id})
        )
        back.product_return_moves[1:].unlink()
        back.product_return_moves.quantity = 1
        returned = back._create_return()
        returned.move_ids.write({"quantity": 1, "picked": True})
        returned._action_done()
        self.assertEqual(self._row(broadcast).net_sales, 300)
        # the credit note for it is the same hundred
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 4
        invoice.action_post()
        credit = invoice._reverse_moves()
        credit.invoice_line_ids.quantity = 1
        credit.action_post()
        row = self._row(broadcast)
        self.assertEqual((row.sales, row.returned, row.net_sales), (400, 100, 300))

    def test_price_models(self):
        broadcast = self._broadcast()
        call = self._call_at(EIGHT)
        self._call_at(EIGHT, is_answered=False)
        self._order(EIGHT, call=call)
        contract = self._contract(price_model="per_call", amount=7)
        broadcast.contract_id = contract
        self.assertEqual(self._row(broadcast).cost, 14)
        contract.write({"price_model": "share", "share": 0.2})
        self.assertEqual(self._row(broadcast).cost, 20)
        broadcast.actual_cost = 33
        self.assertEqual(self._row(broadcast).cost, 33)

    def test_figures_of_a_group_are_those_of_its_sums(self):
        first = self._broadcast(planned_cost=100)
        second = self._broadcast(EIGHT + timedelta(days=1), planned_cost=300)
        self._call_at(EIGHT)
        for _index in range(3):
            self._call_at(EIGHT + timedelta(days=1), is_answered=False)
        self.env.flush_all()
        [(media, cost, calls, per_call, per_order)] = self.env["gb.media.report"]._read_group(
            [("broadcast_id", "in", (first | second).ids)],
            ["media_id"],
            ["cost:sum", "call_count:sum", "cost_per_call:avg", "cost_per_order:avg"],
        )
        self.assertEqual((media, cost, calls, per_call), (self.tv, 400, 4, 100))
        self.assertFalse(per_order)

    def test_orders_in_another_currency_count_in_the_companys(self):
        currency = self.env["res.currency"].create(
            {
                "name": "GBU",
                "symbol": "u",
                "rate_ids": [(0, 0, {"name": "2026-01-01", "rate": 4.0})],
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "U", "currency_id": currency.id, "company_id": self.company.id}
        )
        broadcast = self._broadcast()
        order = self._order(EIGHT, call=self._call_at(EIGHT), pricelist_id=pricelist.id, price=400)
        self.assertEqual(order.currency_id, currency)
        self.assertAlmostEqual(
            self._row(broadcast).sales, order.amount_untaxed / order.currency_rate, 2
        )

    def test_calls_without_broadcast_are_rows_of_their_own(self):
        broadcast = self._broadcast()
        self._call_at(EIGHT - HOUR)
        self._call_at(EIGHT - 2 * HOUR, is_answered=False)
        self.env.flush_all()
        rows = self.env["gb.media.report"].search(
            [("hotline_id", "=", self.hotline.id), ("broadcast_id", "=", False)]
        )
        self.assertEqual((rows.call_count, rows.answered_count), (2, 1))
        self.assertFalse(self._row(broadcast).call_count)

    def test_responses_are_counted_by_quarters_of_an_hour(self):
        broadcast, other = self._broadcast(), self._broadcast(EIGHT + timedelta(days=1))
        for minutes in (0, 14, 15, 44):
            self._call_at(EIGHT + timedelta(minutes=minutes))
        self._call_at(EIGHT + timedelta(days=1, minutes=20))
        self.env.flush_all()
        rows = self.env["gb.media.response"]._read_group(
            [("broadcast_id", "=", broadcast.id)], ["minute"], ["call_count:sum"]
        )
        self.assertEqual(rows, [("0000", 2), ("0015", 1), ("0030", 1)])
        self.assertEqual(
            [(row["minute"], row["calls"], row["mean"]) for row in broadcast.response_curve],
            [(0, 2, 0), (15, 1, 1), (30, 1, 0)],
        )
        self.assertEqual(other.response_curve[1]["calls"], 1)

    def test_analysts_read_the_report_and_leads_do_not(self):
        self._broadcast()
        self.assertTrue(self.env["gb.media.report"].with_user(self.analyst).search([]))
        for user in (self.lead, self.agent):
            with self.assertRaises(AccessError):
                self.env["gb.media.report"].with_user(user).search([])

    def test_other_companies_are_not_in_the_report(self):
        broadcast = self._broadcast()
        company = self.env["res.company"].create({"name": "Other"})
        self.manager.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        rows = self.env["gb.media.report"].with_user(self.manager).search([])
        self.assertNotIn(broadcast, rows.broadcast_id)


@tagged("post_install", "-at_install")
class TestMediaCard(MediaCase):
    def test_agent_sees_offer_script_and_products_that_are_sold(self):
        self.ad.write(
            {
                "offer": "Six for five",
                "script": "Ask for the child's age.",
                "product_ids": [(4, self.bottle.id)],
            }
        )
        self.bottle.sale_ok = False
        self._broadcast()
        call = self._call_at(EIGHT)
        shown = call.with_user(self.agent).sudo(False)._get_card()["advertisement"]
        self.assertEqual(shown["media"], "City TV")
        self.assertEqual((shown["offer"], shown["script"]), ("Six for five", self.ad.script))
        self.assertEqual([product["id"] for product in shown["products"]], self.milk.ids)

    def test_card_without_broadcast_has_none(self):
        self.assertFalse(self._call_at(EIGHT)._get_card()["advertisement"])
