"""What each factor does, asked of the posterior over the allowed space.

The *total index* of a factor is the share of the readout's variance over all allowed conditions that is lost
to somebody who knows every factor but this one (Homma and Saltelli 1996, doi 10.1016/0951-8320(96)00002-6).
It is estimated by Jansen's formula, E[(f(x) - f(x'))^2] / (2 Var f), where x' differs from x in this factor
alone, drawn anew among the levels that are allowed beside the others (Jansen 1999, doi
10.1016/S0010-4655(98)00154-4). The *interaction* of two factors is what their joint change does beyond their
single changes, E[(f(x) - f(x_i) - f(x_j) + f(x_ij))^2] / (4 Var f) (Liu and Owen 2006, doi
10.1198/016214505000001410).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from bioal.acquisition.candidates import Codes
from bioal.evidence import Floats, Ints
from bioal.models.posterior import Posterior
from bioal.protocol.factors import INACTIVE
from bioal.protocol.space import Space
from bioal.report.believing import draws_of, interval_of
from bioal.report.material import Material

POINTS = 1600  # points of a joint path: pairs times factors
PATHS = 64
PAIRS = 256  # pairs of conditions that an interaction is the mean of
MOST = 10  # factors between which interactions are shown
GRID = 21  # levels of a factor in a contour


@dataclass(frozen=True)
class Effects:
    """What the factors do.

    Parameters
    ----------
    importance
        Index factor; columns total, low, high (90 % interval over paths), permutation (rise of the squared
        error at the measured conditions when the factor is shuffled, by the variance of the measurements),
        fixed (whether it can move alone nowhere: a mixture), still (never varied).
    curves
        A row per factor and level around the best condition: factor, value (text), place (0 to 1), mean, low,
        high, allowed, best (the best condition's own level), ordered (whether levels have an order).
    interactions
        A square table of the most important factors; NaN on its diagonal.
    contour
        The two most important factors around the best; None where there are no two to move.
    """

    importance: pd.DataFrame
    curves: pd.DataFrame
    interactions: pd.DataFrame
    contour: Contour | None


@dataclass(frozen=True)
class Contour:
    """The posterior over two factors, all others as in the best condition.

    `mean` and `sd` have a row per level of `down` and a column per level of `across`; NaN where it is not
    allowed.
    `measured` and `best` are places in it, (row, column).
    """

    down: str
    across: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    mean: Floats
    sd: Floats
    measured: tuple[tuple[int, int], ...]
    best: tuple[int, int]


def effects_of(material: Material, rng: np.random.Generator) -> Effects | None:
    """Return what the factors do; None where nothing was measured."""
    posterior, space = material.posterior, material.space
    if posterior is None or not material.best:
        return None
    names = list(space.names)
    total, low, high = total_indices(posterior, space, rng)
    importance = pd.DataFrame({"total": total, "low": low, "high": high}, index=names)
    points = material.evidence.points
    still = [len(np.unique(points[:, space.groups == k], axis=0)) < 2 for k in range(len(names))]
    importance = importance.assign(permutation=_permuted(material, rng), fixed=np.isnan(total), still=still)
    order = importance["total"].fillna(0.0).sort_values(ascending=False, kind="stable").index
    top = sorted(names.index(name) for name in order[:MOST])
    curves = pd.concat([curve_of(material, names.index(name)) for name in order], ignore_index=True)
    shown = pd.Index([names[k] for k in top])
    table = pd.DataFrame(interactions(posterior, space, top, rng), index=shown, columns=shown)
    return Effects(importance.loc[order], curves, table, _contour(material, list(order)))


def total_indices(
    posterior: Posterior, space: Space, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Return the total index of each factor, mean over paths, and the ends of its 90 % interval.

    NaN where a factor can move alone nowhere, 0 where the readout is flat.
    """
    width = len(space.factors)
    count = max(POINTS // (width + 1), 16)
    drawn = space.sample(count, rng)
    base = drawn[np.arange(count) % len(drawn)]  # a small space is gone through again and again
    moved = [redrawn(space, base, factor, rng) for factor in range(width)]
    codes = np.concatenate([base, *(rows for _, rows in moved)])
    paths = draws_of(posterior, space.points(codes), PATHS, rng)
    first, start = paths[: len(base)], len(base)
    variance = first.var(axis=0, ddof=1)
    shares = np.full((width, paths.shape[1]), np.nan)
    for factor, (which, rows) in enumerate(moved):
        if len(rows):
            half = 0.5 * np.mean((first[which] - paths[start : start + len(rows)]) ** 2, axis=0)
            shares[factor] = np.where(variance > 0, half / np.where(variance > 0, variance, 1.0), 0.0)
        start += len(rows)
    low, high = np.quantile(shares, [0.05, 0.95], axis=1)
    return shares.mean(axis=1), low, high


def redrawn(space: Space, codes: Codes, factor: int, rng: np.random.Generator) -> tuple[Ints, Codes]:
    """Return which conditions have this factor, and each of them with a level of it drawn anew.

    The level is drawn evenly from all that are allowed beside the other factors, its own among them. Nothing
    is returned where no condition allows another level: the factor can move alone nowhere.
    """
    size = space.factors[factor].size
    active = np.flatnonzero(codes[:, factor] != INACTIVE)
    every = np.repeat(codes[active], size, axis=0)
    every[:, factor] = np.tile(np.arange(size, dtype=codes.dtype), len(active))
    allowed = space.feasible(every).reshape(len(active), size)
    chances = np.where(allowed, rng.random(allowed.shape), -1.0)
    drawn = codes[active].copy()
    drawn[:, factor] = chances.argmax(axis=1)
    if (allowed.sum(axis=1) < 2).all():
        return active[:0], drawn[:0]
    return active, drawn


def interactions(
    posterior: Posterior, space: Space, factors: Sequence[int], rng: np.random.Generator
) -> Floats:
    """Return the interaction of each two factors under the posterior mean, (k, k), NaN on the diagonal."""
    base = space.sample(PAIRS, rng)
    means = [posterior.mean(space.points(base))]
    variance = float(np.var(posterior.mean(space.points(space.sample(4 * PAIRS, rng)))))
    out = np.full((len(factors), len(factors)), np.nan)
    changed = {factor: redrawn(space, base, factor, rng) for factor in factors}
    alone = {factor: posterior.mean(space.points(rows)) for factor, (_, rows) in changed.items()}
    for (i, one), (j, other) in combinations(enumerate(factors), 2):
        out[i, j] = out[j, i] = 0.0
        both, first, second = np.intersect1d(changed[one][0], changed[other][0], return_indices=True)
        joint = changed[one][1][first].copy()
        joint[:, other] = changed[other][1][second, other]
        kept = space.feasible(joint) if len(joint) else np.zeros(0, bool)
        if variance > 0 and kept.any():
            apart = means[0][both] - alone[one][first] - alone[other][second]
            beyond = apart[kept] + posterior.mean(space.points(joint[kept]))
            out[i, j] = out[j, i] = float(np.mean(beyond**2)) / (4 * variance)
    return out


def _permuted(material: Material, rng: np.random.Generator) -> Floats:
    evidence, posterior = material.evidence, material.posterior
    assert posterior is not None  # asked for only where there is one
    kept = ~evidence.censored
    points, values = evidence.points[kept], evidence.values[kept]
    spread = float(np.var(values)) if len(values) else 0.0
    if not spread:
        return np.zeros(len(material.space.factors))
    before, rises = np.mean((values - posterior.mean(points)) ** 2), []
    for factor in range(len(material.space.factors)):
        shuffled = points.copy()
        own = evidence.groups == factor
        shuffled[:, own] = points[rng.permutation(len(points))][:, own]
        rises.append(np.mean((values - posterior.mean(shuffled)) ** 2) - before)
    return np.maximum(np.array(rises), 0.0) / spread


def curve_of(material: Material, factor: int) -> pd.DataFrame:
    """Return the response to one factor around the best condition: rows of `Effects.curves`."""
    space, posterior = material.space, material.posterior
    assert posterior is not None  # asked for only where there is one
    one = space.factors[factor]
    levels = [one.value(code) for code in range(one.size)]
    table = material.conditions.loc[[material.best] * one.size, list(space.names)].reset_index(drop=True)
    own = one.text(table[one.name].iloc[0])
    table[one.name] = pd.Series(levels, dtype=table[one.name].dtype)
    found = interval_of(posterior, space.encode(table))
    place = np.linspace(0, 1, one.size) if one.width > 1 else one.encode(levels)[:, 0]
    texts = [one.text(level) for level in levels]
    columns = {"mean": found.mean, "low": found.low, "high": found.high}
    return pd.DataFrame({"factor": one.name, "value": texts, "place": place, **columns}).assign(
        allowed=space.contains(table), best=[text == own for text in texts], ordered=one.width == 1
    )


def _contour(material: Material, names: Sequence[str]) -> Contour | None:
    """Return the map of the first two factors that have more than one level and are active in the best."""
    usable = movable(material, names)
    return contour_of(material, usable[0], usable[1]) if len(usable) > 1 else None


def movable(material: Material, names: Sequence[str]) -> list[str]:
    """Return those of the factors that have more than one level and are active in the best condition."""
    space, best = material.space, material.conditions.loc[material.best]
    factors = (space.factors[space.names.index(name)] for name in names)
    return [one.name for one in factors if one.size > 1 and one.text(best[one.name])]


def contour_of(material: Material, across: str, down: str) -> Contour:
    """Return the posterior over two movable factors, all others as in the best condition."""
    assert material.posterior is not None  # asked for only where there is one
    space, best = material.space, material.conditions.loc[material.best]
    pair = [space.factors[space.names.index(name)] for name in (down, across)]
    codes = [_thinned(one.size, one.code(best[one.name])) for one in pair]
    values = [[one.value(int(code)) for code in some] for one, some in zip(pair, codes, strict=True)]
    shape = len(values[0]), len(values[1])
    grid = material.conditions.loc[[material.best] * (shape[0] * shape[1]), list(space.names)]
    grid = grid.reset_index(drop=True)
    grid[down] = pd.Series(np.repeat(np.array(values[0], object), shape[1]).tolist())
    grid[across] = pd.Series(values[1] * shape[0])
    allowed = space.contains(grid)
    mean, sd = (np.where(allowed, one, np.nan) for one in material.posterior.mean_sd(space.encode(grid)))
    rows, columns = ([one.text(v) for v in vs] for one, vs in zip(pair, values, strict=True))
    own = _places(material, (down, across), values, [material.best])
    measured = _places(material, (down, across), values)
    at = own[0] if own else (0, 0)
    maps = mean.reshape(shape), sd.reshape(shape)
    return Contour(down, across, tuple(rows), tuple(columns), *maps, measured, at)


def _thinned(size: int, own: int | None) -> Ints:
    """Return at most `GRID` codes, evenly spread, the ends and the best condition's own among them."""
    codes = np.unique(np.linspace(0, size - 1, min(size, GRID)).round().astype(np.intp))
    return codes if own is None or own < 0 else np.unique(np.append(codes, own))


def _places(
    material: Material,
    names: tuple[str, str],
    values: list[list[float | str | None]],
    ids: Sequence[str] | None = None,
) -> tuple[tuple[int, int], ...]:
    """Return where measured conditions lie in a map, whatever their other factors."""
    shown = material.known.index if ids is None else ids
    rows = []
    for row, column in material.conditions.loc[list(shown), list(names)].itertuples(index=False, name=None):
        if row in values[0] and column in values[1]:
            rows.append((values[0].index(row), values[1].index(column)))
    return tuple(sorted(set(rows)))
