from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import START_VARIABLES, VARIABLE


class GbIvrVariable(models.Model):
    """A variable that a version of a flow begins with, so that it is never empty."""

    _name = "gb.ivr.variable"
    _description = "Variable of an IVR flow"
    _order = "version_id, name, id"

    version_id = fields.Many2one("gb.ivr.version", required=True, ondelete="cascade", index=True)
    name = fields.Char(required=True)
    value = fields.Char(string="Begins as")

    _name_uniq = models.Constraint(
        "UNIQUE(version_id, name)", "This version has a variable of this name already."
    )

    @api.constrains("name")
    def _check_name(self):
        for variable in self:
            if not VARIABLE.fullmatch(variable.name) or variable.name in START_VARIABLES:
                raise ValidationError(
                    self.env._("“%(name)s” cannot name a variable.", name=variable.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        variables = super().create(vals_list)
        variables.version_id._check_editable()
        return variables

    def write(self, vals):
        self.version_id._check_editable()
        return super().write(vals)

    def unlink(self):
        self.version_id._check_editable()
        return super().unlink()
