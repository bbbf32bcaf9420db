import base64
import io

import openpyxl

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..tools.table_file import write_xlsx

HEADINGS = ["标题", "内容", "分类", "关键词", "相似问题", "对外", "有效期至"]


@tagged("post_install", "-at_install")
class TestArticleImport(TransactionCase):
    """Articles come in from workbooks and web pages, as drafts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.editor = new_test_user(
            cls.env, "gb_import_editor", groups="gb_callcenter.group_gb_knowledge_editor"
        )
        cls.reviewer = new_test_user(
            cls.env, "gb_import_reviewer", groups="gb_callcenter.group_gb_knowledge_reviewer"
        )
        cls.category = cls.env["gb.article.category"].create({"name": "配送"})

    def _import(self, *files, user=None, **values):
        user = user or self.editor
        attachments = (
            self.env["ir.attachment"]
            .with_user(user)
            .create([{"name": name, "raw": content} for name, content in files])
        )
        wizard = (
            self.env["gb.article.import"]
            .with_user(user)
            .create({"file_ids": [(6, 0, attachments.ids)], **values})
        )
        wizard.action_import()
        return wizard

    def _book(self, *rows):
        return ("articles.xlsx", write_xlsx(HEADINGS, rows))

    def test_each_line_becomes_a_draft(self):
        wizard = self._import(
            self._book(
                [
                    "多久能送到",
                    "一般三天。\n偏远地区五天。",
                    "配送",
                    "物流,快递",
                    "几天到；什么时候到",
                    "是",
                    "2030-01-31",
                ]
            )
        )
        article = wizard.article_ids
        self.assertEqual((wizard.created_count, wizard.error_count), (1, 0))
        self.assertEqual((article.state, article.audience), ("draft", "public"))
        self.assertEqual(article.category_id, self.category)
        self.assertEqual(article.question_ids.mapped("name"), ["几天到", "什么时候到"])
        self.assertIn("偏远地区", article.body)
        self.assertEqual(str(article.valid_until), "2030-01-31")

    def test_a_web_page_becomes_a_draft_without_its_scripts(self):
        page = (
            b"<html><head><title>T</title><meta name='keywords' content='a, b'></head><body>"
            b"<h1>\xe5\xa6\x82\xe4\xbd\x95\xe5\x86\xb2\xe8\xb0\x83\xe5\xa5\xb6\xe7\xb2\x89</h1>"
            b"<p onclick='x()'>70 degrees</p><script>alert(1)</script></body></html>"
        )
        page = page.replace(b"<head>", b"<head><meta charset='utf-8'>")
        article = self._import(("milk.html", page)).article_ids
        self.assertEqual(article.name, "如何冲调奶粉")
        self.assertIn("70 degrees", article.body)
        self.assertNotIn("alert", article.body)
        self.assertNotIn("onclick", article.body)
        self.assertEqual(article.keywords, "a, b")

    def test_bad_lines_come_back_with_the_reason(self):
        wizard = self._import(
            self._book(
                ["", "没有标题", "", "", "", "", ""],
                ["没有内容", "", "", "", "", "", ""],
                ["类别不对", "内容", "不存在", "", "", "", ""],
                ["日期不对", "内容", "", "", "", "", "昨天"],
                ["好的", "内容", "", "", "", "", ""],
            ),
            ("broken.xlsx", b"PK\x03\x04 no workbook"),
        )
        self.assertEqual((wizard.created_count, wizard.error_count), (1, 5))
        sheet = openpyxl.load_workbook(io.BytesIO(base64.b64decode(wizard.error_file))).active
        reasons = [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)]
        self.assertEqual(len(reasons), 5)
        self.assertIn("不存在", reasons[2])

    def test_a_known_title_is_left_or_gets_a_revision(self):
        article = self._import(self._book(["旧标题", "旧内容", "配送", "", "", "", ""])).article_ids
        article.action_submit()
        article.with_user(self.reviewer).action_publish()
        again = self._book(["旧标题", "新内容", "", "", "", "", ""])
        self.assertEqual(self._import(again).skipped_count, 1)
        wizard = self._import(again, on_known="update")
        self.assertEqual(wizard.updated_count, 1)
        self.assertIn("旧内容", article.body, "agents go on reading what was reviewed")
        self.assertIn("新内容", article.revision_ids.body)

    def test_only_editors(self):
        agent = new_test_user(self.env, "gb_import_agent", groups="gb_callcenter.group_gb_agent")
        with self.assertRaises(AccessError):
            self._import(self._book(["a", "b", "", "", "", "", ""]), user=agent)
