r"""What a plate's values are expected to be, as planned and as misread, and how surely a misread would show.

Replicates and controls agree, unless the plate was misread. On a logarithmic scale, the value of well w that
holds group g is taken as

.. math:: y_w = o + a_g + e_w, \quad a_g \sim N(0, s^2), \quad e_w \sim N(0, \sigma^2),

with an offset o of each plate that nobody knows. A misread says which groups the values really belong to; its
likelihood, over contrasts free of the offsets, is compared with that of the plate as it should be (see
`misreading`). What is read from empty wells or beyond the plate is taken as the value of yet another
condition, the least that it can tell.

The ratio of variances within groups, a common statistic for misread plates, is what is left of this for many
replicates and no well without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.plates.orientation import OUTSIDE, Ints
from bioal.plates.wells import ij_from_well, shape_of_plate
from bioal.protocol.arrays import Floats

NOISE = 0.2  # one replicate's standard deviation, relative
SPREAD = 0.5  # that of the conditions on a plate
FALSE_ALARMS = 0.01
SLOPED = 16  # values on a plate that can tell a slope
SURE = 0.99
# What follows this in a note is for the workbook alone.
DETAIL = " In detail: "
ANY = "A plate read turned, mirrored or shifted"
LOOK = "Look at the corner of A1."
OFTEN = ((0.0, "never"), (0.1, "hardly ever"), (0.4, "seldom"), (0.7, "only sometimes"), (1.0, "not always"))


def layouts_of(samples: pd.DataFrame, size: int) -> list[Ints]:
    """Return the condition in each well of each plate of a round, numbered over all of them."""
    columns = shape_of_plate(size).columns
    codes = pd.Series(pd.factorize(samples["condition"])[0], index=samples.index)
    layouts = []
    for _, plate in samples.groupby("plate", sort=False):
        layout = np.full(size, OUTSIDE, dtype=np.intp)
        cells = [i * columns + j for i, j in map(ij_from_well, plate["well"])]
        layout[cells] = codes[plate.index].to_numpy()
        layouts.append(layout)
    return layouts


@dataclass(frozen=True)
class Planned:
    """All samples of a round: plate, cell and group of each, shape (n,); `codes` the layouts' numbers."""

    plates: Ints
    cells: Ints
    groups: Ints
    codes: Ints


def planned_of(layouts: Sequence[Ints]) -> Planned:
    """Return the samples of a round; a layout gives the group in each well, `OUTSIDE` for an empty one."""
    cells = [np.flatnonzero(layout != OUTSIDE) for layout in layouts]
    plates = np.repeat(np.arange(len(layouts)), [len(one) for one in cells])
    filled = np.concatenate([layout[at] for layout, at in zip(layouts, cells, strict=True)])
    codes, groups = np.unique(filled, return_inverse=True)
    return Planned(plates, np.concatenate(cells), groups, codes)


def misread_groups(planned: Planned, layout: Ints, number: int, source: Ints) -> Ints:
    """Return the group to which each sample's value belongs where one plate is misread."""
    groups, here = planned.groups.copy(), np.flatnonzero(planned.plates == number)
    wells = source[planned.cells[here]]
    found = np.where(wells == OUTSIDE, OUTSIDE, layout[wells])
    strange = len(planned.codes) + np.arange(len(here))
    groups[here] = np.where(found == OUTSIDE, strange, np.searchsorted(planned.codes, found))
    return groups


def same_pattern(groups: Ints, others: Ints) -> bool:
    """Return whether two labellings put the same samples together."""
    pairs = len(np.unique(np.column_stack([groups, others]), axis=0))
    return pairs == len(np.unique(groups)) == len(np.unique(others))


@dataclass(frozen=True)
class PlateModel:
    """Values of samples on plates of unknown offset (see the module's words)."""

    plates: Ints
    noise: float
    spread: float

    def drawn(self, groups: Ints, rng: np.random.Generator, draws: int) -> Floats:
        """Return values of samples of these groups, shape (draws, n)."""
        of_group = np.unique(groups, return_inverse=True)[1]
        effects = self.spread * rng.standard_normal((draws, int(of_group.max()) + 1))
        return np.asarray(effects[:, of_group] + self.noise * rng.standard_normal((draws, len(groups))))

    def gain(self, values: Floats, groups: Ints, nominal: Ints) -> Floats:
        """Return by how much values are likelier in these groups than in the planned ones, logs, (draws,)."""
        return np.asarray(self.likelihood(values, groups) - self.likelihood(values, nominal))

    def likelihood(self, values: Floats, groups: Ints) -> Floats:
        """Return the restricted log-likelihood of values, up to a term that no grouping changes, (draws,).

        The covariance is that of a one-way model with random groups, inverted group by group; plate offsets
        are projected out (restricted maximum likelihood: Patterson and Thompson 1971, doi
        10.1093/biomet/58.3.545).
        """
        sums = Sums.of(offsets_of(self.plates), values, groups)
        explained, sizes = sums.explained((self.spread / self.noise) ** 2)
        return np.asarray(0.5 * (explained / self.noise**2 - sizes))


@dataclass(frozen=True)
class Sums:
    """What the likelihood needs: sums of values over groups, and weighted by each effect of a plate.

    `counts` are the values of each group; `crossed` are the sums of effects over groups, `squares` those of
    their products.
    """

    groups: Floats
    effects: Floats
    counts: Ints
    crossed: Floats
    squares: Floats

    @classmethod
    def of(cls, effects: Floats, values: Floats, groups: Ints) -> Sums:
        """Return the sums of values, (draws, n), by groups, (n,), and effects of plates, (n, p)."""
        of_group, counts = np.unique(groups, return_inverse=True, return_counts=True)[1:]
        crossed = _sums(effects.T, of_group).T
        return cls(_sums(values, of_group), values @ effects, counts, crossed, effects.T @ effects)

    def explained(self, ratio: float) -> tuple[Floats, float]:
        """Return the sum of squares that groups and effects explain, (draws,), and what their number costs.

        `ratio` is the variance of groups over that of replicates.
        """
        shrunk = ratio / (1 + self.counts * ratio)
        weighted = shrunk[:, None] * self.crossed
        kept = self.squares - self.crossed.T @ weighted
        offset = self.effects - self.groups @ weighted
        explained = (self.groups**2) @ shrunk + np.sum(offset * np.linalg.solve(kept, offset.T).T, axis=1)
        sizes = float(np.sum(np.log1p(self.counts * ratio))) + float(np.linalg.slogdet(kept)[1])
        return explained, sizes


def offsets_of(plates: Ints) -> Floats:
    """Return one effect for each plate: 1 on the plate, 0 elsewhere; shape (n, plates)."""
    return np.asarray(plates[:, None] == np.unique(plates), float)


def effects_of(plates: Ints, cells: Ints, size: int) -> Floats:
    """Return what plates may add to values besides conditions: an offset, a slope along rows and columns.

    A plate with few values has an offset only. The columns are an orthonormal basis, shape (n, rank).
    """
    columns = shape_of_plate(size).columns
    offsets = offsets_of(plates)
    sloped = offsets * (offsets.sum(axis=0) >= SLOPED)
    slopes = [sloped * place[:, None] for place in (cells // columns, cells % columns)]
    basis, sizes, _ = np.linalg.svd(np.hstack([offsets, *slopes]), full_matrices=False)
    return np.asarray(basis[:, sizes > 1e-9 * sizes[0]])


def _sums(values: Floats, groups: Ints) -> Floats:
    """Return the sum of each group's values, shape (draws, groups)."""
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(int(groups.max()) + 1))
    return np.asarray(np.add.reduceat(values[:, order], starts, axis=1))


def power_words(power: Mapping[str, float], noise: float = NOISE, spread: float = SPREAD) -> str:
    """Return how surely misreads would be noticed: a plain sentence, then `DETAIL` and the figures.

    >>> power_words({"turned by 180 degrees": 0.0}).partition(DETAIL)[0]
    'A plate read turned, mirrored or shifted would not be noticed from its values. Look at the corner of A1.'
    """
    return f"{_plainly(power)}{DETAIL}{_in_detail(power, noise, spread)}"


def _plainly(power: Mapping[str, float]) -> str:
    """Return the worst case in words."""
    least = min(power.values())
    if least >= SURE:
        return f"{ANY} would almost surely be noticed from its values."
    if not any(power.values()):
        return f"{ANY} would not be noticed from its values. {LOOK}"
    worst = min(power, key=lambda misread: power[misread])
    often = next(words for most, words in OFTEN if least <= most)
    return f"A plate read wrongly may go unnoticed: {worst}, it would {often} show in its values. {LOOK}"


def _in_detail(power: Mapping[str, float], noise: float, spread: float) -> str:
    assumed = (
        f"This is for replicates that agree to {100 * noise:.0f} % and conditions that differ by "
        f"{100 * spread:.0f} %, with about 1 false alarm in 100 good plates, or fewer."
    )
    every = "A plate that is turned, mirrored, read by columns instead of rows or shifted by one well"
    if min(power.values()) >= SURE:
        return f"{every} could be noticed from its values in at least 99 of 100 cases. {assumed}"
    if not any(power.values()):
        remedy = "Replicates or more control wells would show it."
        return f"{every} cannot be detected: too few wells belong together. {remedy}"
    cases = {misread: min(99, int(100 * shown + 1e-9)) for misread, shown in power.items()}
    first, *others = sorted(cases, key=lambda misread: cases[misread] == 0)
    said = ", ".join(f"{misread} in {cases[misread] or 'none'}" for misread in others)
    hidden = [misread for misread, shown in power.items() if not shown]
    never = f" Not to be detected at all: {', '.join(hidden)}." if hidden else ""
    sure = f"could be noticed from its values in {cases[first]} of 100 cases"
    return f"A plate {first} {sure}, {said}.{never} {assumed}"
