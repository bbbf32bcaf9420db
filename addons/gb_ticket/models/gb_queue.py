from odoo import fields, models


class GbQueue(models.Model):
    _inherit = "gb.queue"

    gb_ticket_type_id = fields.Many2one(
        "gb.ticket.type",
        string="Calls usually become",
        help="Type that a work order made from a call of this queue begins with.",
    )
