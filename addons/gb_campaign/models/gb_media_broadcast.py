from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_datetime

ATTRIBUTING = {
    "start_at",
    "end_at",
    "minutes",
    "window_minutes",
    "hotline_id",
    "is_cancelled",
    "company_id",
    "ad_id",
}
# how far back stragglers are looked for: calls and orders that came in while a broadcast was entered,
# customers who were recognised afterwards
STRAGGLER_DAYS = 2
QUARTER = 15  # minutes


class GbMediaBroadcast(models.Model):
    """An advertisement in a medium at a time: a spot, a stream, an issue of a magazine, a poster.

    Calls to the number that it shows count for it from its start until its response window is over; of several the
    one that began last. See docs/adr/051.
    """

    _name = "gb.media.broadcast"
    _description = "Broadcast"
    _order = "start_at desc, id desc"
    _rec_names_search = ["ad_id", "media_id"]
    _check_company_auto = True

    media_id = fields.Many2one(
        "gb.media",
        string="Medium",
        required=True,
        check_company=True,
        index=True,
        ondelete="restrict",
    )
    ad_id = fields.Many2one(
        "gb.media.ad",
        string="Advertisement",
        required=True,
        check_company=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    start_at = fields.Datetime(string="Start", required=True, index=True)
    end_at = fields.Datetime(string="End", help="Empty: until further notice.")
    minutes = fields.Float(
        string="Length (min)",
        compute="_compute_minutes",
        inverse="_inverse_minutes",
        digits=(16, 2),
    )
    window_minutes = fields.Integer(
        string="Response window (min)",
        compute="_compute_window_minutes",
        store=True,
        readonly=False,
        precompute=True,
        help="How long after its end calls count for this broadcast.",
    )
    counts_until = fields.Datetime(
        compute="_compute_counts_until",
        store=True,
        precompute=True,
        help="Calls count for this broadcast from its start until then.",
    )
    hotline_id = fields.Many2one(
        "gb.hotline",
        string="Hotline shown",
        compute="_compute_hotline_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    contract_id = fields.Many2one(
        "gb.media.contract",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('media_id', '=', media_id)]",
        index="btree_not_null",
        ondelete="restrict",
        groups="gb_callcenter.group_gb_analyst",
    )
    planned_cost = fields.Monetary(
        compute="_compute_costs",
        store=True,
        readonly=False,
        groups="gb_callcenter.group_gb_analyst",
        help="With a contract of a lump sum or a price per broadcast it follows from there.",
    )
    unit_cost = fields.Monetary(
        compute="_compute_costs",
        store=True,
        groups="gb_callcenter.group_gb_analyst",
        help="The contract's price in the company's currency, at the rate of the broadcast's day.",
    )
    actual_cost = fields.Monetary(
        groups="gb_callcenter.group_gb_analyst",
        help="What it really cost, once it is known: counts instead of the planned cost.",
    )
    is_cancelled = fields.Boolean(
        string="Did not run", help="Nothing counts for it, and it costs nothing."
    )
    note = fields.Text()
    rule = fields.Text(string="What counts", compute="_compute_rule")
    call_ids = fields.One2many("gb.call", "gb_broadcast_id", string="Calls")
    response_curve = fields.Json(
        string="Responses",
        compute="_compute_response_curve",
        groups="gb_callcenter.group_gb_lead,gb_callcenter.group_gb_analyst",
    )

    _period_check = models.Constraint(
        "CHECK (end_at IS NULL OR end_at > start_at)", "A broadcast ends after it begins."
    )
    _window_check = models.Constraint(
        "CHECK (window_minutes >= 0)", "A response window cannot be negative."
    )
    # checked at the end of the transaction: `_check_overlap` says which broadcast it is, this holds for two users at once
    _overlap_excl = models.Constraint(
        """EXCLUDE USING gist (
            int4range(company_id, company_id, '[]') WITH &&,
            int4range(hotline_id, hotline_id, '[]') WITH &&,
            tsrange(start_at, end_at) WITH &&
        ) WHERE (hotline_id IS NOT NULL AND is_cancelled IS NOT TRUE) DEFERRABLE INITIALLY DEFERRED""",
        "Two broadcasts cannot show the same number at the same time: their calls could not be told apart.",
    )
    _attribution_idx = models.Index(
        """USING gist (int4range(hotline_id, hotline_id, '[]'), tsrange(start_at, counts_until))
           WHERE hotline_id IS NOT NULL AND is_cancelled IS NOT TRUE"""
    )

    # ------------------------------------------------------------------
    # What follows from the medium, the advertisement and the contract
    # ------------------------------------------------------------------

    @api.depends("ad_id.name", "media_id.name", "start_at")
    @api.depends_context("tz", "lang")
    def _compute_display_name(self):
        for broadcast in self:
            at = broadcast.start_at and format_datetime(
                self.env, broadcast.start_at, dt_format="yyyy-MM-dd HH:mm"
            )
            parts = (broadcast.ad_id.name, broadcast.media_id.name, at)
            broadcast.display_name = " · ".join(part for part in parts if part)

    @api.depends("start_at", "end_at")
    def _compute_minutes(self):
        for broadcast in self:
            length = (
                broadcast.end_at - broadcast.start_at
                if broadcast.start_at and broadcast.end_at
                else timedelta()
            )
            broadcast.minutes = length.total_seconds() / 60

    @api.onchange("minutes", "start_at")
    def _inverse_minutes(self):
        for broadcast in self:
            if broadcast.start_at and broadcast.minutes:
                broadcast.end_at = broadcast.start_at + timedelta(minutes=broadcast.minutes)

    @api.depends("media_id")
    def _compute_window_minutes(self):
        for broadcast in self:
            broadcast.window_minutes = broadcast.media_id.window_minutes

    @api.depends("end_at", "window_minutes")
    def _compute_counts_until(self):
        for broadcast in self:
            broadcast.counts_until = broadcast.end_at and broadcast.end_at + timedelta(
                minutes=broadcast.window_minutes
            )

    @api.depends("ad_id", "media_id")
    def _compute_hotline_id(self):
        for broadcast in self:
            broadcast.hotline_id = broadcast.ad_id.hotline_id or broadcast.media_id.hotline_id

    @api.depends("media_id", "start_at", "company_id")
    def _compute_contract_id(self):
        contracts = self.env["gb.media.contract"].search(
            [
                ("media_id", "in", self.media_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        for broadcast in self:
            day = broadcast._get_day()
            fitting = contracts.filtered(
                lambda contract: (
                    contract.media_id.id in broadcast.media_id.ids  # noqa: B023
                    and contract.company_id == broadcast.company_id  # noqa: B023
                    and day  # noqa: B023
                    and contract._covers(day)  # noqa: B023
                )
            )
            if broadcast.contract_id not in fitting:
                broadcast.contract_id = fitting[:1]
            else:
                broadcast.contract_id = broadcast.contract_id

    @api.depends(
        "start_at",
        "is_cancelled",
        "contract_id.price_model",
        "contract_id.amount",
        "contract_id.currency_id",
        "contract_id.broadcast_ids.is_cancelled",
    )
    def _compute_costs(self):
        # asked of the database: a record that is being made would be in the contract's list twice
        running = dict(
            self._read_group(
                [("contract_id", "in", self.contract_id.ids), ("is_cancelled", "=", False)],
                ["contract_id"],
                ["__count"],
            )
        )
        for broadcast in self:
            contract = broadcast.contract_id
            day = broadcast._get_day()
            unit = contract._get_unit_cost(day) if contract and day else 0.0
            broadcast.unit_cost = unit
            if contract.price_model == "per_broadcast":
                broadcast.planned_cost = unit
            elif contract.price_model == "lump_sum":
                sharing = running.get(contract._origin, 0) + (not broadcast._origin)
                broadcast.planned_cost = 0.0 if broadcast.is_cancelled else unit / (sharing or 1)
            else:
                broadcast.planned_cost = broadcast.planned_cost

    @api.depends("hotline_id", "start_at", "counts_until", "is_cancelled", "ad_id")
    @api.depends_context("tz", "lang")
    def _compute_rule(self):
        for broadcast in self:
            broadcast.rule = broadcast._get_rule()

    def _get_rule(self):
        """What counts for this broadcast, in a sentence or two. :rtype: str"""
        self.ensure_one()
        if self.is_cancelled:
            return self.env._("It did not run: nothing counts for it.")
        if not self.start_at:
            return False
        sentences = []
        if self.hotline_id:
            hotline, start = self.hotline_id.display_name, self._format(self.start_at)
            if self.counts_until:
                sentences.append(
                    self.env._(
                        "Calls to %(hotline)s from %(start)s until %(until)s count for this broadcast, unless a later one "
                        "with this number had begun.",
                        hotline=hotline,
                        start=start,
                        until=self._format(self.counts_until),
                    )
                )
            else:
                sentences.append(
                    self.env._(
                        "Calls to %(hotline)s from %(start)s on count for this broadcast, unless a later one with this "
                        "number had begun.",
                        hotline=hotline,
                        start=start,
                    )
                )
            sentences.append(
                self.env._(
                    "So do the orders of these calls, and what these customers order by themselves until then."
                )
            )
        ad_sudo = self.ad_id.sudo()
        if ad_sudo.utm_source_id or ad_sudo.utm_campaign_id:
            sentences.append(
                self.env._(
                    "Orders of the web shop with the advertisement's tags count for its last broadcast before them."
                )
            )
        return " ".join(sentences) or self.env._(
            "No number is shown and the advertisement has no tags: nothing can be counted."
        )

    def _format(self, at):
        return format_datetime(self.env, at, dt_format="yyyy-MM-dd HH:mm")

    def _get_day(self):
        """The day of the start where the company is. :rtype: date"""
        if not self.start_at:
            return False
        zone = self.company_id.partner_id.tz or self.env.user.tz or "UTC"
        return fields.Datetime.context_timestamp(self.with_context(tz=zone), self.start_at).date()

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    @api.constrains("start_at", "end_at", "hotline_id", "is_cancelled", "company_id")
    def _check_overlap(self):
        """Broadcasts with the same number one after another can be told apart; those that run at once cannot."""
        self.flush_model(["start_at", "end_at", "hotline_id", "is_cancelled", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT one.id, other.id FROM gb_media_broadcast one JOIN gb_media_broadcast other
                       ON other.id != one.id AND other.hotline_id = one.hotline_id AND other.company_id = one.company_id
                      AND tsrange(other.start_at, other.end_at) && tsrange(one.start_at, one.end_at)
                      AND other.is_cancelled IS NOT TRUE
                    WHERE one.id = ANY(%s) AND one.is_cancelled IS NOT TRUE ORDER BY one.start_at LIMIT 1""",
                self.ids,
            )
        )
        for one_id, other_id in rows:
            one, other = self.browse(one_id), self.browse(other_id)
            raise ValidationError(
                self.env._(
                    "“%(other)s” shows %(hotline)s at the same time (%(start)s to %(end)s) as “%(one)s”: their calls could not be "
                    "told apart. Show another number in one of them, or change its time.",
                    other=other.display_name,
                    one=one.display_name,
                    hotline=one.hotline_id.display_name,
                    start=self._format(other.start_at),
                    end=self._format(other.end_at)
                    if other.end_at
                    else self.env._("further notice"),
                )
            )
        # somebody else may have entered one just now: wait for him here, where the answer is a sentence
        self.env.cr.execute("SET CONSTRAINTS gb_media_broadcast_overlap_excl IMMEDIATE")
        self.env.cr.execute("SET CONSTRAINTS gb_media_broadcast_overlap_excl DEFERRED")

    @api.constrains("contract_id", "media_id", "start_at")
    def _check_contract(self):
        for broadcast in self.sudo().filtered("contract_id"):
            contract = broadcast.contract_id
            if contract.media_id != broadcast.media_id or not contract._covers(
                broadcast._get_day()
            ):
                raise ValidationError(
                    self.env._(
                        "Contract %(contract)s is not for “%(broadcast)s”: another medium, or outside its period.",
                        contract=contract.name,
                        broadcast=broadcast.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Attribution
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        broadcasts = super().create(vals_list)
        broadcasts._follow(broadcasts._get_spans())
        return broadcasts

    def write(self, vals):
        """Calls and orders follow a broadcast that is moved, however late."""
        if not ATTRIBUTING & vals.keys():
            return super().write(vals)
        before = self._get_spans()
        result = super().write(vals)
        self._follow(before + self._get_spans())
        return result

    def unlink(self):
        before, orders = self._get_spans(), self.env["sale.order"].sudo()
        orders = orders.search([("gb_broadcast_id", "in", self.ids)])
        result = super().unlink()
        self.browse()._follow(before)
        orders._gb_follow_broadcasts()
        return result

    def _get_spans(self):
        """:return: list of (company id, hotline id, start, end of the window or None) in which calls may count for these"""
        now = fields.Datetime.now()
        return [
            (one.company_id.id, one.hotline_id.id, one.start_at, one.counts_until or None)
            for one in self
            if one.hotline_id and not one.is_cancelled and one.start_at <= now
        ]

    def _follow(self, spans):
        """Attribute again what came in within ``spans`` and what counts, or may count, for these broadcasts.

        :param list spans: of ``_get_spans``, before and after a change
        """
        calls_sudo = self.env["gb.call"].sudo()._gb_follow_broadcasts(spans)
        orders_sudo = self.env["sale.order"].sudo()._get_gb_concerned(self, calls_sudo)
        orders_sudo._gb_follow_broadcasts()

    @api.model
    def _find(self, company, moments):
        """The rule for calls: number and time, last touch. One query for a batch.

        :param company: res.company of the calls
        :param moments: set of (hotline id, naive datetime in UTC)
        :return: {(hotline id, datetime): id of the broadcast}; moments without one are left out
        """
        if not moments:
            return {}
        self.flush_model(["hotline_id", "company_id", "start_at", "counts_until", "is_cancelled"])
        rows = self.env.execute_query(
            SQL(
                """SELECT asked.hotline_id, asked.at, found.id
                     FROM (VALUES %s) AS asked(hotline_id, at)
                     JOIN LATERAL %s AS found ON TRUE""",
                SQL(", ").join(
                    SQL("(%s, %s::timestamp)", hotline_id, at) for hotline_id, at in moments
                ),
                self._sql_last_touch(
                    SQL("%s", company.id), SQL("asked.hotline_id"), SQL("asked.at")
                ),
            )
        )
        return {(hotline_id, at): broadcast_id for hotline_id, at, broadcast_id in rows}

    @api.model
    def _sql_last_touch(self, company, hotline, at):
        """:return: subquery of the broadcast that a call of ``company`` to ``hotline`` at ``at`` counts for"""
        return SQL(
            """(SELECT b.id FROM gb_media_broadcast b
                 WHERE b.hotline_id = %(hotline)s AND b.company_id = %(company)s AND b.is_cancelled IS NOT TRUE
                   AND int4range(b.hotline_id, b.hotline_id, '[]') @> %(hotline)s::integer
                   AND tsrange(b.start_at, b.counts_until) @> %(at)s
                 ORDER BY b.start_at DESC, b.id DESC LIMIT 1)""",
            company=company,
            hotline=hotline,
            at=at,
        )

    @api.model
    def _cron_follow(self):
        """Attribute what came in lately once more: calls that came in while a broadcast was entered, and orders whose
        customer was recognised afterwards."""
        since = fields.Datetime.now() - timedelta(days=STRAGGLER_DAYS)
        recent = self.search(
            ["|", ("counts_until", "=", False), ("counts_until", ">", since)], order="id"
        )
        spans = [
            (company, hotline, max(start, since), until)
            for company, hotline, start, until in recent._get_spans()
        ]
        self.env["gb.call"].sudo()._gb_follow_broadcasts(spans)
        orders_sudo = self.env["sale.order"].sudo().search([("create_date", ">", since)])
        orders_sudo._gb_follow_broadcasts()

    # ------------------------------------------------------------------
    # Responses
    # ------------------------------------------------------------------

    def _compute_response_curve(self):
        """Calls by quarters of an hour since the start, up to a day: [{minute, calls, answered, mean}], where ``mean`` is
        that of the advertisement's other broadcasts in the same medium."""
        self.env["gb.call"].flush_model(["gb_broadcast_id", "offered_at", "answered_at"])
        for broadcast in self:
            rows = self.env.execute_query(
                SQL(
                    """SELECT floor(extract(epoch FROM c.offered_at - b.start_at) / %(seconds)s)::integer AS quarter,
                              count(*) FILTER (WHERE b.id = %(id)s),
                              count(c.answered_at) FILTER (WHERE b.id = %(id)s),
                              count(*) FILTER (WHERE b.id != %(id)s),
                              (SELECT count(*) FROM gb_media_broadcast o
                                WHERE o.ad_id = %(ad)s AND o.media_id = %(media)s AND o.id != %(id)s
                                  AND o.is_cancelled IS NOT TRUE AND o.start_at < now() AT TIME ZONE 'UTC')
                         FROM gb_media_broadcast b JOIN gb_call c ON c.gb_broadcast_id = b.id
                        WHERE (b.id = %(id)s OR (b.ad_id = %(ad)s AND b.media_id = %(media)s))
                          AND b.is_cancelled IS NOT TRUE AND c.offered_at < b.start_at + interval '1 day'
                        GROUP BY 1""",
                    id=broadcast._origin.id or None,
                    ad=broadcast.ad_id._origin.id or None,
                    media=broadcast.media_id._origin.id or None,
                    seconds=QUARTER * 60,
                )
            )
            found = {quarter: counts for quarter, *counts in rows}
            nothing = (0, 0, 0, 1)
            broadcast.response_curve = [
                {
                    "minute": quarter * QUARTER,
                    "calls": calls,
                    "answered": answered,
                    "mean": round(others / (broadcasts or 1), 1),
                }
                for quarter in range(max(found, default=-1) + 1)
                for calls, answered, others, broadcasts in (found.get(quarter, nothing),)
            ]

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_calls(self):
        """Open the calls that count for this broadcast."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("gb_callcenter.gb_call_action")
        return dict(action, domain=[("gb_broadcast_id", "=", self.id)], context={})
