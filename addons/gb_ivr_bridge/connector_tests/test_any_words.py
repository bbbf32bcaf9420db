"""Whatever a value is: it can be said."""

from hypothesis import given
from hypothesis import strategies as st
from ivr import words

ZH = {c: i for i, c in enumerate(words.ZH_DIGITS)} | {"两": 2}


def read_chinese(said):
    """The number that a Chinese wording stands for."""
    total = section = digit = 0
    for sign in said:
        if sign in ZH:
            digit = ZH[sign]
        elif sign in "十百千":
            section += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[sign]
            digit = 0
        else:
            section += digit
            digit = 0
            if sign == "万":
                total += section * 10**4
            elif section:
                total += section * 10**8
            else:  # 万亿
                total *= 10**8
            section = 0
    return total + section + digit


@given(st.integers(0, 10**12 - 1))
def test_a_chinese_number_can_be_read_back(number):
    said = words.number(number, "zh_CN")
    high, low = divmod(number, 10**8)
    if high and "亿" in said:
        above, _unit, below = said.partition("亿")
        assert (read_chinese(above), read_chinese(below)) == (high, low)
    else:
        assert read_chinese(said) == number
    assert "零零" not in said and not (said.endswith("零") and number)


@given(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30)),
    st.sampled_from([*words.FORMATS, "odd"]),
    st.sampled_from(["zh_CN", "en_US", "", "fr_FR"]),
)
def test_whatever_a_value_is_it_can_be_said(value, form, language):
    assert isinstance(words.say(value, form, language), str)
