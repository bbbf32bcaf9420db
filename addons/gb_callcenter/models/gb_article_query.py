from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools import SQL

from ..tools.chinese import mask


class GbArticleQuery(models.Model):
    """What was looked for in vain: the questions that still need an article. By text and day, without anything that says
    whose question it was."""

    _name = "gb.article.query"
    _description = "Question without an answer"
    _rec_name = "text"
    _order = "day desc, count desc, id desc"

    text = fields.Char(string="Question", required=True, readonly=True)
    day = fields.Date(required=True, readonly=True)
    count = fields.Integer(string="Times", readonly=True)
    last_at = fields.Datetime(string="Last asked", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    article_id = fields.Many2one("gb.article", readonly=True, index="btree_not_null")
    state = fields.Selection(
        [("open", "Open"), ("answered", "Being answered"), ("ignored", "Ignored")],
        default="open",
        required=True,
        index=True,
    )

    _text_day_unique = models.UniqueIndex("(text, day, company_id)")

    @api.model
    def _log(self, text):
        """Count a question that found nothing. Numbers and addresses in it are masked."""
        text = mask(text)
        if len(text) < 2:
            return
        self.flush_model()
        now = fields.Datetime.now()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO gb_article_query (text, day, count, last_at, company_id, state, create_date, write_date)
                VALUES (%s, %s, 1, %s, %s, 'open', %s, %s)
                ON CONFLICT (text, day, company_id)
                DO UPDATE SET count = gb_article_query.count + 1, last_at = excluded.last_at
                RETURNING id
                """,
                text, fields.Date.context_today(self), now, self.env.company.id, now, now,
            )
        )  # fmt: skip
        self.invalidate_model(["count", "last_at"], flush=False)

    def action_write_article(self):
        """A draft that shall answer these questions: the first is its title, the others are its similar questions.

        :return: action: the draft
        """
        self.check_access("write")
        if not self.env["gb.article"].has_access("create"):
            raise AccessError(self.env._("Articles are written by knowledge editors."))
        texts = list(dict.fromkeys(self.mapped("text")))
        draft = self.env["gb.article"].create(
            {
                "name": texts[0],
                "question_ids": [Command.create({"name": text}) for text in texts],
            }
        )
        same = self.search([("text", "in", texts), ("company_id", "in", self.company_id.ids)])
        same.write({"article_id": draft.id, "state": "answered"})
        return draft._get_form_action()

    def action_ignore(self):
        """Not worth an article."""
        self.write({"state": "ignored"})

    @api.autovacuum
    def _gc_old(self):
        """A year is enough to see what is missing."""
        self.sudo().search([("day", "<", "today -1y")], limit=10000).unlink()
