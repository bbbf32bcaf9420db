import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from ..tools.process_diagram import get_layout
from .common import TicketCase


@tagged("post_install", "-at_install")
class TestTicketScreens(TicketCase):
    """What the screens are given, as each role."""

    def test_every_role_opens_form_and_lists(self):
        ticket = self._walk(self._ticket(), "processing")
        for user in (
            self.agent,
            self.dispatcher,
            self.clerk,
            self.handler,
            self.lead,
            self.manager,
        ):
            Ticket = self.env["gb.ticket"].with_user(user)
            Ticket.get_views([(False, kind) for kind in ("list", "kanban", "calendar", "search")])
            form = Form(Ticket.browse(ticket.id))
            self.assertEqual(form.subject, ticket.subject)
            self.assertEqual(len(form.step_ids), 4)

    def test_new_form_begins_as_draft_that_can_be_accepted(self):
        form = Form(self.env["gb.ticket"].with_user(self.agent))
        self.assertEqual(form.state_id.code, "draft")
        values = self.env["gb.ticket"].with_user(self.agent).default_get(["moves", "state_id"])
        draft = self.env["gb.ticket"].with_user(self.agent).new(values)
        self.assertIn("accept", [move["code"] for move in draft.moves])

    def test_order_brings_customer_line_and_product(self):
        form = Form(self.env["gb.ticket"].with_user(self.agent))
        form.subject = "Bottle leaks"
        form.type_id = self.complaint
        form.order_id = self.order
        self.assertEqual(form.partner_id, self.customer)
        self.assertEqual(form.order_line_id, self.order.order_line)
        self.assertEqual(form.product_id, self.product)
        form.order_id = self.env["sale.order"]
        self.assertFalse(form.order_line_id)

    def test_what_was_recorded_is_corrected_by_supervisors_only(self):
        ticket = self._ticket()
        self.assertTrue(ticket.with_user(self.agent).is_correctable)
        self._walk(ticket, "processing")
        self.assertFalse(ticket.with_user(self.agent).is_correctable)
        self.assertFalse(ticket.with_user(self.handler).is_correctable)
        self.assertTrue(ticket.with_user(self.dispatcher).is_correctable)
        self._walk(ticket, "closed")
        self.assertFalse(ticket.with_user(self.dispatcher).is_correctable)

    def test_moves_that_do_not_fit_are_not_offered(self):
        complaint = self._walk(self._ticket(), "accepted")
        question = self._ticket(type_id=self.consultation.id, subject="Which size?")
        self._walk(question, "accepted")
        offered = [
            {move["code"] for move in ticket.with_user(self.agent).moves}
            for ticket in (complaint, question)
        ]
        self.assertNotIn("answer", offered[0])
        self.assertIn("answer", offered[1])

    def test_counters_are_those_of_the_lists_behind_them(self):
        self._ticket()
        self._walk(self._ticket(subject="Cap missing"), "dispatched")
        self._walk(self._ticket(subject="Box open"), "review")
        for user in (self.agent, self.dispatcher, self.clerk, self.handler, self.manager):
            Ticket = self.env["gb.ticket"].with_user(user)
            counters = {row["action"]: row for row in Ticket.get_counters()}
            self.assertIn("gb_ticket.gb_ticket_action_mine", counters)
        clerk = {
            row["action"]: row["count"]
            for row in self.env["gb.ticket"].with_user(self.clerk).get_counters()
        }
        self.assertGreaterEqual(clerk["gb_ticket.gb_ticket_action_to_review"], 1)
        handler = {
            row["action"]: row["count"]
            for row in self.env["gb.ticket"].with_user(self.handler).get_counters()
        }
        self.assertEqual(handler["gb_ticket.gb_ticket_action_unclaimed"], 1)
        self.assertNotIn("gb_ticket.gb_ticket_action_to_review", handler)

    def test_a_stranger_counts_nothing_of_others(self):
        self._walk(self._ticket(), "dispatched")
        counters = self.env["gb.ticket"].with_user(self.stranger).get_counters()
        counts = {row["action"]: row["count"] for row in counters}
        self.assertEqual(counts["gb_ticket.gb_ticket_action_unclaimed"], 0)
        outsider = new_test_user(self.env, "gb_outsider")
        with self.assertRaises(AccessError):
            self.env["gb.ticket"].with_user(outsider).get_counters()

    def test_banner_of_what_is_pending_knows_who_decides(self):
        ticket = self._walk(self._ticket(), "accepted")
        self._move(ticket, self.agent, "decline", note="We have never sold this.")
        asked = ticket.with_user(self.agent).pending_approval
        self.assertEqual(asked["reason"], "We have never sold this.")
        self.assertFalse(asked["may_decide"])
        self.assertTrue(ticket.with_user(self.lead).pending_approval["may_decide"])
        ticket.approval_ids.with_user(self.lead).action_refuse("We have.")
        ticket.invalidate_recordset()
        self.assertFalse(ticket.with_user(self.lead).pending_approval)

    def test_dispatcher_hands_over_several_at_once(self):
        tickets = self._walk(self._ticket(), "accepted") | self._walk(
            self._ticket(subject="Cap missing"), "accepted"
        )
        Wizard = self.env["gb.ticket.dispatch"].with_user(self.dispatcher)
        wizard = Wizard.with_context(active_model="gb.ticket", active_ids=tickets.ids).create(
            {"department_id": self.quality.id}
        )
        wizard.action_dispatch()
        self.assertEqual(tickets.mapped("state_code"), ["dispatched", "dispatched"])
        with self.assertRaisesRegex(UserError, "Nothing was dispatched"):
            wizard.action_dispatch()


@tagged("post_install", "-at_install")
class TestProcessScreens(TicketCase):
    """Versions of a process: picture, file, import and migration."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.process = cls.env["gb.ticket.process"]._get_active()

    def test_picture_has_every_state_and_move(self):
        diagram = self.process.with_user(self.manager).diagram
        self.assertEqual(
            {node["code"] for node in diagram["nodes"]},
            set(self.process._get_states().mapped("code")),
        )
        drawn = {label["code"] for edge in diagram["edges"] for label in edge["labels"]}
        for node in diagram["nodes"]:
            drawn |= {move["code"] for move in node["notes"] + node["gathered"]}
        self.assertEqual(drawn, set(self.process.transition_ids.mapped("code")))

    def test_boxes_of_the_picture_do_not_overlap(self):
        nodes = self.process.diagram["nodes"]
        for index, one in enumerate(nodes):
            for other in nodes[index + 1 :]:
                beside = (
                    one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
                )
                above = (
                    one["y"] + one["height"] <= other["y"]
                    or other["y"] + other["height"] <= one["y"]
                )
                self.assertTrue(beside or above, (one["code"], other["code"]))

    def test_picture_of_any_process(self):
        states = [{"code": code, "name": code, "phase": "open"} for code in "abcd"]
        moves = [
            {
                "code": f"{a}{b}",
                "name": "→",
                "style": "primary",
                "target": "state",
                "from": [a],
                "to": b,
            }
            for a in "abcd"
            for b in "abcd"
            if a != b
        ]
        layout = get_layout(states, moves, "a")
        self.assertEqual(len(layout["edges"]), 12)
        self.assertEqual(get_layout(states[:1], [], "a")["edges"], [])

    def test_imported_file_becomes_a_draft(self):
        data = json.dumps(self.process._export()).encode()
        Wizard = self.env["gb.ticket.process.import"].with_user(self.manager)
        action = Wizard.create({"file": self._b64(data), "file_name": "x.json"}).action_import()
        draft = self.env["gb.ticket.process"].browse(action["res_id"])
        self.assertEqual((draft.state, draft.code), ("draft", self.process.code))
        self.assertGreater(draft.version, self.process.version)
        with self.assertRaisesRegex(UserError, "no JSON"):
            Wizard.create({"file": self._b64(b"{")}).action_import()
        with self.assertRaisesRegex(UserError, "no text"):
            Wizard.create({"file": self._b64(b"\xff\xfe\x00\xd8")}).action_import()
        with self.assertRaises(AccessError):
            Wizard.with_user(self.agent).create({"file": self._b64(data)})

    @staticmethod
    def _b64(data):
        return base64.b64encode(data)

    def test_running_work_orders_are_taken_over_state_by_state(self):
        ticket = self._walk(self._ticket(), "processing")
        draft = self.env["gb.ticket.process"].browse(self.process.action_new_version()["res_id"])
        draft.action_publish()
        wizard = (
            self.env["gb.ticket.process.migrate"]
            .with_user(self.manager)
            .create({"process_id": self.process.id, "target_id": draft.id})
        )
        line = wizard.line_ids.filtered(lambda line: line.state_id == ticket.state_id)
        self.assertEqual(line.target_state_id, ticket.state_id, "The same state is proposed.")
        line.target_state_id = False
        with self.assertRaisesRegex(UserError, "Say where"):
            wizard.action_migrate()
        line.target_state_id = self.env["gb.ticket.state"]._get("dispatched")
        wizard.action_migrate()
        self.assertEqual(ticket.process_id, draft)
        self.assertEqual(ticket.state_code, "dispatched")


@tagged("post_install", "-at_install")
class TestProcessDownload(HttpCase):
    def _get(self, login):
        self.authenticate(login, login)
        process = self.env["gb.ticket.process"]._get_active()
        return self.url_open(f"/gb/ticket/process/{process.id}.json")

    def test_managers_download_a_version(self):
        context = {"no_reset_password": True}
        new_test_user(self.env, "gb_ui_manager", "gb_callcenter.group_gb_manager", context=context)
        new_test_user(self.env, "gb_ui_agent", "gb_callcenter.group_gb_agent", context=context)
        answer = self._get("gb_ui_manager")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["format"], "gb.ticket.process/1")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertEqual(self._get("gb_ui_agent").status_code, 404)
