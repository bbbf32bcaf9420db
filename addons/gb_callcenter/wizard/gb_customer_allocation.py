from collections import Counter
from heapq import heapify, heappop, heappush

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from ..models.res_partner_class import LIFE_CYCLES

METHODS = [
    ("least_loaded", "To whoever has the fewest"),
    ("region", "By region"),
    ("level", "By level"),
    ("region_level", "By region and level"),
]
LIMIT = 50_000


class GbCustomerAllocation(models.TransientModel):
    """Give the free customers of a pool, or those of one agent, to its agents."""

    _name = "gb.customer.allocation"
    _description = "Allocation of customers"

    pool_id = fields.Many2one("gb.customer.pool", required=True)
    from_user_id = fields.Many2one(
        "res.users",
        string="Take over from",
        domain="[('id', 'in', owner_ids)]",
        help="Allocate the customers of this agent to the others. Empty: those without owner.",
    )
    owner_ids = fields.Many2many("res.users", compute="_compute_owner_ids")
    method = fields.Selection(METHODS, string="How", required=True, default="least_loaded")
    state_ids = fields.Many2many("res.country.state", string="Only regions")
    level_ids = fields.Many2many("gb.customer.level", string="Only levels")
    life_cycle = fields.Selection(LIFE_CYCLES, string="Only life cycle")
    limit = fields.Integer(
        string="At most", help="Customers in all, those of the highest value first. 0: no limit."
    )
    line_ids = fields.One2many(
        "gb.customer.allocation.line",
        "allocation_id",
        string="Agents",
        compute="_compute_preview",
        store=True,
    )
    found_count = fields.Integer(string="Customers", compute="_compute_preview", store=True)
    given_count = fields.Integer(string="To be allocated", compute="_compute_preview", store=True)
    left_count = fields.Integer(string="Stay in the pool", compute="_compute_preview", store=True)

    @api.depends("pool_id")
    def _compute_owner_ids(self):
        for allocation in self:
            allocation.owner_ids = allocation.pool_id.member_ids.user_id

    @api.depends(
        "pool_id", "from_user_id", "method", "state_ids", "level_ids", "life_cycle", "limit"
    )
    def _compute_preview(self):
        for allocation in self:
            rows = allocation._find_customers()
            gets = Counter(allocation._plan(rows).values())
            allocation.found_count = len(rows)
            allocation.given_count = gets.total()
            allocation.left_count = len(rows) - gets.total()
            allocation.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "user_id": member.user_id.id,
                            "before_count": member.partner_count,
                            "new_count": gets[member.user_id.id],
                            "capacity": member.capacity,
                        }
                    )
                    for member in allocation._get_members()
                ),
            ]

    def _get_members(self):
        """:return: who may get customers"""
        return self.pool_id.member_ids.filtered(
            lambda member: member.user_id.active and member.user_id != self.from_user_id
        )

    def _get_customer_domain(self):
        """:return: Domain of the customers who are to be allocated"""
        domain = Domain("gb_pool_id", "=", self.pool_id.id) & Domain(
            "gb_owner_id", "=", self.from_user_id.id
        )
        if self.state_ids:
            domain &= Domain("state_id", "in", self.state_ids.ids)
        if self.level_ids:
            domain &= Domain("gb_level_id", "in", self.level_ids.ids)
        if self.life_cycle:
            domain &= Domain("gb_life_cycle", "=", self.life_cycle)
        return domain

    def _find_customers(self):
        """:return: [(customer, region, level)] by their ids, of the highest value first"""
        if not self.pool_id:
            return []
        query = self.env["res.partner"]._search(
            self._get_customer_domain(),
            order="gb_net_value DESC, id",
            limit=min(self.limit, LIMIT) if self.limit > 0 else LIMIT,
        )
        table = query.table
        return self.env.execute_query(
            query.select(f'"{table}"."id"', f'"{table}"."state_id"', f'"{table}"."gb_level_id"')
        )

    def _plan(self, rows):
        """Who gets whom: each customer goes to the agent who then has the fewest in proportion to his capacity.

        By region or level: among those who have named it, then among those who have named none.

        :return: {id of the customer: id of the agent}, without those for whom there is no place
        """
        members = self._get_members()
        load = {member.id: member.partner_count for member in members}
        by_region = self.method in ("region", "region_level")
        by_level = self.method in ("level", "region_level")

        def get_rank(member, state_id, level_id):
            """0: not for him, else the more the better he fits"""
            rank = 1
            for is_asked, named, value in (
                (by_region, member.state_ids.ids, state_id),
                (by_level, member.level_ids.ids, level_id),
            ):
                if is_asked and named:
                    if value not in named:
                        return 0
                    rank += 1
            return rank

        tiers, heaps, plan = {}, {}, {}
        for partner_id, state_id, level_id in rows:
            key = (by_region and state_id, by_level and level_id)
            if key not in tiers:
                ranked = {}
                for member in members.filtered("capacity"):
                    rank = get_rank(member, *key)
                    if rank:
                        ranked.setdefault(rank, []).append(member)
                tiers[key] = [tuple(group) for _rank, group in sorted(ranked.items(), reverse=True)]
            for group in tiers[key]:
                heap = heaps.get(group)
                if heap is None:
                    heap = heaps[group] = [
                        ((load[member.id] + 1) / member.capacity, member.id, member)
                        for member in group
                    ]
                    heapify(heap)
                member = self._pop_least_loaded(heap, load)
                if member:
                    plan[partner_id] = member.user_id.id
                    break
        return plan

    @api.model
    def _pop_least_loaded(self, heap, load):
        """:return: the agent who has the fewest customers and a free place, now with one more; or None"""
        while heap:
            ratio, member_id, member = heappop(heap)
            now = (load[member_id] + 1) / member.capacity
            if now > ratio:  # he has got some by another heap
                heappush(heap, (now, member_id, member))
                continue
            if load[member_id] < member.capacity:
                load[member_id] += 1
                heappush(heap, ((load[member_id] + 1) / member.capacity, member_id, member))
                return member
        return None

    def action_allocate(self):
        """Allocate them as previewed, on what is true now, and tell each agent once."""
        self.ensure_one()
        if not self.env.user.has_group("gb_callcenter.group_gb_lead"):
            raise AccessError(self.env._("Only leads and managers allocate customers."))
        self.pool_id.check_access("read")
        self._get_members().sudo()._lock()  # leads do not write members
        plan = self._plan(self._find_customers())
        if not plan:
            raise UserError(
                self.env._("There is nobody to allocate, or no agent has a free place.")
            )
        Partner = self.env["res.partner"]
        given = Partner.sudo()._gb_change_owner(
            plan, "allocation", expected=self.from_user_id.id, user=self.env.user
        )
        customers = {}
        for partner_id in sorted(given):
            customers.setdefault(plan[partner_id], []).append(partner_id)
        for user_id, ids in customers.items():
            user = self.env["res.users"].browse(user_id)
            env = self.env(context={**self.env.context, "lang": user.lang})
            Partner.with_env(env)._notify_gb_owner(
                user,
                env._(
                    "%(count)s new customers for you from %(pool)s",
                    count=len(ids),
                    pool=self.pool_id.with_env(env).name,
                ),
                ids,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s customers were allocated to %(agents)s agents.",
                    count=len(given),
                    agents=len(customers),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
