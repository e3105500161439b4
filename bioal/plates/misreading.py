r"""Whether values that came back fit their plate better in another way of reading it.

The model is that of `detection`: wells of one condition share a value; each plate has an offset and, along
its rows and columns, a slope, so that a drift or a gradient is not taken for conditions that agree. How much
conditions and replicates differ is not known here, so each way of reading gets the two variances that suit it
best, and the restricted likelihoods are compared,

.. math:: l(\lambda) = -\tfrac12 [(n - p) \log R(\lambda) + \log |V(\lambda)| + \log |X^T V^{-1} X|],

with the ratio of variances lambda and the residual sum of squares R. The stated way may be explained by any
lambda, also by conditions that make no difference; another way only by conditions that clearly do, or a plate
without any signal would be suspected of whatever chance offers.

How much likelier another way has to be is found by simulation for each layout: so much that 1 plate without
any signal in 100 exceeds it (with a signal, far fewer do). Where that would leave more than 1 misread in 100
unseen though conditions differ by twice the replicates' scatter, as on plates of few replicates, up to 10
are allowed, if that is enough to see nearly all: a false alarm costs a look at a plate that says nothing
anyway, a misread the round.

Values are compared as arsinh(y / m), m the plate's median size: linear around zero, so that a blank or a
subtracted background may lie below it, and logarithmic above, where errors are relative (Durbin et al. 2002,
doi 10.1093/bioinformatics/18.suppl_1.S105). On finished plates with long tails the untransformed values gave
false alarms, and logarithms and ranks found less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bioal.plates.detection import (
    FALSE_ALARMS,
    NOISE,
    SPREAD,
    PlateModel,
    Sums,
    effects_of,
    misread_groups,
    planned_of,
    same_pattern,
)
from bioal.plates.orientation import AS_IS, OUTSIDE, Ints, misreads
from bioal.protocol.arrays import Floats

RATIOS: Floats = np.logspace(-2, 4, 19)  # variances: conditions that hardly differ, to hardly any noise
SIGNAL = 4.0  # of variances: conditions differ by twice the scatter of replicates, which the promise is about
CLEAR = RATIOS[RATIOS >= SIGNAL / 2]  # by which another way of reading may be explained
NO_SIGNAL = 0.0
MOST_ALARMS = 0.1  # of plates without any signal, where fewer cost too many misreads
# Shares of misreads that are to be seen (0.99 where that is least sure), and that more alarms must reach.
WANTED, WORTH = 0.995, 0.95
LEAST = float(np.log(4))  # whatever the layout: so much likelier another way of reading must be
# P(gain > t) is at most exp(-t) in a good plate, for each of a dozen ways (Markov): no need to simulate.
CERTAIN = float(np.log(12 / FALSE_ALARMS))
CLOSE = float(np.log(20))  # ways of reading that the values do not tell apart
DRAWS = 1000
MISREAD_DRAWS = 200
STRANGE = 10.0  # times the usual distance from the other replicates: hardly any of normal values
FENCE = 3.0  # quartile ranges beyond the quartiles: "far out" (Tukey 1977), where one bubble would decide all


@dataclass(frozen=True)
class Recorded:
    """Values of one readout where they were recorded; row i of each array is one value.

    Parameters
    ----------
    plates
        The plate of each value, a position in `layouts`, shape (n,).
    cells
        Its well in reading order, shape (n,).
    values
        On a scale on which replicates scatter alike (see `stabilised`), shape (n,).
    layouts
        For each plate the group in each well, `OUTSIDE` where nothing is known of it.
    """

    plates: Ints
    cells: Ints
    values: Floats
    layouts: tuple[Ints, ...]


@dataclass(frozen=True)
class Suspicion:
    """Ways of reading that fit better than the stated one, the best first, and by how much (logarithm)."""

    ways: tuple[str, ...]
    gain: float


def stabilised(values: Floats) -> Floats | None:
    """Return a plate's values on a scale on which replicates scatter alike, None where all are zero."""
    size = float(np.median(np.abs(values))) or float(np.mean(np.abs(values)))
    if not size:
        return None
    scaled = np.arcsinh(values / size)
    lower, upper = np.quantile(scaled, [0.25, 0.75])
    fence = FENCE * (upper - lower) or np.inf
    return np.clip(scaled, lower - fence, upper + fence)


def suspicion(
    recorded: Recorded,
    plate: int,
    ways: Mapping[str, Ints],
    *,
    stated: str = AS_IS,
    rng: np.random.Generator,
) -> Suspicion | None:
    """Return in which other ways a plate was more probably read, None where the stated one will do.

    Parameters
    ----------
    plate
        The plate in question, a position in `recorded.layouts`; the others are taken as they are.
    ways
        Way of reading -> the well, in reading order, that each recorded value is of; also for the stated one.
    """
    groups = {name: _groups(recorded, plate, source) for name, source in ways.items()}
    planned = groups.pop(stated)
    others = {name: one for name, one in groups.items() if not same_pattern(one, planned)}
    effects = effects_of(recorded.plates, recorded.cells, len(recorded.layouts[0]))
    return Comparison(effects, planned, others, rng).suspicions(recorded.values[None, :])[0]


@dataclass(frozen=True)
class Comparison:
    """Which values belong together as planned, and in other ways of reading; groups of shape (n,).

    `effects` are what plates may add (see `effects_of`), shape (n, p).
    """

    effects: Floats
    planned: Ints
    others: Mapping[str, Ints]
    rng: np.random.Generator

    def suspicions(self, values: Floats) -> list[Suspicion | None]:
        """Return what is suspected of each row of values, shape (draws, n)."""
        if not self.others:
            return [None] * len(values)
        return [self._suspicion(gains) for gains in self.gains(values).T]

    def gains(self, values: Floats) -> Floats:
        """Return by how much likelier each other way is than the planned one, logs, shape (ways, draws).

        No bubble decides: where one value is far from its replicates, it is the smaller gain with and
        without it.
        """
        return self._gains(values, list(self.others.values()))

    def noticed(self, values: Floats, name: str) -> list[bool]:
        """Return for each row of values, (draws, n), whether this other way of reading is called likelier."""
        (gains,) = self._gains(values, [self.others[name]])
        return [self._beyond(float(gain)) for gain in gains]

    def _gains(self, values: Floats, others: Sequence[Ints]) -> Floats:
        found = []
        for told in (values, without_strangest(values, self.planned)):
            own = profiled(self.effects, told, self.planned)
            found.append([profiled(self.effects, told, groups, CLEAR) - own for groups in others])
        return np.asarray(np.min(found, axis=0))

    def _beyond(self, gain: float) -> bool:
        if gain <= LEAST or gain > CERTAIN:
            return gain > CERTAIN
        return gain > self.least

    def _suspicion(self, gains: Floats) -> Suspicion | None:
        gain = float(gains.max())
        if not self._beyond(gain):
            return None
        names = list(self.others)
        near = [int(at) for at in np.argsort(-gains, kind="stable") if gains[at] > gain - CLOSE]
        return Suspicion(tuple(names[at] for at in near), gain)

    @cached_property
    def least(self) -> float:
        """Return how much likelier another way must be, by simulation (see the module's words)."""
        good = self.gains(self._drawn(self.planned, NO_SIGNAL, DRAWS)).max(axis=0)
        each = -(-DRAWS // len(self.others))
        misread = np.concatenate(
            [self.gains(self._drawn(groups, SIGNAL, each)).max(axis=0) for groups in self.others.values()]
        )
        few, most = (float(np.quantile(good, 1 - share)) for share in (FALSE_ALARMS, MOST_ALARMS))
        wanted = min(few, max(most, float(np.quantile(misread, 1 - WANTED))))
        return wanted if np.mean(misread > wanted) >= WORTH else few

    def _drawn(self, groups: Ints, ratio: float, draws: int) -> Floats:
        model = PlateModel(np.zeros_like(groups), 1.0, float(np.sqrt(ratio)))
        return model.drawn(groups, self.rng, draws)


def without_strangest(values: Floats, groups: Ints) -> Floats:
    """Return the values, (draws, n), in each row one that is far from its group put where the others are.

    >>> told = np.array([[1.0, 2.0, 4.0, 1.1, 2.1, 9.0]])
    >>> without_strangest(told, np.array([0, 1, 2, 0, 1, 2]))
    array([[1. , 2. , 4. , 1.1, 2.1, 4. ]])
    """
    codes = np.unique(groups, return_inverse=True)[1]
    counts = np.bincount(codes)
    repeated = counts[codes] > 1
    if not repeated.any():
        return values
    sums = np.zeros((len(counts), len(values)))
    np.add.at(sums, codes, values.T)
    others = (sums[codes].T - values) / np.maximum(counts[codes] - 1, 1)
    away = np.where(repeated, np.abs(values - others), 0.0)
    usual = np.median(away[:, repeated], axis=1)
    # Of two replicates either may be the strange one: the one farther from the middle of all.
    middle = np.median(values, axis=1, keepdims=True)
    away = away * (1 + 1e-6 * (np.abs(values - middle) > np.abs(others - middle)))
    at, rows = np.argmax(away, axis=1), np.arange(len(values))
    kept = values.copy()
    kept[rows, at] = np.where(away[rows, at] > STRANGE * usual, others[rows, at], values[rows, at])
    return kept


def detection_power(
    layouts: Sequence[Ints],
    size: int,
    *,
    noise: float = NOISE,
    spread: float = SPREAD,
    rng: np.random.Generator,
    draws: int = MISREAD_DRAWS,
) -> dict[str, float]:
    """Return for each misread the probability that it shows, on the plate where that is least sure.

    Parameters
    ----------
    layouts
        For each plate of a round the group in each well in reading order, `OUTSIDE` for an empty well. Groups
        are numbered over all plates: replicates on other plates help.
    size
        Wells of a plate.
    noise, spread
        Relative standard deviations of a replicate, and of the conditions; both above zero.
    draws
        Simulated plates for each misread.

    Returns
    -------
    dict
        Misread -> probability; exactly 0 where it leaves together what belongs together, and cannot show.
    """
    planned = planned_of(layouts)
    model = PlateModel(planned.plates, noise, spread)
    effects = effects_of(planned.plates, planned.cells, size)
    power = dict.fromkeys(misreads(size), 1.0)
    for number, layout in enumerate(layouts):
        read = {name: misread_groups(planned, layout, number, way) for name, way in misreads(size).items()}
        others = {name: one for name, one in read.items() if not same_pattern(one, planned.groups)}
        comparison = Comparison(effects, planned.groups, others, rng)
        for name in power:
            shown = (
                float(np.mean(comparison.noticed(model.drawn(others[name], rng, draws), name)))
                if name in others
                else 0.0
            )
            power[name] = min(power[name], shown)
    return power


def profiled(effects: Floats, values: Floats, groups: Ints, ratios: Floats = RATIOS) -> Floats:
    """Return the restricted log-likelihood at the variances that suit best, of these ratios, (draws,)."""
    centred = values - np.mean(values)
    total = np.sum(centred**2, axis=1)
    freedom = effects.shape[0] - effects.shape[1]
    likelihoods, sums = [], Sums.of(effects, centred, groups)
    for ratio in ratios:
        explained, sizes = sums.explained(float(ratio))
        # Replicates may agree to the last digit; where all values are one, no way of reading is likelier.
        left = np.maximum(total - explained, np.maximum(1e-12 * total, np.finfo(float).tiny))
        likelihoods.append(-0.5 * (freedom * np.log(left) + sizes))
    return np.asarray(np.max(likelihoods, axis=0))


def _groups(recorded: Recorded, plate: int, source: Ints) -> Ints:
    """Return the group of each value; what is of no known well is a group of its own."""
    wells = recorded.cells.copy()
    here = recorded.plates == plate
    wells[here] = source[recorded.cells[here]]
    layouts = np.stack(recorded.layouts)
    found = np.where(wells == OUTSIDE, OUTSIDE, layouts[recorded.plates, wells])
    strange = int(layouts.max()) + 1 + np.arange(len(wells))
    return np.where(found == OUTSIDE, strange, found).astype(np.intp)
