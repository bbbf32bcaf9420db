from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestEngine(TicketCase):
    def test_straight_way_to_satisfied(self):
        ticket = self._walk(self._ticket(), "closed")
        self.assertEqual(ticket.closing, "satisfied")
        self.assertTrue(ticket.name.startswith("WO"))
        self.assertFalse(ticket.is_open)
        self.assertTrue(all(step.ended_at for step in ticket.step_ids))
        self.assertEqual(ticket._get_last_step().transition_code, "close")

    def test_somebody_else_may_not(self):
        ticket = self._walk(self._ticket(), "dispatched")
        with self.assertRaises(AccessError):
            self._move(ticket, self.stranger, "sign")

    def test_what_the_process_owns_is_not_written(self):
        ticket = self._ticket()
        with self.assertRaises(AccessError):
            ticket.with_user(self.agent).state_id = self.env["gb.ticket.state"]._get("closed")
        with self.assertRaisesRegex(UserError, "not possible from there"):
            self._move(ticket, self.handler, "sign")

    def test_process_as_json_there_and_back(self):
        process = self.env["gb.ticket.process"]._get_active()
        data = process._export()
        draft = process._import(data)
        self.assertEqual(draft._export(), data)
        self.assertEqual(draft.version, process.version + 1)
        draft.action_publish()
        self.assertEqual(draft.state, "active")
        self.assertEqual(process.state, "retired")
