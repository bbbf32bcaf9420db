"""One identity for a telephone number, however it was written or signalled. No ORM."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

WITHHELD = {
    "",
    "-",
    "<unknown>",
    "anonymous",
    "asterisk",
    "private",
    "restricted",
    "s",
    "unavailable",
    "unknown",
    "withheld",
    "匿名",
    "未知",
}
_EXTENSION = re.compile(
    r"(?:转|轉|分机|分機|内线|內線|ext\.?|extn\.?|#|x)\s*[:：]?\s*(\d{1,8})\s*$", re.I
)
_NOISE = re.compile(r"[^\d+]")
# a run of digits long enough to reach somebody; shorter ones are extensions and service numbers
_RUN = re.compile(r"[+＋]?\d(?:[\s()（）.\-–/·]{0,3}\d){5,}")
MASK = "****"


class PhoneNumber(NamedTuple):
    """A number as it was given and what it is known by.

    ``key`` is what equal numbers have in common: E.164 where the number can be understood, else
    its bare digits; empty when withheld. ``state`` is ``ok``, ``invalid`` or ``withheld``.
    """

    raw: str
    key: str
    e164: str
    extension: str
    state: str


def _e164(text, region):
    """E.164 of ``text`` dialled in ``region`` (ISO code) or '' when no such number can exist."""
    try:
        number = phonenumbers.parse(text, region or None)
    except NumberParseException:
        return ""
    valid = phonenumbers.is_valid_number(number)
    # numbering plans grow faster than the library's tables: a possible length is enough
    # for an identity, but a local number without its area code is not
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    if not (valid or possible):
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@lru_cache(maxsize=65536)
def parse_number(raw, region=None):
    """Identify a telephone number.

    :param str raw: as dialled, typed or signalled; None counts as withheld
    :param str region: ISO 3166 code of the country whose habits apply (trunk 0, 00, …)
    :rtype: PhoneNumber
    """
    text = unicodedata.normalize("NFKC", str(raw or "")).strip()
    if text.lower() in WITHHELD or text.lower().startswith("anonymous@"):
        return PhoneNumber(raw or "", "", "", "", "withheld")
    body, extension = text, ""
    if match := _EXTENSION.search(text):
        # "#" and "x" also occur inside service codes: only what leaves a number behind is an extension
        if len(_NOISE.sub("", text[: match.start()])) >= 5:
            body, extension = text[: match.start()], match[1]
    plus = body.lstrip(" (（").startswith("+")
    digits = _NOISE.sub("", body).replace("+", "")
    if not digits:
        return PhoneNumber(raw, text, "", "", "invalid")
    trials = []
    if plus and not digits.startswith("00"):
        trials.append("+" + digits)
    else:
        digits = digits if not plus else digits[2:]
        trials.append(("+" if plus else "") + digits)
        if digits.startswith("00"):
            trials.append("+" + digits[2:])
        elif not plus and len(digits) > 9:
            trials.append("+" + digits)
    e164 = next((found for trial in trials if (found := _e164(trial, region))), "")
    if e164:
        return PhoneNumber(raw, e164, e164, extension, "ok")
    return PhoneNumber(raw, digits, "", extension, "invalid")


def _mask_run(match):
    digits = "".join(filter(str.isdigit, match[0]))
    shown = min(4, len(digits) - 4)
    head = min(5, max(0, len(digits) - 8))
    plus = "+" if match[0][0] in "+＋" else ""
    return f"{plus}{digits[:head]}{MASK}{digits[-shown:]}"


def mask_number(text):
    """``text`` with the middle of every telephone number in it hidden: 138****1234.

    The last four digits stay, and what comes before the four hidden ones: enough to tell numbers apart.
    """
    return _RUN.sub(_mask_run, text) if text else text
