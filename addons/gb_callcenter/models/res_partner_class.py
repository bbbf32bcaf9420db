from odoo import fields, models

LIFE_CYCLES = [
    ("potential", "Potential"),
    ("active", "Active"),
    ("slipping", "Slipping"),
    ("at_risk", "At risk"),
    ("lost", "Lost"),
]


class ResPartner(models.Model):
    """How the customer is classed and who looks after him."""

    _inherit = "res.partner"

    gb_level_id = fields.Many2one("gb.customer.level", string="Level", index="btree_not_null")
    gb_life_cycle = fields.Selection(LIFE_CYCLES, string="Life cycle", readonly=True, copy=False)
    gb_rfm_r = fields.Integer(string="Recency score", readonly=True, copy=False)
    gb_rfm_f = fields.Integer(string="Frequency score", readonly=True, copy=False)
    gb_rfm_m = fields.Integer(string="Money score", readonly=True, copy=False)
    gb_net_value = fields.Float(
        string="Net value of 12 months",
        readonly=True,
        copy=False,
        help="Delivered or confirmed sales of the last 12 months less returns, company currency.",
    )
    gb_order_count = fields.Integer(string="Orders in 12 months", readonly=True, copy=False)
    gb_return_rate = fields.Float(string="Return rate", readonly=True, copy=False)
    gb_last_order_at = fields.Datetime(string="Last order", readonly=True, copy=False)
    gb_last_contact_at = fields.Datetime(string="Last contact", readonly=True, copy=False)
    gb_owner_id = fields.Many2one(
        "res.users", string="Owner agent", index="btree_not_null", copy=False
    )
    gb_is_blacklisted = fields.Boolean(string="Black list", copy=False)
