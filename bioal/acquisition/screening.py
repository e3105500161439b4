"""From all candidates to the few thousand that a batch is chosen from.

A short list is judged whole. A longer one is streamed: means of all, sd only for those that the largest
sd met could lift past the cut. A space that nobody can list is searched. The
shortlist holds the best by mean, by expected improvement and by sd, and a random share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bioal.acquisition.judging import LISTABLE, Judged, Screen, Shares
from bioal.acquisition.rows import distinct_rows
from bioal.acquisition.search import search
from bioal.acquisition.streaming import Stream, best_means
from bioal.evidence import Floats, Ints
from bioal.models.alone import means_alone

SHORT = 30_000  # up to here every candidate gets its sd
REFERENCE = 1024
_KEPT = 100_000
_SD_STEP = 8192
_GAPS = 20  # places of a list per candidate that are still gone through


@dataclass(frozen=True)
class Shortlist:
    """The candidates that a batch is chosen from, and a random sample of all to compare with."""

    judged: Judged
    settings: Ints
    reference: Judged


def shortlist(screen: Screen, shares: Shares, size: int, least: int, rng: np.random.Generator) -> Shortlist:
    """Return the free candidates worth a closer look, about `size` of them, all where they are fewer.

    Where factors are constant within a plate, every combination of them gets an equal part of the list,
    at least `least` candidates if it has them.
    """
    drawn = screen.free(screen.candidates.sample(REFERENCE + len(screen.taken), rng))
    reference = screen.judged(drawn[:REFERENCE])
    pool = _pool(screen, shares, size, rng).joined(reference)
    settings = screen.candidates.settings(pool.codes)
    values, counts = np.unique(settings, return_counts=True)
    # Combinations with few candidates leave their part to the others.
    part = max(_level(counts, size), least)
    rows = [_shared(screen, pool, np.flatnonzero(settings == value), shares, part, rng) for value in values]
    keep = np.concatenate([*rows, np.empty(0, np.intp)])
    return Shortlist(pool.rows(keep), settings[keep], reference)


def _level(counts: Ints, size: int) -> int:
    """Return the largest equal part such that no more than `size` are kept in all, at least 1."""
    parts = np.arange(1, max(2, size + 1))
    kept = np.minimum(counts[None, :], parts[:, None]).sum(axis=1)
    return int(parts[max(0, int(np.searchsorted(kept, size, side="right")) - 1)])


def _pool(screen: Screen, shares: Shares, size: int, rng: np.random.Generator) -> Judged:
    if listable(screen, SHORT):
        codes = screen.candidates.block(0, screen.candidates.places)
        return screen.judged(screen.free(codes[distinct_rows(codes)]))
    if not (shares.mean or shares.improvement):
        drawn = screen.candidates.sample(SHORT if shares.sd else size + len(screen.taken), rng)
        return screen.judged(screen.free(drawn))
    return _streamed(screen, size, rng) if listable(screen, screen.listable) else search(screen, rng)


def _shared(
    screen: Screen, pool: Judged, rows: Ints, shares: Shares, size: int, rng: np.random.Generator
) -> Ints:
    """Return the rows of one part of the shortlist, distinct, filled at random where the shares overlap."""
    if len(rows) <= size:
        return rows
    part = pool.rows(rows)
    scores = (screen.worth(part), screen.promise(part.mean, part.sd), part.sd)
    kept = [
        np.argsort(-score, kind="stable")[: round(share * size)]
        for score, share in zip(scores, (shares.mean, shares.improvement, shares.sd), strict=True)
    ]
    order = np.concatenate([*kept, rng.permutation(len(rows))])
    first = np.sort(np.unique(order, return_index=True)[1])[:size]
    return np.asarray(rows[np.sort(order[first])])


def listable(screen: Screen, most: float) -> bool:
    """Return whether the list is short enough to be gone through, gaps included."""
    return screen.candidates.size <= most and screen.candidates.places <= _GAPS * max(most, LISTABLE)


def _streamed(screen: Screen, size: int, rng: np.random.Generator) -> Judged:
    """Return the best of a long list: those by mean, and those whose sd may lift them past the cut."""
    stream = Stream(means_alone(screen.posterior), screen.utility, screen.candidates, screen.taken, _KEPT)
    kept = best_means(stream, screen.progress)
    # The means were of single precision: survivors are judged again.
    codes = kept.codes[np.lexsort([-kept.worth, _ranks(kept.worth, screen.candidates.settings(kept.codes))])]
    sample = screen.judged(screen.free(screen.candidates.sample(_SD_STEP, rng)))
    # The largest sd of a large sample stands in for the prior's, which not every posterior can name.
    reach = float(sample.sd.max(initial=0.0))
    judged = sample
    for start in range(0, len(codes), _SD_STEP):
        step = screen.judged(codes[start : start + _SD_STEP])
        judged = judged.joined(step)
        promise = screen.promise(judged.mean, judged.sd)
        cut = np.partition(promise, -size)[-size] if len(promise) >= size else -np.inf
        if screen.promise(step.mean, np.full(len(step), reach)).max() < cut:
            break
    return judged


def _ranks(worth: Floats, settings: Ints) -> Ints:
    """Return the rank of each candidate among those of its per-plate setting, the best 0, (m,).

    >>> _ranks(np.array([5.0, 9.0, 1.0, 2.0]), np.array([0, 0, 1, 1]))
    array([1, 0, 1, 0])
    """
    ranks = np.empty(len(worth), np.intp)
    for setting in np.unique(settings):
        rows = np.flatnonzero(settings == setting)
        ranks[rows[np.argsort(-worth[rows], kind="stable")]] = np.arange(len(rows))
    return ranks
