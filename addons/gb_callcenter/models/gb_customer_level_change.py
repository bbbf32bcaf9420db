from odoo import fields, models


class GbCustomerLevelChange(models.Model):
    """A customer went from one level to another. Written by the scoring job and by levels set by hand."""

    _name = "gb.customer.level.change"
    _description = "Change of a customer's level"
    _order = "id desc"
    _rec_name = "to_level_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True
    )
    from_level_id = fields.Many2one("gb.customer.level", string="From", ondelete="set null")
    to_level_id = fields.Many2one("gb.customer.level", string="To", ondelete="set null")
    at = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", string="By", ondelete="set null", help="Empty: by the rules."
    )
