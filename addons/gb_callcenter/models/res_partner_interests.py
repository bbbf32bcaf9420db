from odoo import fields, models
from odoo.tools import SQL

PRODUCT_LIMIT = 10
PREFERENCE_LIMIT = 3
RECOMMENDATION_LIMIT = 6
BASE_PRODUCTS = 5
# of each product the newest orders count: what was bought together years ago is of no use, and the query stays small
ORDERS_PER_PRODUCT = 300
MIN_TOGETHER = 2


class ResPartner(models.Model):
    """What the customer buys and might want: from orders, in SQL, each with its reason."""

    _inherit = "res.partner"

    def _get_gb_interests(self, view):
        """:return: dict(products, preferences, recommendations) of a verified customer"""
        bought = self._get_gb_bought(view)
        return {
            "products": self._get_gb_product_rows(bought[:PRODUCT_LIMIT]),
            "preferences": self._get_gb_preferences(view),
            "recommendations": self._get_gb_recommendations(view, bought),
        }

    def _get_gb_bought(self, view):
        """:return: list of dicts (product_id, times, quantity, last_at), most often bought first"""
        rows = self.env.execute_query(
            SQL(
                """SELECT line.product_id, COUNT(DISTINCT orders.id), SUM(line.product_uom_qty), MAX(orders.date_order)
                     FROM sale_order AS orders
                     JOIN sale_order_line AS line ON line.order_id = orders.id
                     JOIN product_product AS product ON product.id = line.product_id
                     JOIN product_template AS template ON template.id = product.product_tmpl_id
                    WHERE %s AND line.product_uom_qty > 0 AND line.is_delivery IS NOT TRUE
                      AND line.is_downpayment IS NOT TRUE AND line.reward_id IS NULL
                      AND template.type = 'consu'
                    GROUP BY line.product_id
                    ORDER BY 2 DESC, 4 DESC, 1 LIMIT 200""",
                self._get_gb_orders_condition(view),
            )
        )
        names = ("product_id", "times", "quantity", "last_at")
        return [dict(zip(names, row, strict=True)) for row in rows]

    @staticmethod
    def _get_gb_orders_condition(view):
        return SQL(
            "orders.partner_id = ANY(%s) AND orders.company_id = ANY(%s) AND orders.state = 'sale'",
            view["family"],
            view["companies"],
        )

    def _get_gb_product_rows(self, bought):
        products_sudo = (
            self.env["product.product"]
            .sudo()
            .with_context(active_test=False)
            .browse(row["product_id"] for row in bought)
        )
        products_sudo.fetch(["default_code", "product_tmpl_id"])
        for_sale = products_sudo.filtered_domain(products_sudo._get_gb_for_sale_domain())
        return [
            {
                "id": product.id,
                "name": product.display_name,
                "times": row["times"],
                "quantity": float(row["quantity"]),
                "last_at": fields.Datetime.to_string(row["last_at"]),
                "is_for_sale": product in for_sale,
            }
            for product, row in zip(products_sudo, bought, strict=True)
        ]

    # ------------------------------------------------------------------
    # Preferences
    # ------------------------------------------------------------------

    def _get_gb_preferences(self, view):
        """Categories and brands by their share of what was bought, and the usual price of a piece."""
        condition = self._get_gb_orders_condition(view)
        lines = SQL(
            """SELECT template.id AS template_id, template.categ_id, line.product_uom_qty AS quantity,
                      line.price_unit * (1 - COALESCE(line.discount, 0) / 100.0) AS price, orders.currency_id
                 FROM sale_order AS orders
                 JOIN sale_order_line AS line ON line.order_id = orders.id
                 JOIN product_product AS product ON product.id = line.product_id
                 JOIN product_template AS template ON template.id = product.product_tmpl_id
                WHERE %s AND template.type = 'consu' AND line.is_delivery IS NOT TRUE AND line.price_unit > 0
                  AND line.product_uom_qty > 0""",
            condition,
        )
        rows = self.env.execute_query(
            SQL(
                """WITH lines AS (%s)
                   SELECT 'category', categ_id, SUM(quantity), NULL::float FROM lines GROUP BY categ_id
                   UNION ALL
                   SELECT 'brand', value.product_attribute_value_id, SUM(quantity), NULL::float
                     FROM lines
                     JOIN product_template_attribute_line AS attribute_line
                       ON attribute_line.product_tmpl_id = lines.template_id AND attribute_line.active
                     JOIN product_attribute AS attribute
                       ON attribute.id = attribute_line.attribute_id AND attribute.gb_is_brand
                     JOIN product_attribute_value_product_template_attribute_line_rel AS value
                       ON value.product_template_attribute_line_id = attribute_line.id
                    GROUP BY value.product_attribute_value_id
                   UNION ALL
                   SELECT 'price', currency_id, percentile_cont(0.25) WITHIN GROUP (ORDER BY price),
                          percentile_cont(0.75) WITHIN GROUP (ORDER BY price)
                     FROM lines GROUP BY currency_id""",
                lines,
            )
        )
        total = sum(float(row[2]) for row in rows if row[0] == "category") or 1
        models = {"category": "product.category", "brand": "product.attribute.value"}
        result = {"category": [], "brand": [], "price": []}
        for kind, record_id, first, second in sorted(rows, key=lambda row: -float(row[2])):
            if kind == "price":
                currency = self.env["res.currency"].browse(record_id)
                result[kind].append(
                    {
                        "id": record_id,
                        "name": self.env._(
                            "%(low)s to %(high)s",
                            low=currency.format(first),
                            high=currency.format(second),
                        ),
                    }
                )
            elif record_id and len(result[kind]) < PREFERENCE_LIMIT:
                record_sudo = self.env[models[kind]].sudo().browse(record_id)
                result[kind].append(
                    {
                        "id": record_id,
                        "name": record_sudo.name,
                        "share": round(100 * float(first) / total),
                    }
                )
        return result

    # ------------------------------------------------------------------
    # Recommendations
    # ------------------------------------------------------------------

    def _get_gb_recommendations(self, view, bought):
        """Goods that are for sale and that the family does not buy yet, each with the reason.

        :return: list of dicts (id, name, price, reason)
        """
        reasons = {}
        known = {row["product_id"] for row in bought}
        for product_id, reason in [
            *self._recommend_gb_for_age(view, known),
            *self._recommend_gb_together(view, bought, known),
        ]:
            reasons.setdefault(product_id, reason)
        products_sudo = self.env["product.product"].sudo().browse(reasons)
        for_sale = products_sudo.filtered_domain(products_sudo._get_gb_for_sale_domain())
        currency = self.env.company.currency_id
        return [
            {
                "id": product.id,
                "name": product.display_name,
                "price": currency.format(product.lst_price),
                "reason": reasons[product.id],
            }
            for product in for_sale[:RECOMMENDATION_LIMIT]
        ]

    def _recommend_gb_together(self, view, bought, known):
        base = [row["product_id"] for row in bought[:BASE_PRODUCTS]]
        if not base:
            return []
        rows = self.env.execute_query(
            SQL(
                """WITH recent AS (
                       SELECT base.id AS base_id, line.order_id
                         FROM unnest(%(base)s) AS base(id)
                        CROSS JOIN LATERAL (
                            SELECT order_id FROM sale_order_line
                             WHERE product_id = base.id AND state = 'sale' AND company_id = ANY(%(companies)s)
                             ORDER BY id DESC LIMIT %(orders)s) AS line)
                   SELECT DISTINCT ON (product_id) product_id, base_id, together
                     FROM (SELECT other.product_id, recent.base_id, COUNT(DISTINCT recent.order_id) AS together
                             FROM recent
                             JOIN sale_order_line AS other ON other.order_id = recent.order_id
                             JOIN product_product AS product ON product.id = other.product_id AND product.active
                             JOIN product_template AS template ON template.id = product.product_tmpl_id
                            WHERE other.product_id != ALL(%(known)s) AND template.sale_ok AND template.active
                              AND template.type = 'consu'
                            GROUP BY other.product_id, recent.base_id) AS pairs
                    WHERE together >= %(least)s
                    ORDER BY product_id, together DESC""",
                base=base,
                companies=view["companies"],
                orders=ORDERS_PER_PRODUCT,
                known=list(known),
                least=MIN_TOGETHER,
            )
        )
        rows.sort(key=lambda row: (-row[2], row[0]))
        rows = rows[: 3 * RECOMMENDATION_LIMIT]
        names = {
            product.id: product.with_context(display_default_code=False).display_name
            for product in self.env["product.product"]
            .sudo()
            .with_context(active_test=False)
            .browse({base_id for _product_id, base_id, _together in rows})
        }
        return [
            (
                product_id,
                self.env._(
                    "Bought together with %(product)s in %(times)s orders",
                    product=names[base_id],
                    times=together,
                ),
            )
            for product_id, base_id, together in rows
        ]

    def _recommend_gb_for_age(self, view, known):
        """Goods meant for the age stage that a child of the family is in."""
        children_sudo = self.env["gb.child"].sudo().search([("partner_id", "in", view["family"])])
        stages = children_sudo.stage_id
        if not stages:
            return []
        products_sudo = (
            self.env["product.product"]
            .sudo()
            .search(
                [
                    ("product_tmpl_id.gb_age_stage_ids", "in", stages.ids),
                    ("id", "not in", list(known)),
                    ("sale_ok", "=", True),
                    ("company_id", "in", [*view["companies"], False]),
                ],
                limit=2 * RECOMMENDATION_LIMIT,
                order="is_favorite desc, id desc",
            )
        )
        return [
            (
                product.id,
                self.env._("For %(stage)s", stage=(product.gb_age_stage_ids & stages)[:1].name),
            )
            for product in products_sudo
        ]
