from odoo import fields, models


class GbCustomerScoreThreshold(models.Model):
    """Where a recency or money score begins: the quintiles of all customers who have bought within the year."""

    _name = "gb.customer.score.threshold"
    _description = "Threshold of customer scores"
    _order = "score desc"

    score_id = fields.Many2one(
        "gb.customer.score", string="Scoring", required=True, ondelete="cascade", index=True
    )
    score = fields.Integer(required=True)
    last_order_from = fields.Datetime(string="Last order since", required=True)
    net_value_from = fields.Float(string="Net value from", required=True)

    _score_unique = models.UniqueIndex("(score_id, score)")
