from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestKnowledge(TicketCase):
    """A consultation is answered with a text or with an article."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        category = cls.env["gb.article.category"].create({"name": "Feeding"})
        cls.article, cls.internal = cls.env["gb.article"].create(
            [
                {
                    "name": "Sterilising bottles",
                    "category_id": category.id,
                    "audience": audience,
                    "body": "<p>Boil it for <b>five</b> minutes.</p>",
                }
                for audience in ("public", "internal")
            ]
        )
        for article in cls.article | cls.internal:
            article._transition("review")
            article._transition("published")

    def _accepted(self):
        return self._walk(self._ticket(type_id=self.consultation.id), "accepted")

    def test_an_article_is_an_answer(self):
        ticket = self._accepted()
        self._move(ticket, self.agent, "answer", {"article_id": self.article.id})
        self._assert_closed(ticket)
        self.assertEqual(ticket.article_version_id, self.article.version_id)
        self.assertIn("five", ticket.answer, "What the customer was told stays readable.")
        use = self.env["gb.article.use"].search([("article_id", "=", self.article.id)])
        self.assertEqual((use.kind, use.res_model, use.res_id), ("used", "gb.ticket", ticket.id))
        self.assertEqual(use.user_id, self.agent)

    def test_the_version_stays_what_it_was(self):
        ticket = self._accepted()
        self._move(ticket, self.agent, "answer", {"article_id": self.article.id})
        version = self.article.version_id
        revision = self.article._start_revision()
        revision.body = "<p>Boil it for ten minutes.</p>"
        revision._transition("review")
        revision._transition("published")
        self.assertNotEqual(self.article.version_id, version)
        self.assertEqual(ticket.article_version_id, version)

    def test_own_words_go_before_the_article(self):
        ticket = self._accepted()
        values = {"article_id": self.internal.id, "answer": "Boil it."}
        self._move(ticket, self.agent, "answer", values)
        self.assertEqual(ticket.answer, "Boil it.")

    def test_what_is_for_colleagues_only_is_no_answer(self):
        ticket = self._accepted()
        with self.assertRaisesRegex(UserError, "for colleagues only"):
            self._move(ticket, self.agent, "answer", {"article_id": self.internal.id})

    def test_without_text_and_article_it_is_not_answered(self):
        with self.assertRaisesRegex(UserError, "Write down what the customer was answered"):
            self._move(self._accepted(), self.agent, "answer")

    def test_drafts_and_articles_of_other_companies_are_refused(self):
        ticket = self._accepted()
        draft = self.env["gb.article"].create({"name": "Draft"})
        with self.assertRaisesRegex(UserError, "never published"):
            ticket.article_id = draft
        self.article._write_owned(
            {"company_id": self.env["res.company"].create({"name": "Other"}).id}
        )
        with self.assertRaisesRegex(UserError, "another company"):
            ticket.article_id = self.article

    def test_departments_find_articles_too(self):
        found = self.env["gb.article"].with_user(self.handler).search_articles("sterilise bottle")
        self.assertEqual(len(found), 2)

    def test_a_consultation_handed_on_is_a_question_without_an_answer(self):
        ticket = self._ticket(type_id=self.consultation.id, subject="Is bottle 13800001234 safe?")
        self._walk(ticket, "dispatched")
        query = self.env["gb.article.query"].search([("text", "like", "is bottle")])
        self.assertEqual(query.text, "is bottle # safe?")

    def _assert_closed(self, ticket):
        self.assertEqual((ticket.state_code, ticket.closing), ("closed", "on_the_spot"))
