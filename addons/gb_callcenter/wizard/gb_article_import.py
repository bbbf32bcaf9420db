import base64
import re

from lxml import html as lxml_html

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ..models.gb_article import EDITOR
from ..tools.table_file import (
    XLSX_TYPE,
    Table,
    TableError,
    guess_columns,
    pick,
    to_date,
    write_xlsx,
)

HEADINGS = {
    "name": ["标题", "题目", "问题", "title", "question", "name"],
    "body": ["内容", "正文", "答案", "解答", "body", "answer", "content"],
    "category": ["分类", "类别", "栏目", "category"],
    "keywords": ["关键词", "关键字", "keywords"],
    "questions": ["相似问题", "相似问法", "similar questions"],
    "audience": ["受众", "可见范围", "对外", "audience"],
    "valid_until": ["有效期至", "失效日期", "截止日期", "valid until"],
}
PUBLIC = {"public", "公开", "对外", "是", "yes", "1"}
MAX_ARTICLES = 5000


class GbArticleImport(models.TransientModel):
    """Makes drafts of articles from a workbook, a CSV file or web pages. They are reviewed like any other draft."""

    _name = "gb.article.import"
    _description = "Import articles"

    file_ids = fields.Many2many(
        "ir.attachment",
        string="Files",
        required=True,
        help="Excel workbooks or CSV files with one article in each line (title, content, category, keywords, similar "
        "questions, audience, valid until), or HTML files with one article each.",
    )
    on_known = fields.Selection(
        [("skip", "Leave it"), ("update", "Bring a new text for it")],
        string="An article of this title is there",
        required=True,
        default="skip",
        help="A new text of a published article becomes a revision, which is reviewed before agents see it.",
    )
    state = fields.Selection([("draft", "Files"), ("done", "Done")], default="draft", readonly=True)
    created_count = fields.Integer(string="Drafts", readonly=True)
    updated_count = fields.Integer(string="New texts", readonly=True)
    skipped_count = fields.Integer(string="Left as they were", readonly=True)
    error_count = fields.Integer(string="Rows with errors", readonly=True)
    article_ids = fields.Many2many("gb.article", readonly=True)
    error_file = fields.Binary(string="Refused rows", readonly=True, attachment=False)
    error_file_name = fields.Char(readonly=True)

    def action_import(self):
        """Make the drafts; what is refused can be downloaded with the reason."""
        self.ensure_one()
        if not self.env.user.has_group(EDITOR):
            raise AccessError(self.env._("Only editors of the knowledge base import articles."))
        categories = self.env["gb.article.category"].search([])
        self_categories = {c.complete_name: c for c in categories} | {c.name: c for c in categories}
        articles, errors = self.env["gb.article"], []
        counts = dict.fromkeys(("created", "updated", "skipped"), 0)
        for source, values in self._read_files(errors):
            try:
                with self.env.cr.savepoint():
                    article, result = self._save_article(values, self_categories)
            except (UserError, ValueError) as error:
                errors.append((source, values.get("name", ""), str(error)))
                continue
            articles |= article
            counts[result] += 1
        self.write(
            {
                "state": "done",
                "created_count": counts["created"],
                "updated_count": counts["updated"],
                "skipped_count": counts["skipped"],
                "error_count": len(errors),
                "article_ids": [(6, 0, articles.ids)],
                "error_file": base64.b64encode(self._write_errors(errors)) if errors else False,
                "error_file_name": "errors.xlsx",
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import articles"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_view_articles(self):
        """Show what has come in."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Imported articles"),
            "res_model": "gb.article",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.article_ids.ids)],
        }

    def _write_errors(self, errors):
        return write_xlsx(
            [self.env._("Where"), self.env._("Title"), self.env._("What is wrong")], errors
        )

    # ------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------

    def _read_files(self, errors):
        """Yield (where, values) of each article; what cannot be read goes to ``errors``."""
        count = 0
        for file in self.file_ids:
            reader = self._read_page if self._is_page(file) else self._read_table
            for source, values in reader(file, errors):
                count += 1
                if count > MAX_ARTICLES:
                    raise UserError(
                        self.env._(
                            "These are more than %(limit)s articles. Please divide them.",
                            limit=MAX_ARTICLES,
                        )
                    )
                yield source, values

    @staticmethod
    def _is_page(file):
        return file.name.lower().endswith((".html", ".htm")) or file.mimetype == "text/html"

    def _read_table(self, file, errors):
        try:
            table = Table(file.raw or b"")
            columns = guess_columns(table.headers, HEADINGS)
            if not {"name", "body"} <= columns.keys():
                errors.append(
                    (file.name, "", self.env._("There is no column for the title or the content."))
                )
                return
            for line, row in table:
                yield (
                    self.env._("%(file)s, line %(line)s", file=file.name, line=line),
                    pick(row, columns),
                )
        except TableError:
            errors.append((file.name, "", self.env._("The file cannot be read.")))

    def _read_page(self, file, errors):
        try:
            page = lxml_html.document_fromstring(file.raw or b"")
        except ValueError:
            page = None
        except lxml_html.etree.ParserError:
            page = None
        if page is None:
            errors.append((file.name, "", self.env._("The file cannot be read.")))
            return
        heading = page.find(".//h1")
        title = heading if heading is not None else page.find(".//title")
        name = " ".join(title.text_content().split()) if title is not None else ""
        if heading is not None:
            heading.drop_tree()
        body = page.find("body")
        keywords = page.xpath("//meta[@name='keywords']/@content")
        yield (
            file.name,
            {
                "name": name or re.sub(r"\.html?$", "", file.name, flags=re.IGNORECASE),
                "html": lxml_html.tostring(body if body is not None else page, encoding="unicode"),
                "keywords": keywords[0] if keywords else "",
            },
        )

    # ------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------

    def _save_article(self, values, categories):
        """:return: (gb.article, ``created`` | ``updated`` | ``skipped``)"""
        vals = self._prepare_article(values, categories)
        Article = self.env["gb.article"]
        known = Article.search(
            [
                ("name", "=", vals["name"]),
                ("origin_id", "=", False),
                ("state", "!=", "archived"),
                ("company_id", "in", [self.env.company.id, False]),
            ],
            limit=1,
        )
        if not known:
            return Article.create(vals), "created"
        if self.on_known == "skip":
            return known, "skipped"
        draft = known
        if known.state != "draft":
            known.action_revise()
            draft = known.revision_ids
        draft.question_ids.unlink()
        draft.write(vals)
        return draft, "updated"

    def _prepare_article(self, values, categories):
        """:raise UserError: saying what is wrong with the row"""
        name = (values.get("name") or "").strip()
        body = values.get("html") or (plaintext2html(values["body"]) if values.get("body") else "")
        if not name:
            raise UserError(self.env._("The title is missing."))
        if not body:
            raise UserError(self.env._("The content is missing."))
        vals = {
            "name": name,
            "body": body,
            "keywords": values.get("keywords") or False,
            "question_ids": [
                (0, 0, {"name": question.strip()})
                for question in re.split(r"[\n;；]", values.get("questions") or "")
                if question.strip()
            ],
        }
        if category := (values.get("category") or "").strip():
            if category not in categories:
                raise UserError(self.env._("There is no category “%(name)s”.", name=category))
            vals["category_id"] = categories[category].id
        if audience := (values.get("audience") or "").strip():
            vals["audience"] = "public" if audience.lower() in PUBLIC else "internal"
        if values.get("valid_until"):
            try:
                vals["valid_until"] = to_date(values["valid_until"])
            except ValueError as error:
                raise UserError(
                    self.env._("“%(day)s” is not a date.", day=values["valid_until"])
                ) from error
        return vals

    @api.model
    def action_download_sample(self):
        """A workbook with the columns and one line to fill in like it."""
        content = write_xlsx(
            [
                self.env._("Title"), self.env._("Content"), self.env._("Category"), self.env._("Keywords"), self.env._("Similar questions"),
                self.env._("Audience"), self.env._("Valid until"),
            ],
            [[
                self.env._("How do I return a parcel?"), self.env._("Within seven days of delivery …"), "",
                self.env._("return, refund"), self.env._("I do not like it; can I send it back?"), self.env._("public"), "",
            ]],
        )  # fmt: skip
        attachment = self.env["ir.attachment"].create(
            {"name": "articles.xlsx", "raw": content, "mimetype": XLSX_TYPE}
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "download",
        }
