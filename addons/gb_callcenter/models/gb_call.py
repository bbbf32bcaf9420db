from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import CALL_DIRECTIONS, CALL_RESULTS, CALL_STATES, LOST_REASONS, NUMBER_STATES


class GbCall(models.Model):
    """A call, derived from its events (``gb.call.event``) and from nothing else.

    What the agent adds (disposition, note, customer) is an event too, so that a call can be built
    again from its events at any time. Durations are whole seconds, times UTC.
    """

    _name = "gb.call"
    _description = "Call"
    _order = "offered_at desc, id desc"
    _rec_names_search = ["number", "number_key"]
    _gb_masked_fields = ("number", "number_key", "dialled", "track")

    provider_id = fields.Many2one(
        "gb.telephony.provider", required=True, ondelete="restrict", readonly=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    linked_id = fields.Char(string="Id in the PBX", required=True, readonly=True)
    direction = fields.Selection(CALL_DIRECTIONS, required=True, readonly=True, default="inbound")
    state = fields.Selection(CALL_STATES, required=True, readonly=True, default="ivr")
    result = fields.Selection(CALL_RESULTS, readonly=True)
    lost_reason = fields.Selection(
        LOST_REASONS,
        string="Lost because",
        readonly=True,
        help="Why nobody talked with a customer who called.",
    )
    score = fields.Float(
        string="Satisfaction",
        readonly=True,
        digits=(3, 1),
        aggregator="avg",
        help="What the customer thought of the call, by key press after it: 5 is very satisfied; 0: not asked, or no answer.",
    )
    number = fields.Char(string="Customer's number", readonly=True)
    number_key = fields.Char(string="Number's identity", readonly=True, index=True)
    number_state = fields.Selection(
        NUMBER_STATES, string="Caller", readonly=True, default="unknown"
    )
    dialled = fields.Char(string="Number dialled", readonly=True)
    hotline_id = fields.Many2one("gb.hotline", readonly=True, index="btree_not_null")
    queue_id = fields.Many2one("gb.queue", readonly=True, index="btree_not_null")
    team_id = fields.Many2one("gb.team", readonly=True, index="btree_not_null")
    seat_id = fields.Many2one("gb.seat", readonly=True, index="btree_not_null")
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        readonly=True,
        index="btree_not_null",
        help="Who talked last with the customer, or whose seat rang last.",
    )
    partner_id = fields.Many2one("res.partner", string="Customer", index="btree_not_null")
    disposition_id = fields.Many2one("gb.disposition", index="btree_not_null")
    note = fields.Text()
    hangup_by = fields.Selection(
        [("customer", "Customer"), ("agent", "Agent"), ("system", "Telephone system")],
        string="Ended by",
        readonly=True,
    )
    offered_at = fields.Datetime(string="Offered", readonly=True)
    ivr_at = fields.Datetime(string="Menu from", readonly=True)
    ivr_end_at = fields.Datetime(string="Menu until", readonly=True)
    queued_at = fields.Datetime(string="Queued", readonly=True)
    ring_at = fields.Datetime(string="First ring", readonly=True)
    answered_at = fields.Datetime(string="Answered", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    wrap_end_at = fields.Datetime(string="After-call work until", readonly=True)
    wait_seconds = fields.Integer(
        string="Waiting (s)", readonly=True, aggregator="avg", help="In queue, ringing included."
    )
    talk_seconds = fields.Integer(
        string="Talk (s)", readonly=True, help="All agents, hold excluded."
    )
    hold_seconds = fields.Integer(string="Hold (s)", readonly=True)
    wrap_seconds = fields.Integer(string="After-call work (s)", readonly=True)
    handle_seconds = fields.Integer(
        string="Handling (s)", readonly=True, help="Talk + hold + after-call work."
    )
    track = fields.Json(string="Menu track", readonly=True)
    leg_ids = fields.One2many("gb.call.leg", "call_id", string="Legs", readonly=True)
    event_ids = fields.One2many("gb.call.event", "call_id", string="Events", readonly=True)
    recording_ids = fields.One2many("gb.recording", "call_id", string="Recordings", readonly=True)
    leg_count = fields.Integer(string="Seats rung", readonly=True)
    revision = fields.Integer(default=0, required=True, readonly=True)
    has_recording = fields.Boolean(compute="_compute_has_recording", search="_search_has_recording")
    is_wrap_up_open = fields.Boolean(
        string="To be filed",
        readonly=True,
        help="An agent talked and has not chosen a disposition yet.",
    )

    _linked_uniq = models.UniqueIndex("(provider_id, linked_id)")
    _list_idx = models.Index("(company_id, offered_at DESC, id DESC)")
    _partner_idx = models.Index("(partner_id, offered_at DESC) WHERE partner_id IS NOT NULL")
    _open_idx = models.Index("(provider_id, offered_at) WHERE ended_at IS NULL")
    _score_idx = models.Index("(company_id, offered_at) WHERE score > 0")
    _wrap_up_idx = models.Index("(user_id, ended_at) WHERE is_wrap_up_open")

    # what people may write; all else belongs to the events
    _AGENT_FIELDS = {"partner_id", "disposition_id", "note"}

    @api.depends("number", "partner_id", "offered_at")
    @api.depends_context("uid")
    def _compute_display_name(self):
        phones = self.env["gb.phone"]
        for call in self:
            who = call.partner_id.name or phones._mask(call.number) or self.env._("Withheld number")
            at = call.offered_at and fields.Datetime.context_timestamp(call, call.offered_at)
            call.display_name = f"{who} · {at:%Y-%m-%d %H:%M}" if at else who

    @api.model
    def _get_gb_number_domain(self, name, text, digits):
        return super()._get_gb_number_domain(
            "number_key" if name == "number" else name, text, digits
        )

    def _compute_has_recording(self):
        counts = dict(
            self.env["gb.recording"]
            .sudo()
            ._read_group(
                [("call_id", "in", self.ids), ("is_stored", "=", True)], ["call_id"], ["__count"]
            )
        )
        for call in self:
            call.has_recording = bool(counts.get(call))

    def _search_has_recording(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("recording_ids", "any", [("is_stored", "=", True)])]

    # ------------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._("Calls come from the telephone system; they cannot be entered by hand.")
            )
        return super().create(vals_list)

    def write(self, vals):
        """Only what an agent adds can be written; it is kept as an event and derived from there."""
        if self.env.su and self.env.context.get("gb_call_facts"):
            return super().write(vals)
        if facts := vals.keys() - self._AGENT_FIELDS:
            raise AccessError(
                self.env._(
                    "What the telephone system reported cannot be changed: %s",
                    ", ".join(sorted(facts)),
                )
            )
        self.check_access("write")
        if vals.get("partner_id"):
            self.env["res.partner"].browse(vals["partner_id"]).check_access("read")
        for call in self:
            call.sudo()._log_agent_event(dict(vals))
        return True

    def _log_agent_event(self, values, at=None, token=None):
        """Add what an agent did to the ledger and bring the call up to date.

        :param dict values: disposition_id, note, partner_id, wrap_end
        :param datetime at: when (UTC, naive), now by default
        """
        self.ensure_one()
        self.env["gb.call"].sudo()._ingest(
            self.provider_id.sudo(), [self._prepare_agent_event(values, at)], own=True
        )

    def _learn_number(self, partner):
        """Add the caller's number to the numbers of ``partner``, whom the agent has recognised."""
        self.ensure_one()
        call_sudo = self.sudo()
        if not partner or not call_sudo.number_key or call_sudo.direction == "internal":
            return
        phones_sudo = self.env[
            "gb.phone"
        ].sudo()  # agents may serve customers, not edit all numbers
        known = phones_sudo.search_count(
            [("partner_id", "=", partner.id), ("number_key", "=", call_sudo.number_key)], limit=1
        )
        if not known:
            phones_sudo.create(
                # in its international form: the customer's country may read the digits otherwise
                {"partner_id": partner.id, "number": call_sudo.number_key, "kind": "other"}
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_call_back(self):
        """Ring the customer back from the current user's seat."""
        self.ensure_one()
        if not self.number or self.number_state == "withheld":
            raise UserError(self.env._("This caller withheld his number."))
        self.env["gb.seat"].panel_dial(self.number, f"call-back-{self.id}-{self.env.cr.now()}")
        return True

    def action_open_partner(self):
        """Open the customer, or a new one with the number filled in."""
        self.ensure_one()
        action = {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "views": [[False, "form"]],
            "res_id": self.partner_id.id,
        }
        if not self.partner_id:
            # the number itself stays here when it is hidden from the agent
            number = self.env["gb.phone"]._mask(self.number)
            action["context"] = {"default_phone": number, "gb_call_id": self.id}
        return action

    def action_rebuild(self):
        """Derive these calls from their events again (managers)."""
        if not self.env.user.has_group("gb_callcenter.group_gb_manager"):
            raise AccessError(self.env._("Only call centre managers may do this."))
        for provider, calls in self.sudo().grouped("provider_id").items():
            self.sudo()._derive(provider, calls.mapped("linked_id"))
