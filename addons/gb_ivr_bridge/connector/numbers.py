"""One identity for a telephone number, as Odoo has it: the same key for every way in which it is signalled."""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

NOT_DIALLED = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST}


def _parse(raw, region):
    try:
        number = phonenumbers.parse(raw, region or None)
    except NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return number if possible or phonenumbers.is_valid_number(number) else None


@lru_cache(maxsize=65536)
def get_key(raw, region):
    """E.164 of a number as dialled in ``region`` (ISO code), else its bare digits; empty when withheld."""
    number = _parse(raw, region)
    if number:
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return "".join(char for char in raw if char in "0123456789")


@lru_cache(maxsize=4096)
def get_dialled(raw, region):
    """How to dial a caller's number: its national digits. Empty for what no stranger may have us dial: other
    countries' numbers, service numbers, premium rates."""
    number = _parse(raw, region)
    if not number or not region:
        return ""
    if not phonenumbers.is_valid_number_for_region(number, region):
        return ""
    if phonenumbers.number_type(number) in NOT_DIALLED:
        return ""
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return "".join(char for char in national if char in "0123456789")


def may_dial(number, region, prefixes):
    """Whether a flow may dial ``number``, which a caller may have keyed in: it begins with one of ``prefixes``, or without
    any, is an ordinary number of ``region``."""
    return number.startswith(prefixes) if prefixes else bool(get_dialled(number, region))
