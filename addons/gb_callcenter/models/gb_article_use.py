from odoo import api, fields, models
from odoo.tools import SQL


class GbArticleUse(models.Model):
    """An article answered somebody, or was judged. Rows are only added, so that agents never wait for each other; the
    article's counters are summed up by a cron."""

    _name = "gb.article.use"
    _description = "Use of an article"
    _order = "id desc"

    article_id = fields.Many2one("gb.article", required=True, index=True, ondelete="cascade")
    version_id = fields.Many2one("gb.article.version", index="btree_not_null")
    category_id = fields.Many2one("gb.article.category", index="btree_not_null")
    company_id = fields.Many2one("res.company", required=True, index=True)
    user_id = fields.Many2one("res.users", string="Agent", required=True, index=True)
    kind = fields.Selection(
        [("used", "Used"), ("helpful", "Helpful"), ("unhelpful", "Not helpful")],
        required=True,
        default="used",
    )
    res_model = fields.Char(string="Document model")
    res_id = fields.Many2oneReference(string="Document", model_field="res_model")
    comment = fields.Char()
    at = fields.Datetime(required=True, default=fields.Datetime.now, index=True)

    _once_index = models.Index("(article_id, user_id, res_model, res_id)")

    @api.model
    def _cron_count(self):
        """Sum up what has happened since the last time, and what has grown older."""
        self.flush_model()
        self.env["gb.article"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH judged AS (
                    -- of one person's judgements of an article, the last one counts
                    SELECT DISTINCT ON (article_id, user_id) article_id, kind FROM gb_article_use
                     WHERE kind <> 'used' ORDER BY article_id, user_id, id DESC
                ), votes AS (
                    SELECT article_id, count(*) FILTER (WHERE kind = 'helpful') AS helpful,
                           count(*) FILTER (WHERE kind = 'unhelpful') AS unhelpful
                      FROM judged GROUP BY article_id
                ), used AS (
                    SELECT article_id, count(*) AS total,
                           count(*) FILTER (WHERE at > now() AT TIME ZONE 'UTC' - interval '7 days') AS week,
                           count(*) FILTER (WHERE at > now() AT TIME ZONE 'UTC' - interval '30 days') AS month
                      FROM gb_article_use WHERE kind = 'used' GROUP BY article_id
                ), counted AS (
                    SELECT article.id, COALESCE(used.total, 0) AS total, COALESCE(used.week, 0) AS week,
                           COALESCE(used.month, 0) AS month, COALESCE(votes.helpful, 0) AS helpful,
                           COALESCE(votes.unhelpful, 0) AS unhelpful
                      FROM gb_article article LEFT JOIN used ON used.article_id = article.id
                           LEFT JOIN votes ON votes.article_id = article.id
                     WHERE (article.use_count, article.use_count_7, article.use_count_30, article.helpful_count,
                            article.unhelpful_count) IS DISTINCT FROM
                           (COALESCE(used.total, 0)::int, COALESCE(used.week, 0)::int, COALESCE(used.month, 0)::int,
                            COALESCE(votes.helpful, 0)::int, COALESCE(votes.unhelpful, 0)::int)
                       -- who is writing an article just now is left alone; its figures follow
                       FOR UPDATE OF article SKIP LOCKED
                )
                UPDATE gb_article article
                   SET use_count = total, use_count_7 = week, use_count_30 = month, helpful_count = helpful,
                       unhelpful_count = unhelpful
                  FROM counted WHERE counted.id = article.id RETURNING article.id
                """
            )
        )
        self.env["gb.article"].browse([row[0] for row in rows]).invalidate_recordset(
            ["use_count", "use_count_7", "use_count_30", "helpful_count", "unhelpful_count"],
            flush=False,
        )
