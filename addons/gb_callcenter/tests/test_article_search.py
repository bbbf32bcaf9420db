import base64
import io
import zipfile
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..models import gb_article_search
from .common_knowledge import KnowledgeCase


@tagged("post_install", "-at_install")
class TestArticleSearch(KnowledgeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.returns = cls._published(
            "七天无理由退货规则",
            keywords="退款，退钱",
            body="<p>签收后七天内，商品完好可以申请退货。奶粉一旦开封不支持无理由退货。</p>",
        )
        cls.nappies = cls._published(
            "纸尿裤尺码怎么选",
            body="<p>按宝宝体重选择：S 码 4–8 公斤，M 码 6–11 公斤，L 码 9–14 公斤。</p>",
        )
        cls.pump = cls._published(
            "Breast pump GB-005: replacing the membrane",
            lang="en_US",
            body="<p>Order the spare membranes in the shop. Returned pumps are not resold.</p>",
        )

    def test_chinese_words_are_found_in_title_and_body(self):
        self.assertEqual(self._titles("退货")[0], self.returns.name)
        self.assertEqual(self._titles("开封"), [self.returns.name])
        self.assertEqual(self._titles("体重"), [self.nappies.name])

    def test_the_way_of_writing_does_not_matter(self):
        for query in ("7天退貨", "７天退货", "七天退货", "退  货", "能不能给我七天退货啊"):
            self.assertEqual(self._titles(query)[:1], [self.returns.name], query)
        for query in ("gb005", "GB-005", "ＧＢ００５"):
            self.assertEqual(self._titles(query), [self.pump.name], query)

    def test_english_words_are_found_in_other_forms(self):
        for query in ("replace membranes", "returning a pump", "breast pumps"):
            self.assertEqual(self._titles(query)[:1], [self.pump.name], query)

    def test_the_last_latin_word_is_found_while_it_is_typed(self):
        self.assertEqual(self._titles("membr"), [self.pump.name])
        found = self.Article.with_user(self.agent).search_articles("membr")[0]
        start, end = found["name_ranges"][0]
        self.assertEqual(found["name"][start:end], "membr")

    def test_synonyms_apply_at_once_and_both_ways(self):
        self.assertEqual(self._titles("挤乳器"), [])
        synonym = self.env["gb.article.synonym"].create({"words": "挤乳器、breast pump"})
        self.assertEqual(self._titles("挤乳器"), [self.pump.name])
        synonym.words = "挤乳器/尺码"
        self.assertEqual(self._titles("挤乳器"), [self.nappies.name])

    def test_hits_are_marked_as_places_not_as_markup(self):
        article = self._published(
            "<b>积分</b>怎么用", body="<p>&lt;script&gt;积分可以抵现&lt;/script&gt;</p>"
        )
        found = self.Article.with_user(self.agent).search_articles("积分")[0]
        self.assertEqual(found["name"], article.name, "Titles are text.")
        self.assertEqual([found["name"][a:b] for a, b in found["name_ranges"]], ["积分"])
        self.assertEqual([found["snippet"][a:b] for a, b in found["snippet_ranges"]], ["积分"])

    def test_what_has_little_to_do_with_the_question_is_no_answer(self):
        for query in ("股票今天涨了没有", "weather in Beijing", "的了吗", "", "???"):
            self.assertEqual(self._titles(query), [], query)

    def test_attachments_are_found_by_content(self):
        document = io.BytesIO()
        with zipfile.ZipFile(document, "w") as archive:
            archive.writestr(
                "word/document.xml",
                '<w:document xmlns:w="w"><w:p><w:t>婴儿推车的折叠步骤</w:t></w:p></w:document>',
            )
        attachment = (
            self.env["ir.attachment"]
            .with_user(self.editor)
            .create({"name": "manual.docx", "datas": base64.b64encode(document.getvalue())})
        )
        draft = self._draft("推车说明书", attachment_ids=[Command.link(attachment.id)])
        article = self._publish(draft)
        self.assertEqual(self._titles("折叠步骤"), [article.name])
        self.assertEqual(attachment.res_id, article.id)
        # who may read the article may read what belongs to it
        attachment.with_user(self.agent).check_access("read")

    def test_the_product_comes_first(self):
        product = self.env["product.product"].create({"name": "奶瓶消毒器"})
        general = self._published("消毒步骤", body="<p>奶瓶煮沸五分钟。</p>")
        special = self._published(
            "新款机器的清洁与消毒步骤说明",
            product_tmpl_ids=[Command.link(product.product_tmpl_id.id)],
        )
        self.assertEqual(self._titles("消毒步骤")[0], general.name)
        self.assertEqual(self._titles("消毒步骤", product_ids=product.ids)[0], special.name)

    def test_category_and_audience_narrow_it(self):
        other = self.env["gb.article.category"].create(
            {"name": "Sizes", "parent_id": self.category.id}
        )
        size = self._published("纸尿裤尺码对照表", category_id=other.id, audience="public")
        self.assertEqual(self._titles("尺码", category_id=other.id), [size.name])
        self.assertEqual(len(self._titles("尺码", category_id=self.category.id)), 2)
        self.assertEqual(self._titles("尺码", audience="public"), [size.name])

    def test_helpful_articles_come_before_others(self):
        one, two = (self._published(name) for name in ("积分查询方法", "积分查询步骤"))
        one.with_user(self.agent).log_use("helpful")
        two.with_user(self.agent).log_use("unhelpful")
        self.env["gb.article.use"]._cron_count()
        self.assertEqual(self._titles("积分查询")[:2], [one.name, two.name])
        one.with_user(self.agent_2).log_use("unhelpful")
        one.with_user(self.agent).log_use("unhelpful")
        two.with_user(self.agent).log_use("helpful")
        self.env["gb.article.use"]._cron_count()
        self.assertEqual(self._titles("积分查询")[:2], [two.name, one.name])

    def test_of_very_many_titles_those_that_are_used_most_count(self):
        articles = [self._published(f"奶瓶说明{number}") for number in "甲乙丙丁"]
        articles[1].with_user(self.agent).log_use("used")
        self.env["gb.article.use"]._cron_count()
        with (
            patch.object(gb_article_search, "TITLES", 1),
            # those that have it in their text as well would be found by that
            patch.object(gb_article_search, "CANDIDATES", 1),
        ):
            self.assertIn(articles[1].name, self._titles("奶瓶"))
        self.assertGreater(len(self._titles("奶瓶")), 3)

    def test_candidates_come_from_the_indexes(self):
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO gb_article (name, state, audience, company_id, head_vector, text_vector)
            SELECT 'Many', 'published', 'internal', %s, ('x' || n)::tsvector, ('x' || n)::tsvector
              FROM generate_series(1, 3000) n
            """,
            [self.company.id],
        )
        self.env.cr.execute("ANALYZE gb_article")
        Article = self.Article.with_user(self.agent)
        domain = Article._get_search_domain()
        for column in ("head_vector", "text_vector"):
            query = Article._search(domain)
            query.add_where(SQL("%s @@ '退货'::tsquery", SQL.identifier("gb_article", column)))
            rows = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
            plan = "\n".join(row[0] for row in rows)
            self.assertIn(f"gb_article_{column}_index", plan)

    def test_a_search_takes_few_queries_however_much_is_found(self):
        many = self.Article.create([{"name": f"退货说明 {number}"} for number in range(20)])
        many._write_owned({"state": "published"})
        Article = self.Article.with_user(self.agent)
        Article.search_articles("退货", limit=20)
        self.env.invalidate_all()
        with self.assertQueryCount(8):
            Article.search_articles("退货", limit=20)

    def test_suggestions_fit_the_subject_then_the_product_then_what_is_hot(self):
        product = self.env["product.product"].create({"name": "Pump"})
        spare = self._published(
            "备用阀膜", product_tmpl_ids=[Command.link(product.product_tmpl_id.id)]
        )
        suggest = self.Article.with_user(self.agent).suggest
        self.assertEqual(suggest("纸尿裤尺码")[0]["id"], self.nappies.id)
        self.assertEqual(suggest("", product_ids=product.ids)[0]["id"], spare.id)
        self.assertEqual(suggest(""), [], "Nothing is used yet.")
        self.returns.with_user(self.agent).log_use()
        self.env["gb.article.use"]._cron_count()
        self.assertEqual(suggest("")[0]["id"], self.returns.id)

    def test_uses_are_noted_once_for_a_document(self):
        returns = self.returns.with_user(self.agent)
        self._sign_in(self.agent, self.seat_1)
        call = self._finished_call(self.seat_1)
        self.assertTrue(returns.log_use("used", "gb.call", call.id))
        self.assertFalse(returns.log_use("used", "gb.call", call.id))
        self.assertTrue(returns.log_use("helpful", "gb.call", call.id))
        self.assertTrue(returns.log_use("unhelpful", "gb.call", call.id), "He may change his mind.")
        self.env["gb.article.use"]._cron_count()
        counted = (returns.use_count, returns.helpful_count, returns.unhelpful_count)
        self.assertEqual(counted, (1, 0, 1))
        with self.assertRaises(AccessError):
            self.returns.with_user(self.agent_3).log_use("used", "gb.call", call.id)

    def test_questions_without_an_answer_are_collected_without_numbers(self):
        Article = self.Article.with_user(self.agent)
        self.assertFalse(Article.report_no_result("退货"), "There is an answer.")
        for query in ("股票涨了吗 13800001234", "股票涨了吗 13900005678"):
            self.assertTrue(Article.report_no_result(query))
        found = self.env["gb.article.query"].search([("text", "like", "股票")])
        self.assertEqual(found.mapped("text"), ["股票涨了吗 #"])
        self.assertEqual(found.count, 2)
        with self.assertRaises(AccessError):
            found.with_user(self.agent).read(["text"])
        action = found.with_user(self.editor).action_write_article()
        draft = self.Article.browse(action["res_id"])
        self.assertEqual(draft.question_ids.mapped("name"), ["股票涨了吗 #"])
        self.assertEqual((found.state, found.article_id), ("answered", draft))
