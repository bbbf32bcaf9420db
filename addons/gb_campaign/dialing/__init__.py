"""How many numbers a campaign dials now: pure Python, no Odoo, no I/O. Used by the dialler and by the simulator.

A strategy answers one question about a :class:`Snapshot`; what it has to remember lies in :class:`Statistics`, so
that a strategy has no state and a restart loses nothing.
"""

from .budget import Budget
from .rate import RateBucket
from .snapshot import Snapshot
from .statistics import Statistics
from .strategies import STRATEGIES, Predictive, Preview, Progressive, Strategy
