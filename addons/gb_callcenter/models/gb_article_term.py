from odoo import api, fields, models
from odoo.tools import SQL

TOTAL = "#"  # never a token


class GbArticleTerm(models.Model):
    """In how many articles a token stands: rare ones say more about what is meant, and are looked up first."""

    _name = "gb.article.term"
    _description = "Frequency of a word"
    _log_access = False

    name = fields.Char(required=True)
    documents = fields.Integer(required=True)

    _name_unique = models.UniqueIndex("(name)")

    @api.model
    def _get_frequencies(self, tokens):
        """:return: (number of articles, {token: in how many of them}); what is not listed stands in one at most"""
        rows = dict(
            self.env.execute_query(
                SQL(
                    "SELECT name, documents FROM gb_article_term WHERE name = ANY(%s)",
                    [TOTAL, *tokens],
                )
            )
        )
        return rows.pop(TOTAL, 0), rows

    @api.model
    def _cron_count(self):
        """Count anew over what is published (and what is being written, while nothing is)."""
        self.env["gb.article"].flush_model()
        self.env.cr.execute("DELETE FROM gb_article_term")
        self.env.cr.execute(
            """
            INSERT INTO gb_article_term (name, documents)
            SELECT word, ndoc FROM ts_stat(
                'SELECT text_vector FROM gb_article WHERE text_vector IS NOT NULL AND origin_id IS NULL'
            ) WHERE ndoc > 1
            UNION ALL
            SELECT %s, count(*) FROM gb_article WHERE text_vector IS NOT NULL AND origin_id IS NULL
            """,
            [TOTAL],
        )
