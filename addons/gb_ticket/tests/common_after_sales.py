from datetime import datetime

from .common import TicketCase


class AfterSalesCase(TicketCase):
    """A customer with an order that can be delivered, invoiced and paid; real stock and accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", company=cls.company)
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.product.write({"is_storable": True, "invoice_policy": "order", "taxes_id": [(5,)]})
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls._stock(cls.product, 20)
        cls.line = cls.order.order_line
        cls.types = {
            ticket_type.kind: ticket_type
            for ticket_type in cls.env["gb.ticket.type"].search([], order="id desc")
        }
        cls.env["hr.department"].search([("gb_is_logistics", "=", True)]).gb_is_logistics = False
        cls.logistics.gb_is_logistics = True
        cls.cause = cls.env.ref("gb_ticket.gb_ticket_cause_material")
        cls.fault = cls.env.ref("gb_ticket.gb_ticket_fault_leaks")

    @classmethod
    def _stock(cls, product, quantity):
        cls.env["stock.quant"]._update_available_quantity(
            product, cls.warehouse.lot_stock_id, quantity
        )

    @classmethod
    def _deliver(cls, order=None, at=None):
        """Confirm and deliver. :return: the delivery"""
        order = order or cls.order
        if order.state != "sale":
            order.action_confirm()
        picking = order.picking_ids.filtered(lambda one: one.state not in ("done", "cancel"))
        cls._done(picking)
        if at:
            picking.date_done = at
        return picking

    @classmethod
    def _done(cls, pickings):
        """What the warehouse does: receive or send everything."""
        for picking in pickings:
            for move in picking.move_ids:
                move.write({"quantity": move.product_uom_qty, "picked": True})
            picking._action_done()

    @classmethod
    def _invoice(cls, order=None, paid=True):
        """Invoice, post and pay. :return: the invoice"""
        order = order or cls.order
        if order.state != "sale":
            order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        if paid:
            cls._pay(invoice)
        return invoice

    @classmethod
    def _pay(cls, move):
        journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({"journal_id": journal.id})._create_payments()

    def _open(self, kind, until="processing", **values):
        """A work order of a kind about the customer's order line, moved along until a state. :return: as superuser"""
        ticket = self._ticket(
            type_id=self.types[kind].id,
            **{
                "subject": f"About {kind}",
                "order_id": self.order.id,
                "order_line_id": self.line.id,
                "product_id": self.product.id,
                "fault_type_id": self.fault.id,
                "address": "Nanjing Road 1",
                "occurred_at": datetime(2026, 3, 1),
                "refund_amount": 59.0,
                "invoice_title": "Chen Xiaomei",
                **values,
            },
        )
        alike = ticket._find_duplicates(ticket._get_matter())
        ticket.duplicate_compared_ids = [(6, 0, [found["ticket"].id for found in alike])]
        return self._walk(ticket, until)

    def _submit(self, ticket, **values):
        self._move(
            ticket,
            ticket.user_id or self.handler,
            "submit",
            {"solution": "Settled.", **values},
        )

    def _verdict(self, ticket, remedy):
        ticket.invalidate_recordset()
        return next(row for row in ticket._get_eligibility() if row["remedy"] == remedy)


__all__ = ["AfterSalesCase"]
