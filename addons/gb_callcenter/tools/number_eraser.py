"""Takes telephone numbers out of raw events. No ORM."""

import re

import phonenumbers

from .phone_number import parse_number

# ids of the telephone system: never numbers
EVENT_IDS = {"uniqueid", "linkedid", "channel", "id", "by"}
MIN_NATIONAL = 7


class NumberEraser:
    """Replaces the digits of some numbers by zeros wherever they stand in raw events, in any spelling: what
    telephone systems tell by the length of a number stays as it was."""

    def __init__(self, keys):
        self.keys = set(keys)
        self.nationals = {
            digits
            for key in keys
            if len(digits := self._get_national(key)) >= MIN_NATIONAL
        }  # fmt: skip
        self.pattern = (
            re.compile("|".join(sorted(map(re.escape, self.nationals), key=len, reverse=True)))
            if self.nationals
            else None
        )

    @staticmethod
    def _get_national(key):
        """The digits that every spelling of a number ends with."""
        if not key.startswith("+"):
            return "".join(filter(str.isdigit, key))
        return str(phonenumbers.parse(key).national_number)

    def clean(self, value, region):
        """``value`` (JSON) without the numbers."""
        if isinstance(value, dict):
            return {
                name: item if name in EVENT_IDS else self.clean(item, region)
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [self.clean(item, region) for item in value]
        if not isinstance(value, str) or not value:
            return value
        if self.pattern:
            value = self.pattern.sub(lambda match: "0" * len(match[0]), value)
        if parse_number(value, region).key in self.keys:
            value = re.sub(r"\d", "0", value)
        return value
