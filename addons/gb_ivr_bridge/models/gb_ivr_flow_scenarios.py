from odoo import fields, models


class GbIvrFlow(models.Model):
    _inherit = "gb.ivr.flow"

    scenario_ids = fields.One2many("gb.ivr.scenario", "flow_id", string="Scenarios")
    scenario_policy = fields.Selection(
        [
            ("warn", "Ask whether to publish nevertheless"),
            ("refuse", "Do not publish"),
            ("none", "Are not run"),
        ],
        string="When scenarios fail",
        required=True,
        default="warn",
    )
