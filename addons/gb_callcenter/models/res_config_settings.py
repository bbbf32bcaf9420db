from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    group_gb_agents_see_numbers = fields.Boolean(
        string="Agents see full telephone numbers",
        group="gb_callcenter.group_gb_agent",
        implied_group="gb_callcenter.group_gb_see_numbers",
    )
