from odoo import fields, models


class GbCustomerGiveBack(models.TransientModel):
    """Why customers are given back to their pool."""

    _name = "gb.customer.give.back"
    _description = "Give customers back"

    partner_ids = fields.Many2many("res.partner", string="Customers", required=True)
    reason = fields.Char(required=True)

    def action_give_back(self):
        """Give them back."""
        self.ensure_one()
        self.partner_ids.gb_give_back(self.reason)
        return {"type": "ir.actions.act_window_close"}
