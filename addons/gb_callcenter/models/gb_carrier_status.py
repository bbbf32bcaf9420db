from odoo import api, fields, models

DELIVERY_STATES = [
    ("accepted", "Accepted"),
    ("in_transit", "In transit"),
    ("out_for_delivery", "Out for delivery"),
    ("exception", "Exception"),
    ("refused", "Refused"),
    ("returned", "Returned"),
    ("lost", "Lost on the way"),
    ("delivered", "Delivered"),
]


class GbCarrierStatus(models.Model):
    """What a carrier's code or wording means. A code goes before a wording, a carrier's own before everybody's."""

    _name = "gb.carrier.status"
    _description = "Carrier's state"
    _order = "sequence, id"

    carrier_id = fields.Many2one(
        "gb.carrier", ondelete="cascade", index=True, help="Empty: for every carrier."
    )
    company_id = fields.Many2one(related="carrier_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    code = fields.Char(help="The carrier's code; upper and lower case are the same.")
    text = fields.Char(string="Wording", help="What the carrier's text has in it.")
    state = fields.Selection(DELIVERY_STATES, string="Means", required=True)

    _says_something = models.Constraint(
        "CHECK(COALESCE(code, '') != '' OR COALESCE(text, '') != '')",
        "Fill in the carrier's code or a wording.",
    )

    @api.depends("code", "text", "state")
    def _compute_display_name(self):
        for status in self:
            status.display_name = status.code or status.text or ""

    @api.model
    def _get_reader(self, carrier):
        """:return: function (code, text) that returns the state, or False when it is not known"""
        rows = self.sudo().search([("carrier_id", "in", [carrier.id, False])])
        rows = rows.sorted(lambda row: (not row.carrier_id, row.sequence, row.id))
        codes, texts = {}, []
        for row in rows:
            if row.code:
                codes.setdefault(row.code.strip().casefold(), row.state)
            else:
                texts.append((row.text.strip().casefold(), row.state))

        def read(code, text):
            state = codes.get((code or "").strip().casefold())
            if state:
                return state
            wording = (text or "").casefold()
            return next((state for part, state in texts if part in wording), False)

        return read
