from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ..const import CATEGORIES, LASTING_REFUSALS, ROW_STATES, SKIP_REASONS

EXPIRE_BATCH = 500
RECYCLE_BATCH = 5000


class GbCampaignRow(models.Model):
    """A customer on a call list: who is to call him next and when, and how far we are with him.

    waiting ⇄ claimed → done; excluded: is not called. Changed by its methods only.
    """

    _name = "gb.campaign.row"
    _description = "Customer on a call list"
    # those who were promised a call come first
    _order = "is_promised desc, priority desc, next_at, id"
    _rec_name = "partner_id"

    list_id = fields.Many2one("gb.campaign.list", required=True, ondelete="cascade", readonly=True)
    campaign_id = fields.Many2one("gb.campaign", required=True, ondelete="cascade", readonly=True)
    campaign_state = fields.Selection(related="campaign_id.state", string="State of the campaign")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    region_id = fields.Many2one("res.country.state", readonly=True)
    level_id = fields.Many2one(related="partner_id.gb_level_id")
    zone = fields.Char(string="Time zone", readonly=True)
    state = fields.Selection(ROW_STATES, required=True, default="waiting", readonly=True)
    exclusion = fields.Selection(LASTING_REFUSALS, string="Left out because", readonly=True)
    priority = fields.Integer(readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        readonly=True,
        help="To whom he is allocated. Empty: to nobody.",
    )
    allocated_at = fields.Datetime(string="Allocated", readonly=True)
    recycled_count = fields.Integer(string="Given back", readonly=True)

    claimed_by_id = fields.Many2one("res.users", string="Taken by", readonly=True)
    claimed_at = fields.Datetime(string="Taken", readonly=True)
    claimed_until = fields.Datetime(string="Taken until", readonly=True)

    next_at = fields.Datetime(
        string="Next call", required=True, default=fields.Datetime.now, readonly=True
    )
    is_promised = fields.Boolean(
        string="Appointment", readonly=True, help="The customer was told when we call again."
    )
    needs_agent = fields.Boolean(
        string="Only with an agent at hand",
        readonly=True,
        help="Nobody was free for him the last time: he is dialled only when an agent is waiting for him.",
    )
    number_ids = fields.One2many("gb.campaign.number", "row_id", string="Numbers", readonly=True)
    attempt_ids = fields.One2many("gb.campaign.attempt", "row_id", string="Attempts", readonly=True)
    attempt_count = fields.Integer(string="Number of attempts", readonly=True)
    first_attempt_at = fields.Datetime(string="First attempt", readonly=True)
    last_attempt_at = fields.Datetime(string="Last attempt", readonly=True)
    outcome_id = fields.Many2one(
        "gb.campaign.outcome", string="Last outcome", ondelete="restrict", readonly=True
    )
    outcome_category = fields.Selection(CATEGORIES, string="Came of it", readonly=True)
    is_reached = fields.Boolean(string="Reached", readonly=True)
    reached_at = fields.Datetime(string="First reached", readonly=True)
    done_at = fields.Datetime(string="Settled", readonly=True)
    note = fields.Text(readonly=True)
    skip_count = fields.Integer(string="Passed over", readonly=True)
    skip_reason = fields.Selection(SKIP_REASONS, string="Passed over because", readonly=True)
    lead_id = fields.Many2one(
        "crm.lead", ondelete="set null", readonly=True, index="btree_not_null"
    )

    _campaign_partner_uniq = models.UniqueIndex("(campaign_id, partner_id)")
    _list_state_idx = models.Index("(list_id, state)")
    _claim_idx = models.Index(
        "(campaign_id, user_id, is_promised DESC, priority DESC, next_at, id) WHERE state = 'waiting'"
    )
    _claimed_idx = models.Index("(claimed_until) WHERE state = 'claimed'")
    _desk_idx = models.Index("(claimed_by_id) WHERE state = 'claimed'")
    _recycle_idx = models.Index("(allocated_at) WHERE state = 'waiting' AND user_id IS NOT NULL")
    _outcome_idx = models.Index("(outcome_id) WHERE outcome_id IS NOT NULL")

    # ------------------------------------------------------------------
    # Whom to ring
    # ------------------------------------------------------------------

    def _get_number(self):
        """The number to be dialled next: of those that are good the one tried least often, in their order.

        :return: gb.campaign.number, empty if there is none left
        """
        self.ensure_one()
        numbers = self.number_ids.filtered(
            lambda number: not number.is_spent and not number.phone_id.do_not_call
        )
        if self.outcome_id.takes_next_number:
            return numbers.sorted(lambda number: (number.attempt_count, number.sequence))[:1]
        last = self.attempt_ids.number_id[:1]
        return last if last in numbers else numbers[:1]

    def _get_refusal(self, number, at):
        """Why this customer must not be rung at ``number`` at this moment: asked again before each dialling.

        :param number: gb.campaign.number
        :param datetime at: naive UTC
        :return: a key of ``const.REFUSALS``, or False
        """
        self.ensure_one()
        row_sudo, campaign_sudo = self.sudo(), self.sudo().campaign_id
        partner, phone = row_sudo.partner_id, number.sudo().phone_id
        if campaign_sudo.state != "running":
            return "not_running"
        if not partner.active:
            return "inactive"
        if partner.gb_is_blacklisted:
            return "black_list"
        if not phone or phone.partner_id != partner or not phone.is_valid:
            return "no_number"
        # whoever's number it is: who has said no at it does not want to hear us
        if phone.search_count(
            [("number_key", "=", phone.number_key), ("do_not_call", "=", True)], limit=1
        ):
            return "do_not_call"
        if self._is_blocked(phone, at):
            return "black_list"
        if campaign_sudo.exclude_complaints and self.env["gb.ticket"].sudo().search_count(
            [
                ("partner_id", "=", partner.id),
                ("kind", "=", "complaint"),
                ("is_open", "=", True),
            ],
            limit=1,
        ):
            return "complaint"
        if not campaign_sudo._is_calling_time(partner, at):
            return "hours"
        if campaign_sudo.attempts_total and row_sudo.attempt_count >= campaign_sudo.attempts_total:
            return "total_limit"
        if (
            campaign_sudo.attempts_per_day
            and row_sudo._count_today(at) >= campaign_sudo.attempts_per_day
        ):
            return "day_limit"
        return False

    def _is_blocked(self, phone, at):
        blocked_sudo = (
            self.env["gb.blocked.number"]
            .sudo()
            .search_count(
                Domain("number_key", "=", phone.number_key)
                & Domain("active", "=", True)
                & (Domain("until", "=", False) | Domain("until", ">", at))
                & Domain("company_id", "in", [False, self.company_id.id]),
                limit=1,
            )
        )
        return blocked_sudo or self.env["phone.blacklist"].sudo().search_count(
            [("number", "=", phone.number_key)], limit=1
        )

    def _get_refusal_text(self, refusal):
        """What the agent is told about a refusal."""
        return self.env._(
            "%(customer)s is not called now: %(reason)s.",
            customer=self.sudo().partner_id.name,
            reason=dict(self._fields["exclusion"]._description_selection(self.env)).get(refusal)
            or self._get_passing_texts().get(refusal, refusal),
        )

    def _get_passing_texts(self):
        return {
            "not_running": self.env._("the campaign is not running"),
            "hours": self.env._("it is outside calling hours where he lives"),
            "day_limit": self.env._("he was called often enough today"),
            "total_limit": self.env._("he was called often enough"),
        }

    def _get_midnight(self, at):
        """The beginning of the customer's day, naive UTC."""
        tz = pytz.timezone(self.zone or self.campaign_id._get_own_zone())
        day = pytz.utc.localize(at).astimezone(tz).date()
        return (
            tz.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
        )

    def _count_today(self, at, outcome=None):
        """Attempts since the beginning of the customer's day."""
        domain = [
            ("row_id", "=", self.id),
            ("at", ">=", self._get_midnight(at)),
            ("state", "!=", "none"),
        ]
        if outcome:
            domain.append(("outcome_id", "=", outcome.id))
        return self.env["gb.campaign.attempt"].sudo().search_count(domain)

    # ------------------------------------------------------------------
    # Attempts and outcomes (need sudo)
    # ------------------------------------------------------------------

    def _begin_attempt(self, number, user=None, token=None, at=None, mode=None):
        """Note that the customer is about to be rung. To be committed before anything is dialled, where that is possible.

        :param number: gb.campaign.number; empty: an outcome without dialling
        :return: gb.campaign.attempt
        """
        self.ensure_one()
        at = at or fields.Datetime.now()
        attempt = self.env["gb.campaign.attempt"].create(
            {
                "row_id": self.id,
                "list_id": self.list_id.id,
                "campaign_id": self.campaign_id.id,
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "number_id": number.id,
                "phone_id": number.phone_id.id,
                "user_id": user.id if user else False,
                "at": at,
                "mode": mode or self.campaign_id.mode,
                "state": "dialling" if number else "none",
                "click_key": token,
            }
        )
        if number:
            number.attempt_count += 1
            self.write(
                {
                    "attempt_count": self.attempt_count + 1,
                    "first_attempt_at": self.first_attempt_at or at,
                    "last_attempt_at": at,
                    "claimed_until": at + timedelta(minutes=self.campaign_id.claim_minutes),
                }
            )
        return attempt

    def _get_open_attempt(self):
        """The attempt that has no outcome yet, the latest one."""
        return self.attempt_ids.filtered(lambda attempt: not attempt.outcome_id)[:1]

    def _finish(self, outcome, next_at=None, note="", answers=None, attempt=None, at=None):
        """File what came of calling the customer, and decide whether and when he is called again.

        :param outcome: gb.campaign.outcome
        :param datetime next_at: what was agreed with him (naive UTC); else the outcome's rule counts
        :param str note: what the agent wants to remember
        :param list answers: [[question, answer], …] to the script
        :param attempt: gb.campaign.attempt, the open one by default
        :return: gb.campaign.attempt
        """
        self.ensure_one()
        at = at or fields.Datetime.now()
        attempt = attempt or self._get_open_attempt()
        if not attempt:
            attempt = self._begin_attempt(
                self.env["gb.campaign.number"], user=self.claimed_by_id, at=at
            )
        self._file_attempt(attempt, outcome, next_at, note, answers, at)
        if outcome.is_do_not_call:
            (attempt.phone_id or self.number_ids.phone_id[:1]).do_not_call = True
        self.write(self._prepare_finish_values(attempt, outcome, next_at, at))
        if outcome.makes_lead:
            self._make_lead(note=note, user=attempt.user_id)
        self._after_finish(attempt)
        return attempt

    def _file_attempt(self, attempt, outcome, next_at=None, note="", answers=None, at=None):
        """Note the outcome of one attempt; the customer stays with whoever has him."""
        values = {
            "outcome_id": outcome.id,
            "outcome_category": outcome.category,
            "is_reached": outcome.is_reached,
            "ended_at": at or fields.Datetime.now(),
            "next_at": next_at,
            "note": note or False,
        }
        if answers:
            values["answers"] = answers
        attempt.write(values)
        if outcome.spends_number and attempt.number_id:
            attempt.number_id.is_spent = True

    def _prepare_finish_values(self, attempt, outcome, next_at, at):
        values = {
            "claimed_by_id": False,
            "claimed_at": False,
            "claimed_until": False,
            "outcome_id": outcome.id,
            "outcome_category": outcome.category,
            "is_promised": False,
            "needs_agent": outcome.category == "abandoned",
        }
        if attempt.note:
            values["note"] = attempt.note
        if outcome.is_reached:
            values["is_reached"] = True
            values["reached_at"] = self.reached_at or at
        moment = None if outcome.is_final else self._get_next_at(outcome, next_at, at)
        if moment is None:
            return {**values, "state": "done", "done_at": at}
        values.update(state="waiting", next_at=moment)
        if next_at:
            # the customer expects the agent with whom he has agreed it
            values.update(is_promised=True)
            if attempt.user_id and self.campaign_id.mode == "preview":
                values.update(user_id=attempt.user_id.id, allocated_at=at)
        return values

    def _get_next_at(self, outcome, next_at, at):
        """When the customer is called again, or None: limits reached, or no number left."""
        campaign = self.campaign_id
        if not next_at:
            if campaign.attempts_total and self.attempt_count >= campaign.attempts_total:
                return None
            tries = len(self.attempt_ids.filtered(lambda attempt: attempt.outcome_id == outcome))
            if outcome.max_total and tries >= outcome.max_total:
                return None
            next_at = at + timedelta(minutes=outcome._get_wait_minutes(tries))
        if not self._get_number():
            return None
        is_day_over = (
            campaign.attempts_per_day and self._count_today(at) >= campaign.attempts_per_day
        ) or (outcome.max_per_day and self._count_today(at, outcome) >= outcome.max_per_day)
        if is_day_over:
            next_at = max(next_at, self._get_midnight(at + timedelta(days=1)))
        return campaign._get_next_calling_time(self.zone or campaign._get_own_zone(), next_at)

    def _after_finish(self, attempt):
        """Override to do more when an attempt has got its outcome. The call's line in the log of contacts names the
        campaign from now on."""
        call = attempt._find_call()
        if call.ended_at:
            self.env["gb.contact"]._log(call._prepare_contact_values())

    def _release(self, next_at=None):
        """Give claimed customers back as they were."""
        values = {
            "state": "waiting",
            "claimed_by_id": False,
            "claimed_at": False,
            "claimed_until": False,
        }
        if next_at:
            values["next_at"] = next_at
        self.filtered(lambda row: row.state == "claimed").write(values)

    def _exclude(self, reason):
        """They are not called any more. :param str reason: key of ``const.LASTING_REFUSALS``"""
        self.write(
            {
                "state": "excluded",
                "exclusion": reason,
                "claimed_by_id": False,
                "claimed_at": False,
                "claimed_until": False,
                "done_at": fields.Datetime.now(),
            }
        )

    # ------------------------------------------------------------------
    # Leads
    # ------------------------------------------------------------------

    def _make_lead(self, note="", user=None):
        """A lead of this customer, once. :return: crm.lead"""
        self.ensure_one()
        if not self.lead_id:
            self.lead_id = self.env["crm.lead"].create(self._prepare_lead_values(note, user))
        return self.lead_id

    def _prepare_lead_values(self, note, user):
        """Values of the lead of an interested customer; override to add more."""
        campaign = self.campaign_id
        return {
            "name": f"{campaign.name} · {self.partner_id.name}",
            "type": "opportunity",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "campaign_id": campaign.utm_campaign_id.id,
            "user_id": user.id if user else False,
            "description": plaintext2html(note) if note else False,
        }

    # ------------------------------------------------------------------
    # Leads of teams
    # ------------------------------------------------------------------

    def _check_lead(self):
        if not self.env.user.has_group("gb_callcenter.group_gb_lead"):
            raise AccessError(self.env._("Only team leads and managers change lists."))
        self.check_access("read")

    def action_exclude(self):
        """Take these customers off their lists."""
        self._check_lead()
        # rows are written by methods only
        self.sudo().filtered(lambda row: row.state in ("waiting", "claimed"))._exclude("stopped")
        return True

    def action_reopen(self):
        """Call these customers again: settled ones and those who were taken off by hand."""
        self._check_lead()
        rows_sudo = self.sudo().filtered(
            lambda row: row.state == "done" or row.exclusion == "stopped"
        )
        if not rows_sudo:
            raise UserError(
                self.env._(
                    "Only customers who are settled or were taken off by hand can be reopened."
                )
            )
        rows_sudo.write(
            {
                "state": "waiting",
                "exclusion": False,
                "next_at": fields.Datetime.now(),
                "done_at": False,
            }
        )
        return True

    def action_free(self):
        """Take these customers from their agents."""
        self._check_lead()
        for call_list, rows in self.sudo().grouped("list_id").items():
            call_list._allocate(dict.fromkeys(rows.ids, False))
        return True

    # ------------------------------------------------------------------
    # Jobs
    # ------------------------------------------------------------------

    @api.model
    def _release_expired(self, campaign=None, at=None):
        """Give back customers whose claim has run out. Those whose attempt has no outcome stay with their agent's list."""
        domain = [("state", "=", "claimed"), ("claimed_until", "<", at or fields.Datetime.now())]
        if campaign:
            domain.append(("campaign_id", "=", campaign.id))
        rows_sudo = self.sudo().search(domain, limit=EXPIRE_BATCH, order="claimed_until")
        rows_sudo = rows_sudo.try_lock_for_update(allow_referencing=True)
        rows_sudo._release()
        return len(rows_sudo)

    @api.model
    def _cron_release(self):
        """Claims that have run out; allocated customers whom nobody has called."""
        self._release_expired()
        self._recycle()

    @api.model
    def _recycle(self):
        """Free customers who were allocated to an agent and not called by him for as many days as their campaign says.

        Appointments stay with the agent who has made them.

        :return: how many
        """
        now = fields.Datetime.now()
        total = 0
        campaigns = (
            self.env["gb.campaign"]
            .sudo()
            .search([("state", "in", ("running", "paused")), ("recycle_days", ">", 0)])
        )
        for campaign in campaigns:
            before = fields.Datetime.subtract(now, days=campaign.recycle_days)
            rows_sudo = (
                self.sudo()
                .search(
                    Domain("campaign_id", "=", campaign.id)
                    & Domain("state", "=", "waiting")
                    & Domain("user_id", "!=", False)
                    & Domain("allocated_at", "<", before)
                    & (
                        Domain("last_attempt_at", "=", False)
                        | Domain("last_attempt_at", "<", before)
                    )
                    & Domain("is_promised", "=", False),
                    limit=RECYCLE_BATCH,
                )
                .try_lock_for_update(allow_referencing=True)
            )
            for count, rows in rows_sudo.grouped("recycled_count").items():
                rows.write({"user_id": False, "allocated_at": False, "recycled_count": count + 1})
            total += len(rows_sudo)
        return total
