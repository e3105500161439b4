"""Query synthesis: conditions made up between a success and a failure, to find the border in few wells.

Bisection halves the bracket with each result; orthogonal offsets leave the line between the two, along the
border; the nearest candidates that can be made stand for what was made up (Wang, Hu, Yuan and Lu 2015, doi
10.1016/j.neucom.2014.06.042).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.distance import cdist

from bioal.acquisition.tasks import Picks, picks_of
from bioal.errors import UsageError
from bioal.evidence import Bools, Floats, Ints
from bioal.models.outcomes import OutcomeModel
from bioal.strategies.conditioning import conditioned_batch
from bioal.strategies.diversity import core_set, scaled_points
from bioal.strategies.pools import Pool
from bioal.strategies.scorings import spread
from bioal.strategies.training import filled

_PLACES = 21  # along a bracket where its crossing is looked for


@dataclass(frozen=True)
class Bracket:
    """A success and a failure, points (width,), with the border somewhere between them.

    >>> Bracket(np.array([2.0, 5.0, 4.0]), np.array([6.0, 4.0, 3.0])).middle.tolist()
    [4.0, 4.5, 3.5]
    """

    success: Floats
    failure: Floats

    @property
    def middle(self) -> Floats:
        """Return the point to measure next."""
        return np.asarray((self.success + self.failure) / 2)

    @property
    def length(self) -> float:
        """Return how far the two ends are apart; half of it bounds the error of the middle."""
        return float(np.linalg.norm(self.success - self.failure))

    def after(self, succeeded: bool) -> Bracket:
        """Return the half that the result of the middle leaves."""
        return replace(self, success=self.middle) if succeeded else replace(self, failure=self.middle)


def orthogonal_spread(bracket: Bracket, count: int, rng: np.random.Generator) -> Floats:
    """Return points about the middle, off the line by as much as its ends are apart, (count, width).

    Offsets are orthogonal to the line (Gram-Schmidt on random directions), and to each other as long as
    there are dimensions left; in one dimension there are none, and the middle is returned.
    """
    along = bracket.success - bracket.failure
    width = len(along)
    if width < 2 or not bracket.length:
        return np.repeat(bracket.middle[None], count, axis=0)
    offsets = np.empty((0, width))
    while len(offsets) < count:
        drawn = np.column_stack([along, rng.standard_normal((width, width - 1))])
        basis, _ = np.linalg.qr(drawn)
        # QR may turn a direction; the sign of a random one does not matter.
        offsets = np.vstack([offsets, basis[:, 1:].T])
    return np.asarray(bracket.middle + bracket.length * offsets[:count])


Distance = Callable[[Floats, Floats, Ints, Bools], Floats]


def euclidean(points: Floats, others: Floats, _groups: Ints, categorical: Bools) -> Floats:
    """Return Euclidean distances, another option counting as 1, shape (m, k)."""
    return np.asarray(cdist(scaled_points(points, categorical), scaled_points(others, categorical)))


def cosine(points: Floats, others: Floats, _groups: Ints, categorical: Bools) -> Floats:
    """Return cosine distances of scaled points, shape (m, k); a point at the origin is 1 from all."""
    left, right = scaled_points(points, categorical), scaled_points(others, categorical)
    sizes = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)
    alike = np.divide(left @ right.T, sizes, out=np.zeros(sizes.shape), where=sizes > 0)
    return np.asarray(1.0 - alike)


def gower(points: Floats, others: Floats, groups: Ints, categorical: Bools) -> Floats:
    """Return Gower distances, shape (m, k): the mean over factors of |difference| or of 'another option'.

    Gower 1971, doi 10.2307/2528823; numeric factors have a range of 1, options are 0/1 columns.
    """
    # Another option differs in two columns, its own and the one it is not.
    weights = np.where(categorical, 0.5, 1.0) / (groups.max(initial=0) + 1)
    return np.asarray(cdist(points * weights, others * weights, "cityblock"))


METRICS: Mapping[str, Distance] = {"euclidean": euclidean, "cosine": cosine, "gower": gower}


def nearest_candidates(
    points: Floats,
    candidates: Floats,
    *,
    metric: str = "gower",
    groups: Ints | None = None,
    categorical: Bools | None = None,
) -> Ints:
    """Return for each made-up point the nearest candidate, each candidate once, (min(n, m),).

    Points come in order of importance: the first takes its nearest, the second its nearest of the rest.

    Raises
    ------
    UsageError
        If there is no such metric.
    """
    if metric not in METRICS:
        raise UsageError(f'There is no metric "{metric}". Metrics: {", ".join(METRICS)}.')
    width = candidates.shape[1]
    groups = np.arange(width, dtype=np.intp) if groups is None else groups
    categorical = np.zeros(width, bool) if categorical is None else categorical
    apart = METRICS[metric](points, candidates, groups, categorical)
    rows = []
    for distances in apart[: len(candidates)]:
        row = int(np.argmin(distances))
        rows.append(row)
        apart[:, row] = np.inf
    return np.array(rows, np.intp)


def brackets(known: Floats, succeeded: Bools, categorical: Bools) -> list[Bracket]:
    """Return pairs of success and failure with nothing measured between them, the widest first.

    Between means inside the sphere that has the pair as its diameter (Gabriel and Sokal 1969, doi
    10.2307/2412323): a pair with something inside has a narrower bracket.
    """
    scaled = scaled_points(known, categorical)
    good, bad = np.flatnonzero(succeeded), np.flatnonzero(~succeeded)
    squares = np.square(cdist(scaled, scaled))
    pairs = []
    for one in good:
        inside = squares[one][:, None] + squares[:, bad] < squares[one, bad] - 1e-12
        pairs += [(one, other) for other in bad[~inside.any(axis=0)]]
    pairs.sort(key=lambda pair: -squares[pair])
    return [Bracket(known[one], known[other]) for one, other in pairs]


def crossing(bracket: Bracket, outcomes: OutcomeModel, successes: Sequence[int]) -> Floats:
    """Return the point between the ends where success and failure are as likely, (width,).

    `successes` are classes. A model that has learnt nothing answers with the middle.
    """
    shares = np.linspace(0, 1, _PLACES)[:, None]
    between = bracket.failure + shares * (bracket.success - bracket.failure)
    doubt = np.abs(outcomes.predict_proba(between)[:, list(successes)].sum(axis=1) - 0.5)
    # Of places as doubtful the one nearest the middle.
    near = np.flatnonzero(doubt <= doubt.min() + 1e-9)
    return np.asarray(between[near[np.argmin(np.abs(near - _PLACES // 2))]])


def _successes(pool: Pool) -> tuple[int, ...]:
    won = np.isin(pool.codes, pool.successes)
    if pool.wanted and won.any() and not won.all():
        return pool.wanted
    seen = np.unique(pool.codes)
    return tuple(range(int(seen[len(seen) // 2]), pool.outcomes.classes))


def synthesis_batch(pool: Pool, rng: np.random.Generator) -> Picks:
    """Choose the candidates nearest to crossings of brackets, and as many spread off the brackets' lines.

    A success is what is wanted; where that or its contrary was never seen, the upper half of what was seen.
    Without two different outcomes the least known candidates are taken.
    """
    if not pool.decided:
        return conditioned_batch(pool, spread(pool, rng), rng)
    successes = _successes(pool)
    found = brackets(pool.task.known, np.isin(pool.codes, successes), pool.categorical)
    places = np.array([crossing(one, pool.outcomes, successes) for one in found])
    # The widest bracket's crossing is usually farthest from all that is known; the next one from that, too.
    every = scaled_points(places, pool.categorical)
    order, _ = core_set(every, pool.occupied, min(len(found), -(-pool.task.count // 2)))
    turns = -(-(pool.task.count - len(order)) // len(order))
    offsets = [orthogonal_spread(found[row], turns, rng) for row in order]
    wanted = [*places[order], *(points[turn] for turn in range(turns) for points in offsets)]
    rows = nearest_candidates(
        np.clip(wanted[: pool.task.count], 0, 1),
        pool.task.points,
        groups=pool.groups,
        categorical=pool.categorical,
    )
    return filled(pool, picks_of(rows, np.zeros(len(rows))), pool.task.sd, rng)
