from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.tools import SQL

from .gb_ticket_demo import ZONE

PRODUCTS = {  # what the shop of the demo sells, in stock at its beginning; name in Chinese
    "gb_callcenter.product_1": (200, None),
    "gb_callcenter.product_2": (200, None),
    "gb_callcenter.product_3": (80, None),
    "gb_ticket.product_nappies_l": (0, "纸尿裤 L 码 54 片"),
    "gb_ticket.product_pump": (20, "电动吸奶器"),
    "gb_ticket.product_steriliser": (20, "奶瓶消毒烘干器"),
    "gb_ticket.product_pram": (10, "折叠婴儿车"),
}
STOCKED_DAYS = 300  # before today


class GbTicket(models.Model):
    """What the customers of the demo have bought, and what is done with it: orders, transfers, invoices, payments of the
    past. Without a warehouse or a chart of accounts they are left out, and their stories end sooner."""

    _inherit = "gb.ticket"

    @api.model
    def _stock_demo(self):
        """Fill the shelves and give the products their Chinese names."""
        for xmlid, (_quantity, name) in PRODUCTS.items():
            if name and "zh_CN" in dict(self.env["res.lang"].get_installed()):
                self.env.ref(xmlid).with_context(lang="zh_CN").name = name
        warehouse = self._get_demo_warehouse()
        if not warehouse:
            return
        with self._demo_moment(fields.Datetime.now() - timedelta(days=STOCKED_DAYS)):
            self.env["stock.quant"].with_context(inventory_mode=True).create(
                [
                    {
                        "product_id": self.env.ref(xmlid).id,
                        "location_id": warehouse.lot_stock_id.id,
                        "inventory_quantity": quantity,
                    }
                    for xmlid, (quantity, _name) in PRODUCTS.items()
                    if quantity
                ]
            ).action_apply_inventory()

    @api.model
    def _get_demo_warehouse(self):
        return self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )

    # ------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------
    @api.model
    def _make_demo_order(self, partner, begin, product, quantity, days, delivered, is_cancelled):
        """:return: sale.order of ``partner``, so many days old at ``begin``, paid, sent so many days before, if at all"""
        ordered_at = begin - timedelta(days=days)
        with self._demo_moment(ordered_at):
            order = self.env["sale.order"].create(
                {
                    "partner_id": partner.id,
                    "date_order": ordered_at,
                    "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": quantity})],
                }
            )
            if self._get_demo_warehouse():
                order.action_confirm()
                self._invoice_demo_order(order, ordered_at)
        self._backdate_demo_rows(order, ordered_at)
        self._backdate_demo_rows(order.picking_ids, ordered_at)
        if is_cancelled:
            order._action_cancel()
        if delivered is not None:
            with self._demo_moment(begin - timedelta(days=delivered)):
                self._transfer_demo(order.picking_ids)
        return order

    @api.model
    def _invoice_demo_order(self, order, moment):
        if not order.company_id.chart_template:
            return
        invoice = order._create_invoices()
        invoice.invoice_date = self._get_demo_day(moment)
        invoice.action_post()
        self._pay_demo(invoice, moment)

    @api.model
    def _pay_demo(self, moves, moment):
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.env.company.id)], limit=1
        )
        for move in moves if journal else ():
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).create(
                {"journal_id": journal.id, "payment_date": self._get_demo_day(moment)}
            )._create_payments()

    @api.model
    def _transfer_demo(self, pickings):
        """What the warehouse does: receive or send everything. Nobody gets an SMS of it."""
        for picking in pickings.filtered(lambda one: one.state not in ("done", "cancel")):
            for move in picking.move_ids:
                move.write({"quantity": move.product_uom_qty, "picked": True})
            picking.with_context(skip_sms=True)._action_done()

    @api.model
    def _get_demo_day(self, moment):
        return pytz.utc.localize(moment).astimezone(ZONE).date()

    @api.model
    def _backdate_demo_rows(self, records, moment):
        """Records that are younger than ``moment`` were made then."""
        if records:
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET create_date = %s WHERE id IN %s AND create_date > %s",
                    SQL.identifier(records._table),
                    moment,
                    tuple(records.ids),
                    moment,
                )
            )

    # ------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------
    def _demo_make_return(self):
        self.action_create_return()

    def _demo_make_exchange(self):
        self.action_create_exchange()

    def _demo_make_repair(self):
        self.action_create_repair()

    def _demo_replace(self):
        self.action_create_replacement()

    def _demo_voucher(self, credit):
        program = self.env.ref("gb_ticket.loyalty_program_goodwill")
        self.action_create_coupon(program.id, credit)

    def _demo_goods_in(self):
        self._transfer_demo(self.sudo()._get_returns())

    def _demo_goods_out(self):
        sudo = self.sudo()
        self._transfer_demo(sudo._get_redeliveries() or sudo.order_id.picking_ids)

    def _demo_inspect(self, outcome, note):
        self.action_inspect(outcome, note)

    def _demo_start_repair(self):
        self.sudo().repair_ids.action_repair_start()

    def _demo_end_repair(self):
        self.sudo().repair_ids.action_repair_end()

    def _demo_ask_refund(self, amount, reason):
        self.action_create_credit_note(amount, reason)

    def _demo_decide(self):
        self.pending_approval_id.action_approve()
        credit_notes_sudo = self.sudo()._get_credit_notes()
        if credit_notes_sudo:  # Odoo has dated them by the real day
            credit_notes_sudo.button_draft()
            credit_notes_sudo.invoice_date = self._get_demo_day(fields.Datetime.now())
            credit_notes_sudo.action_post()

    def _demo_pay_back(self):
        sudo = self.sudo()
        sudo._pay_demo(sudo._get_credit_notes(), fields.Datetime.now())

    def _demo_new_address(self, name, street):
        sudo = self.sudo()
        sudo.new_address_id = sudo.partner_id.create(
            {
                "parent_id": sudo.partner_id.id,
                "type": "delivery",
                "name": name,
                "street": street,
                "city": sudo.partner_id.city,
                "country_id": sudo.partner_id.country_id.id,
            }
        )

    def _demo_change_order(self):
        self.action_apply_change()

    def _demo_cancel_order(self, reason):
        self.action_cancel_order(reason)
