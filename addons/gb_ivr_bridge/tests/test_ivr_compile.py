from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from ..const import LANGUAGES
from .common_flow import FlowCase

SETTINGS = {
    "language": {"language": "en_US"},
    "http": {
        "url": "https://stock.example.com/level",
        "result_ids": [(0, 0, {"role": "result", "name": "level"})],
    },
    "set": {"value_ids": [(0, 0, {"name": "topic", "value": "order"})]},
    "jump": {},
}


@tagged("post_install", "-at_install")
class TestIvrCompile(FlowCase):
    def _operations(self, node):
        return node._compile()

    def test_every_type_compiles_to_operations_whose_targets_exist_in_all_languages(self):
        for node_type in self.draft.node_ids._get_type_names():
            values = dict(SETTINGS.get(node_type, {}))
            node = self._node(node_type, code=f"n_{node_type}", **values)
            if node_type in ("transfer", "callback"):
                node.queue_id = self.queue_orders
            if node_type == "branch":
                self._connect(node, {"big": ""})
            operations = node._compile()
            self.assertEqual(next(iter(operations)), node.code, node_type)
            for name, operation in operations.items():
                self.assertEqual(name.split(".")[0], node.code)
                self.assertEqual(operation["type"], node_type)
                for target in operation["exits"].values():
                    self.assertTrue(target == "" or target in operations, (name, target))
                for key in ("speech", "invalid", "no_input"):
                    for part in operation.get(key, ()):
                        spoken = {*part.get("text", ()), *part.get("audio", ())}
                        self.assertEqual(spoken, set(dict(LANGUAGES)), (name, key))
            # every operation is reached from the first one
            reached, todo = set(), [node.code]
            while todo:
                name = todo.pop()
                if name and name not in reached:
                    reached.add(name)
                    todo += operations[name]["exits"].values()
            self.assertEqual(reached, set(operations), node_type)

    def test_menu_of_the_contract(self):
        _welcome, menu, _agent, _bye = self._small_flow()
        operation = menu._compile()["menu"]
        self.assertEqual(operation["keys"], ["1", "0"])
        self.assertEqual(
            operation["exits"], {"1": "bye", "0": "agent", "invalid": "", "timeout": ""}
        )
        self.assertEqual(
            operation["speech"], [{"text": {"zh_CN": "中文 menu", "en_US": "English menu"}}]
        )
        document = self.draft._compile()
        self.assertEqual(
            (document["start"], document["languages"]), ("welcome", ["zh_CN", "en_US"])
        )

    def test_key_that_is_renamed_keeps_its_target(self):
        _welcome, menu, agent, bye = self._small_flow()
        menu.exit_ids.filtered(lambda exit_: exit_.key == "1").key = "5"
        self.assertEqual(menu._compile()["menu"]["exits"]["5"], bye.code)
        with self.assertRaises(ValidationError):
            menu.exit_ids.filtered(lambda exit_: exit_.key == "5").key = "55"

    def test_exits_follow_the_type_and_keep_their_targets(self):
        welcome, menu, agent, bye = self._small_flow()
        self.assertEqual(welcome.exit_ids.mapped("key"), ["next"])
        welcome.type = "collect"
        self.assertEqual(welcome.exit_ids.mapped("key"), ["ok", "invalid", "timeout"])
        self.assertEqual(welcome._go("ok"), "menu")
        self.assertIn("empty", agent.exit_ids.mapped("key"))
        agent.write({"transfer_kind": "seat", "seat_id": self.seat_1.id})
        self.assertEqual(agent.exit_ids.mapped("key"), ["timeout", "busy", "failed", "after"])
        self.assertEqual(agent._compile()["agent"]["target"], "1001")

    def test_renamed_and_deleted_nodes_leave_no_loose_targets(self):
        welcome, menu, agent, bye = self._small_flow()
        menu.code = "main"
        self.assertEqual(welcome._go("next"), "main")
        agent.unlink()
        self.assertEqual(menu._go("0"), "")
        self.assertEqual(welcome.exit_ids.target_node_id, menu)
        welcome.exit_ids.target_node_id = bye
        self.assertEqual(welcome._go("next"), "bye")

    def test_only_one_node_is_the_start(self):
        welcome, menu, _agent, _bye = self._small_flow()
        menu.is_start = True
        self.assertFalse(welcome.is_start)

    def test_nodes_get_codes_of_their_own(self):
        first, second = self._node("play"), self._node("play")
        self.assertEqual((first.code, second.code), ("play1", "play2"))
        with self.assertRaises(ValidationError):
            first.code = "no dots."

    def test_key_is_added_in_the_form(self):
        _welcome, menu, agent, _bye = self._small_flow()
        with Form(menu.with_user(self.manager)) as form, form.exit_ids.new() as line:
            line.key = "7"
            line.name = "Speak to us"
            line.target_node_id = agent
        added = menu.exit_ids.filtered(lambda exit_: exit_.key == "7")
        self.assertEqual((added.target, added.label, added.is_own), ("agent", "Speak to us", True))
        self.assertEqual(menu._compile()["menu"]["keys"], ["1", "0", "7"])

    def test_rules_of_a_branch_need_no_names(self):
        bye = self._node("hangup", code="bye")
        branch = self._node("branch", code="which")
        with Form(branch.with_user(self.manager)) as form:
            with form.exit_ids.new() as line:
                line.variable, line.operator, line.value = "order_state", "in", "sent, done"
                line.target_node_id = bye
        operation = branch._compile()["which"]
        self.assertEqual(
            operation["rules"],
            [
                {
                    "variable": "order_state",
                    "operator": "in",
                    "value": ["sent", "done"],
                    "exit": "rule1",
                }
            ],
        )
        self.assertEqual(operation["exits"], {"rule1": "bye", "else": ""})

    def test_operations_tell_by_which_exit_their_node_is_left(self):
        agent = self._node("transfer", code="agent", queue_id=self.queue_orders.id)
        node = self._node("identify", code="who")
        keys = {exit_.key for exit_ in node.exit_ids}
        node.exit_ids.target = agent.code
        operations = node._compile()
        left = set()
        for operation in operations.values():
            for key, target in operation["exits"].items():
                if target == agent.code:
                    left.add(operation.get("leaves", {}).get(key, key))
        self.assertEqual(left, keys)
