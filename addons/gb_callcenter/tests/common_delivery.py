from .common import CallCentreCase


class DeliveryCase(CallCentreCase):
    """A carrier with a delivery method, an order of a customer that is sent by it; real stock and accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", company=cls.company)
        cls.company.country_id = cls.china
        cls.carrier = cls.env["gb.carrier"].create(
            {
                "name": "Test Express",
                "code": "test-express",
                "secret_input": "0123456789abcdef",
                "user_id": cls.manager.id,
            }
        )
        cls.method = cls.env["delivery.carrier"].create(
            {
                "name": "Test Express standard",
                "gb_carrier_id": cls.carrier.id,
                "product_id": cls.env["product.product"]
                .create({"name": "Delivery", "type": "service"})
                .id,
            }
        )
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.product = cls.env["product.product"].create(
            {
                "name": "Milk powder",
                "is_storable": True,
                "list_price": 100.0,
                "invoice_policy": "order",
                "taxes_id": [(5,)],
            }
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.product, cls.warehouse.lot_stock_id, 1000
        )

    @classmethod
    def _sent(cls, number, price=100.0, means="cash_on_delivery", done=True, **values):
        """An order that was sent as the parcel ``number``. :return: the delivery"""
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "carrier_id": cls.method.id,
                "gb_payment_means": means,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": cls.product.id,
                            "product_uom_qty": 1,
                            "price_unit": price,
                        },
                    )
                ],
                **values,
            }
        )
        order.action_confirm()
        picking = order.picking_ids
        picking.write({"carrier_id": cls.method.id, "carrier_tracking_ref": number})
        if done:
            picking.move_ids.write({"quantity": 1, "picked": True})
            picking._action_done()
        return picking

    @classmethod
    def _invoiced(cls, number, price=100.0, **values):
        """:return: the posted invoice of an order that was sent"""
        order = cls._sent(number, price, **values).sale_id
        if not order.invoice_ids:  # orders of the desk are invoiced when they are sent
            order._create_invoices().action_post()
        return order.invoice_ids

    @classmethod
    def _take_in(cls, *rows, source="hook"):
        return cls.env["gb.carrier.event"]._take_in(cls.carrier, list(rows), source)
