from odoo import fields, models


class GbArticle(models.Model):
    """An answer of the knowledge base."""

    _name = "gb.article"
    _description = "Knowledge article"
    _order = "id desc"

    name = fields.Char(string="Title", required=True)
