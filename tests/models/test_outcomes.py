"""Models of outcomes: probabilities that are right, whatever the classes are called and how often seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.special import expit, ndtr
from scipy.stats import beta, kstest, norm
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from bioal.errors import UsageError
from bioal.models.chances import wanted_chances
from bioal.models.classifiers import stratified_bag
from bioal.models.ordinal_process import _search, fit_ordinal_process
from bioal.models.outcome_fitting import OUTCOME_MODELS, fit_outcomes
from bioal.models.outcomes import OutcomeEvidence, codes_of, outcome_evidence_of
from bioal.models.proportional_odds import fit_proportional_odds
from bioal.models.thresholds import class_probabilities, edges_of, free_of, likelihood

RNG = np.random.default_rng


def hidden(points):
    return 6 * points[:, 0] - 3 + 1.5 * np.sin(5 * points[:, 1])


def experiment(count=60, seed=0, walls=(-1.0, 1.0), *, ordered=True):
    rng = RNG(seed)
    points = rng.random((count, 3))
    codes = np.digitize(hidden(points) + rng.standard_normal(count), walls)
    return outcome_evidence_of(points, codes, classes=len(walls) + 1, ordered=ordered)


def test_the_likelihood_is_the_share_of_a_normal_between_the_walls():
    edges, f = np.array([-0.5, 1.0]), np.linspace(-3, 3, 7)
    for code, (low, high) in enumerate([(-np.inf, -0.5), (-0.5, 1.0), (1.0, np.inf)]):
        found = likelihood(f, edges, np.full(7, code, np.intp))
        assert np.exp(found.log) == pytest.approx(norm.cdf(high - f) - norm.cdf(low - f), rel=1e-12)


@given(st.floats(-30, 30), st.integers(0, 3))
def test_slopes_of_the_likelihood_are_its_derivatives_even_in_the_tails(f, code):
    edges, codes = np.array([-2.0, 0.0, 0.5]), np.array([code])
    step = 1e-4
    middle, up, down = (likelihood(np.array([f + by]), edges, codes) for by in (0, step, -step))
    assert middle.first == pytest.approx((up.log - down.log) / (2 * step), abs=1e-4, rel=1e-5)
    assert middle.curvature == pytest.approx(-(up.first - down.first) / (2 * step), abs=1e-5, rel=1e-5)
    assert middle.curvature > 0


def test_probabilities_integrate_the_hidden_function_out():
    edges, mean, sd = np.array([-0.3, 0.9]), 0.4, 0.7
    found = class_probabilities(np.array([mean]), np.array([sd**2]), edges)[0]
    walls = [-np.inf, *edges, np.inf]
    for code in range(3):
        wanted = quad(
            lambda f, c=code: norm.pdf(f, mean, sd) * (ndtr(walls[c + 1] - f) - ndtr(walls[c] - f)), -6, 6
        )[0]
        assert found[code] == pytest.approx(wanted, abs=1e-8)


def test_free_thresholds_come_back():
    edges = np.array([-1.0, 0.2, 5.0])
    assert edges_of(free_of(edges)) == pytest.approx(edges)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_gradient_of_the_process_is_right(classes):
    evidence = experiment(30, walls=(0.0,) if classes == 2 else (-1.0, 1.0))
    search = _search(evidence)
    at = search.centre + 0.1 * RNG(1).standard_normal(len(search.centre))
    wanted = approx_fprime(at, lambda free: search.loss(free)[0], 1e-6)
    assert search.loss(at)[1] == pytest.approx(wanted, rel=1e-3, abs=1e-3)


def test_laplace_meets_the_exact_posterior_of_one_observation():
    """With one outcome the evidence is one integral."""
    evidence = outcome_evidence_of(np.array([[0.5]]), np.array([1]))
    search = _search(evidence)
    kernel, edges = search.parts(search.centre)
    from bioal.models.laplace import mode_of

    mode = mode_of(kernel.between(evidence.points, evidence.points), edges, search.seen)
    exact = ndtr(-edges[0] / np.sqrt(1 + kernel.variance))
    assert mode.log_evidence == pytest.approx(np.log(exact), abs=0.05)


def test_a_process_finds_the_factor_that_does_nothing():
    scales = fit_ordinal_process(experiment(80)).kernel.lengthscales
    assert scales[2] > 1.5 * scales[:2].max()


@pytest.mark.parametrize("model", ["gp", "logistic", "svm", "forest", "committee", "proportional odds"])
def test_probabilities_are_calibrated_on_conditions_never_seen(model):
    evidence = experiment(150, walls=(0.0,))
    fitted = fit_outcomes(evidence, model, RNG(0))
    points = RNG(5).random((2000, 3))
    truth = ndtr(hidden(points))
    found = fitted.predict_proba(points)[:, 1]
    assert np.mean((found - truth) ** 2) < 0.25 * np.var(truth)
    for low, high in [(0.1, 0.35), (0.65, 0.9)]:
        near = (found > low) & (found < high)
        assert abs(found[near].mean() - truth[near].mean()) < 0.15


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("model", [name for name in OUTCOME_MODELS if name != "auto"])
def test_every_model_keeps_the_laws_of_probability(model, ordered):
    if model == "proportional odds" and not ordered:
        pytest.skip("says itself that it needs an order")
    fitted = fit_outcomes(experiment(40, ordered=ordered), model, RNG(0))
    points = RNG(1).random((7, 3))
    found, members = fitted.predict_proba(points), fitted.member_proba(points, RNG(2))
    assert found.shape == (7, 3)
    assert members.shape[1:] == (7, 3)
    assert len(members) > 1
    assert found.sum(axis=1) == pytest.approx(1)
    assert members.sum(axis=2) == pytest.approx(1)
    assert found.min() >= 0
    assert (fitted.expected_entropy(points) <= np.log(3) + 1e-12).all()
    assert fitted.predict_proba(points[:0]).shape == (0, 3)
    again = fit_outcomes(experiment(40, ordered=ordered), model, RNG(0))
    assert (again.predict_proba(points) == found).all()


def test_entropy_along_the_hidden_function_is_what_many_paths_say():
    fitted = fit_ordinal_process(experiment())
    points = RNG(1).random((3, 3))
    mean, sd = fitted.mean_sd(points)
    draws = RNG(2).standard_normal((40000, 1)) * sd + mean
    known = class_probabilities(draws.ravel(), np.zeros(draws.size), fitted.edges).reshape(-1, 3, 3)
    wanted = -np.sum(known * np.log(np.maximum(known, 1e-300)), axis=2).mean(axis=0)
    assert fitted.expected_entropy(points) == pytest.approx(wanted, abs=0.01)


def test_members_average_to_the_prediction():
    for ordered in (True, False):
        fitted = fit_outcomes(experiment(ordered=ordered), "gp", RNG(0))
        points = RNG(1).random((4, 3))
        drawn = [fitted.member_proba(points, RNG(seed)).mean(axis=0) for seed in range(40)]
        assert np.mean(drawn, axis=0) == pytest.approx(fitted.predict_proba(points), abs=0.03)


@pytest.mark.parametrize("model", ["gp", "logistic"])
def test_a_weight_is_so_many_replicates(model):
    once = experiment(20)
    thrice = once.rows(np.repeat(np.arange(20), np.where(np.arange(20) < 5, 3, 1)))
    weights = np.where(np.arange(20) < 5, 3.0, 1.0)
    weighted = OutcomeEvidence(
        once.points, once.codes, weights, 3, ordered=True, groups=once.groups, categorical=once.categorical
    )
    points = RNG(1).random((5, 3))
    if model == "gp":
        both = [fit_ordinal_process(one).predict_proba(points) for one in (weighted, thrice)]
    else:
        parts = [(one.points, one.codes, one.weights, 3) for one in (weighted, thrice)]
        both = [fit_proportional_odds(*part).predict_proba(points) for part in parts]
    assert both[0] == pytest.approx(both[1], abs=2e-3)


def test_proportional_odds_with_two_classes_are_logistic_regression():
    evidence = experiment(80, walls=(0.0,))
    found = fit_proportional_odds(evidence.points, evidence.codes, evidence.weights, 2, ridge=1e-6)
    wanted = LogisticRegression(C=1e6, max_iter=5000, tol=1e-8).fit(evidence.points, evidence.codes)
    assert found.slopes == pytest.approx(wanted.coef_[0], rel=1e-2)
    assert expit(-found.edges) == pytest.approx(expit(wanted.intercept_), abs=1e-2)


@pytest.mark.parametrize("model", ["gp", "forest", "svm"])
def test_one_outcome_only_leaves_doubt_where_nothing_was_measured(model):
    points = RNG(0).random((8, 2)) * 0.1
    evidence = outcome_evidence_of(points, np.ones(8, int))
    fitted = fit_outcomes(evidence, model, RNG(0))
    near, far = fitted.predict_proba(np.array([[0.05, 0.05], [1.0, 1.0]]))[:, 1]
    assert near > far > 0.5
    assert any("all outcomes are the same" in note for note in fitted.notes) == (model != "gp")


def test_without_any_outcome_all_classes_are_as_likely():
    evidence = outcome_evidence_of(np.empty((0, 2)), np.empty(0, int), classes=3, ordered=True)
    found = fit_outcomes(evidence, "auto", RNG(0)).predict_proba(np.array([[0.2, 0.7]]))
    assert found == pytest.approx(np.full((1, 3), 1 / 3), abs=1e-9)


@pytest.mark.parametrize("model", ["forest", "extra trees", "logistic", "svm", "committee"])
def test_a_class_that_nobody_has_seen_is_unlikely_and_not_impossible(model):
    evidence = outcome_evidence_of(RNG(0).random((12, 2)), np.arange(12) % 2 * 2, classes=3)
    answer = fit_outcomes(evidence, model, RNG(0))
    found = answer.predict_proba(np.array([[0.5, 0.5]]))
    assert found.shape == (1, 3)
    assert 0 < found[0, 1] < 0.2
    unseen = wanted_chances(answer, (1,), evidence.points).interval(evidence.points)
    assert (unseen.low < unseen.high).all()
    assert (unseen.high > 1.0).all()  # in percent


def test_what_no_tree_believes_in_has_the_chance_of_jeffreys_prior():
    evidence = outcome_evidence_of(RNG(0).random((30, 2)), np.arange(30) % 2 * 2, classes=3)
    at = np.array([[0.5, 0.5]])
    answers = [fit_outcomes(evidence, "forest", RNG(seed)) for seed in range(8)]
    drawn = [answer.member_proba(at, RNG(0))[:, 0, 1] for answer in answers]
    exact = beta(0.5, 30 + 1.0)  # a class of three that 30 wells did not show
    assert kstest(np.concatenate(drawn), exact.cdf).pvalue > 0.01
    assert np.mean(drawn) == pytest.approx(0.5 / (30 + 1.5), rel=0.2)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=20), st.integers(0, 1000))
def test_every_bag_holds_each_class_as_often_as_the_results_do(codes, seed):
    codes = np.array(codes)
    bag = stratified_bag(codes, RNG(seed))
    assert np.bincount(codes[bag], minlength=3).tolist() == np.bincount(codes, minlength=3).tolist()


def test_a_users_classifier_is_bagged_and_its_failure_is_said():
    evidence = experiment(30)
    fitted = fit_outcomes(evidence, KNeighborsClassifier(3), RNG(0))
    assert len(fitted.member_proba(evidence.points, RNG(0))) == 16
    with pytest.raises(UsageError, match=r"cannot learn from these outcomes: .*n_neighbors"):
        fit_outcomes(evidence, KNeighborsClassifier(0), RNG(0))
    with pytest.raises(UsageError, match="no probabilities"):
        fit_outcomes(evidence, LinearSVC(), RNG(0))


def test_wrong_names_are_answered_with_the_right_ones():
    with pytest.raises(UsageError, match='Did you mean "forest"'):
        fit_outcomes(experiment(10), "forrest", RNG(0))
    with pytest.raises(UsageError, match="no scikit-learn classifier"):
        fit_outcomes(experiment(10), 7, RNG(0))
    with pytest.raises(UsageError, match="need outcomes in an order"):
        fit_outcomes(experiment(10, ordered=False), "proportional odds", RNG(0))
    with pytest.raises(UsageError, match=r"a, b are unknown\. The outcomes are: grow, none"):
        codes_of(["a", "grow", "b"], ["grow", "none"])


def test_impossible_evidence_cannot_be_built():
    with pytest.raises(ValueError, match=r"0 \.\.\. 1"):
        outcome_evidence_of(np.zeros((1, 1)), np.array([2]), classes=2)
    with pytest.raises(ValueError, match="at least 2"):
        outcome_evidence_of(np.zeros((1, 1)), np.array([0]), classes=1)
    with pytest.raises(ValueError, match="not finite"):
        outcome_evidence_of(np.full((1, 1), np.nan), np.array([0]))
