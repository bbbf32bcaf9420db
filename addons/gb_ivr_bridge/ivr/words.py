"""How numbers, amounts, dates and the like are said, in Chinese and in English; texts with placeholders.

A placeholder is ``{variable}`` or ``{variable|format}``. What a format cannot read is said as it is: a caller never hears an error.
Times are said as they are written: whoever gives a time gives it in the caller's time zone.
"""

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

NAME = r"[A-Za-z_][A-Za-z0-9_.]{0,59}"
KEYS = "0123456789*#ABCD"  # of a telephone
PLACEHOLDER = re.compile(rf"\{{({NAME})(?:\|([a-z]*))?\}}")

ZH_DIGITS = "零一二三四五六七八九"
EN_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
EN_SMALL = (
    *EN_DIGITS,
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
EN_UNITS = (
    (10**12, "trillion"),
    (10**9, "billion"),
    (10**6, "million"),
    (1000, "thousand"),
    (100, "hundred"),
)
EN_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
EN_ORDINALS = {
    **{1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth"},
    **{12: "twelfth", 20: "twentieth", 30: "thirtieth"},
}
LARGEST = Decimal(10) ** 16


def is_chinese(language):
    """Whether a language code is Chinese; every other language is worded in English."""
    return str(language).lower().startswith("zh")


def text(value):
    """A value of a flow as text: nothing is empty, whole numbers have no decimals."""
    if value is None:
        return ""
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(map(text, value))
    return str(value)


def as_number(value):
    """The Decimal that a value stands for, or None."""
    try:
        number = Decimal(text(value).strip().replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


# Numbers


def _say_section_zh(number):
    """1 to 9999, every place named: 205 is 二百零五, 12 is 一十二."""
    said, gap = "", False
    for unit, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            said += ("零" if gap and said else "") + ZH_DIGITS[digit] + word
            gap = False
        else:
            gap = True
    return said


def _say_whole_zh(number):
    if not number:
        return "零"
    said, gap = "", False
    for unit, word in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万"), (1, "")):
        section = number // unit % 10**4
        if section:
            said += ("零" if said and (gap or section < 1000) else "") + _say_section_zh(section)
            said += word
            gap = False
        else:
            gap = bool(said)
    if said.startswith("一十"):
        said = said[1:]
    if said[0] == "二" and said[1:2] in ("千", "万", "亿"):
        said = "两" + said[1:]
    return said


def _say_whole_en(number):
    if number < 20:
        return EN_SMALL[number]
    if number < 100:
        return EN_TENS[number // 10] + (f"-{EN_SMALL[number % 10]}" if number % 10 else "")
    unit, word = next(pair for pair in EN_UNITS if number >= pair[0])
    rest = f" {_say_whole_en(number % unit)}" if number % unit else ""
    return f"{_say_whole_en(number // unit)} {word}{rest}"


def _say_number(number, language):
    chinese = is_chinese(language)
    whole, _point, decimals = f"{abs(number):f}".partition(".")
    decimals = decimals.rstrip("0")
    said = (_say_whole_zh if chinese else _say_whole_en)(int(whole))
    if decimals:
        said += "点" if chinese else " point "
        said += _say_digits(decimals, language)
    negative = number < 0 and (int(whole) or decimals)
    return ("负" if chinese else "minus ") * bool(negative) + said


def number(value, language):
    """12005 as 一万二千零五, twelve thousand five."""
    found = as_number(value)
    if found is None or abs(found) >= LARGEST:
        return text(value)
    return _say_number(round(found, 6), language)


def _say_count_zh(count):
    """A number before a measure word: 两 instead of 二."""
    return "两" if count == 2 else _say_whole_zh(count)


def amount(value, language):
    """99.50 as 九十九元五角, ninety-nine point five yuan."""
    found = as_number(value)
    if found is None or abs(found) >= LARGEST:
        return text(value)
    fen = int((abs(found) * 100).to_integral_value(ROUND_HALF_UP))
    if not is_chinese(language):
        sign = "minus " if found < 0 and fen else ""
        return f"{sign}{_say_number(Decimal(fen) / 100, language)} yuan"
    yuan, jiao, fen_left = fen // 100, fen // 10 % 10, fen % 10
    said = f"{_say_count_zh(yuan)}元" if yuan or not fen else ""
    if jiao:
        said += f"{_say_count_zh(jiao) if not yuan else ZH_DIGITS[jiao]}角"
    if fen_left:
        said += "零" * bool(yuan and not jiao)
        said += f"{_say_count_zh(fen_left) if not (yuan or jiao) else ZH_DIGITS[fen_left]}分"
    return ("负" if found < 0 and fen else "") + said


# Digits


def _say_digits(value, language, one="一"):
    if is_chinese(language):
        digits = ZH_DIGITS.replace("一", one)
        return "".join(digits[int(c)] if c in "0123456789" else c for c in value)
    return " ".join(EN_DIGITS[int(c)] if c in "0123456789" else c for c in value)


def _say_groups(groups, language, one="一"):
    comma = "，" if is_chinese(language) else ", "
    return comma.join(_say_digits(group, language, one) for group in groups if group)


def digits(value, language):
    """Signs one by one, in groups of four: SO12345 as S、O一二三…"""
    signs = re.sub(r"[^0-9A-Za-z]", "", text(value)).upper()
    if len(signs) <= 6:
        return _say_digits(signs, language)
    return _say_groups([signs[i : i + 4] for i in range(0, len(signs), 4)], language)


def phone(value, language):
    """A telephone number one by one, 1 as 幺; mobile numbers in the groups people say."""
    signs = re.sub(r"[^0-9]", "", text(value))
    if len(signs) == 13 and signs.startswith("861"):
        signs = signs[2:]
    if len(signs) == 11 and signs[0] == "1":
        groups = [signs[:3], signs[3:7], signs[7:]]
    elif len(signs) <= 6:
        groups = [signs]
    else:
        groups = [signs[i : i + 4] for i in range(0, len(signs), 4)]
    return _say_groups(groups, language, "幺")


def tail(value, language):
    """The last four digits of a number, said so that only who has it knows it."""
    signs = re.sub(r"[^0-9]", "", text(value))[-4:]
    if not signs:
        return ""
    return ("尾号" if is_chinese(language) else "ending in ") + _say_digits(signs, language, "幺")


# Dates and times


def as_moment(value):
    """The datetime that an ISO text stands for, or None."""
    try:
        return datetime.datetime.fromisoformat(text(value).strip())
    except ValueError:
        return None


def date(value, language, year=None):
    """2026-11-22 as 十一月二十二日, November twenty-second; with the year when it is not ``year``."""
    moment = as_moment(value)
    if moment is None:
        return text(value)
    if is_chinese(language):
        said = f"{_say_whole_zh(moment.month)}月{_say_whole_zh(moment.day)}日"
        if moment.year != year:
            said = f"{_say_digits(str(moment.year), language)}年{said}"
        return said
    said = f"{EN_MONTHS[moment.month - 1]} {_say_ordinal(moment.day)}"
    if moment.year != year:
        said += f", {_say_year_en(moment.year)}"
    return said


def _say_ordinal(day):
    if day in EN_ORDINALS:
        return EN_ORDINALS[day]
    if day > 20:
        return f"{EN_TENS[day // 10]}-{_say_ordinal(day % 10)}"
    return f"{EN_SMALL[day]}th"


def _say_year_en(year):
    if year % 1000 < 10 or year < 1100 or year > 9999:
        return _say_whole_en(year)
    century, rest = divmod(year, 100)
    if not rest:
        return f"{_say_whole_en(century)} hundred"
    between = " oh " if rest < 10 else " "
    return _say_whole_en(century) + between + _say_whole_en(rest)


def time(value, language):
    """14:05 as 下午两点零五分, two oh five p m."""
    moment = as_moment(value)
    if moment is None:
        try:
            moment = datetime.time.fromisoformat(text(value).strip())
        except ValueError:
            return text(value)
    hour, minute = moment.hour, moment.minute
    twelve = hour % 12 or 12
    if is_chinese(language):
        parts = ((6, "凌晨"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))
        if not hour:
            twelve = 0
        said = next(word for end, word in parts if hour < end) + f"{_say_count_zh(twelve)}点"
        if minute:
            said += ("零" if minute < 10 else "") + f"{_say_whole_zh(minute)}分"
        return said
    said = EN_SMALL[twelve]
    if minute:
        said += f" oh {EN_SMALL[minute]}" if minute < 10 else f" {_say_whole_en(minute)}"
    return said + (" a m" if hour < 12 else " p m")


FORMATS = ("text", "digits", "number", "amount", "date", "time", "phone", "tail")


def say(value, form, language, year=None):
    """A value in one of the FORMATS."""
    if form == "date":
        return date(value, language, year)
    speak = {
        "digits": digits,
        "number": number,
        "amount": amount,
        "time": time,
        "phone": phone,
        "tail": tail,
    }.get(form)
    return speak(value, language) if speak else text(value)


def placeholders(template):
    """``[(variable, format), …]`` of a text."""
    return [(name, form or "text") for name, form in PLACEHOLDER.findall(template)]


def fill(template, variables, language, year=None):
    """A text with its placeholders filled in; a variable that is not there is silent."""
    return PLACEHOLDER.sub(
        lambda found: say(variables.get(found[1]), found[2] or "text", language, year), template
    )
