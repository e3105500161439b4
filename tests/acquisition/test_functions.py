"""The closed forms, against mpmath, scipy and the numbers that modAL gives."""

import json
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from bioal.acquisition.functions import (
    expected_improvement,
    log_expected_improvement,
    log_improvement,
    log_probability_of_improvement,
    probability_of_improvement,
    upper_confidence_bound,
)

GOLDEN = Path(__file__).parents[3] / "shared" / "data" / "parity" / "golden.json"


def exact_log_improvement(z: float) -> mpmath.mpf:
    """Return log(phi(z) + z Phi(z)) with as many digits as it takes."""
    with mpmath.workdps(60):
        exact = mpmath.mpf(z)
        tail = 1 + exact * mpmath.sqrt(mpmath.pi / 2) * mpmath.exp(exact**2 / 2) * mpmath.erfc(
            -exact / mpmath.sqrt(2)
        )
        if z < -1e4:  # the same, where exp and erfc would need a million digits
            inverse = 1 / exact**2
            tail = inverse * (1 - 3 * inverse * (1 - 5 * inverse * (1 - 7 * inverse)))
        return mpmath.log(tail) - exact**2 / 2 - mpmath.log(2 * mpmath.pi) / 2


@pytest.mark.smoke
def test_log_improvement_agrees_with_fifty_digits_from_minus_ten_million_to_ten():
    places = np.concatenate([-np.logspace(7, -3, 400), np.linspace(-40, 10, 401)])
    exact = [exact_log_improvement(z) for z in places]
    ours = log_improvement(places)
    wrong = [
        abs((mpmath.mpf(one) - other) / max(1, abs(other))) for one, other in zip(ours, exact, strict=True)
    ]
    assert max(wrong) < 1e-12


def test_log_improvement_never_falls_as_z_rises_across_its_three_forms():
    for switch in (-30.0, -1.0):
        places = switch + np.linspace(-1e-3, 1e-3, 2001)
        assert (np.diff(log_improvement(places)) > 0).all()


@pytest.mark.parametrize("z", [-1e300, -1e160, 1e160, 1e300])
def test_log_improvement_neither_overflows_nor_warns(z):
    assert not np.isnan(log_improvement(np.array([z])))[0]


def test_expected_improvement_is_the_mean_of_improvements():
    draws = norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    for mean, sd, incumbent in [(0.0, 1.0, 0.5), (2.0, 0.3, 1.9), (-1.0, 2.0, 1.0)]:
        simulated = np.maximum(mean + sd * draws - incumbent, 0).mean()
        assert expected_improvement(mean, sd, incumbent) == pytest.approx(simulated, rel=1e-4)


def test_a_sure_candidate_improves_by_its_lead_or_not_at_all():
    worth = log_expected_improvement(np.array([3.0, 1.0, 0.5]), np.zeros(3), 1.0)
    assert worth.tolist() == [np.log(2.0), -np.inf, -np.inf]
    chance = probability_of_improvement(np.array([3.0, 1.0, 0.5]), np.zeros(3), 1.0)
    assert chance.tolist() == [1.0, 0.0, 0.0]


@given(
    st.floats(-1e3, 1e3),
    st.floats(1e-6, 1e3),
    st.floats(-1e3, 1e3),
    st.floats(0.1, 10.0),
    st.floats(-100, 100),
)
def test_improvement_follows_the_unit_and_the_origin(mean, sd, incumbent, unit, origin):
    before = log_expected_improvement(mean, sd, incumbent)
    after = log_expected_improvement(unit * mean + origin, unit * sd, unit * incumbent + origin)
    # The lead loses digits where origin and incumbent are far larger than it.
    lead = abs((mean - incumbent) / sd)
    assert after == pytest.approx(before + np.log(unit), rel=1e-9, abs=1e-9 * (1 + lead) * (1 + 1e3 / sd))


def test_the_logarithm_of_the_probability_survives_where_the_probability_does_not():
    assert log_probability_of_improvement(0.0, 1.0, 100.0) == pytest.approx(norm.logsf(100.0), rel=1e-12)


@pytest.mark.skipif(not GOLDEN.exists(), reason="the published scores are not here")
def test_scores_agree_with_modal_and_with_scipy_on_the_same_gaussian_process():
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    points, labelled = np.array(golden["X"]), golden["labelled"]
    measured, pool = points[:labelled], points[labelled:]
    values = np.array(golden["y_reg"])[:labelled]

    def kernel(one, other):
        return np.exp(-0.5 * ((one[:, None] - other) ** 2).sum(-1))

    inverse = np.linalg.inv(kernel(measured, measured) + 0.1 * np.eye(labelled))
    cross = kernel(pool, measured)
    mean = cross @ inverse @ values
    latent = 1 - np.einsum("ij,jk,ik->i", cross, inverse, cross)
    for name, score in (
        ("EI", lambda sd: expected_improvement(mean, sd, values.max())),
        ("PI", lambda sd: probability_of_improvement(mean, sd, values.max())),
        ("UCB", lambda sd: upper_confidence_bound(mean, sd, 2.0)),
    ):
        for published in golden["scores"][name].values():
            # White noise in the kernel makes scikit-learn add it to the predicted variance.
            gaps = [np.abs(score(np.sqrt(latent + extra)) - published).max() for extra in (0.0, 0.1)]
            assert min(gaps) < 1e-8
