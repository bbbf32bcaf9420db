"""What the strategies reach, in small campaigns that are always the same."""

import pytest
from dialing import Predictive, Progressive
from dialing.simulator import DOUBLES, HALVES, STEADY, World, simulate


def play(strategy, **kwargs):
    return simulate(strategy, World(**{"hours": 2.5, **kwargs}), seed=7)


@pytest.mark.parametrize("rates", [STEADY, HALVES, DOUBLES], ids=["steady", "halves", "doubles"])
def test_ten_agents_are_ten_points_busier_and_three_percent_are_not_passed(rates):
    predictive = play(Predictive(), rates=rates)
    progressive = play(Progressive(), rates=rates)
    assert 0 < predictive.abandoned_rate <= 0.03
    assert predictive.occupancy >= progressive.occupancy + 0.10


def test_progressive_abandons_hardly_anybody():
    assert play(Progressive(), agents=20).abandoned_rate < 0.002


def test_four_agents_are_dialled_progressively():
    assert play(Predictive(), agents=4) != play(Predictive(), agents=5)
    result = play(Predictive(), agents=4)
    assert result.progressive == result.looks
    assert result.abandoned_rate < 0.01


def test_equal_seeds_are_equal_campaigns():
    assert play(Predictive(), hours=0.5) == play(Predictive(), hours=0.5)
