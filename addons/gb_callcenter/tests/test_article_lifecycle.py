from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_knowledge import KnowledgeCase


@tagged("post_install", "-at_install")
class TestArticleLifecycle(KnowledgeCase):
    def test_a_draft_is_published_by_somebody_else(self):
        draft = self._draft()
        draft.action_submit()
        self.assertEqual(draft.state, "review")
        with self.assertRaisesRegex(AccessError, "Reviewer"):
            draft.action_publish()
        draft.with_user(self.reviewer).action_publish()
        self.assertEqual(draft.state, "published")
        version = draft.version_id
        self.assertEqual((version.number, version.name), (1, draft.name))
        self.assertEqual((version.author_ids, version.reviewer_id), (self.editor, self.reviewer))

    def test_a_reviewer_does_not_publish_what_he_has_written(self):
        draft = self._draft()
        draft.with_user(self.reviewer).keywords = "his word"
        draft.action_submit()
        self.assertFalse(draft.with_user(self.reviewer).may_publish)
        with self.assertRaisesRegex(UserError, "somebody else publishes it"):
            draft.with_user(self.reviewer).action_publish()
        self.assertTrue(draft.with_user(self.manager).may_publish)
        draft.with_user(self.manager).action_publish()
        # also when he only adds a question that it answers
        draft.action_revise()
        revision = draft.revision_ids
        revision.question_ids.with_user(self.editor).unlink()
        revision.with_user(self.manager).write(
            {"question_ids": [Command.create({"name": "May I send it back?"})]}
        )
        revision.action_submit()
        with self.assertRaisesRegex(UserError, "somebody else publishes it"):
            revision.with_user(self.manager).action_publish()

    def test_what_is_missing_is_said(self):
        draft = self._draft(category_id=False, body="<p><br></p>")
        with self.assertRaisesRegex(UserError, "Category, Body"):
            draft.action_submit()

    def test_only_the_moves_of_the_life_cycle_are_possible(self):
        draft = self._draft()
        with self.assertRaisesRegex(UserError, "cannot become"):
            draft.with_user(self.reviewer).action_publish()
        with self.assertRaisesRegex(UserError, "cannot become"):
            draft.with_user(self.reviewer).action_archive_article()
        for values in (
            {"state": "published"},
            {"use_count": 5},
            {"contributor_ids": [(6, 0, [1])]},
        ):
            with self.assertRaisesRegex(UserError, "follow from what is done"):
                draft.write(values)
            with self.assertRaisesRegex(UserError, "follow from what is done"):
                self._draft(**values)
        self.assertFalse(draft._transition("draft"), "Nothing has changed.")

    def test_a_reviewer_sends_it_back_and_says_why(self):
        draft = self._draft()
        draft.action_submit()
        with self.assertRaisesRegex(UserError, "Say what is to be changed"):
            draft.with_user(self.reviewer).action_send_back()
        draft.with_user(self.reviewer).review_note = "The period is wrong"
        draft.with_user(self.reviewer).action_send_back()
        self.assertEqual((draft.state, draft.review_note), ("draft", "The period is wrong"))
        draft.action_submit()
        self.assertFalse(draft.review_note)
        draft.action_send_back()
        self.assertEqual(draft.state, "draft", "Its author takes it back without a reason.")

    def test_what_is_in_review_or_published_is_read_only(self):
        article = self._draft(question_ids=[Command.create({"name": "May I return it?"})])
        article.action_submit()
        with self.assertRaisesRegex(UserError, "in review"):
            article.body = "<p>Other</p>"
        article.with_user(self.reviewer).action_publish()
        for record, values in (
            (article, {"body": "<p>Other</p>"}),
            (article, {"question_ids": [Command.create({"name": "Another"})]}),
            (article.question_ids, {"name": "Another"}),
        ):
            with self.assertRaisesRegex(UserError, "was published"):
                record.write(values)
        with self.assertRaisesRegex(UserError, "was published"):
            article.question_ids.unlink()
        with self.assertRaisesRegex(UserError, "archived, not deleted"):
            article.with_user(self.manager).unlink()

    def test_the_published_text_is_found_while_a_revision_is_written(self):
        article = self._published("退货规则", body="<p>七天之内可以退货。</p>")
        action = article.action_revise()
        revision = self.Article.with_user(self.editor).browse(action["res_id"])
        self.assertEqual(revision.origin_id, article)
        revision.write({"body": "<p>十五天之内可以退货。</p>", "change_note": "Longer"})
        self.assertEqual(article.action_revise()["res_id"], revision.id, "One revision at a time.")
        found = self.Article.with_user(self.agent).search_articles("退货")
        self.assertEqual([row["id"] for row in found], article.ids)
        self.assertIn("七天", found[0]["snippet"])
        self.assertFalse(self.Article.with_user(self.agent).search([("id", "=", revision.id)]))
        attachment = self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"text", "res_model": "gb.article", "res_id": revision.id}
        )
        revision.attachment_ids = attachment
        published = self._publish(revision)
        self.assertEqual(published, article)
        self.assertFalse(revision.exists())
        self.assertEqual(attachment.exists().res_id, article.id)
        self.assertEqual(article.version_ids.sorted("number").mapped("number"), [1, 2])
        self.assertEqual(article.version_id.note, "Longer")
        self.assertIn("十五天", self.Article.search_articles("退货")[0]["snippet"])

    def test_versions_are_never_changed(self):
        version = self._published().version_id
        for user in (self.editor, self.manager, self.env.user):
            with self.assertRaisesRegex((UserError, AccessError)[0], "."):
                version.with_user(user).write({"name": "Other"})
        with self.assertRaisesRegex(UserError, "kept"):
            version.sudo().unlink()

    def test_reverting_is_a_new_draft(self):
        article = self._published("Returns", keywords="old")
        revision = self.Article.with_user(self.editor).browse(article.action_revise()["res_id"])
        revision.write({"keywords": "new", "name": "Returns and refunds"})
        self._publish(revision)
        first = article.version_ids.filtered(lambda version: version.number == 1)
        draft = self.Article.browse(first.with_user(self.editor).action_revert()["res_id"])
        self.assertEqual((draft.name, draft.keywords, draft.state), ("Returns", "old", "draft"))
        self._publish(draft)
        self.assertEqual((article.name, article.version_number), ("Returns", 3))

    def test_two_versions_are_compared_with_everything_escaped(self):
        article = self._published("Returns", body="<p>Within 7 days &lt;i&gt;</p>")
        revision = self.Article.with_user(self.editor).browse(article.action_revise()["res_id"])
        revision.body = "<p>Within 15 days &lt;i&gt;</p>"
        self._publish(revision)
        action = article.version_id.with_user(self.editor).action_compare()
        compare = Form(
            self.env[action["res_model"]].with_user(self.editor).with_context(**action["context"])
        ).save()
        self.assertIn(">7</del>", compare.changes)
        self.assertIn(">15</ins>", compare.changes)
        self.assertIn("&lt;i&gt;", compare.changes)
        compare.new_id = compare.old_id
        self.assertEqual(compare.changes, "Nothing differs.")

    def test_it_expires_by_itself_and_its_owner_is_reminded(self):
        with freeze_time("2026-03-01 08:00:00"):
            article = self._published(valid_until=date(2026, 3, 31))
            self.Article._cron_expire()
            self.assertFalse(article.activity_ids)
        cron = self.env.ref("gb_callcenter.ir_cron_expire_articles")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn("2026-04-01", {str(trigger.call_at.date()) for trigger in triggers})
        with freeze_time("2026-03-20 08:00:00"):
            self.Article._cron_expire()
            self.Article._cron_expire()
            self.assertEqual(article.activity_ids.user_id, self.editor)
            self.assertEqual(len(article.activity_ids), 1, "Reminded once.")
            self.assertEqual(self._titles("Returns"), [article.name])
        with freeze_time("2026-04-01 08:00:00"):
            self.assertEqual(self._titles("Returns"), [], "Even before the cron has run.")
            self.Article._cron_expire()
            self.assertEqual(article.state, "expired")
        revision = self.Article.with_user(self.editor).browse(article.action_revise()["res_id"])
        revision.valid_until = False
        self._publish(revision)
        self.assertEqual(article.state, "published")
        self.assertFalse(article.reminded_until)

    def test_what_is_valid_later_is_found_later(self):
        with freeze_time("2026-03-01 08:00:00"):
            article = self._published("Summer sale", valid_from=date(2026, 6, 1))
            self.assertEqual(self._titles("summer"), [])
        with freeze_time("2026-06-01 08:00:00"):
            self.assertEqual(self._titles("summer"), [article.name])

    def test_what_ends_before_it_begins_or_is_over_is_refused(self):
        with self.assertRaisesRegex(Exception, "gb_article_validity"), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                self._draft(
                    valid_from=date(2026, 2, 2), valid_until=date(2026, 2, 1)
                ).flush_recordset()
        draft = self._draft(valid_until=date(2020, 1, 1))
        draft.action_submit()
        with self.assertRaisesRegex(UserError, "has passed"):
            draft.with_user(self.reviewer).action_publish()

    def test_an_archived_article_is_gone_for_good(self):
        article = self._published()
        revision = self.Article.browse(article.action_revise()["res_id"])
        article.with_user(self.reviewer).action_archive_article()
        self.assertFalse(revision.exists())
        self.assertEqual(self._titles("Returns"), [])
        with self.assertRaisesRegex(UserError, "is archived"):
            article.action_revise()

    def test_scripts_do_not_get_into_a_body(self):
        draft = self._draft(body='<p onclick="x()">A<script>alert(1)</script></p>')
        self.assertNotIn("script", draft.body)
        self.assertNotIn("onclick", draft.body)
