from collections import Counter, defaultdict
from heapq import heapify, heappop, heappush

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

METHODS = [
    ("least_loaded", "To whoever has the fewest"),
    ("region", "A region to one agent"),
    ("owner", "To the agent who looks after the customer"),
]


class GbCampaignAllocation(models.TransientModel):
    """Give the customers of a list who are allocated to nobody to the agents of its campaign."""

    _name = "gb.campaign.allocation"
    _description = "Allocation of a call list"

    list_id = fields.Many2one("gb.campaign.list", required=True, readonly=True)
    campaign_id = fields.Many2one(related="list_id.campaign_id")
    agent_ids = fields.Many2many(
        related="list_id.campaign_id.agent_ids", string="Agents of the campaign"
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Agents",
        compute="_compute_user_ids",
        store=True,
        readonly=False,
        domain="[('id', 'in', agent_ids)]",
    )
    method = fields.Selection(METHODS, string="How", required=True, default="least_loaded")
    quota = fields.Integer(
        string="At most for each",
        help="Customers of this campaign an agent has in all. 0: no limit.",
    )
    limit = fields.Integer(string="At most in all", help="0: no limit.")
    line_ids = fields.One2many(
        "gb.campaign.allocation.line", "allocation_id", compute="_compute_preview", store=True
    )
    found_count = fields.Integer(string="Customers", compute="_compute_preview", store=True)
    given_count = fields.Integer(string="To be allocated", compute="_compute_preview", store=True)
    left_count = fields.Integer(string="Stay free", compute="_compute_preview", store=True)

    @api.depends("list_id")
    def _compute_user_ids(self):
        for allocation in self:
            allocation.user_ids = allocation.list_id.campaign_id.agent_ids

    @api.depends("list_id", "user_ids", "method", "quota", "limit")
    def _compute_preview(self):
        for allocation in self:
            rows = allocation._find_rows()
            load = allocation._get_load()
            gets = Counter(allocation._plan(rows, load).values())
            allocation.found_count = len(rows)
            allocation.given_count = gets.total()
            allocation.left_count = len(rows) - gets.total()
            allocation.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "user_id": user.id,
                            "before_count": load.get(user.id, 0),
                            "new_count": gets[user.id],
                        }
                    )
                    for user in allocation._get_users()
                ),
            ]

    def _get_users(self):
        return self.user_ids._origin & self.list_id.campaign_id.agent_ids

    def _find_rows(self):
        """:return: [(row, region, owner)] by their ids, in the order in which they will be called"""
        rows_sudo = (
            self.env["gb.campaign.row"]
            .sudo()
            .search(
                [
                    ("list_id", "=", self.list_id.id),
                    ("state", "=", "waiting"),
                    ("user_id", "=", False),
                ],
                limit=self.limit if self.limit > 0 else None,
            )
        )
        rows_sudo.fetch(["region_id", "partner_id"])
        owners = (
            {partner.id: partner.gb_owner_id.id for partner in rows_sudo.partner_id}
            if self.method == "owner"
            else {}
        )
        return [(row.id, row.region_id.id, owners.get(row.partner_id.id)) for row in rows_sudo]

    def _get_load(self):
        """{id of the agent: customers of this campaign whom he has still to call}"""
        return {
            user.id: count
            for user, count in self.env["gb.campaign.row"]
            .sudo()
            ._read_group(
                [
                    ("campaign_id", "=", self.list_id.campaign_id.id),
                    ("state", "in", ("waiting", "claimed")),
                    ("user_id", "!=", False),
                ],
                ["user_id"],
                ["__count"],
            )
        }

    def _plan(self, rows, load):
        """Who gets whom. :return: {id of the row: id of the agent}, without those for whom there is no place"""
        heap = [(load.get(user.id, 0), user.id) for user in self._get_users()]
        heapify(heap)
        plan, room = (
            {},
            {
                user_id: (self.quota - count if self.quota > 0 else len(rows))
                for count, user_id in heap
            },
        )
        if self.method == "owner":
            for row_id, _region, owner_id in rows:
                if room.get(owner_id, 0) > 0:
                    plan[row_id] = owner_id
                    room[owner_id] -= 1
            return plan
        groups = [[row_id] for row_id, _region, _owner in rows]
        if self.method == "region":
            by_region = defaultdict(list)
            for row_id, region_id, _owner in rows:
                by_region[region_id].append(row_id)
            # large regions first: the small ones fill up what is uneven
            groups = sorted(by_region.values(), key=len, reverse=True)
        for group in groups:
            rest = list(group)
            while rest and heap:
                count, user_id = heappop(heap)
                part = rest[: room[user_id]] if room[user_id] > 0 else []
                plan.update(dict.fromkeys(part, user_id))
                room[user_id] -= len(part)
                rest = rest[len(part) :]
                if room[user_id] > 0:
                    heappush(heap, (count + len(part), user_id))
        return plan

    def action_allocate(self):
        """Allocate them as previewed, on what is true now."""
        self.ensure_one()
        if not self.env.user.has_group("gb_callcenter.group_gb_lead"):
            raise AccessError(self.env._("Only team leads and managers allocate customers."))
        plan = self._plan(self._find_rows(), self._get_load())
        count = self.list_id._allocate(plan) if plan else 0
        if not count:
            raise UserError(
                self.env._("There is nobody to allocate, or no agent has a free place.")
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s customers were allocated to %(agents)s agents.",
                    count=count,
                    agents=len(set(plan.values())),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
