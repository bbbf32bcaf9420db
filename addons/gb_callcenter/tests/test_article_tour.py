from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestArticleTour(HttpCase):
    """One writes, another publishes, an agent finds it: in a real browser."""

    def test_life_cycle(self):
        self.env["gb.article.category"].create({"name": "GB tour category"})
        editor, reviewer, agent = (
            new_test_user(
                self.env,
                f"gb_tour_{role.rpartition('_')[2]}",
                groups=f"gb_callcenter.{role}",
                tour_enabled=False,
                context={"no_reset_password": True},
            )
            for role in (
                "group_gb_knowledge_editor",
                "group_gb_knowledge_reviewer",
                "group_gb_agent",
            )
        )
        articles = self.env.ref("gb_callcenter.gb_article_action").id
        review = self.env.ref("gb_callcenter.gb_article_action_review").id
        knowledge = self.env.ref("gb_callcenter.gb_article_action_knowledge").id
        known = self.env["gb.article"].search([])
        self.start_tour(f"/odoo/action-{articles}", "gb_article_write_tour", login=editor.login)
        article = self.env["gb.article"].search([]) - known
        self.assertEqual((article.state, article.contributor_ids), ("review", editor))
        self.start_tour(f"/odoo/action-{review}", "gb_article_publish_tour", login=reviewer.login)
        article.invalidate_recordset()
        self.assertEqual((article.state, article.reviewer_id), ("published", reviewer))
        self.start_tour(f"/odoo/action-{knowledge}", "gb_article_find_tour", login=agent.login)
        use = self.env["gb.article.use"].search([("article_id", "=", article.id)])
        self.assertEqual((use.kind, use.user_id), ("helpful", agent))
