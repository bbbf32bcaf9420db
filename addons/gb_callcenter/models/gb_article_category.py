from odoo import api, fields, models
from odoo.exceptions import ValidationError


class GbArticleCategory(models.Model):
    """A topic of the knowledge base."""

    _name = "gb.article.category"
    _description = "Knowledge category"
    _parent_store = True
    _rec_name = "complete_name"
    _rec_names_search = ["complete_name"]
    _order = "complete_name, id"

    name = fields.Char(required=True, translate=True)
    parent_id = fields.Many2one("gb.article.category", index=True, ondelete="restrict")
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("gb.article.category", "parent_id", string="Sub-categories")
    complete_name = fields.Char(
        string="Category", compute="_compute_complete_name", recursive=True, store=True
    )
    description = fields.Char(translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    article_count = fields.Integer(string="Articles", compute="_compute_article_count")

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for category in self:
            parent = category.parent_id.complete_name
            category.complete_name = f"{parent} / {category.name}" if parent else category.name

    def _compute_article_count(self):
        """Of the current user's articles, those of sub-categories included."""
        groups = self.env["gb.article"]._read_group(
            [("category_id", "child_of", self.ids)], ["category_id"], ["__count"]
        )
        for category in self:
            category.article_count = sum(
                count
                for found, count in groups
                if (found.parent_path or "").startswith(category.parent_path or "-")
            )

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A category cannot be below itself."))
