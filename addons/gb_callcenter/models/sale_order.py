from odoo import api, fields, models

PAYMENT_MEANS = [
    ("cash_on_delivery", "Cash on delivery"),
    ("payment_link", "Payment link"),
    ("bank_transfer", "Bank transfer"),
    ("balance", "Customer's balance"),
]
DELIVERY_WINDOWS = [
    ("any", "Any time"),
    ("morning", "9–12"),
    ("afternoon", "12–18"),
    ("evening", "18–21"),
]


class SaleOrder(models.Model):
    """Where an order came from, and what was agreed with the customer on the telephone."""

    _inherit = "sale.order"

    gb_source = fields.Selection(
        [("phone", "Telephone"), ("web", "Web shop"), ("chat", "Chat"), ("other", "Other")],
        string="Order source",
        compute="_compute_gb_source",
        store=True,
        readonly=False,
        precompute=True,
    )
    gb_call_id = fields.Many2one(
        "gb.call", string="Call", readonly=True, copy=False, index="btree_not_null"
    )
    gb_agent_id = fields.Many2one(
        "res.users", string="Agent", readonly=True, copy=False, index="btree_not_null"
    )
    gb_desk_key = fields.Char(
        string="Draft of the order desk",
        readonly=True,
        copy=False,
        help="Agent, customer and call of a draft at the order desk: there is one draft for them.",
    )
    gb_confirm_key = fields.Char(
        string="Confirmation",
        readonly=True,
        copy=False,
        help="Sent with the confirmation: the same one confirms once.",
    )
    gb_payment_means = fields.Selection(PAYMENT_MEANS, string="Payment means", copy=False)
    gb_payment_link = fields.Char(string="Payment link", readonly=True, copy=False)
    gb_payment_channel = fields.Selection(
        [("sms", "SMS"), ("email", "E-mail")], string="Payment link by", copy=False
    )
    gb_ship_unpaid = fields.Boolean(
        string="Send before it is paid",
        copy=False,
        help="Parcels of orders by payment link or bank transfer leave when the order is paid, unless this is set.",
    )
    gb_delivery_date = fields.Date(string="Wished delivery", copy=False)
    gb_delivery_window = fields.Selection(
        DELIVERY_WINDOWS, string="Wished time", default="any", copy=False
    )
    gb_invoice_wanted = fields.Boolean(string="Invoice with the parcel", copy=False)
    gb_invoice_title = fields.Char(string="Invoice title", copy=False)
    gb_invoice_tax_number = fields.Char(string="Invoice tax number", copy=False)

    _gb_desk_key_uniq = models.UniqueIndex(
        "(gb_desk_key) WHERE gb_desk_key IS NOT NULL", "There is such a draft already."
    )
    _gb_confirm_key_uniq = models.UniqueIndex(
        "(gb_confirm_key) WHERE gb_confirm_key IS NOT NULL",
        "This confirmation belongs to another order.",
    )

    @api.depends("website_id")
    def _compute_gb_source(self):
        for order in self:
            order.gb_source = "web" if order.website_id else order.gb_source or "other"
