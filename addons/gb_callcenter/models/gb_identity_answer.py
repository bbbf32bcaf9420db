from odoo import fields, models
from odoo.exceptions import AccessError


class GbIdentityAnswer(models.Model):
    """A question of an identity check, and whether it was answered rightly. The answer itself is not kept."""

    _name = "gb.identity.answer"
    _description = "Answer in an identity check"
    _order = "check_id, id"
    _rec_name = "question"

    check_id = fields.Many2one(
        "gb.identity.check", required=True, readonly=True, ondelete="cascade", index=True
    )
    question_id = fields.Many2one(
        "gb.identity.question",
        string="Configured question",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    question = fields.Char(required=True, readonly=True)
    is_right = fields.Boolean(string="Right", readonly=True)

    def write(self, vals):  # pylint: disable=method-required-super
        """Refused, to everybody."""
        raise AccessError(self.env._("A recorded identity check cannot be changed."))
