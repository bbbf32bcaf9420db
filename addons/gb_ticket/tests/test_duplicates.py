from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestDuplicates(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls.order.order_line
        cls.leak, cls.colour = cls.env["gb.ticket.category"].create(
            [{"name": "Leaks"}, {"name": "Wrong colour"}]
        )

    def _draft(self, **values):
        values = {
            "order_id": self.order.id,
            "order_line_id": self.line.id,
            "category_id": self.leak.id,
            **values,
        }
        return self._ticket(**values)

    def _accepted(self, **values):
        draft = self._draft(**values)
        draft.with_user(self.agent).action_answer_duplicate("new", reason="Another bottle")
        return self._walk(draft, "accepted")

    def _find(self, user=None, **values):
        values = {
            "partner_id": self.customer.id,
            "order_id": self.order.id,
            "order_line_id": self.line.id,
            "type_id": self.complaint.id,
            "category_id": self.leak.id,
            "subject": "Bottle leaks",
            **values,
        }
        return self.env["gb.ticket"].with_user(user or self.agent).find_duplicates(values)

    def _back(self, ticket, **delta):
        ticket.accepted_at = fields.Datetime.now() - timedelta(**delta)
        ticket.flush_recordset()

    # ------------------------------------------------------------ points
    def test_everything_the_same_is_a_hundred(self):
        ticket = self._accepted()
        (found,) = self._find()
        self.assertEqual(found["score"], 100)
        self.assertTrue(found["must_answer"])
        self.assertFalse(found["is_repeat"])
        self.assertEqual(
            (found["id"], found["name"], found["subject"], found["type"], found["state"]),
            (ticket.id, ticket.name, "Bottle leaks", self.complaint.name, "Accepted"),
        )
        self.assertEqual(found["accepted_at"], fields.Datetime.to_string(ticket.accepted_at))
        self.assertIn(f"The same line of the order {self.order.name}.", found["why"])
        self.assertIn("The same type and problem.", found["why"])
        self.assertIn("The text is 100% alike.", found["why"])

    def test_points_of_each_sign(self):
        ticket = self._accepted()
        other_words = {"subject": "Ordered twice", "description": "Zzz"}
        self.assertEqual(self._find(**other_words)[0]["score"], 90)
        self.assertEqual(self._find(**other_words, category_id=self.colour.id)[0]["score"], 65)
        self.assertEqual(
            self._find(**other_words, type_id=self.consultation.id)[0]["score"],
            65,
            "type and problem count together",
        )
        self.assertEqual(self._find(**other_words, order_line_id=False)[0]["score"], 50)
        for days, score in ((3, 90), (4, 86), (7, 86), (8, 83), (30, 83), (31, 80)):
            with freeze_time(ticket.accepted_at + timedelta(days=days)):
                self.assertEqual(self._find(**other_words)[0]["score"], score, days)

    def test_listed_from_forty_and_answered_from_sixty_five(self):
        ticket = self._accepted()
        self._back(ticket, days=40)
        words = {"subject": "Ordered twice"}
        (found,) = self._find(**words, order_line_id=False)
        self.assertEqual((found["score"], found["must_answer"]), (40, False))
        (found,) = self._find(**words)
        self.assertEqual((found["score"], found["must_answer"]), (80, True))
        self.assertFalse(self._find(**words, order_line_id=False, category_id=self.colour.id))

    def test_the_text_alone_decides_nothing(self):
        ticket = self._accepted(order_id=False, order_line_id=False, category_id=self.colour.id)
        self._back(ticket, days=40)
        self.assertFalse(self._find(order_line_id=False))

    # -------------------------------------------------------- candidates
    def test_drafts_cancelled_and_itself_are_no_candidates(self):
        draft = self._draft()
        self.assertFalse(self._find())
        ticket = self._walk(draft, "accepted")
        self.assertFalse(self._find(id=ticket.id))
        self._move(ticket, self.lead, "cancel", note="Called off by telephone")
        self.assertFalse(self._find())

    def test_everyone_of_a_company_is_one_customer(self):
        company = self.env["res.partner"].create({"name": "Baby Shop", "is_company": True})
        first, second = self.env["res.partner"].create(
            [{"name": name, "parent_id": company.id} for name in ("Li", "Wang")]
        )
        self.order.partner_id = company
        ticket = self._accepted(partner_id=first.id)
        self.assertEqual(self._find(partner_id=second.id)[0]["id"], ticket.id)
        self.assertEqual(self._find(partner_id=company.id)[0]["id"], ticket.id)
        self.assertFalse(self._find())

    def test_found_by_the_number_however_it_is_written(self):
        ticket = self._accepted(contact_phone="+86 139 0000 1234")
        self.assertEqual(ticket.contact_number_key, "+8613900001234")
        for number in ("13900001234", "0086-139-0000-1234", "139 0000 1234"):
            self.assertEqual(self._find(partner_id=False, contact_phone=number)[0]["id"], ticket.id)
        self.assertFalse(self._find(partner_id=False, contact_phone="13900001235"))
        self.assertFalse(self._find(partner_id=False, contact_phone="anonymous"))

    def test_a_number_stands_for_the_customers_who_have_it(self):
        ticket = self._accepted()
        (found,) = self._find(partner_id=False, contact_phone="0086 138 0000 7771")
        self.assertEqual(found["id"], ticket.id)

    def test_the_newest_fifty_are_compared(self):
        tickets = self.env["gb.ticket"].concat(*(self._draft() for _turn in range(52)))
        tickets.write({"phase": "open", "accepted_at": fields.Datetime.now()})
        found = self._find()
        self.assertEqual([row["id"] for row in found], sorted(tickets.ids, reverse=True)[:50])

    def test_likeliest_first(self):
        same = self._accepted()
        newer = self._accepted(category_id=self.colour.id)
        self.assertEqual([row["id"] for row in self._find()], [same.id, newer.id])

    def test_another_company_and_other_roles(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self._accepted()
        foreigner = self._new_ticket_user("gb_foreigner", "dispatcher")
        foreigner.write({"company_ids": [Command.set(elsewhere.ids)], "company_id": elsewhere.id})
        self.assertFalse(self._find(foreigner))
        outsider = self.env["res.users"].create(
            {"name": "Outsider", "login": "gb_outsider", "group_ids": [Command.set([self.env.ref("base.group_user").id])]}
        )  # fmt: skip
        with self.assertRaises(AccessError):
            self._find(outsider)

    def test_nothing_known_finds_nothing(self):
        self._accepted()
        self.assertEqual(self.env["gb.ticket"].with_user(self.agent).find_duplicates({}), [])
        self.assertEqual(self._find(partner_id=2**31 - 1), [])

    def test_queries_do_not_grow_with_the_candidates(self):
        for count in (1, 10):
            while len(self._find()) < count:
                self._accepted()
            self.env.flush_all()
            self.env.invalidate_all()
            self._find(self.agent)
            self.env["gb.ticket"].invalidate_model()
            with self.assertQueryCount(9):
                self._find()

    # ------------------------------------------------------------ answers
    def test_accepting_needs_an_answer(self):
        ticket = self._accepted()
        draft = self._draft()
        with self.assertRaisesRegex(UserError, f"{ticket.name}.*looks like the same matter"):
            self._move(draft, self.agent, "accept")
        self.assertEqual(draft.phase, "draft")

    def test_a_new_matter_with_its_reason(self):
        ticket = self._accepted()
        draft = self._draft()
        answer = draft.with_user(self.agent).action_answer_duplicate
        with self.assertRaisesRegex(UserError, "Say why"):
            answer("new", ticket.id, "  ")
        self.assertFalse(answer("new", ticket.id, "The other bottle of the two"))
        self._move(draft, self.agent, "accept")
        self.assertEqual(draft.duplicate_answer, "new")
        self.assertEqual(draft.duplicate_reason, "The other bottle of the two")
        self.assertEqual(draft.duplicate_compared_ids, ticket)
        self.assertFalse(draft.is_repeat)

    def test_what_comes_up_after_the_answer_is_asked_anew(self):
        self._accepted()
        draft = self._draft()
        draft.with_user(self.agent).action_answer_duplicate("new", reason="Other bottle")
        later = self._draft()
        later.with_user(self.agent).action_answer_duplicate("new", reason="Third bottle")
        self._move(later, self.agent, "accept")
        with self.assertRaisesRegex(UserError, later.name):
            self._move(draft, self.agent, "accept")

    def test_append_tells_the_other_and_merges_the_draft(self):
        ticket = self._accepted()
        draft = self._draft(subject="Leaks again", description="Now from <the> bottom")
        action = draft.with_user(self.agent).action_answer_duplicate("append", ticket.id)
        self.assertEqual(action["res_id"], ticket.id)
        self.assertEqual(draft.state_code, "merged")
        self.assertEqual(draft.merged_into_id, ticket)
        self.assertEqual((draft.duplicate_answer, draft.duplicate_of_id), ("append", ticket))
        message = ticket.gb_message_ids.filtered(lambda message: message.direction == "in")
        self.assertEqual(message.author_id, self.customer)
        self.assertIn("Now from &lt;the&gt; bottom", message.body)
        self.assertFalse(draft.gb_message_ids, "the customer knows nothing of a draft")

    def test_chase_counts_on_the_other(self):
        ticket = self._accepted()
        draft = self._draft()
        draft.with_user(self.agent).action_answer_duplicate("chase", ticket.id)
        self.assertEqual(ticket.chase_count, 1)
        self.assertEqual(draft.merged_into_id, ticket)

    def test_a_draft_by_number_takes_the_others_customer(self):
        ticket = self._accepted(contact_phone="13900001234")
        draft = self._draft(partner_id=False, contact_phone="139 0000 1234")
        draft.with_user(self.agent).action_answer_duplicate("append", ticket.id)
        self.assertEqual(draft.partner_id, self.customer)
        self.assertEqual(draft.merged_into_id, ticket)

    def test_answers_that_do_not_fit(self):
        ticket = self._accepted()
        draft = self._draft().with_user(self.agent)
        for answer, other, message in (
            ("merge", ticket.id, "append, chase or new"),
            ("append", False, "Choose the work order"),
            ("append", draft.id, "no duplicate of itself"),
            ("append", 2**31 - 1, "Choose the work order"),
        ):
            with self.assertRaisesRegex(UserError, message):
                draft.action_answer_duplicate(answer, other)
        with self.assertRaisesRegex(UserError, "accepted already"):
            ticket.with_user(self.agent).action_answer_duplicate("new", reason="No")
        stranger = self.env["res.partner"].create({"name": "Somebody else"})
        foreign = self._accepted(partner_id=stranger.id, order_id=False, order_line_id=False)
        with self.assertRaisesRegex(UserError, "another customer"):
            draft.action_answer_duplicate("append", foreign.id)
        with self.assertRaises(AccessError):
            draft.duplicate_compared_ids = ticket

    def test_a_member_of_a_department_may_not_answer(self):
        ticket = self._accepted()
        draft = self._draft()
        with self.assertRaises(AccessError):
            draft.with_user(self.stranger).action_answer_duplicate("append", ticket.id)

    def test_what_came_by_itself_waits_for_an_agent(self):
        ticket = self._accepted()
        draft = self._draft(channel="email")
        moved = draft._transition("accept", actor="system")
        self.assertFalse(moved)
        self.assertEqual(draft.phase, "draft")
        self.assertIn(ticket.name, draft.message_ids[0].body)
        stranger = self.env["res.partner"].create({"name": "Somebody else"})
        other = self._draft(
            channel="email", partner_id=stranger.id, order_id=False, order_line_id=False
        )
        self.assertEqual(other._transition("accept", actor="system"), other)

    # ------------------------------------------------------------ repeats
    def _closed(self, **values):
        return self._walk(self._draft(**values), "closed")

    def _accept_as_new(self, draft):
        draft.with_user(self.agent).action_answer_duplicate("new", reason="It leaks again")
        self._move(draft, self.agent, "accept")
        return draft

    def test_closed_lately_counts_as_repeat(self):
        former = self._closed()
        (found,) = self._find()
        self.assertTrue(found["is_repeat"] and found["must_answer"])
        self.assertTrue(any("come back" in sentence for sentence in found["why"]))
        repeat = self._accept_as_new(self._draft())
        self.assertTrue(repeat.is_repeat)
        self.assertEqual(repeat.repeat_of_id, former)
        self.assertEqual(repeat.level, 1)

    def test_the_level_rises_with_every_repeat(self):
        former = self._closed()
        former.level = 3
        self.assertEqual(self._accept_as_new(self._draft()).level, 3)
        former.level = 1
        self.assertEqual(self._accept_as_new(self._draft()).level, 2)

    def test_closed_long_ago_is_no_repeat(self):
        former = self._closed()
        former.closed_at = fields.Datetime.now() - timedelta(days=7, minutes=1)
        (found,) = self._find()
        self.assertEqual((found["must_answer"], found["is_repeat"]), (True, False))
        repeat = self._accept_as_new(self._draft())
        self.assertFalse(repeat.is_repeat or repeat.repeat_of_id or repeat.level)

    def test_who_closed_the_former_one_does_not_close_the_repeat(self):
        former = self._closed()
        repeat = self._walk(self._accept_as_new(self._draft()), "call_back")
        satisfied = {"solved": "yes", "satisfaction": "5"}
        with self.assertRaisesRegex(UserError, f"You closed {former.name}"):
            self._move(repeat, self.clerk, "close", satisfied)
        other_clerk = self._new_ticket_user("gb_clerk_2", "call_back")
        self._move(repeat, other_clerk, "close", satisfied)
        self.assertEqual(repeat.closing, "satisfied")

    def test_a_closed_one_is_reopened_by_what_is_added(self):
        former = self._closed()
        draft = self._draft(description="It leaks again")
        with self.assertRaisesRegex(UserError, "cannot be chased"):
            draft.with_user(self.agent).action_answer_duplicate("chase", former.id)
        draft.invalidate_recordset()
        draft.with_user(self.agent).action_answer_duplicate("append", former.id)
        self.assertEqual(former.state_code, "processing")
        self.assertEqual(former.reopen_count, 1)
        self.assertEqual(draft.merged_into_id, former)

    # -------------------------------------------------------- performance
    def test_the_candidates_come_from_an_index(self):
        model = self._accepted(contact_phone="13900001234")
        self.env.flush_all()
        self.env.cr.execute(
            """INSERT INTO gb_ticket (name, subject, company_id, type_id, channel, process_id, state_id, phase, is_open,
                                      partner_id, contact_number_key, create_date)
               SELECT 'X' || n, 'Bulk', t.company_id, t.type_id, t.channel, t.process_id, t.state_id, 'closed', false,
                      CASE WHEN n %% 4 = 0 THEN p.first + n / 4 %% p.number END, '+86139' || (10000000 + n), now()
                 FROM generate_series(1, 30000) n, gb_ticket t,
                      (SELECT min(id) AS first, 1 AS number FROM res_partner) p
                WHERE t.id = %s""",
            [model.id],
        )
        self.env.cr.execute("ANALYZE gb_ticket")
        Ticket = self.env["gb.ticket"].with_user(self.agent)
        for domain, index in (
            ([("partner_id", "in", self.customer.ids)], "gb_ticket_partner_idx"),
            (
                [("contact_number_key", "=", "+8613900001234")],
                "gb_ticket__contact_number_key_index",
            ),
        ):
            query = Ticket._search(
                [
                    *domain,
                    ("company_id", "=", self.company.id),
                    ("phase", "in", ("open", "closed")),
                ],
                order="id desc",
                limit=50,
            )
            plan = "\n".join(
                row for (row,) in self.env.execute_query(SQL("EXPLAIN %s", query.select()))
            )
            self.assertIn(index, plan)
            self.assertNotIn("Seq Scan on gb_ticket", plan)
