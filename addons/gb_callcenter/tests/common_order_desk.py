from odoo import fields

from .common import CallCentreCase


class OrderDeskCase(CallCentreCase):
    """A shop with six products, two carriers, promotions, real stock and accounts, seen by an agent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", company=cls.company)
        cls.env["loyalty.program"].search([]).active = False
        cls.env["delivery.carrier"].search([]).active = False
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.category = cls.env["product.category"].create({"name": "Test formula"})
        cls.formula, cls.formula_2, cls.nappies, cls.bottle, cls.gone, cls.guide = cls.env[
            "product.product"
        ].create(
            [
                {
                    "name": name,
                    "default_code": code,
                    "barcode": barcode,
                    "list_price": price,
                    "categ_id": cls.category.id,
                    "is_storable": storable,
                    "taxes_id": [(5,)],
                    "invoice_policy": "order",
                }
                for name, code, barcode, price, storable in (
                    ("惠氏启赋婴儿奶粉1段", "TD-001", "6900000000017", 300.0, True),
                    ("爱他美婴儿奶粉1段", "TD-002", "6900000000024", 280.0, True),
                    ("花王妙而舒纸尿裤M64片", "TD-003", "6900000000031", 100.0, True),
                    ("贝亲玻璃奶瓶240ml", "TD-004", "6900000000048", 90.0, True),
                    ("停售惠氏奶粉", "TD-005", "6900000000055", 10.0, True),
                    ("喂养手册", "TD-006", "6900000000062", 20.0, False),
                )
            ]
        )
        cls.gone.sale_ok = False
        cls._stock(cls.formula, 20)
        cls._stock(cls.formula_2, 3)
        cls._stock(cls.nappies, 50)
        cls.courier, cls.post = cls.env["delivery.carrier"].create(
            [
                {
                    "name": name,
                    "product_id": cls.env["product.product"]
                    .create({"name": name, "type": "service", "sale_ok": False, "taxes_id": [(5,)]})
                    .id,
                    "delivery_type": "fixed",
                    "fixed_price": price,
                    "free_over": bool(free),
                    "amount": free,
                    "allow_cash_on_delivery": collects,
                    "gb_delivery_days": days,
                }
                for name, price, free, collects, days in (
                    ("Test courier", 12.0, 500.0, True, 1),
                    ("Test post", 6.0, 0.0, False, 4),
                )
            ]
        )
        cls.shanghai = cls.env.ref("base.state_cn_SH")
        cls.address = {
            "name": "Chen Xiaomei",
            "phone": "13800007771",
            "state_id": cls.shanghai.id,
            "city": "Shanghai",
            "street": "Changning Road 1",
        }

        cls.customer._gb_record_check("override", True, reason="Voice is known", user=cls.agent)

    @classmethod
    def _stock(cls, product, quantity):
        cls.env["stock.quant"]._update_available_quantity(
            product, cls.warehouse.lot_stock_id, quantity
        )
        cls.env.invalidate_all()  # quantities are computed for the transaction

    @classmethod
    def _arrive(cls, product, quantity, day):
        """Goods on their way from a supplier."""
        move = cls.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "location_id": cls.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": cls.warehouse.lot_stock_id.id,
                "date": fields.Datetime.to_datetime(day),
                "company_id": cls.company.id,
            }
        )
        move._action_confirm()
        return move

    @classmethod
    def _desk(cls, user=None):
        return cls.env["gb.order.desk"].with_user(user or cls.agent)

    def _draft(self, *products, user=None, **kwargs):
        """A cart with these products. :return: cart"""
        desk = self._desk(user)
        cart = desk.open_draft(self.customer.id, **kwargs)
        for product in products:
            cart = desk.set_line(cart["id"], product.id, 1, is_added=True)
        return cart

    def _ready(self, *products, means="cash_on_delivery", carrier=None, **details):
        """A cart that can be confirmed. :return: cart"""
        cart = self._draft(*(products or (self.formula,)))
        desk = self._desk()
        desk.set_address(cart["id"], values=self.address)
        desk.set_carrier(cart["id"], (carrier or self.courier).id)
        return desk.set_details(cart["id"], {"payment_means": means, **details})

    def _confirm(self, cart, key="key-1", **kwargs):
        return self._desk().confirm(cart["id"], f"{key}-{cart['id']}", **kwargs)

    def _order(self, answer):
        return self.env["sale.order"].browse(answer["order"]["id"])

    @staticmethod
    def _codes(answer):
        return [product["code"] for product in answer["products"]]

    @staticmethod
    def _line(cart, product):
        return next(line for line in cart["lines"] if line["product_id"] == product.id)

    @staticmethod
    def _texts(cart, key="messages"):
        return " ".join(row["text"] for row in cart[key])
