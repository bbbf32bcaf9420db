from odoo import api, fields, models
from odoo.exceptions import ValidationError


class GbMediaContract(models.Model):
    """What a medium costs in a period. The costs of its broadcasts follow from it."""

    _name = "gb.media.contract"
    _description = "Media contract"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Contract number", required=True, tracking=True)
    active = fields.Boolean(default=True)
    media_id = fields.Many2one(
        "gb.media",
        string="Medium",
        required=True,
        check_company=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one("res.partner", string="Supplier", tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today, tracking=True
    )
    date_to = fields.Date(string="Until", tracking=True, help="The last day. Empty: no end agreed.")
    price_model = fields.Selection(
        [
            ("lump_sum", "Lump sum"),
            ("per_broadcast", "Per broadcast"),
            ("per_call", "Per call"),
            ("share", "Share of sales"),
        ],
        required=True,
        default="per_broadcast",
        tracking=True,
    )
    amount = fields.Monetary(
        tracking=True,
        help="Of the whole contract (shared equally among its broadcasts), of a broadcast or of a call that was attributed.",
    )
    share = fields.Float(
        string="Share of sales",
        digits=(5, 4),
        tracking=True,
        help="Part of the net sales that were attributed.",
    )
    note = fields.Text()
    document_ids = fields.Many2many(
        "ir.attachment",
        "gb_media_contract_document_rel",
        string="Documents",
        bypass_search_access=True,
    )
    bill_ids = fields.Many2many(
        "account.move",
        "gb_media_contract_bill_rel",
        string="Vendor bills",
        domain="[('move_type', 'in', ('in_invoice', 'in_refund')), ('company_id', '=', company_id)]",
        check_company=True,
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    broadcast_ids = fields.One2many("gb.media.broadcast", "contract_id", string="Broadcasts")
    broadcast_count = fields.Integer(
        string="Number of broadcasts", compute="_compute_broadcast_count"
    )

    _amount_check = models.Constraint(
        "CHECK (amount >= 0 AND share >= 0 AND share <= 1)",
        "An amount cannot be negative; a share is between 0 and 100 %.",
    )
    _period_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)", "A contract ends after it begins."
    )

    def _compute_broadcast_count(self):
        counts = dict(
            self.env["gb.media.broadcast"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.broadcast_count = counts.get(contract, 0)

    @api.constrains("date_from", "date_to", "media_id", "broadcast_ids")
    def _check_broadcasts(self):
        for broadcast in self.broadcast_ids:
            broadcast._check_contract()

    @api.constrains("price_model", "share")
    def _check_share(self):
        for contract in self:
            if contract.price_model == "share" and not contract.share:
                raise ValidationError(self.env._("Say which share of the sales the medium gets."))

    def _covers(self, day):
        """Whether ``day`` is in the contract's period. :rtype: bool"""
        self.ensure_one()
        return self.date_from <= day and (not self.date_to or day <= self.date_to)

    def _get_unit_cost(self, day):
        """The contract's amount in the company's currency, at the rate of ``day``. :rtype: float"""
        self.ensure_one()
        return self.currency_id._convert(
            self.amount, self.company_id.currency_id, self.company_id, day
        )

    def action_view_broadcasts(self):
        """Open the schedule under this contract."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_campaign.gb_media_broadcast_action"
        )
        return dict(
            action,
            domain=[("contract_id", "=", self.id)],
            context={"default_media_id": self.media_id.id, "default_contract_id": self.id},
        )
