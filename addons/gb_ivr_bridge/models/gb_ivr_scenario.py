from odoo import api, fields, models
from odoo.exceptions import UserError


class GbIvrScenario(models.Model):
    """A simulated call that was right once: who calls when, what he does, what is looked up, and what has to come of it.

    What was looked up is kept as answers, so that a scenario does not depend on orders or customers of today; secret digits
    are replaced by zeros.
    """

    _name = "gb.ivr.scenario"
    _description = "Scenario of an IVR flow"
    _order = "flow_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    flow_id = fields.Many2one("gb.ivr.flow", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="flow_id.company_id", store=True)
    is_speech_checked = fields.Boolean(
        string="Wording counts", default=True, help="What is said must be the same, word by word."
    )
    start = fields.Json(readonly=True)
    inputs = fields.Json(readonly=True)
    expected = fields.Json(readonly=True)
    summary = fields.Text(string="What happens", compute="_compute_summary")
    run_ids = fields.One2many("gb.ivr.scenario.run", "scenario_id", string="Results")

    @api.depends("inputs", "expected")
    def _compute_summary(self):
        for scenario in self:
            expected = scenario.expected or {}
            steps = [
                " ".join(
                    part for part in (row["node"], row["input"], f"→ {row['exit'] or '…'}") if part
                )
                for row in expected.get("track") or []
            ]
            scenario.summary = "\n".join([*steps, expected.get("end") or ""]).strip()

    # --- making ------------------------------------------------------------------------------------

    @api.model
    def save_simulation(self, version_id, name, start, inputs):
        """Keep a simulation as a scenario of the version's flow.

        :param start: as of ``gb.ivr.simulator.simulate``
        :param inputs: likewise
        :return: the version's scenarios, see ``_prepare_scenarios``
        """
        self.check_access("create")
        version = self.env["gb.ivr.simulator"]._get_version(version_id)
        if not (name or "").strip():
            raise UserError(self.env._("Give the scenario a name."))
        simulator = self.env["gb.ivr.simulator"]
        result = simulator.simulate(version_id, start, inputs)
        moment = simulator._read_start(start)
        at = fields.Datetime.to_string(
            fields.Datetime.to_datetime(start.get("at")) or fields.Datetime.now()
        )
        recorded = self._record_inputs(inputs, result)
        # once more as it will be run: what differs then is no fault of the flow
        again = simulator._simulate(version, {**moment, "look_up": False}, recorded)
        scenario = self.create(
            {
                "name": name.strip(),
                "flow_id": version.flow_id.id,
                "start": {"hotline": moment["hotline"], "caller": moment["caller"], "at": at},
                "inputs": recorded,
                "expected": self._prepare_expected(again),
            }
        )
        scenario._run(version)
        return version._prepare_scenarios()

    @api.model
    def _record_inputs(self, inputs, result):
        """The inputs with the answers of the run between them, without secrets."""
        masked = {
            row["position"] - 1
            for row in result["log"]
            if row["kind"] == "input" and row["text"] and "•" in row["text"]
        }
        kept = []
        answers = list(result["answers"])
        for position, item in enumerate(inputs[: result["used"]]):
            while answers and not answers[0]["is_by_hand"] and answers[0]["position"] <= position:
                kept.append(self._prepare_answer(answers.pop(0)))
            if answers and answers[0]["is_by_hand"] and answers[0]["position"] == position + 1:
                kept.append(self._prepare_answer(answers.pop(0)))
            elif position in masked:
                kept.append(dict(item, digits="0" * len(str(item.get("digits") or ""))))
            else:
                kept.append(item)
        return kept + [self._prepare_answer(answer) for answer in answers]

    @api.model
    def _prepare_answer(self, answer):
        return {
            "type": "answer",
            "exit": answer["exit"],
            "values": answer["values"],
            "speech": answer["speech"],
        }

    @api.model
    def _prepare_expected(self, result):
        return {
            "track": [
                {
                    "flow": row["flow"],
                    "node": row["node"],
                    "input": row["input"],
                    "exit": row["exit"],
                }
                for row in result["track"]
            ],
            "said": result["said"],
            "node": result["node"],
            "end": result["end"],
        }

    # --- running -------------------------------------------------------------------------------------

    def action_run(self):
        """Run these scenarios against what callers hear, or the newest version of a flow that nobody hears yet."""
        self.check_access("read")
        for flow, scenarios in self.grouped("flow_id").items():
            version = flow.published_id or flow.version_ids[:1]
            if version:
                scenarios._run(version)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _run(self, version):
        """Run against a version and keep the result.

        :return: gb.ivr.scenario.run
        """
        runs_sudo = self.env["gb.ivr.scenario.run"].sudo()
        present = {
            run.scenario_id: run
            for run in runs_sudo.search(
                [("scenario_id", "in", self.ids), ("version_id", "=", version.id)]
            )
        }
        done = runs_sudo
        for scenario in self:
            differences = scenario._find_differences(version)
            values = {
                "is_passed": not differences,
                "differences": "\n".join(differences),
                "revision": version.revision,
                "run_at": fields.Datetime.now(),
            }
            run = present.get(scenario)
            if run:
                run.write(values)
            else:
                run = runs_sudo.create(
                    {"scenario_id": scenario.id, "version_id": version.id, **values}
                )
            done |= run
        return done

    def _find_differences(self, version):
        """:return: sentences; none: all is as expected"""
        self.ensure_one()
        simulator = self.env["gb.ivr.simulator"]
        start = simulator._read_start(self.start or {})
        result = simulator._simulate(version, start, self.inputs or [])
        return self._compare(self._prepare_expected(result))

    def _compare(self, found):
        expected = self.expected or {}
        differences = []

        def name(row):
            return f"{row['node']} → {row['exit'] or '…'}"

        there, here = expected.get("track") or [], found["track"]
        for number, row in enumerate(there):
            other = here[number] if number < len(here) else None
            if other is None:
                differences.append(
                    self.env._(
                        "Step %(number)s, %(step)s, is missing.", number=number + 1, step=name(row)
                    )
                )
                break
            if any(other[key] != row[key] for key in ("flow", "node", "exit")):
                differences.append(
                    self.env._(
                        "Step %(number)s is %(found)s instead of %(expected)s.",
                        number=number + 1,
                        found=name(other),
                        expected=name(row),
                    )
                )
                break
        else:
            if len(here) > len(there):
                differences.append(
                    self.env._(
                        "It goes on with %(step)s where it should have been over.",
                        step=name(here[len(there)]),
                    )
                )
        if not differences and (found["end"], found["node"]) != (
            expected.get("end", ""),
            expected.get("node", ""),
        ):
            differences.append(
                self.env._(
                    "It ends at “%(found)s” instead of “%(expected)s”.",
                    found=found["end"] or found["node"],
                    expected=expected.get("end") or expected.get("node"),
                )
            )
        if self.is_speech_checked and not differences:
            differences += self._compare_speech(expected.get("said") or [], found["said"])
        return differences

    def _compare_speech(self, there, here):
        for number, (expected, found) in enumerate(zip(there, here, strict=False)):
            if expected != found:
                return [
                    self.env._(
                        "Sentence %(number)s is “%(found)s” instead of “%(expected)s”.",
                        number=number + 1,
                        found=found,
                        expected=expected,
                    )
                ]
        if len(there) != len(here):
            return [
                self.env._(
                    "%(found)s sentences are said instead of %(expected)s.",
                    found=len(here),
                    expected=len(there),
                )
            ]
        return []
