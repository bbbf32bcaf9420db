"""Opening hours: ``{"tz", "weekly": [[weekday, "09:00", "18:00"], …], "closed": [[from, to], …], "open": [[from, to], …]}``."""

import datetime
import zoneinfo


def is_open(schedule, at):
    """Whether a schedule is open at a Unix time: special openings go before closed days, these before the week."""
    zone = zoneinfo.ZoneInfo(schedule.get("tz") or "UTC")
    now = datetime.datetime.fromtimestamp(at, zone).replace(tzinfo=None)
    # the whole of it is read whatever comes first, so that a damaged one never works by chance
    week = [_is_in_week(now, *row) for row in schedule.get("weekly") or ()]
    special = [
        _local(start, zone) <= now < _local(end, zone) for start, end in schedule.get("open") or ()
    ]
    closed = [
        _local(start, zone) <= now < _local(end, zone)
        for start, end in schedule.get("closed") or ()
    ]
    return any(special) or (any(week) and not any(closed))


def _is_in_week(now, weekday, start, end):
    today = (now.weekday() - int(weekday)) % 7
    minute = now.hour * 60 + now.minute
    start, end = _minutes(start), _minutes(end)
    if end > start:
        return today == 0 and start <= minute < end
    # over midnight: 22:00 to 06:00 of the next day
    return (today == 0 and minute >= start) or (today == 1 and minute < end)


def _local(value, zone):
    moment = datetime.datetime.fromisoformat(value)
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment


def _minutes(value):
    hours, _colon, minutes = value.partition(":")
    found = int(hours) * 60 + int(minutes)
    if not 0 <= found <= 24 * 60:
        raise ValueError("no time of the day")
    return found
