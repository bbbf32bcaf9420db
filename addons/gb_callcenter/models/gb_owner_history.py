from odoo import api, fields, models
from odoo.exceptions import UserError

REASONS = [
    ("allocation", "Allocation"),
    ("claim", "Taken from the pool"),
    ("give_back", "Given back"),
    ("recovery", "Not contacted"),
    ("manual", "By hand"),
]


class GbOwnerHistory(models.Model):
    """A customer got another owner. Written once, never changed."""

    _name = "gb.owner.history"
    _description = "Owner of a customer"
    _order = "id desc"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True
    )
    pool_id = fields.Many2one("gb.customer.pool", ondelete="set null")
    from_user_id = fields.Many2one("res.users", string="From", ondelete="set null")
    to_user_id = fields.Many2one("res.users", string="To", ondelete="set null")
    user_id = fields.Many2one(
        "res.users", string="By", ondelete="set null", help="Empty: by a rule."
    )
    reason = fields.Selection(REASONS, required=True)
    note = fields.Char()
    at = fields.Datetime(string="When", required=True, default=fields.Datetime.now, index=True)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The history of owners cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The history of owners cannot be deleted."))
