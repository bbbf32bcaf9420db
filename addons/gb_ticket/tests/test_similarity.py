from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.similarity import get_similarity

TEXTS = st.text(max_size=60)


@tagged("post_install", "-at_install")
class TestSimilarity(BaseCase):
    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(TEXTS, TEXTS)
    def test_is_symmetric_and_between_nothing_and_one(self, one, other):
        similarity = get_similarity(one, other)
        self.assertEqual(similarity, get_similarity(other, one))
        self.assertGreaterEqual(similarity, 0)
        self.assertLessEqual(similarity, 1)

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(TEXTS)
    def test_a_text_is_like_itself(self, text):
        self.assertEqual(get_similarity(text, text), 1)

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(st.text(alphabet="abcxyz 0189", max_size=40))
    def test_case_width_and_punctuation_do_not_matter(self, text):
        wide = "".join(chr(ord(char) + 0xFEE0) if char != " " else "\u3000" for char in text)
        self.assertEqual(get_similarity(text, wide), 1)
        self.assertEqual(get_similarity(text, text.upper()), 1)
        self.assertEqual(get_similarity(text, f"!{text.replace(' ', ' … ')}?"), 1)

    def test_chinese_and_single_letters(self):
        # 要求 is in both, two of three pairs differ: alike by letters, another matter altogether
        self.assertAlmostEqual(get_similarity("要求退款", "要求换货"), 1 / 3)
        self.assertEqual(get_similarity("奶瓶漏水", "奶瓶，漏水。"), 2 * 2 / 5)
        self.assertEqual(get_similarity("退", "退"), 1)
        self.assertEqual(get_similarity("退", "换"), 0)

    def test_empty(self):
        self.assertEqual(get_similarity(None, ""), 1)
        self.assertEqual(get_similarity("", "bottle"), 0)
