"""How far a Gaussian process may be trusted: leave-one-out predictions, and sentences for people.

Leaving one observation out of a fitted Gaussian process has a closed form (Rasmussen and Williams 2006,
equations 5.10 to 5.12), so every fit can be checked against each of its own observations at the price of
one matrix inverse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from bioal.evidence import Bools, Evidence, Floats, Ints
from bioal.models.conditioned import Conditioned
from bioal.models.likelihood import inverse
from bioal.models.pooling import UNTIED, untied
from bioal.models.scaling import Scale, moving_factors

STRANGE = 4.5  # sds from its left-out prediction at which an observation is named
FAR = 10.0  # times the whole range of all others
LITTLE = 0.25  # explained share that pure noise reaches too: up to 0.24 with 30 factors and 40 wells
FEWEST = 8  # observations below which a leave-one-out check says nothing


@dataclass(frozen=True)
class LeftOut:
    """What was measured, and what the rest predicted for it, noise included, shape (n,) each."""

    values: Floats
    means: Floats
    sds: Floats

    @property
    def scores(self) -> Floats:
        """Return the standardised residuals."""
        out: Floats = (self.values - self.means) / self.sds
        return out

    @property
    def log_score(self) -> float:
        """Return the mean log density of the measured values."""
        return float(np.mean(-0.5 * self.scores**2 - np.log(self.sds) - 0.5 * np.log(2.0 * np.pi)))

    def coverage(self, level: float = 0.9) -> float:
        """Return the share of values inside their central interval of this level."""
        return float(np.mean(np.abs(self.scores) <= ndtri(0.5 + level / 2.0)))

    @property
    def explained(self) -> float:
        """Return the share of variance that the left-out predictions explain; at most 1, 0 is nothing."""
        spread = np.sum((self.values - self.values.mean()) ** 2)
        return 1.0 - float(np.sum((self.values - self.means) ** 2) / spread) if spread else 0.0


def leave_one_out(members: tuple[Conditioned, ...], scale: Scale) -> LeftOut:
    """Return each observation as the others predict it at the fitted hyper-parameters.

    `members` are the Gaussian processes of one posterior. A censored observation stands with its
    pseudo-value.
    """
    values, means, variances = np.array([member.left_out for member in members]).transpose(1, 0, 2)
    sds = scale.spread * np.sqrt(variances.mean(axis=0) + means.var(axis=0))
    centre, spread = scale.centre, scale.spread
    return LeftOut(centre + spread * values[0], centre + spread * means.mean(axis=0), sds)


def usual_variances(left: LeftOut, doubted: Floats, members: tuple[Conditioned, ...], scale: Scale) -> Floats:
    """Return the variances of left-out predictions without what doubts have added, shape (n,).

    Beside a large doubt the difference has lost its digits; it is never less than the noise of one well.
    """
    noise = scale.spread**2 * float(np.mean([member.noise for member in members]))
    return np.where(doubted > 0, np.maximum(left.sds**2 - doubted, noise), left.sds**2)


def jitter_notes(jitter: float) -> tuple[str, ...]:
    """Return what a jitter means for a person; nothing where there was none."""
    if not jitter:
        return ()
    return (
        "Some conditions are so alike that the model could not tell them apart: they are taken to differ by"
        f" measurement noise, {np.sqrt(jitter):.1e} of the spread of all values.",
    )


def notes_on_evidence(evidence: Evidence, doubted: Floats) -> tuple[str, ...]:
    """Return what can be said of the evidence alone; `doubted` as for `notes_on_fit`."""
    tied = (UNTIED,) if untied(evidence) else ()
    return (*_still_factors(evidence), *_far_values(evidence, doubted == 0), *_bounds(evidence), *tied)


def notes_on_fit(
    evidence: Evidence, members: tuple[Conditioned, ...], scale: Scale, doubted: Floats
) -> tuple[str, ...]:
    """Return what leaving out each observation shows.

    `doubted` is the variance that observations were given because no others support them, shape (n,).
    """
    measured = ~evidence.censored
    if measured.sum() < FEWEST or not scale.measured:
        return ()
    left = leave_one_out(members, scale)
    usual = LeftOut(left.values, left.means, np.sqrt(usual_variances(left, doubted, members, scale)))
    trusted = measured & (doubted == 0)
    kept = LeftOut(left.values[trusted], left.means[trusted], left.sds[trusted])
    return (*_strange(evidence, usual, doubted), *_little_learnt(kept))


def _still_factors(evidence: Evidence) -> tuple[str, ...]:
    if len(evidence) < 2:
        return ()
    still = np.setdiff1d(np.unique(evidence.groups), moving_factors(evidence))
    if not len(still):
        return ()
    return (
        f"{_named('Factor', still)} had the same value in all observations: what is predicted at other"
        " values is a guess.",
    )


def _far_values(evidence: Evidence, trusted: Bools) -> tuple[str, ...]:
    """Name the lowest or highest value when it is many ranges away from all others and counts in full."""
    if len(evidence) < 5:
        return ()
    order = np.argsort(evidence.values)
    ordered = evidence.values[order]
    gaps = {order[0]: (ordered[1] - ordered[0], ordered[-1] - ordered[1])}
    gaps[order[-1]] = (ordered[-1] - ordered[-2], ordered[-2] - ordered[0])
    return tuple(
        f"Observation {row + 1} ({evidence.values[row]:.4g}) is further from all others than {FAR:.0f} times"
        " their whole range: if it is a mistake, correct or exclude it, since it changes every prediction."
        for row, (gap, others) in gaps.items()
        if gap > FAR * others > 0 and trusted[row]
    )


def _bounds(evidence: Evidence) -> tuple[str, ...]:
    if not len(evidence) or not evidence.censored.all():
        return ()
    return ("Every result is below limit or over range: how large the readout is remains open.",)


def _strange(evidence: Evidence, left: LeftOut, doubted: Floats) -> tuple[str, ...]:
    """Name the strangest observations, and say what was done about each."""
    scores = np.abs(left.scores)
    strange = np.flatnonzero(~evidence.censored & ((scores > STRANGE) | (doubted > 0)))
    return tuple(
        f"Observation {row + 1} ({evidence.values[row]:.4g}) is {scores[row]:.1f} times the usual error away"
        f" from what all others suggest ({left.means[row]:.4g}): {_what_to_do(evidence, doubted, row)}"
        for row in strange[np.argsort(-scores[strange], kind="stable")][:5]
    )


def _what_to_do(evidence: Evidence, doubted: Floats, row: int) -> str:
    if doubted[row]:
        return (
            "it was given little weight. Look at its well, or repeat it: it will count in full once a second"
            " well agrees."
        )
    if evidence.counts[row] > 1:
        return "as a mean of replicates it counts in full. Repeat it or look at its wells."
    return "repeat it or look at its well."


def _little_learnt(left: LeftOut) -> tuple[str, ...]:
    if left.explained > LITTLE:
        return ()
    share = max(round(100 * left.explained), 0)
    return (
        f"The factors do not yet predict the readout: they account for {share} % of the differences between"
        " results that were held back for a test.",
    )


def _named(word: str, numbers: Ints) -> str:
    listed = ", ".join(str(int(number) + 1) for number in numbers)
    return f"{word}{'s' if len(numbers) > 1 else ''} {listed}"


def leave_conditions_out(members: tuple[Conditioned, ...], scale: Scale, which: Ints) -> LeftOut:
    """Return each observation as all observations of other conditions predict it.

    What is known of a condition from several plates is left out together: with K the covariance of all n
    values and G the observations of one condition, the residuals of G are the solution r of
    (K^-1)_GG r = (K^-1 y)_G, with covariance ((K^-1)_GG)^-1.

    Parameters
    ----------
    which
        The condition of each observation, as a number, shape (n,).
    """
    moments = np.array([_conditions_left_out(member, which) for member in members])
    values, means, variances = moments.transpose(1, 0, 2)
    sds = scale.spread * np.sqrt(variances.mean(axis=0) + means.var(axis=0))
    centre, spread = scale.centre, scale.spread
    return LeftOut(centre + spread * values[0], centre + spread * means.mean(axis=0), sds)


def _conditions_left_out(member: Conditioned, which: Ints) -> tuple[Floats, Floats, Floats]:
    precision = inverse(member.lower)
    values = member.lower @ (member.lower.T @ member.weights)
    means, variances = np.empty(len(values)), np.empty(len(values))
    order = np.argsort(which, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(which[order])) + 1):
        covariance = np.linalg.inv(precision[np.ix_(rows, rows)])
        means[rows] = values[rows] - covariance @ member.weights[rows]
        variances[rows] = np.diag(covariance)
    return values, means, variances
