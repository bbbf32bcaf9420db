from odoo import api, fields, models


class SaleOrder(models.Model):
    """Where an order came from."""

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

    @api.depends("website_id")
    def _compute_gb_source(self):
        for order in self:
            order.gb_source = "web" if order.website_id else order.gb_source or "other"
