from odoo import fields, models


class GbMedia(models.Model):
    """A medium in which one of our hotline numbers is shown."""

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
            ("print", "Print"),
            ("web", "Web"),
            ("outdoor", "Outdoor"),
            ("other", "Other"),
        ],
        required=True,
        default="tv",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    hotline_id = fields.Many2one(
        "gb.hotline",
        string="Hotline shown",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    call_count = fields.Integer(string="Calls", compute="_compute_call_counts")
    answered_count = fields.Integer(string="Answered", compute="_compute_call_counts")

    _hotline_uniq = models.UniqueIndex(
        "(hotline_id) WHERE hotline_id IS NOT NULL AND active",
        "Another medium shows this hotline: its calls could not be told apart.",
    )

    def _compute_call_counts(self):
        rows = self.env["gb.call"]._read_group(
            [("hotline_id", "in", self.hotline_id.ids)],
            ["hotline_id"],
            ["__count", "answered_at:count"],
        )
        counts = {hotline: (total, answered) for hotline, total, answered in rows}
        for media in self:
            media.call_count, media.answered_count = counts.get(media.hotline_id, (0, 0))
