from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import VARIABLE


class GbIvrValue(models.Model):
    """A name and a value of a node: a variable that is set, what is sent to another system, what is taken from its answer."""

    _name = "gb.ivr.value"
    _description = "Value of an IVR node"
    _order = "node_id, role, sequence, id"

    node_id = fields.Many2one("gb.ivr.node", required=True, ondelete="cascade", index=True)
    role = fields.Selection(
        [("set", "Variable"), ("argument", "Sent"), ("result", "Taken from the answer")],
        required=True,
        default="set",
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    value = fields.Char(help="May have placeholders: {variable} or {variable|format}.")

    @api.constrains("name", "role")
    def _check_name(self):
        for value in self:
            if value.role != "argument" and not VARIABLE.fullmatch(value.name):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” cannot name a variable: use letters, digits and _.",
                        name=value.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        values = super().create(vals_list)
        values.node_id._check_editable()
        return values

    def write(self, vals):
        self.node_id._check_editable()
        return super().write(vals)

    def unlink(self):
        self.node_id._check_editable()
        return super().unlink()
