from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_knowledge import KnowledgeCase


@tagged("post_install", "-at_install")
class TestArticleRights(KnowledgeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.published = cls._published("Returns within 7 days")
        cls.draft = cls._draft("Returns of opened goods")
        cls.other_company = cls.env["res.company"].create({"name": "Other"})
        cls.foreign = new_test_user(
            cls.env,
            "gb_foreign",
            groups="gb_callcenter.group_gb_agent,gb_callcenter.group_gb_knowledge_reviewer",
            company_id=cls.other_company.id,
            company_ids=[Command.set(cls.other_company.ids)],
        )

    def test_agents_find_and_read_what_is_published_only(self):
        for user in (self.agent, self.lead, self.inspector, self.analyst):
            self.assertEqual(self._titles("Returns", user), [self.published.name])
            self.assertEqual(
                self._titles("Returns", user, drafts=True), [self.published.name], user.login
            )
            with self.assertRaises(AccessError):
                self.draft.with_user(user).get_article()
            with self.assertRaises(AccessError):
                self.draft.with_user(user).log_use()

    def test_editors_find_drafts_when_they_ask_for_them(self):
        self.assertEqual(self._titles("Returns", self.editor), [self.published.name])
        self.assertCountEqual(
            self._titles("Returns", self.editor, drafts=True),
            [self.published.name, self.draft.name],
        )

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_agents_do_not_write(self):
        for user in (self.agent, self.lead, self.inspector, self.analyst):
            for function in (
                lambda user: self.published.with_user(user).write({"owner_id": user.id}),
                lambda user: self.Article.with_user(user).create({"name": "Mine"}),
                lambda user: self.published.with_user(user).action_revise(),
                lambda user: self.published.with_user(user).action_archive_article(),
                lambda user: self.published.version_id.with_user(user).action_revert(),
                lambda user: self.category.with_user(user).write({"name": "Mine"}),
                lambda user: self.env["gb.article.synonym"].with_user(user).search([]),
                lambda user: (
                    self.env["gb.article.use"]
                    .with_user(user)
                    .create({"article_id": self.published.id, "user_id": user.id})
                ),
            ):
                with self.assertRaises(AccessError):
                    function(user)

    def test_other_companies_neither_find_nor_publish(self):
        self.assertEqual(self._titles("Returns", self.foreign, drafts=True), [])
        self.draft.action_submit()
        with self.assertRaises(AccessError):
            self.draft.with_user(self.foreign).action_publish()
        with self.assertRaises(AccessError):
            self.published.version_id.with_user(self.foreign).read(["body"])
        shared = self._published("Returns everywhere", company_id=False)
        self.assertEqual(self._titles("Returns", self.foreign), [shared.name])

    def test_without_the_call_centre_nobody_searches(self):
        clerk = new_test_user(self.env, "gb_clerk", groups="base.group_user")
        Article = self.Article.with_user(clerk)
        for function in (
            lambda: Article.search_articles("Returns"),
            lambda: Article.suggest("Returns"),
            lambda: Article.get_hot(),
            lambda: Article.report_no_result("Returns of unheard goods"),
            lambda: self.published.with_user(clerk).get_article(),
        ):
            with self.assertRaises(AccessError):
                function()

    def test_attachments_of_others_cannot_be_taken_in(self):
        secret = (
            self.env["ir.attachment"]
            .with_user(self.manager)
            .create({"name": "secret.txt", "raw": b"secret"})
        )
        with self.assertRaises(AccessError):
            self._draft("Thief", attachment_ids=[Command.link(secret.id)])

    def test_suggestions_for_a_customer_follow_the_right_to_read_him(self):
        self.assertEqual(
            self.Article.with_user(self.agent)._get_bought_products(self.customer.id), []
        )
        self.assertEqual(self.Article.with_user(self.agent)._get_bought_products(0), [])
