from odoo import fields, models


class GbBalancePayment(models.TransientModel):
    """Money that a customer pays in advance, or gets back of it."""

    _name = "gb.balance.payment"
    _description = "Payment to or from a customer's balance"

    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    kind = fields.Selection(
        [("prepay", "Payment in advance"), ("refund", "Pay back")], required=True, default="prepay"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    balance = fields.Monetary(compute="_compute_balance")
    amount = fields.Monetary(required=True)
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    memo = fields.Char()

    def _compute_balance(self):
        for wizard in self:
            wizard.balance = wizard.partner_id._get_gb_balance(wizard.company_id)

    def action_pay(self):
        """Book it."""
        self.ensure_one()
        self.partner_id._check_gb_balance_user(self.company_id)
        pay = (
            self.partner_id._gb_prepay
            if self.kind == "prepay"
            else self.partner_id._gb_refund_balance
        )
        pay(self.amount, self.journal_id, self.date, self.memo, self.company_id)
        return {"type": "ir.actions.act_window_close"}
