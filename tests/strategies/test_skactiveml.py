"""The same scores as scikit-activeml 1.0.1, run live on three tables; skipped where it is not installed."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from bioal.strategies import committees, diversity, gains, probabilities

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
    with warnings.catch_warnings():
        # Its classes tell scikit-learn of their tags in a way that is deprecated there.
        warnings.simplefilter("ignore")
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
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
