"""Stop or go on: how much better the best of all conditions may be than the best so far.

Both come from the posterior's joint paths: on each path, a way the world may be, the *remaining gain* is what
the best of all allowed conditions has over the best so far. It is never negative. What one more plate brings
is less: its wells are few and noisy. It is the rise to be expected of the best posterior mean, by Gaussian
conditioning on a plate that is chosen as the next one would be (the batch form of the knowledge gradient,
Frazier et al. 2009, doi 10.1287/ijoc.1080.0314). Wells that answer with a word have no scatter to condition
with: for chances the rise is told that everything known would bring, more than any plate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bioal.acquisition.batch import greedy, improvement_payment
from bioal.acquisition.candidates import Candidates, Codes
from bioal.acquisition.focus import Focused
from bioal.acquisition.judging import Judged, Screen, Shares
from bioal.acquisition.rows import distinct_rows
from bioal.acquisition.screening import SHORT, shortlist
from bioal.acquisition.tasks import Utility, utility_moments
from bioal.evidence import Floats, Ints
from bioal.models.chances import Chances
from bioal.models.posterior import Posterior
from bioal.report.believing import draws_of, limited

WHOLE = 1000  # conditions up to which paths run over the whole space
PATHS = 512
_SHARES = Shares(mean=0.2, improvement=0.5, sd=0.2, random=0.1)
DOUBT, MOST_DOUBT = 1.25, 1.0
_KNOWN = 64  # measured conditions that may be the best after another plate
_LOOKS = 2  # how often the neighbours of what is best on some path are looked at


@dataclass(frozen=True)
class Doubt:
    """How far the posterior's own spread is trusted when it speaks of the best of all conditions.

    Each path's deviations from the mean are multiplied by a factor of its own, whose logarithm is normal
    about 0 with this `sd`.
    """

    sd: float

    def factors(self, count: int, rng: np.random.Generator) -> Floats:
        """Return a factor for each path, (count,)."""
        return np.asarray(np.exp(self.sd * rng.standard_normal(count)))

    @property
    def nodes(self) -> tuple[tuple[float, float], ...]:
        """Return three factors and their weights, which integrate over all (Gauss-Hermite)."""
        reach = np.sqrt(3.0) * self.sd
        return tuple(zip(np.exp([-reach, 0.0, reach]).tolist(), (1 / 6, 2 / 3, 1 / 6), strict=True))


TRUSTED = Doubt(0.0)


def usual_doubt(conditions: int, factors: int) -> Doubt:
    """Return the doubt where so many conditions of so many factors were measured.

    How high the peaks of a function are is the last thing that few wells tell, and each factor has a
    length-scale of its own to be learnt from them: the doubt is that of a mean of conditions / factors
    values. `DOUBT` was found with benchmarks/stopping.py, which says how often the interval holds.
    """
    return Doubt(min(DOUBT * np.sqrt(max(factors, 1) / max(conditions, 1)), MOST_DOUBT))


@dataclass(frozen=True)
class Outlook:
    """What is still to be found, in utility: larger is better, in the readout's unit.

    Parameters
    ----------
    gains
        The remaining gain on each path, shape (paths,).
    plate
        The expected rise of the best by one more plate; of chances, were every condition known.
    conditions
        How many conditions that plate holds.
    noise
        Standard deviation of the mean of a good condition's replicates; of chances, what is worth a round.
    whole
        Whether every allowed condition was looked at; else the most promising of them.
    of_chances
        Whether it speaks of chances of outcomes, in percentage points.
    """

    gains: Floats
    plate: float
    conditions: int
    noise: float
    whole: bool
    of_chances: bool = False

    @property
    def interval(self) -> tuple[float, float]:
        """Return the ends of the 90 % interval of the remaining gain."""
        low, high = np.quantile(self.gains, [0.05, 0.95])
        return float(low), float(high)

    @property
    def chance(self) -> float:
        """Return the probability that some condition is better by more than the noise."""
        return float(np.mean(self.gains > self.noise))


@dataclass(frozen=True)
class Ground:
    """What an outlook is taken from.

    Parameters
    ----------
    posterior, utility
        The belief about the readout, and what a value of the readout is worth.
    candidates
        All conditions that are allowed.
    known
        Points of the measured conditions, (k, width), the best so far first.
    starts
        Codes of good measured conditions, where a search may begin.
    noise
        Standard deviation of the mean of a good condition's replicates; of chances, what is worth a round.
    doubt
        How far the posterior's spread is trusted.
    """

    posterior: Posterior
    utility: Utility
    candidates: Candidates
    known: Floats
    starts: Codes
    noise: float
    doubt: Doubt

    def paths(self, points: Floats, rng: np.random.Generator) -> Floats:
        """Return the utility along paths, doubted, (m, paths)."""
        drawn, middle = draws_of(self.posterior, points, PATHS, rng), self.posterior.mean(points)[:, None]
        doubted = middle + self.doubt.factors(PATHS, rng) * (drawn - middle)
        return self.utility(limited(self.posterior, doubted))


def outlook(ground: Ground, conditions: int, rng: np.random.Generator) -> Outlook:
    """Return what is still to be found, and what one more plate of so many conditions would bring."""
    codes, whole = _places(ground, rng)
    points = ground.candidates.points(codes)
    everything = np.vstack([points, ground.known[:_KNOWN]])
    paths = ground.paths(everything, rng)
    offered, known = paths[: len(points)], paths[len(points) :]
    gains = np.maximum(paths.max(axis=0) - known[0], 0.0)
    if isinstance(ground.posterior, Chances):
        rise = max(float(paths.max(axis=0).mean() - known.mean(axis=1).max()), 0.0)
        return Outlook(gains, rise, conditions, ground.noise, whole, of_chances=True)
    picked = _plate(ground, points, offered, known, conditions)
    rises = [
        weight * expected_rise(ground, points[picked], ground.noise, rng, factor=factor)
        for factor, weight in ground.doubt.nodes
    ]
    rise = float(sum(rises))
    return Outlook(gains, rise, conditions, ground.noise, whole)


def expected_rise(
    ground: Ground, plate: Floats, noise: float, rng: np.random.Generator, *, factor: float = 1.0
) -> float:
    """Return by how much the best mean utility is expected to rise when these points are measured.

    Parameters
    ----------
    plate
        Points (k, width) to be measured.
    noise
        Standard deviation of one condition's measurement.
    factor
        What the posterior's deviations are multiplied by.
    """
    if not len(plate):
        return 0.0
    known = ground.known[:_KNOWN]
    points = np.vstack([known, plate])
    believed = Focused(ground.posterior, factor)
    mean, sd = believed.mean_sd(points)
    joint = believed.covariance(points, plate)
    seen = joint[len(known) :] + max(noise, 1e-6 * float(sd.max() or 1.0)) ** 2 * np.eye(len(plate))
    # Of the singular values only the positive ones carry information; rounding may leave others.
    values, vectors = np.linalg.eigh((seen + seen.T) / 2)
    kept = values > 1e-12 * values[-1]
    moves = joint @ vectors[:, kept] / np.sqrt(values[kept])
    left = np.sqrt(np.maximum(sd**2 - np.square(moves).sum(axis=1), 0.0))
    drawn = rng.standard_normal((moves.shape[1], PATHS // 2))
    after = mean[:, None] + moves @ np.hstack([drawn, -drawn])
    worth, _ = utility_moments(after, left[:, None], ground.utility)
    now, _ = utility_moments(mean[: len(known)], sd[: len(known)], ground.utility)
    return max(float(worth.max(axis=0).mean() - now.max()), 0.0)


def _plate(ground: Ground, points: Floats, offered: Floats, known: Floats, conditions: int) -> Ints:
    """Return the rows of a plate that raises the best over paths most, filled by what promises most."""
    payments = improvement_payment(offered, known, known[:0])
    rows, _, _ = greedy(payments, np.ones(len(points), bool), conditions)
    promise = np.maximum(payments.offered, 0).mean(axis=1)
    promise[rows] = -np.inf
    order = np.argsort(-promise, kind="stable")[: len(points) - len(rows)]
    return np.append(rows, order[: conditions - len(rows)]).astype(np.intp)


def _places(ground: Ground, rng: np.random.Generator) -> tuple[Codes, bool]:
    """Return the conditions that paths run over, and whether these are all."""
    candidates = ground.candidates
    if candidates.size <= WHOLE and candidates.places <= 20 * WHOLE:
        codes = candidates.block(0, candidates.places)
        return codes[distinct_rows(codes)], True
    mean, sd = ground.posterior.mean_sd(ground.known[:1])
    incumbent = float(utility_moments(mean, sd, ground.utility)[0][0])
    nothing = ground.starts[:0]
    # A long list is searched rather than gone through: what is wanted is a height, not every place.
    screen = Screen(
        ground.posterior, ground.utility, incumbent, candidates, nothing, ground.starts, listable=SHORT
    )
    codes = shortlist(screen, _SHARES, WHOLE, 1, rng).judged.codes
    for _ in range(_LOOKS):
        codes = _around(screen, codes, rng)
    return codes, False


def _around(screen: Screen, codes: Codes, rng: np.random.Generator) -> Codes:
    """Return the conditions that are best on some path, their neighbours, and as many others as fit."""
    paths = screen.utility(screen.posterior.paths(screen.candidates.points(codes), PATHS // 2, rng))
    winners = codes[np.unique(paths.argmax(axis=0))]
    near = screen.judged(screen.candidates.neighbours(winners))
    judged = _promising(screen, near, WHOLE // 2)
    # Those that are best on some path come first, then their neighbours, then what was there before.
    everything = np.concatenate([winners, judged.codes, codes])
    return everything[distinct_rows(everything)][:WHOLE]


def _promising(screen: Screen, judged: Judged, count: int) -> Judged:
    order = np.argsort(-screen.promise(judged.mean, judged.sd), kind="stable")
    return judged.rows(order[:count])
