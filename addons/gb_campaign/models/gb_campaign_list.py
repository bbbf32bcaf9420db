from collections import Counter

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL


class GbCampaignList(models.Model):
    """A list of customers to be called, filled in one go. Why others were left out is kept with it."""

    _name = "gb.campaign.list"
    _description = "Call list"
    _order = "campaign_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True, help="Nobody is called from a list that is switched off.")
    sequence = fields.Integer(default=10)
    campaign_id = fields.Many2one(
        "gb.campaign", required=True, ondelete="cascade", index=True, check_company=True
    )
    company_id = fields.Many2one(
        related="campaign_id.company_id", store=True, index=True, precompute=True
    )
    row_ids = fields.One2many("gb.campaign.row", "list_id", string="Customers")
    row_count = fields.Integer(string="Customers in all", compute="_compute_counts")
    waiting_count = fields.Integer(string="Still to be called", compute="_compute_counts")
    free_count = fields.Integer(string="Not allocated", compute="_compute_counts")
    reached_count = fields.Integer(string="Reached", compute="_compute_counts")
    penetration = fields.Float(
        compute="_compute_counts",
        help="Customers who have been tried, of all that are on the list.",
    )
    snapshot_id = fields.Many2one(
        "gb.target.snapshot",
        string="Target group",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain=[("state", "=", "done")],
        help="A snapshot: who belonged to the target group when it was drawn.",
    )
    filled_at = fields.Datetime(string="Filled", readonly=True, copy=False)
    refusals = fields.Json(string="Left out, by reason", readonly=True, copy=False)
    refusal_text = fields.Char(string="Left out", compute="_compute_refusal_text")
    zones = fields.Json(string="Time zones", readonly=True, copy=False)

    # consent
    consent_basis = fields.Selection(
        [
            ("consent", "Consent to be called"),
            ("contract", "Customer relation"),
            ("request", "Asked to be called"),
        ],
        string="Why we may call",
        default="contract",
    )
    consent_source = fields.Char(
        string="Evidence", help="Where the consent is kept: form, shop, page, event …"
    )
    consent_date = fields.Date(string="Given on")

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------

    def _compute_counts(self):
        rows_sudo = self.env["gb.campaign.row"].sudo()
        counts, free, tried, reached = Counter(), Counter(), Counter(), Counter()
        for call_list, state, count, attempts, done in rows_sudo._read_group(
            [("list_id", "in", self.ids)],
            ["list_id", "state"],
            ["__count", "first_attempt_at:count", "reached_at:count"],
        ):
            counts[call_list.id, state] = count
            tried[call_list.id] += attempts
            reached[call_list.id] += done
        for call_list, count in rows_sudo._read_group(
            [("list_id", "in", self.ids), ("state", "=", "waiting"), ("user_id", "=", False)],
            ["list_id"],
            ["__count"],
        ):
            free[call_list.id] = count
        for call_list in self:
            key = call_list.id
            call_list.waiting_count = counts[key, "waiting"] + counts[key, "claimed"]
            call_list.row_count = call_list.waiting_count + counts[key, "done"]
            call_list.free_count = free[key]
            call_list.reached_count = reached[key]
            call_list.penetration = (
                100 * tried[key] / call_list.row_count if call_list.row_count else 0
            )

    @api.depends("refusals")
    def _compute_refusal_text(self):
        rows = self.env["gb.campaign.row"]
        labels = dict(rows._fields["exclusion"]._description_selection(self.env))
        labels["doubled"] = self.env._("In this campaign already")
        for call_list in self:
            call_list.refusal_text = " · ".join(
                f"{labels.get(reason, reason)}: {count}"
                for reason, count in (call_list.refusals or {}).items()
            )

    # ------------------------------------------------------------------
    # Filling
    # ------------------------------------------------------------------

    def _fill(self, snapshot):
        """Put the customers of a snapshot on the list.

        :param snapshot: gb.target.snapshot
        :return: {"added": int, "refused": {reason: int}}
        """
        snapshot.check_access("read")
        if snapshot.state != "done":
            raise UserError(
                self.env._("“%s” has not been drawn to its end yet.", snapshot.display_name)
            )
        return self._fill_query(
            SQL("SELECT partner_id FROM gb_target_member WHERE snapshot_id = %s", snapshot.id)
        )

    def _fill_partners(self, partners):
        """Put these customers on the list. :return: as ``_fill``"""
        return self._fill_query(SQL("SELECT unnest(%s::int[])", partners.ids))

    def _fill_query(self, query):
        """Put customers on the list, as many at once as there are; who may not be called is on it as left out, with the
        reason. Whom the campaign has already is counted only: filling again adds who is new.

        :param SQL query: selects ids of res.partner
        :return: {"added": int, "refused": {reason: int}}
        """
        self.ensure_one()
        self.check_access("write")
        if self.campaign_id.state == "done":
            raise UserError(self.env._("The campaign has ended; its lists cannot be filled."))
        self.env.flush_all()
        cr = self.env.cr
        cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE gb_fill ON COMMIT DROP AS"
                " SELECT DISTINCT source.id FROM (%s) AS source(id)",
                query,
            )
        )
        found = cr.rowcount
        inserted = self.env.execute_query(self._get_fill_sql())
        self.env.execute_query(self._get_numbers_sql())
        cr.execute("DROP TABLE gb_fill")
        refused = Counter(reason for _id, reason, _zone in inserted if reason)
        if found > len(inserted):
            refused["doubled"] = found - len(inserted)
        added = sum(1 for _id, reason, _zone in inserted if not reason)
        self.env["gb.campaign.row"].invalidate_model()
        self.env["gb.campaign.number"].invalidate_model()
        total = Counter(self.refusals or {}) + refused
        self.write(
            {
                "filled_at": fields.Datetime.now(),
                "refusals": dict(total.most_common()),
                "zones": sorted({zone for _id, _reason, zone in inserted} | set(self.zones or [])),
            }
        )
        return {"added": added, "refused": dict(refused)}

    def _get_fill_sql(self):
        """Statement that turns the customers in ``gb_fill`` into rows; returns id, reason and time zone."""
        campaign = self.campaign_id
        now = fields.Datetime.now()
        company = self.company_id
        foreign_zones = SQL(", ").join(
            SQL("(%s, %s)", code, zones[0]) for code, zones in pytz.country_timezones.items()
        )
        return SQL(
            """
            INSERT INTO gb_campaign_row
                   (list_id, campaign_id, company_id, partner_id, region_id, zone, state, exclusion, priority,
                    next_at, is_promised, needs_agent, attempt_count, is_reached, recycled_count,
                    create_uid, write_uid, create_date, write_date)
            SELECT %(list)s, %(campaign)s, %(company)s, judged.id, judged.state_id, judged.zone,
                   CASE WHEN judged.reason IS NULL THEN 'waiting' ELSE 'excluded' END, judged.reason, 0,
                   %(now)s, FALSE, FALSE, 0, FALSE, 0, %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM (SELECT partner.id, partner.state_id,
                           COALESCE(partner.tz, foreign_zone.name, %(own_zone)s) AS zone,
                           %(reason)s AS reason
                      FROM gb_fill
                      JOIN res_partner partner ON partner.id = gb_fill.id
                      LEFT JOIN res_country country
                             ON country.id = partner.country_id AND country.id IS DISTINCT FROM %(country)s
                      LEFT JOIN (VALUES %(zones)s) AS foreign_zone(code, name) ON foreign_zone.code = country.code
                   ) judged
             ORDER BY judged.id
            ON CONFLICT (campaign_id, partner_id) DO NOTHING
            RETURNING id, exclusion, zone
            """,
            list=self.id,
            campaign=campaign.id,
            company=company.id,
            now=now,
            uid=self.env.uid,
            own_zone=campaign._get_own_zone(),
            country=company.country_id.id or None,
            zones=foreign_zones,
            reason=self._get_reason_sql(),
        )

    def _get_reason_sql(self):
        """Expression on ``partner`` (res_partner): why he is left out, or NULL. Override to leave out more customers;
        the first reason that applies counts."""
        campaign, now = self.campaign_id, fields.Datetime.now()
        return SQL(
            """
            CASE WHEN partner.company_id IS NOT NULL AND partner.company_id != %(company)s THEN 'other_company'
                 WHEN partner.active IS NOT TRUE THEN 'inactive'
                 WHEN partner.gb_is_blacklisted THEN 'black_list'
                 WHEN NOT EXISTS (SELECT FROM gb_phone phone WHERE phone.partner_id = partner.id AND %(dialable)s)
                      THEN 'no_number'
                 WHEN NOT EXISTS (SELECT FROM gb_phone phone WHERE phone.partner_id = partner.id AND %(dialable)s
                                     AND phone.do_not_call IS NOT TRUE) THEN 'do_not_call'
                 WHEN NOT EXISTS (SELECT FROM gb_phone phone WHERE phone.partner_id = partner.id AND %(dialable)s
                                     AND phone.do_not_call IS NOT TRUE AND %(unblocked)s) THEN 'black_list'
                 WHEN %(complaint)s THEN 'complaint'
                 WHEN %(pressure)s THEN 'pressure'
            END
            """,
            company=self.company_id.id,
            dialable=self._get_dialable_sql(),
            unblocked=self._get_unblocked_sql(now),
            complaint=SQL(
                "EXISTS (SELECT FROM gb_ticket ticket WHERE ticket.partner_id = partner.id"
                " AND ticket.kind = 'complaint' AND ticket.is_open IS TRUE)"
            )
            if campaign.exclude_complaints
            else SQL("FALSE"),
            pressure=SQL(
                "EXISTS (SELECT FROM gb_contact contact WHERE contact.partner_id = partner.id"
                " AND contact.direction = 'outbound' AND contact.at > %s)",
                fields.Datetime.subtract(now, days=campaign.pressure_days),
            )
            if campaign.pressure_days
            else SQL("FALSE"),
        )

    @api.model
    def _get_dialable_sql(self):
        return SQL("phone.is_valid IS TRUE AND phone.kind != 'fax'")

    def _get_unblocked_sql(self, now):
        """Expression on ``phone`` (gb_phone): neither we nor the opt-out list have blocked it."""
        return SQL(
            """NOT EXISTS (SELECT FROM gb_blocked_number blocked
                            WHERE blocked.number_key = phone.number_key AND blocked.active IS TRUE
                              AND (blocked.until IS NULL OR blocked.until > %s)
                              AND (blocked.company_id IS NULL OR blocked.company_id = %s))
               AND NOT EXISTS (SELECT FROM phone_blacklist refused
                                WHERE refused.number = phone.number_key AND refused.active IS TRUE)""",
            now,
            self.company_id.id,
        )

    def _get_numbers_sql(self):
        """Statement that gives the new rows of ``gb_fill`` their numbers, the main one first."""
        now = fields.Datetime.now()
        return SQL(
            """
            INSERT INTO gb_campaign_number
                   (row_id, phone_id, sequence, is_spent, attempt_count, create_uid, write_uid, create_date, write_date)
            SELECT list_row.id, phone.id,
                   row_number() OVER (PARTITION BY list_row.id
                                      ORDER BY phone.is_main IS TRUE DESC, phone.sequence, phone.id),
                   FALSE, 0, %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM gb_fill
              JOIN gb_campaign_row list_row ON list_row.partner_id = gb_fill.id AND list_row.list_id = %(list)s
              JOIN gb_phone phone ON phone.partner_id = gb_fill.id
             WHERE list_row.state = 'waiting' AND phone.do_not_call IS NOT TRUE AND %(dialable)s AND %(unblocked)s
            ON CONFLICT (row_id, phone_id) DO NOTHING
            RETURNING id
            """,
            uid=self.env.uid,
            now=now,
            list=self.id,
            dialable=self._get_dialable_sql(),
            unblocked=self._get_unblocked_sql(now),
        )

    def action_fill(self):
        """Put the customers of the chosen target group on the list and say how many may be called."""
        self.ensure_one()
        if not self.snapshot_id:
            raise UserError(self.env._("Choose the target group first."))
        result = self._fill(self.snapshot_id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if result["added"] else "warning",
                "message": self.env._(
                    "%(added)s customers are on the list; %(count)s were left out.",
                    added=result["added"],
                    count=sum(result["refused"].values()),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------------
    # Allocation
    # ------------------------------------------------------------------

    def _allocate(self, plan):
        """Give waiting customers to agents.

        :param dict plan: {id of the row: id of the agent, or False to free it}
        :return: how many have got another agent than before
        """
        self.check_access("write")
        rows_sudo = self.env["gb.campaign.row"].sudo().browse(plan)
        rows_sudo = rows_sudo.try_lock_for_update(allow_referencing=True).filtered(
            lambda row: row.list_id in self and row.state == "waiting"
        )
        by_user = {}
        for row in rows_sudo:
            if row.user_id.id != plan[row.id]:
                by_user.setdefault(plan[row.id], []).append(row.id)
        now = fields.Datetime.now()
        for user_id, ids in by_user.items():
            rows_sudo.browse(ids).write(
                {"user_id": user_id, "allocated_at": now if user_id else False}
            )
        return sum(map(len, by_user.values()))

    def action_open_rows(self):
        """The customers of this list."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("gb_campaign.gb_campaign_row_action")
        return {**action, "domain": [("list_id", "=", self.id)], "context": {}}

    def action_free_rows(self):
        """Take all waiting customers of these lists from their agents."""
        if not self.env.user.has_group("gb_callcenter.group_gb_lead"):
            raise AccessError(self.env._("Only team leads and managers allocate customers."))
        self.check_access("write")
        for call_list in self:
            rows_sudo = (
                self.env["gb.campaign.row"]
                .sudo()
                .search(
                    [
                        ("list_id", "=", call_list.id),
                        ("state", "=", "waiting"),
                        ("user_id", "!=", False),
                    ]
                )
            )
            call_list._allocate(dict.fromkeys(rows_sudo.ids, False))
        return True
