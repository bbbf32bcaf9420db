from .common import CallCentreCase


class OrderCase(CallCentreCase):
    """A customer with an order that can be delivered, invoiced and paid; real stock and accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", company=cls.company)
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.bottle, cls.diaper = cls.env["product.product"].create(
            [
                {
                    "name": name,
                    "default_code": code,
                    "type": "consu",
                    "is_storable": True,
                    "invoice_policy": "order",
                    "list_price": price,
                    "taxes_id": [(5,)],
                    "is_published": True,
                }
                for name, code, price in (
                    ("Baby bottle", "GBT-1", 60.0),
                    ("Diapers", "GBT-2", 100.0),
                )
            ]
        )
        cls._stock(cls.bottle, 20)
        cls._stock(cls.diaper, 20)
        cls.customer.write({"street": "Nanjing Road 1", "city": "Shanghai", "zip": "200000"})
        cls.address = cls.env["res.partner"].create(
            {
                "name": "Grandmother",
                "parent_id": cls.customer.id,
                "type": "delivery",
                "street": "Huaihai Road 2",
                "city": "Shanghai",
                "zip": "200001",
                "country_id": cls.china.id,
            }
        )
        cls.carrier, cls.express = cls.env["delivery.carrier"].create(
            [
                {
                    "name": name,
                    "delivery_type": "fixed",
                    "fixed_price": price,
                    "product_id": cls.env["product.product"]
                    .create({"name": name, "type": "service", "taxes_id": [(5,)]})
                    .id,
                }
                for name, price in (("Parcel", 10.0), ("Express", 25.0))
            ]
        )
        cls.reason = cls.env.ref("gb_callcenter.gb_order_reason_less")
        cls.cancel_reason = cls.env.ref("gb_callcenter.gb_order_reason_not_needed")
        cls.refuse_reason = cls.env.ref("gb_callcenter.gb_order_reason_changed_mind")
        cls.order = cls._order({cls.bottle: 2, cls.diaper: 1})
        cls.bottle_line, cls.diaper_line = cls.order.order_line
        cls.desk = cls.env["gb.order.desk"].with_user(cls.agent)
        cls._check_identity()

    @classmethod
    def _check_identity(cls, partner=None, user=None):
        """The agent has checked that the caller is the customer."""
        (partner or cls.customer)._gb_record_check(
            "override", True, reason="Voice is known", user=user or cls.agent
        )

    @classmethod
    def _order(cls, quantities, **values):
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "partner_shipping_id": cls.customer.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": quantity})
                    for product, quantity in quantities.items()
                ],
                **values,
            }
        )

    @classmethod
    def _stock(cls, product, quantity):
        cls.env["stock.quant"]._update_available_quantity(
            product, cls.warehouse.lot_stock_id, quantity
        )

    @classmethod
    def _done(cls, pickings):
        """What the warehouse does: pick, receive or send everything."""
        for picking in pickings:
            for move in picking.move_ids:
                move.write({"quantity": move.product_uom_qty, "picked": True})
            picking._action_done()

    @classmethod
    def _deliver(cls, order):
        """:return: the delivery, done"""
        if order.state != "sale":
            order.action_confirm()
        pickings = order.picking_ids.filtered(lambda one: one.state not in ("done", "cancel"))
        cls._done(pickings)
        return pickings

    @classmethod
    def _receive(cls, product, quantity):
        """A receipt from a supplier."""
        move = cls.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "location_id": cls.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": cls.warehouse.lot_stock_id.id,
                "picking_type_id": cls.warehouse.in_type_id.id,
            }
        )
        move._action_confirm()
        move.write({"quantity": quantity, "picked": True})
        move._action_done()
        return move

    @classmethod
    def _invoice(cls, order, paid=True):
        if order.state != "sale":
            order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        if paid:
            journal = cls.env["account.journal"].search(
                [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
            )
            cls.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create({"journal_id": journal.id})._create_payments()
        return invoice

    @classmethod
    def _other_company(cls):
        """:return: an agent of another company"""
        company = cls.env["res.company"].create({"name": "Other shop"})
        return cls.env["res.users"].create(
            {
                "name": "Stranger",
                "login": "gb_order_stranger",
                "company_id": company.id,
                "company_ids": [(6, 0, company.ids)],
                "group_ids": [(6, 0, cls.agent.group_ids.ids)],
            }
        )


__all__ = ["OrderCase"]
