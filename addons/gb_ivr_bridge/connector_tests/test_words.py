"""How values are said."""

import datetime

import pytest
from ivr import words
from ivr.hours import is_open

NUMBERS = [
    (0, "零", "zero"),
    (2, "二", "two"),
    (10, "十", "ten"),
    (12, "十二", "twelve"),
    (20, "二十", "twenty"),
    (21, "二十一", "twenty-one"),
    (100, "一百", "one hundred"),
    (105, "一百零五", "one hundred five"),
    (110, "一百一十", "one hundred ten"),
    (222, "二百二十二", "two hundred twenty-two"),
    (1000, "一千", "one thousand"),
    (1050, "一千零五十", "one thousand fifty"),
    (2005, "两千零五", "two thousand five"),
    (10000, "一万", "ten thousand"),
    (10012, "一万零一十二", "ten thousand twelve"),
    (20000, "两万", "twenty thousand"),
    (100001, "十万零一", "one hundred thousand one"),
    (12005, "一万二千零五", "twelve thousand five"),
    (1200500, "一百二十万零五百", "one million two hundred thousand five hundred"),
    (100000000, "一亿", "one hundred million"),
    (200010000, "两亿零一万", "two hundred million ten thousand"),
    (3000000000, "三十亿", "three billion"),
    (10**12, "一万亿", "one trillion"),
    (-5, "负五", "minus five"),
    ("3.50", "三点五", "three point five"),
    (0.25, "零点二五", "zero point two five"),
    ("1,234", "一千二百三十四", "one thousand two hundred thirty-four"),
    (12.0, "十二", "twelve"),
    ("-0", "零", "zero"),
    ("-0.5", "负零点五", "minus zero point five"),
    ("many", "many", "many"),
    ("NaN", "NaN", "NaN"),
    (10**16, "10000000000000000", "10000000000000000"),
    (None, "", ""),
]


@pytest.mark.parametrize(("value", "chinese", "english"), NUMBERS)
def test_numbers(value, chinese, english):
    assert words.say(value, "number", "zh_CN") == chinese
    assert words.say(value, "number", "en_US") == english


AMOUNTS = [
    ("99.50", "九十九元五角", "ninety-nine point five yuan"),
    (100, "一百元", "one hundred yuan"),
    (2, "两元", "two yuan"),
    ("12.34", "十二元三角四分", "twelve point three four yuan"),
    ("100.05", "一百元零五分", "one hundred point zero five yuan"),
    ("0.20", "两角", "zero point two yuan"),
    ("0.22", "两角二分", "zero point two two yuan"),
    ("0.02", "两分", "zero point zero two yuan"),
    ("2.22", "两元二角二分", "two point two two yuan"),
    (0, "零元", "zero yuan"),
    ("0.005", "一分", "zero point zero one yuan"),
    (-8, "负八元", "minus eight yuan"),
    ("-0.001", "零元", "zero yuan"),
    ("free", "free", "free"),
    (10**17, str(10**17), str(10**17)),
]


@pytest.mark.parametrize(("value", "chinese", "english"), AMOUNTS)
def test_amounts(value, chinese, english):
    assert words.say(value, "amount", "zh_CN") == chinese
    assert words.say(value, "amount", "en_US") == english


@pytest.mark.parametrize(
    ("form", "value", "chinese", "english"),
    [
        ("digits", "1024", "一零二四", "one zero two four"),
        ("digits", "so-12345", "SO一二，三四五", "S O one two, three four five"),
        ("digits", 7, "七", "seven"),
        ("digits", "", "", ""),
        (
            "phone",
            "13800138000",
            "幺三八，零零幺三，八零零零",
            "one three eight, zero zero one three, eight zero zero zero",
        ),
        ("phone", "+86 138-0013-8000", "幺三八，零零幺三，八零零零", None),
        ("phone", "10086", "幺零零八六", "one zero zero eight six"),
        ("phone", "02112345678", "零二幺幺，二三四五，六七八", None),
        ("phone", None, "", ""),
        ("tail", "13800138001", "尾号八零零幺", "ending in eight zero zero one"),
        ("tail", "x", "", ""),
        ("text", True, "true", "true"),
        ("text", ["a", 1, None], "a, 1, ", "a, 1, "),
        ("song", 5, "5", "5"),
    ],
)
def test_digits_and_texts(form, value, chinese, english):
    assert words.say(value, form, "zh_CN") == chinese
    if english is not None:
        assert words.say(value, form, "en_US") == english


@pytest.mark.parametrize(
    ("value", "year", "chinese", "english"),
    [
        ("2026-11-22", 2026, "十一月二十二日", "November twenty-second"),
        ("2026-01-01", 2025, "二零二六年一月一日", "January first, twenty twenty-six"),
        ("2005-06-30T08:00:00Z", None, "二零零五年六月三十日", "June thirtieth, two thousand five"),
        ("1999-03-13", None, "一九九九年三月十三日", "March thirteenth, nineteen ninety-nine"),
        ("1900-05-21", None, "一九零零年五月二十一日", "May twenty-first, nineteen hundred"),
        ("1905-05-08", None, "一九零五年五月八日", "May eighth, nineteen oh five"),
        ("soon", None, "soon", "soon"),
        ("", None, "", ""),
    ],
)
def test_dates(value, year, chinese, english):
    assert words.say(value, "date", "zh_CN", year) == chinese
    assert words.say(value, "date", "en_US", year) == english


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        ("2026-11-22T14:05:00", "下午两点零五分", "two oh five p m"),
        ("09:30", "上午九点三十分", "nine thirty a m"),
        ("00:10", "凌晨零点十分", "twelve ten a m"),
        ("12:00", "中午十二点", "twelve p m"),
        ("02:00:00", "凌晨两点", "two a m"),
        ("23:59", "晚上十一点五十九分", "eleven fifty-nine p m"),
        ("noon", "noon", "noon"),
    ],
)
def test_times(value, chinese, english):
    assert words.say(value, "time", "zh_CN") == chinese
    assert words.say(value, "time", "en_US") == english


def test_placeholders_are_filled_in():
    template = "{name}，尾款{due|amount}，{gone}{due|song}{2x}{}{a b}"
    values = {"name": "王", "due": 5}
    assert words.fill(template, values, "zh_CN") == "王，尾款五元，5{2x}{}{a b}"
    assert words.placeholders("{a}{b.c|digits}{d|}") == [
        ("a", "text"),
        ("b.c", "digits"),
        ("d", "text"),
    ]


def test_what_is_filled_in_is_no_template():
    assert words.fill("{a}", {"a": "{b}", "b": "secret"}, "zh_CN") == "{b}"


# Opening hours

SUNDAY = datetime.datetime(2026, 11, 22)  # in Shanghai
WEEK = [[6, "09:00", "12:00"], [6, "13:30", "24:00"], [5, "22:00", "02:00"]]


@pytest.mark.parametrize(
    ("hour", "minute", "schedule", "is_it"),
    [
        (8, 59, {}, False),
        (9, 0, {}, True),
        (12, 0, {}, False),
        (13, 30, {}, True),
        (23, 59, {}, True),
        (1, 59, {}, True),
        (2, 0, {}, False),
        (10, 0, {"closed": [["2026-11-22", "2026-11-23"]]}, False),
        (10, 0, {"closed": [["2026-11-21T00:00", "2026-11-22T00:00"]]}, True),
        (10, 0, {"closed": [["2026-11-22T01:00+00:00", "2026-11-22T03:00+00:00"]]}, False),
        (
            10,
            0,
            {
                "closed": [["2026-11-22", "2026-11-23"]],
                "open": [["2026-11-22T10:00", "2026-11-22T11:00"]],
            },
            True,
        ),
        (20, 0, {"weekly": None}, False),
    ],
)
def test_opening_hours(hour, minute, schedule, is_it):
    at = SUNDAY.replace(hour=hour, minute=minute, tzinfo=datetime.timezone.utc).timestamp()
    schedule = {"tz": "Asia/Shanghai", "weekly": WEEK, **schedule}
    assert is_open(schedule, at - 8 * 3600) is is_it


def test_hours_over_midnight_have_an_evening():
    at = datetime.datetime(2026, 11, 21, 23, 0, tzinfo=datetime.timezone.utc).timestamp()
    assert is_open({"weekly": WEEK}, at)


@pytest.mark.parametrize("end", ["25:00", "9", "x:00"])
def test_a_time_that_does_not_exist_is_an_error(end):
    with pytest.raises(ValueError):
        is_open({"weekly": [[1, "09:00", end]]}, 0)
