"""Start designs: conditions that stand for the whole space as well as so few can.

The design has the smallest energy distance to a large feasible sample (support points, Mak and Joseph
2018, doi 10.1214/17-AOS1629): it fills the space evenly, levels and options in their shares, inside any
constraint, and around conditions that are there already. Exchanges then improve the greedy design.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from bioal.acquisition.candidates import Candidates, Codes
from bioal.acquisition.rows import distinct_rows, rows_among
from bioal.evidence import Floats, Ints

POOL = 2048
_SWEEPS = 3


def space_filling(
    candidates: Candidates, count: int, rng: np.random.Generator, *, taken: Codes, beside: Floats
) -> Codes:
    """Return up to `count` distinct free candidates that fill the space evenly.

    Parameters
    ----------
    candidates
        Where to choose from; those in `taken` are not chosen.
    count
        How many; all free ones where there are no more.
    rng
        Source of the sample and so of the design.
    taken
        Codes that are measured or pending.
    beside
        Points (k, width) that are there already: the design keeps away from them.
    """
    codes = _sample(candidates, max(POOL, 4 * count), taken, rng)
    if len(codes) <= count:
        return codes
    return codes[support_points(candidates.points(codes), count, beside=beside)]


def support_points(points: Floats, count: int, *, beside: Floats | None = None) -> Ints:
    """Return which `count` points (m, width), beside others, have the least energy distance to all of them.

    Energy of a design D: 2 mean |d - p| over d in D and all p, minus mean |d - d'| over pairs in D.

    On 30 smooth random functions of 4, 6 and 11 factors at four levels, a Gaussian process fitted to 16, 24
    and 32 such conditions missed the rest by 0.38, 0.53 and 0.66 sd, against 0.46, 0.57 and 0.71 after
    random conditions and 0.44, 0.62 and 0.75 after greedy maximin ones, which crowd at the corners.
    """
    beside = points[:0] if beside is None else beside
    apart = cdist(points, points)
    attraction, repulsion = apart.mean(axis=1), cdist(points, beside).sum(axis=1)
    chosen: list[int] = []
    for _ in range(min(count, len(points))):
        size = len(beside) + len(chosen) + 1
        energy = attraction - repulsion / size
        energy[chosen] = np.inf
        chosen.append(int(np.argmin(energy)))
        repulsion += apart[chosen[-1]]
    return _exchanged(np.array(chosen, np.intp), attraction, repulsion, apart, len(beside))


def _exchanged(chosen: Ints, attraction: Floats, repulsion: Floats, apart: Floats, beside: int) -> Ints:
    """Replace members by better ones until a sweep changes nothing."""
    size = len(chosen) + beside
    for _ in range(_SWEEPS):
        before = chosen.copy()
        for place, member in enumerate(chosen):
            repulsion -= apart[member]
            energy = attraction - repulsion / size
            energy[np.delete(chosen, place)] = np.inf
            better = int(np.argmin(energy))
            chosen[place] = better if energy[better] < energy[member] else member
            repulsion += apart[chosen[place]]
        if np.array_equal(before, chosen):
            break
    return chosen


def _sample(candidates: Candidates, size: int, taken: Codes, rng: np.random.Generator) -> Codes:
    codes = candidates.sample(size + len(taken), rng)
    codes = codes[distinct_rows(codes)]
    return codes[~rows_among(codes, taken)][:size]


def plate_designs(
    candidates: Candidates, plates: tuple[int, ...], rng: np.random.Generator, *, taken: Codes, beside: Floats
) -> tuple[Codes, Ints]:
    """Return a start design over plates, and the plate of each row, (count,).

    Where factors are constant within a plate, the plates' settings fill the space of settings, each plate
    is filled within its own, and with fewer plates than settings some settings wait for a later round.
    """
    codes = _sample(candidates, 8 * POOL, taken, rng)
    settings = candidates.settings(codes)
    values = np.unique(settings)
    if len(values) < 2:
        design = space_filling(candidates, sum(plates), rng, taken=taken, beside=beside)
        return design, dealt(len(design), plates)
    points = candidates.points(codes)
    middles = np.array([points[settings == value].mean(axis=0) for value in values])
    rows, numbers = np.empty(0, np.intp), np.empty(0, np.intp)
    for plate, which in enumerate(_cycled(middles, len(plates))):
        free = np.setdiff1d(np.flatnonzero(settings == values[which]), rows)[:POOL]
        there = np.vstack([beside, points[rows]])
        rows = np.append(rows, free[support_points(points[free], plates[plate], beside=there)])
        numbers = np.append(numbers, np.full(len(rows) - len(numbers), plate))
    return codes[rows], numbers


def dealt(count: int, plates: tuple[int, ...]) -> Ints:
    """Return plate numbers dealt in turn to rows, no plate getting more than its share.

    >>> dealt(5, (3, 2))
    array([0, 1, 0, 1, 0])
    """
    turns = [(turn, plate) for plate, share in enumerate(plates) for turn in range(share)]
    return np.array([plate for _, plate in sorted(turns)][:count], np.intp)


def _cycled(middles: Floats, count: int) -> Ints:
    """Return which setting each plate gets: spread out, every setting used once before any is used twice."""
    spread = support_points(middles, min(count, len(middles)))
    return np.resize(spread, count)
