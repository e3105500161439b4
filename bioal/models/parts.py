"""The parts of a mixture: how each is fitted to all results, and to some of them to be judged by the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bioal.evidence import Bools, Evidence
from bioal.models.ensembles import EXTRA_TREES, Recipe, ensemble
from bioal.models.gaussian_process import GaussianProcess, fit_gaussian_process, of_some
from bioal.models.mixture import Part, fit_mixture
from bioal.models.pooling import same_points, too_little
from bioal.models.posterior import Posterior
from bioal.models.priors import GPSettings

FEWEST_TO_STACK = 8  # conditions from which on folds say who predicts better
SETTLED = 80  # conditions whose hyper-parameters stay where they are without a fifth of them


def process_part(prior: float) -> Part:
    """Return the Gaussian process as a part."""
    return Part("Gaussian process", _process, prior, _process_of_some)


def _process(evidence: Evidence, rng: np.random.Generator) -> Posterior:
    return fit_gaussian_process(evidence, rng)


def _process_of_some(
    whole: Posterior, evidence: Evidence, keep: Bools, rng: np.random.Generator
) -> Posterior:
    # A fifth less of a hundred conditions moves no hyper-parameter far; of a dozen it does.
    if isinstance(whole, GaussianProcess) and len(same_points(evidence.rows(keep))[0]) >= SETTLED:
        return of_some(whole, evidence, keep)
    # One start is enough to judge by; the fit that is kept has several.
    return fit_gaussian_process(evidence.rows(keep), rng, settings=GPSettings(starts=1))


def ensemble_part(recipe: Recipe, prior: float) -> Part:
    """Return an ensemble as a part."""
    # Half the members judge almost as well as all; the fit that is kept has them all.
    half = ensemble(replace(recipe, members=recipe.members // 2))

    def refit(_whole: Posterior, evidence: Evidence, keep: Bools, rng: np.random.Generator) -> Posterior:
        return half(evidence.rows(keep), rng)

    return Part(recipe.name, ensemble(recipe), prior, refit)


# The parts of "mixture". On twelve finished experiments (60 or 96 random wells, the rest predicted) it
# explained 59.1 % of the variance, the Gaussian process 58.5 %, the extra trees 55.4 %. Replayed with focused
# batches (20 seeds), a quarter of extra trees changed the mean regret by 0.003 +- 0.003, half of them by
# 0.007 +- 0.004: so trees have to show on held-out results that they predict better before they count.
PROCESS_AND_TREES: tuple[Part, ...] = (process_part(0.95), ensemble_part(EXTRA_TREES, 0.05))


def stacked(evidence: Evidence, parts: Sequence[Part], rng: np.random.Generator) -> Posterior:
    """Return the mixture of these parts; the Gaussian process where there is too little to judge them by."""
    if too_little(evidence) or len(evidence) < FEWEST_TO_STACK:
        return fit_gaussian_process(evidence, rng)
    return fit_mixture(evidence, parts, rng)
