"""The budget of abandoned calls: at most 3 % of the live answers of a campaign in 30 days.

An answer is *live* when a person has answered (no machine), and *abandoned* when no agent was there within two
seconds (16 CFR 310.4(b)(1)(iv) and (b)(4)(i)). The rule counts successive periods of 30 days; here the last 30 days
are looked at on every day, which is stricter.
"""

import math
from dataclasses import dataclass, field

DAY = 86400
DAYS = 30
LIMIT = 0.03
TARGET = 0.9 * LIMIT
FLOOR, START, CEILING = 0.004, 0.05, 0.40
GAIN = 0.25


@dataclass
class Budget:
    """Counts by day, and the risk ``epsilon`` that a further call may carry.

    ``epsilon`` is steered by each single answer: ``log ε += GAIN * (target - abandoned)`` with ``abandoned`` 1 or 0. So an
    abandoned customer lowers it to about 0.8 of what it was, and some 37 answers in peace restore it. This is the update of
    adaptive conformal inference (Gibbs and Candès 2021, "Adaptive conformal inference under distribution shift"), and it
    has its property: whatever customers do and however wrong the strategy's model is, of n answers at most
    ``target * n + log(CEILING / FLOOR) / GAIN + 1`` are abandoned, as long as ε = FLOOR abandons nobody. What the
    model lacks (agents who leave, rates that change) is so paid with occupancy and not with customers.

    What was not used is not saved up: a week without abandoned calls does not pay for a bad hour.
    """

    days: dict[int, list[int]] = field(default_factory=dict)  # day → [live answers, abandoned]
    epsilon: float = START

    def count(self, at: float, abandoned: bool) -> None:
        """Count a live answer whose fate is known."""
        day = int(at // DAY)
        if day not in self.days:
            self.days = {key: self.days[key] for key in sorted(self.days) if key > day - DAYS}
        counts = self.days.setdefault(day, [0, 0])
        counts[0] += 1
        counts[1] += abandoned
        step = GAIN * (self.get_target(at) - abandoned)
        self.epsilon = min(CEILING, max(FLOOR, self.epsilon * math.exp(step)))

    def get_counts(self, at: float) -> tuple[int, int]:
        """Return live answers and abandoned ones of the 30 days that end at ``at``."""
        first = int(at // DAY) - DAYS
        counts = [value for day, value in self.days.items() if day > first]
        return sum(value[0] for value in counts), sum(value[1] for value in counts)

    def get_target(self, at: float) -> float:
        """Return the share to steer for: half of the normal one while the last 30 days are above it."""
        answers, abandoned = self.get_counts(at)
        return TARGET if abandoned <= TARGET * answers else TARGET / 2

    def is_spent(self, at: float) -> bool:
        """Tell whether one more abandoned customer would break the limit. So each campaign begins spent."""
        answers, abandoned = self.get_counts(at)
        return abandoned + 1 > LIMIT * answers
