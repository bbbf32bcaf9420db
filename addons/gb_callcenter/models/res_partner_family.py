from odoo import api, fields, models
from odoo.fields import Domain

from .res_partner_profile import PROFILE_GROUPS


class ResPartner(models.Model):
    """The stages that the customer's children are in today."""

    _inherit = "res.partner"

    gb_child_stage_ids = fields.Many2many(
        "gb.age.stage",
        string="Children's stages",
        compute="_compute_gb_child_stage_ids",
        search="_search_gb_child_stage_ids",
        groups=PROFILE_GROUPS,
    )

    @api.depends("gb_child_ids.stage_id")
    def _compute_gb_child_stage_ids(self):
        for partner in self:
            partner.gb_child_stage_ids = partner.gb_child_ids.stage_id

    def _search_gb_child_stage_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        return Domain("gb_child_ids", "any", [("stage_id", operator, value)])
