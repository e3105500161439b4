"""From evidence to what a batch is chosen by: about a yield, about outcomes, about a yield that may fail.

What is counted (a chance times a yield, the hidden function behind outcomes) and what is told to people (the
yield, the chance of a wanted outcome) may be two posteriors of the same evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bioal.acquisition.tasks import Utility
from bioal.evidence import Evidence, Floats
from bioal.models.chances import wanted_chances
from bioal.models.fitting import fit
from bioal.models.outcome_fitting import fit_outcomes
from bioal.models.outcomes import OutcomeEvidence
from bioal.models.posterior import Posterior
from bioal.models.requiring import Required, where_required
from bioal.strategies.failing import MayFail, Works
from bioal.strategies.pools import belief_of
from bioal.strategies.views import View, outcome_view, view_of

NOT_YET = (
    "Too few conditions have worked for the yield to be predicted: this batch looks for conditions that work."
)


@dataclass(frozen=True)
class Belief:
    """What a batch is chosen by.

    Parameters
    ----------
    counting
        The posterior whose utility is wanted.
    told
        The posterior that predictions are told from; None where they cannot be told yet.
    view
        What strategies see besides their task.
    known
        Points measured, (k, width), those that failed too.
    notes
        Sentences that a person should read, besides the posteriors' own.
    """

    counting: Posterior
    told: Posterior | None
    view: View
    known: Floats
    notes: tuple[str, ...] = ()


def outcomes_believed(
    evidence: OutcomeEvidence, model: object, wanted: tuple[int, ...], rng: np.random.Generator
) -> Belief:
    """Return the belief about outcomes; with none named, the last class is wanted."""
    outcomes = fit_outcomes(evidence, model, rng)
    wanted = wanted or (evidence.classes - 1,)
    counting = belief_of(outcomes, wanted, evidence.points, ordered=evidence.ordered)
    told = wanted_chances(outcomes, wanted, evidence.points)
    return Belief(counting, told, outcome_view(evidence, outcomes, wanted), evidence.points)


def yield_believed(
    evidence: Evidence,
    model: object,
    utility: Utility,
    rng: np.random.Generator,
    *,
    required: Sequence[Required] = (),
    works: Sequence[Works] = (),
) -> Belief:
    """Return the belief about a yield; the chances that it works, or is allowed, multiply it."""
    told = fit(evidence, model, rng)
    worst = float(evidence.values[np.argmin(utility(evidence.values))])
    counting: Posterior = told
    for one in works:
        counting = MayFail(counting, fit_outcomes(one.evidence, one.model, rng), one.codes, worst)
    notes: tuple[str, ...] = ()
    if required:
        counting, notes = where_required(counting, required, worst, rng)
    known = np.vstack([evidence.points, *(one.evidence.points for one in works)])
    return Belief(counting, told, view_of(evidence), np.unique(known, axis=0), notes)
