from odoo import fields, models


class ResPartner(models.Model):
    """Who the customer is: profile, family, membership."""

    _inherit = "res.partner"

    gb_customer_number = fields.Char(
        string="Customer number", readonly=True, copy=False, index="btree_not_null"
    )
    gb_member_number = fields.Char(
        string="Member number", readonly=True, copy=False, index="btree_not_null"
    )
    gb_member_since = fields.Date(string="Member since", readonly=True, copy=False)
    gb_child_ids = fields.One2many("gb.child", "partner_id", string="Children")
