"""The dialler's rules, one by one and for whatever is drawn."""

import json
import math
from dataclasses import replace

import pytest
from dialing import STRATEGIES, Budget, Predictive, Progressive, RateBucket, Snapshot, Statistics
from dialing.budget import CEILING, DAY, FLOOR, GAIN, LIMIT, TARGET
from dialing.strategies import add_trial
from hypothesis import given
from hypothesis import strategies as st

seconds = st.floats(0, 900, allow_nan=False)
few = st.integers(0, 60)


@st.composite
def statistics(draw):
    """Whatever has happened before."""
    known = Statistics()
    for answered, rang in draw(st.lists(st.tuples(st.booleans(), st.floats(0, 60)), max_size=40)):
        known.add_dial(answered, rang)
    for talk, wrap in draw(st.lists(st.tuples(seconds, seconds), max_size=20)):
        known.add_handled(talk, wrap)
    for at, abandoned in draw(
        st.lists(st.tuples(st.floats(0, 40 * DAY), st.booleans()), max_size=20)
    ):
        known.add_live_answer(at, abandoned)
    for _ in range(draw(st.sampled_from([0, 0, 200, 2000]))):
        known.add_live_answer(39 * DAY, False)
    known.bucket = RateBucket(draw(st.floats(-5, 50)), draw(st.floats(0, 40 * DAY)))
    return known


snapshots = st.builds(
    Snapshot,
    at=st.floats(39 * DAY, 41 * DAY),
    free=few,
    calls=st.lists(seconds, max_size=15).map(tuple),
    wraps=st.lists(seconds, max_size=8).map(tuple),
    ringing=st.lists(st.floats(0, 60), max_size=30).map(tuple),
    waiting=st.integers(0, 5),
    reserved=st.integers(0, 3),
    rows=st.integers(-1, 100),
    lines=st.integers(-5, 100),
    calls_per_second=st.floats(0, 50),
    statistics=statistics(),
)


def earned(answers=2000, **kwargs):
    """A campaign with a budget, agents in calls and a full bucket."""
    known = Statistics()
    for number in range(300):
        known.add_dial(number % 10 < 3, 8 if number % 10 < 3 else 30)
        known.add_handled(60 + number % 90, 20)
    for _ in range(answers):
        known.add_live_answer(0, False)
    known.bucket.tokens = 100
    values = {"free": 3, "calls": tuple(range(5, 105, 10)), "rows": 999, "lines": 999}
    return Snapshot(at=10, statistics=known, **{"calls_per_second": 99, **values, **kwargs})


@pytest.mark.parametrize("name", STRATEGIES)
@given(snapshot=snapshots)
def test_caps_hold_and_nothing_is_negative(name, snapshot):
    count = STRATEGIES[name].calls_to_place(snapshot)
    assert isinstance(count, int) and count >= 0
    assert count <= max(0, min(snapshot.rows, snapshot.lines, snapshot.calls_per_second))


@pytest.mark.parametrize("name", STRATEGIES)
@given(snapshot=snapshots, more=st.integers(1, 9))
def test_more_free_agents_never_mean_fewer_calls(name, snapshot, more):
    strategy = STRATEGIES[name]
    richer = replace(snapshot, free=snapshot.free + more)
    assert strategy.calls_to_place(richer) >= strategy.calls_to_place(snapshot)


@given(snapshot=snapshots)
def test_progressive_never_has_more_calls_on_the_way_than_free_agents(snapshot):
    count = Progressive().calls_to_place(snapshot)
    on_the_way = len(snapshot.ringing) + snapshot.waiting + snapshot.reserved
    assert count == 0 or count + on_the_way <= snapshot.free


@given(snapshot=snapshots)
def test_predictive_places_no_less_than_progressive(snapshot):
    assert Predictive().calls_to_place(snapshot) >= Progressive().calls_to_place(snapshot)


@given(snapshot=snapshots)
def test_a_spent_budget_is_progressive(snapshot):
    known = snapshot.statistics
    while not known.budget.is_spent(snapshot.at):
        known.add_live_answer(snapshot.at, True)
    assert Predictive().calls_to_place(snapshot) == Progressive().calls_to_place(snapshot)


@given(snapshot=snapshots)
def test_less_than_five_agents_are_progressive(snapshot):
    small = replace(snapshot, free=min(snapshot.free, 2), calls=snapshot.calls[:1], wraps=(3.0,))
    assert Predictive().calls_to_place(small) == Progressive().calls_to_place(small)


@given(snapshot=snapshots)
def test_a_restart_changes_nothing(snapshot):
    kept = json.loads(json.dumps(snapshot.statistics.to_json()))
    restarted = replace(snapshot, statistics=Statistics.from_json(kept))
    assert restarted.statistics.to_json() == snapshot.statistics.to_json()
    for strategy in STRATEGIES.values():
        assert strategy.calls_to_place(restarted) == strategy.calls_to_place(snapshot)


@given(snapshot=snapshots)
def test_a_question_changes_nothing(snapshot):
    before = snapshot.statistics.to_json()
    for strategy in STRATEGIES.values():
        assert strategy.calls_to_place(snapshot) == strategy.calls_to_place(snapshot)
    assert snapshot.statistics.to_json() == before


@given(known=statistics(), age=seconds, wait=st.floats(0, 60))
def test_probabilities_are_probabilities(known, age, wait):
    for p in (
        known.get_answer_rate(),
        known.get_answered(age),
        known.get_call_free_within(age, wait),
        known.get_wrap_free_within(age, wait),
    ):
        assert 0 <= p <= 1
    later = known.get_call_free_within(age, wait + 5)
    assert later >= known.get_call_free_within(age, wait)


@given(st.lists(st.floats(0, 1), max_size=12), st.integers(1, 5))
def test_trials_add_up(chances, size):
    counts, whole = [1.0] + [0.0] * size, [1.0] + [0.0] * 20
    for p in chances:
        counts, whole = add_trial(counts, p), add_trial(whole, p)
    assert math.isclose(sum(counts), 1)
    assert counts[:-1] == pytest.approx(whole[:size])
    assert sum(i * p for i, p in enumerate(whole)) == pytest.approx(sum(chances))


@given(st.lists(st.booleans(), max_size=400))
def test_risk_goes_down_with_each_abandoned_customer_and_stays_in_its_bounds(fates):
    budget = Budget()
    for abandoned in fates:
        before = budget.epsilon
        budget.count(0, abandoned)
        assert FLOOR <= budget.epsilon <= CEILING
        assert budget.epsilon <= before if abandoned else budget.epsilon >= before


def test_whoever_abandons_above_the_floor_only_stays_within_the_bound():
    # the worst customer: abandons whenever the controller lets him
    budget, abandoned, answers = Budget(), 0, 5000
    for _ in range(answers):
        lost = budget.epsilon > FLOOR * 1.2
        abandoned += lost
        budget.count(0, lost)
    assert abandoned <= TARGET * answers + math.log(CEILING / FLOOR) / GAIN + 1


def test_a_campaign_begins_with_its_budget_spent():
    budget = Budget()
    for _ in range(33):
        budget.count(0, False)
        assert budget.is_spent(0)
    budget.count(0, False)
    assert not budget.is_spent(0)
    budget.count(0, True)
    assert budget.is_spent(0)


def test_limit_counts_the_last_thirty_days():
    budget = Budget()
    for day in range(40):
        for _ in range(10):
            budget.count(day * DAY, False)
    assert budget.get_counts(39.5 * DAY) == (300, 0)
    assert len(budget.days) <= 30
    budget.count(40 * DAY, True)
    assert budget.get_counts(40 * DAY) == (291, 1)
    assert budget.get_counts(69.9 * DAY) == (1, 1)
    assert budget.get_counts(70 * DAY) == (0, 0)


def test_above_the_target_the_controller_steers_for_half_of_it():
    budget = Budget()
    for number in range(100):
        budget.count(0, number < 3)
    assert budget.get_target(0) == TARGET / 2 < LIMIT
    assert budget.get_target(31 * DAY) == TARGET


def test_preview_dials_nothing():
    assert STRATEGIES["preview"].calls_to_place(earned(free=50)) == 0


def test_progressive_leaves_out_who_is_promised_to_somebody():
    snapshot = earned(free=6, ringing=(1.0, 2.0), waiting=1, reserved=1)
    assert Progressive().calls_to_place(snapshot) == 2


def test_predictive_dials_for_agents_who_will_be_free():
    assert Predictive().calls_to_place(earned(free=1, calls=(100.0,) * 12)) > 1
    assert Predictive().calls_to_place(earned(free=0, calls=(5.0,) * 10)) == 0


def test_higher_answer_rate_means_fewer_calls():
    careful, bold = (earned(free=8, ringing=(1.0,) * 10) for _ in range(2))
    for number in range(300):
        careful.statistics.add_dial(number % 2 == 0, 8 if number % 2 == 0 else 30)
    predictive = Predictive()
    assert predictive.calls_to_place(careful) < predictive.calls_to_place(bold)


def test_sudden_rise_of_the_answer_rate_is_believed_at_once_a_fall_is_not():
    rising, falling = earned().statistics, earned().statistics
    for number in range(40):
        rising.add_dial(number % 10 < 6, 8)
        falling.add_dial(number % 10 < 1, 8)
    assert rising.get_answer_rate() > 0.41
    assert falling.get_answer_rate() > 0.26


def test_bucket_bounds_the_pace():
    snapshot = earned(free=40, calls=(), ringing=())
    snapshot.statistics.bucket = RateBucket(0.0, 10.0)
    assert Predictive().calls_to_place(replace(snapshot, ringing=(0.0,) * 40)) == 0
    later = replace(snapshot, at=70, ringing=(0.0,) * 40)
    count = Predictive().calls_to_place(later)
    assert 0 < count <= 2 + 3 * Predictive()._get_pace(later)[0]
    Predictive().placed(later, count)
    assert snapshot.statistics.bucket.tokens < 2


def test_clock_set_back_gives_no_tokens():
    bucket = RateBucket(1.0, 100.0)
    assert bucket.get_tokens(50, 1, 10) == 1
    bucket.take(1, 50, 1, 10)
    assert bucket.get_tokens(101, 1, 10) == 1


def test_agents_are_freer_after_longer_wraps():
    known = earned().statistics
    assert known.get_wrap_free_within(19, 5) > known.get_wrap_free_within(1, 5)
    assert known.get_call_free_within(140, 30) > known.get_call_free_within(5, 30)


def test_call_that_rings_for_long_is_hardly_answered():
    known = earned().statistics
    assert known.get_answered(2) > 0.25 > 0.05 > known.get_answered(15)


def test_statistics_keep_the_last_events_only():
    known = Statistics()
    for number in range(1000):
        known.add_dial(True, number)
        known.add_handled(number, 1)
    assert len(known.dials) == 300 and len(known.talks.sorted) == 400
    assert known.answered.sorted == list(known.answered.last) == list(range(700, 1000))


@pytest.mark.parametrize("data", [None, {}, {"dials": [1, 0]}, {"budget": {}}])
def test_statistics_of_older_versions_are_taken(data):
    assert Statistics.from_json(data).get_answer_rate() > 0
