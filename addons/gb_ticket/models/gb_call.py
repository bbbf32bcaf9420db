from odoo import fields, models


class GbCall(models.Model):
    _inherit = "gb.call"

    gb_ticket_ids = fields.Many2many(
        "gb.ticket", "gb_ticket_call_rel", "call_id", "ticket_id", string="Work orders"
    )
