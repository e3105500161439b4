"""The promising part of a space too large to list: random starts, then one step of one factor at a time.

A beam of the best candidates is replaced by the best among it and its neighbours until nothing better turns
up: many narrow ones by expected improvement, each from a part of the random candidates and one from about the
best known, so that they end on different hills, and a wide one by mean, from all of them. In CETCH's space
one wide beam by expected improvement ended on hills of 3.228 to 3.312 by its mean, and the batch gained 3.614
to 3.638, as the seed would have it; of sixteen narrow ones in as much time the best is 3.312
(benchmarks/large_space.py).
Everything that was met on the way is returned: the road to an optimum is where a batch is chosen from.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bioal.acquisition.candidates import Codes
from bioal.acquisition.judging import Judged, Screen
from bioal.acquisition.rows import rows_among
from bioal.evidence import Floats

STARTS = 8192
ISLANDS, NARROW, WIDE = 16, 4, 32  # climbs by expected improvement, their width, that of the one by mean
ROUNDS = 150  # a bound that no climb should meet: it ends where the beam stands still
_KEPT = 2048

Score = Callable[[Judged], Floats]


def search(screen: Screen, rng: np.random.Generator) -> Judged:
    """Return the distinct free candidates that were met and are worth keeping."""
    drawn = screen.candidates.sample(STARTS, rng)
    met = screen.judged(screen.free(drawn))
    known = _judged_neighbours(screen, screen.starts)
    parts = [met.rows(np.arange(island, len(met), ISLANDS)) for island in range(ISLANDS)]
    climbs = [
        climb(screen, part, lambda some: screen.promise(some.mean, some.sd), NARROW)
        for part in (*parts, known)
    ]
    met = met.joined(known)
    return met.joined(*climbs, climb(screen, met, screen.worth, WIDE))


def climb(screen: Screen, start: Judged, score: Score, width: int) -> Judged:
    """Return the best candidates met while a beam climbs from the best of `start` along the neighbours."""
    best = _top(start, score, _KEPT)
    expanded = start.codes[:0]
    for _ in range(ROUNDS):
        beam = _top(best.rows(~rows_among(best.codes, expanded)), score, width)
        if not len(beam):
            break
        expanded = np.concatenate([expanded, beam.codes])
        before = _top(best, score, width)
        best = _top(best.joined(_judged_neighbours(screen, beam.codes)), score, _KEPT)
        if np.array_equal(before.codes, _top(best, score, width).codes):
            break
    return best


def _judged_neighbours(screen: Screen, codes: Codes) -> Judged:
    return screen.judged(screen.free(screen.candidates.neighbours(codes)))


def _top(judged: Judged, score: Score, count: int) -> Judged:
    if not len(judged):
        return judged
    return judged.rows(np.argsort(-score(judged), kind="stable")[:count])
