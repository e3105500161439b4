"""Scores that modAL, libact and scikit-activeml give on one data set, to the digits that were kept."""

import numpy as np
import pytest
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LogisticRegression, Ridge

from bioal.strategies import committees, diversity, gains, probabilities

EXACT, CLIPPED = 1e-9, 5e-7  # libraries that clip probabilities differ by up to the second


@pytest.fixture(scope="module")
def data(golden):
    points, codes, values = (np.array(golden[name]) for name in ("X", "y", "y_reg"))
    size = golden["labelled"]
    known, pool = points[:size], points[size:]
    return {"known": known, "codes": codes[:size], "values": values[:size], "pool": pool, "all": points}


@pytest.fixture(scope="module")
def chances(data):
    model = LogisticRegression(C=1, max_iter=1000).fit(data["known"], data["codes"])
    return model.predict_proba(data["pool"])


@pytest.fixture(scope="module")
def members(data):
    models = [LogisticRegression(C=c, max_iter=1000) for c in (0.01, 1, 100)]
    return np.stack([m.fit(data["known"], data["codes"]).predict_proba(data["pool"]) for m in models])


def all_equal(found, published, tolerance=EXACT):
    for library, scores in published.items():
        assert found == pytest.approx(np.array(scores), abs=tolerance), library


@pytest.mark.parametrize(
    ("name", "score"),
    [
        ("least confidence", probabilities.least_confidence),
        ("margin", probabilities.smallest_margin),
        ("entropy", probabilities.entropy),
    ],
)
def test_scores_of_probabilities(golden, chances, name, score):
    all_equal(score(chances), golden["scores"][name])


@pytest.mark.parametrize(
    ("name", "score", "tolerance"),
    [
        ("vote entropy", committees.vote_entropy, EXACT),
        ("consensus entropy", committees.consensus_entropy, EXACT),
        ("variation ratio", committees.variation_ratio, EXACT),
        ("mean KL = BALD", committees.mean_divergence, CLIPPED),
        ("mean KL = BALD", committees.mutual_information, CLIPPED),
    ],
)
def test_scores_of_committees(golden, members, name, score, tolerance):
    all_equal(score(members), golden["scores"][name], tolerance)


def test_the_largest_divergence_is_modals_and_not_the_mean(golden, members):
    published = golden["scores"]["max KL (modAL only)"]
    assert committees.largest_divergence(members) == pytest.approx(np.array(published["modAL"]), abs=EXACT)
    assert not np.allclose(committees.largest_divergence(members), published["meanKL"])


def test_density_is_modals_which_counts_a_point_itself(golden, data):
    all_equal(diversity.density(data["pool"], data["pool"]), golden["scores"]["information density"])


def test_core_set_is_greedy_sampling_on_the_inputs(golden, data):
    all_equal(diversity.nearest_distance(data["pool"], data["known"]), golden["scores"]["core-set / GSx"])


def refit(known, codes, points):
    return LogisticRegression(C=1, max_iter=1000).fit(known, codes).predict_proba(points)


@pytest.mark.parametrize(("name", "loss"), [("binary", gains.zero_one_loss), ("log", gains.log_loss)])
def test_expected_errors_under_each_library_s_own_evaluation_set(golden, data, name, loss):
    known, published = (data["known"], data["codes"]), golden["scores"][f"EER {name}"]
    others = gains.expected_error_by_refits(refit, known, data["pool"], loss=loss)
    assert others == pytest.approx(np.array(published["modAL"]), abs=EXACT)
    assert others == pytest.approx(np.array(published["reimpl_without_x"]), abs=EXACT)
    for library, evaluate in [("skactiveml_all_X", data["all"]), ("skactiveml_pool", data["pool"])]:
        found = gains.expected_error_by_refits(refit, known, data["pool"], evaluate=evaluate, loss=loss)
        assert found == pytest.approx(np.array(published[library]), abs=CLIPPED), library


def test_spread_of_regressors(golden, data):
    models = [Ridge(a).fit(data["known"], data["values"]) for a in (0.01, 1, 10)]
    predictions = np.stack([model.predict(data["pool"]) for model in models], axis=1)
    all_equal(committees.member_spread(predictions), golden["scores"]["QBC std (regression)"])


def test_greedy_sampling_of_outputs_and_of_both(golden, data):
    predicted = Ridge(1).fit(data["known"], data["values"]).predict(data["pool"])
    all_equal(diversity.output_greedy_score(predicted, data["values"]), golden["scores"]["GSy"])
    found = diversity.improved_greedy_score(data["pool"], predicted, data["known"], data["values"])
    all_equal(found, golden["scores"]["iGS"])


@pytest.fixture(scope="module")
def process(data):
    """A Gaussian process RBF(1) + 0.1, written out."""
    kernel, known = RBF(1.0), data["known"]
    weights = kernel(known) + 0.1 * np.eye(len(known))

    def moments(points, others):
        cross = np.linalg.solve(weights, kernel(known, others))
        return kernel(points, known) @ np.linalg.solve(weights, data["values"]), (
            kernel(points, others) - kernel(points, known) @ cross
        )

    return moments


def test_expected_variance_reduction(golden, data, process):
    _, across = process(data["all"], data["pool"])
    variance = np.diag(process(data["pool"], data["pool"])[1])
    found = gains.variance_reduction(across, variance, 0.1)
    all_equal(found, golden["scores"]["EMVR = ALC/IMSE (X_eval=X)"])
