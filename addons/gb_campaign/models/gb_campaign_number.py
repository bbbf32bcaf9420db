from odoo import fields, models


class GbCampaignNumber(models.Model):
    """A number at which a customer on a list can be reached. The number itself stays with the customer."""

    _name = "gb.campaign.number"
    _description = "Number on a call list"
    _order = "row_id, sequence, id"
    _rec_name = "phone_id"

    row_id = fields.Many2one("gb.campaign.row", required=True, ondelete="cascade", index=True)
    phone_id = fields.Many2one(
        "gb.phone", string="Customer's number", required=True, ondelete="cascade", index=True
    )
    number = fields.Char(related="phone_id.number")
    kind = fields.Selection(related="phone_id.kind")
    sequence = fields.Integer(default=10)
    is_spent = fields.Boolean(string="No good", help="Is not dialled again in this campaign.")
    attempt_count = fields.Integer(string="Attempts", readonly=True)

    _row_phone_uniq = models.UniqueIndex("(row_id, phone_id)")
