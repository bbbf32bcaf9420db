from odoo.tests import new_test_user

from .common import CallCentreCase


class KnowledgeCase(CallCentreCase):
    """An editor, a reviewer, a category; articles that are published at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.editor, cls.editor_2 = (
            cls._new_knowledge_user(f"gb_editor_{number}", "editor") for number in (1, 2)
        )
        cls.reviewer = cls._new_knowledge_user("gb_reviewer", "reviewer")
        cls.category = cls.env["gb.article.category"].create({"name": "After-sales"})
        cls.Article = cls.env["gb.article"]

    @classmethod
    def _new_knowledge_user(cls, login, role):
        return new_test_user(
            cls.env,
            login,
            groups=f"gb_callcenter.group_gb_agent,gb_callcenter.group_gb_knowledge_{role}",
            company_id=cls.company.id,
        )

    @classmethod
    def _draft(cls, name="Returns within 7 days", **values):
        values = {
            "name": name,
            "category_id": cls.category.id,
            "body": f"<p>{name}: what to do.</p>",
            **values,
        }
        return cls.Article.with_user(cls.editor).create(values)

    @classmethod
    def _publish(cls, *articles):
        published = cls.Article
        for article in articles:
            article.with_user(cls.editor)._transition("review")
            published |= article.with_user(cls.reviewer)._transition("published")
        return published.with_user(cls.editor)

    @classmethod
    def _published(cls, name="Returns within 7 days", **values):
        return cls._publish(cls._draft(name, **values))

    def _titles(self, query, user=None, **context):
        """:return: list of the titles found"""
        found = self.Article.with_user(user or self.agent).search_articles(query, **context)
        return [article["name"] for article in found]
