"""Whether a queue is open: the same reading of a schedule as in flows."""

import logging

from ivr.hours import is_open as _is_open

_logger = logging.getLogger(__name__)


def is_open(schedule, at):
    """Whether it is open at ``at`` (Unix time). No schedule, or one that cannot be read: open round the clock."""
    if not schedule:
        return True
    try:
        return _is_open(schedule, at)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        _logger.warning("opening hours not understood: %s", error)
        return True
