from odoo import api, fields, models
from odoo.exceptions import AccessError

METHODS = [
    ("pin", "PIN"),
    ("facts", "Facts"),
    ("override", "Without check"),
    ("ivr", "PIN by telephone keys"),
]


class GbIdentityCheck(models.Model):
    """Somebody was asked to prove that he is a certain customer. Written once, changed by nobody."""

    _name = "gb.identity.check"
    _description = "Identity check"
    _order = "id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    call_id = fields.Many2one("gb.call", readonly=True, index="btree_not_null")
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        readonly=True,
        index="btree_not_null",
        help="Empty: the telephone system has asked.",
    )
    method = fields.Selection(METHODS, required=True, readonly=True)
    is_passed = fields.Boolean(string="Passed", readonly=True)
    answer_ids = fields.One2many(
        "gb.identity.answer", "check_id", string="Questions", readonly=True
    )
    reason = fields.Char(readonly=True, help="Why the agent went on without a check.")
    at = fields.Datetime(string="When", required=True, readonly=True, default=fields.Datetime.now)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )

    _partner_idx = models.Index("(partner_id, at DESC)")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._("Identity checks are recorded by the server; they cannot be entered.")
            )
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        """Refused, to everybody."""
        raise AccessError(self.env._("A recorded identity check cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("A recorded identity check cannot be deleted."))
