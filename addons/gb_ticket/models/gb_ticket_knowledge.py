from odoo import api, fields, models
from odoo.exceptions import UserError


class GbTicket(models.Model):
    """Answered with an article: which one, and in which version."""

    _inherit = "gb.ticket"

    article_id = fields.Many2one(
        "gb.article",
        index="btree_not_null",
        copy=False,
        domain="[('state', '=', 'published')]",
        help="The article of the knowledge base that the customer was answered with.",
    )
    article_version_id = fields.Many2one(
        "gb.article.version",
        string="Version of the article",
        compute="_compute_article_version",
        store=True,
        index="btree_not_null",
        copy=False,
        help="What the article said when it was chosen.",
    )

    # not of the article's version: what was said then stays
    @api.depends("article_id")
    def _compute_article_version(self):
        for ticket in self:
            ticket.article_version_id = ticket.article_id.sudo().version_id

    @api.constrains("article_id")
    def _check_article(self):
        for ticket in self:
            article_sudo = ticket.article_id.sudo()
            if article_sudo and not article_sudo.version_id:
                raise UserError(
                    self.env._("“%(title)s” was never published.", title=article_sudo.name)
                )
            if article_sudo.company_id and article_sudo.company_id != ticket.company_id:
                raise UserError(
                    self.env._(
                        "“%(title)s” is an article of another company.", title=article_sudo.name
                    )
                )

    def _is_answered(self):
        """With text, or with an article that customers may see."""
        if (self.answer or "").strip():
            return True
        version_sudo = self.article_version_id.sudo()
        if version_sudo and version_sudo.audience == "internal":
            raise UserError(
                self.env._(
                    "“%(title)s” is for colleagues only. Write down what the customer was answered.",
                    title=version_sudo.name,
                )
            )
        return bool(version_sudo)

    def _after_move(self, move, step):
        if move.code == "answer" and self.article_id:
            if not (self.answer or "").strip():
                # what he was told stays with the work order
                self.answer = self.article_version_id.sudo().body_text
            self.article_id.sudo()._log_use_sudo("used", self._name, self.id)
        return super()._after_move(move, step)
