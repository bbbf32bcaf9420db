from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..const import CAMPAIGN_STATES, KINDS, MODES

SEARCH_DAYS = 60


class GbCampaign(models.Model):
    """Customers who are to be called for one purpose: by whom, when, how often, with which script and outcomes.

    draft → running ⇄ paused → done
    """

    _name = "gb.campaign"
    _description = "Campaign"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "priority desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    kind = fields.Selection(KINDS, required=True, default="promotion")
    priority = fields.Selection([("0", "Normal"), ("1", "First")], default="0")
    state = fields.Selection(
        CAMPAIGN_STATES, required=True, default="draft", readonly=True, copy=False, tracking=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        tracking=True,
    )
    team_id = fields.Many2one("gb.team", check_company=True, index="btree_not_null", tracking=True)
    user_ids = fields.Many2many(
        "res.users",
        "gb_campaign_user_rel",
        "campaign_id",
        "user_id",
        string="Only these agents",
        domain="[('share', '=', False)]",
        help="Empty: all agents of the team.",
    )
    agent_ids = fields.Many2many(
        "res.users",
        "gb_campaign_agent_rel",
        "campaign_id",
        "user_id",
        string="Agents",
        compute="_compute_agent_ids",
        store=True,
    )
    description = fields.Html(string="Briefing", help="What the agents are to know.")
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="Until", help="After this day nobody is called any more.")

    # dialling
    mode = fields.Selection(MODES, required=True, default="preview", tracking=True)
    queue_id = fields.Many2one(
        "gb.queue",
        check_company=True,
        index="btree_not_null",
        help="Whose agents talk with customers who were dialled automatically.",
    )
    hotline_id = fields.Many2one(
        "gb.hotline",
        string="Number shown",
        check_company=True,
        help="The hotline that customers see as the caller.",
    )
    ring_seconds = fields.Integer(
        string="Ring for (s)", default=25, help="Nobody is rung for less than 15 seconds."
    )
    max_lines = fields.Integer(string="Lines at most", default=20)
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Calling days",
        check_company=True,
        help="Working hours and holidays, read in the customer's own time zone. Empty: every day.",
    )
    hour_from = fields.Float(string="Not before", default=9.0)
    hour_to = fields.Float(string="Not after", default=20.0)
    attempts_per_day = fields.Integer(
        default=2, help="How often one customer is called on one day. 0: no limit."
    )
    attempts_total = fields.Integer(
        default=6, help="How often one customer is called in all. 0: no limit."
    )
    pressure_days = fields.Integer(
        string="Days of rest",
        default=7,
        help="Whom we have called or written to within so many days is not put on a list. 0: does not matter.",
    )
    exclude_complaints = fields.Boolean(
        string="Not with an open complaint",
        default=True,
        help="Customers with an open complaint are not put on a list and not dialled.",
    )
    claim_minutes = fields.Integer(
        string="Minutes for one customer",
        default=30,
        help="A customer whom an agent has taken goes back after so many minutes without any work on him.",
    )
    recycle_days = fields.Integer(
        string="Days until given back",
        default=3,
        help="Customers allocated to an agent who has not called them for so many days are free again. 0: never.",
    )

    shows_children = fields.Boolean(
        string="Children before the identity check",
        default=True,
        help="Agents see the children's names and ages, and the script may name them, before the customer's identity "
        "has been checked.",
    )

    # what is said, and what comes of it
    script_id = fields.Many2one("gb.campaign.script", check_company=True, index="btree_not_null")
    outcome_ids = fields.Many2many(
        "gb.campaign.outcome",
        "gb_campaign_outcome_rel",
        "campaign_id",
        "outcome_id",
        string="Outcomes",
        default=lambda self: self.env["gb.campaign.outcome"].search([("is_default", "=", True)]),
    )
    utm_campaign_id = fields.Many2one(
        "utm.campaign",
        string="Attributed to",
        copy=False,
        index="btree_not_null",
        help="Orders and leads of this campaign carry it.",
    )

    # lists and figures
    list_ids = fields.One2many("gb.campaign.list", "campaign_id", string="Lists")
    list_count = fields.Integer(compute="_compute_figures")
    row_count = fields.Integer(string="Customers", compute="_compute_figures")
    waiting_count = fields.Integer(string="Still to be called", compute="_compute_figures")
    tried_count = fields.Integer(string="Tried", compute="_compute_figures")
    reached_count = fields.Integer(string="Reached", compute="_compute_figures")
    success_count = fields.Integer(string="Successes", compute="_compute_figures")
    excluded_count = fields.Integer(string="Left out", compute="_compute_figures")
    progress = fields.Float(compute="_compute_figures")
    order_count = fields.Integer(string="Orders", compute="_compute_sales")
    order_amount = fields.Monetary(string="Sold", compute="_compute_sales")
    lead_count = fields.Integer(string="Leads", compute="_compute_sales")
    currency_id = fields.Many2one(related="company_id.currency_id")

    _hours_check = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_to <= 24 AND hour_from < hour_to)",
        "Calling hours begin before they end, within one day.",
    )
    _ring_check = models.Constraint(
        "CHECK (ring_seconds BETWEEN 15 AND 120)",
        "Customers are rung for 15 to 120 seconds.",
    )
    _limits_check = models.Constraint(
        "CHECK (max_lines > 0 AND attempts_per_day >= 0 AND attempts_total >= 0 AND pressure_days >= 0 "
        "AND claim_minutes > 0 AND recycle_days >= 0)",
        "Limits are not below zero; there is at least one line and one minute for a customer.",
    )

    # ------------------------------------------------------------------
    # Computes and checks
    # ------------------------------------------------------------------

    @api.depends("team_id.member_ids", "user_ids")
    def _compute_agent_ids(self):
        for campaign in self:
            campaign.agent_ids = campaign.user_ids or campaign.team_id.member_ids

    def _compute_figures(self):
        rows_sudo = self.env[
            "gb.campaign.row"
        ].sudo()  # figures only; the campaign itself is readable
        figures = defaultdict(lambda: defaultdict(int))
        for campaign, state, count in rows_sudo._read_group(
            [("campaign_id", "in", self.ids)], ["campaign_id", "state"], ["__count"]
        ):
            figures[campaign.id][state] = count
        for name, domain in (
            ("tried", [("attempt_count", ">", 0)]),
            ("reached", [("is_reached", "=", True)]),
            ("success", [("outcome_category", "=", "success")]),
        ):
            for campaign, count in rows_sudo._read_group(
                [("campaign_id", "in", self.ids), *domain], ["campaign_id"], ["__count"]
            ):
                figures[campaign.id][name] = count
        lists = dict(
            self.env["gb.campaign.list"]
            .sudo()
            ._read_group([("campaign_id", "in", self.ids)], ["campaign_id"], ["__count"])
        )
        for campaign in self:
            counts = figures[campaign.id]
            campaign.list_count = lists.get(campaign, 0)
            campaign.excluded_count = counts["excluded"]
            campaign.waiting_count = counts["waiting"] + counts["claimed"]
            campaign.row_count = campaign.waiting_count + counts["done"]
            campaign.tried_count = counts["tried"]
            campaign.reached_count = counts["reached"]
            campaign.success_count = counts["success"]
            campaign.progress = (
                100 * counts["done"] / campaign.row_count if campaign.row_count else 0
            )

    def _compute_sales(self):
        # sums only: who may read the campaign may know what it has sold
        utm_ids = self.sudo().utm_campaign_id.ids
        orders = {
            utm.id: (count, amount)
            for utm, count, amount in self.env["sale.order"]
            .sudo()
            ._read_group(
                [("campaign_id", "in", utm_ids), ("state", "=", "sale")],
                ["campaign_id"],
                ["__count", "amount_total:sum"],
            )
        }
        leads = {
            utm.id: count
            for utm, count in self.env["crm.lead"]
            .sudo()
            .with_context(active_test=False)
            ._read_group([("campaign_id", "in", utm_ids)], ["campaign_id"], ["__count"])
        }
        for campaign in self:
            utm_id = campaign.sudo().utm_campaign_id.id
            campaign.order_count, campaign.order_amount = orders.get(utm_id, (0, 0))
            campaign.lead_count = leads.get(utm_id, 0)

    @api.constrains("outcome_ids")
    def _check_outcomes(self):
        for campaign in self:
            keys = [key for key in campaign.outcome_ids.mapped("key") if key]
            doubled = sorted({key for key in keys if keys.count(key) > 1})
            if doubled:
                raise ValidationError(
                    self.env._(
                        "Two outcomes of “%(campaign)s” have the key %(keys)s.",
                        campaign=campaign.name,
                        keys=", ".join(doubled),
                    )
                )

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for campaign in self:
            if campaign.date_from and campaign.date_to and campaign.date_from > campaign.date_to:
                raise ValidationError(self.env._("The campaign would end before it begins."))

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        campaigns = super().create(vals_list)
        for campaign in campaigns.filtered(lambda campaign: not campaign.utm_campaign_id):
            # leads have no rights in marketing
            campaign.utm_campaign_id = (
                self.env["utm.campaign"].sudo().create({"title": campaign.name})
            )
        return campaigns

    def copy_data(self, default=None):
        return [
            {**vals, "name": self.env._("%s (copy)", campaign.name)}
            for campaign, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_tried(self):
        for campaign in self:
            if (
                self.env["gb.campaign.attempt"]
                .sudo()
                .search_count([("campaign_id", "=", campaign.id)], limit=1)
            ):
                raise UserError(
                    self.env._(
                        "Customers have been called for “%s”. Archive it instead.", campaign.name
                    )
                )

    # ------------------------------------------------------------------
    # States
    # ------------------------------------------------------------------

    def action_start(self):
        """Begin or go on calling. :raise UserError: saying all that is still missing"""
        self._check_leader()
        for campaign in self:
            if campaign.state not in ("draft", "paused"):
                raise UserError(self.env._("“%s” is not waiting to be started.", campaign.name))
            missing = campaign._get_missing()
            if missing:
                raise UserError(
                    self.env._("“%s” cannot be started yet:", campaign.name)
                    + "".join(f"\n• {text}" for text in missing)
                )
        self.state = "running"
        return True

    def action_pause(self):
        """Nobody else is called; whom agents have on the line they finish."""
        self._check_leader()
        self.filtered(lambda campaign: campaign.state == "running").state = "paused"
        return True

    def action_finish(self):
        """End it: who has not been called will not be."""
        self._check_leader()
        self.filtered(lambda campaign: campaign.state in ("running", "paused")).state = "done"
        return True

    def action_reopen(self):
        """Take an ended campaign up again, paused."""
        self._check_leader()
        self.filtered(lambda campaign: campaign.state == "done").state = "paused"
        return True

    def _check_leader(self):
        if not self.env.su and not self.env.user.has_group("gb_callcenter.group_gb_lead"):
            raise AccessError(self.env._("Only team leads and managers run campaigns."))
        self.check_access("write")

    def _get_missing(self):
        """What is still to be done before customers can be called: a list of sentences. Override to ask for more."""
        self.ensure_one()
        missing = []
        if not self.agent_ids:
            missing.append(self.env._("Choose a team or agents who call."))
        if not self.outcome_ids:
            missing.append(self.env._("Choose the outcomes among which agents decide."))
        elif not self.outcome_ids.filtered("is_final"):
            missing.append(self.env._("At least one outcome must settle a customer."))
        if not self.waiting_count:
            missing.append(self.env._("Fill a list: there is nobody to be called."))
        if self.date_to and self.date_to < fields.Date.context_today(self):
            missing.append(self.env._("The last day has passed."))
        if self.mode != "preview":
            if not self.queue_id:
                missing.append(
                    self.env._("Choose the queue whose agents talk with those who answer.")
                )
            if not self.hotline_id:
                missing.append(self.env._("Choose the hotline that customers see as the caller."))
        return missing

    # ------------------------------------------------------------------
    # Calling hours
    # ------------------------------------------------------------------

    def _get_zone(self, partner=None):
        """Name of the time zone in which a customer lives: his own, that of his country if it is a foreign one, else the
        campaign's (calendar, company)."""
        self.ensure_one()
        if partner and partner.tz:
            return partner.tz
        country = partner.country_id if partner else None
        if country and country != self.company_id.country_id:
            zones = pytz.country_timezones.get(country.code)
            if zones:
                return zones[0]
        return self._get_own_zone()

    def _get_own_zone(self):
        company = self.company_id
        zones = pytz.country_timezones.get(company.country_id.code or "", [None])
        return (
            self.calendar_id.tz
            or company.partner_id.tz
            or zones[0]
            or company.resource_calendar_id.tz
            or "UTC"
        )

    def _is_calling_time(self, partner, at):
        """Whether ``partner`` may be rung at ``at`` (naive UTC): hours and holidays in his own time zone.

        :rtype: bool
        """
        return self._is_calling_time_in(self._get_zone(partner), at)

    def _is_calling_time_in(self, zone, at):
        self.ensure_one()
        tz = pytz.timezone(zone)
        local = pytz.utc.localize(at).astimezone(tz)
        if (self.date_from and local.date() < self.date_from) or (
            self.date_to and local.date() > self.date_to
        ):
            return False
        if not self.hour_from <= local.hour + local.minute / 60 < self.hour_to:
            return False
        if not self.calendar_id:
            return True
        return bool(
            list(
                self.calendar_id._work_intervals_batch(local, local + timedelta(seconds=1), tz=tz)[
                    False
                ]
            )
        )

    def _get_next_calling_time(self, zone, at):
        """The first moment from ``at`` (naive UTC) on at which customers in ``zone`` may be rung.

        :return: naive UTC; ``at`` itself if there is none within two months
        """
        self.ensure_one()
        tz = pytz.timezone(zone)
        local = pytz.utc.localize(at).astimezone(tz)
        for ahead in range(SEARCH_DAYS):
            day = local.date() + timedelta(days=ahead)
            if self.date_from and day < self.date_from:
                continue
            midnight = datetime.combine(day, time.min)
            start = max(tz.localize(midnight + timedelta(hours=self.hour_from)), local)
            end = tz.localize(midnight + timedelta(hours=self.hour_to, microseconds=-1))
            if start >= end:
                continue
            if self.calendar_id:
                intervals = list(self.calendar_id._work_intervals_batch(start, end, tz=tz)[False])
                if not intervals:
                    continue
                start = intervals[0][0]
            return start.astimezone(pytz.utc).replace(tzinfo=None, microsecond=0)
        return at

    def _get_open_zones(self, at):
        """Time zones of this campaign's customers in which it is calling time now.

        :return: (set of names, whether that are all of them)
        """
        zones = {self._get_own_zone()}
        for names in self.list_ids.mapped("zones"):
            zones.update(names or [])
        open_zones = {zone for zone in zones if self._is_calling_time_in(zone, at)}
        return open_zones, open_zones == zones

    # ------------------------------------------------------------------
    # Claiming
    # ------------------------------------------------------------------

    def _claim(self, limit, user=None, at=None, needs_agent=None):
        """Take customers who may be called now. What one transaction gets no other one does: rows are locked, those that
        others have locked are passed over.

        :param int limit: how many at most
        :param user: res.users, an agent who gets his own and free ones; None: the dialler, which takes those that are
            not allocated to anybody
        :param datetime at: now
        :param needs_agent: True, False: only customers who are dialled only when an agent waits for them, or only others
        :return: gb.campaign.row, claimed, with sudo; promised ones first
        """
        self.ensure_one()
        rows_sudo = self.env["gb.campaign.row"].sudo()
        at = at or fields.Datetime.now()
        claimed = rows_sudo.browse()
        if self.state != "running" or limit <= 0:
            return claimed
        rows_sudo._release_expired(self, at)
        zones, is_everywhere = self._get_open_zones(at)
        if not zones:
            return claimed
        domain = (
            Domain("campaign_id", "=", self.id)
            & Domain("state", "=", "waiting")
            & Domain("next_at", "<=", at)
            & Domain("list_id.active", "=", True)
        )
        if not is_everywhere:
            domain &= Domain("zone", "in", list(zones))
        if needs_agent is not None:
            domain &= Domain("needs_agent", "=", needs_agent)
        if user:
            domain &= self._get_customer_domain(user)
        for user_id in (user.id, False) if user else (False,):
            missing = limit - len(claimed)
            if missing:
                # more than are wanted: others are taking the same ones at this moment
                found = rows_sudo.search(
                    domain & Domain("user_id", "=", user_id), limit=missing + 100
                )
                claimed |= found.try_lock_for_update(allow_referencing=True, limit=missing)
        if claimed:
            claimed.write(
                {
                    "state": "claimed",
                    "claimed_by_id": user.id if user else False,
                    "claimed_at": at,
                    "claimed_until": at + timedelta(minutes=self.claim_minutes),
                }
            )
            claimed.flush_recordset()
        return claimed

    def _get_customer_domain(self, user):
        """Domain of the rows whose customers ``user`` may see: an agent serves those of his teams."""
        if user.has_group("gb_callcenter.group_gb_manager"):
            return Domain.TRUE
        teams = user.sudo().gb_team_ids | user.sudo().gb_led_team_ids
        return Domain("partner_id.gb_team_id", "in", [*teams.ids, False])

    def _get_outcome(self, category):
        """The campaign's outcome of a category (``const.CATEGORIES``), the first one; of all if it has none of its own."""
        self.ensure_one()
        own = self.outcome_ids.filtered(lambda outcome: outcome.category == category)
        return own[:1] or self.env["gb.campaign.outcome"].search(
            [("category", "=", category)], limit=1
        )

    # ------------------------------------------------------------------
    # Windows
    # ------------------------------------------------------------------

    def _open(self, xml_id, domain=None, **context):
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        action["domain"] = domain or [("campaign_id", "in", self.ids)]
        action["context"] = {"default_campaign_id": self.id, **context}
        return action

    def action_open_rows(self):
        """The customers of all lists."""
        self.check_access("read")
        return self._open("gb_campaign.gb_campaign_row_action")

    def action_open_attempts(self):
        """The report on this campaign's attempts."""
        self.check_access("read")
        return self._open("gb_campaign.gb_campaign_attempt_action_report")

    def action_open_desk(self):
        """The calling screen, for this campaign."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.client",
            "tag": "gb_campaign.desk",
            "name": self.env._("Calling"),
            "params": {"campaign_id": self.id},
        }
