"""Measure or skip as conditions arrive: published budgets decision by decision, and a cap that holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.errors import UsageError
from bioal.strategies.streams import (
    FixedUncertainty,
    Neighbourhood,
    QuantileFilter,
    RandomBudget,
    RandomVariableUncertainty,
    SplitBudget,
    Stream,
    VariableUncertainty,
)

RNG = np.random.default_rng
BUDGETS = {
    "fixed": FixedUncertainty,
    "variable": VariableUncertainty,
    "random variable": RandomVariableUncertainty,
    "split": SplitBudget,
    "random": RandomBudget,
    "quantile": QuantileFilter,
}


def utilities_of(count=200, seed=0):
    return RNG(seed).beta(2, 2, size=count) / 2


def decisions(budget, utilities, rng):
    asked = []
    for utility in utilities:
        one, budget = budget.offered(float(utility), rng)
        asked.append(one)
        if isinstance(budget, RandomVariableUncertainty) and isinstance(rng, Legacy):
            rng.random()
    return np.array(asked)


class Legacy:
    """The draws of numpy's old generator in the order in which scikit-activeml makes them."""

    def __init__(self, seed):
        self.state = np.random.RandomState(seed)

    def random(self):
        return self.state.random_sample()

    def normal(self, mean, sd):
        # The draw is undone; what moves the generator on is one uniform draw per arrival.
        before = self.state.get_state()
        drawn = self.state.normal(mean, sd)
        self.state.set_state(before)
        return drawn


def theirs(manager, utilities, **more):
    asked = []
    for utility in utilities:
        found = manager.query_by_utility(np.array([utility]))
        extra = {"utilities": np.array([utility])} if more.get("quantile") else {}
        manager.update([[0.0]], found, **extra)
        asked.append(len(found) == 1)
    return np.array(asked)


@pytest.mark.parametrize("share", [0.1, 0.3])
@pytest.mark.parametrize("name", ["fixed", "variable", "random variable", "split", "random", "quantile"])
def test_every_decision_is_that_of_scikit_activeml(name, share):
    managers = pytest.importorskip("skactiveml.stream.budgetmanager")
    utilities = utilities_of()
    reference = {
        "fixed": lambda: managers.FixedUncertaintyBudgetManager(classes=[0, 1], budget=share),
        "variable": lambda: managers.VariableUncertaintyBudgetManager(budget=share),
        "random variable": lambda: managers.RandomVariableUncertaintyBudgetManager(
            budget=share, random_state=7
        ),
        "split": lambda: managers.SplitBudgetManager(budget=share, random_state=7),
        "random": lambda: managers.RandomBudgetManager(budget=share, random_state=7),
        "quantile": lambda: managers.BalancedIncrementalQuantileFilter(budget=share),
    }[name]()
    wanted = theirs(reference, utilities, quantile=name == "quantile")
    found = decisions(BUDGETS[name](share), utilities, Legacy(7))
    assert found.tolist() == wanted.tolist()
    assert found.any()


def test_variable_uncertainty_by_its_published_loop():
    """Zliobaite et al. 2014, written out."""
    share, window, theta, spent, wanted = 0.2, 100, 1.0, 0.0, []
    utilities = utilities_of(150, seed=1)
    for utility in utilities:
        asked = False
        if spent / window < share:
            asked = 1 - utility < theta
            theta *= 0.99 if asked else 1.01
        spent = spent * (window - 1) / window + asked
        wanted.append(asked)
    assert decisions(VariableUncertainty(share), utilities, RNG(0)).tolist() == wanted


def test_a_fixed_budget_asks_below_its_threshold_only():
    found = decisions(FixedUncertainty(0.3), np.array([0.5, 0.4, 0.2, 0.0]), RNG(0))
    # 1/2 + 0.3 / 2 = 0.65: confidences of 0.5 and 0.6 are below it.
    assert found.tolist() == [True, True, False, False]


def test_the_published_budgets_overspend_and_the_cap_does_not():
    utilities = utilities_of(200)
    assert decisions(VariableUncertainty(0.1), utilities, RNG(0)).sum() > 20
    stream, asked = Stream(VariableUncertainty(0.1), cap=20), 0
    for utility in utilities:
        one, stream = stream.offered(float(utility), RNG(0))
        asked += one
    assert asked == stream.asked == 20


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(sorted(BUDGETS)),
    st.floats(0.05, 1.0),
    st.integers(0, 15),
    st.lists(st.floats(0, 0.5), min_size=1, max_size=60),
    st.integers(0, 99),
)
def test_no_stream_exceeds_its_cap_and_each_can_be_replayed(name, share, cap, utilities, seed):
    def run():
        stream, rng, asked = Stream(BUDGETS[name](share), cap), RNG(seed), []
        for utility in utilities:
            one, stream = stream.offered(utility, rng)
            asked.append(one)
        return asked, stream

    asked, stream = run()
    assert sum(asked) == stream.asked <= cap
    assert stream.seen == len(utilities)
    assert run() == (asked, stream)


def test_wells_in_reserve_wait_for_the_end():
    stream, asked = Stream(VariableUncertainty(1.0, theta=9.0), cap=10, expected=50, reserve=4), []
    for _ in range(50):
        one, stream = stream.offered(0.4, RNG(0))
        asked.append(one)
    assert sum(asked[:40]) == 6
    assert sum(asked[40:]) == 4


def test_half_of_the_arrivals_are_asked_by_lot_where_half_is_the_budget():
    asked = decisions(RandomBudget(0.5), np.zeros(2000), RNG(0))
    assert abs(asked.mean() - 0.5) < 0.05


def test_an_arrival_in_the_middle_of_others_is_their_nearest_neighbour():
    window = Neighbourhood()
    found = []
    for point in ([0.0], [1.0], [0.5], [9.0]):
        closer, window = window.arrived(np.array(point))
        found.append(closer)
    assert found == [0, 1, 2, 0]
    small = Neighbourhood(window=2)
    for point in ([0.0], [1.0], [0.5]):
        _, small = small.arrived(np.array(point))
    assert len(small.points) == len(small.nearest) == 2


def test_impossible_streams_are_refused():
    with pytest.raises(UsageError, match="above 0 and up to 1"):
        VariableUncertainty(0.0)
    with pytest.raises(UsageError, match="above 0 and up to 1"):
        QuantileFilter(1.5)
    with pytest.raises(UsageError, match="cannot be kept"):
        Stream(RandomBudget(0.1), cap=3, reserve=4, expected=9)
    with pytest.raises(UsageError, match="finite number"):
        Stream(RandomBudget(0.1), cap=3).offered(np.nan, RNG(0))
