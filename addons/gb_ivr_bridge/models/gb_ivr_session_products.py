from odoo import models
from odoo.fields import Domain

from ..tools.ivr_speech import join, say


class GbIvrSession(models.Model):
    """Products by the code that a caller types: the digits of the internal reference, or the barcode."""

    _inherit = "gb.ivr.session"

    def _answer_product(self, args):
        product = self._find_product(args.get("code") or "")
        if not product:
            return self._reply("none", speech=[say("product.none")])
        values = self._get_product_values(product)
        speech = join(say("product.found"), say(f"product.{values['product_stock']}"))
        return self._reply("found", values, [speech])

    def _find_product(self, code):
        """:return: the only product for sale with this code, may be empty"""
        desk = self._get_desk()
        products = desk._get_products_sudo()
        digits = "".join(filter(str.isdigit, code))
        if not digits:
            return products.browse()
        for_sale = desk._get_company_domain(products) & products._get_gb_for_sale_domain()
        for domain in (
            Domain("default_code", "in", list({code, digits})) | Domain("barcode", "=", digits),
            # letters and dashes cannot be typed
            Domain("gb_code_digits", "=", digits),
        ):
            if found := products.search(for_sale & domain, limit=2):
                return found if len(found) == 1 else products.browse()
        return products.browse()

    def _get_product_values(self, product):
        desk = self._get_desk()
        prices, _currency = desk._get_prices(product, self._get_caller())
        stock = desk._get_stock_values(desk._get_stock(product)[product.id])["stock"]
        if stock == "out" and product.allow_out_of_stock_order or stock == "untracked":
            stock = "in"
        return {
            "product_code": product.default_code or "",
            "product_name": product.name,
            "product_price": f"{prices[product.id][0]:.2f}",
            "product_stock": stock,
        }
