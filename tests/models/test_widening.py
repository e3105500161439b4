"""A process that errs more on left-out observations than it expects gets wider, and never narrower."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bioal.evidence import Evidence, evidence_of
from bioal.models.calibration import calibration_factor
from bioal.models.conditioned import conditioned
from bioal.models.fitting import fit
from bioal.models.gaussian_process import GaussianProcess, fit_gaussian_process, of_some
from bioal.models.mixture import anywhere
from bioal.models.scaling import scale_of, standardised
from bioal.models.widening import widened, widening

NOISE = 0.05


def _rough(count: int = 40) -> Evidence:
    rng = np.random.default_rng(0)
    points = rng.random((count, 2))
    return evidence_of(points, np.sin(9 * points[:, 0]) + np.cos(7 * points[:, 1]))


def _too_sure(evidence: Evidence) -> GaussianProcess:
    """Return a process that expects a smooth function of little variance, whatever the values say."""
    scale, _ = scale_of(evidence)
    logs = np.log([0.5, 0.5, 0.1, NOISE**2])
    return GaussianProcess((conditioned(standardised(evidence, scale), logs, 0.25),), scale)


def test_the_factor_is_that_of_really_leaving_out_one_after_the_other():
    evidence = _rough()
    process = _too_sure(evidence)
    everyone = np.arange(len(evidence))
    errors, variances = [], []
    for one in everyone:
        others = of_some(replace(process, doubted=np.zeros(len(evidence))), evidence, everyone != one)
        mean, sd = others.mean_sd(evidence.points[[one]])
        errors.append(evidence.values[one] - mean[0])
        variances.append(sd[0] ** 2)
    noise = np.full(len(evidence), process.noise_sd**2)
    expected = calibration_factor(np.array(errors), np.array(variances), noise, anywhere(evidence))
    assert expected > 1.2
    assert widening(replace(process, doubted=np.zeros(len(evidence))), evidence) == pytest.approx(expected)


def test_a_widened_process_keeps_its_mean_and_noise_and_says_why():
    evidence = _rough()
    process = replace(_too_sure(evidence), doubted=np.zeros(len(evidence)))
    factor, asked = widening(process, evidence), np.random.default_rng(1).random((7, 2))
    wider = widened(process, evidence)
    (mean, sd), (new_mean, new_sd) = process.mean_sd(asked), wider.mean_sd(asked)
    assert new_mean == pytest.approx(mean)
    assert new_sd == pytest.approx(factor * sd)
    assert wider.noise_sd == pytest.approx(process.noise_sd)
    assert any("intervals are widened" in note for note in wider.notes)


def test_a_process_that_errs_less_than_it_expects_is_left_as_it_is():
    evidence = _rough()
    timid = replace(_too_sure(evidence), doubted=np.zeros(len(evidence)))
    level = evidence_of(evidence.points, 1e-3 * evidence.values + evidence.points[:, 0])
    scale, _ = scale_of(level)
    member = conditioned(standardised(level, scale), np.log([0.5, 0.5, 9.0, 0.5]), 0.25)
    timid = replace(timid, members=(member,), scale=scale)
    assert widening(timid, level) == 1.0
    assert widened(timid, level) is timid


def test_doubted_wells_widen_nothing():
    evidence = _rough(60)
    spoiled = evidence.values.copy()
    spoiled[4] *= 40
    process = fit_gaussian_process(evidence_of(evidence.points, spoiled), np.random.default_rng(0))
    assert process.doubted[4] > 0
    assert widening(process, evidence_of(evidence.points, spoiled)) < 1.2


def test_fewer_than_eight_observations_say_nothing_of_the_width():
    evidence = _rough(7)
    assert isinstance(fit(evidence, "auto", np.random.default_rng(0)), GaussianProcess)
