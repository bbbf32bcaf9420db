from odoo import fields, models


class ResPartner(models.Model):
    """Who looks after the customer."""

    _inherit = "res.partner"

    gb_owner_id = fields.Many2one(
        "res.users", string="Owner agent", index="btree_not_null", copy=False
    )
    gb_owner_at = fields.Datetime(string="Owned since", readonly=True, copy=False)
    gb_pool_id = fields.Many2one(
        "gb.customer.pool", string="Customer pool", index="btree_not_null", copy=False
    )
    gb_owner_history_ids = fields.One2many(
        "gb.owner.history", "partner_id", string="Owners", readonly=True
    )
