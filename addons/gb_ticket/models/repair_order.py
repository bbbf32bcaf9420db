from odoo import fields, models


class RepairOrder(models.Model):
    _inherit = "repair.order"

    gb_ticket_id = fields.Many2one(
        "gb.ticket", string="Work order", index="btree_not_null", copy=False, readonly=True
    )
    gb_cycle = fields.Integer(
        string="Cycle of the work order",
        copy=False,
        readonly=True,
        help="In which cycle it was made.",
    )
