from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged


class IvrEditorCase(TransactionCase):
    """A flow with one draft: welcome → menu → (1) goodbye."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager, cls.lead, cls.agent = (
            new_test_user(
                cls.env,
                login=f"gb_ivr_{role}",
                groups=f"base.group_user,gb_callcenter.group_gb_{role}",
                context={"no_reset_password": True},
            )
            for role in ("manager", "lead", "agent")
        )
        cls.flow = cls.env["gb.ivr.flow"].create({"name": "Test menu", "code": "test-menu"})
        cls.version = cls.flow.version_ids[:1] or cls.env["gb.ivr.version"].create(
            {"flow_id": cls.flow.id}
        )
        cls.version.node_ids.unlink()
        cls.welcome, cls.menu, cls.bye = cls.env["gb.ivr.node"].create(
            [
                {
                    "version_id": cls.version.id,
                    "code": code,
                    "name": name,
                    "type": node_type,
                    "is_start": code == "welcome",
                    "text_zh_CN": text,
                    "x": x,
                }
                for code, name, node_type, text, x in (
                    ("welcome", "Welcome", "play", "您好", 0),
                    ("choice", "What do you want?", "menu", "请选择", 320),
                    ("bye", "Goodbye", "hangup", "再见", 640),
                )
            ]
        )
        cls.env["gb.ivr.exit"].create({"node_id": cls.menu.id, "key": "1", "target": "bye"})
        cls._exit(cls.welcome, "next").target = "choice"
        # as it is for others: nothing of the preparation in the cache
        cls.env.invalidate_all()

    @staticmethod
    def _exit(node, key):
        return node.exit_ids.filtered(lambda leaf: leaf.key == key)

    def _as(self, user):
        return self.version.with_user(user)

    def _change(self, *operations, user=None):
        version = self._as(user or self.manager)
        return version.change_canvas(list(operations), version.revision)

    def _find(self, code):
        return self.version.node_ids.filtered(lambda node: node.code == code)


@tagged("post_install", "-at_install")
class TestIvrCanvas(IvrEditorCase):
    def test_canvas_tells_nodes_exits_and_issues(self):
        canvas = self._as(self.lead).get_canvas()
        self.assertFalse(canvas["is_editable"])
        nodes = {node["code"]: node for node in canvas["nodes"]}
        self.assertEqual(list(nodes), ["welcome", "choice", "bye"])
        self.assertTrue(nodes["welcome"]["is_start"])
        self.assertEqual(nodes["welcome"]["summary"], "您好")
        self.assertEqual(
            [(leaf["key"], leaf["target"], leaf["is_own"]) for leaf in nodes["choice"]["exits"]],
            [("1", "bye", True), ("invalid", "", False), ("timeout", "", False)],
        )
        types = {row["type"]: row for row in canvas["types"]}
        self.assertEqual(types["menu"]["group"], "speech")
        self.assertTrue(all(row["icon"].startswith("fa-") for row in types.values()))
        self.assertTrue(self._as(self.manager).get_canvas()["is_editable"])

    def test_canvas_of_forty_nodes_needs_few_queries(self):
        for number in range(40):
            self._change(
                {"do": "add", "nodes": [{"type": "menu", "name": f"Menu {number}"}]},
            )
        version = self._as(self.manager)
        self.env.invalidate_all()
        version.get_canvas()
        self.env.invalidate_all()
        with self.assertQueryCount(25):
            version.get_canvas()

    def test_move_and_its_undo(self):
        answer = self._change({"do": "move", "positions": {"bye": [700, 90.4]}})
        self.assertEqual((self.bye.x, self.bye.y), (700, 90))
        back = self._change(*answer["undo"])
        self.assertEqual((self.bye.x, self.bye.y), (640, 0))
        self._change(*back["undo"])
        self.assertEqual((self.bye.x, self.bye.y), (700, 90))

    def test_connect_and_cut(self):
        answer = self._change(
            {"do": "connect", "links": [{"node": "choice", "key": "timeout", "target": "bye"}]}
        )
        self.assertEqual(self._exit(self.menu, "timeout").target, "bye")
        self._change(*answer["undo"])
        self.assertFalse(self._exit(self.menu, "timeout").target)
        with self.assertRaisesRegex(UserError, "one of both is gone"):
            self._change(
                {"do": "connect", "links": [{"node": "choice", "key": "timeout", "target": "x"}]}
            )

    def test_remove_and_put_back_with_what_led_there(self):
        self.menu.timeout = 9
        answer = self._change({"do": "remove", "nodes": ["choice"]})
        self.assertFalse(self._find("choice"))
        self.assertFalse(self._exit(self.welcome, "next").target)
        back = self._change(*answer["undo"])
        menu = self._find("choice")
        self.assertEqual(menu.timeout, 9)
        self.assertEqual(self._exit(menu, "1").target, "bye")
        self.assertEqual(self._exit(self.welcome, "next").target, "choice")
        self._change(*back["undo"])
        self.assertFalse(self._find("choice"))

    def test_add_from_an_exit_connects_and_is_taken_back_in_one(self):
        answer = self._change(
            {
                "do": "add",
                "nodes": [{"type": "voicemail", "name": "Message", "x": 10, "y": 20}],
                "from": {"node": "choice", "key": "invalid"},
            }
        )
        (code,) = answer["codes"]
        self.assertEqual(self._exit(self.menu, "invalid").target, code)
        self.assertFalse(self._find(code).is_start)
        self._change(*answer["undo"])
        self.assertFalse(self._find(code))
        self.assertFalse(self._exit(self.menu, "invalid").target)

    def test_first_node_of_an_empty_version_is_where_it_begins(self):
        self._change({"do": "remove", "nodes": ["welcome", "choice", "bye"]})
        (code,) = self._change({"do": "add", "nodes": [{"type": "play"}]})["codes"]
        self.assertTrue(self._find(code).is_start)

    def test_every_type_can_be_added_copied_and_taken_back(self):
        types = [row["type"] for row in self.env["gb.ivr.node"]._get_canvas_types()]
        answer = self._change({"do": "add", "nodes": [{"type": code} for code in types]})
        self.assertEqual(len(answer["codes"]), len(types))
        self.assertTrue(answer["canvas"]["issues"])
        snapshots = self._as(self.manager).get_snapshots(answer["codes"])
        self._change({"do": "add", "nodes": snapshots})
        self._change(*answer["undo"])
        self.assertEqual(len(self.version.node_ids), 3 + len(types))

    def test_copies_lead_to_each_other_only(self):
        snapshots = self._as(self.manager).get_snapshots(["welcome", "choice"])
        codes = self._change({"do": "add", "nodes": snapshots, "is_copy": True})["codes"]
        self.assertEqual(codes, ["welcome2", "choice2"])
        copy = self._find("welcome2")
        self.assertEqual(self._exit(copy, "next").target, "choice2")
        self.assertFalse(copy.is_start)
        self.assertTrue(self.welcome.is_start)
        # "bye" was not copied
        self.assertFalse(self._exit(self._find("choice2"), "1").target)

    def test_pasting_into_another_version(self):
        snapshots = self._as(self.manager).get_snapshots(["choice"])
        other = self.env["gb.ivr.flow"].create({"name": "Other", "code": "test-other"})
        draft = other.version_ids[:1] or self.env["gb.ivr.version"].create({"flow_id": other.id})
        snapshots[0]["version_id"] = self.version.id
        draft = draft.with_user(self.manager)
        codes = draft.change_canvas([{"do": "add", "nodes": snapshots}], draft.revision)["codes"]
        self.assertEqual(draft.node_ids.filtered(lambda node: node.code in codes).type, "menu")

    def test_exits_of_a_menu_come_and_go(self):
        answer = self._change({"do": "add_exit", "node": "choice", "key": ""})
        self.assertEqual(
            self.menu.exit_ids.sorted(lambda leaf: leaf.sequence).mapped("key")[:2], ["1", "2"]
        )
        self._change(*answer["undo"])
        self.assertFalse(self._exit(self.menu, "2"))
        answer = self._change({"do": "remove_exit", "node": "choice", "key": "1"})
        self.assertFalse(self._exit(self.menu, "1"))
        self._change(*answer["undo"])
        self.assertEqual(self._exit(self.menu, "1").target, "bye")
        with self.assertRaisesRegex(UserError, "no further exit"):
            self._change({"do": "add_exit", "node": "bye", "key": "1"})

    def test_replace_puts_a_node_back_as_it_was(self):
        before = self._as(self.manager).get_snapshots(["choice"])
        self.menu.with_user(self.manager).write({"name": "Other words", "retries": 0})
        answer = self._change({"do": "replace", "nodes": ["choice"], "with": before})
        self.assertEqual(self._find("choice").name, "What do you want?")
        self.assertEqual(self._exit(self.welcome, "next").target, "choice")
        self._change(*answer["undo"])
        self.assertEqual(self._find("choice").name, "Other words")

    def test_start_is_one_node(self):
        answer = self._change({"do": "start", "node": "choice"})
        self.assertEqual(self.version.node_ids.filtered("is_start"), self.menu)
        self._change(*answer["undo"])
        self.assertEqual(self.version.node_ids.filtered("is_start"), self.welcome)

    def test_operations_are_done_together_or_not_at_all(self):
        revision = self.version.revision
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._change(
                {"do": "move", "positions": {"bye": [1, 1]}},
                {"do": "remove", "nodes": ["nothing"]},
            )
        self.assertEqual(self.bye.x, 640)
        self.assertEqual(self.version.revision, revision)
        with self.assertRaisesRegex(UserError, "Unknown change"):
            self._change({"do": "issues"})

    def test_somebody_else_is_noticed(self):
        revision = self.version.revision
        self.bye.with_user(self.manager).name = "By form"
        with self.assertRaisesRegex(UserError, "Somebody else"):
            self._as(self.manager).change_canvas(
                [{"do": "move", "positions": {"bye": [1, 1]}}], revision
            )

    def test_only_managers_edit_and_agents_see_nothing(self):
        change = [{"do": "move", "positions": {"bye": [1, 1]}}]
        with self.assertRaises(AccessError):
            self._as(self.lead).change_canvas(change, self.version.revision)
        for call in (
            lambda: self._as(self.agent).change_canvas(change, self.version.revision),
            lambda: self._as(self.agent).get_canvas(),
            lambda: self._as(self.agent).get_snapshots(["bye"]),
            lambda: self._as(self.agent).action_open_canvas(),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_other_company_sees_nothing(self):
        other = self.env["res.company"].create({"name": "Other company"})
        user = new_test_user(
            self.env,
            login="gb_ivr_other",
            groups="base.group_user,gb_callcenter.group_gb_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
            context={"no_reset_password": True},
        )
        for call in (
            lambda: self._as(user).get_canvas(),
            lambda: self._as(user).change_canvas([], self.version.revision),
            lambda: self.env["gb.ivr.simulator"].with_user(user).simulate(self.version.id, {}, []),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_published_version_refuses(self):
        self.version.with_user(self.manager).action_publish()
        self.assertFalse(self._as(self.manager).get_canvas()["is_editable"])
        with self.assertRaisesRegex(UserError, "new draft"):
            self._change({"do": "move", "positions": {"bye": [1, 1]}})
