from odoo import api, fields, models


class GbArticleQuestion(models.Model):
    """How customers put what an article answers."""

    _name = "gb.article.question"
    _description = "Similar question"
    _order = "sequence, id"

    article_id = fields.Many2one("gb.article", required=True, index=True, ondelete="cascade")
    name = fields.Char(string="Question", required=True)
    sequence = fields.Integer(default=10)

    @api.model_create_multi
    def create(self, vals_list):
        """As the article's own fields: only while it is a draft."""
        questions = super().create(vals_list)
        questions.article_id._check_editable()
        questions.article_id._update_index()
        return questions

    def write(self, vals):
        """As the article's own fields: only while it is a draft."""
        (self.article_id | self.env["gb.article"].browse(vals.get("article_id")))._check_editable()
        result = super().write(vals)
        self.article_id._update_index()
        return result

    def unlink(self):
        """As the article's own fields: only while it is a draft."""
        articles = self.article_id
        articles._check_editable()
        result = super().unlink()
        articles._update_index()
        return result
