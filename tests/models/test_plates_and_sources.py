"""Plates that read low and old data of another operator, each simulated with a truth that is known.

Every claim is held against the same evidence with its plates or sources left out, which must fail it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from bioal.evidence import Evidence, Floats, evidence_of
from bioal.models.fitting import fit
from bioal.models.gaussian_process import fit_gaussian_process
from bioal.models.likelihood import log_posterior
from bioal.models.priors import GPSettings, prior_of
from bioal.models.scaling import Scale, standardised

ASKED = np.random.default_rng(50).random((300, 2))
NOISE = 0.1


def _truth(points: Floats) -> Floats:
    return 5.0 + np.sin(4 * points[:, 0]) + points[:, 1]


def _error(evidence: Evidence, model: str) -> float:
    """Return the root mean squared error of predictions at points that nobody measured."""
    posterior = fit(evidence, model, np.random.default_rng(0))
    return float(np.sqrt(np.mean((posterior.mean(ASKED) - _truth(ASKED)) ** 2)))


def _a_low_plate(seed: int) -> Evidence:
    """Return two plates of 24, the second 20 % low, with two conditions on both.

    Each plate holds one half of the first factor's range, so that only the bridge tells plate from factor.
    """
    rng = np.random.default_rng(seed)
    half, bridge = np.array([0.5, 1.0]), np.array([[0.45, 0.2], [0.55, 0.8]])
    first, second = rng.random((22, 2)) * half, rng.random((22, 2)) * half + [0.5, 0.0]
    points = np.vstack([first, bridge, second, bridge])
    plates = np.repeat([0, 1], 24)
    values = _truth(points) * np.where(plates, 0.8, 1.0) + NOISE * rng.standard_normal(48)
    return replace(evidence_of(points, values), plates=plates)


@pytest.mark.parametrize("model", ["gp", "auto", "mixture"])
@pytest.mark.parametrize("seed", range(3))
def test_two_conditions_on_both_plates_tell_a_plate_that_reads_a_fifth_low(model, seed):
    evidence = _a_low_plate(seed)
    blind = replace(evidence, plates=np.zeros(48, np.intp))
    # The level is that of the two plates' middle: what counts is that the step between them is gone.
    steps = []
    for each in (evidence, blind):
        mean = fit(each, model, np.random.default_rng(0)).mean(ASKED) - _truth(ASKED)
        low = ASKED[:, 0] < 0.5
        steps.append(abs(float(np.mean(mean[low]) - np.mean(mean[~low]))))
    assert steps[0] < 0.45
    assert steps[0] < 0.5 * steps[1]


def _old_data(seed: int, offset: float = 3.0, noise: float = 3.0) -> Evidence:
    """Return 12 wells of this campaign and 60 of an old one, offset by so many sds and so much noisier."""
    rng = np.random.default_rng(seed)
    points = rng.random((72, 2))
    sources = (np.arange(72) >= 12).astype(np.intp)
    spread = float(np.std(_truth(ASKED)))
    values = _truth(points) + offset * spread * sources
    values += NOISE * np.where(sources, noise, 1.0) * rng.standard_normal(72)
    return replace(evidence_of(points, values), sources=sources)


@pytest.mark.parametrize("seed", range(3))
def test_old_data_three_sds_higher_and_three_times_noisier_help_and_do_not_mislead(seed):
    evidence = _old_data(seed)
    own = evidence.rows(evidence.sources == 0)
    blind = replace(evidence, sources=np.zeros(72, np.intp))
    told, alone, misled = (_error(each, "gp") for each in (evidence, own, blind))
    assert told < 0.2
    assert told < alone
    assert told < 0.25 * misled


def test_the_noise_of_this_campaign_is_not_that_of_the_old_one():
    evidence = _old_data(0, offset=0.0, noise=10.0)
    own = fit_gaussian_process(evidence, np.random.default_rng(0)).noise_sd
    blind = replace(evidence, sources=np.zeros(72, np.intp))
    assert own < 3 * NOISE
    assert fit_gaussian_process(blind, np.random.default_rng(0)).noise_sd > 6 * NOISE


@pytest.mark.parametrize("seed", range(3))
def test_intervals_of_this_campaign_hold_with_old_data_beside(seed):
    posterior = fit_gaussian_process(_old_data(seed), np.random.default_rng(0))
    mean, sd = posterior.mean_sd(ASKED)
    fresh = _truth(ASKED) + NOISE * np.random.default_rng(seed + 9).standard_normal(300)
    assert np.mean(np.abs(fresh - mean) < 1.645 * np.hypot(sd, posterior.noise_sd)) > 0.75


def test_errors_that_values_share_are_conditioned_on_as_by_hand():
    """A Gaussian process with loadings against one whose covariance is written out."""
    rng = np.random.default_rng(0)
    evidence = evidence_of(rng.random((12, 2)), rng.standard_normal(12))
    shared = 0.7 * rng.standard_normal((12, 2))
    told = standardised(replace(evidence, shared=shared), Scale(0.0, 2.0))
    plain = standardised(evidence, Scale(0.0, 2.0))
    logs = np.full(told.parameters, -1.0)
    by_hand = plain.covariance(logs, 1.0) + shared @ shared.T / 4.0
    np.testing.assert_allclose(told.covariance(logs, 1.0), by_hand, rtol=1e-12)
    prior = prior_of(GPSettings(), factors=2, sources=1, offsets=0)
    numeric = approx_fprime(logs, lambda at: log_posterior(at, told, prior, 1.0)[0], 1e-6)
    np.testing.assert_allclose(log_posterior(logs, told, prior, 1.0)[1], numeric, rtol=1e-3, atol=1e-4)


def test_a_plate_known_to_be_uncertain_weighs_less():
    """Plate 1 reads one high; where its correction is said to be uncertain by as much, the model lets it."""
    rng = np.random.default_rng(1)
    points = rng.random((40, 2))
    plates = np.repeat([0, 1], 20)
    values = _truth(points) + 1.5 * plates + NOISE * rng.standard_normal(40)
    evidence = replace(evidence_of(points, values), plates=plates)
    told = replace(evidence, shared=1.5 * np.eye(2)[plates] * [0.0, 1.0])
    errors = [
        abs(float(np.mean(fit(each, "gp", np.random.default_rng(0)).mean(ASKED) - _truth(ASKED))))
        for each in (told, evidence)
    ]
    assert errors[0] < 0.5 * errors[1]
