"""Working time: a calendar as numbers, and the two questions that clocks ask it.

``add(start, minutes)`` says when so much working time is over, ``between(start, end)`` how much of it there was. All
datetimes are naive UTC as in Odoo, the calendar's periods are local time. A calendar is laid out in blocks of twelve weeks when it is
needed first and kept, so that an answer is a few binary searches. No ORM here.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from itertools import accumulate

import pytz

MINUTE, DAY = 60, 86400
DAYS_PER_BLOCK = 84  # twelve weeks: whole two-week rounds
MAX_BLOCKS = 90  # some twenty years without working time: then there is none
EPOCH = datetime(1970, 1, 1)


class RoundTheClock:
    """Every minute counts."""

    is_round_the_clock = True
    minutes_per_day = DAY / MINUTE

    def add(self, start, minutes):
        """:return: datetime at which ``minutes`` are over"""
        return start + timedelta(seconds=max(0, round(minutes * MINUTE)))

    def between(self, start, end):
        """:return: minutes between two datetimes (float), 0 when ``end`` is not after ``start``"""
        return max(0, _seconds(end) - _seconds(start)) / MINUTE


ROUND_THE_CLOCK = RoundTheClock()


class WorkingTime:
    """Periods of work that come back every week, or every two weeks, without holidays."""

    is_round_the_clock = False

    def __init__(self, timezone, periods, holidays=()):
        """
        :param timezone: name of the time zone in which the periods are
        :param periods: of 7 or 14 days, beginning on a Monday, a list of (from, to) in seconds after local midnight;
            14 days begin with a week whose number, counted from the first day of year 1, is even
        :param holidays: (start, end) as naive UTC datetimes, in any order, overlapping as they like
        :raises ValueError: when there is no working time at all
        """
        self._timezone = pytz.timezone(timezone)
        days = [_merge(day) for day in periods]
        self._periods = days * (2 if len(days) == 7 else 1)
        lengths = [sum(end - start for start, end in day) for day in self._periods if day]
        if len(self._periods) != 14 or not lengths:
            raise ValueError("a calendar needs periods on 7 or 14 days")
        # what a promise in days is worth: the average of the days on which there is work
        self.minutes_per_day = sum(lengths) / len(lengths) / MINUTE
        self._holidays = _merge((_seconds(start), _seconds(end)) for start, end in holidays)
        self._blocks = {}

    def add(self, start, minutes):
        """
        :param start: naive UTC datetime
        :param minutes: working time, 0 or more
        :return: the first datetime not before ``start`` at which so much working time is over; where holidays leave
            none for twenty years, every minute counts
        """
        seconds = round(minutes * MINUTE)
        if seconds <= 0:
            return start
        number = self._find_block(_seconds(start))
        wanted = seconds + self._get_block(number).measure(_seconds(start))
        for block in map(self._get_block, range(number, number + MAX_BLOCKS)):
            if wanted <= block.total:
                return EPOCH + timedelta(seconds=block.locate(wanted))
            wanted -= block.total
        return start + timedelta(seconds=seconds)

    def between(self, start, end):
        """:return: minutes of working time between two naive UTC datetimes (float), 0 when ``end`` is not after ``start``"""
        start, end = _seconds(start), _seconds(end)
        if end <= start:
            return 0.0
        first, last = self._find_block(start), self._find_block(end)
        seconds = self._get_block(last).measure(end) - self._get_block(first).measure(start)
        seconds += sum(self._get_block(number).total for number in range(first, last))
        return seconds / MINUTE

    # ------------------------------------------------------------
    # Layout
    # ------------------------------------------------------------
    def _get_block(self, number):
        block = self._blocks.get(number)
        if block is None:
            block = self._blocks[number] = self._lay_out(number)
        return block

    def _find_block(self, seconds):
        local = pytz.utc.localize(EPOCH + timedelta(seconds=seconds)).astimezone(self._timezone)
        number = (local.toordinal() - 1) // DAYS_PER_BLOCK
        # a change of the clocks at midnight
        if seconds < self._get_begin(number):
            return number - 1
        return number + (seconds >= self._get_begin(number + 1))

    def _get_begin(self, number):
        return self._to_utc(number * DAYS_PER_BLOCK + 1, 0)

    def _lay_out(self, number):
        begin, end = self._get_begin(number), self._get_begin(number + 1)
        first = number * DAYS_PER_BLOCK + 1
        work = [
            (max(begin, self._to_utc(day, start)), min(end, self._to_utc(day, stop)))
            for day in range(first, first + DAYS_PER_BLOCK)
            for start, stop in self._periods[(day - 1) % 14]
        ]
        return _Block(_subtract(_merge(work), self._holidays))

    def _to_utc(self, day, seconds):
        """Seconds since the epoch of a local time; one that the change of the clocks leaves out is taken as after it."""
        local = datetime.fromordinal(day) + timedelta(seconds=seconds)
        return _seconds(local - self._timezone.localize(local, is_dst=False).utcoffset())


class _Block:
    """Twelve weeks of working time: sorted intervals, and the working time before each."""

    __slots__ = ("ends", "starts", "sums", "total")

    def __init__(self, intervals):
        self.starts = [start for start, _end in intervals]
        self.ends = [end for _start, end in intervals]
        self.sums = list(accumulate((end - start for start, end in intervals), initial=0))
        self.total = self.sums[-1]

    def measure(self, moment):
        """:return: seconds of working time from the beginning of the block to ``moment``"""
        place = bisect_right(self.starts, moment) - 1
        if place < 0:
            return 0
        return self.sums[place] + min(moment, self.ends[place]) - self.starts[place]

    def locate(self, seconds):
        """:return: the first moment with so much working time before it"""
        place = bisect_left(self.sums, seconds) - 1
        return self.starts[place] + seconds - self.sums[place]


def _seconds(moment):
    return int((moment - EPOCH).total_seconds())


def _merge(intervals):
    """:return: the same time as sorted intervals that do not touch, without empty ones"""
    merged = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _subtract(intervals, holes):
    """:return: ``intervals`` without ``holes``; both sorted and merged"""
    ends = [end for _start, end in holes]
    rest = []
    for start, end in intervals:
        for hole_start, hole_end in holes[bisect_right(ends, start) :]:
            if hole_start >= end:
                break
            if hole_start > start:
                rest.append((start, hole_start))
            start = hole_end
            if start >= end:
                break
        if start < end:
            rest.append((start, end))
    return rest
