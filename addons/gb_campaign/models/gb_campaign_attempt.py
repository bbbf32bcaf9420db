from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..const import CATEGORIES, DIAL_STATES, MODES

# a call is reported by the telephone system, on its own clock
CLOCK_TOLERANCE = timedelta(seconds=10)
CALL_WINDOW = timedelta(minutes=5)


class GbCampaignAttempt(models.Model):
    """One try to reach a customer. Written before anything is dialled; what is heard of it afterwards is added."""

    _name = "gb.campaign.attempt"
    _description = "Attempt to reach a customer"
    _order = "at desc, id desc"

    row_id = fields.Many2one("gb.campaign.row", required=True, ondelete="cascade", index=True)
    list_id = fields.Many2one("gb.campaign.list", required=True, ondelete="cascade", index=True)
    campaign_id = fields.Many2one("gb.campaign", required=True, ondelete="cascade")
    campaign_kind = fields.Selection(related="campaign_id.kind")
    company_id = fields.Many2one("res.company", required=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    number_id = fields.Many2one(
        "gb.campaign.number",
        string="Number on the list",
        ondelete="set null",
        index="btree_not_null",
    )
    phone_id = fields.Many2one(
        "gb.phone", string="Number", ondelete="set null", index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", string="Agent", index="btree_not_null")
    at = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    mode = fields.Selection(MODES, required=True, default="preview")
    state = fields.Selection(DIAL_STATES, string="How the call went", required=True, default="new")
    click_key = fields.Char(readonly=True, copy=False)
    answered_at = fields.Datetime(string="Answered")
    ended_at = fields.Datetime(string="Finished")
    call_id = fields.Many2one("gb.call", ondelete="set null", index="btree_not_null")
    talk_seconds = fields.Integer(related="call_id.talk_seconds")
    outcome_id = fields.Many2one("gb.campaign.outcome", ondelete="restrict")
    outcome_category = fields.Selection(CATEGORIES, string="Came of it")
    is_reached = fields.Boolean(string="Reached")
    next_at = fields.Datetime(string="Next contact")
    note = fields.Text()
    answers = fields.Json(help="What the customer answered to the script: [[question, answer], …].")
    attempt_count = fields.Integer(
        string="Attempts", default=1, readonly=True, help="1, to be added up in reports."
    )
    reached_count = fields.Integer(
        string="Reached (number)", compute="_compute_shares", store=True, precompute=True
    )
    success_count = fields.Integer(
        string="Successes", compute="_compute_shares", store=True, precompute=True
    )

    _campaign_at_idx = models.Index("(campaign_id, at DESC, id DESC)")
    _partner_at_idx = models.Index("(partner_id, at DESC, id DESC)")
    _open_idx = models.Index("(user_id, at) WHERE outcome_id IS NULL")
    _click_key_uniq = models.UniqueIndex("(user_id, click_key) WHERE click_key IS NOT NULL")

    @api.depends("is_reached", "outcome_category")
    def _compute_shares(self):
        for attempt in self:
            attempt.reached_count = int(attempt.is_reached)
            attempt.success_count = int(attempt.outcome_category == "success")

    @api.depends("partner_id", "at")
    def _compute_display_name(self):
        for attempt in self:
            at = attempt.at and fields.Datetime.context_timestamp(attempt, attempt.at)
            attempt.display_name = (
                f"{attempt.partner_id.name} · {at:%Y-%m-%d %H:%M}"
                if at
                else attempt.partner_id.name
            )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._("Attempts come from calling; they cannot be entered by hand.")
            )
        return super().create(vals_list)

    # ------------------------------------------------------------------
    # Calls (needs sudo)
    # ------------------------------------------------------------------

    def _find_call(self):
        """The agent's own call that this attempt has become, as far as it is known yet; it is remembered."""
        for attempt in self.filtered(lambda attempt: not attempt.call_id and attempt.phone_id):
            attempt.call_id = self.env["gb.call"].search(
                [
                    ("direction", "=", "outbound"),
                    ("user_id", "=", attempt.user_id.id),
                    ("number_key", "=", attempt.phone_id.number_key),
                    ("offered_at", ">=", attempt.at - CLOCK_TOLERANCE),
                    ("offered_at", "<=", (attempt.ended_at or attempt.at) + CALL_WINDOW),
                ],
                order="offered_at",
                limit=1,
            )
        return self.call_id

    @api.model
    def _follow_calls(self, calls):
        """Link agents' outbound calls that have just been reported to the attempts from which they were dialled.
        The same calls again change nothing."""
        calls = calls.filtered(
            lambda call: call.direction == "outbound" and call.user_id and call.number_key
        )
        if not calls:
            return
        attempts = self.search(
            [
                ("user_id", "in", calls.user_id.ids),
                ("call_id", "=", False),
                ("phone_id", "!=", False),
                ("at", ">=", min(calls.mapped("offered_at")) - CALL_WINDOW),
                ("at", "<=", max(calls.mapped("offered_at")) + CLOCK_TOLERANCE),
            ],
            order="at desc",
        )
        linked = set(self.search([("call_id", "in", calls.ids)]).call_id.ids if attempts else [])
        for call in calls:
            if call.id in linked:
                continue
            for attempt in attempts:
                if (
                    not attempt.call_id
                    and attempt.user_id == call.user_id
                    and attempt.phone_id.number_key == call.number_key
                    and -CALL_WINDOW <= attempt.at - call.offered_at <= CLOCK_TOLERANCE
                ):
                    attempt.call_id = call
                    break
        for attempt in self.search([("call_id", "in", calls.ids), ("mode", "=", "preview")]):
            call = attempt.call_id
            state = "connected" if call.answered_at else "dialling"
            if attempt.state != state and attempt.state in ("new", "dialling"):
                attempt.write({"state": state, "answered_at": call.answered_at})
