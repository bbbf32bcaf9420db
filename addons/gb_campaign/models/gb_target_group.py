from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..tools.customer_set import CUSTOMER, CustomerSet, join_all, join_any, select_customers

SAMPLE_SIZE = 20
# more customers than this are drawn in the background
FOREGROUND_SIZE = 20_000


class GbTargetGroup(models.Model):
    """Customers described by conditions: who they are is asked anew each time; ``_draw`` keeps who they are now.

    Conditions and exclusions are compiled to one SQL expression about the row ``res_partner`` (tools/customer_set.py). Facts
    that are stored on the customer (level, scores, last order, last contact) are as stored there; what is counted from
    documents is counted in the group's company.
    """

    _name = "gb.target.group"
    _description = "Target group"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user, copy=False
    )
    description = fields.Text(translate=True, help="What this group is used for.")
    match = fields.Selection(
        [("all", "all of these conditions"), ("any", "at least one of these conditions")],
        string="Customers who meet",
        required=True,
        default="all",
    )
    condition_ids = fields.One2many(
        "gb.target.condition", "group_id", string="Conditions", copy=True
    )

    # --- left out in any case ------------------------------------------------------------------
    exclude_do_not_call = fields.Boolean(
        string="Do not call",
        default=True,
        help="Leaves out customers all of whose numbers are marked “do not call”.",
    )
    exclude_blacklisted = fields.Boolean(string="Black list", default=True)
    exclude_complaint = fields.Boolean(string="Open complaint", default=True)
    exclude_contacted_days = fields.Integer(
        string="Contacted by us within (days)", default=7, help="0: does not matter."
    )
    pressure_count = fields.Integer(
        string="Contacted more often than",
        default=4,
        help="How many times we may have called or written to the customer in the days beside.",
    )
    pressure_days = fields.Integer(
        string="Days of contact pressure", default=30, help="0: does not matter."
    )

    snapshot_ids = fields.One2many("gb.target.snapshot", "group_id", string="Snapshots")
    snapshot_count = fields.Integer(compute="_compute_snapshots")
    last_size = fields.Integer(string="Size last drawn", compute="_compute_snapshots")
    last_drawn_at = fields.Datetime(string="Last drawn", compute="_compute_snapshots")
    summary = fields.Text(string="In words", compute="_compute_summary")

    _days_check = models.Constraint(
        "CHECK (exclude_contacted_days >= 0 AND pressure_days >= 0 AND pressure_count >= 0)",
        "Days and numbers of contacts cannot be negative.",
    )

    @api.depends("snapshot_ids.state")
    def _compute_snapshots(self):
        Snapshot = self.env["gb.target.snapshot"]
        counts = dict(
            Snapshot._read_group([("group_id", "in", self.ids)], ["group_id"], ["__count"])
        )
        last_ids = Snapshot._read_group(
            [("group_id", "in", self.ids), ("state", "=", "done")], ["group_id"], ["id:max"]
        )
        last = {group: Snapshot.browse(last_id) for group, last_id in last_ids}
        for group in self:
            snapshot = last.get(group, Snapshot)
            group.snapshot_count = counts.get(group, 0)
            group.last_size = snapshot.size
            group.last_drawn_at = snapshot.drawn_at

    @api.depends(
        "match",
        "condition_ids.summary",
        "exclude_do_not_call",
        "exclude_blacklisted",
        "exclude_complaint",
        "exclude_contacted_days",
        "pressure_count",
        "pressure_days",
    )
    def _compute_summary(self):
        for group in self:
            group.summary = "\n".join(group._get_sentences())

    def _get_sentences(self):
        """:return: list of texts: what the group consists of, for people"""
        self.ensure_one()
        matches = dict(self._fields["match"]._description_selection(self.env))
        if self.condition_ids:
            heading = self.env._("Customers who meet %(match)s:", match=matches[self.match])
            sentences = [heading, *(f"• {line.summary}" for line in self.condition_ids)]
        else:
            sentences = [self.env._("All customers.")]
        if excluded := self._get_exclusion_sentences():
            sentences.append(self.env._("Left out:"))
            sentences += [f"• {text}" for text in excluded]
        return sentences

    def _get_exclusion_sentences(self):
        excluded = []
        if self.exclude_do_not_call:
            excluded.append(self.env._("customers who do not want to be called"))
        if self.exclude_blacklisted:
            excluded.append(self.env._("customers on the black list"))
        if self.exclude_complaint:
            excluded.append(self.env._("customers with an open complaint"))
        if self.exclude_contacted_days:
            excluded.append(
                self.env._(
                    "customers whom we have contacted in the last %(days)s days",
                    days=self.exclude_contacted_days,
                )
            )
        if self.pressure_days:
            excluded.append(
                self.env._(
                    "customers whom we have contacted more than %(count)s times in the last %(days)s days",
                    count=self.pressure_count,
                    days=self.pressure_days,
                )
            )
        return excluded

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for group in self:
            group_sudo = group.sudo()  # whoever uses it, it is in use
            if group_sudo.snapshot_ids:
                raise UserError(
                    self.env._(
                        "“%(group)s” has been drawn: archive it, or delete its snapshots first.",
                        group=group.name,
                    )
                )
            users = group_sudo.env["gb.target.condition"].search(
                [("subgroup_id", "=", group.id), ("group_id", "not in", self.ids)]
            )
            if users:
                raise UserError(
                    self.env._(
                        "“%(group)s” is a condition of “%(other)s”.",
                        group=group.name,
                        other=users[0].group_id.name,
                    )
                )

    # ------------------------------------------------------------
    # Who belongs to it
    # ------------------------------------------------------------
    def _get_query(self):
        """Who belongs to the group now, as far as the current user may see them. To be run in this transaction.

        :return: SQL of a SELECT with one column, ids of res.partner
        """
        self.ensure_one()
        self.env.flush_all()
        # sets of customers stay in memory; compiling takes PostgreSQL longer than it saves
        self.env.cr.execute(
            "SELECT set_config('work_mem', '64MB', TRUE), set_config('jit', 'off', TRUE)"
        )
        partners = self.env["res.partner"].with_context(
            allowed_company_ids=self.company_id.ids, active_test=True
        )
        query = partners._search(self._get_customer_domain())
        query.add_where(self._get_expression())
        return query.select()

    def _get_customer_domain(self):
        """:return: Domain on res.partner of all customers, whom any group is a part of. Addons may narrow it."""
        return (
            Domain("active", "=", True)
            & Domain("partner_share", "=", True)
            & Domain("company_id", "in", [False, *self.company_id.parent_ids.ids])
        )

    def _get_expression(self, path=()):
        """:return: SQL expression about the row ``res_partner``, without what the user may see"""
        companies_sudo = self.env["res.company"].sudo().with_context(active_test=False).search([])
        parts = [
            CUSTOMER,
            # nor we ourselves
            SQL("res_partner.id <> ALL(%s)", companies_sudo.partner_id.ids),
        ]
        if self.condition_ids:
            # somebody who may use a group need not see the groups it is made of
            conditions = [line._get_part((*path, self)) for line in self.condition_ids]
            parts += conditions if self.match == "all" else [join_any(conditions)]
        parts += self._get_exclusions()
        return join_all(parts)

    def _get_set(self, path=()):
        """:return: CustomerSet of this group, for groups that have it as a condition"""
        domain = [
            SQL(
                "(res_partner.company_id IS NULL OR res_partner.company_id = ANY(%s))",
                self.company_id.parent_ids.ids,
            ),
            self._get_expression(path),
        ]
        return CustomerSet(select_customers(join_all(domain)))

    def _get_exclusions(self):
        """:return: list of parts (tools/customer_set.py) that are true for those who are not left out. Extended by
        addons with rules of their own."""
        Condition = self.env["gb.target.condition"]
        company_id = self.company_id.id
        parts = []
        if self.exclude_blacklisted:
            parts.append(SQL("res_partner.gb_is_blacklisted IS NOT TRUE"))
        if self.exclude_do_not_call:
            parts.append(
                ~CustomerSet(
                    SQL(
                        """SELECT refused.partner_id FROM gb_phone refused
                            WHERE refused.do_not_call IS TRUE AND NOT EXISTS (
                              SELECT FROM gb_phone other
                               WHERE other.partner_id = refused.partner_id AND other.do_not_call IS NOT TRUE)"""
                    )
                )
            )
        if self.exclude_complaint:
            parts.append(
                ~CustomerSet(
                    SQL(
                        """SELECT COALESCE(family.commercial_partner_id, t.partner_id) FROM gb_ticket t
                             LEFT JOIN res_partner family ON family.id = t.partner_id AND family.commercial_partner_id <> family.id
                            WHERE t.is_open IS TRUE AND t.kind = 'complaint' AND t.company_id = %s""",
                        company_id,
                    )
                )
            )
        if self.exclude_contacted_days:
            since = Condition._get_since(self.exclude_contacted_days)
            parts.append(~Condition._get_contacted_set(company_id, since))
        if self.pressure_days:
            since = Condition._get_since(self.pressure_days)
            parts.append(~Condition._get_contacted_set(company_id, since, self.pressure_count))
        return parts

    # ------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------
    def get_size(self):
        """:return: number of customers in the group now, of those whom the current user may see"""
        self.ensure_one()
        self.check_access("read")
        count = SQL("SELECT count(*) FROM (%s) AS found", self._get_query())
        return self.env.execute_query(count)[0][0]

    def get_preview(self, values=None):
        """Size and a sample, also of what has been changed in the form and is not saved yet.

        :param dict values: unsaved values of the group, as for ``write``; for those who may write groups
        :return: dict: size, columns (list of name, label), sample (list of dicts: id, text of each column as the user may
            see it), foreground (drawn at once or in the background)
        """
        group = self
        if values is None:
            self.ensure_one()
            self.check_access("read")
        else:
            self.check_access("write")
            self.browse().check_access("create")
            names = {"match", "condition_ids", "company_id", *self._get_exclusion_fields()}
            values = {name: value for name, value in values.items() if name in names}
            if self:
                group = self.new(values, origin=self)
            else:
                group = self.new({**self.default_get(list(names)), **values})
            group._check_preview()
        [(size, ids)] = self.env.execute_query(
            SQL(
                """WITH found AS MATERIALIZED (%s)
                   SELECT (SELECT count(*) FROM found),
                          ARRAY(SELECT id FROM found ORDER BY hashint4(id) LIMIT %s)""",
                group._get_query(),
                SAMPLE_SIZE,
            )
        )
        partners = self.env["res.partner"].browse(ids)
        return {
            "size": size,
            "columns": self._get_sample_columns(),
            "sample": self._format_sample(partners),
            "foreground": size <= FOREGROUND_SIZE,
        }

    def _check_preview(self):
        """:raise UserError: unsaved conditions that cannot be counted yet"""
        self.company_id.check_access("read")
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of your companies."))
        self.condition_ids._check_complete()

    @api.model
    def _get_exclusion_fields(self):
        """Names of the fields that decide who is left out. Extended with ``_get_exclusions``."""
        return [
            "exclude_do_not_call",
            "exclude_blacklisted",
            "exclude_complaint",
            "exclude_contacted_days",
            "pressure_count",
            "pressure_days",
        ]

    @api.model
    def _get_sample_fields(self):
        """Names of the customers' fields that samples show."""
        return ["display_name", "phone", "city", "gb_level_id", "gb_life_cycle", "gb_last_order_at"]

    def _get_sample_columns(self):
        fields_ = self.env["res.partner"].fields_get(self._get_sample_fields(), ["string"])
        return [
            {
                "name": name,
                "label": self.env._("Customer")
                if name == "display_name"
                else fields_[name]["string"],
            }
            for name in self._get_sample_fields()
            if name in fields_
        ]

    def _format_sample(self, partners):
        """:return: list of dicts: id and, for each column, the text that the current user may see"""
        columns = [column["name"] for column in self._get_sample_columns()]
        labels = {
            name: dict(partners._fields[name]._description_selection(self.env))
            for name in columns
            if partners._fields[name].type == "selection"
        }
        rows = []
        for row in partners.read(columns):  # hides numbers from those who must not see them
            texts = {"id": row["id"]}
            for name in columns:
                value = row[name]
                if isinstance(value, tuple):
                    value = value[1]
                elif name in labels:
                    value = labels[name].get(value)
                elif isinstance(value, datetime):
                    value = format_date(self.env, fields.Datetime.context_timestamp(self, value))
                texts[name] = str(value or "")
            rows.append(texts)
        return rows

    def action_draw(self):
        """Draw the group now (in the background if it is large), and show the snapshot."""
        self.ensure_one()
        self.check_access("write")
        snapshot = self._draw()
        return {
            "type": "ir.actions.act_window",
            "res_model": "gb.target.snapshot",
            "res_id": snapshot.id,
            "views": [(False, "form")],
        }

    def _draw(self):
        """Keep who belongs to the group now, as the current user sees it. The caller has checked that he may.

        :return: gb.target.snapshot; ``state`` is ``done``, or ``queued`` where there are many customers
        """
        self.ensure_one()
        snapshot_sudo = (
            self.env["gb.target.snapshot"]
            .sudo()
            .create(
                {
                    "name": self.name,
                    "group_id": self.id,
                    "company_id": self.company_id.id,
                    "user_id": self.env.uid,
                    "conditions": self.summary,
                }
            )
        )
        if self.get_size() <= FOREGROUND_SIZE:
            snapshot_sudo._fill()
        else:
            snapshot_sudo._wake()
        return snapshot_sudo.sudo(False)

    def action_view_snapshots(self):
        """Open what was drawn of this group."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_campaign.gb_target_snapshot_action"
        )
        return {**action, "domain": [("group_id", "=", self.id)], "context": {}}
