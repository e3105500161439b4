"""The same scores as scikit-activeml 1.0.1, run live on three tables; skipped where it is not installed."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from bioal.models import trained
from bioal.strategies import committees, diversity, gains, imagined, probabilities

pool_module = pytest.importorskip("skactiveml.pool")
from skactiveml.classifier import SklearnClassifier  # noqa: E402
from skactiveml.regressor import SklearnNormalRegressor, SklearnRegressor  # noqa: E402

KNOWN, POOL = 15, 40
NOISE = 0.1


def table_of(name):
    """Return points, classes and yields of a table, shuffled and standardised."""
    loaded = {"iris": load_iris, "wine": load_wine, "diabetes": load_diabetes}[name]()
    rows = np.random.default_rng(0).permutation(len(loaded.data))[: KNOWN + POOL]
    points = StandardScaler().fit_transform(loaded.data[rows])[:, :5]
    values = StandardScaler().fit_transform(points @ np.arange(1, points.shape[1] + 1)[:, None])[:, 0]
    codes = np.digitize(loaded.target[rows], [100, 180]) if name == "diabetes" else loaded.target[rows]
    return points, codes, values + 0.1 * np.sin(9 * values)


@pytest.fixture(params=["iris", "wine", "diabetes"])
def table(request):
    return table_of(request.param)


def queried(strategy, points, seen, **models):
    """Return the utilities of the unmeasured rows."""
    _, utilities = strategy.query(points, seen, return_utilities=True, **models)
    return utilities[0][KNOWN:]


def hidden(values):
    seen = np.array(values, float)
    seen[KNOWN:] = np.nan
    return seen


def same(found, wanted, tolerance=1e-9):
    assert found == pytest.approx(wanted, abs=tolerance)
    assert np.argmax(found) == np.argmax(wanted) or np.isclose(found.max(), found[np.argmax(wanted)])


@pytest.mark.parametrize(
    ("method", "score", "constant"),
    [
        ("least_confident", probabilities.least_confidence, 0.0),
        ("margin_sampling", probabilities.smallest_margin, 1.0),
        ("entropy", probabilities.entropy, 0.0),
    ],
)
def test_uncertainty(table, method, score, constant):
    points, codes, _ = table
    model = LogisticRegression(max_iter=2000)
    wanted = queried(
        pool_module.UncertaintySampling(method),
        points,
        hidden(codes),
        clf=SklearnClassifier(model, classes=[0, 1, 2]),
    )
    fitted = LogisticRegression(max_iter=2000).fit(points[:KNOWN], codes[:KNOWN])
    same(score(fitted.predict_proba(points[KNOWN:])) + constant, wanted)


@pytest.mark.parametrize(
    ("method", "score"),
    [
        ("vote_entropy", committees.vote_entropy),
        ("KL_divergence", committees.mean_divergence),
        ("variation_ratios", committees.variation_ratio),
    ],
)
def test_committees(table, method, score):
    points, codes, _ = table
    models = [LogisticRegression(C=c, max_iter=5000) for c in (0.01, 1, 100)]
    wanted = queried(
        pool_module.QueryByCommittee(method, eps=1e-13),
        points,
        hidden(codes),
        ensemble=[SklearnClassifier(model, classes=[0, 1, 2]) for model in models],
    )
    fitted = [model.fit(points[:KNOWN], codes[:KNOWN]) for model in models]
    same(score(np.stack([one.predict_proba(points[KNOWN:]) for one in fitted])), wanted)


def test_greedy_sampling(table):
    points, _, values = table
    known, pool, seen = points[:KNOWN], points[KNOWN:], values[:KNOWN]
    predicted = Ridge(1.0).fit(known, seen).predict(pool)
    inputs = queried(pool_module.GreedySamplingX(), points, hidden(values))
    same(diversity.nearest_distance(pool, known), inputs, 1e-7)
    regressor = SklearnRegressor(Ridge(1.0))
    both = queried(pool_module.GreedySamplingTarget(method="GSi"), points, hidden(values), reg=regressor)
    same(diversity.improved_greedy_score(pool, predicted, known, seen), both, 1e-7)
    outputs = queried(pool_module.GreedySamplingTarget(method="GSy"), points, hidden(values), reg=regressor)
    same(diversity.output_greedy_score(predicted, seen), outputs)


def test_a_batch_of_core_set_is_theirs(table):
    points, _, values = table
    wanted = pool_module.CoreSet().query(points, hidden(values), batch_size=6)
    found, _ = diversity.core_set(points[KNOWN:], points[:KNOWN], 6)
    assert (found + KNOWN).tolist() == list(wanted)


def process(points, others):
    """Return the posterior covariance of a Gaussian process RBF(2) + 0.1 written out, shape (m, k)."""
    kernel, known = RBF(2.0), points[:KNOWN]
    return kernel(points, others) - kernel(points, known) @ np.linalg.solve(
        kernel(known) + NOISE * np.eye(KNOWN), kernel(known, others)
    )


def gaussian():
    kernel = RBF(2.0, "fixed") + WhiteKernel(NOISE, "fixed")
    return SklearnNormalRegressor(GaussianProcessRegressor(kernel, optimizer=None))


def test_expected_variance_reduction(table):
    points, _, values = table
    wanted = queried(
        pool_module.ExpectedModelVarianceReduction(), points, hidden(values), reg=gaussian(), X_eval=points
    )
    across = process(points, points[KNOWN:])
    variance = np.diag(across[KNOWN:])
    same(gains.variance_reduction(across, variance, NOISE), wanted, 1e-7)


def test_divergence_maximisation_and_its_integral_over_results(table):
    points, _, values = table
    wanted = queried(
        pool_module.KLDivergenceMaximization(
            integration_dict_target_val={"method": "gauss_hermite", "n_integration_samples": 20},
            integration_dict_cross_entropy={"method": "gauss_hermite", "n_integration_samples": 20},
        ),
        points,
        hidden(values),
        reg=gaussian(),
    )
    across = process(points, points)[KNOWN:, KNOWN:]
    found = gains.divergence_gain(across, np.diag(across), np.diag(across), NOISE)
    same(found, wanted, 1e-6)


def test_the_output_change_is_theirs_with_results_integrated(table):
    """Their default integration gives zeros; with quadrature it is our closed form."""
    points, _, values = table
    wanted = queried(
        pool_module.ExpectedModelOutputChange(
            integration_dict={"method": "gauss_hermite", "n_integration_samples": 20}
        ),
        points,
        hidden(values),
        reg=gaussian(),
    )
    across = process(points, points)[KNOWN:, KNOWN:]
    found = gains.variance_reduction(across, np.diag(across), NOISE)
    same(found / found.max(), wanted / wanted.max(), 1e-6)


def test_what_members_disagree_on_is_their_bald(table):
    points, codes, _ = table
    models = [LogisticRegression(C=c, max_iter=5000) for c in (0.01, 1, 100)]
    wanted = queried(
        pool_module.GreedyBALD(eps=1e-13),
        points,
        hidden(codes),
        ensemble=[SklearnClassifier(model, classes=[0, 1, 2]) for model in models],
    )
    fitted = [model.fit(points[:KNOWN], codes[:KNOWN]) for model in models]
    members = np.stack([one.predict_proba(points[KNOWN:]) for one in fitted])
    same(committees.mutual_information(members), wanted)


def test_the_spread_of_regressors_is_their_committee(table):
    points, _, values = table
    models = [Ridge(alpha) for alpha in (0.01, 1.0, 10.0)]
    wanted = queried(
        pool_module.QueryByCommittee(),
        points,
        hidden(values),
        ensemble=[SklearnRegressor(model) for model in models],
    )
    fitted = [model.fit(points[:KNOWN], values[:KNOWN]) for model in models]
    predicted = np.column_stack([one.predict(points[KNOWN:]) for one in fitted])
    same(committees.member_spread(predicted), wanted)


@pytest.mark.parametrize(
    ("method", "loss"), [("misclassification_loss", gains.zero_one_loss), ("log_loss", gains.log_loss)]
)
def test_expected_errors_are_theirs_where_all_points_are_evaluated(table, method, loss):
    points, codes, _ = table

    def refit(known, seen, others):
        return LogisticRegression(max_iter=2000).fit(known, seen).predict_proba(others)

    few = KNOWN + 8  # a refit for each point and class
    model = SklearnClassifier(LogisticRegression(max_iter=2000), classes=[0, 1, 2])
    strategy = pool_module.MonteCarloEER(method)
    _, utilities = strategy.query(
        points[:few], hidden(codes[:few]), clf=model, ignore_partial_fit=True, return_utilities=True
    )
    known = (points[:KNOWN], codes[:KNOWN])
    found = gains.expected_error_by_refits(refit, known, points[KNOWN:few], evaluate=points[:few], loss=loss)
    same(found, utilities[0][KNOWN:], 1e-6)


def test_a_batch_of_joint_information_is_theirs(table):
    points, codes, _ = table
    models = [LogisticRegression(C=c, max_iter=5000) for c in (0.01, 0.1, 1, 10, 100)]
    # As many samples as there are combinations: exact, as ours is.
    wanted, utilities = pool_module.BatchBALD(n_MC_samples=10_000, eps=1e-13).query(
        points,
        hidden(codes),
        ensemble=[SklearnClassifier(model, classes=[0, 1, 2]) for model in models],
        batch_size=3,
        return_utilities=True,
    )
    fitted = [model.fit(points[:KNOWN], codes[:KNOWN]) for model in models]
    members = np.stack([one.predict_proba(points[KNOWN:]) for one in fitted])
    rows, told = imagined.batch_bald(members, 3, np.random.default_rng(0))
    assert (np.array(rows) + KNOWN).tolist() == list(wanted)
    together = np.array([utilities[step][row] for step, row in enumerate(wanted)])
    assert np.cumsum(told) == pytest.approx(together, abs=1e-9)


def test_the_model_change_is_theirs_given_bootstraps_of_the_right_size(table, monkeypatch):
    """Theirs draw 801 rows of 40; given as many rows as were measured, both are one formula."""
    points, _, values = table
    known, seen = points[:KNOWN], values[:KNOWN]
    draws = np.random.default_rng(0).integers(KNOWN, size=(5, KNOWN))
    fitted = [Ridge(1.0).fit(known[rows], seen[rows]) for rows in draws]
    module = sys.modules[pool_module.ExpectedModelChangeMaximization.__module__]
    monkeypatch.setattr(module, "_bootstrap_estimators", lambda *given, **named: fitted)
    strategy = pool_module.ExpectedModelChangeMaximization()
    wanted = queried(strategy, points, hidden(values), reg=SklearnRegressor(Ridge(1.0)))
    pool = points[KNOWN:]
    members = np.stack([one.predict(pool) for one in fitted], axis=1)
    found = gains.expected_model_change(Ridge(1.0).fit(known, seen).predict(pool), members, pool)
    same(found, wanted)


def test_their_bootstraps_are_longer_than_what_was_measured():
    """A known fault that ours does not copy: ours draw as many rows as there are."""
    module = sys.modules[pool_module.ExpectedModelChangeMaximization.__module__]
    sizes = []

    class Counting(Ridge):
        def fit(self, X, y, sample_weight=None):  # noqa: N803  named as scikit-learn does
            sizes.append(len(X))
            return super().fit(X, y, sample_weight)

    points, _, values = table_of("iris")
    module._bootstrap_estimators(SklearnRegressor(Counting()), points[:40], values[:40], n_train=0.5)
    assert min(sizes) > 40


def test_a_classifier_tells_the_unmeasured_as_theirs_does(table):
    points, codes, _ = table
    discriminator = make_pipeline(
        PolynomialFeatures(2, include_bias=False),
        LogisticRegression(C=10.0, max_iter=2000, class_weight="balanced"),
    )
    wanted = queried(
        pool_module.DiscriminativeAL(greedy_selection=True),
        points,
        hidden(codes),
        discriminator=SklearnClassifier(discriminator),
    )
    same(trained.chance_unlabelled(points[:KNOWN], points[KNOWN:], points[KNOWN:]), wanted)
