from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    gb_ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", index="btree_not_null", copy=False, readonly=True
    )

    def _get_gb_paid(self):
        """Money that was paid for an invoice or paid back for a credit note; what was set off against other documents does
        not count.

        :return: amount in the company's currency
        """
        self.ensure_one()
        lines = self.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        paid = 0.0
        for partial in lines.matched_debit_ids | lines.matched_credit_ids:
            counterpart = (partial.debit_move_id | partial.credit_move_id) - lines
            if not counterpart.move_id.is_invoice(include_receipts=True):
                paid += partial.amount
        # payments of journals that make no entry before the bank's statement
        waiting = self.matched_payment_ids.filtered(
            lambda payment: not payment.move_id and payment.state == "paid"
        )
        return paid + abs(sum(waiting.mapped("amount_company_currency_signed")))
