from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

PROFILE_GROUPS = (
    "gb_callcenter.group_gb_agent,gb_callcenter.group_gb_inspector,gb_callcenter.group_gb_analyst"
)
MIN_NUMBER = 4


class ResPartner(models.Model):
    """Who the customer is: numbers, profile, family."""

    _inherit = "res.partner"

    gb_customer_number = fields.Char(
        string="Customer number",
        readonly=True,
        copy=False,
        help="Given by itself to every customer; addresses, contacts of a company, and the "
        "company's own people have none.",
    )
    gb_member_number = fields.Char(string="Member number", readonly=True, copy=False)
    gb_member_since = fields.Date(string="Member since", readonly=True, copy=False)
    gb_birth_date = fields.Date(
        string="Date of birth", copy=False, index="btree_not_null", groups=PROFILE_GROUPS
    )
    gb_age = fields.Integer(
        string="Age", compute="_compute_gb_age", search="_search_gb_age", groups=PROFILE_GROUPS
    )
    gb_sex = fields.Selection(
        [("female", "Female"), ("male", "Male")], string="Sex", groups=PROFILE_GROUPS
    )
    gb_occupation = fields.Char(string="Occupation", groups=PROFILE_GROUPS)
    gb_education = fields.Selection(
        [
            ("school", "Middle school or less"),
            ("secondary", "High or vocational school"),
            ("college", "College"),
            ("bachelor", "Bachelor"),
            ("master", "Master or more"),
        ],
        string="Education",
        groups=PROFILE_GROUPS,
    )
    gb_marital_status = fields.Selection(
        [
            ("single", "Single"),
            ("married", "Married"),
            ("divorced", "Divorced"),
            ("widowed", "Widowed"),
        ],
        string="Marital status",
        groups=PROFILE_GROUPS,
    )
    gb_address_kind = fields.Selection(
        [("home", "Home"), ("work", "Work")],
        string="Address of",
        help="For addresses: the customer's home or place of work.",
    )
    gb_child_ids = fields.One2many(
        "gb.child", "partner_id", string="Children", groups=PROFILE_GROUPS
    )

    _gb_customer_number_uniq = models.UniqueIndex(
        "(gb_customer_number) WHERE gb_customer_number IS NOT NULL",
        "Another customer has this customer number.",
    )
    _gb_member_number_uniq = models.UniqueIndex(
        "(gb_member_number) WHERE gb_member_number IS NOT NULL",
        "Another member has this member number.",
    )

    # ------------------------------------------------------------------
    # Age
    # ------------------------------------------------------------------

    @api.depends("gb_birth_date")
    def _compute_gb_age(self):
        today = fields.Date.context_today(self)
        for partner in self:
            birth = partner.gb_birth_date
            partner.gb_age = birth and max(
                0, today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
            )

    def _search_gb_age(self, operator, value):
        """Ages as ranges of birth dates, so that the index on them is used."""
        today = fields.Date.context_today(self)

        def reached(years):
            return Domain("gb_birth_date", "<=", today - relativedelta(years=years))

        def below(years):
            return Domain("gb_birth_date", ">", today - relativedelta(years=years))

        if operator == "in":
            ages = [int(age) for age in value if age is not False]
            domain = Domain.OR(reached(age) & below(age + 1) for age in ages)
            if len(ages) < len(value) or 0 in ages:
                domain |= Domain("gb_birth_date", "=", False)
            return domain
        if operator not in ("<", "<=", ">", ">=") or isinstance(value, bool):
            return NotImplemented
        years = int(value)
        return {
            "<": lambda: below(years),
            "<=": lambda: below(years + 1),
            ">": lambda: reached(years + 1),
            ">=": lambda: reached(years),
        }[operator]()

    # ------------------------------------------------------------------
    # Numbers
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        default_parent = self.env.context.get("default_parent_id")
        unnumbered = [
            index
            for index, vals in enumerate(vals_list)
            if not vals.get("gb_customer_number") and not vals.get("parent_id", default_parent)
        ]
        if unnumbered and not self.env.context.get("gb_no_customer_number"):
            numbers = dict(
                zip(
                    unnumbered,
                    self._get_gb_next_numbers("customer", len(unnumbered)),
                    strict=True,
                )
            )
            vals_list = [
                dict(vals, gb_customer_number=numbers[index]) if index in numbers else vals
                for index, vals in enumerate(vals_list)
            ]
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if "parent_id" in vals and not vals["parent_id"]:
            for partner_sudo in self.sudo():  # a contact who becomes a customer of his own
                if not partner_sudo.gb_customer_number and not partner_sudo._is_gb_internal():
                    partner_sudo.gb_customer_number = self._get_gb_next_numbers("customer", 1)[0]
        return result

    def _is_gb_internal(self):
        """Whether this is one of the own companies or of their people."""
        self.ensure_one()
        partner_sudo = self.sudo().with_context(active_test=False)
        return bool(partner_sudo.ref_company_ids) or any(
            not user.share for user in partner_sudo.user_ids
        )

    @api.model
    def _get_gb_next_numbers(self, kind, count):
        """The next ``count`` customer or member numbers, by one query.

        :param str kind: customer or member
        :rtype: list of str
        """
        sequence_sudo = self.env["ir.sequence"].sudo()
        sequence_sudo = sequence_sudo.search(
            [
                ("code", "=", f"gb.{kind}.number"),
                ("company_id", "in", [self.env.company.id, False]),
            ],
            order="company_id",
            limit=1,
        )
        if not sequence_sudo:  # not yet installed
            return [False] * count
        if sequence_sudo.implementation != "standard" or sequence_sudo.use_date_range:
            return [sequence_sudo.next_by_id() for _index in range(count)]
        prefix, suffix = sequence_sudo._get_prefix_suffix()
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence_sudo.id:03d}",
                count,
            )
        )
        padding = sequence_sudo.padding
        return [f"{prefix}{number:0{padding}d}{suffix}" for (number,) in rows]

    @api.model
    def _number_gb_customers(self):
        """Give all customers without a number theirs, oldest first, in one statement.

        :return: how many
        """
        sequence_sudo = self.env.ref("gb_callcenter.sequence_customer_number").sudo()
        prefix, suffix = sequence_sudo._get_prefix_suffix()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner p
                SET gb_customer_number = %(prefix)s || lpad(n.number::text, greatest(%(padding)s, length(n.number::text)), '0') || %(suffix)s
                FROM (
                    SELECT id, nextval(%(sequence)s) AS number
                    FROM (
                        SELECT q.id FROM res_partner q
                        WHERE q.gb_customer_number IS NULL AND q.parent_id IS NULL
                        AND NOT EXISTS (SELECT 1 FROM res_company c WHERE c.partner_id = q.id)
                        AND NOT EXISTS (SELECT 1 FROM res_users u WHERE u.partner_id = q.id AND (u.share IS NOT TRUE OR u.active IS NOT TRUE))
                        ORDER BY q.id
                    ) ordered
                ) n
                WHERE p.id = n.id
                """,
                prefix=prefix,
                suffix=suffix,
                padding=sequence_sudo.padding,
                sequence=f"ir_sequence_{sequence_sudo.id:03d}",
            )
        )
        count = self.env.cr.rowcount
        self.invalidate_model(["gb_customer_number"])
        return count

    @api.model
    def _search_display_name(self, operator, value):
        """A customer or member number finds its customer and nobody else, by its index."""
        if operator in ("ilike", "like", "=", "=ilike") and isinstance(value, str):
            number = value.strip().upper()
            if len(number) >= MIN_NUMBER and any(map(str.isdigit, number)):
                domain = Domain("gb_customer_number", "=", number)
                domain |= Domain("gb_member_number", "=", number)
                # ids only: what the user may see of them is decided by the search that asks
                partners_sudo = self.sudo().with_context(active_test=False)
                if found := partners_sudo.search(domain, limit=2, order="id"):
                    return Domain("id", "in", found.ids)
        return super()._search_display_name(operator, value)

    # ------------------------------------------------------------------
    # Addresses
    # ------------------------------------------------------------------

    def action_gb_home_address(self):
        """Open the customer's home address, or a new one."""
        return self._get_gb_address_action("home", self.env._("Home"))

    def action_gb_work_address(self):
        """Open the address of the customer's place of work, or a new one."""
        return self._get_gb_address_action("work", self.env._("Work"))

    def _get_gb_address_action(self, kind, name):
        self.ensure_one()
        address = self.child_ids.filtered(lambda child: child.gb_address_kind == kind)[:1]
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "res.partner",
            "res_id": address.id,
            "views": [[self.env.ref("base.view_partner_address_form").id, "form"]],
            "target": "new",
            "context": {
                "default_parent_id": self.id,
                "default_type": "delivery",
                "default_gb_address_kind": kind,
                "default_name": name,
                "default_country_id": self.country_id.id,
                "default_state_id": self.state_id.id,
            },
        }
