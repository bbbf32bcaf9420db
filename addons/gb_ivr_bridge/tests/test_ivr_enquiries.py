from odoo.tests import tagged

from ..ivr import words
from ..tools.ivr_speech import LANGUAGES, TEXTS, say
from .common_ivr import IvrShopCase


@tagged("post_install", "-at_install")
class TestIvrEnquiries(IvrShopCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["product.template"].search([("is_published", "=", True)]).is_published = False
        cls.category = cls.env["gb.article.category"].create({"name": "Guide"})
        cls.article_zh, cls.article_en = (
            cls._article(name, lang, body)
            for name, lang, body in (
                ("怎样下单", "zh_CN", "<p>拨打热线，按 {1} 订购。</p>"),
                ("How to order", "en_US", "<p>Ring us, press {1} to order.</p>"),
            )
        )

    @classmethod
    def _article(cls, name, lang, body, audience="public", state="published", category=None):
        article = cls.env["gb.article"].create(
            {
                "name": name,
                "lang": lang,
                "body": body,
                "audience": audience,
                "category_id": category or cls.category.id,
            }
        )
        article.flush_recordset()
        cls.env.cr.execute("UPDATE gb_article SET state = %s WHERE id = %s", (state, article.id))
        article.invalidate_recordset()
        return article

    def test_all_texts_can_be_spoken_in_both_languages(self):
        for key in TEXTS:
            told = say(key, "row1_")["text"]
            chinese, english = (words.placeholders(told[language]) for language in LANGUAGES)
            self.assertEqual(sorted(chinese), sorted(english), key)
            self.assertFalse({form for _name, form in chinese} - set(words.FORMATS), key)

    def _both(self, name, **args):
        """What callers of both languages hear."""
        texts = []
        for language in ("zh_CN", "en_US"):
            answer = self._ask(name, language=language, **args)
            self.assertEqual(answer["exit"], "found")
            texts.append(self._text(answer, language))
        return texts

    def test_shopping_guide_reads_public_articles_in_the_callers_language(self):
        self._article("内部", "zh_CN", "<p>机密</p>", audience="internal")
        self._article("草稿", "zh_CN", "<p>草稿</p>", state="draft")
        chinese, english = self._both("shopping_guide", category=str(self.category.id))
        self.assertIn("怎样下单。拨打热线", chinese)
        self.assertNotIn("机密", chinese)
        self.assertNotIn("草稿", chinese)
        self.assertIn("Ring us", english)
        # what an article says is no placeholder of the flow
        answer = self._ask("shopping_guide", category=str(self.category.id))
        self.assertNotIn("{1}", answer["speech"][0]["text"]["zh_CN"])

    def test_article_that_is_too_long_ends_with_a_sentence(self):
        category = self.env["gb.article.category"].create({"name": "Long"})
        self._article("很长", "zh_CN", "<p>" + "母婴用品。" * 300 + "</p>", category=category.id)
        answer = self._ask("shopping_guide", category=str(category.id))
        body = answer["values"]["article1_body"]
        self.assertLessEqual(len(body), 600)
        self.assertTrue(body.endswith("。"))

    def test_nothing_published_is_said(self):
        empty = self.env["gb.article.category"].create({"name": "Empty"})
        for category in (str(empty.id), "x", "0"):
            answer = self._ask("shopping_guide", category=category)
            self.assertEqual(answer["exit"], "none")
            self.assertTrue(self._text(answer, "en_US"))

    def test_promotions_and_new_products(self):
        self.assertEqual(self._ask("promotions")["exit"], "none")
        self.env["loyalty.program"].create(
            {"name": "奶粉满三百减三十", "program_type": "promotion", "trigger": "auto"}
        )
        self.env["loyalty.program"].create(
            {
                "name": "过期活动",
                "program_type": "promotion",
                "trigger": "auto",
                "date_to": "2020-01-01",
            }
        )
        self.formula.product_tmpl_id.is_published = True
        self.gone.product_tmpl_id.is_published = True
        for text in self._both("promotions"):
            self.assertIn("奶粉满三百减三十", text)
            self.assertIn("惠氏启赋婴儿奶粉1段", text)
            self.assertIn("300.00", text)
            self.assertNotIn("过期活动", text)
            self.assertNotIn("停售", text)
            self.assertNotIn("{", text)

    def test_delivery_tells_price_days_and_cash_on_delivery(self):
        chinese, english = self._both("delivery")
        self.assertIn(
            "Test courier，运费12.00，满500.00免运费，一般1天送达，支持货到付款。", chinese
        )
        self.assertIn("Test post, for 6.00, usually within 4 days.", english)

    def test_payment_tells_all_means(self):
        chinese, english = self._both("payment")
        self.assertIn("货到付款", chinese)
        self.assertIn("bank transfer", english)
        self.assertNotIn("{", chinese + english)

    def test_product_by_code(self):
        chinese, english = self._both("product", code="002")
        self.assertIn("爱他美婴儿奶粉1段，售价280.00，库存不多", chinese)
        self.assertIn("only a few are left", english)
        self.assertEqual(self._ask("product", code="005")["exit"], "none")

    def test_progress_of_ones_own_work_orders_only(self):
        kind = self.env["gb.ticket.type"].search([("kind", "=", "complaint")], limit=1)
        mine, foreign = self.env["gb.ticket"].create(
            [
                {
                    "partner_id": partner.id,
                    "type_id": kind.id,
                    "subject": "Secret matter",
                    "description": "Secret matter",
                }
                for partner in (self.customer, self.stranger)
            ]
        )
        self.assertEqual(self._ask("ticket_progress")["exit"], "none")
        for number, ticket in enumerate((mine, foreign)):
            ticket.name = f"GB-2099-00{number}71"
        chinese, english = self._both("ticket_progress")
        self.assertIn("您的工单，0071，", chinese)
        self.assertNotIn("Secret", chinese + english)
        self.assertIn(mine._get_progress()["stage"], english)
        self.assertEqual(self._ask("ticket_progress", ticket="2099 00071")["exit"], "found")
        self.assertEqual(self._ask("ticket_progress", ticket="0171")["exit"], "none")
        self.assertEqual(self._ask("ticket_progress", ticket="209900171")["exit"], "none")
