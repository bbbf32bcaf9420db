from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

OWNER_FIELDS = {"gb_owner_id", "gb_owner_at", "gb_pool_id"}
UNDELIVERED = [
    ("state", "=", "sale"),
    ("delivery_status", "in", ("pending", "started", "partial")),
]


class ResPartner(models.Model):
    """Who looks after the customer: his pool, his owner, and how he gets another one."""

    _inherit = "res.partner"

    gb_owner_id = fields.Many2one(
        "res.users",
        string="Owner agent",
        index="btree_not_null",
        copy=False,
        domain=[("share", "=", False)],
        help="The agent who looks after this customer.",
    )
    gb_owner_at = fields.Datetime(string="Owned since", readonly=True, copy=False)
    gb_pool_id = fields.Many2one("gb.customer.pool", string="Customer pool", copy=False)
    gb_owner_history_ids = fields.One2many(
        "gb.owner.history", "partner_id", string="Owners", readonly=True
    )

    # customers of a pool, free ones and those of an agent
    _gb_pool_idx = models.Index("(gb_pool_id, gb_owner_id) WHERE gb_pool_id IS NOT NULL")

    # ------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        self._check_gb_owner_rights({name for vals in vals_list for name in vals if vals[name]})
        partners = super().create(
            [
                {**vals, "gb_owner_at": fields.Datetime.now()} if vals.get("gb_owner_id") else vals
                for vals in vals_list
            ]
        )
        partners.filtered("gb_owner_id")._log_gb_owner({})
        return partners

    def write(self, vals):
        self._check_gb_owner_rights(vals)
        if "gb_owner_id" not in vals:
            return super().write(vals)
        before = {partner.id: partner.gb_owner_id.id for partner in self}
        changed = self.filtered(lambda partner: partner.gb_owner_id.id != vals["gb_owner_id"])
        result = super().write(vals)
        if changed:
            at = fields.Datetime.now() if vals["gb_owner_id"] else False
            super(ResPartner, changed).write({"gb_owner_at": at})
            changed._log_gb_owner(before)
        return result

    @api.model
    def _check_gb_owner_rights(self, names):
        if self.env.su or not OWNER_FIELDS & set(names):
            return
        if not self.env.user.has_group("gb_callcenter.group_gb_lead"):
            raise AccessError(
                self.env._("Only leads and managers decide who looks after a customer.")
            )

    def _log_gb_owner(self, before):
        self.env["gb.owner.history"].sudo().create(
            [
                {
                    "partner_id": partner.id,
                    "pool_id": partner.gb_pool_id.id,
                    "from_user_id": before.get(partner.id),
                    "to_user_id": partner.gb_owner_id.id,
                    "user_id": self.env.uid,
                    "reason": "manual",
                }
                for partner in self
            ]
        )

    # ------------------------------------------------------------
    # By sets
    # ------------------------------------------------------------
    @api.model
    def _gb_change_owner(self, owners, reason, note="", expected=None, user=None):
        """Give customers other owners, in one statement, with history. The caller has checked who may.

        A transaction that has given one of them away meanwhile makes this one fail as a concurrent update, which
        Odoo tries again on what is then true.

        :param dict owners: {id of the customer: id of the new owner, or None}
        :param str reason: of gb.owner.history
        :param expected: id of the owner whom they must have now, None: nobody; or a dict {id of the customer: that}
        :param user: res.users who does it; None: a rule
        :return: set of ids of the customers that have changed hands
        """
        self.env.flush_all()
        if not isinstance(expected, dict):
            expected = dict.fromkeys(owners, expected)
        self.env.cr.execute("SET LOCAL jit = off")
        rows = self.env.execute_query(
            SQL(
                """WITH wanted AS (
                     SELECT * FROM unnest(%(ids)s::integer[], %(before)s::integer[], %(users)s::integer[]) AS w (id, owner_id, user_id)),
                   changed AS (
                     UPDATE res_partner p
                        SET gb_owner_id = wanted.user_id, gb_owner_at = CASE WHEN wanted.user_id IS NOT NULL THEN %(now)s END
                       FROM wanted
                      WHERE p.id = wanted.id AND p.gb_owner_id IS NOT DISTINCT FROM wanted.owner_id
                        AND p.gb_owner_id IS DISTINCT FROM wanted.user_id
                     RETURNING p.id, p.gb_pool_id, wanted.owner_id, p.gb_owner_id)
                   INSERT INTO gb_owner_history (partner_id, pool_id, from_user_id, to_user_id, user_id, reason, note, at)
                   SELECT id, gb_pool_id, owner_id, gb_owner_id, %(user)s, %(reason)s, %(note)s, %(now)s FROM changed
                   RETURNING partner_id""",
                ids=list(owners),
                users=[user_id or None for user_id in owners.values()],
                now=fields.Datetime.now(),
                before=[expected[partner_id] or None for partner_id in owners],
                user=user.id if user else None,
                reason=reason,
                note=note or None,
            )
        )
        self.invalidate_model(["gb_owner_id", "gb_owner_at", "gb_owner_history_ids"], flush=False)
        self.env["gb.customer.pool.member"].invalidate_model(["partner_count"], flush=False)
        return {row[0] for row in rows}

    @api.model
    def _get_gb_open_matter_domain(self):
        """Who has an open matter, so that his owner keeps him: here, customers with an order under way.

        Extended by addons that know of other matters; combine with ``super()`` by ``|``.

        :return: Domain on res.partner, of customers (not of their addresses)
        """
        return self._get_gb_family_domain("sale_order_ids", UNDELIVERED)

    @api.model
    def _get_gb_family_domain(self, field, domain):
        """:return: Domain of customers who have, or one of whose addresses has, such records in ``field``"""
        own = Domain(field, "any", domain)
        return own | Domain("child_ids", "any", own)

    def _gb_has_open_matter(self):
        """:return: those of these customers who have an open matter"""
        partners_sudo = self.sudo().with_context(active_test=False)
        found = partners_sudo.search(
            Domain("id", "in", self.ids) & partners_sudo._get_gb_open_matter_domain()
        )
        return self.filtered(lambda partner: partner.id in found._ids)

    # ------------------------------------------------------------
    # Agents
    # ------------------------------------------------------------
    def action_gb_claim(self):
        """Take these customers out of their pools, up to the agent's capacity."""
        partners = self._get_gb_own_customers()
        for pool, group in partners.grouped("gb_pool_id").items():
            member = self.env["gb.customer.pool.member"].search(
                [("pool_id", "=", pool.id), ("user_id", "=", self.env.uid)]
            )
            if not member:
                raise UserError(
                    self.env._(
                        "%(customer)s is in no pool of yours.", customer=group[0].display_name
                    )
                )
            owned = group.filtered("gb_owner_id")[:1]
            if owned:
                raise UserError(
                    self.env._(
                        "%(owner)s looks after %(customer)s already.",
                        owner=owned.sudo().gb_owner_id.name,
                        customer=owned.display_name,
                    )
                )
            member_sudo = member.sudo()  # agents do not write members
            member_sudo._lock()
            if len(group) > member_sudo.free_count:
                raise UserError(
                    self.env._(
                        "You look after %(count)s of at most %(capacity)s customers of %(pool)s.",
                        count=member_sudo.partner_count,
                        capacity=member_sudo.capacity,
                        pool=pool.display_name,
                    )
                )
            self.sudo()._gb_change_owner(
                dict.fromkeys(group.ids, self.env.uid), "claim", user=self.env.user
            )
        return True

    def action_gb_give_back(self):
        """Ask why, then give these customers back to their pools."""
        partners = self._get_gb_own_customers()
        partners._check_gb_give_back()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Give back to the pool"),
            "res_model": "gb.customer.give.back",
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_ids": partners.ids},
        }

    def gb_give_back(self, reason):
        """Give these customers back to their pools: agents their own, leads everybody's.

        :param str reason: why, in words
        """
        partners = self._get_gb_own_customers()
        partners._check_gb_give_back()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why you give the customer back."))
        for owner, group in partners.grouped("gb_owner_id").items():
            self.sudo()._gb_change_owner(
                dict.fromkeys(group.ids),
                "give_back",
                note=reason.strip(),
                expected=owner.id,
                user=self.env.user,
            )
        return True

    def _get_gb_own_customers(self):
        """:return: the customers of these partners, if the user is an agent and may see them"""
        if not self.env.user.has_group("gb_callcenter.group_gb_agent"):
            raise AccessError(self.env._("Only agents look after customers."))
        partners = self.commercial_partner_id
        partners.check_access("read")
        return partners

    def _check_gb_give_back(self):
        if self.env.user.has_group("gb_callcenter.group_gb_lead"):
            return
        foreign = self.filtered(lambda partner: partner.gb_owner_id != self.env.user)[:1]
        if foreign:
            raise AccessError(
                self.env._("You do not look after %(customer)s.", customer=foreign.display_name)
            )

    # ------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------
    @api.model
    def _notify_gb_owner(self, user, subject, customer_ids):
        """One notice about many customers."""
        shown = self.browse(customer_ids[:10]).sudo().mapped("name")
        body = Markup("<p>%s</p><p>%s%s</p><p><a href='/odoo/my-customers'>%s</a></p>") % (
            subject,
            ", ".join(shown),
            " …" if len(customer_ids) > len(shown) else "",
            self.env._("Open my customers"),
        )
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids, subject=subject, body=body, force_send=False
        )
        user._bus_send("simple_notification", {"type": "info", "title": subject, "message": ""})
