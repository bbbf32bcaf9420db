import re
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.gb_callcenter.models.gb_product_wait import OPEN_STATES

from ..tools.customer_set import CustomerSet, negate

COMPARED = ("number", "comparison")
UNSET = "\0"


class GbTargetCondition(models.Model):
    """One condition on customers, in the user's words.

    A kind is a value of ``kind``, an entry in ``_get_kinds()`` (its sentence and its parameters) and a method
    ``_sql_<kind>()`` that returns a part (tools/customer_set.py): an SQL expression about the row ``res_partner``, or a
    ``CustomerSet`` with a SELECT of customers' ids. Values come into the SQL as parameters only. Addons add kinds with
    ``selection_add`` and these two methods, and their own parameters as fields that are shown where ``uses`` names them.
    """

    _name = "gb.target.condition"
    _description = "Condition of a target group"
    _order = "group_id, sequence, id"
    _rec_name = "summary"
    _check_company_auto = True

    group_id = fields.Many2one("gb.target.group", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="group_id.company_id")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("sex", "Customer: sex"),
            ("age", "Customer: age"),
            ("country", "Customer: country"),
            ("region", "Customer: province or state"),
            ("city", "Customer: city"),
            ("language", "Customer: language"),
            ("tag", "Customer: tag"),
            ("new", "Customer: new"),
            ("member", "Customer: member"),
            ("level", "Value: level"),
            ("life_cycle", "Value: life cycle"),
            ("rfm_segment", "Value: RFM segment"),
            ("rfm_score", "Value: RFM score"),
            ("net_value", "Value: net value of 12 months"),
            ("pool", "Looked after: pool"),
            ("owner", "Looked after: owner agent"),
            ("owned", "Looked after: has an owner"),
            ("child", "Children: has a child"),
            ("child_stage", "Children: age stage"),
            ("child_months", "Children: age in months"),
            ("child_expected", "Children: expected birth"),
            ("product", "Purchases: product"),
            ("category", "Purchases: product category"),
            ("order_count", "Purchases: number of orders"),
            ("order_value", "Purchases: value of orders"),
            ("order_within", "Purchases: last order within days"),
            ("order_before", "Purchases: last order longer ago"),
            ("waiting", "Purchases: waits for a product"),
            ("returned", "Purchases: has returned goods"),
            ("contact_within", "Contacts: last contact within days"),
            ("contact_before", "Contacts: last contact longer ago"),
            ("ticket_open", "Work orders: has an open one"),
            ("ticket_ended", "Work orders: one has ended"),
            ("satisfaction", "Work orders: last satisfaction"),
            ("campaign", "Campaigns: outcome"),
            ("group", "Target group"),
        ],
        string="Condition",
        required=True,
        default="level",
    )
    is_negated = fields.Boolean(
        string="Does not apply",
        help="The condition is met by everybody else, also by those of whom nothing is known.",
    )
    summary = fields.Char(string="In words", compute="_compute_summary")

    # --- parameters: which ones a kind has stands in _get_kinds() ------------------------------
    choice = fields.Char(help="Keys of the values, separated by commas.")
    comparison = fields.Selection(
        [("at_least", "at least"), ("at_most", "at most"), ("between", "between")],
        required=True,
        default="at_least",
    )
    number = fields.Float(digits=(16, 2))
    number_to = fields.Float(string="and", digits=(16, 2))
    days = fields.Integer(help="0 where that makes sense: at any time.")
    score = fields.Selection(
        [("r", "Recency"), ("f", "Frequency"), ("m", "Money")], default="r", string="RFM score"
    )
    text = fields.Char(string="Cities", help="Separated by commas.")
    country_ids = fields.Many2many("res.country", string="Countries")
    state_ids = fields.Many2many("res.country.state", string="Provinces or states")
    tag_ids = fields.Many2many("res.partner.category", string="Tags")
    level_ids = fields.Many2many("gb.customer.level", string="Levels")
    pool_ids = fields.Many2many("gb.customer.pool", string="Pools", check_company=True)
    user_ids = fields.Many2many(
        "res.users", string="Owner agents", domain="[('share', '=', False)]"
    )
    stage_ids = fields.Many2many("gb.age.stage", string="Age stages")
    child_sex = fields.Selection(
        [("female", "Girls"), ("male", "Boys")], string="Only", help="Empty: girls and boys."
    )
    product_ids = fields.Many2many("product.template", string="Products", check_company=True)
    category_ids = fields.Many2many(
        "product.category", string="Product categories", help="With the categories below them."
    )
    ticket_type_ids = fields.Many2many(
        "gb.ticket.type", string="Types of work order", help="Empty: all types."
    )
    campaign_ids = fields.Many2many(
        "gb.campaign", string="Campaigns", check_company=True, help="Empty: any campaign."
    )
    outcome_ids = fields.Many2many(
        "gb.campaign.outcome",
        string="Last outcome",
        check_company=True,
        help="Empty: whatever came of it, also if nobody has called yet.",
    )
    subgroup_id = fields.Many2one(
        "gb.target.group",
        string="Is in the group",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    # --- what the form shows -------------------------------------------------------------------
    uses = fields.Json(compute="_compute_uses")
    needs = fields.Json(compute="_compute_uses")
    choices = fields.Json(compute="_compute_uses")

    _days_check = models.Constraint("CHECK (days >= 0)", "Days cannot be negative.")

    # ------------------------------------------------------------
    # Kinds
    # ------------------------------------------------------------
    @api.model
    def _get_kinds(self):
        """Describe the kinds. Addons add theirs.

        :return: dict {kind: description}, a dict with

            - ``sentence``, ``negated``: the condition in words, and its opposite; ``%(name)s`` stands for a parameter,
              ``%(number)s`` for the comparison, ``%(when)s`` for "in the last … days" or "at any time"
            - ``needs``: names of the parameters that must be given
            - ``uses``: names of those that may be
            - ``choices``: list of (key, label) that ``choice`` is made of
        """
        partner = self.env["res.partner"]._fields
        rating = self.env["gb.ticket.rating"]._fields
        return {
            "sex": {
                "sentence": self.env._("Sex is %(choice)s"),
                "negated": self.env._("Sex is not %(choice)s"),
                "needs": ["choice"],
                "choices": partner["gb_sex"]._description_selection(self.env),
            },
            "age": {
                "sentence": self.env._("Is %(number)s years old"),
                "negated": self.env._("Is not known to be %(number)s years old"),
                "needs": COMPARED,
            },
            "country": {
                "sentence": self.env._("Lives in %(country_ids)s"),
                "negated": self.env._("Does not live in %(country_ids)s"),
                "needs": ["country_ids"],
            },
            "region": {
                "sentence": self.env._("Lives in %(state_ids)s"),
                "negated": self.env._("Does not live in %(state_ids)s"),
                "needs": ["state_ids"],
            },
            "city": {
                "sentence": self.env._("Lives in the city of %(text)s"),
                "negated": self.env._("Does not live in the city of %(text)s"),
                "needs": ["text"],
            },
            "language": {
                "sentence": self.env._("Speaks %(choice)s"),
                "negated": self.env._("Does not speak %(choice)s"),
                "needs": ["choice"],
                "choices": self.env["res.lang"].get_installed(),
            },
            "tag": {
                "sentence": self.env._("Has the tag %(tag_ids)s"),
                "negated": self.env._("Does not have the tag %(tag_ids)s"),
                "needs": ["tag_ids"],
            },
            "new": {
                "sentence": self.env._("Has been a customer for less than %(days)s days"),
                "negated": self.env._("Has been a customer for %(days)s days or longer"),
                "needs": ["days"],
            },
            "member": {
                "sentence": self.env._("Is a member"),
                "negated": self.env._("Is not a member"),
            },
            "level": {
                "sentence": self.env._("Level is %(level_ids)s"),
                "negated": self.env._("Level is not %(level_ids)s"),
                "needs": ["level_ids"],
            },
            "life_cycle": {
                "sentence": self.env._("Life cycle is %(choice)s"),
                "negated": self.env._("Life cycle is not %(choice)s"),
                "needs": ["choice"],
                "choices": partner["gb_life_cycle"]._description_selection(self.env),
            },
            "rfm_segment": {
                "sentence": self.env._("RFM segment is %(choice)s"),
                "negated": self.env._("RFM segment is not %(choice)s"),
                "needs": ["choice"],
                "choices": partner["gb_rfm_segment"]._description_selection(self.env),
            },
            "rfm_score": {
                "sentence": self.env._("RFM score for %(score)s is %(number)s"),
                "negated": self.env._("RFM score for %(score)s is not %(number)s"),
                "needs": ["score", *COMPARED],
            },
            "net_value": {
                "sentence": self.env._("Net value of 12 months is %(number)s"),
                "negated": self.env._("Net value of 12 months is not %(number)s"),
                "needs": COMPARED,
            },
            "pool": {
                "sentence": self.env._("Is in the pool %(pool_ids)s"),
                "negated": self.env._("Is not in the pool %(pool_ids)s"),
                "needs": ["pool_ids"],
            },
            "owner": {
                "sentence": self.env._("Is looked after by %(user_ids)s"),
                "negated": self.env._("Is not looked after by %(user_ids)s"),
                "needs": ["user_ids"],
            },
            "owned": {
                "sentence": self.env._("Is looked after by somebody"),
                "negated": self.env._("Is looked after by nobody"),
            },
            "child": {
                "sentence": self.env._("Has or expects children: %(child_sex)s"),
                "negated": self.env._("Neither has nor expects children: %(child_sex)s"),
                "uses": ["child_sex"],
            },
            "child_stage": {
                "sentence": self.env._("Has a child in the stage %(stage_ids)s: %(child_sex)s"),
                "negated": self.env._("Has no child in the stage %(stage_ids)s: %(child_sex)s"),
                "needs": ["stage_ids"],
                "uses": ["child_sex"],
            },
            "child_months": {
                "sentence": self.env._("Has a child aged %(number)s months: %(child_sex)s"),
                "negated": self.env._("Has no child aged %(number)s months: %(child_sex)s"),
                "needs": COMPARED,
                "uses": ["child_sex"],
            },
            "child_expected": {
                "sentence": self.env._("Expects a child within %(days)s days"),
                "negated": self.env._("Does not expect a child within %(days)s days"),
                "needs": ["days"],
            },
            "product": {
                "sentence": self.env._("Has bought %(product_ids)s %(when)s"),
                "negated": self.env._("Has not bought %(product_ids)s %(when)s"),
                "needs": ["product_ids"],
                "uses": ["days"],
            },
            "category": {
                "sentence": self.env._("Has bought from %(category_ids)s %(when)s"),
                "negated": self.env._("Has not bought from %(category_ids)s %(when)s"),
                "needs": ["category_ids"],
                "uses": ["days"],
            },
            "order_count": {
                "sentence": self.env._("Has ordered %(number)s times %(when)s"),
                "negated": self.env._("Has not ordered %(number)s times %(when)s"),
                "needs": COMPARED,
                "uses": ["days"],
            },
            "order_value": {
                "sentence": self.env._("Has ordered for %(number)s %(when)s"),
                "negated": self.env._("Has not ordered for %(number)s %(when)s"),
                "needs": COMPARED,
                "uses": ["days"],
            },
            "order_within": {
                "sentence": self.env._("Has ordered in the last %(days)s days"),
                "negated": self.env._("Has not ordered in the last %(days)s days"),
                "needs": ["days"],
            },
            "order_before": {
                "sentence": self.env._("Last order was %(days)s days ago or longer"),
                "negated": self.env._("No last order that was %(days)s days ago or longer"),
                "needs": ["days"],
            },
            "waiting": {
                "sentence": self.env._("Waits for a product out of stock: %(product_ids)s"),
                "negated": self.env._("Does not wait for a product out of stock: %(product_ids)s"),
                "uses": ["product_ids"],
            },
            "returned": {
                "sentence": self.env._("Has returned goods %(when)s"),
                "negated": self.env._("Has not returned goods %(when)s"),
                "uses": ["days"],
            },
            "contact_within": {
                "sentence": self.env._("Was in contact with us in the last %(days)s days"),
                "negated": self.env._("Was not in contact with us in the last %(days)s days"),
                "needs": ["days"],
            },
            "contact_before": {
                "sentence": self.env._("Last contact was %(days)s days ago or longer"),
                "negated": self.env._("No last contact that was %(days)s days ago or longer"),
                "needs": ["days"],
            },
            "ticket_open": {
                "sentence": self.env._("Has an open work order: %(ticket_type_ids)s"),
                "negated": self.env._("Has no open work order: %(ticket_type_ids)s"),
                "uses": ["ticket_type_ids"],
            },
            "ticket_ended": {
                "sentence": self.env._("Had a work order that ended %(when)s: %(ticket_type_ids)s"),
                "negated": self.env._("Had no work order that ended %(when)s: %(ticket_type_ids)s"),
                "uses": ["days", "ticket_type_ids"],
            },
            "satisfaction": {
                "sentence": self.env._("Was last %(choice)s with a work order"),
                "negated": self.env._("Was not last %(choice)s with a work order"),
                "needs": ["choice"],
                "choices": rating["score"]._description_selection(self.env),
            },
            "campaign": {
                "sentence": self.env._(
                    "Is in the campaign %(campaign_ids)s with the outcome %(outcome_ids)s"
                ),
                "negated": self.env._(
                    "Is not in the campaign %(campaign_ids)s with the outcome %(outcome_ids)s"
                ),
                "uses": ["campaign_ids", "outcome_ids"],
            },
            "group": {
                "sentence": self.env._("Is in the target group “%(subgroup_id)s”"),
                "negated": self.env._("Is not in the target group “%(subgroup_id)s”"),
                "needs": ["subgroup_id"],
            },
        }

    @api.model
    def _get_parameters(self):
        """:return: names of all fields that are a parameter of some kind"""
        names = {"kind", "is_negated", "number_to"}
        for kind in self._get_kinds().values():
            names |= {*kind.get("needs", ()), *kind.get("uses", ())}
        return names

    @api.depends("kind")
    def _compute_uses(self):
        kinds = self._get_kinds()
        for condition in self:
            kind = kinds.get(condition.kind, {})
            condition.needs = list(kind.get("needs", ()))
            condition.uses = [*kind.get("needs", ()), *kind.get("uses", ())]
            condition.choices = [list(choice) for choice in kind.get("choices", ())]

    @api.depends(lambda self: self._get_parameters())
    @api.depends_context("lang")
    def _compute_summary(self):
        kinds = self._get_kinds()
        for condition in self:
            condition.summary = condition._get_sentence(kinds.get(condition.kind))

    def _get_sentence(self, kind):
        if not kind:
            return ""
        names = {*kind.get("needs", ()), *kind.get("uses", ())}
        words = {name: self._get_words(name, kind) for name in names}
        if "days" in names:
            words["when"] = (
                self.env._("in the last %(days)s days", days=self.days)
                if self.days
                else self.env._("at any time")
            )
        sentence = kind["negated" if self.is_negated else "sentence"] % words
        # ": …" at the end narrows; without a value there is nothing to say
        return re.sub(rf"\s*[:：]\s*{UNSET}$", "", sentence).replace(UNSET, self.env._("any"))

    def _get_words(self, name, kind):
        """:return: text of a parameter in a sentence"""
        value, field = self[name], self._fields[name]
        if name == "choice":
            labels = dict(kind.get("choices", ()))
            return self._join_words(labels.get(key, key) for key in self._get_choice())
        if name == "number":
            return self._get_comparison_words()
        if name == "text":
            return self._join_words(self._get_texts())
        if field.type in ("many2many", "many2one"):
            words = self._join_words(record.display_name or "" for record in value.sudo())
            return words if value or name in kind.get("needs", ()) else UNSET
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value) or UNSET
        return str(value or 0)

    def _join_words(self, words):
        return self.env._(" or ").join(words) or "…"

    def _get_comparison_words(self):
        low, high = (f"{n:.2f}".rstrip("0").rstrip(".") for n in (self.number, self.number_to))
        if self.comparison == "between":
            return self.env._("%(low)s to %(high)s", low=low, high=high)
        if self.comparison == "at_most":
            return self.env._("at most %(number)s", number=low)
        return self.env._("at least %(number)s", number=low)

    # ------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------
    @api.constrains(lambda self: self._get_parameters())
    def _check_parameters(self):
        self._check_complete()

    @api.constrains("subgroup_id", "kind", "group_id")
    def _check_circle(self):
        for condition in self.filtered(lambda line: line.kind == "group"):
            seen, found = set(), condition.subgroup_id
            while found:
                if condition.group_id in found:
                    raise ValidationError(
                        self.env._(
                            "“%(group)s” would be a part of itself.", group=condition.group_id.name
                        )
                    )
                seen |= set(found.ids)
                lines = found.sudo().condition_ids.filtered(lambda line: line.kind == "group")
                found = lines.subgroup_id.filtered(lambda group: group.id not in seen)  # noqa: B023

    def _check_complete(self):
        """:raise ValidationError: telling which parameter is missing or cannot be"""
        kinds = self._get_kinds()
        for condition in self:
            kind = kinds.get(condition.kind)
            if not kind:
                raise ValidationError(self.env._("This condition is not known."))
            labels = condition._fields["kind"]._description_selection(self.env)
            label = dict(labels).get(condition.kind)
            for name in kind.get("needs", ()):
                if name not in COMPARED and not condition[name]:
                    raise ValidationError(
                        self.env._(
                            "%(condition)s: “%(parameter)s” is missing.",
                            condition=label,
                            parameter=condition._fields[name]._description_string(self.env),
                        )
                    )
            keys = {str(key) for key, _label in kind.get("choices", ())}
            if keys and set(condition._get_choice()) - keys:
                raise ValidationError(
                    self.env._("%(condition)s: this cannot be chosen.", condition=label)
                )
            if condition.comparison == "between" and condition.number > condition.number_to:
                raise ValidationError(
                    self.env._(
                        "%(condition)s: the second number is less than the first.", condition=label
                    )
                )

    # ------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------
    def _get_part(self, path):
        """:param path: groups that this one is a condition of, outermost first
        :return: part (tools/customer_set.py)
        """
        self.ensure_one()
        if self.kind not in self._get_kinds():
            raise UserError(self.env._("This condition is not known."))
        if self.kind == "group":
            if self.subgroup_id._origin in [group._origin for group in path]:
                raise UserError(
                    self.env._(
                        "“%(group)s” would be a part of itself.", group=self.subgroup_id.name
                    )
                )
            part = self.subgroup_id._get_set(path)
        else:
            part = getattr(self, f"_sql_{self.kind}")()
        return negate(part) if self.is_negated else part

    def _get_choice(self):
        return [key for key in (self.choice or "").split(",") if key]

    def _get_texts(self):
        text = (self.text or "").replace("，", ",").replace("、", ",")
        return [word.strip() for word in text.split(",") if word.strip()]

    @api.model
    def _get_since(self, days):
        return fields.Datetime.now() - timedelta(days=days)

    def _compare(self, value):
        """:param SQL value: number. :return: SQL of the comparison"""
        if self.comparison == "between":
            return SQL("%s BETWEEN %s AND %s", value, self.number, self.number_to)
        if self.comparison == "at_most":
            return SQL("%s <= %s", value, self.number)
        return SQL("%s >= %s", value, self.number)

    def _is_met_by_zero(self):
        low = self.comparison == "at_most" or self.number <= 0
        high = self.comparison == "at_least" or self._get_bound() >= 0
        return low and high

    def _get_bound(self):
        return self.number if self.comparison == "at_most" else self.number_to

    def _get_counted_set(self, value, rows):
        """:param SQL value: aggregate that is compared, nothing being zero
        :param SQL rows: rest of a SELECT of rows with the customer's ``id``
        :return: CustomerSet of those for whom the comparison is true
        """
        compared = self._compare(value)
        if self._is_met_by_zero():
            # so it is by those without any row
            return ~CustomerSet(
                SQL(
                    "SELECT counted.id FROM (%s) counted GROUP BY counted.id HAVING NOT (%s)",
                    rows,
                    compared,
                )
            )
        return CustomerSet(
            SQL("SELECT counted.id FROM (%s) counted GROUP BY counted.id HAVING %s", rows, compared)
        )

    # --- customer ------------------------------------------------------------------------------
    def _sql_sex(self):
        return SQL("res_partner.gb_sex = ANY(%s)", self._get_choice())

    def _sql_age(self):
        today = fields.Date.context_today(self)

        def born(years):
            return today - relativedelta(years=max(0, min(int(years), 150)))

        parts = []
        if self.comparison != "at_most":
            parts.append(SQL("res_partner.gb_birth_date <= %s", born(self.number)))
        if self.comparison != "at_least":
            parts.append(SQL("res_partner.gb_birth_date > %s", born(self._get_bound() + 1)))
        return SQL(" AND ").join(parts)

    def _sql_country(self):
        return SQL("res_partner.country_id = ANY(%s)", self.country_ids.ids)

    def _sql_region(self):
        return SQL("res_partner.state_id = ANY(%s)", self.state_ids.ids)

    def _sql_city(self):
        return SQL(
            "lower(trim(res_partner.city)) = ANY(%s)", [text.lower() for text in self._get_texts()]
        )

    def _sql_language(self):
        return SQL("res_partner.lang = ANY(%s)", self._get_choice())

    def _sql_tag(self):
        return CustomerSet(
            SQL(
                "SELECT partner_id FROM res_partner_res_partner_category_rel WHERE category_id = ANY(%s)",
                self.tag_ids.ids,
            )
        )

    def _sql_new(self):
        return SQL("res_partner.create_date > %s", self._get_since(self.days))

    def _sql_member(self):
        return SQL("res_partner.gb_member_number IS NOT NULL")

    # --- value ---------------------------------------------------------------------------------
    def _sql_level(self):
        return SQL("res_partner.gb_level_id = ANY(%s)", self.level_ids.ids)

    def _sql_life_cycle(self):
        return SQL("res_partner.gb_life_cycle = ANY(%s)", self._get_choice())

    def _sql_rfm_segment(self):
        return SQL("res_partner.gb_rfm_segment = ANY(%s)", self._get_choice())

    def _sql_rfm_score(self):
        return self._compare(SQL.identifier("res_partner", f"gb_rfm_{self.score}"))

    def _sql_net_value(self):
        return self._compare(SQL("COALESCE(res_partner.gb_net_value, 0)"))

    # --- looked after --------------------------------------------------------------------------
    def _sql_pool(self):
        return SQL("res_partner.gb_pool_id = ANY(%s)", self.pool_ids.ids)

    def _sql_owner(self):
        return SQL("res_partner.gb_owner_id = ANY(%s)", self.user_ids.ids)

    def _sql_owned(self):
        return SQL("res_partner.gb_owner_id IS NOT NULL")

    # --- children ------------------------------------------------------------------------------
    def _get_children_set(self, *conditions):
        if self.child_sex and "child_sex" in self._get_kinds()[self.kind].get("uses", ()):
            conditions = (*conditions, SQL("child.sex = %s", self.child_sex))
        return CustomerSet(
            SQL(
                "SELECT child.partner_id FROM gb_child child WHERE %s",
                SQL(" AND ").join(conditions) if conditions else SQL("TRUE"),
            )
        )

    def _sql_child(self):
        return self._get_children_set()

    def _sql_child_stage(self):
        today = fields.Date.context_today(self)
        return self._get_children_set(
            SQL(
                "(%s)",
                SQL(" OR ").join(
                    SQL("child.birth_date > %s AND child.birth_date <= %s", after, until)
                    for after, until in (stage._get_birth_range(today) for stage in self.stage_ids)
                ),
            )
        )

    def _sql_child_months(self):
        today = fields.Date.context_today(self)

        def born(months):
            return today - relativedelta(months=max(0, min(int(months), 1200)))

        conditions = [SQL("child.state = 'born'"), SQL("child.birth_date <= %s", today)]
        if self.comparison != "at_most":
            conditions.append(SQL("child.birth_date <= %s", born(self.number)))
        if self.comparison != "at_least":
            conditions.append(SQL("child.birth_date > %s", born(self._get_bound() + 1)))
        return self._get_children_set(*conditions)

    def _sql_child_expected(self):
        today = fields.Date.context_today(self)
        return self._get_children_set(
            SQL("child.state = 'expected'"),
            SQL("child.birth_date BETWEEN %s AND %s", today, today + timedelta(days=self.days)),
        )

    # --- purchases -----------------------------------------------------------------------------
    def _get_order_condition(self):
        """:return: SQL expression about confirmed orders ``o`` of the days meant"""
        condition = SQL("o.state = 'sale' AND o.company_id = %s", self.company_id.id)
        if self.days:
            condition = SQL("%s AND o.date_order > %s", condition, self._get_since(self.days))
        return condition

    def _get_order_rows(self):
        return SQL(
            """SELECT COALESCE(family.commercial_partner_id, o.partner_id) AS id,
                      o.amount_untaxed / COALESCE(NULLIF(o.currency_rate, 0), 1) AS amount
                 FROM sale_order o LEFT JOIN res_partner family ON family.id = o.partner_id AND family.commercial_partner_id <> family.id WHERE %s""",
            self._get_order_condition(),
        )

    def _get_bought_set(self, products):
        """:param SQL products: SELECT of ids of product.product"""
        return CustomerSet(
            SQL(
                """SELECT COALESCE(family.commercial_partner_id, o.partner_id)
                     FROM sale_order_line line
                     JOIN sale_order o ON o.id = line.order_id
                     LEFT JOIN res_partner family ON family.id = o.partner_id AND family.commercial_partner_id <> family.id
                    WHERE line.product_id IN (%s) AND line.state = 'sale' AND %s""",
                products,
                self._get_order_condition(),
            )
        )

    def _sql_product(self):
        return self._get_bought_set(
            SQL(
                "SELECT id FROM product_product WHERE product_tmpl_id = ANY(%s)",
                self.product_ids.ids,
            )
        )

    def _sql_category(self):
        categories = self.env["product.category"].sudo()
        return self._get_bought_set(
            SQL(
                """SELECT product.id FROM product_product product
                     JOIN product_template template ON template.id = product.product_tmpl_id
                    WHERE template.categ_id = ANY(%s)""",
                categories.search([("id", "child_of", self.category_ids.ids)]).ids,
            )
        )

    def _sql_order_count(self):
        return self._get_counted_set(SQL("count(*)"), self._get_order_rows())

    def _sql_order_value(self):
        return self._get_counted_set(SQL("sum(counted.amount)"), self._get_order_rows())

    def _sql_order_within(self):
        return SQL("res_partner.gb_last_order_at > %s", self._get_since(self.days))

    def _sql_order_before(self):
        return SQL("res_partner.gb_last_order_at <= %s", self._get_since(self.days))

    def _sql_waiting(self):
        condition = SQL("TRUE")
        if self.product_ids:
            condition = SQL("product.product_tmpl_id = ANY(%s)", self.product_ids.ids)
        return CustomerSet(
            SQL(
                """SELECT COALESCE(family.commercial_partner_id, wait.partner_id)
                     FROM gb_product_wait wait
                     JOIN product_product product ON product.id = wait.product_id
                     LEFT JOIN res_partner family ON family.id = wait.partner_id AND family.commercial_partner_id <> family.id
                    WHERE wait.state = ANY(%s) AND wait.company_id = %s AND %s""",
                list(OPEN_STATES),
                self.company_id.id,
                condition,
            )
        )

    def _sql_returned(self):
        since = self._get_since(self.days) if self.days else None
        return CustomerSet(
            SQL(
                """SELECT COALESCE(family.commercial_partner_id, picking.partner_id)
                     FROM stock_picking picking
                     JOIN stock_picking_type type ON type.id = picking.picking_type_id
                     LEFT JOIN res_partner family ON family.id = picking.partner_id AND family.commercial_partner_id <> family.id
                    WHERE picking.return_id IS NOT NULL AND picking.state = 'done' AND type.code = 'incoming'
                      AND picking.company_id = %s AND %s""",
                self.company_id.id,
                SQL("picking.date_done > %s", since) if since else SQL("TRUE"),
            )
        )

    # --- contacts ------------------------------------------------------------------------------
    def _sql_contact_within(self):
        return SQL("res_partner.gb_last_contact_at > %s", self._get_since(self.days))

    def _sql_contact_before(self):
        return SQL("res_partner.gb_last_contact_at <= %s", self._get_since(self.days))

    @api.model
    def _get_contacted_set(self, company_id, since, count=0):
        """:return: CustomerSet of those whom we have contacted more than ``count`` times since then"""
        return CustomerSet(
            SQL(
                """SELECT COALESCE(family.commercial_partner_id, contact.partner_id)
                     FROM gb_contact contact LEFT JOIN res_partner family ON family.id = contact.partner_id AND family.commercial_partner_id <> family.id
                    WHERE contact.direction = 'outbound' AND contact.company_id = %s AND contact.at > %s
                    GROUP BY COALESCE(family.commercial_partner_id, contact.partner_id) HAVING count(*) > %s""",
                company_id,
                since,
                count,
            )
        )

    # --- work orders ---------------------------------------------------------------------------
    def _get_ticket_set(self, condition):
        if self.ticket_type_ids:
            condition = SQL("%s AND t.type_id = ANY(%s)", condition, self.ticket_type_ids.ids)
        return CustomerSet(
            SQL(
                """SELECT COALESCE(family.commercial_partner_id, t.partner_id)
                     FROM gb_ticket t LEFT JOIN res_partner family ON family.id = t.partner_id AND family.commercial_partner_id <> family.id
                    WHERE t.company_id = %s AND %s""",
                self.company_id.id,
                condition,
            )
        )

    def _sql_ticket_open(self):
        return self._get_ticket_set(SQL("t.is_open IS TRUE"))

    def _sql_ticket_ended(self):
        condition = SQL("t.is_open IS NOT TRUE AND t.closed_at IS NOT NULL")
        if self.days:
            condition = SQL("%s AND t.closed_at > %s", condition, self._get_since(self.days))
        return self._get_ticket_set(condition)

    def _sql_satisfaction(self):
        return CustomerSet(
            SQL(
                """SELECT last.id FROM (
                     SELECT DISTINCT ON (COALESCE(family.commercial_partner_id, t.partner_id))
                            COALESCE(family.commercial_partner_id, t.partner_id) AS id, rating.score
                       FROM gb_ticket_rating rating
                       JOIN gb_ticket t ON t.id = rating.ticket_id
                       LEFT JOIN res_partner family ON family.id = t.partner_id AND family.commercial_partner_id <> family.id
                      WHERE rating.state = 'answered' AND rating.score IS NOT NULL AND t.company_id = %s
                      ORDER BY COALESCE(family.commercial_partner_id, t.partner_id), rating.answered_at DESC NULLS LAST, rating.id DESC) last
                    WHERE last.score = ANY(%s)""",
                self.company_id.id,
                self._get_choice(),
            )
        )

    # --- campaigns -----------------------------------------------------------------------------
    def _sql_campaign(self):
        condition = SQL("listed.company_id = %s", self.company_id.id)
        if self.campaign_ids:
            condition = SQL("%s AND listed.campaign_id = ANY(%s)", condition, self.campaign_ids.ids)
        if self.outcome_ids:
            condition = SQL("%s AND listed.outcome_id = ANY(%s)", condition, self.outcome_ids.ids)
        return CustomerSet(
            SQL(
                """SELECT COALESCE(family.commercial_partner_id, listed.partner_id)
                     FROM gb_campaign_row listed LEFT JOIN res_partner family ON family.id = listed.partner_id AND family.commercial_partner_id <> family.id
                    WHERE %s""",
                condition,
            )
        )
