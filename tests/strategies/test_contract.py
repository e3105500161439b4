"""What every strategy promises, on yields and on outcomes: the fifteen points of one contract."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from bioal import strategies
from bioal.acquisition.tasks import picks_of
from bioal.errors import UsageError
from bioal.strategies import outcome_pool, picks, product, scores, strategy_of, weighted_sum
from bioal.strategies.combining import EpsilonRandom

NAMES = strategies.names()
KINDS = ("yield", "grows or not", "none < weak < strong", "unordered", "forest")
RNG = np.random.default_rng
each = pytest.mark.parametrize("name", NAMES)
# These draw, or look at joint paths: a score of single candidates cannot tell their first pick.
BY_THEMSELVES = {
    *("query synthesis", "thompson", "random", "epsilon random", "lcmd", "closest support vectors"),
    *("batch bald", "bald"),
    *("focused improvement", "expected improvement", "probability of improvement", "upper confidence bound"),
}
DRAWING = {"vote entropy", "variation ratio", "consensus entropy", "mean kl", "max kl", "disagreement"}


def frozen(pool):
    return copy.deepcopy((pool.task.points, pool.task.known, pool.task.pending, pool.values, pool.codes))


@pytest.mark.parametrize("kind", KINDS)
@each
def test_one_score_each_finite_and_the_same_again(name, kind, pools):
    pool = pools[kind]
    found = scores(name, pool, RNG(0))
    assert found.shape == (len(pool.task.points),)
    assert np.isfinite(found).all()
    assert strategy_of(name).signed or (found >= 0).all()
    assert (scores(name, pool, RNG(0)) == found).all()


@pytest.mark.parametrize("kind", KINDS)
@each
def test_a_batch_is_distinct_reproducible_and_changes_nothing(name, kind, pools):
    pool = pools[kind]
    before, named = frozen(pool), repr(strategy_of(name))
    found = picks(name, pool, RNG(1))
    assert len(set(found.rows)) == len(found.rows) == pool.task.count
    assert len(found.gains) == len(found.filled) == pool.task.count
    again = picks(name, pool, RNG(1))
    assert found.rows.tolist() == again.rows.tolist()
    for old, new in zip(before, frozen(pool), strict=True):
        assert np.array_equal(old, new)
    assert repr(strategy_of(name)) == named


@each
def test_the_first_pick_is_the_candidate_of_the_largest_score(name, pools):
    pool = pools["yield"]
    if name in BY_THEMSELVES:
        pytest.skip("looks at more than scores")
    found = picks(name, pool, RNG(2))
    wanted = scores(name, pool.rows(pool.allowed(), pool.task.count), RNG(2))
    assert wanted[found.rows[0]] == pytest.approx(wanted.max())


@pytest.mark.parametrize("kind", ["yield", "none < weak < strong"])
@each
def test_what_was_measured_is_never_proposed_unless_asked(name, kind, make):
    from dataclasses import replace

    pool = make[kind](candidates=8, count=8)
    known = np.vstack([pool.task.points[[1, 4]], pool.task.known[2:]])
    pool = replace(pool, task=replace(pool.task, known=known))
    assert sorted(picks(name, pool, RNG(0)).rows) == [0, 2, 3, 5, 6, 7]
    again = replace(pool, repeats=True)
    assert sorted(picks(name, again, RNG(0)).rows) == list(range(8))


@each
def test_pending_conditions_are_not_proposed_and_shape_the_batch(name, make):
    from dataclasses import replace

    pool = make["yield"](candidates=10, count=10)
    pool = replace(pool, task=replace(pool.task, pending=pool.task.points[:4]))
    assert sorted(picks(name, pool, RNG(0)).rows) == list(range(4, 10))


@each
def test_copies_of_a_candidate_are_chosen_once(name, make):
    from dataclasses import replace

    pool = make["yield"](candidates=9, count=6)
    task = pool.task
    thrice = np.repeat(np.arange(3), 3)
    fields = {one: getattr(task, one)[thrice] for one in ("points", "mean", "sd", "repeated")}
    pool = replace(pool, task=replace(task, **fields))
    found = picks(name, pool, RNG(0))
    assert sorted(row // 3 for row in found.rows) == [0, 1, 2]


@pytest.mark.parametrize("kind", ["yield", "grows or not", "unordered"])
@each
def test_an_empty_pool_gives_an_empty_batch_and_a_short_one_everything(name, kind, make):
    pool = make[kind](candidates=3, count=5)
    assert sorted(picks(name, pool, RNG(0)).rows) == [0, 1, 2]
    none = pool.rows(np.arange(0), 5)
    assert len(picks(name, none, RNG(0)).rows) == 0
    assert scores(name, none, RNG(0)).shape == (0,)


@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize("kind", ["yield", "none < weak < strong", "unordered"])
@each
def test_with_next_to_nothing_known_there_is_a_batch_all_the_same(name, kind, known, make):
    pool = make[kind](known=known, candidates=12, count=4)
    assert len(set(picks(name, pool, RNG(0)).rows)) == 4
    assert np.isfinite(scores(name, pool, RNG(0))).all()


@each
def test_one_outcome_only_is_no_obstacle(name, grown):
    pool = grown(walls=(-99.0,), candidates=12, count=4)
    assert set(pool.codes) == {1}
    assert len(set(picks(name, pool, RNG(0)).rows)) == 4


def nothing(pool, _rng):
    return np.zeros(len(pool.task.points))


def test_equal_scores_are_spread_out_and_their_ties_follow_the_seed(pools):
    pool = pools["yield"]
    first = {picks(nothing, pool, RNG(seed)).rows[0] for seed in range(20)}
    assert len(first) > 5
    rows = picks(nothing, pool, RNG(0)).rows
    nearest = np.linalg.norm(pool.task.points[rows][:, None] - pool.task.points[rows], axis=2)
    random = np.linalg.norm(pool.task.points[:6][:, None] - pool.task.points[:6], axis=2)
    assert nearest[np.triu_indices(6, 1)].min() > random[np.triu_indices(6, 1)].min()


def test_an_unknown_name_lists_the_valid_ones(pools):
    with pytest.raises(UsageError, match=r'Did you mean "entropy".*\?.*least confidence'):
        picks("entropie", pools["yield"], RNG(0))


def steepest(pool, _rng):
    return pool.task.points[:, 0]


def test_a_function_of_ones_own_is_a_strategy(pools):
    pool = pools["unordered"]
    found = picks(steepest, pool, RNG(0))
    assert found.rows[0] == np.argmax(pool.task.points[:, 0])
    assert (scores(steepest, pool, RNG(0)) == pool.task.points[:, 0]).all()
    chosen = picks(lambda pool, _rng: picks_of([3, 1], [1.0, 0.5]), pool, RNG(0))
    assert chosen.rows.tolist() == [3, 1]


def test_the_exception_of_a_function_surfaces_once(pools):
    calls = []

    def broken(_pool, _rng):
        calls.append(1)
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        picks(broken, pools["yield"], RNG(0))
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (lambda pool, _rng: np.zeros(2), "scores of shape"),
        (lambda pool, _rng: np.full(len(pool.task.points), np.nan), "gave NaN for 60"),
        (lambda pool, _rng: picks_of([1, 1], [0.0, 0.0]), "distinct rows"),
        (lambda pool, _rng: picks_of([900], [0.0]), "distinct rows from 0 to 59"),
        (lambda pool, _rng: picks_of(list(range(9)), np.zeros(9)), "9 rows where 6"),
    ],
)
def test_what_a_function_of_ones_own_gives_is_checked(pools, found, said):
    with pytest.raises(UsageError, match=said):
        picks(found, pools["yield"], RNG(0))


def test_sums_and_products_of_strategies_are_strategies(pools):
    pool = pools["yield"]
    both = weighted_sum(("entropy", 2.0), (steepest, 0.5))
    wanted = 2 * scores("entropy", pool, RNG(0)) + 0.5 * pool.task.points[:, 0]
    assert scores(both, pool, RNG(0)) == pytest.approx(wanted)
    assert len(set(picks(both, pool, RNG(0)).rows)) == 6
    likely = product(("chance of success", 2.0), (steepest, 1.0))
    wanted = scores("chance of success", pool, RNG(0)) ** 2 * pool.task.points[:, 0]
    assert scores(likely, pool, RNG(0)) == pytest.approx(wanted)
    with pytest.raises(UsageError, match='the score of "margin" can be'):
        product(("margin", 1.0))
    below = product((lambda pool, _rng: -np.ones(len(pool.task.points)), 1.0))
    with pytest.raises(UsageError, match="negative score"):
        picks(below, pool, RNG(0))


@pytest.mark.parametrize("model", ["forest", "logistic"])
@each
def test_an_outcome_that_nobody_has_seen_is_no_obstacle(name, model):
    from bioal.models.outcome_fitting import fit_outcomes
    from bioal.models.outcomes import outcome_evidence_of

    rng = RNG(0)
    evidence = outcome_evidence_of(rng.random((12, 2)), np.arange(12) % 2 * 2, classes=4)
    pool = outcome_pool(evidence, fit_outcomes(evidence, model, rng), rng.random((9, 2)), 3)
    assert len(set(picks(name, pool, RNG(0)).rows)) == 3


@each
def test_a_strategy_can_be_copied_shown_and_sent_elsewhere(name, pools):
    known = strategy_of(name)
    assert name in repr(known)
    sent = pickle.loads(pickle.dumps(known))
    assert (scores(sent, pools["yield"], RNG(0)) == scores(name, pools["yield"], RNG(0))).all()
    assert copy.deepcopy(known).name == name


@each
def test_every_strategy_says_what_it_wants_and_by_which_formula(name):
    known = strategy_of(name)
    assert known.about
    assert known.formula
    assert known.source or name == "random"


@pytest.mark.parametrize(
    ("count", "share", "drawn"), [(10, 0.1, 1), (24, 0.1, 3), (8, 0.25, 2), (6, 0, 0), (6, 1, 6)]
)
def test_the_random_share_of_a_batch_is_exact(count, share, drawn, make):
    pool = make["yield"](candidates=60, count=count)
    calls = []

    def chosen(pool, _rng):
        calls.append(pool.task.count)
        return picks_of(np.arange(pool.task.count), np.ones(pool.task.count))

    found = EpsilonRandom(chosen, share)(pool, RNG(0))
    assert len(set(found.rows)) == count
    assert (found.gains == 0).sum() == drawn
    assert calls == ([count - drawn] if drawn < count else [])


def test_random_picks_are_uniform(make):
    pool = make["yield"](candidates=10, count=3)
    seen = np.zeros(10)
    for seed in range(600):
        seen[picks("random", pool, RNG(seed)).rows] += 1
    # Chi-squared with 9 degrees of freedom exceeds 27.9 once in a thousand times.
    assert np.sum((seen - 180) ** 2 / 180) < 27.9
