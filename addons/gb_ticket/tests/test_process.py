import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestProcess(TicketCase):
    """Versions of a process: draft, publish, fade away, move over; as JSON there and back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.process = cls.env["gb.ticket.process"]._get_active()

    def _new_version(self):
        action = self.process.with_user(self.manager).action_new_version()
        return self.env["gb.ticket.process"].browse(action["res_id"])

    def test_running_ones_finish_on_the_version_they_began_with(self):
        running = self._walk(self._ticket(), "dispatched")
        draft = self._new_version()
        draft.transition_ids.filtered(lambda move: move.code == "sign").name = "Take on"
        draft.with_user(self.manager).action_publish()
        self.assertEqual((self.process.state, draft.state), ("fading", "active"))
        self.assertEqual(running.process_id, self.process)
        self.assertEqual(self._ticket().process_id, draft)
        self._walk(running, "closed")
        self.assertEqual(running.process_id, self.process)

    def test_a_fading_version_retires_with_its_last_work_order(self):
        running = self._walk(self._ticket(), "call_back")
        others = self.env["gb.ticket"].search(
            [("process_id", "=", self.process.id), ("is_open", "=", True), ("id", "!=", running.id)]
        )
        others._write({"is_open": False})
        self._new_version().action_publish()
        self.assertEqual(self.process.state, "fading")
        self._walk(running, "closed")
        self.assertEqual(self.process.state, "retired")

    def test_only_a_draft_is_edited(self):
        move = self.process.transition_ids[0]
        with self.assertRaisesRegex(ValidationError, "Make a new version"):
            move.code = "other"
        with self.assertRaisesRegex(ValidationError, "Make a new version"):
            move.group_ids = False
        with self.assertRaisesRegex(UserError, "Only a draft can be deleted"):
            self.process.unlink()
        with self.assertRaisesRegex(ValidationError, "Make a new version"):
            move.unlink()
        with self.assertRaises(AccessError):
            self.process.with_user(self.agent).action_new_version()

    def test_publishing_says_all_that_is_wrong(self):
        draft = self._new_version()
        by_code = {move.code: move for move in draft.transition_ids}
        by_code["sign"].group_ids = False
        (by_code["submit"] | by_code["transfer"] | by_code["wait_customer"]).unlink()
        (by_code["close"] | by_code["answer"] | by_code["close_final"]).unlink()
        by_code["close_unverified"].unlink()
        with self.assertRaises(ValidationError) as caught:
            draft.action_publish()
        message = str(caught.exception)
        for part in ("No move leads to “Review”", "closed state", "Nobody may use “Sign”"):
            self.assertIn(part, message)
        self.assertEqual(self.process.state, "active")

    def test_an_empty_draft_is_not_published(self):
        draft = self.env["gb.ticket.process"].create({"name": "Empty", "code": "empty"})
        with self.assertRaisesRegex(ValidationError, "no moves"):
            draft.action_publish()

    def test_running_ones_are_taken_over_by_a_map_of_states(self):
        tickets = self._walk(self._ticket(), "dispatched") | self._walk(self._ticket(), "review")
        closed = self._walk(self._ticket(), "closed")
        draft = self._new_version()
        gone = draft.transition_ids.filtered(
            lambda move: (
                move.code in ("submit", "approve", "rework")
                or move.from_state_ids.filtered(lambda state: state.code == "review")
            )
        )
        for move in gone:
            move.from_state_ids -= self.env["gb.ticket.state"]._get("review")
        gone.filtered(lambda move: not move.from_state_ids or move.code == "submit").unlink()
        draft.transition_ids.create(
            {
                "process_id": draft.id,
                "name": "Submit",
                "code": "submit",
                "from_state_ids": [(4, self.env["gb.ticket.state"]._get("processing").id)],
                "to_state_id": self.env["gb.ticket.state"]._get("call_back").id,
                "group_ids": [(4, self.env.ref("gb_ticket.group_gb_department").id)],
            }
        )
        draft.action_publish()
        with self.assertRaisesRegex(UserError, "1 work orders are in “Review”"):
            self.process._migrate(draft)
        self.process._migrate(draft, {"review": "call_back"})
        tickets.invalidate_recordset()
        self.assertEqual(tickets.process_id, draft)
        self.assertEqual(tickets.mapped("state_code"), ["dispatched", "call_back"])
        self.assertEqual(closed.process_id, self.process)
        self.assertIn("Process changed", tickets[0]._get_last_step().note)
        self._move(tickets[1], self.clerk, "close", {"solved": "yes", "satisfaction": "5"})
        self.assertEqual(tickets[1].state_code, "closed")

    def test_json_there_and_back_is_the_same(self):
        data = json.loads(json.dumps(self.process._export()))
        draft = self.env["gb.ticket.process"]._import(json.dumps(data))
        self.assertEqual(draft._export(), data)
        self.assertEqual((draft.version, draft.state), (self.process.version + 1, "draft"))

    def test_json_brings_its_own_states(self):
        data = self.process._export()
        data.update(code="short", name="Short")
        data["states"].append(
            {"code": "gbt_queued", "name": "Queued", "phase": "open", "sequence": 15}
        )
        data["transitions"] = [
            {"code": "go", "name": "Go", "from": ["draft"], "to": "gbt_queued", "target": "state",
             "style": "primary", "scope": "any", "roles": ["gb_callcenter.group_gb_agent"]},
            {"code": "end", "name": "End", "from": ["gbt_queued"], "to": "closed", "target": "state",
             "style": "primary", "scope": "any", "roles": ["gb_callcenter.group_gb_agent"]},
        ]  # fmt: skip
        draft = self.env["gb.ticket.process"]._import(data)
        draft.action_publish()
        ticket = self.env["gb.ticket"].create(
            {"subject": "x", "type_id": self.complaint.id, "process_id": draft.id}
        )
        self._move(ticket, self.agent, "go")
        self.assertEqual(ticket.state_code, "gbt_queued")

    def test_json_that_cannot_be_used_says_why(self):
        good = self.process._export()
        Process = self.env["gb.ticket.process"]
        for change, says in (
            ("{", "no JSON"),
            ([], "no process"),
            ({**good, "format": "other"}, "no process"),
            ({**good, "start": "nowhere"}, "no state “nowhere”"),
            (
                {**good, "transitions": [{**good["transitions"][0], "roles": ["base.nobody"]}]},
                "no role",
            ),
            (
                {**good, "transitions": [{**good["transitions"][0], "required": ["nothing"]}]},
                "nothing",
            ),
            ({key: value for key, value in good.items() if key != "transitions"}, "missing"),
            ({**good, "transitions": [{**good["transitions"][0], "guard": "system"}]}, "guard"),
            ({**good, "transitions": [{**good["transitions"][0], "domain": "[('x'"}]}, "filter"),
        ):
            with self.subTest(says=says), self.assertRaisesRegex(UserError, says):
                with self.env.cr.savepoint():
                    Process._import(change)

    def test_a_filter_may_not_run_code(self):
        draft = self._new_version()
        for domain in ("__import__('os').system('true')", "[('nothing', '=', 1)]", "env.cr"):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                with self.env.cr.savepoint():
                    draft.transition_ids[0].domain = domain
