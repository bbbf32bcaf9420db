from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .gb_article import AUDIENCES


class GbArticleVersion(models.Model):
    """What an article said from one publication to the next. Never changed."""

    _name = "gb.article.version"
    _description = "Version of an article"
    _order = "article_id, number desc"
    _check_company_auto = True

    article_id = fields.Many2one("gb.article", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", index=True)
    number = fields.Integer(required=True)
    name = fields.Char(string="Title", required=True)
    category_id = fields.Many2one("gb.article.category", ondelete="restrict")
    keywords = fields.Char()
    questions = fields.Text(string="Similar questions", help="One a line.")
    body = fields.Html()
    body_text = fields.Text(string="Plain text")
    lang = fields.Char(string="Language")
    audience = fields.Selection(AUDIENCES, required=True)
    valid_from = fields.Date()
    valid_until = fields.Date()
    product_tmpl_ids = fields.Many2many("product.template", string="Products")
    product_categ_ids = fields.Many2many("product.category", string="Product categories")
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments")
    author_ids = fields.Many2many("res.users", string="Written by")
    reviewer_id = fields.Many2one("res.users", string="Published by", required=True)
    published_at = fields.Datetime(required=True)
    note = fields.Char(string="What has changed")
    is_current = fields.Boolean(compute="_compute_is_current")

    _number_unique = models.UniqueIndex("(article_id, number)")

    @api.depends("article_id.version_id")
    def _compute_is_current(self):
        for version in self:
            version.is_current = version.article_id.sudo().version_id == version

    @api.depends("name", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(title)s (version %(number)s)", title=version.name, number=version.number
            )

    def write(self, vals):  # pylint: disable=method-required-super
        """:raises UserError: always: a version stays as it was published"""
        raise UserError(
            self.env._("A published version stays as it is. Revise the article instead.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Published versions are kept."))

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------
    def action_revert(self):
        """A new draft of the article that says what this version said.

        :return: action: the draft
        """
        self.ensure_one()
        self.check_access("read")
        draft = self.article_id._start_revision(self._prepare_revision_values())
        return draft._get_form_action()

    def action_compare(self):
        """:return: action: this version beside the one before it"""
        self.ensure_one()
        self.check_access("read")
        before = self.search(
            [("article_id", "=", self.article_id.id), ("number", "<", self.number)], limit=1
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare versions"),
            "res_model": "gb.article.compare",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_article_id": self.article_id.id,
                "default_old_id": before.id,
                "default_new_id": self.id,
            },
        }

    def _prepare_revision_values(self):
        """:return: values of a gb.article that says what this version says"""
        self.ensure_one()
        questions = [line.strip() for line in (self.questions or "").splitlines() if line.strip()]
        return {
            "name": self.name,
            "category_id": self.category_id.id,
            "keywords": self.keywords,
            "question_ids": [Command.create({"name": question}) for question in questions],
            "body": self.body,
            "lang": self.lang,
            "audience": self.audience,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "product_tmpl_ids": [Command.set(self.product_tmpl_ids.ids)],
            "product_categ_ids": [Command.set(self.product_categ_ids.ids)],
            "attachment_ids": [Command.set(self.attachment_ids.ids)],
        }
