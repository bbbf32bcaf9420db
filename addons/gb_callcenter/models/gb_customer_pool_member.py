from odoo import api, fields, models
from odoo.exceptions import ValidationError


class GbCustomerPoolMember(models.Model):
    """An agent of a customer pool: how many customers he can look after, and which."""

    _name = "gb.customer.pool.member"
    _description = "Agent of a customer pool"
    _order = "pool_id, id"
    _rec_name = "user_id"

    pool_id = fields.Many2one("gb.customer.pool", required=True, ondelete="cascade", index=True)
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        required=True,
        ondelete="cascade",
        index=True,
        domain=[("share", "=", False)],
    )
    company_id = fields.Many2one(related="pool_id.company_id", store=True, index=True)
    capacity = fields.Integer(default=200, required=True, help="Customers at once, at most.")
    state_ids = fields.Many2many(
        "res.country.state",
        "gb_customer_pool_member_state_rel",
        "member_id",
        "state_id",
        string="Regions",
        help="Allocation by region gives him customers from here. Empty: from everywhere, if nobody has the region.",
    )
    level_ids = fields.Many2many(
        "gb.customer.level",
        "gb_customer_pool_member_level_rel",
        "member_id",
        "level_id",
        string="Levels",
        help="Allocation by level gives him customers of these. Empty: of all, if nobody has the level.",
    )
    partner_count = fields.Integer(string="Customers", compute="_compute_partner_count")
    free_count = fields.Integer(string="Free places", compute="_compute_partner_count")
    revision = fields.Integer(
        default=0, readonly=True, copy=False, help="Counts the changes of his load."
    )

    _member_unique = models.UniqueIndex("(pool_id, user_id)", "An agent is in a pool only once.")
    _capacity_check = models.Constraint("CHECK (capacity >= 0)", "The capacity cannot be negative.")

    @api.depends("capacity", "pool_id", "user_id")
    def _compute_partner_count(self):
        # he also has customers whom the reader may not see
        counts = {
            (pool.id, user.id): count
            for pool, user, count in self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            ._read_group(
                [
                    ("gb_pool_id", "in", self.pool_id.ids),
                    ("gb_owner_id", "in", self.user_id.ids),
                ],
                ["gb_pool_id", "gb_owner_id"],
                ["__count"],
            )
        }
        for member in self:
            member.partner_count = counts.get((member.pool_id.id, member.user_id.id), 0)
            member.free_count = max(member.capacity - member.partner_count, 0)

    @api.constrains("user_id", "pool_id")
    def _check_company(self):
        for member in self:
            if member.company_id not in member.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(agent)s does not work for %(company)s.",
                        agent=member.user_id.name,
                        company=member.company_id.name,
                    )
                )

    def _lock(self):
        """Nobody else gives these agents customers until this transaction ends; one who tries begins anew."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE gb_customer_pool_member SET revision = revision + 1 WHERE id = ANY(%s)",
            [self.ids],
        )
        self.invalidate_recordset(["revision", "partner_count", "free_count"], flush=False)
