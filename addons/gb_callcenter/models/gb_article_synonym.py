import re

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..tools.chinese import fold


class GbArticleSynonym(models.Model):
    """Words that mean the same to customers: who asks for one finds what is written with another."""

    _name = "gb.article.synonym"
    _description = "Synonyms"
    _rec_name = "words"
    _order = "words, id"

    words = fields.Char(
        required=True, help="Words that mean the same, with a comma or “/” between them."
    )
    active = fields.Boolean(default=True)

    @api.constrains("words")
    def _check_words(self):
        if any(len(self._split(synonym.words)) < 2 for synonym in self):
            raise ValidationError(
                self.env._("Give at least two words, with a comma or “/” between them.")
            )

    @api.model
    def _split(self, words):
        """:return: list of the folded words of one row"""
        parts = re.split(r"[,/;、，；|\n]+", fold(words))
        return list(dict.fromkeys(part.strip() for part in parts if part.strip()))

    @api.model
    @tools.ormcache()
    def _get_groups(self):
        """:return: tuple of tuples of words"""
        rows = self.sudo().search([])
        return tuple(tuple(self._split(row.words)) for row in rows)

    @api.model_create_multi
    def create(self, vals_list):
        """The words apply at once."""
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """The words apply at once."""
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        """The words apply at once."""
        self.env.registry.clear_cache()
        return super().unlink()
