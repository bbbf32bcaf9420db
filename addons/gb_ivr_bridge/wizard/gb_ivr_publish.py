from odoo import fields, models


class GbIvrPublish(models.TransientModel):
    """Scenarios fail: publish nevertheless?"""

    _name = "gb.ivr.publish"
    _description = "Publish an IVR flow although scenarios fail"

    version_id = fields.Many2one("gb.ivr.version", required=True, readonly=True, ondelete="cascade")
    run_ids = fields.Many2many("gb.ivr.scenario.run", string="Failing scenarios", readonly=True)

    def action_publish(self):
        """Publish the version in spite of its scenarios."""
        self.ensure_one()
        version = self.version_id.with_context(gb_scenarios_confirmed=True)
        result = version.action_publish()
        return result or {"type": "ir.actions.act_window_close"}
