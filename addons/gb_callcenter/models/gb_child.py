from odoo import fields, models


class GbChild(models.Model):
    """A customer's child, born or expected; its age stage decides what the family needs."""

    _name = "gb.child"
    _description = "Customer's child"
    _order = "partner_id, birth_date, id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True
    )
    name = fields.Char()
    birth_date = fields.Date(string="Born or expected on", required=True, index=True)
    sex = fields.Selection([("female", "Girl"), ("male", "Boy")])
