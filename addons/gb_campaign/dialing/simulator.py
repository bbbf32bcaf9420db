"""A campaign played through, event by event, with customers and agents drawn by lot (`make simulate`)."""

import heapq
import itertools
import math
import random
from dataclasses import dataclass

from .snapshot import Snapshot
from .statistics import Statistics
from .strategies import Strategy

FREE, CALL, WRAP, AWAY = "free", "call", "wrap", "away"

# share of calls that are answered: (from this part of the time on, share)
STEADY = ((0.0, 0.30),)
DAY = ((0.0, 0.25), (0.15, 0.32), (0.35, 0.22), (0.5, 0.38), (0.7, 0.30), (0.85, 0.42))
HALVES = ((0.0, 0.36), (0.5, 0.18))
DOUBLES = ((0.0, 0.18), (0.5, 0.36))


@dataclass(frozen=True)
class World:
    """How customers and agents behave; times in seconds."""

    agents: int = 10
    hours: float = 4.0
    rates: tuple[tuple[float, float], ...] = STEADY
    talk: float = 90.0  # means of lognormal distributions with these sigmas
    talk_sigma: float = 0.8
    wrap: float = 20.0
    wrap_sigma: float = 0.5
    ring: float = 7.0  # from the second second on
    ring_sigma: float = 0.6
    ring_seconds: float = 30.0
    pause: float = 600.0  # agents go and come back, which no dialler foresees
    pause_every: float = 6000.0
    patience: float = 2.0
    lines_per_agent: int = 8
    calls_per_second: float = 5.0

    @property
    def seconds(self) -> float:
        """How long the campaign is played."""
        return self.hours * 3600

    def get_rate(self, at: float) -> float:
        """Return the share of the calls dialled at ``at`` that are answered."""
        part = at / self.seconds
        return next(rate for start, rate in reversed(self.rates) if start <= part)


@dataclass
class Result:
    """What came of it."""

    hours: float = 0.0
    present: float = 0.0  # seconds of all agents, without breaks
    busy: float = 0.0  # of these in calls and after-call work
    dialled: int = 0
    answers: int = 0
    abandoned: int = 0
    progressive: int = 0  # looks at which a predictive strategy was not allowed to be one
    looks: int = 0

    @property
    def occupancy(self) -> float:
        """Calls and after-call work as a share of the time in which agents were there."""
        return self.busy / self.present if self.present else 0.0

    @property
    def abandoned_rate(self) -> float:
        """Abandoned as a share of those who have answered."""
        return self.abandoned / self.answers if self.answers else 0.0

    @property
    def calls_per_hour(self) -> float:
        """Customers who have spoken to an agent, in an hour."""
        return (self.answers - self.abandoned) / self.hours if self.hours else 0.0


class FixedRatio(Strategy):
    """So many lines for each free agent: what simple diallers do. Only to compare with."""

    def __init__(self, ratio):
        self.ratio = ratio

    def _get_wanted(self, snapshot):
        return int(self.ratio * snapshot.unclaimed) - len(snapshot.ringing)


class Agent:
    """An agent and since when he is in his state."""

    def __init__(self, pause_at):
        self.state, self.since, self.talked, self.pause_at = FREE, 0.0, 0.0, pause_at


class Simulation:
    """One campaign: :meth:`run` once. Equal seeds give equal results."""

    def __init__(
        self, strategy: Strategy, world: World, seed: int, statistics: Statistics | None = None
    ):
        self.strategy, self.world = strategy, world
        self.random = random.Random(seed)
        self.statistics = statistics or Statistics()
        self.result = Result(hours=world.hours)
        self.agents = [
            Agent(self.random.uniform(0.2, 1.2) * world.pause_every) for _ in range(world.agents)
        ]
        self.free = list(self.agents)  # who has been free longest comes first
        self.ringing = {}  # call → when it was dialled
        self.waiting = []  # calls whose customers hear nobody yet
        self.events, self.numbers = [], itertools.count()

    def run(self) -> Result:
        """Play the campaign."""
        self._later(0.0, self._look)
        while self.events:
            at, _number, what, args = heapq.heappop(self.events)
            if at > self.world.seconds:
                break
            what(at, *args)
        for agent in self.agents:
            self._turn(agent, agent.state, self.world.seconds)
        return self.result

    def _later(self, at, what, *args):
        heapq.heappush(self.events, (at, next(self.numbers), what, args))

    def _draw(self, mean, sigma):
        return self.random.lognormvariate(math.log(mean) - sigma * sigma / 2, sigma)

    # ------------------------------------------------------------
    # THE DIALLER
    # ------------------------------------------------------------
    def _look(self, at):
        snapshot = self._get_snapshot(at)
        count = self.strategy.calls_to_place(snapshot)
        self.strategy.placed(snapshot, count)
        self.result.looks += 1
        self.result.dialled += count
        is_progressive = getattr(self.strategy, "is_progressive", None)
        self.result.progressive += bool(is_progressive and is_progressive(snapshot))
        for _ in range(count):
            self._dial(at)
        self._later(at + 1, self._look)

    def _get_snapshot(self, at):
        world = self.world
        return Snapshot(
            at=at,
            free=len(self.free),
            calls=tuple(at - agent.since for agent in self.agents if agent.state == CALL),
            wraps=tuple(at - agent.since for agent in self.agents if agent.state == WRAP),
            ringing=tuple(at - dialled for dialled in self.ringing.values()),
            waiting=len(self.waiting),
            rows=1_000_000,
            lines=world.lines_per_agent * world.agents - len(self.ringing),
            calls_per_second=world.calls_per_second,
            patience=world.patience,
            statistics=self.statistics,
        )

    # ------------------------------------------------------------
    # CUSTOMERS
    # ------------------------------------------------------------
    def _dial(self, at):
        """An answer after some seconds, engaged at once (15 %), refused (15 %), or nobody comes."""
        world, call = self.world, next(self.numbers)
        self.ringing[call] = at
        if self.random.random() < world.get_rate(at):
            rings = min(world.ring_seconds, 2 + self._draw(world.ring, world.ring_sigma))
            self._later(at + rings, self._on_answer, call)
            return
        kind = self.random.random()
        if kind < 0.15:
            rings = self.random.uniform(1, 3)
        elif kind < 0.30:
            rings = self.random.uniform(3, 20)
        else:
            rings = world.ring_seconds
        self._later(at + rings, self._on_no_answer, call)

    def _on_answer(self, at, call):
        self.statistics.add_dial(True, at - self.ringing.pop(call))
        self.result.answers += 1
        if self.free:
            self._connect(at)
        else:
            self.waiting.append(call)
            self._later(at + self.world.patience, self._on_patience_lost, call)

    def _on_no_answer(self, at, call):
        self.statistics.add_dial(False, at - self.ringing.pop(call))

    def _on_patience_lost(self, at, call):
        if call in self.waiting:
            self.waiting.remove(call)
            self.result.abandoned += 1
            self.statistics.add_live_answer(at, True)

    # ------------------------------------------------------------
    # AGENTS
    # ------------------------------------------------------------
    def _turn(self, agent, state, at):
        if agent.state != AWAY:
            self.result.present += at - agent.since
            self.result.busy += at - agent.since if agent.state != FREE else 0.0
        agent.state, agent.since = state, at

    def _connect(self, at):
        agent = self.free.pop(0)
        self._turn(agent, CALL, at)
        agent.talked = self._draw(self.world.talk, self.world.talk_sigma)
        self.statistics.add_live_answer(at, False)
        self._later(at + agent.talked, self._on_hung_up, agent)

    def _on_hung_up(self, at, agent):
        self._turn(agent, WRAP, at)
        self._later(
            at + self._draw(self.world.wrap, self.world.wrap_sigma), self._on_wrapped, agent
        )

    def _on_wrapped(self, at, agent):
        self.statistics.add_handled(agent.talked, at - agent.since)
        if at < agent.pause_at:
            self._on_free(at, agent)
            return
        self._turn(agent, AWAY, at)
        back = at + self.random.uniform(0.5, 1.5) * self.world.pause
        agent.pause_at = back + self.random.uniform(0.5, 1.5) * self.world.pause_every
        self._later(back, self._on_free, agent)

    def _on_free(self, at, agent):
        self._turn(agent, FREE, at)
        self.free.append(agent)
        if self.waiting:
            self.waiting.pop(0)
            self._connect(at)


def simulate(strategy: Strategy, world: World, seed: int) -> Result:
    """Return what comes of a campaign that is dialled by ``strategy``."""
    return Simulation(strategy, world, seed).run()
