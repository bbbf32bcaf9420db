from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestMerge(TicketCase):
    def _accepted(self, **values):
        return self._walk(self._ticket(**values), "accepted")

    def _merge(self, ticket, target, user=None):
        return self._move(ticket, user or self.agent, "merge", {"merged_into_id": target.id})

    def _message(self, ticket, **values):
        return self.env["gb.ticket.message"].create(
            {
                "ticket_id": ticket.id,
                "direction": "in",
                "channel": "email",
                "state": "received",
                **values,
            }
        )

    def test_into_an_open_one_of_the_same_customer(self):
        ticket, target = self._accepted(), self._accepted()
        self._merge(ticket, target)
        self.assertEqual(ticket.state_code, "merged")
        self.assertFalse(ticket.is_open)
        self.assertEqual(target.merged_ids, ticket)
        self.assertIn(f"{ticket.name} was merged into this one.", target.message_ids[0].body)

    def test_refused(self):
        ticket, target = self._accepted(), self._accepted()
        stranger = self.env["res.partner"].create({"name": "Somebody else"})
        foreign = self._accepted(partner_id=stranger.id)
        closed = self._walk(self._ticket(), "closed")
        draft = self._ticket()
        for other, message in (
            (ticket, "into itself"),
            (foreign, "another customer"),
            (closed, "not open"),
            (draft, "not open"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self._merge(ticket, other)
            ticket.invalidate_recordset()
        with self.assertRaises(UserError):
            self._merge(ticket, target, self.handler)

    def test_files_calls_and_messages_are_seen_from_the_target(self):
        ticket, target = self._accepted(), self._accepted()
        call = self.env["gb.call"].create(
            {
                "linked_id": "merge-1",
                "direction": "inbound",
                "provider_id": self.provider.id,
                "company_id": self.company.id,
            }
        )
        ticket.call_ids = call
        attached = self.env["ir.attachment"].create(
            [
                {"name": "leak.txt", "raw": b"drip", "res_model": "gb.ticket", "res_id": ticket.id},
                {"name": "mail.txt", "raw": b"drop"},
            ]
        )
        message = self._message(
            ticket, body="Where is it?", attachment_ids=[Command.link(attached[1].id)]
        )
        self._merge(ticket, target)
        self.assertEqual(target.merged_message_ids & message, message)
        self.assertEqual(target.merged_call_ids, call)
        self.assertEqual(target.merged_attachment_ids, attached)
        self.assertEqual(message.ticket_id, ticket, "linked, not moved")
        self.assertFalse(ticket.merged_message_ids)

    def test_chain(self):
        first, second, third = self._accepted(), self._accepted(), self._accepted()
        message = self._message(first, body="First")
        self._merge(first, second)
        self._merge(second, third)
        self.assertIn(message, third.merged_message_ids)
        self.assertEqual(first._get_merge_target(), third)
        first._receive("email", "One more thing")
        self.assertIn("One more thing", third.gb_message_ids[0].body)

    def test_circle_is_refused(self):
        first, second = self._accepted(), self._accepted()
        self._merge(first, second)
        with self.assertRaisesRegex(UserError, "not open"):
            self._merge(second, first)

    def test_later_messages_reach_the_target_once(self):
        ticket, target = self._accepted(), self._accepted()
        self._merge(ticket, target)
        before = len(ticket.gb_message_ids)
        for _turn in range(2):
            ticket._receive("email", "Any news?", external_id="<mail-1@example.com>")
        received = target.gb_message_ids.filtered(lambda message: message.direction == "in")
        self.assertEqual(len(received), 1)
        self.assertEqual(len(ticket.gb_message_ids), before)
        ticket._chase("email", "Hurry")
        self.assertEqual((target.chase_count, ticket.chase_count), (1, 0))

    def test_a_message_that_came_before_the_merge_is_not_stored_again(self):
        ticket, target = self._accepted(), self._accepted()
        first = ticket._receive("email", "Any news?", external_id="<mail-1@example.com>")
        self._merge(ticket, target)
        again = ticket._receive("email", "Any news?", external_id="<mail-1@example.com>")
        self.assertEqual(again, first)
        self.assertFalse(target.gb_message_ids.filtered(lambda message: message.direction == "in"))

    def test_taken_back_with_what_it_had_cancelled(self):
        ticket = self._walk(self._ticket(), "processing")
        target = self._accepted()
        tasks = self.env["gb.ticket.task"].create(
            [
                {
                    "name": state,
                    "ticket_id": ticket.id,
                    "department_id": self.logistics.id,
                    "state": state,
                }
                for state in ("open", "doing", "done", "cancelled")
            ]
        )
        self._merge(ticket, target)
        self.assertEqual(tasks.mapped("state"), ["cancelled", "cancelled", "done", "cancelled"])
        self._move(ticket, self.agent, "unmerge")
        self.assertEqual(tasks.mapped("state"), ["open", "doing", "done", "cancelled"])
        self.assertEqual(ticket.state_code, "processing")
        self.assertEqual(ticket.user_id, self.handler)
        self.assertFalse(ticket.merged_into_id or ticket.merge_undo)
        self.assertFalse(target.merged_ids)
        self.assertEqual(len(ticket.step_ids.filtered(lambda step: not step.ended_at)), 1)

    def test_clocks_stop_with_the_merge_and_run_again(self):
        ticket = self._walk(self._ticket(), "processing")
        target = self._accepted()
        task = self.env["gb.ticket.task"].create(
            {"name": "Look", "ticket_id": ticket.id, "department_id": self.logistics.id}
        )

        def live():
            clocks = ticket.clock_ids | self.env["gb.ticket.clock"].search(
                [("task_id", "=", task.id)]
            )
            return clocks.filtered(lambda clock: clock.state in ("running", "paused")).kind_id

        before = live()
        self.assertTrue(before)
        self._merge(ticket, target)
        self.assertFalse(live())
        self._move(ticket, self.agent, "unmerge")
        self.assertEqual(live(), before)

    def test_approvals_wait_again(self):
        ticket, target = self._accepted(), self._accepted()
        self._move(ticket, self.agent, "decline", note="Not ours")
        approval = ticket.approval_ids
        self._merge(ticket, target)
        self.assertEqual(approval.state, "void")
        self._move(ticket, self.agent, "unmerge")
        self.assertEqual(approval.state, "pending")

    def test_the_targets_department_sees_it(self):
        ticket = self._accepted()
        target = self._walk(self._ticket(), "dispatched")
        self._merge(ticket, target)
        self.assertIn(self.quality, ticket.department_ids)
        target.sudo().department_id = self.logistics
        self.assertEqual(ticket.department_ids, self.logistics)
        self._move(ticket, self.agent, "unmerge")
        self.assertFalse(ticket.department_ids)

    def test_joined_draft_is_a_draft_again_when_taken_back(self):
        target = self._accepted()
        draft = self._ticket()
        draft.with_user(self.agent).action_answer_duplicate("append", target.id)
        self.assertEqual(draft.state_code, "merged")
        self._move(draft, self.agent, "unmerge")
        self.assertEqual(draft.phase, "draft")
        self.assertFalse(draft.duplicate_answer or draft.duplicate_of_id)
