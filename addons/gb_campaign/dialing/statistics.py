"""What a campaign remembers of its calls, as plain data."""

import math
from bisect import bisect_right, insort
from collections import deque

from .budget import Budget
from .rate import RateBucket

DIALS = 300
RECENT = 60
HANDLED = 400


def _mean(times, prior):
    return (sum(times) + 10 * prior) / (len(times) + 10)


class _Times:
    """The last times, in their order of arrival and sorted."""

    def __init__(self, size, times=()):
        self.last = deque(times, maxlen=size)
        self.sorted = sorted(self.last)

    def add(self, time):
        if len(self.last) == self.last.maxlen:
            del self.sorted[bisect_right(self.sorted, self.last[0]) - 1]
        self.last.append(time)
        insort(self.sorted, time)


class Statistics:
    """Answer rate, ring times, handle times, rate bucket and budget of one campaign.

    The dialler tells it what happens (``add_…``), strategies ask (``get_…``). ``to_json()`` gives plain lists and
    numbers, ``from_json()`` takes them back; both know what an older version has left out.
    """

    def __init__(self):
        self.dials = deque(maxlen=DIALS)  # 1 = a person has answered
        self.answered = _Times(DIALS)  # seconds from dialling to the answer
        self.unanswered = _Times(DIALS)  # seconds from dialling to the end of a call without answer
        self.talks = _Times(HANDLED)  # (talk, talk and wrap)
        self.wraps = _Times(HANDLED)
        self.bucket = RateBucket()
        self.budget = Budget()
        self._known = {}  # figures that were computed since the last event

    # ------------------------------------------------------------
    # WHAT HAS HAPPENED
    # ------------------------------------------------------------
    def add_dial(self, answered: bool, rang: float) -> None:
        """A dialled call was answered by a person or has ended otherwise, ``rang`` seconds after it was dialled."""
        self._known.clear()
        self.dials.append(int(answered))
        (self.answered if answered else self.unanswered).add(float(rang))

    def add_live_answer(self, at: float, abandoned: bool) -> None:
        """Somebody has answered, and got an agent in time or (``abandoned``) not."""
        self.budget.count(at, abandoned)

    def add_handled(self, talk: float, wrap: float) -> None:
        """An agent is done with a call and its after-call work."""
        self._known.clear()
        self.talks.add((float(talk), float(talk + wrap)))
        self.wraps.add(float(wrap))

    # ------------------------------------------------------------
    # WHAT IS TO BE EXPECTED
    # ------------------------------------------------------------
    def get_answer_rate(self) -> float:
        """Return the share of calls that a person answers: ``(k + 6) / (n + 20)`` over the last 300.

        The prior is Beta(6, 14), 0.3 with the weight of 20 calls. If the last 60 alone say more than the 300, they are
        believed: a rate that is thought too low abandons customers, one thought too high costs some idle seconds.
        """
        return self._remember("rate", self._compute_answer_rate)

    def get_answer_delay(self) -> float:
        """Return the mean seconds from dialling to an answer (prior: 8 s with the weight of 10 calls)."""
        return self._remember("delay", lambda: _mean(self.answered.last, 8.0))

    def get_handle_time(self) -> float:
        """Return the mean seconds of a call and its after-call work (prior: 120 s with the weight of 10 calls)."""
        return self._remember("handle", lambda: _mean([p[1] for p in self.talks.last], 120.0))

    def get_wrap_time(self) -> float:
        """Return the mean seconds of after-call work (prior: 20 s with the weight of 10 calls)."""
        return self._remember("wrap", lambda: _mean(self.wraps.last, 20.0))

    def get_answered(self, age: float) -> float:
        """Return the probability that a call that has rung for ``age`` seconds will be answered.

        Bayes' rule with the survival functions of the ring times of both kinds of calls:
        ``p Sa(age) / (p Sa(age) + (1-p) Sn(age))``.
        """
        p = self.get_answer_rate()
        will = p * self._get_still(self.answered, age, 8.0)
        never = (1 - p) * self._get_still(self.unanswered, age, 25.0)
        return will / (will + never)

    def get_call_free_within(self, age: float, seconds: float) -> float:
        """Return the probability that an agent whose call has lasted ``age`` has done its after-call work within ``seconds``.

        The share of the last 400 calls that lasted longer than ``age`` and were done then, with an exponential
        handle time as prior of weight 4.
        """
        pairs = self.talks.sorted
        first = bisect_right(pairs, (age, math.inf))
        end = age + seconds
        free = sum(pair[1] <= end for pair in pairs[first : bisect_right(pairs, (end, math.inf))])
        prior = 1 - math.exp(-seconds / self.get_handle_time())
        return (free + 4 * prior) / (len(pairs) - first + 4)

    def get_wrap_free_within(self, age: float, seconds: float) -> float:
        """Return the probability that an agent in after-call work since ``age`` is free within ``seconds``."""
        wraps = self.wraps.sorted
        first = bisect_right(wraps, age)
        free = bisect_right(wraps, age + seconds) - first
        prior = 1 - math.exp(-seconds / self.get_wrap_time())
        return (free + 4 * prior) / (len(wraps) - first + 4)

    def _remember(self, name, compute):
        if name not in self._known:
            self._known[name] = compute()
        return self._known[name]

    def _compute_answer_rate(self):
        whole = (sum(self.dials) + 6) / (len(self.dials) + 20)
        if len(self.dials) <= RECENT:
            return whole
        recent = sum(list(self.dials)[-RECENT:])
        return max(whole, (recent + 20 * whole) / (RECENT + 20))

    def _get_still(self, times, age, mean):
        """Share of calls of a kind that ring longer than ``age``; 5 calls of exponential ``mean`` as prior."""
        longer = len(times.sorted) - bisect_right(times.sorted, age)
        return (longer + 5 * math.exp(-age / mean)) / (len(times.sorted) + 5)

    # ------------------------------------------------------------
    # JSON
    # ------------------------------------------------------------
    def to_json(self) -> dict:
        """Return everything as plain lists and numbers."""
        return {
            "dials": list(self.dials),
            "answered": list(self.answered.last),
            "unanswered": list(self.unanswered.last),
            "handled": [
                [p[0], wrap] for p, wrap in zip(self.talks.last, self.wraps.last, strict=True)
            ],
            "bucket": [self.bucket.tokens, self.bucket.at],
            "budget": {
                "days": [[day, *counts] for day, counts in sorted(self.budget.days.items())],
                "epsilon": self.budget.epsilon,
            },
        }

    @classmethod
    def from_json(cls, data: dict | None) -> "Statistics":
        """Return the statistics that ``to_json()`` had; without data those of a new campaign."""
        data = data or {}
        self = cls()
        self.dials.extend(data.get("dials", ()))
        for rang in data.get("answered", ()):
            self.answered.add(rang)
        for rang in data.get("unanswered", ()):
            self.unanswered.add(rang)
        for talk, wrap in data.get("handled", ()):
            self.add_handled(talk, wrap)
        if "bucket" in data:
            self.bucket = RateBucket(*data["bucket"])
        budget = data.get("budget", {})
        self.budget.days = {day: list(counts) for day, *counts in budget.get("days", ())}
        self.budget.epsilon = budget.get("epsilon", self.budget.epsilon)
        return self
