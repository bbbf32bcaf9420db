"""A bucket of tokens: a rate in the long run with a limited burst."""

from dataclasses import dataclass


@dataclass
class RateBucket:
    """Tokens at a moment; one is taken for each call (Turner 1986, "leaky bucket as a meter")."""

    tokens: float = 2.0
    at: float = 0.0

    def get_tokens(self, at: float, rate: float, burst: float) -> float:
        """Return the tokens at ``at`` if ``rate`` a second are added and ``burst`` fit in. A clock that was set back adds none."""
        return min(burst, self.tokens + rate * max(0.0, at - self.at))

    def take(self, count: int, at: float, rate: float, burst: float) -> None:
        """Take ``count`` tokens; calls that were placed by hand may leave a debt."""
        self.tokens = self.get_tokens(at, rate, burst) - count
        self.at = max(at, self.at)
