from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_replies import ReplyCase


@tagged("post_install", "-at_install")
class TestSatisfaction(ReplyCase):
    def _answered_at_once(self, **values):
        """A consultation closed on the spot: nobody has asked the customer whether he is satisfied."""
        ticket = self._ticket(type_id=self.consultation.id, **values)
        self._move(ticket, self.agent, "accept")
        self._move(ticket, self.agent, "answer", {"answer": "Boil it for five minutes."})
        return ticket

    def _asked(self, **values):
        self.consultation.call_back_percent = 100
        ticket = self._answered_at_once(**values)
        return ticket, ticket.rating_request_ids

    # ------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------
    def test_asked_once_after_closing_in_one_message(self):
        ticket, rating = self._asked(reply_channel="email")
        self.assertEqual((rating.state, rating.channel, rating.cycle), ("asked", "email", 1))
        message = self._messages(ticket, event="rating")
        self.assertIn(f"/gb/rate/{rating.token}", message.body)
        self.assertFalse(self._messages(ticket, event="closed"), "the question says it")

    def test_email_has_a_link_for_each_score(self):
        ticket, rating = self._asked(reply_channel="email")
        mail = self._messages(ticket, event="rating")._render_mail()
        for score in range(1, 6):
            self.assertIn(f"/gb/rate/{rating.token}?score={score}", mail)

    def test_not_asked_whom_the_sample_leaves_out(self):
        self.consultation.call_back_percent = 0
        ticket = self._answered_at_once()
        self.assertFalse(ticket.rating_request_ids)
        self.assertTrue(self._messages(ticket, event="closed"))

    def test_sample_is_the_same_every_time_and_even(self):
        tickets = self.env["gb.ticket"].browse(range(1, 2001))
        samples = [ticket._get_sample() for ticket in tickets]
        self.assertEqual(samples, [ticket._get_sample() for ticket in tickets])
        self.assertAlmostEqual(sum(sample < 20 for sample in samples) / 2000, 0.2, delta=0.03)

    def test_who_answered_in_the_call_back_is_not_asked_again(self):
        ticket = self._walk(self._ticket(), "closed")
        rating = ticket.rating_request_ids
        self.assertEqual((rating.state, rating.channel), ("answered", "phone"))
        self.assertEqual((rating.solved, rating.score, rating.cycle), ("yes", "5", 1))
        self.assertFalse(self._messages(ticket, event="rating"))

    def test_rejection_in_the_call_back_is_the_answer_of_its_cycle(self):
        ticket = self._walk(self._ticket(), "call_back")
        self._move(
            ticket, self.clerk, "reject", {"solved": "no", "satisfaction": "2"}, "Leaks again"
        )
        self.assertEqual(ticket.cycle, 2)
        rating = ticket.rating_request_ids
        self.assertEqual((rating.cycle, rating.solved, rating.score), (1, "no", "2"))
        self.assertEqual(rating.comment, "Leaks again")

    def test_asking_by_sms_goes_on_with_the_same_question(self):
        ticket = self._walk(self._ticket(reply_channel="email"), "call_back")
        rating = ticket._request_rating("email")
        self.assertEqual(ticket.with_user(self.clerk).action_request_rating(), True)
        self.assertEqual(rating.channel, "sms")
        self.assertEqual(ticket.rating_request_ids, rating)

    def test_only_who_works_on_it_asks(self):
        ticket = self._walk(self._ticket(), "call_back")
        with self.assertRaises(AccessError):
            ticket.with_user(self.analyst).action_request_rating()
        with self.assertRaisesRegex(UserError, "when there is a result"):
            self._ticket().with_user(self.agent).action_request_rating()

    # ------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------
    def test_first_answer_counts(self):
        ticket, rating = self._asked()
        self.assertTrue(rating._answer("yes", "5", " Thank you ", channel="web"))
        self.assertFalse(rating._answer("no", "1", "Terrible"))
        self.assertEqual((rating.score, rating.comment), ("5", "Thank you"))
        self.assertEqual((ticket.solved, ticket.satisfaction), ("yes", "5"))
        self.assertEqual(ticket.state_code, "closed")

    def test_bad_score_reopens(self):
        ticket, rating = self._asked()
        rating._answer("no", "1", "It still smells")
        self.assertEqual(ticket.state_code, "processing")
        self.assertEqual((ticket.reopen_count, ticket.cycle), (1, 2))
        step = ticket.step_ids.sorted("id")[-1]
        self.assertEqual((step.actor, step.note), ("customer", "It still smells"))

    def test_low_score_reopens_though_solved(self):
        ticket, rating = self._asked()
        rating._answer("yes", "2")
        self.assertEqual(ticket.state_code, "processing")

    def test_so_so_does_not_reopen(self):
        ticket, rating = self._asked()
        rating._answer("yes", "3")
        self.assertEqual(ticket.state_code, "closed")

    def test_rule_can_be_switched_off(self):
        self.env["ir.config_parameter"].set_param("gb_ticket.bad_score_reopens", "0")
        ticket, rating = self._asked()
        rating._answer("no", "1")
        self.assertEqual(ticket.state_code, "closed")

    def test_after_the_days_for_reopening_a_draft_follows(self):
        ticket, rating = self._asked()
        ticket.closed_at = fields.Datetime.now() - timedelta(days=ticket.process_id.reopen_days + 1)
        rating._answer("no", "1", "Broken again")
        self.assertEqual(ticket.state_code, "closed")
        follower = self.env["gb.ticket"].search([("parent_id", "=", ticket.id)])
        self.assertEqual((follower.phase, follower.description), ("draft", "Broken again"))
        self.assertEqual(follower.partner_id, ticket.partner_id)

    def test_answer_in_the_call_back_closes(self):
        ticket = self._walk(self._ticket(), "call_back")
        ticket._request_rating("email")._answer("yes", "4", channel="web")
        self.assertEqual((ticket.state_code, ticket.closing), ("closed", "satisfied"))
        self.assertEqual(ticket.satisfaction, "4")
        self.assertEqual(ticket.rating_request_ids.channel, "web")

    def test_answer_in_the_call_back_rejects(self):
        ticket = self._walk(self._ticket(), "call_back")
        ticket._request_rating("email")._answer("partly", "3", "One bottle is missing")
        self.assertEqual((ticket.state_code, ticket.cycle), ("processing", 2))
        ticket = self._walk(ticket, "call_back")
        self.assertEqual(ticket._request_rating("email").cycle, 2, "each cycle has its question")

    def test_rejection_after_the_last_cycle_stays_for_a_supervisor(self):
        ticket = self._walk(self._ticket(), "call_back")
        ticket.cycle = ticket.process_id.max_cycles
        ticket._request_rating("email")._answer("no", "1", "Still broken")
        self.assertEqual(ticket.state_code, "call_back")
        told = self.env["mail.message"].search(
            [("model", "=", "gb.ticket"), ("res_id", "=", ticket.id)], order="id desc", limit=1
        )
        self.assertIn(self.department_lead.partner_id, told.notified_partner_ids)

    def test_answer_about_an_earlier_cycle_moves_nothing(self):
        ticket = self._walk(self._ticket(), "call_back")
        rating = ticket._request_rating("email")
        ticket.cycle = 2
        self.assertTrue(rating._answer("no", "1"))
        self.assertEqual(ticket.state_code, "call_back")

    # ------------------------------------------------------------
    # Key press
    # ------------------------------------------------------------
    def test_key_press_answers_the_open_question(self):
        ticket, rating = self._asked()
        Rating = self.env["gb.ticket.rating"]
        self.assertFalse(Rating._rate_by_key("13800007771", "9"), "no such key")
        self.assertFalse(Rating._rate_by_key("13900000000", "5"), "nobody's number")
        self.assertTrue(Rating._rate_by_key("+86 138 0000 7771", "5"))
        self.assertEqual((rating.score, rating.solved, rating.channel), ("5", "yes", "ivr"))
        self.assertFalse(Rating._rate_by_key("13800007771", "1"), "nothing is open any more")

    def test_key_press_with_the_work_order_known(self):
        ticket, rating = self._asked()
        self.assertTrue(self.env["gb.ticket.rating"]._rate_by_key(ticket, 1))
        self.assertEqual((rating.score, rating.solved), ("1", "no"))
        self.assertEqual(ticket.state_code, "processing")

    # ------------------------------------------------------------
    # Time
    # ------------------------------------------------------------
    def test_reminded_once_then_expired(self):
        ticket, rating = self._asked(reply_channel="email")
        self._run_cron("remind_ratings")
        self.assertEqual(rating.state, "asked")
        rating.asked_at = self._later(days=-2, minutes=-1)
        self._run_cron("remind_ratings")
        self._run_cron("remind_ratings")
        self.assertEqual(rating.state, "reminded")
        self.assertEqual(len(self._messages(ticket, event="rating")), 2)
        rating.asked_at = self._later(days=-7, minutes=-1)
        self._run_cron("remind_ratings")
        self.assertEqual(rating.state, "expired")
        self.assertTrue(rating._answer("yes", "4"), "a late answer is an answer")

    def test_who_cannot_be_reached_is_closed_unverified(self):
        ticket = self._walk(self._ticket(), "call_back")
        ticket._request_rating("sms")
        rating = ticket.rating_request_ids
        for days in (4, 3):
            ticket._log_attempt(False).at = self._later(days=-days)
        ticket.step_ids.sorted("id")[-1].started_at = self._later(days=-5)
        rating.asked_at = self._later(days=-3, minutes=-1)
        self._run_cron("close_unverified")
        self.assertEqual(ticket.state_code, "call_back", "two attempts are not enough")
        ticket._log_attempt(False)
        self._run_cron("close_unverified")
        self.assertEqual((ticket.state_code, ticket.closing), ("closed", "unverified"))
        self.assertEqual(len(ticket.rating_request_ids), 1, "not asked again")

    # ------------------------------------------------------------
    # Secrets
    # ------------------------------------------------------------
    def test_staff_do_not_read_the_token_of_a_question(self):
        _ticket, rating = self._asked()
        with self.assertRaises(AccessError):
            rating.with_user(self.agent).read(["token"])
        with self.assertRaises(AccessError):
            rating.with_user(self.manager).score = "5"
