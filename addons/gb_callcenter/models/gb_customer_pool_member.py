from odoo import fields, models


class GbCustomerPoolMember(models.Model):
    """An agent of a customer pool and how many customers he can look after."""

    _name = "gb.customer.pool.member"
    _description = "Agent of a customer pool"
    _order = "pool_id, id"
    _rec_name = "user_id"

    pool_id = fields.Many2one(
        "gb.customer.pool", string="Pool", required=True, ondelete="cascade", index=True
    )
    user_id = fields.Many2one(
        "res.users", string="Agent", required=True, ondelete="cascade", index=True
    )
    capacity = fields.Integer(default=200, required=True, help="Customers at once, at most.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(related="pool_id.company_id", store=True, index=True)
    revision = fields.Integer(default=0, readonly=True, help="Counts the changes of his load.")

    _member_unique = models.UniqueIndex("(pool_id, user_id)")
    _capacity_check = models.Constraint("CHECK (capacity >= 0)", "The capacity cannot be negative.")
