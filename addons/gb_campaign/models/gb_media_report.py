from odoo import api, fields, models
from odoo.tools import SQL

# figure: (what is divided, by what); a group's figure is made of the group's sums
RATIOS = {
    "cost_per_call": ("cost", "call_count"),
    "cost_per_order": ("cost", "order_count"),
    "cost_per_new_customer": ("cost", "new_customer_count"),
    "return_on_spend": ("net_sales", "cost"),
    "answered_rate": ("answered_count", "call_count"),
    "order_rate": ("order_count", "answered_count"),
}


class GbMediaReport(models.Model):
    """What each broadcast cost and brought, in the company's currency. Calls to advertised numbers that no broadcast
    explains are rows of their own, one for a number and day, so that the sums are those of the call centre."""

    _name = "gb.media.report"
    _description = "Analysis of media"
    _auto = False
    _order = "start_at desc, id desc"
    _rec_name = "broadcast_id"

    broadcast_id = fields.Many2one("gb.media.broadcast", readonly=True)
    media_id = fields.Many2one("gb.media", string="Medium", readonly=True)
    kind = fields.Selection(
        lambda self: self.env["gb.media"]._fields["kind"]._description_selection(self.env),
        readonly=True,
    )
    ad_id = fields.Many2one("gb.media.ad", string="Advertisement", readonly=True)
    contract_id = fields.Many2one("gb.media.contract", readonly=True)
    hotline_id = fields.Many2one("gb.hotline", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    start_at = fields.Datetime(string="Start", readonly=True)
    broadcast_count = fields.Integer(string="Broadcasts", readonly=True)
    call_count = fields.Integer(string="Calls", readonly=True)
    answered_count = fields.Integer(string="Answered", readonly=True)
    order_count = fields.Integer(
        string="Orders", readonly=True, help="Confirmed and not cancelled afterwards."
    )
    new_customer_count = fields.Integer(
        string="New customers", readonly=True, help="Whose first order this was."
    )
    sales = fields.Monetary(
        readonly=True, aggregator="sum", help="Untaxed, of orders that were not cancelled."
    )
    returned = fields.Monetary(
        readonly=True,
        aggregator="sum",
        help="Of these, what came back or was credited, whichever is more.",
    )
    net_sales = fields.Monetary(readonly=True, aggregator="sum")
    cost = fields.Monetary(
        readonly=True,
        aggregator="sum",
        help="The actual cost once it is known, before that what the contract says or was planned.",
    )
    cost_per_call = fields.Monetary(readonly=True, aggregator="avg")
    cost_per_order = fields.Monetary(readonly=True, aggregator="avg")
    cost_per_new_customer = fields.Monetary(readonly=True, aggregator="avg")
    return_on_spend = fields.Float(
        readonly=True,
        aggregator="avg",
        digits=(16, 2),
        help="Net sales for each unit of money that was spent.",
    )
    answered_rate = fields.Float(string="Answered (share)", readonly=True, aggregator="avg")
    order_rate = fields.Float(
        string="Orders per answered call", readonly=True, aggregator="avg", digits=(16, 2)
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH calls AS (
              SELECT gb_broadcast_id AS id, count(*) AS calls, count(answered_at) AS answered
                FROM gb_call WHERE gb_broadcast_id IS NOT NULL GROUP BY 1),
            orders AS (
              SELECT o.id, o.gb_broadcast_id, o.amount_untaxed / rate.rate AS amount,
                     -- an order cannot give back more than it was
                     least(o.amount_untaxed / rate.rate, greatest(back.amount / rate.rate, credit.amount)) AS returned,
                     NOT EXISTS (
                       SELECT FROM res_partner family JOIN sale_order first ON first.partner_id = family.id
                        WHERE family.commercial_partner_id = p.commercial_partner_id AND first.company_id = o.company_id
                          AND first.state = 'sale' AND (first.date_order, first.id) < (o.date_order, o.id)) AS is_new
                FROM sale_order o
                JOIN res_partner p ON p.id = o.partner_id
                CROSS JOIN LATERAL (SELECT COALESCE(NULLIF(o.currency_rate, 0), 1) AS rate) rate
                CROSS JOIN LATERAL (
                  SELECT COALESCE(sum(l.price_subtotal * least(1, m.quantity / l.product_uom_qty)), 0) AS amount
                    FROM sale_order_line l
                    JOIN LATERAL (
                      SELECT sum(move.quantity) AS quantity FROM stock_move move
                        JOIN stock_location source ON source.id = move.location_id AND source.usage = 'customer'
                        JOIN stock_location target ON target.id = move.location_dest_id AND target.usage != 'customer'
                       WHERE move.sale_line_id = l.id AND move.state = 'done') m ON m.quantity > 0
                   WHERE l.order_id = o.id AND l.product_uom_qty > 0) back
                CROSS JOIN LATERAL (
                  SELECT COALESCE(sum(i.balance), 0) AS amount
                    FROM sale_order_line l
                    JOIN sale_order_line_invoice_rel r ON r.order_line_id = l.id
                    JOIN account_move_line i ON i.id = r.invoice_line_id AND i.parent_state = 'posted'
                    JOIN account_move m ON m.id = i.move_id AND m.move_type = 'out_refund'
                   WHERE l.order_id = o.id) credit
               WHERE o.gb_broadcast_id IS NOT NULL AND o.state = 'sale'),
            sold AS (
              SELECT gb_broadcast_id AS id, count(*) AS orders, count(*) FILTER (WHERE is_new) AS new_customers,
                     sum(amount) AS sales, sum(returned) AS returned
                FROM orders GROUP BY 1),
            figures AS (
              SELECT b.id, b.id AS broadcast_id, b.media_id, m.kind, b.ad_id, b.contract_id, b.hotline_id, b.company_id,
                     b.start_at, CASE WHEN b.is_cancelled IS TRUE THEN 0 ELSE 1 END AS broadcast_count,
                     COALESCE(c.calls, 0) AS call_count, COALESCE(c.answered, 0) AS answered_count,
                     COALESCE(s.orders, 0) AS order_count, COALESCE(s.new_customers, 0) AS new_customer_count,
                     COALESCE(s.sales, 0) AS sales, COALESCE(s.returned, 0) AS returned,
                     COALESCE(s.sales - s.returned, 0) AS net_sales,
                     CASE WHEN b.actual_cost > 0 THEN b.actual_cost
                          WHEN b.is_cancelled IS TRUE THEN 0
                          WHEN k.price_model = 'per_call' THEN COALESCE(c.calls, 0) * COALESCE(b.unit_cost, 0)
                          WHEN k.price_model = 'share' THEN greatest(0, COALESCE(s.sales - s.returned, 0)) * k.share
                          ELSE COALESCE(b.planned_cost, 0) END AS cost
                FROM gb_media_broadcast b
                JOIN gb_media m ON m.id = b.media_id
                LEFT JOIN gb_media_contract k ON k.id = b.contract_id
                LEFT JOIN calls c ON c.id = b.id
                LEFT JOIN sold s ON s.id = b.id
              UNION ALL
              SELECT -min(c.id), NULL, NULL, NULL, NULL, NULL, c.hotline_id, c.company_id,
                     date_trunc('day', c.offered_at), 0, count(*), count(c.answered_at), 0, 0, 0, 0, 0, 0
                FROM gb_call c
               WHERE c.gb_broadcast_id IS NULL AND c.direction = 'inbound' AND c.hotline_id IN (
                       SELECT hotline_id FROM gb_media_broadcast WHERE company_id = c.company_id)
               GROUP BY c.hotline_id, c.company_id, date_trunc('day', c.offered_at))
            SELECT f.*, company.currency_id, %s
              FROM figures f JOIN res_company company ON company.id = f.company_id""",
            SQL(", ").join(
                SQL(
                    "%s::float / NULLIF(%s, 0) AS %s",
                    SQL.identifier(above),
                    SQL.identifier(below),
                    SQL.identifier(name),
                )
                for name, (above, below) in RATIOS.items()
            ),
        )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """The figure of a group is that of its sums, not the mean of its rows' figures."""
        name, _separator, function = aggregate_spec.partition(":")
        if name not in RATIOS or function != "avg":
            return super()._read_group_select(aggregate_spec, query)
        above, below = RATIOS[name]
        return SQL(
            "sum(%s)::float / NULLIF(sum(%s), 0)",
            self._field_to_sql(self._table, above, query),
            self._field_to_sql(self._table, below, query),
        )

    def action_open(self):
        """Open the broadcast of this row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "gb.media.broadcast",
            "res_id": self.broadcast_id.id,
            "views": [[False, "form"]],
        }
