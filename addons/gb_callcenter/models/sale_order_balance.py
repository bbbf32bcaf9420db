from odoo import fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """Orders that are paid from what the customer has with us."""

    _inherit = "sale.order"

    gb_balance_reserved = fields.Monetary(
        string="Reserved of the balance",
        readonly=True,
        copy=False,
        help="Of the customer's balance, until the invoice takes it.",
    )

    def _gb_pay_from_balance(self):
        """Reserve the order's amount from the customer's balance; its invoices take it when they are posted. The same order
        reserves once.

        :raises UserError: when the balance does not suffice, or the order is in another currency
        :return: the amount reserved
        """
        self.ensure_one()
        order_sudo = self.sudo()  # the desk has checked the agent
        if order_sudo.currency_id != order_sudo.company_id.currency_id:
            raise UserError(
                self.env._("Only orders in the company's currency are paid from the balance.")
            )
        partner_sudo = order_sudo.partner_invoice_id.commercial_partner_id
        partner_sudo._lock_gb_balance()
        order_sudo.invalidate_recordset(["gb_balance_reserved"])
        if order_sudo.gb_balance_reserved:
            return order_sudo.gb_balance_reserved
        amount = order_sudo.amount_total - sum(
            order_sudo.invoice_ids.filtered(
                lambda move: move.state == "posted" and move.move_type == "out_invoice"
            ).mapped("amount_total")
        )
        if order_sudo.currency_id.compare_amounts(amount, 0) <= 0:
            return 0.0
        partner_sudo._check_gb_balance(amount, order_sudo.company_id)
        order_sudo.gb_balance_reserved = amount
        order_sudo.flush_recordset(["gb_balance_reserved"])
        return amount

    def _action_cancel(self):
        result = super()._action_cancel()
        reserved = self.sudo().filtered("gb_balance_reserved")
        if reserved:
            reserved.gb_balance_reserved = 0.0
        return result
