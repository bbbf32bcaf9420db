import difflib
import re

from markupsafe import Markup

from odoo import api, fields, models


class GbArticleCompare(models.TransientModel):
    """Two versions of an article, and what differs."""

    _name = "gb.article.compare"
    _description = "Compare versions"

    article_id = fields.Many2one("gb.article", required=True, readonly=True)
    old_id = fields.Many2one(
        "gb.article.version", string="Earlier", domain="[('article_id', '=', article_id)]"
    )
    new_id = fields.Many2one(
        "gb.article.version", string="Later", domain="[('article_id', '=', article_id)]"
    )
    changes = fields.Html(compute="_compute_changes", sanitize=False)

    @api.depends("old_id", "new_id")
    def _compute_changes(self):
        for compare in self:
            rows = [
                Markup("<h6>%s</h6><div class='mb-3'>%s</div>") % (label, difference)
                for label, difference in compare._get_differences()
            ]
            compare.changes = Markup().join(rows) or self.env._("Nothing differs.")

    def _get_differences(self):
        """:return: list of (name of the field, markup)"""
        Version = self.env["gb.article.version"]
        for name in ("name", "keywords", "questions", "body_text", "valid_from", "valid_until"):
            old, new = (str(version[name] or "") for version in (self.old_id, self.new_id))
            if old != new:
                yield Version._fields[name]._description_string(self.env), self._mark(old, new)
        for name in ("category_id", "product_tmpl_ids", "product_categ_ids", "attachment_ids"):
            old, new = (
                ", ".join(version.sudo()[name].mapped("display_name"))
                for version in (self.old_id, self.new_id)
            )
            if old != new:
                yield Version._fields[name]._description_string(self.env), self._mark(old, new)

    @api.model
    def _mark(self, old, new):
        """:return: markup: what is gone struck out, what is new underlined; everything escaped"""
        # sentences and words of Latin script, single characters of Chinese
        before, after = (re.findall(r"\w[a-zA-Z0-9]*|\W", text) for text in (old, new))
        parts = []
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        for kind, start, end, begin, stop in matcher.get_opcodes():
            gone, come = "".join(before[start:end]), "".join(after[begin:stop])
            if kind == "equal":
                parts.append(Markup("%s") % gone)
                continue
            if gone:
                parts.append(Markup("<del class='text-danger bg-danger-subtle'>%s</del>") % gone)
            if come:
                parts.append(Markup("<ins class='text-success bg-success-subtle'>%s</ins>") % come)
        return Markup().join(parts).replace("\n", Markup("<br/>"))
