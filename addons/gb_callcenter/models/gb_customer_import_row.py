from odoo import fields, models


class GbCustomerImportRow(models.Model):
    """A row of the file, as it was read, and what became of it."""

    _name = "gb.customer.import.row"
    _description = "Row of a customer import"
    _order = "import_id, id"
    _rec_name = "line"
    _log_access = False

    import_id = fields.Many2one(
        "gb.customer.import", required=True, readonly=True, ondelete="cascade"
    )
    line = fields.Integer(readonly=True)
    data = fields.Json(readonly=True)
    text = fields.Char(string="Contents", compute="_compute_text")
    state = fields.Selection(
        [
            ("new", "To be imported"),
            ("created", "Created"),
            ("updated", "Updated"),
            ("skipped", "Left as it was"),
            ("error", "Has errors"),
        ],
        required=True,
        default="new",
        readonly=True,
    )
    error = fields.Char(string="What is wrong", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="set null", index=True
    )

    _state_idx = models.Index("(import_id, state, id)")

    def _compute_text(self):
        for row in self:
            row.text = " · ".join(text for text in (row.data or {}).values() if text)
