from odoo import api, fields, models

# minutes after the end of a broadcast within which people still call because of it
WINDOWS = {
    "tv": 120,
    "radio": 60,
    "live": 180,
    "social": 3 * 1440,
    "print": 14 * 1440,
    "web": 1440,
    "outdoor": 1440,
    "other": 120,
}


class GbMedia(models.Model):
    """A channel that we advertise on: a television or radio station, a magazine, an account of a platform."""

    _name = "gb.media"
    _description = "Medium"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("tv", "Television"),
            ("radio", "Radio"),
            ("live", "Live stream"),
            ("social", "Social media"),
            ("print", "Print"),
            ("web", "Web"),
            ("outdoor", "Outdoor"),
            ("other", "Other"),
        ],
        required=True,
        default="tv",
    )
    color = fields.Integer()
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    hotline_id = fields.Many2one(
        "gb.hotline",
        string="Hotline shown",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Proposed for broadcasts of advertisements that have no number of their own.",
    )
    window_minutes = fields.Integer(
        string="Response window (min)",
        compute="_compute_window_minutes",
        store=True,
        readonly=False,
        precompute=True,
        help="How long after the end of a broadcast calls count for it. Proposed for new broadcasts.",
    )
    contract_ids = fields.One2many("gb.media.contract", "media_id", string="Contracts")
    broadcast_ids = fields.One2many("gb.media.broadcast", "media_id", string="Broadcasts")
    broadcast_count = fields.Integer(
        string="Number of broadcasts", compute="_compute_broadcast_count"
    )
    call_count = fields.Integer(string="Calls", compute="_compute_call_counts")
    answered_count = fields.Integer(string="Answered", compute="_compute_call_counts")

    _window_check = models.Constraint(
        "CHECK (window_minutes >= 0)", "A response window cannot be negative."
    )

    @api.depends("kind")
    def _compute_window_minutes(self):
        for media in self:
            media.window_minutes = WINDOWS.get(media.kind, WINDOWS["other"])

    def _compute_broadcast_count(self):
        counts = dict(
            self.env["gb.media.broadcast"]._read_group(
                [("media_id", "in", self.ids)], ["media_id"], ["__count"]
            )
        )
        for media in self:
            media.broadcast_count = counts.get(media, 0)

    def _compute_call_counts(self):
        totals = {}
        rows = self.env["gb.call"]._read_group(
            [("gb_broadcast_id.media_id", "in", self.ids)],
            ["gb_broadcast_id"],
            ["__count", "answered_at:count"],
        )
        for broadcast, calls, answered in rows:
            total = totals.setdefault(broadcast.sudo().media_id.id, [0, 0])
            total[0] += calls
            total[1] += answered
        for media in self:
            media.call_count, media.answered_count = totals.get(media.id, (0, 0))

    def action_view_broadcasts(self):
        """Open the schedule of this medium."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_campaign.gb_media_broadcast_action"
        )
        return dict(
            action,
            domain=[("media_id", "=", self.id)],
            context={"default_media_id": self.id},
        )
