import string

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.product_words import get_query, get_whole_query, normalise, squeeze

SEARCH_LIMIT = 20
MAX_LIMIT = 80
# how many of a kind are sorted at most: more matches than that are no answer, whoever wants them types more
CANDIDATES = 1000
# what codes are written with besides letters and digits
SIGNS = string.punctuation + string.whitespace
BOUGHT_LINES = 60
ALTERNATIVES = 4
OPEN_MOVES = ("waiting", "confirmed", "partially_available", "assigned")
LOW_STOCK = 5


class GbOrderDesk(models.AbstractModel):
    """Finding products while the customer speaks."""

    _inherit = "gb.order.desk"

    @api.model
    def search_products(
        self, query="", partner_id=False, limit=SEARCH_LIMIT, category_id=False, offset=0
    ):
        """Products that may be sold now, best match first.

        :param str query: code, bar code, any part of a name, pinyin or its initials; nothing: what the customer has
            bought before, or all of the category
        :param int partner_id: whose prices
        :param int category_id: only products of this category and those below
        :return: ``{"products": […], "has_more": bool, "kind": "found" | "bought" | "short"}``; "short": type more
        """
        partner = self._check_desk_access(partner_id or None)
        limit = min(int(limit or SEARCH_LIMIT), MAX_LIMIT)
        offset = max(int(offset or 0), 0)
        text = str(query or "")
        wanted = get_query(text)
        products_sudo = self._get_products_sudo()
        kind = "found"
        if normalise(text).strip() and not wanted:
            return {"products": [], "has_more": False, "kind": "short"}
        if not wanted and not category_id:
            kind = "bought"
            found = self._get_bought_products(partner)
            has_more = False
        else:
            found = self._find_products(products_sudo, text, wanted, category_id, limit + 1, offset)
            has_more = len(found) > limit
        return {
            "products": self._get_product_values(found[:limit], partner),
            "has_more": has_more,
            "kind": kind,
        }

    @api.model
    def get_alternatives(self, product_id, partner_id=False, limit=ALTERNATIVES):
        """What to offer in place of a product that is out of stock: what was set up as alternative, else products of the
        same category; only what is there.

        :return: list of products as in `search_products`
        """
        partner = self._check_desk_access(partner_id or None)
        product_sudo = self._get_products_sudo().browse(int(product_id)).exists()
        if not product_sudo:
            return []
        found = self._get_alternative_products(product_sudo, min(int(limit), 10))
        return self._get_product_values(found, partner)

    @api.model
    def get_categories(self):
        """Categories with products for sale, by their full name: ``[{"id", "name"}]``"""
        self._check_desk_access()
        templates_sudo = self.env["product.template"].sudo()
        groups = templates_sudo._read_group(
            templates_sudo._get_gb_for_sale_domain() & self._get_company_domain(templates_sudo),
            ["categ_id"],
        )
        categories_sudo = self.env["product.category"].sudo()
        for (category,) in groups:
            categories_sudo |= category
        return [
            {"id": category.id, "name": category.complete_name}
            for category in categories_sudo.sorted("complete_name")
        ]

    # ------------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------------

    def _get_products_sudo(self):
        # stock and prices of what is for sale: agents have no rights in those apps
        return self.env["product.product"].sudo().with_company(self.env.company)

    def _get_company_domain(self, records):
        return Domain(records._check_company_domain(self.env.company))

    def _find_products(self, products_sudo, text, wanted, category_id, limit, offset):
        domain = products_sudo._get_gb_for_sale_domain() & self._get_company_domain(products_sudo)
        if category_id:
            domain &= Domain("categ_id", "child_of", int(category_id))
        if wanted:
            domain = Domain("id", "in", self._get_candidates(products_sudo, domain, text, wanted))
        query = products_sudo._search(domain, active_test=not wanted)
        table = query.table
        name = products_sudo._field_to_sql(table, "name", query)
        favorite = products_sudo._field_to_sql(table, "is_favorite", query)
        order = [SQL("(%s) IS TRUE DESC", favorite), name, SQL.identifier(table, "id")]
        if wanted:
            order.insert(1, SQL("LENGTH(%s)", name))
            order = self._get_search_order(products_sudo, text, table, query, name) + order
        query.order = SQL(", ").join(order)
        query.limit, query.offset = limit, offset
        return products_sudo.browse(query)

    def _get_candidates(self, products_sudo, domain, text, wanted):
        """What is worth sorting, so that common words cost no more than rare ones: what is exactly this, what begins with
        it, favourites, and whatever has it; so many of each.

        :return: ids as sub-query
        """
        domain = domain.optimize_full(products_sudo)
        has_word = "array_to_tsvector(string_to_array(%s, ' ')) @@ %s::tsquery"
        branches = []
        for words in (get_whole_query(text), get_whole_query(text, is_beginning=True), wanted):
            query = products_sudo._search(domain)
            # OFFSET 0: found by the index, whatever the limit; looking into the words of each product takes far longer
            found = SQL(
                f"(SELECT id FROM product_product WHERE {has_word} OFFSET 0)",
                SQL.identifier("gb_search_words"),
                words,
            )
            own_id, found_id = SQL.identifier(query.table, "id"), SQL.identifier("found", "id")
            query.add_join("JOIN", "found", found, SQL("%s = %s", own_id, found_id))
            branches.append(query)
        favourites = products_sudo._search(domain & Domain("is_favorite", "=", True))
        own_words = products_sudo._field_to_sql(favourites.table, "gb_search_words", favourites)
        favourites.add_where(SQL(has_word, own_words, wanted))
        branches.append(favourites)
        for query in branches:
            query.limit = CANDIDATES
        return SQL("(%s)", SQL(" UNION ").join(SQL("(%s)", query.select()) for query in branches))

    def _get_search_order(self, products_sudo, text, table, query, name):
        """Codes first, then names and pinyin that begin with what was typed; of what is left, favourites."""
        typed = squeeze(text)
        prefix = f"{typed}%"
        begin = normalise(text).strip().replace("\\", "").replace("%", "").replace("_", "") + "%"
        code = SQL(
            "TRANSLATE(LOWER(%s), %s, '')",
            products_sudo._field_to_sql(table, "default_code", query),
            SIGNS,
        )
        barcode = products_sudo._field_to_sql(table, "barcode", query)
        pinyin = products_sudo._field_to_sql(table, "gb_pinyin", query)
        # many have no code, or no reading
        return [
            SQL("(%s) IS TRUE DESC", condition)
            for condition in (
                SQL("%s = %s", code, typed),
                SQL("%s = %s", barcode, typed),
                SQL("%s LIKE %s", code, prefix),
                SQL("LOWER(%s) LIKE %s", name, begin),
                SQL("%s LIKE %s OR %s LIKE %s", pinyin, prefix, pinyin, f"% {prefix}"),
            )
        ]

    def _get_bought_products(self, partner):
        """What the customer has bought, newest first: the next order is often the last one again.
        Nothing until it was checked who is calling."""
        products_sudo = self._get_products_sudo()
        if not partner or not self._get_verified_heads(partner):
            return products_sudo
        lines_sudo = (
            self.env["sale.order.line"]
            .sudo()
            .search(
                [
                    ("order_id.partner_id", "child_of", partner.commercial_partner_id.id),
                    ("order_id.state", "=", "sale"),
                    ("company_id", "=", self.env.company.id),
                    ("product_id", "!=", False),
                ],
                order="id desc",
                limit=BOUGHT_LINES,
            )
        )
        bought = products_sudo.browse(dict.fromkeys(lines_sudo.product_id.ids))
        return bought.filtered_domain(
            products_sudo._get_gb_for_sale_domain() & self._get_company_domain(products_sudo)
        )[:SEARCH_LIMIT]

    def _get_alternative_products(self, product_sudo, limit):
        products_sudo = self._get_products_sudo()
        template = product_sudo.product_tmpl_id
        for_sale = products_sudo._get_gb_for_sale_domain() & self._get_company_domain(products_sudo)
        others = for_sale & Domain("id", "!=", product_sudo.id)
        found = products_sudo
        for domain in (
            Domain("product_tmpl_id", "in", template.alternative_product_ids.ids),
            Domain("product_tmpl_id", "=", template.id),
            Domain("categ_id", "=", template.categ_id.id),
        ):
            if len(found) >= limit:
                break
            candidates = products_sudo.search(others & domain, limit=40)
            stock = self._get_stock(candidates)
            found |= candidates.filtered(lambda product: stock[product.id]["free"] != 0)  # noqa: B023
        return found[:limit]

    # ------------------------------------------------------------------
    # What is shown of a product
    # ------------------------------------------------------------------

    def _get_warehouse(self):
        return (
            self.env["stock.warehouse"]
            .sudo()
            .search([("company_id", "=", self.env.company.id)], limit=1)
        )

    def _get_stock(self, products_sudo, warehouse=None):
        """Stock of products in the company's warehouse, in their own units.

        :return: ``{product_id: {"on_hand", "free", "forecast", "arrival": date | False}}``; None in place of
            quantities that are not tracked
        """
        warehouse = warehouse or self._get_warehouse()
        storable = products_sudo.filtered("is_storable").with_context(warehouse_id=warehouse.id)
        stock = dict.fromkeys(
            products_sudo.ids, {"on_hand": None, "free": None, "forecast": None, "arrival": False}
        )
        arrivals = self._get_arrivals(storable, warehouse)
        for product in storable:
            stock[product.id] = {
                "on_hand": product.qty_available,
                "free": max(product.free_qty, 0.0),
                "forecast": product.virtual_available,
                "arrival": arrivals.get(product.id, False),
            }
        return stock

    def _get_arrivals(self, products_sudo, warehouse):
        """Next expected arrival from outside: ``{product_id: date}``"""
        if not products_sudo:
            return {}
        groups = (
            self.env["stock.move"]
            .sudo()
            ._read_group(
                [
                    ("product_id", "in", products_sudo.ids),
                    ("state", "in", OPEN_MOVES),
                    ("location_id.usage", "in", ("supplier", "production", "transit")),
                    ("location_dest_id", "child_of", warehouse.view_location_id.id),
                ],
                ["product_id"],
                ["date:min"],
            )
        )
        return {
            product.id: fields.Datetime.context_timestamp(self, date).date()
            for product, date in groups
        }

    def _get_pricelist(self, partner):
        partner_sudo = partner.sudo().with_company(self.env.company)
        return partner_sudo.property_product_pricelist if partner else self.env["product.pricelist"]

    def _get_prices(self, products_sudo, partner):
        """Prices for one, taxes included as the customer pays them: ``{product_id: (price, list price)}``"""
        pricelist_sudo = self._get_pricelist(partner).sudo()
        currency = pricelist_sudo.currency_id or self.env.company.currency_id
        prices = pricelist_sudo._get_products_price(products_sudo, quantity=1.0, currency=currency)
        position_sudo = (
            self.env["account.fiscal.position"]
            .sudo()
            .with_company(self.env.company)
            ._get_fiscal_position(partner.sudo())
            if partner
            else self.env["account.fiscal.position"]
        )
        result = {}
        for product in products_sudo:
            list_price = product.currency_id._convert(
                product.lst_price, currency, self.env.company, fields.Date.today()
            )
            taxes = position_sudo.map_tax(
                product.taxes_id._filter_taxes_by_company(self.env.company)
            )
            pair = [prices.get(product.id, 0.0), list_price]
            if taxes:
                pair = [
                    taxes.compute_all(price, currency, 1.0, product=product)["total_included"]
                    for price in pair
                ]
            result[product.id] = pair
        return result, currency

    def _get_product_values(self, products_sudo, partner):
        """What the screen shows of products, in the given order."""
        if not products_sudo:
            return []
        prices, currency = self._get_prices(products_sudo, partner)
        stock = self._get_stock(products_sudo)
        values = []
        for product in products_sudo.with_context(lang=self.env.lang):
            price, list_price = prices[product.id]
            is_reduced = currency.compare_amounts(price, list_price) < 0
            values.append(
                {
                    "id": product.id,
                    "code": product.default_code or "",
                    "barcode": product.barcode or "",
                    "name": product.name,
                    "variant": ", ".join(
                        product.product_template_attribute_value_ids.mapped("name")
                    ),
                    "category": product.categ_id.name or "",
                    "image": self._get_image_url(product),
                    "price": price,
                    "price_text": currency.format(price),
                    "list_price_text": currency.format(list_price) if is_reduced else "",
                    "unit": product.uom_id.name,
                    "can_backorder": product.allow_out_of_stock_order,
                    **self._get_stock_values(stock[product.id]),
                }
            )
        return values

    @api.model
    def _get_image_url(self, product):
        unique = int(product.write_date.timestamp()) if product.write_date else 0
        return f"/web/image/product.product/{product.id}/image_128?unique={unique}"

    @api.model
    def _get_stock_values(self, stock):
        """Stock of a product with a word for it: in, low, out, untracked (quantities are None)."""
        free = stock["free"]
        state = (
            "untracked"
            if free is None
            else "out"
            if free <= 0
            else "low"
            if free <= LOW_STOCK
            else "in"
        )
        return {
            "on_hand": stock["on_hand"],
            "free": free,
            "forecast": stock["forecast"],
            "arrival": fields.Date.to_string(stock["arrival"]) if stock["arrival"] else False,
            "stock": state,
        }
