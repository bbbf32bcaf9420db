from odoo import fields, models

from .res_partner_class import LIFE_CYCLES, RFM_SEGMENTS


class GbCustomerReport(models.Model):
    """Customers (not their addresses) with their classes, for statistics."""

    _name = "gb.customer.report"
    _description = "Analysis of customers"
    _auto = False
    _order = "net_value desc, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("gb.team", string="Served by", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    state_id = fields.Many2one("res.country.state", string="Region", readonly=True)
    city = fields.Char(readonly=True)
    level_id = fields.Many2one("gb.customer.level", readonly=True)
    life_cycle = fields.Selection(LIFE_CYCLES, readonly=True)
    rfm_segment = fields.Selection(RFM_SEGMENTS, string="RFM segment", readonly=True)
    owner_id = fields.Many2one("res.users", string="Owner agent", readonly=True)
    pool_id = fields.Many2one("gb.customer.pool", string="Customer pool", readonly=True)
    created_at = fields.Datetime(string="Customer since", readonly=True)
    last_order_at = fields.Datetime(string="Last order", readonly=True)
    net_value = fields.Float(string="Net value of 12 months", readonly=True)
    order_count = fields.Integer(string="Orders in 12 months", readonly=True)
    return_rate = fields.Float(readonly=True, aggregator="avg")
    purchase_gap = fields.Float(
        string="Usual gap in days",
        readonly=True,
        aggregator="avg",
        help="Of the customers with three orders or more.",
    )

    @property
    def _table_query(self):
        return """
            SELECT id, id AS partner_id, company_id, gb_team_id AS team_id, country_id, state_id, city,
                   gb_level_id AS level_id, gb_life_cycle AS life_cycle, gb_rfm_segment AS rfm_segment,
                   gb_owner_id AS owner_id, gb_pool_id AS pool_id, create_date AS created_at,
                   gb_last_order_at AS last_order_at, gb_net_value AS net_value, gb_order_count AS order_count,
                   CASE WHEN gb_order_count > 0 THEN gb_return_rate END AS return_rate,
                   NULLIF(gb_purchase_gap, 0) AS purchase_gap
              FROM res_partner
             WHERE gb_life_cycle IS NOT NULL AND active IS TRUE"""
