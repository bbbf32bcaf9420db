import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..tools import chinese

TEXT = st.text(alphabet="退货奶粉三十二段的了天無貨ＧＢ gb-0059/.,'\\:&|!()*<>婴 é\n", max_size=60)


def texts(text):
    return {token.text for token in chinese.tokenise(text)}


@tagged("post_install", "-at_install")
class TestChineseTokens(unittest.TestCase):
    """Text cut into tokens, without a database."""

    def test_chinese_is_cut_into_pairs_and_single_characters(self):
        self.assertEqual(texts("退货款"), {"退", "货", "款", "退货", "货款"})

    def test_ways_of_writing_are_the_same(self):
        for one, two in (
            ("退貨單", "退货单"),
            ("七天", "7天"),
            ("十二个月", "12个月"),
            ("３段", "三段"),
            ("ＧＢ００５", "gb005"),
            ("Returning", "returns"),
            ("deliveries", "DELIVERY"),
        ):
            self.assertEqual(texts(one), texts(two))

    def test_models_are_found_with_and_without_their_signs(self):
        self.assertIn("gb005", texts("GB-005"))
        self.assertIn("gb005", texts("gb005"))

    def test_words_that_every_question_has_are_not_looked_for(self):
        asked = {token.text for token in chinese.query_tokens("请问一下奶粉怎么退啊")}
        self.assertIn("奶粉", asked)
        self.assertFalse(asked & {"请问", "怎么", "问", "啊"})
        self.assertTrue(chinese.query_tokens("怎么办"), "Alone they are better than nothing.")
        self.assertEqual(chinese.query_tokens("，。！ "), [])

    def test_what_is_somebodys_is_masked(self):
        self.assertEqual(
            chinese.mask("订单SO2024000123，138 0013 8000 li@example.com 三段"), "订单so#,# @ 三段"
        )

    @settings(deadline=None, max_examples=60)
    @given(TEXT)
    def test_tokens_stand_where_they_say(self, text):
        for token in chinese.tokenise(text):
            self.assertTrue(0 <= token.start < token.end <= len(text))
            self.assertTrue(
                set(texts(text[token.start : token.end])) & {token.text, token.text[:1]}
            )

    @settings(deadline=None, max_examples=60)
    @given(TEXT)
    def test_folding_twice_changes_nothing(self, text):
        self.assertEqual(chinese.fold(chinese.fold(text)), chinese.fold(text))
        self.assertEqual(texts(chinese.fold(text)), texts(text))

    @settings(deadline=None, max_examples=60)
    @given(TEXT)
    def test_a_part_of_a_text_is_found_in_the_text(self, text):
        runs = [run for run in text.split() if len(run) > 1]
        for run in runs:
            self.assertLessEqual(texts(run), texts(text))

    @settings(deadline=None, max_examples=60)
    @given(TEXT, TEXT)
    def test_ranges_are_in_order_and_inside(self, text, query):
        tokens = {token.text for token in chinese.query_tokens(query)}
        snippet, ranges = chinese.cut_snippet(text, tokens, 20)
        self.assertLessEqual(len(snippet), 22)
        last = -1
        for start, end in ranges:
            self.assertTrue(last < start < end <= len(snippet))
            last = end

    def test_the_passage_with_most_of_it_is_shown_of_a_long_text(self):
        filler = "这里说的是别的事情。" * 40
        text = f"积分可以累计。{filler}用積分兑换礼品，三天到账。{filler}"
        for query, wanted in (("积分兑换", "積分兑换"), ("三天到账", "三天到账"), ("礼", "礼")):
            tokens = {token.text for token in chinese.query_tokens(query)}
            snippet, ranges = chinese.cut_snippet(text, tokens, 30)
            self.assertIn("礼品", snippet, query)
            self.assertIn(wanted, [snippet[start:end] for start, end in ranges], query)

    @settings(deadline=None, max_examples=60)
    @given(TEXT)
    def test_tokens_need_no_escaping_in_a_vector(self, text):
        for token in chinese.tokenise(text):
            self.assertFalse(set(token.text) & set("'\\:&|!()*<> \n"))
