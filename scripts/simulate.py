#!/usr/bin/env python3
"""simulate.py [--hours H] [--seeds N] [--agents 5,10,…]: strategies of the dialler in simulated campaigns.

Occupancy (calls and after-call work of the time agents are there), abandoned as a share of live answers, customers
spoken to in an hour of one agent; mean ± standard deviation over the seeds. Needs no Odoo.
"""

import argparse
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "addons" / "gb_campaign"))

from dialing.simulator import DAY, DOUBLES, HALVES, STEADY, FixedRatio, World, simulate
from dialing.strategies import Predictive, Progressive

STRATEGIES = {
    "predictive": Predictive(),
    "progressive": Progressive(),
    "fixed ratio 1.5": FixedRatio(1.5),
    "fixed ratio 2": FixedRatio(2),
    "fixed ratio 3": FixedRatio(3),
}
WORLDS = {
    "answer rate by time of day, 22-42 %": (DAY, list(STRATEGIES)),
    "steady answer rate of 30 %": (STEADY, ["predictive", "progressive"]),
    "36 %, suddenly 18 %": (HALVES, ["predictive", "progressive"]),
    "18 %, suddenly 36 %": (DOUBLES, ["predictive", "progressive"]),
}


def play(job, hours):
    """Simulate one (rates, strategy, agents, seed)."""
    rates, strategy, agents, seed = job
    return simulate(STRATEGIES[strategy], World(agents=agents, hours=hours, rates=rates), seed)


def spread(values):
    """Mean and standard deviation."""
    return f"{statistics.fmean(values):5.1f} ± {statistics.stdev(values) if len(values) > 1 else 0:3.1f}"


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=float, default=4)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--agents", default="5,10,20,30,50")
    options = parser.parse_args()
    sizes = [int(size) for size in options.agents.split(",")]
    print(
        f"{options.hours:g} h, {options.seeds} seeds; mean ± standard deviation, worst seed in brackets"
    )
    with ProcessPoolExecutor() as pool:
        for title, (rates, names) in WORLDS.items():
            print(
                f"\n{title}\n{'agents':>6}  {'strategy':<16}{'occupancy %':>13}{'abandoned %':>20}{'calls/agent/h':>16}"
            )
            keys = [(size, name) for size in sizes for name in names]
            jobs = [
                (rates, name, size, seed) for size, name in keys for seed in range(options.seeds)
            ]
            results = iter(pool.map(partial(play, hours=options.hours), jobs))
            for size, name in keys:
                played = [next(results) for _ in range(options.seeds)]
                lost = [100 * result.abandoned_rate for result in played]
                print(
                    f"{size:>6}  {name:<16}"
                    f"{spread([100 * result.occupancy for result in played]):>13}"
                    f"{spread(lost):>13} ({max(lost):4.1f})"
                    f"{spread([result.calls_per_hour / size for result in played]):>16}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
