"""Gaussian processes of outcomes, whatever the outcomes are like."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bioal.models.one_against_rest import OneAgainstRest, fit_one_against_rest
from bioal.models.ordinal_process import OrdinalProcess, fit_ordinal_process
from bioal.models.outcomes import OutcomeEvidence, OutcomeModel

FitOutcomes = Callable[[OutcomeEvidence, np.random.Generator], OutcomeModel]


def fit_process(
    evidence: OutcomeEvidence, _rng: np.random.Generator
) -> OrdinalProcess | OneAgainstRest:
    """Return a Gaussian process: with thresholds for two or ordered outcomes, else one per class."""
    if evidence.ordered or evidence.classes == 2:
        return fit_ordinal_process(evidence)
    return fit_one_against_rest(evidence)
