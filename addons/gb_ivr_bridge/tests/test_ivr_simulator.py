from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .test_ivr_canvas import IvrEditorCase

PIN = "482913"


@tagged("post_install", "-at_install")
class TestIvrSimulator(IvrEditorCase):
    """welcome → menu: 1 goodbye, 2 a check with PIN, 3 the last order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Simulated customer",
                "phone": "138 0000 7790",
                "country_id": cls.env.ref("base.cn").id,
            }
        )
        cls.env.company.country_id = cls.env.ref("base.cn")
        cls.check, cls.orders = cls.env["gb.ivr.node"].create(
            [
                {
                    "version_id": cls.version.id,
                    "code": code,
                    "name": code,
                    "type": node_type,
                }
                for code, node_type in (("check", "identify"), ("orders", "order_status"))
            ]
        )
        cls.env["gb.ivr.exit"].create(
            [
                {"node_id": cls.menu.id, "key": key, "target": target}
                for key, target in (("2", "check"), ("3", "orders"))
            ]
        )
        for node in cls.check | cls.orders:
            node.exit_ids.target = "bye"
        cls._exit(cls.check, "verified").target = "choice"
        cls.env.invalidate_all()

    def _simulate(self, *inputs, user=None, **start):
        return (
            self.env["gb.ivr.simulator"]
            .with_user(user or self.manager)
            .simulate(self.version.id, {"look_up": True, **start}, list(inputs))
        )

    @staticmethod
    def _keys(digits, ended="full"):
        return {"type": "digits", "digits": digits, "ended": ended}

    def _save(self, *inputs, name="A call", **start):
        self.env["gb.ivr.scenario"].with_user(self.manager).save_simulation(
            self.version.id, name, start, list(inputs)
        )
        return self.env["gb.ivr.scenario"].search([("flow_id", "=", self.flow.id)])

    # --- the call ----------------------------------------------------------------------------------

    def test_draft_waits_at_the_menu(self):
        result = self._simulate(caller="13800007790")
        self.assertEqual(result["node"], "choice")
        self.assertEqual(result["visited"], ["welcome", "choice"])
        self.assertEqual(result["said"], ["您好", "请选择"])
        self.assertEqual((result["wait"]["do"], result["wait"]["max"]), ("collect", 1))
        self.assertEqual(result["variables"]["caller"], "13800007790")
        self.assertFalse(result["end"])

    def test_key_leads_to_the_end(self):
        result = self._simulate(self._keys("1"))
        self.assertEqual((result["end"], result["wait"]), ("hangup", False))
        self.assertEqual(
            [(row["node"], row["input"], row["exit"]) for row in result["track"]],
            [("welcome", "", "next"), ("choice", "1", "1"), ("bye", "", "")],
        )
        self.assertEqual(result["said"][-1], "再见")

    def test_silence_and_hanging_up(self):
        result = self._simulate({"type": "timeout"})
        self.assertEqual(result["node"], "choice")
        self.assertGreater(len(result["said"]), 2)
        self.assertEqual(self._simulate({"type": "hangup"})["end"], "caller")

    def test_inputs_that_do_not_fit_any_more_are_left_over(self):
        result = self._simulate(self._keys("1"), self._keys("2"))
        self.assertEqual((result["used"], result["end"]), (1, "hangup"))

    def test_look_up_is_answered_as_on_a_call_and_nothing_is_stored(self):
        session_class = self.env.registry["gb.ivr.session"]

        def answer(session, args):
            session.env["res.partner"].create({"name": "Made in a simulation"})
            return session._reply("found", {"order_state": "shipped"})

        before = self.env["gb.ivr.session"].search_count([])
        with patch.object(session_class, "_answer_order_status", answer):
            result = self._simulate(self._keys("3"), caller="13800007790")
        self.assertEqual(result["variables"]["order_state"], "shipped")
        (row,) = (row for row in result["log"] if row["kind"] == "ask")
        self.assertEqual((row["exit"], row["is_by_hand"]), ("found", False))
        self.assertEqual(self.env["gb.ivr.session"].search_count([]), before)
        self.assertFalse(
            self.env["res.partner"].search_count([("name", "=", "Made in a simulation")])
        )

    def test_caller_is_known_by_his_number(self):
        result = self._simulate(self._keys("2"), caller="13800007790")
        self.assertEqual(result["variables"]["is_known"], "1")
        # the next thing is the PIN
        self.assertTrue(result["wait"]["masked"])

    def test_pin_is_neither_compared_nor_shown(self):
        with patch.object(
            self.env.registry["res.partner"],
            "_check_gb_pin",
            side_effect=AssertionError("nobody may try PINs here"),
        ):
            result = self._simulate(
                self._keys("2"), self._keys(PIN, "terminator"), caller="13800007790"
            )
        self.assertEqual((result["wait"]["do"], result["wait"]["is_secret"]), ("ask", True))
        self.assertNotIn(PIN, str(result))
        done = self._simulate(
            self._keys("2"),
            self._keys(PIN, "terminator"),
            {"type": "answer", "exit": "verified"},
            caller="13800007790",
        )
        self.assertEqual(done["node"], "choice")
        self.assertEqual(done["variables"]["is_verified"], "1")

    def test_answer_by_hand_goes_before_the_look_up(self):
        result = self._simulate(
            self._keys("3"),
            {"type": "answer", "exit": "found", "values": {"order_state": "sent"}},
        )
        self.assertEqual(result["variables"]["order_state"], "sent")
        (row,) = (row for row in result["log"] if row["kind"] == "ask")
        self.assertTrue(row["is_by_hand"])

    def test_malformed_steps_are_refused(self):
        for inputs in ([{"type": "rm"}], ["x"], [{"type": "timeout"}] * 400):
            with self.assertRaises(UserError):
                self._simulate(*inputs)
        with self.assertRaisesRegex(UserError, "no date"):
            self._simulate(at="tomorrow")

    def test_leads_simulate_without_looking_up_agents_do_not(self):
        self.assertEqual(self._simulate(user=self.lead, look_up=False)["node"], "choice")
        with self.assertRaises(AccessError):
            self._simulate(user=self.lead)
        with self.assertRaises(AccessError):
            self._simulate(user=self.agent, look_up=False)
        with self.assertRaises(AccessError):
            self.env["gb.ivr.simulator"].with_user(self.agent).get_speech("hello", "en_US")

    def test_text_is_spoken(self):
        sound = self.env["gb.ivr.simulator"].with_user(self.lead).get_speech("hello", "en_US")
        self.assertTrue(sound.startswith("UklGR"))  # "RIFF"
        with self.assertRaisesRegex(UserError, "not there"):
            self.env["gb.ivr.simulator"].with_user(self.lead).get_sound("0" * 64)

    # --- scenarios -----------------------------------------------------------------------------------

    def test_scenario_passes_until_the_flow_differs(self):
        scenario = self._save(self._keys("1"))
        self.assertEqual([row["state"] for row in self.version._prepare_scenarios()], ["passed"])
        self.menu.text_zh_CN = "请重新选择"
        self.assertEqual([row["state"] for row in self.version._prepare_scenarios()], ["unknown"])
        (row,) = self._as(self.lead).run_scenarios()
        self.assertEqual(row["state"], "failed")
        self.assertIn("请重新选择", row["differences"])
        scenario.is_speech_checked = False
        (row,) = self._as(self.manager).run_scenarios([scenario.id])
        self.assertEqual(row["state"], "passed")
        self._exit(self.menu, "1").target = "welcome"
        (row,) = self._as(self.manager).run_scenarios()
        self.assertIn("Step 3", row["differences"])

    def test_scenario_keeps_answers_and_no_secrets(self):
        scenario = self._save(
            self._keys("2"),
            self._keys(PIN, "terminator"),
            {"type": "answer", "exit": "verified"},
            self._keys("1"),
            caller="13800007790",
            look_up=True,
        )
        self.assertNotIn(PIN, str(scenario.inputs))
        self.assertEqual(
            [item["type"] for item in scenario.inputs],
            ["digits", "answer", "digits", "answer", "digits"],
        )
        # it runs the same when the customer is gone
        self.customer.unlink()
        self.assertFalse(scenario._find_differences(self.version))

    def test_publishing_asks_when_scenarios_fail(self):
        self._save(self._keys("1"))
        self.menu.text_zh_CN = "请重新选择"
        action = self._as(self.manager).action_publish()
        self.assertEqual(self.version.state, "draft")
        wizard = self.env[action["res_model"]].with_user(self.manager).browse(action["res_id"])
        self.assertEqual(len(wizard.run_ids), 1)
        wizard.action_publish()
        self.assertEqual(self.version.state, "published")

    def test_publishing_is_refused_where_the_flow_says_so(self):
        self._save(self._keys("1"))
        self.flow.scenario_policy = "refuse"
        self.menu.text_zh_CN = "请重新选择"
        with self.assertRaisesRegex(ValidationError, "A call"):
            self._as(self.manager).action_publish()
        self.flow.scenario_policy = "none"
        self.assertFalse(self._as(self.manager).action_publish())
        self.assertEqual(self.version.state, "published")

    def test_only_managers_keep_scenarios(self):
        with self.assertRaises(AccessError):
            self.env["gb.ivr.scenario"].with_user(self.lead).save_simulation(
                self.version.id, "x", {}, []
            )
        with self.assertRaisesRegex(UserError, "name"):
            self._save(name="  ")
