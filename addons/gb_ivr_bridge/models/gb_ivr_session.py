from odoo import fields, models


class GbIvrSession(models.Model):
    """A caller's way through a menu: who he is, what he has ordered. Answers the flow's questions (``_answer_<name>``)."""

    _name = "gb.ivr.session"
    _description = "Session of an IVR flow"
    _order = "started_at desc, id desc"
    _rec_name = "reference"
    _gb_masked_fields = ("number",)

    provider_id = fields.Many2one(
        "gb.telephony.provider", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    reference = fields.Char(string="Id in the PBX", required=True, readonly=True)
    call_id = fields.Many2one("gb.call", readonly=True, ondelete="set null", index="btree_not_null")
    linked_id = fields.Char(readonly=True)
    flow_id = fields.Many2one(
        "gb.ivr.flow",
        string="Menu",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The flow that the caller heard first.",
    )
    hotline_id = fields.Many2one("gb.hotline", readonly=True, ondelete="set null")
    number = fields.Char(string="Caller's number", readonly=True)
    language = fields.Char(readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        ondelete="set null",
        help="Known by the caller's number, or by member number and PIN.",
    )
    is_verified = fields.Boolean(
        string="Verified", readonly=True, help="The caller has given the right PIN."
    )
    pin_tries = fields.Integer(
        string="Wrong PINs", readonly=True, help="Of any member, in this session."
    )
    pending_checks = fields.Json(
        groups=fields.NO_ACCESS, help="Identity checks that wait for the session's call."
    )
    order_id = fields.Many2one(
        "sale.order",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The last one that the caller confirmed in the menu.",
    )
    told_total = fields.Float(
        groups=fields.NO_ACCESS, help="The amount that was read to the caller last."
    )
    started_at = fields.Datetime(string="Begun", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    end_reason = fields.Selection(
        [
            ("hangup", "Ended by the menu"),
            ("caller", "Caller hung up"),
            ("transfer", "Handed over"),
            ("fallback", "To the hotline's queue"),
        ],
        string="End",
        readonly=True,
    )
    step_count = fields.Integer(string="Steps taken", readonly=True, aggregator="avg")
    last_label = fields.Char(
        string="Last node", readonly=True, help="Where the caller left the menu, or is now."
    )
    seconds = fields.Integer(string="Time in the menu (s)", readonly=True, aggregator="avg")
    is_self_served = fields.Boolean(
        string="Without an agent",
        readonly=True,
        help="The session has ended, and the caller neither waited for an agent nor was put through to one.",
    )
    self_service_percent = fields.Float(
        string="Self-service rate (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Ended sessions whose caller neither waited for an agent nor was put through to one, of all ended sessions.",
    )
    step_ids = fields.One2many("gb.ivr.step", "session_id", string="Steps", readonly=True)

    _reference_uniq = models.UniqueIndex("(provider_id, reference)")
    _list_idx = models.Index("(company_id, started_at DESC, id DESC)")
    _partner_idx = models.Index("(partner_id, started_at DESC) WHERE partner_id IS NOT NULL")
    _linked_idx = models.Index("(provider_id, linked_id)")
