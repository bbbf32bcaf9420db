from odoo import fields, models


class GbCustomerPool(models.Model):
    """Customers whom a group of agents looks after, each customer by one of them."""

    _name = "gb.customer.pool"
    _description = "Customer pool"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    domain = fields.Char(
        string="Customers who belong here",
        help="New customers who match are put into this pool every night, if they are in none.",
    )
    member_ids = fields.One2many("gb.customer.pool.member", "pool_id", string="Agents")
    recovery_days = fields.Integer(
        string="Back to the pool after (days)",
        default=90,
        help="A customer whom nobody has contacted for so many days and who has no open matter loses his owner."
        " 0: never.",
    )
    partner_ids = fields.One2many("res.partner", "gb_pool_id", string="Customers")
