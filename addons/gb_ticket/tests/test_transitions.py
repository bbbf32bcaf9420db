from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestTransitions(TicketCase):
    """Every move of the closed loop: who may, who may not, what stops it and what it says, what is recorded.

    One test per move, called ``test_<code>_…``; ``test_no_move_is_forgotten`` compares them with the data.
    """

    def test_no_move_is_forgotten(self):
        tested = [name[5:] for name in dir(self) if name.startswith("test_")]
        for process in self.env["gb.ticket.process"].search([("code", "=", "closed_loop")]):
            for code in process.transition_ids.mapped("code"):
                self.assertTrue(
                    any(name.startswith(code + "_moves") for name in tested), f"no test of {code}"
                )

    def _assert_moved(self, ticket, code, state, actor=None, note=None):
        """The work order is in ``state``, and its history has the move as the one open step."""
        self.assertEqual(ticket.state_code, state)
        step = ticket._get_last_step()
        self.assertEqual(step.transition_code, code)
        self.assertEqual(step.state_id, ticket.state_id)
        self.assertEqual(step.note or None, note)
        self.assertEqual(step.actor, "user" if actor else "system")
        self.assertEqual(step.actor_id, actor or self.env["res.users"])
        open_steps = ticket.step_ids.filtered(lambda step: not step.ended_at)
        self.assertEqual(open_steps, step if ticket.is_open else step.browse())
        running = ticket.clock_ids.filtered(lambda clock: clock.state in ("running", "paused"))
        if not ticket.is_open:
            self.assertFalse(running, "an ended work order has no running clock")

    def _assert_denied(self, ticket, user, code, values=None, note=None, says=None):
        """``user`` may not, and nothing has changed."""
        before = (ticket.state_id, ticket.revision, len(ticket.step_ids))
        error = UserError if says else AccessError
        with self.assertRaisesRegex(error, says or ""), self.env.cr.savepoint():
            ticket.with_user(user)._transition(code, values, note)
        ticket.invalidate_recordset()
        self.assertEqual((ticket.state_id, ticket.revision, len(ticket.step_ids)), before)

    # --- acceptance ----------------------------------------------------------------------------
    def test_accept_moves_a_draft(self):
        ticket = self._ticket(remedy=False, partner_id=False)
        self._assert_denied(ticket, self.handler, "accept")
        self._assert_denied(ticket, self.agent, "accept", says="Customer.*Remedy sought")
        self._move(
            ticket, self.agent, "accept", {"partner_id": self.customer.id, "remedy": "A new one"}
        )
        self._assert_moved(ticket, "accept", "accepted", self.agent)
        self.assertRegex(ticket.name, r"^WO\d{4}-\d{6}$")
        self.assertEqual(ticket.accepted_by_id, self.agent)
        self.assertTrue(ticket.accepted_at)
        self.assertEqual(ticket._get_last_step().details["remedy"], "A new one")

    def test_accept_asks_for_the_order_line_of_a_return(self):
        ticket = self._ticket(type_id=self.env.ref("gb_ticket.gb_ticket_type_return").id)
        self._assert_denied(ticket, self.agent, "accept", says="Order line")

    def test_answer_moves_a_consultation_only(self):
        ticket = self._walk(self._ticket(), "accepted")
        answer = {"answer": "Boil it for five minutes."}
        self._assert_denied(
            ticket, self.agent, "answer", answer, says="Only a consultation is closed on the spot"
        )
        ticket = self._walk(self._ticket(type_id=self.consultation.id), "accepted")
        self._assert_denied(ticket, self.handler, "answer", answer)
        self._assert_denied(ticket, self.agent, "answer", says="Answer")
        self._assert_denied(ticket, self.agent, "answer", {"answer": "  "}, says="Write down")
        self._move(ticket, self.agent, "answer", answer)
        self._assert_moved(ticket, "answer", "closed", self.agent)
        self.assertEqual(ticket.closing, "on_the_spot")

    def test_decline_moves_after_a_lead_confirms(self):
        ticket = self._walk(self._ticket(), "accepted")
        self._assert_denied(ticket, self.handler, "decline", note="Not ours")
        self._assert_denied(ticket, self.agent, "decline", says="asks for a reason")
        self.assertFalse(self._move(ticket, self.agent, "decline", note="Not ours"))
        self.assertEqual(ticket.state_code, "accepted")
        approval = ticket.pending_approval_id
        self.assertEqual(approval.requested_by_id, self.agent)
        with self.assertRaisesRegex(UserError, "asked for already"):
            self._move(ticket, self.agent, "decline", note="Again")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            approval.with_user(self.agent_2).action_approve()
        approval.with_user(self.lead).action_approve("Right")
        ticket.invalidate_recordset()
        self._assert_moved(ticket, "decline", "declined", self.lead, note="Not ours")
        self.assertEqual(approval.state, "approved")

    def test_decline_refused_leaves_it_as_it_was(self):
        ticket = self._walk(self._ticket(), "accepted")
        self._move(ticket, self.agent, "decline", note="Not ours")
        approval = ticket.pending_approval_id
        approval.with_user(self.lead).action_refuse("It is ours")
        self.assertEqual((ticket.state_code, approval.state), ("accepted", "refused"))
        with self.assertRaisesRegex(UserError, "decided already"):
            approval.with_user(self.lead).action_approve()

    def test_decline_waiting_is_void_when_the_work_order_ends(self):
        ticket = self._walk(self._ticket(), "accepted")
        self._move(ticket, self.agent, "decline", note="Not ours")
        approval = ticket.pending_approval_id
        self._move(ticket, self.lead, "cancel", note="The customer rang")
        self.assertEqual(approval.state, "void")

    # --- hand-over -----------------------------------------------------------------------------
    def test_dispatch_moves_to_a_department(self):
        ticket = self._walk(self._ticket(), "accepted")
        self._assert_denied(ticket, self.handler, "dispatch", {"department_id": self.quality.id})
        self._assert_denied(ticket, self.agent, "dispatch", says="Lead department")
        self._move(ticket, self.agent, "dispatch", {"department_id": self.quality.id})
        self._assert_moved(ticket, "dispatch", "dispatched", self.agent)
        self.assertEqual(ticket._get_last_step().department_id, self.quality)
        self.assertTrue(ticket.dispatched_at)

    def test_sign_moves_for_the_department_only(self):
        ticket = self._walk(self._ticket(), "dispatched")
        self._assert_denied(ticket, self.stranger, "sign")
        self._assert_denied(ticket, self.agent, "sign")
        self._move(ticket, self.handler, "sign")
        self._assert_moved(ticket, "sign", "processing", self.handler)
        self.assertEqual(ticket.user_id, self.handler)
        self.assertTrue(ticket.signed_at)

    def test_send_back_moves_twice_then_a_supervisor_assigns(self):
        ticket = self._walk(self._ticket(), "dispatched")
        other = {"suggested_department_id": self.logistics.id}
        self._assert_denied(ticket, self.stranger, "send_back", other, "Not ours")
        self._assert_denied(ticket, self.handler, "send_back", other, says="asks for a reason")
        self._assert_denied(
            ticket, self.handler, "send_back", note="x", says="Suggested department"
        )
        self._assert_denied(
            ticket, self.handler, "send_back", {"suggested_department_id": self.quality.id}, "x",
            says="another department",
        )  # fmt: skip
        for count in (1, 2):
            self._move(ticket, self.handler, "send_back", other, "Not ours")
            self._assert_moved(ticket, "send_back", "accepted", self.handler, note="Not ours")
            self.assertEqual(ticket.return_count, count)
            if count == 1:
                self._move(ticket, self.agent, "dispatch", {"department_id": self.quality.id})
        back = {"department_id": self.quality.id}
        self._assert_denied(ticket, self.agent, "dispatch", back, says="a supervisor assigns")
        self._move(ticket, self.dispatcher, "dispatch", back)
        self.assertTrue(ticket.is_pinned)
        self._assert_denied(
            ticket, self.handler, "send_back", other, "Not ours", says="assigned it for good"
        )

    def test_transfer_moves_to_another_person_or_department(self):
        ticket = self._walk(self._ticket(), "processing")
        values = {"department_id": self.quality.id, "user_id": self.handler_2.id}
        self._assert_denied(ticket, self.handler_2, "transfer", values, "Holiday")
        self._assert_denied(ticket, self.handler, "transfer", values, says="asks for a reason")
        self._move(ticket, self.handler, "transfer", values, "Holiday")
        self._assert_moved(ticket, "transfer", "processing", self.handler, note="Holiday")
        self.assertEqual(ticket.user_id, self.handler_2)
        self.assertEqual(ticket._get_last_step().user_id, self.handler_2)

    # --- waiting -------------------------------------------------------------------------------
    def test_wait_customer_moves_with_a_follow_up_date(self):
        ticket = self._walk(self._ticket(), "processing")
        values = {"follow_up_at": self._later(days=1)}
        self._assert_denied(ticket, self.handler_2, "wait_customer", values, "A photo")
        self._assert_denied(ticket, self.handler, "wait_customer", values, says="asks for a reason")
        self._assert_denied(
            ticket, self.handler, "wait_customer", {"follow_up_at": self._later(days=-1)}, "A photo",
            says="a time in the future",
        )  # fmt: skip
        self._move(ticket, self.handler, "wait_customer", values, "A photo")
        self._assert_moved(ticket, "wait_customer", "waiting_customer", self.handler, "A photo")

    def test_wait_third_moves_with_a_follow_up_date(self):
        ticket = self._walk(self._ticket(), "processing")
        values = {"follow_up_at": self._later(days=1)}
        self._assert_denied(ticket, self.agent, "wait_third", values, "Carrier")
        self._move(ticket, self.handler, "wait_third", values, "Carrier")
        self._assert_moved(ticket, "wait_third", "waiting_third", self.handler, "Carrier")

    def test_resume_moves_from_both_waits_by_staff_customer_and_system(self):
        for code, actor in (
            ("wait_customer", "customer"),
            ("wait_third", "user"),
            ("wait_customer", "system"),
        ):
            with self.subTest(code=code, actor=actor):
                ticket = self._walk(self._ticket(), "processing")
                values = {"follow_up_at": self._later(days=1)}
                self._move(ticket, self.handler, code, values, "x")
                self._assert_denied(ticket, self.analyst, "resume")
                self._move(ticket, self.handler, "resume", actor=actor)
                self.assertEqual(ticket.state_code, "processing")
                self.assertEqual(ticket._get_last_step().actor, actor)
                self.assertEqual(bool(ticket._get_last_step().actor_id), actor == "user")

    # --- result --------------------------------------------------------------------------------
    def test_submit_moves_when_blocking_tasks_are_done(self):
        ticket = self._walk(self._ticket(), "processing")
        task = self.env["gb.ticket.task"].create(
            {
                "name": "Look at the batch",
                "ticket_id": ticket.id,
                "department_id": self.logistics.id,
            }
        )
        result = self._result(ticket)
        self._assert_denied(ticket, self.handler_2, "submit", result)
        self._assert_denied(ticket, self.handler, "submit", says="Solution")
        self._assert_denied(ticket, self.handler, "submit", result, says="Look at the batch")
        task.state = "done"
        self._move(ticket, self.handler, "submit", result)
        self._assert_moved(ticket, "submit", "review", self.handler)
        self.assertEqual(ticket.result_author_id, self.handler)

    def test_approve_moves_but_not_for_the_author(self):
        ticket = self._walk(self._ticket(), "review")
        self._assert_denied(ticket, self.agent, "approve", {"is_checked": True})
        self._assert_denied(ticket, self.clerk, "approve", says="Checked")
        ticket.result_author_id = self.clerk
        self._assert_denied(ticket, self.clerk, "approve", {"is_checked": True})
        ticket.result_author_id = self.handler
        self._move(ticket, self.clerk, "approve", {"is_checked": True})
        self._assert_moved(ticket, "approve", "call_back", self.clerk)

    def test_rework_moves_back_and_counts(self):
        ticket = self._walk(self._ticket(), "review")
        self._assert_denied(ticket, self.handler, "rework", note="Not carried out")
        self._assert_denied(ticket, self.clerk, "rework", says="asks for a reason")
        self._move(ticket, self.clerk, "rework", note="Not carried out")
        self._assert_moved(ticket, "rework", "processing", self.clerk, "Not carried out")
        self.assertEqual((ticket.rework_count, ticket.cycle), (1, 1))
        ticket = self._walk(ticket, "review")
        ticket.rework_count = ticket.process_id.max_rework
        self._assert_denied(ticket, self.clerk, "rework", note="Again", says="reworked 3 times")

    # --- call-back -----------------------------------------------------------------------------
    def test_close_moves_when_solved_and_satisfied(self):
        ticket = self._walk(self._ticket(), "call_back")
        good = {"solved": "yes", "satisfaction": "4"}
        self._assert_denied(ticket, self.handler, "close", good)
        self._assert_denied(ticket, self.clerk, "close", says="Solved")
        self._assert_denied(
            ticket, self.clerk, "close", {**good, "satisfaction": "2"}, says="not dissatisfied"
        )
        self._assert_denied(
            ticket, self.clerk, "close", {**good, "solved": "partly"}, says="back into processing"
        )
        self._move(ticket, self.clerk, "close", good)
        self._assert_moved(ticket, "close", "closed", self.clerk)
        self.assertEqual((ticket.closing, ticket.satisfaction), ("satisfied", "4"))
        self.assertTrue(ticket.closed_at)

    def test_close_by_the_customer_himself(self):
        ticket = self._walk(self._ticket(), "call_back")
        self._move(
            ticket, self.agent, "close", {"solved": "yes", "satisfaction": "5"}, actor="customer"
        )
        self.assertEqual(ticket.state_code, "closed")
        self.assertEqual(ticket._get_last_step().actor, "customer")

    def test_reject_moves_into_the_next_cycle_with_escalation(self):
        ticket = self._walk(self._ticket(), "call_back")
        bad = {"solved": "no", "satisfaction": "1"}
        self._assert_denied(ticket, self.handler, "reject", bad, "Still leaks")
        self._assert_denied(ticket, self.clerk, "reject", bad, says="asks for a reason")
        self._assert_denied(
            ticket, self.clerk, "reject", {"solved": "yes", "satisfaction": "5"}, "x",
            says="satisfied: close",
        )  # fmt: skip
        self._move(ticket, self.clerk, "reject", bad, "Still leaks")
        self._assert_moved(ticket, "reject", "processing", self.clerk, "Still leaks")
        self.assertEqual((ticket.cycle, ticket.level, ticket.is_supervised), (2, 1, False))
        self.assertFalse(ticket.solved, "the next answer is asked for anew")
        self.assertEqual(ticket._get_last_step().details["solved"], "Not solved")
        self._walk(ticket, "call_back")
        self._move(ticket, self.clerk, "reject", bad, "Still leaks")
        self.assertEqual((ticket.cycle, ticket.level, ticket.is_supervised), (3, 2, True))
        self.assertEqual(ticket.user_id, self.department_lead, "the third cycle is a lead's")
        for code, values in (("submit", self._result(ticket)),):
            self._move(ticket, self.department_lead, code, values)
        self._move(ticket, self.clerk, "approve", {"is_checked": True})
        self._assert_denied(ticket, self.clerk, "reject", bad, "x", says="last of 3 cycles")

    def test_close_final_moves_when_remedies_are_exhausted(self):
        ticket = self._walk(self._ticket(), "call_back")
        self._assert_denied(ticket, self.clerk, "close_final", note="Our position")
        self._assert_denied(
            ticket, self.dispatcher, "close_final", note="Our position", says="cycles left"
        )
        ticket.cycle = 3
        self._assert_denied(
            ticket, self.dispatcher, "close_final", note="Our position", says="in writing first"
        )
        self.env["gb.ticket.message"].create(
            {"ticket_id": ticket.id, "direction": "out", "channel": "email", "body": "…"}
        )
        self._move(ticket, self.dispatcher, "close_final", note="Our position")
        self._assert_moved(ticket, "close_final", "closed", self.dispatcher, "Our position")
        self.assertEqual(ticket.closing, "final_position")

    def test_close_unverified_moves_after_attempts_and_survey(self):
        ticket = self._walk(self._ticket(), "call_back")
        ticket._get_last_step().started_at = self._later(days=-5)
        self._assert_denied(ticket, self.clerk, "close_unverified")
        Message = self.env["gb.ticket.message"]
        attempt = {
            "ticket_id": ticket.id,
            "direction": "out",
            "channel": "phone",
            "kind": "attempt",
            "state": "not_reached",
        }
        Message.create([{**attempt, "at": self._later(hours=-hours)} for hours in (1, 1.1, 1.2)])
        with freeze_time(fields.Datetime.now().replace(hour=12)):
            self._assert_denied(ticket, self.dispatcher, "close_unverified", says="2 days")
        Message.create({**attempt, "at": self._later(days=-2)})
        self._assert_denied(ticket, self.dispatcher, "close_unverified", says="by SMS")
        self.env["gb.ticket.rating"].create(
            {"ticket_id": ticket.id, "channel": "sms", "asked_at": self._later(days=-3, minutes=-1)}
        )
        self._move(ticket, self.agent, "close_unverified", actor="system")
        self._assert_moved(ticket, "close_unverified", "closed")
        self.assertEqual(ticket.closing, "unverified")
        self.assertFalse(ticket.satisfaction)

    # --- after the end -------------------------------------------------------------------------
    def test_reopen_moves_within_seven_days(self):
        ticket = self._walk(self._ticket(), "closed")
        self._assert_denied(ticket, self.handler, "reopen", note="Again")
        self._assert_denied(ticket, self.agent, "reopen", says="asks for a reason")
        ticket.closed_at = fields.Datetime.now() - timedelta(days=7, minutes=1)
        self._assert_denied(ticket, self.agent, "reopen", note="Again", says="more than 7 days")
        ticket.closed_at = fields.Datetime.now() - timedelta(days=6, hours=23)
        self._move(ticket, self.agent, "reopen", note="Again")
        self._assert_moved(ticket, "reopen", "processing", self.agent, "Again")
        self.assertEqual((ticket.reopen_count, ticket.cycle), (1, 2))
        self.assertFalse(ticket.closing)
        self.assertFalse(ticket.closed_at)
        self._walk(ticket, "closed")
        self._move(ticket, self.agent, "reopen", note="Once more", actor="customer")
        self._walk(ticket, "closed")
        self._assert_denied(ticket, self.agent, "reopen", note="x", says="cannot be reopened again")

    def test_cancel_moves_with_evidence(self):
        ticket = self._walk(self._ticket(), "processing")
        task = self.env["gb.ticket.task"].create(
            {"name": "Look", "ticket_id": ticket.id, "department_id": self.logistics.id}
        )
        self._assert_denied(ticket, self.agent, "cancel", note="Mail of today")
        self._assert_denied(ticket, self.lead, "cancel", says="asks for a reason")
        self._move(ticket, self.lead, "cancel", note="Mail of today")
        self._assert_moved(ticket, "cancel", "cancelled", self.lead, "Mail of today")
        self.assertEqual(task.state, "cancelled")
        self.assertFalse(ticket.closing, "a cancelled work order is not a fulfilled one")

    def test_merge_moves_into_an_open_one_of_the_same_customer(self):
        target = self._ticket()
        ticket = self._walk(self._ticket(subject="Bottle is leaking"), "processing")
        into = {"merged_into_id": target.id}
        self._assert_denied(ticket, self.handler, "merge", into)
        self._assert_denied(ticket, self.agent, "merge", into, says="not open")
        self._walk(target, "accepted")
        self._assert_denied(
            ticket, self.agent, "merge", {"merged_into_id": ticket.id}, says="itself"
        )
        other = self.env["res.partner"].create({"name": "Somebody else"})
        target.partner_id = other
        self._assert_denied(ticket, self.agent, "merge", into, says="another customer")
        target.partner_id = self.customer
        self._move(ticket, self.agent, "merge", into)
        self._assert_moved(ticket, "merge", "merged", self.agent)
        self.assertEqual(target.merged_ids, ticket)

    def test_unmerge_moves_back_to_where_it_was(self):
        target = self._walk(self._ticket(), "accepted")
        ticket = self._walk(self._ticket(subject="Bottle is leaking"), "processing")
        self._move(ticket, self.agent, "merge", {"merged_into_id": target.id})
        self._assert_denied(ticket, self.handler, "unmerge")
        self._move(ticket, self.agent, "unmerge")
        self._assert_moved(ticket, "unmerge", "processing", self.agent)
        self.assertFalse(ticket.merged_into_id)
        self.assertTrue(ticket.is_open)

    # --- the engine itself ---------------------------------------------------------------------
    def test_a_move_that_is_not_asked_for_a_field_does_not_set_it(self):
        ticket = self._walk(self._ticket(), "dispatched")
        self._assert_denied(
            ticket, self.handler, "sign", {"refund_amount": 999}, says="does not set refund_amount"
        )

    def test_a_stale_screen_is_told(self):
        ticket = self._walk(self._ticket(), "dispatched")
        seen = ticket.revision
        self._move(ticket, self.handler, "sign")
        with self.assertRaisesRegex(UserError, "gb_handler .*has moved .* “Processing” meanwhile"):
            self._move(ticket, self.handler_2, "sign", revision=seen)

    def test_buttons_are_those_of_the_role(self):
        ticket = self._walk(self._ticket(), "dispatched")
        codes = {
            user: [move["code"] for move in ticket.with_user(user).moves or []]
            for user in (self.handler, self.agent, self.dispatcher, self.analyst)
        }
        self.assertEqual(codes[self.handler], ["sign", "send_back"])
        self.assertEqual(codes[self.agent], ["merge"])
        self.assertEqual(codes[self.dispatcher], ["transfer", "cancel", "merge"])
        self.assertEqual(codes[self.analyst], [])
