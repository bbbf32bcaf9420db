"""Strategies: how many numbers are dialled now."""

from itertools import accumulate

from .snapshot import Snapshot


def add_trial(counts: list[float], p: float) -> list[float]:
    """Return the distribution of a count after one more trial of probability ``p``.

    Entry i is P(count = i), the last one P(count ≥ i). Trial by trial this is the Poisson binomial distribution.
    """
    q = 1.0 - p
    more = [
        q * counts[0],
        *[q * same + p * less for less, same in zip(counts, counts[1:], strict=False)],
    ]
    more[-1] += p * counts[-1]
    return more


class Strategy:
    """A way to dial. It has no state: equal snapshots get equal answers."""

    def calls_to_place(self, snapshot: Snapshot) -> int:
        """Return how many calls are placed now, from 0 to what the caps of the snapshot allow."""
        return max(0, min(self._get_wanted(snapshot), self._get_cap(snapshot)))

    def placed(self, snapshot: Snapshot, count: int) -> None:
        """Tell that ``count`` calls were placed after the answer about ``snapshot``. Hook: keeps books in its statistics."""

    def _get_wanted(self, snapshot):
        """Hook: how many calls the strategy would like to place; negative is none."""
        raise NotImplementedError

    def _get_cap(self, snapshot):
        """Most calls that rows, trunk and operator allow in the second that begins."""
        return max(0, min(snapshot.rows, snapshot.lines, int(snapshot.calls_per_second)))


class Preview(Strategy):
    """The agent looks at the customer first and dials himself: nothing is dialled for him."""

    def _get_wanted(self, snapshot):
        return 0


class Progressive(Strategy):
    """One call for each free agent whom neither a ringing call nor a customer on the line will take."""

    def _get_wanted(self, snapshot):
        return snapshot.unclaimed - len(snapshot.ringing)


class Predictive(Strategy):
    """Calls for agents who will be free when somebody answers, so that hardly anybody answers to nobody.

    A call dialled now is answered in L seconds (mean answer delay), if at all. With

    - A: how many of the ringing calls are answered, a sum of trials ``a_j = p Sa(r_j) / (p Sa(r_j) + (1-p) Sn(r_j))`` for
      calls that have rung for r_j (survival functions of the ring times of answered and other calls),
    - S: free agents nobody waits for, and busy agents who are done in ``L + 0.7 * patience``, a sum of trials
      ``q_i = P(D <= b_i + L' | D > b_i)`` from the handle times observed (who answers waits ``patience`` seconds at most),

    the n-th new call finds no agent with probability ``P(A + Bin(n-1, p) >= S)``. Calls are placed as long as this
    is at most ε. So it is the risk of the *marginal* call that counts, not the share of all that are lost: the
    calls that are ringing cannot be taken back, and a call that would be lost more likely than another one can
    just as well be placed a second later. ε is steered by the budget (:class:`Budget`), which needs no model.

    A bucket bounds the pace when the picture changes at a stroke (agents come from a meeting, all calls end): 1.1 times
    the calls that keep all agents busy, ``1.1 N / (AHT p)`` a second, and bursts of ``2 + 3 * rate``.

    It never places less than :class:`Progressive`, and no more than that with less than five agents (the law of large
    numbers has nothing to work with) or when the next abandoned customer would break the limit.

    Source of the idea to count who will be free and who will answer: Samuelson 1999, "Predictive dialing for outbound
    telephone call centers" (Interfaces 29, 5). What it reaches is in docs/adr/050-pacing.md.
    """

    MIN_AGENTS = 5
    SLACK = 0.7  # of the patience: not all who wait get the agent who is free last
    PACE = 1.1
    progressive = Progressive()

    def is_progressive(self, snapshot: Snapshot) -> bool:
        """Tell whether too few agents or a spent budget leave progressive dialling only."""
        budget = snapshot.statistics.budget
        return snapshot.agents < self.MIN_AGENTS or budget.is_spent(snapshot.at)

    def placed(self, snapshot, count):
        """Take the calls out of the bucket, also those that were placed progressively."""
        snapshot.statistics.bucket.take(count, snapshot.at, *self._get_pace(snapshot))

    def _get_wanted(self, snapshot):
        least = self.progressive._get_wanted(snapshot)
        if self.is_progressive(snapshot):
            return least
        tokens = snapshot.statistics.bucket.get_tokens(snapshot.at, *self._get_pace(snapshot))
        most = min(self._get_cap(snapshot), int(tokens))
        return max(least, self._get_within_risk(snapshot, most) if most > 0 else 0)

    def _get_within_risk(self, snapshot, most):
        """Largest number of calls, up to ``most``, of which the last is lost with probability ε at most."""
        statistics = snapshot.statistics
        p, epsilon = statistics.get_answer_rate(), statistics.budget.epsilon
        agents = self._get_agents(snapshot)
        # more answers than agents are all alike
        answers = [1.0] + [0.0] * max(0, snapshot.unclaimed + len(agents))
        known = {}  # ages are told apart by the second
        for age in snapshot.ringing:
            second = int(age)
            if second not in known:
                known[second] = statistics.get_answered(second)
            answers = add_trial(answers, known[second])
        for count in range(most):
            if self._get_risk(answers, agents, snapshot.unclaimed) > epsilon:
                return count
            answers = add_trial(answers, p)
        return most

    def _get_agents(self, snapshot):
        """Distribution of how many busy agents are free when a call that is placed now is answered."""
        statistics = snapshot.statistics
        seconds = statistics.get_answer_delay() + self.SLACK * snapshot.patience
        agents = [1.0] + [0.0] * (len(snapshot.calls) + len(snapshot.wraps))
        for age in snapshot.calls:
            agents = add_trial(agents, statistics.get_call_free_within(age, seconds))
        for age in snapshot.wraps:
            agents = add_trial(agents, statistics.get_wrap_free_within(age, seconds))
        return agents

    def _get_risk(self, answers, agents, unclaimed):
        """Probability that as many have answered as agents are there, or more."""
        at_least = list(accumulate(reversed(answers)))[::-1]
        return sum(
            p * (at_least[unclaimed + more] if unclaimed + more > 0 else 1.0)
            for more, p in enumerate(agents)
        )

    def _get_pace(self, snapshot):
        """Calls a second in the long run, and at once."""
        statistics = snapshot.statistics
        busy = statistics.get_handle_time() * statistics.get_answer_rate()
        rate = self.PACE * snapshot.agents / max(1.0, busy)
        return rate, 2 + 3 * rate


STRATEGIES = {"preview": Preview(), "progressive": Progressive(), "predictive": Predictive()}
