"""Tax numbers of mainland China."""

import re

# GB 32100-2015: unified social credit code, 17 characters and a check character
CREDIT_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# GB 11643-1999: number of an identity card; self-employed people use it, with two digits after it or without
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECK = "10X98765432"
# before 2015: six digits of the region and nine characters of the organisation
OLD_FORM = re.compile(r"[0-9]{6}[0-9A-Z]{9}")


def clean_tax_number(text):
    """:return: ``text`` in capitals and without spaces or hyphens, as it stands on an invoice"""
    return re.sub(r"[\s-]", "", text or "").upper()


def is_tax_number(text):
    """Whether ``text`` is a tax number: 18 characters with the right check character, or one of the older forms with
    15 or 20 characters.

    :param text: as ``clean_tax_number`` returns it
    """
    if len(text) == 15:
        return bool(OLD_FORM.fullmatch(text))
    if len(text) == 18:
        return _is_credit_code(text) or _is_identity_number(text)
    if len(text) == 20:
        return _is_identity_number(text[:18]) and bool(re.fullmatch("[0-9]{2}", text[18:]))
    return False


def _is_credit_code(text):
    if any(character not in CREDIT_CODE for character in text):
        return False
    total = sum(
        CREDIT_CODE.index(character) * pow(3, place, 31)
        for place, character in enumerate(text[:17])
    )
    return CREDIT_CODE[-total % 31] == text[17]


def _is_identity_number(text):
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        return False
    total = sum(
        int(digit) * weight for digit, weight in zip(text[:17], IDENTITY_WEIGHTS, strict=True)
    )
    return IDENTITY_CHECK[total % 11] == text[17]
