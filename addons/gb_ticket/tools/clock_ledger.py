"""What a clock shows is derived from its ledger: events with a time and a number. No ORM here.

::

    idle ──activate──► running ──pause──► paused        fulfil, cancel: from running or paused
                          ▲                  │          resume: from paused, or from an end that was taken back
                          └─────resume───────┘          retarget, threshold, breach: no other state

An event that does not fit the state changes nothing, so that one stored twice does no harm.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from .working_time import ROUND_THE_CLOCK

LIVE = ("running", "paused")


class Event(NamedTuple):
    """``number`` orders events of the same second."""

    at: datetime
    number: int
    name: str
    data: dict | None = None


@dataclass(frozen=True)
class Clock:
    """A clock at its last event. Minutes are those of ``hours``: working time, or round the clock."""

    hours: object = ROUND_THE_CLOCK
    state: str = "idle"
    base: float = 0.0  # minutes promised
    extra: float = 0.0  # minutes granted by an extension
    elapsed: float = 0.0  # minutes until the last event
    since: datetime | None = None  # runs since, at the latest
    started_at: datetime | None = None
    ended_at: datetime | None = None
    passed: int = 0  # highest threshold that was acted on, in percent
    breached: bool = False

    @property
    def target(self):
        """:return: minutes that the clock may run"""
        return self.base + self.extra

    def get_elapsed(self, now):
        """:return: minutes that the clock has run until ``now``"""
        if self.state != "running":
            return self.elapsed
        return self.elapsed + self.hours.between(self.since, now)

    def get_time_of(self, percent):
        """:return: when ``percent`` of the target are over if the clock goes on, None while it does not run"""
        if self.state != "running":
            return None
        return self.hours.add(self.since, self.target * percent / 100 - self.elapsed)

    @property
    def deadline(self):
        """:return: when the target is over if the clock goes on, None while it does not run"""
        return self.get_time_of(100)

    def get_reached(self, percents, now):
        """:return: the highest of ``percents`` that is reached and was not acted on yet, or None"""
        ahead = [percent for percent in percents if percent > self.passed]
        return max((p for p in ahead if self.get_time_of(p) <= now), default=None)

    def get_next_threshold(self, percents):
        """:return: when to look again: at the next of ``percents`` that was not acted on, or at the deadline"""
        ahead = [percent for percent in percents if percent > self.passed]
        if not self.breached:
            ahead.append(100)
        return self.get_time_of(min(ahead)) if ahead else None

    def apply(self, event):
        """:return: the clock after ``event``"""
        return getattr(self, f"_on_{event.name}")(event.at, event.data or {})

    def _on_activate(self, at, data):
        if self.state != "idle":
            return self
        return replace(self, state="running", since=at, started_at=at, base=data.get("target", 0.0))

    def _on_pause(self, at, _data):
        return self._stop("paused", at) if self.state == "running" else self

    def _on_resume(self, at, _data):
        if self.state in ("idle", "running"):
            return self
        return replace(self, state="running", since=at, ended_at=None)

    def _on_fulfil(self, at, _data):
        return self._stop("fulfilled", at, at) if self.state in LIVE else self

    def _on_cancel(self, at, _data):
        return self._stop("cancelled", at, at) if self.state in LIVE else self

    def _on_retarget(self, at, data):
        clock = replace(
            self, base=data.get("target", self.base), extra=data.get("extra", self.extra)
        )
        # what the new target forgives is forgiven
        return replace(clock, breached=clock._is_over(clock.get_elapsed(at)))

    def _on_threshold(self, _at, data):
        return replace(self, passed=max(self.passed, data.get("percent", 0)))

    def _on_breach(self, _at, _data):
        return replace(self, breached=True)

    def _stop(self, state, at, ended_at=None):
        elapsed = self.get_elapsed(at)
        return replace(
            self,
            state=state,
            elapsed=elapsed,
            since=None,
            ended_at=ended_at,
            breached=self.breached or self._is_over(elapsed),
        )

    def _is_over(self, elapsed):
        return elapsed > self.target


def replay(events, hours):
    """Derive a clock from its whole ledger as if it had always been measured by ``hours``.

    :param events: of one clock, in any order
    """
    clock = Clock(hours)
    known = {(event.at, event.number, event.name): event for event in events}
    for key in sorted(known):
        clock = clock.apply(known[key])
    return clock
