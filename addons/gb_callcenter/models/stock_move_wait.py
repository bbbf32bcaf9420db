from odoo import models


class StockMove(models.Model):
    """Stock that becomes available is told to those who wait for it."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves.filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "internal"
                and move.location_id.usage != "internal"
            )
        )._tell_gb_waiting_customers()
        return moves

    def _action_cancel(self):
        promised = self.filtered(
            lambda move: (
                move.state not in ("done", "cancel") and move.location_id.usage == "internal"
            )
        )
        result = super()._action_cancel()
        promised.filtered(lambda move: move.state == "cancel")._tell_gb_waiting_customers()
        return result

    def _tell_gb_waiting_customers(self):
        for company, moves in self.grouped("company_id").items():
            self.env["gb.product.wait"]._notify_back_in_stock(moves.product_id, company)
