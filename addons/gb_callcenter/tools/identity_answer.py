"""What a caller answers, compared with what is known. Pure functions, no ORM."""

import re
import unicodedata
from datetime import date, timedelta

from pypinyin import lazy_pinyin

DATE_TOLERANCE_DAYS = 2
AMOUNT_TOLERANCE = 1


def parse_date(text, day_first=False):
    """Read a date as agents type it: 19900503, 1990-5-3, 1990年5月3日, 3.5.1990.

    :param bool day_first: order of day and month when the year comes last
    :rtype: date or None
    """
    groups = re.findall(r"\d+", unicodedata.normalize("NFKC", text or ""))
    if len(groups) == 1 and len(groups[0]) == 8:
        digits = groups[0]
        groups = [digits[:4], digits[4:6], digits[6:]]
    if len(groups) != 3:
        return None
    first, second, third = map(int, groups)
    if len(groups[0]) == 4:
        year, month, day = first, second, third
    elif len(groups[2]) == 4:
        year, (day, month) = third, (first, second) if day_first else (second, first)
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def same_date(answer, fact, day_first=False, tolerance=0):
    """Whether ``answer`` is the date ``fact``, give or take ``tolerance`` days."""
    parsed = parse_date(answer, day_first)
    return bool(parsed and fact and abs(parsed - fact) <= timedelta(days=tolerance))


def same_amount(answer, fact):
    """Whether the number in ``answer`` is less than one unit of money away from ``fact``."""
    text = unicodedata.normalize("NFKC", answer or "").replace(",", "")
    found = re.search(r"\d+(?:\.\d+)?", text)
    return bool(found and fact and abs(float(found[0]) - fact) < AMOUNT_TOLERANCE)


def same_digits(answer, fact):
    """Whether the digits are the same; letters and separators do not count."""
    digits, known = (
        "".join(filter(str.isdigit, unicodedata.normalize("NFKC", text or "")))
        for text in (answer, fact)
    )
    return bool(known) and digits == known


def _squeeze(text):
    return "".join(
        char for char in unicodedata.normalize("NFKC", text or "").casefold() if char.isalnum()
    )


def same_name(answer, fact):
    """Whether two names are written, or in Chinese sound, the same: an agent only hears the answer."""
    squeezed, known = _squeeze(answer), _squeeze(fact)
    if not squeezed or not known:
        return False
    return squeezed == known or "".join(lazy_pinyin(squeezed)) == "".join(lazy_pinyin(known))
