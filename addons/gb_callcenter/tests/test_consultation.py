"""A third party on a call, and what supervisors do (simulated telephone system)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestConsultation(CallCentreCase):
    def setUp(self):
        super().setUp()
        for agent, seat in ((self.agent, self.seat_1), (self.agent_2, self.seat_2)):
            self.env["gb.seat"].with_user(agent).panel_sign_in(seat.id)

    def _panel(self, agent, method, *args):
        return getattr(self.env["gb.seat"].with_user(agent), method)(*args)

    def _talk(self):
        self._panel(self.agent, "panel_simulate_call", "13800000001")
        return self._panel(self.agent, "panel_call_command", "answer")

    def _consult(self):
        self._talk()
        self._panel(self.agent, "panel_call_command", "consult", self.seat_2.extension)
        return self._panel(self.agent_2, "panel_call_command", "answer")

    def test_the_customer_is_held_and_the_colleague_sees_who_asks(self):
        theirs = self._consult()
        self.assertEqual(theirs["call"]["third"]["state"], "asking")
        self.assertEqual(theirs["call"]["third"]["name"], self.agent.name)
        mine = self._panel(self.agent, "get_panel")["call"]
        self.assertEqual((mine["state"], mine["third"]["state"]), ("held", "talking"))
        self.assertTrue(mine["third"]["is_mine"])
        self.assertEqual(self.seat_1.call_id.user_id, self.agent, "the call stays with who asks")

    def test_completed(self):
        self._consult()
        self._panel(self.agent, "panel_call_command", "complete")
        self.assertEqual(self.seat_1.state, "wrap_up")
        card = self._panel(self.agent_2, "get_panel")["call"]
        self.assertEqual((card["state"], card["third"]), ("talking", False))
        self.assertEqual(self.seat_2.call_id.user_id, self.agent_2)
        leg = self.seat_2.call_id.leg_ids.filtered(lambda leg: leg.seat_id == self.seat_1)
        self.assertEqual(leg.transfer_kind, "attended")

    def test_cancelled(self):
        self._consult()
        card = self._panel(self.agent, "panel_call_command", "cancel_consult")["call"]
        self.assertEqual((card["state"], card["third"]), ("talking", False))
        self.assertEqual(self.seat_2.state, "ready", "being asked leaves no after-call work")
        self.assertFalse(self._panel(self.agent_2, "get_panel")["wrap"])

    def test_conference(self):
        self._consult()
        card = self._panel(self.agent, "panel_call_command", "conference")["call"]
        self.assertEqual((card["state"], card["third"]["state"]), ("talking", "conference"))
        theirs = self._panel(self.agent_2, "get_panel")["call"]
        self.assertEqual((theirs["state"], theirs["third"]["state"]), ("talking", "conference"))

    def test_stopped_recording_is_shown_and_forgotten_with_the_call(self):
        self._talk()
        panel = self._panel(self.agent, "panel_call_command", "record_off")
        self.assertTrue(panel["call"]["is_record_paused"])
        panel = self._panel(self.agent, "panel_call_command", "record_on")
        self.assertFalse(panel["call"]["is_record_paused"])
        self._panel(self.agent, "panel_call_command", "record_off")
        self._panel(self.agent, "panel_call_command", "hangup")
        self.assertFalse(self.seat_1.is_record_paused)

    def test_experts_come_first_among_the_targets(self):
        self.seat_2.is_expert = True
        targets = self._panel(self.agent, "get_panel")["transfer_targets"]
        self.assertEqual((targets[0]["kind"], targets[0]["target"]), ("expert", "1002"))

    def test_own_keys_are_kept_and_checked(self):
        panel = self._panel(self.agent, "panel_set_shortcuts", {"ready": "alt+shift+q"})
        self.assertEqual(panel["shortcuts"], {"ready": "alt+shift+q"})
        self.assertFalse(self._panel(self.agent_2, "get_panel")["shortcuts"])
        for wrong in (
            {"ready": "control+w"},
            {"x y": "alt+q"},
            ["alt+q"],
            {"ready": "alt+shift+<"},
        ):
            with self.assertRaises(UserError):
                self._panel(self.agent, "panel_set_shortcuts", wrong)

    # ------------------------------------------------------------------
    # Supervision
    # ------------------------------------------------------------------

    def test_the_board_shows_seats_calls_and_queues(self):
        self._talk()
        board = self._panel(self.lead, "get_board")
        seat = next(row for row in board["seats"] if row["id"] == self.seat_1.id)
        self.assertEqual((seat["state"], seat["agent"]["id"]), ("on_call", self.agent.id))
        self.assertEqual(seat["call"]["state"], "talking")
        queue = next(row for row in board["queues"] if row["id"] == self.queue_orders.id)
        self.assertEqual((queue["busy"], queue["offered"]), (1, 1))

    def test_agents_have_no_board(self):
        with self.assertRaises(AccessError):
            self._panel(self.agent, "get_board")
        with self.assertRaises(AccessError):
            self._panel(self.agent, "supervise", self.seat_2.id, "listen")

    def test_a_lead_of_another_team_supervises_nobody_here(self):
        self._talk()
        stranger = self._new_user("gb_lead_of_others", "lead")
        board = self._panel(stranger, "get_board")
        seats = [row for row in board["seats"] if row["id"] == self.seat_1.id]
        self.assertFalse(any(row["is_mine"] for row in seats))
        with self.assertRaises(AccessError):
            self._panel(stranger, "supervise", self.seat_1.id, "pause")

    def test_listening_takes_an_own_seat_and_is_noted(self):
        self._talk()
        with self.assertRaises(UserError):
            self._panel(self.lead, "supervise", self.seat_1.id, "listen")
        seat_3 = self.seat_1.copy({"extension": "1009", "name": "Supervisor"})
        self._panel(self.lead, "panel_sign_in", seat_3.id)
        self._panel(self.lead, "supervise", self.seat_1.id, "listen")
        note = self.env["gb.access.log"].search([("kind", "=", "listen")], limit=1)
        self.assertEqual((note.user_id, note.res_id), (self.lead, self.seat_1.call_id.id))
        with self.assertRaises(UserError):
            self._panel(self.lead, "supervise", self.seat_2.id, "listen")

    def test_taking_a_call_over(self):
        self._talk()
        call = self.seat_1.call_id
        seat_3 = self.seat_1.copy({"extension": "1009", "name": "Supervisor"})
        self._panel(self.lead, "panel_sign_in", seat_3.id)
        self._panel(self.lead, "supervise", self.seat_1.id, "take")
        self.assertEqual((seat_3.state, seat_3.call_id), ("ringing", call))
        self.assertEqual(self.seat_1.state, "wrap_up")
        self.assertTrue(self.env["gb.access.log"].search_count([("kind", "=", "take")]))

    def test_forced_pause_is_noted(self):
        self._panel(self.lead, "supervise", self.seat_2.id, "pause")
        self.assertEqual(self.seat_2.state, "paused")
        note = self.env["gb.access.log"].search([("kind", "=", "force")], limit=1)
        self.assertIn(self.agent_2.name, note.details)
