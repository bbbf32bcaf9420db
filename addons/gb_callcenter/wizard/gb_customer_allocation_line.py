from odoo import fields, models


class GbCustomerAllocationLine(models.TransientModel):
    """Preview: how many customers an agent would get."""

    _name = "gb.customer.allocation.line"
    _description = "Agent in an allocation"
    _order = "id"

    allocation_id = fields.Many2one(
        "gb.customer.allocation", required=True, ondelete="cascade", index=True
    )
    user_id = fields.Many2one("res.users", string="Agent", readonly=True)
    before_count = fields.Integer(string="Has", readonly=True)
    new_count = fields.Integer(string="Gets", readonly=True)
    capacity = fields.Integer(readonly=True, aggregator=None)
