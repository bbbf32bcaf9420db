"""Arguments of commands: checked before Asterisk sees them."""

import re

EXTENSION = re.compile(r"[0-9]{2,8}")
QUEUE = re.compile(r"[A-Za-z0-9_-]{1,40}")
NUMBER = re.compile(r"\+?[0-9]{2,20}")
DIGITS = re.compile(r"[0-9*#]{1,32}")
# words for people: anything that can be printed, on one line
WORDS = re.compile(r"[^\x00-\x1f\x7f\u2028\u2029]{0,80}")
ID = re.compile(r"[\x21-\x7e]{1,128}")
# extension, queue or outside number
TARGET = re.compile(rf"queue:{QUEUE.pattern}|{NUMBER.pattern}")


class Failure(Exception):
    """A command that is not done: ``code`` of the contract and an English sentence."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def text(args, name, pattern, default=None):
    """The argument ``name`` as a string that fits ``pattern`` wholly; Failure ``malformed``."""
    value = args.get(name, default)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Failure("malformed", f"The argument {name} is missing or has a wrong form.")
    return value


def flag(args, name, default=None):
    """The argument ``name`` as true or false."""
    value = args.get(name, default)
    if not isinstance(value, bool):
        raise Failure("malformed", f"The argument {name} has to be true or false.")
    return value


def whole(args, name, most, default=None):
    """The argument ``name`` as a whole number from 0 to ``most``."""
    value = args.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise Failure(
            "malformed", f"The argument {name} has to be a whole number from 0 to {most}."
        )
    return value
