from odoo import fields, models
from odoo.exceptions import ValidationError


class GbIvrVersion(models.Model):
    """Scenarios stand between a draft and its callers."""

    _inherit = "gb.ivr.version"

    scenario_run_ids = fields.One2many("gb.ivr.scenario.run", "version_id", string="Scenarios")

    def run_scenarios(self, scenario_ids=None):
        """Run the flow's scenarios against this version.

        :param list scenario_ids: only these
        :return: see ``_prepare_scenarios``
        """
        self.ensure_one()
        self.check_access("read")
        scenarios = self._get_scenarios()
        if scenario_ids is not None:
            scenarios = scenarios.filtered(lambda scenario: scenario.id in scenario_ids)
        scenarios._run(self)
        return self._prepare_scenarios()

    def action_run_scenarios(self):
        """Run all and show the results on the form."""
        self.run_scenarios()

    def action_publish(self):
        """Ask first when a scenario fails and the flow only wants to be warned."""
        self.ensure_one()
        self.check_access("write")
        if not self.env.context.get("gb_scenarios_confirmed") and self._warns_of_scenarios():
            self._check_publishable()
            failed = self._get_scenarios()._run(self).filtered(lambda run: not run.is_passed)
            if failed:
                wizard = self.env["gb.ivr.publish"].create(
                    {"version_id": self.id, "run_ids": [(6, 0, failed.ids)]}
                )
                return {
                    "type": "ir.actions.act_window",
                    "name": self.env._("Scenarios fail"),
                    "res_model": wizard._name,
                    "res_id": wizard.id,
                    "views": [(False, "form")],
                    "target": "new",
                }
        return super().action_publish()

    def _check_publishable(self):
        result = super()._check_publishable()
        if self.flow_id.scenario_policy == "refuse":
            failed = self._get_scenarios()._run(self).filtered(lambda run: not run.is_passed)
            if failed:
                raise ValidationError(
                    self.env._(
                        "This flow is published only when its scenarios pass. These fail:\n%(list)s",
                        list="\n".join(
                            f"{run.scenario_id.name}: {run.differences}" for run in failed
                        ),
                    )
                )
        return result

    def _warns_of_scenarios(self):
        return self.flow_id.scenario_policy == "warn"

    def _get_scenarios(self):
        return self.env["gb.ivr.scenario"].search([("flow_id", "=", self.flow_id.id)])

    def _prepare_scenarios(self):
        """``[{"id", "name", "state": "passed"|"failed"|"unknown", "differences", "run_at"}]``; unknown: not run since the
        version was changed."""
        runs = {run.scenario_id: run for run in self.scenario_run_ids}
        rows = []
        for scenario in self._get_scenarios():
            run = runs.get(scenario)
            is_current = run and run.revision == self.revision
            state = "unknown"
            if is_current:
                state = "passed" if run.is_passed else "failed"
            rows.append(
                {
                    "id": scenario.id,
                    "name": scenario.name,
                    "state": state,
                    "differences": run.differences or "" if is_current else "",
                    "start": scenario.start,
                    "inputs": scenario.inputs,
                }
            )
        return rows
