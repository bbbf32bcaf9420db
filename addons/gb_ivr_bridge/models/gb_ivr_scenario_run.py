from odoo import fields, models


class GbIvrScenarioRun(models.Model):
    """How a scenario went the last time with a version. Written by the simulator only."""

    _name = "gb.ivr.scenario.run"
    _description = "Result of an IVR scenario"
    _order = "run_at desc, id desc"
    _rec_name = "scenario_id"

    scenario_id = fields.Many2one(
        "gb.ivr.scenario", required=True, readonly=True, ondelete="cascade", index=True
    )
    version_id = fields.Many2one(
        "gb.ivr.version", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="scenario_id.company_id", store=True)
    is_passed = fields.Boolean(string="Passed", readonly=True)
    differences = fields.Text(readonly=True)
    revision = fields.Integer(readonly=True)
    run_at = fields.Datetime(string="Run", readonly=True)

    _once = models.Constraint(
        "UNIQUE(scenario_id, version_id)", "A scenario has one result for each version."
    )
