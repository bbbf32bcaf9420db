from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

MAX_MONTHS_AHEAD = 12


class GbChild(models.Model):
    """A customer's child, born or expected; its age stage decides what the family needs.

    The stage follows from the date of birth and today, and is stored nowhere: children grow without anybody writing
    to the database. Searching for a stage is searching for a range of dates of birth, which have an index.
    """

    _name = "gb.child"
    _description = "Customer's child"
    _order = "partner_id, birth_date, id"
    _rec_names_search = ["name", "partner_id"]

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True
    )
    name = fields.Char()
    birth_date = fields.Date(string="Born or expected on", required=True, index=True)
    sex = fields.Selection([("female", "Girl"), ("male", "Boy")])
    state = fields.Selection(
        [("expected", "Expected"), ("born", "Born")],
        compute="_compute_state",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="An expected child stays so until somebody says that it is born.",
    )
    is_overdue = fields.Boolean(
        string="Due date passed", compute="_compute_stage_id", search="_search_is_overdue"
    )
    age = fields.Char(compute="_compute_stage_id")
    stage_id = fields.Many2one(
        "gb.age.stage", string="Age stage", compute="_compute_stage_id", search="_search_stage_id"
    )

    @api.depends("name", "birth_date", "partner_id")
    def _compute_display_name(self):
        for child in self:
            child.display_name = child.name or self.env._(
                "Child of %(customer)s", customer=child.partner_id.display_name
            )

    @api.depends("birth_date")
    def _compute_state(self):
        """A date to come means expected; what was said about a past one stays."""
        today = fields.Date.context_today(self)
        for child in self:
            if child.birth_date and child.birth_date > today:
                child.state = "expected"
            else:
                child.state = child.state or "born"

    @api.depends("birth_date", "state")
    def _compute_stage_id(self):
        today = fields.Date.context_today(self)
        ranges = [
            (stage, *stage._get_birth_range(today)) for stage in self.env["gb.age.stage"].search([])
        ]
        for child in self:
            birth = child.birth_date
            child.stage_id = next(
                (stage for stage, after, until in ranges if birth and after < birth <= until),
                False,
            )
            child.is_overdue = bool(birth) and child.state == "expected" and birth < today
            child.age = child._get_age(today)

    def _get_age(self, today):
        """Age for people: in months up to two years, then in years; before birth the weeks to go."""
        birth = self.birth_date
        if not birth:
            return ""
        if birth > today:
            weeks = (birth - today).days // 7
            return self.env._("in %(count)s weeks", count=weeks) if weeks else self.env._("due")
        span = relativedelta(today, birth)
        months = span.years * 12 + span.months
        if months < 24:
            return self.env._("%(count)s months", count=months)
        return self.env._("%(count)s years", count=span.years)

    @api.model
    def _get_stage_domain(self, stages):
        """Children who are in one of ``stages`` today, as ranges of dates of birth."""
        today = fields.Date.context_today(self)
        spans = []
        for after, until in sorted(stage._get_birth_range(today) for stage in stages):
            if spans and spans[-1][1] == after:  # neighbours are one range
                spans[-1][1] = until
            else:
                spans.append([after, until])
        return Domain.OR(
            Domain("birth_date", ">", after) & Domain("birth_date", "<=", until)
            for after, until in spans
        )

    def _search_stage_id(self, operator, value):
        stages = self.env["gb.age.stage"]
        if operator == "in":
            ids = [item for item in value if item and not isinstance(item, str)]
            names = [item for item in value if isinstance(item, str)]
            found = stages.browse(ids).exists()
            if names:
                found |= stages.search([("name", "in", names)])
            domain = self._get_stage_domain(found)
            if False in value:  # outgrown, or too far ahead
                domain |= ~self._get_stage_domain(stages.search([]))
            return domain
        if operator in ("any", "any!"):
            return self._get_stage_domain(stages.search(value))
        if operator in ("ilike", "like", "=ilike", "=like"):
            return self._get_stage_domain(stages.search([("display_name", operator, value)]))
        return NotImplemented

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        overdue = Domain("state", "=", "expected") & Domain("birth_date", "<", today)
        return overdue if True in value else ~overdue

    def _field_to_sql(self, alias, field_expr, query=None):
        """Lets children be grouped and counted by stage."""
        if field_expr != "stage_id":
            return super()._field_to_sql(alias, field_expr, query)
        today = fields.Date.context_today(self)
        birth_date = self._field_to_sql(alias, "birth_date", query)
        cases = [
            SQL("WHEN %s > %s AND %s <= %s THEN %s", birth_date, after, birth_date, until, stage.id)
            for stage in self.env["gb.age.stage"].search([])
            for after, until in [stage._get_birth_range(today)]
        ]
        return SQL("CASE %s END", SQL(" ").join(cases)) if cases else SQL("NULL::int4")

    @api.constrains("birth_date", "state")
    def _check_birth_date(self):
        today = fields.Date.context_today(self)
        for child in self:
            if child.birth_date > today and child.state == "born":
                raise ValidationError(
                    self.env._("A child that is born on a day to come is still expected.")
                )
            if child.birth_date > today + relativedelta(months=MAX_MONTHS_AHEAD):
                raise ValidationError(
                    self.env._(
                        "The expected date lies more than a year ahead: %s", child.birth_date
                    )
                )

    def action_gb_set_born(self):
        """The expected child is born; the date can be corrected in the list."""
        today = fields.Date.context_today(self)
        for child in self:
            child.write({"state": "born", "birth_date": min(child.birth_date, today)})
        return True
