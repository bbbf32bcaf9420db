from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools.safe_eval import safe_eval

BATCH = 1000
ATTEMPTS = 5


class GbCustomerPool(models.Model):
    """Customers whom a group of agents looks after, each customer by one of them."""

    _name = "gb.customer.pool"
    _description = "Customer pool"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="A customer who belongs to several pools goes to the first."
    )
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    domain = fields.Char(
        string="Customers who belong here",
        help="Customers who match and are in no pool are put into this one every night.",
    )
    member_ids = fields.One2many("gb.customer.pool.member", "pool_id", string="Agents")
    recovery_days = fields.Integer(
        string="Back to the pool after (days)",
        default=90,
        help="A customer whom nobody has contacted for so many days and who has no open matter loses his owner."
        " 0: never.",
    )
    partner_ids = fields.One2many("res.partner", "gb_pool_id", string="Customers")
    partner_count = fields.Integer(string="Customers (count)", compute="_compute_counts")
    free_count = fields.Integer(string="Without owner", compute="_compute_counts")
    place_count = fields.Integer(string="Free places", compute="_compute_counts")

    _recovery_check = models.Constraint(
        "CHECK (recovery_days >= 0)", "The days until recovery cannot be negative."
    )

    @api.depends("member_ids.capacity")
    def _compute_counts(self):
        counts = defaultdict(lambda: [0, 0])
        for pool, owner, count in self.env["res.partner"]._read_group(
            [("gb_pool_id", "in", self.ids)], ["gb_pool_id", "gb_owner_id"], ["__count"]
        ):
            counts[pool.id][0] += count
            counts[pool.id][1] += 0 if owner else count
        for pool in self:
            pool.partner_count, pool.free_count = counts[pool.id]
            pool.place_count = sum(pool.member_ids.mapped("free_count"))

    @api.constrains("domain")
    def _check_domain(self):
        for pool in self:
            try:
                self.env["res.partner"].search(pool._get_domain(), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The condition of %(pool)s cannot be used: %(error)s",
                        pool=pool.name,
                        error=error,
                    )
                ) from error

    def _get_domain(self):
        """:return: Domain of the customers who belong into this pool"""
        self.ensure_one()
        return (
            Domain(safe_eval(self.domain or "[]"))
            & Domain("gb_life_cycle", "!=", False)
            & Domain("company_id", "in", (False, self.company_id.id))
        )

    def action_view_customers(self):
        """Open the customers of this pool."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_callcenter.res_partner_action_gb_classes"
        )
        return {**action, "domain": [("gb_pool_id", "=", self.id)]}

    def action_allocate(self):
        """Open the allocation of this pool's free customers."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_callcenter.gb_customer_allocation_action"
        )
        return {**action, "context": {"default_pool_id": self.id}}

    # ------------------------------------------------------------
    # Every night
    # ------------------------------------------------------------
    @api.model
    def _cron_maintain(self):
        """Customers come back from owners who neglect them, and new ones come in."""
        cron = self.env["ir.cron"]

        def committed(done):
            return cron._commit_progress(done)

        pools = self.search([])
        pools._recover(commit=committed)
        pools._fill(commit=committed)

    def _fill(self, commit=None):
        """Put customers who belong to these pools and are in none into the first that fits. :return: their number"""
        return sum(
            pool._each_batch(
                Domain("gb_pool_id", "=", False) & pool._get_domain(), pool._take_in, commit
            )
            for pool in self.filtered("domain")
        )

    def _take_in(self, partners):
        self.env.cr.execute(
            "UPDATE res_partner SET gb_pool_id = %s WHERE id = ANY(%s) AND gb_pool_id IS NULL",
            [self.id, partners.ids],
        )
        partners.invalidate_recordset(["gb_pool_id"], flush=False)
        return self.env.cr.rowcount

    def _recover(self, commit=None):
        """Take customers from owners who have not contacted them for too long, and tell these.

        :return: number of customers
        """
        Partner = self.env["res.partner"]
        recovered = defaultdict(list)

        def take_back(partners):
            owners = {partner.id: partner.gb_owner_id.id for partner in partners}
            done = Partner._gb_change_owner(dict.fromkeys(owners), "recovery", expected=owners)
            for partner_id in sorted(done):
                recovered[owners[partner_id]].append(partner_id)
            return len(done)

        count = 0
        for pool in self.filtered("recovery_days"):
            count += pool._each_batch(pool._get_neglected_domain(), take_back, commit)
        for user_id, ids in recovered.items():
            user = self.env["res.users"].browse(user_id)
            env = self.env(context={**self.env.context, "lang": user.lang})
            Partner.with_env(env)._notify_gb_owner(
                user,
                env._("%(count)s customers went back to the pool: not contacted", count=len(ids)),
                ids,
            )
            if commit:
                commit(0)
        return count

    def _get_neglected_domain(self):
        """:return: Domain of the customers whose owners lose them"""
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=self.recovery_days)
        Partner = self.env["res.partner"]
        return (
            Domain("gb_pool_id", "=", self.id)
            & Domain("gb_owner_id", "!=", False)
            & (Domain("gb_owner_at", "=", False) | Domain("gb_owner_at", "<", since))
            & (Domain("gb_last_contact_at", "=", False) | Domain("gb_last_contact_at", "<", since))
            & ~Partner._get_gb_open_matter_domain()
        )

    def _each_batch(self, domain, function, commit):
        """Call ``function`` with batches of the customers found; committed one by one, tried again in conflicts.

        :return: sum of what ``function`` returned
        """
        total, last_id, attempts = 0, 0, 0
        while True:
            partners = self.env["res.partner"].search(
                domain & Domain("id", ">", last_id), order="id", limit=BATCH
            )
            if not partners:
                return total
            try:
                done = function(partners)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:  # someone saved one of them just now
                attempts += 1
                if not commit or attempts == ATTEMPTS:
                    raise
                self.env.cr.rollback()
                continue
            total, last_id, attempts = total + done, partners[-1].id, 0
            if commit and not commit(done):
                return total
