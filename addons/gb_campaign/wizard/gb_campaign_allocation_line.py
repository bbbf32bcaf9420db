from odoo import fields, models


class GbCampaignAllocationLine(models.TransientModel):
    """Preview: how many customers an agent would get."""

    _name = "gb.campaign.allocation.line"
    _description = "Agent in the allocation of a list"
    _order = "id"

    allocation_id = fields.Many2one(
        "gb.campaign.allocation", required=True, ondelete="cascade", index=True
    )
    user_id = fields.Many2one("res.users", string="Agent", readonly=True)
    before_count = fields.Integer(string="Has", readonly=True)
    new_count = fields.Integer(string="Gets", readonly=True)
