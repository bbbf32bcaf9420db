"""Opening hours as Odoo sends them (docs/architecture.md, "schedule"). Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def is_open(schedule, at):
    """Whether it is open at ``at`` (Unix time). No schedule, or one that cannot be read: open round the clock."""
    if not schedule:
        return True
    try:
        local = datetime.fromtimestamp(at, ZoneInfo(schedule.get("tz") or "UTC"))
        moment = local.strftime("%Y-%m-%dT%H:%M")
        if any(begin <= moment < end for begin, end in schedule.get("open") or ()):
            return True
        if any(begin <= moment < end for begin, end in schedule.get("closed") or ()):
            return False
        clock = local.strftime("%H:%M")
        return any(
            day == local.weekday() and begin <= clock < end
            for day, begin, end in schedule.get("weekly") or ()
        )
    except (AttributeError, TypeError, ValueError, ZoneInfoNotFoundError):
        return True
