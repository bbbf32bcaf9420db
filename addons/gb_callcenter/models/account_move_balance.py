from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted.filtered(lambda move: move.move_type == "out_invoice")._gb_take_reserved()
        return posted

    def _gb_take_reserved(self):
        """Let invoices take what their orders have reserved of the customer's balance."""
        for move in self:
            orders_sudo = move.sudo().line_ids.sale_line_ids.order_id.filtered(
                "gb_balance_reserved"
            )
            if not orders_sudo:
                continue
            partner_sudo = orders_sudo[0].partner_invoice_id.commercial_partner_id
            items = move.sudo().line_ids.filtered(
                lambda item: item.account_id.account_type == "asset_receivable"
            )
            left = partner_sudo._gb_use_credits(
                items, sum(orders_sudo.mapped("gb_balance_reserved")), move.company_id
            )
            for order in orders_sudo:
                taken = min(left, order.gb_balance_reserved)
                left -= taken
                order.gb_balance_reserved -= taken
