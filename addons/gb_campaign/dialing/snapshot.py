"""What is known of a campaign at one moment."""

from dataclasses import dataclass, field

from .statistics import Statistics


@dataclass(frozen=True)
class Snapshot:
    """One campaign, seen once. Ages and times are seconds, ``at`` counts them since any fixed moment.

    ``calls`` and ``wraps`` have one entry for each agent who will take another call afterwards: who has asked for a
    break is not counted. ``free`` agents may be rung now. ``reserved`` calls ring a customer to whom an agent is
    promised (he had been abandoned before): each keeps one free agent and is not in ``ringing``.
    """

    at: float
    free: int = 0
    calls: tuple[float, ...] = ()  # agents in a call: since it was answered
    wraps: tuple[float, ...] = ()  # agents in after-call work: since the call ended
    ringing: tuple[float, ...] = ()  # calls that ring a customer: since they were dialled
    waiting: int = 0  # customers who have answered and hear nobody yet
    reserved: int = 0
    rows: int = 0  # rows that may be dialled now
    lines: int = 0  # calls that the trunk can carry in addition
    calls_per_second: float = 5.0  # what the trunk's operator accepts
    patience: float = 2.0  # how long who has answered waits for an agent
    statistics: Statistics = field(default_factory=Statistics)

    @property
    def agents(self) -> int:
        """Agents who work for the campaign."""
        return self.free + len(self.calls) + len(self.wraps)

    @property
    def unclaimed(self) -> int:
        """Free agents whom nobody waits for; negative when more customers wait than agents are free."""
        return self.free - self.waiting - self.reserved
