"""Agents send their callers into a flow."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools.asterisk_api import AsteriskApi
from .common_flow import FlowCase


@tagged("post_install", "-at_install")
class TestToFlow(FlowCase):
    def setUp(self):
        super().setUp()
        self.sent = []
        send = patch.object(
            AsteriskApi,
            "send",
            lambda _self, command, args, token=None: (self.sent.append((command, args)) or {}, []),
        )
        send.start()
        self.addCleanup(send.stop)
        self._small_flow()
        self._sign_in(self.agent, self.seat_1)
        self.seat_1.sudo()._set_state("on_call")
        self.seat = self._seat_of(self.agent)

    def _targets(self):
        targets = self.seat.get_panel()["transfer_targets"]
        return [row["target"] for row in targets if row["kind"] == "flow"]

    def test_only_published_flows_that_are_meant_for_it_are_offered(self):
        self.flow.agent_use = "back"
        self.assertFalse(self._targets(), "a draft is nothing to send callers to")
        self.draft.with_user(self.manager).action_publish()
        self.assertEqual(self._targets(), ["flow:test-main"])
        self.assertIn("test-main", self.provider._get_connector_flows())
        self.flow.agent_use = False
        self.assertFalse(self._targets())

    def test_the_caller_goes_there_and_back(self):
        self.flow.agent_use = "back"
        self.draft.with_user(self.manager).action_publish()
        self.seat.panel_call_command("transfer", "flow:test-main")
        command, args = self.sent[-1]
        self.assertEqual(command, "call.to_flow")
        self.assertEqual(
            (args["extension"], args["flow"], args["back"]), ("1001", "test-main", True)
        )
        self.flow.agent_use = "stay"
        self.seat.panel_call_command("transfer", "flow:test-main")
        self.assertFalse(self.sent[-1][1]["back"])

    def test_what_is_not_offered_is_refused(self):
        self.draft.with_user(self.manager).action_publish()
        for target in ("flow:test-main", "flow:nowhere", "flow:"):
            with self.assertRaises(UserError):
                self.seat.panel_call_command("transfer", target)
        self.assertNotIn("call.to_flow", [command for command, _args in self.sent])
