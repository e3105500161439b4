r"""Whether values that came back fit their plate better in another way of reading it.

The model is that of `detection`: wells of one condition share a value; each plate has an offset and, along
its rows and columns, a slope, so that a drift or a gradient is not taken for conditions that agree. How much
conditions and replicates differ is not known here, so each way of reading gets the two variances that suit it
best, and the restricted likelihoods are compared,

.. math:: l(\lambda) = -\tfrac12 [(n - p) \log R(\lambda) + \log |V(\lambda)| + \log |X^T V^{-1} X|],

with the ratio of variances lambda and the residual sum of squares R. A way of reading under which replicates
do not agree at all is still allowed its own explanation, that conditions make no difference, so a plate
without any signal is rarely suspected.

Values are compared as arsinh(y / m), m the plate's median size: linear around zero, so that a blank or a
subtracted background may lie below it, and logarithmic above, where errors are relative (Durbin et al. 2002,
doi 10.1093/bioinformatics/18.suppl_1.S105). On finished plates with long tails the untransformed values gave
false alarms, and logarithms and ranks found less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
LEAST = float(np.log(5))  # whatever the layout: so much likelier another way of reading must be
# P(gain > t) is at most exp(-t) in a good plate, for each of a dozen ways (Markov): no need to simulate.
CERTAIN = float(np.log(12 / FALSE_ALARMS))
CLOSE = float(np.log(20))  # ways of reading that the values do not tell apart
DRAWS = 1000
MISREAD_DRAWS = 200
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
    _least: dict[float, float] = field(default_factory=dict, repr=False, compare=False)

    def suspicions(self, values: Floats) -> list[Suspicion | None]:
        """Return what is suspected of each row of values, shape (draws, n)."""
        if not self.others:
            return [None] * len(values)
        own, own_ratios = profiled(self.effects, values, self.planned)
        found = [profiled(self.effects, values, groups) for groups in self.others.values()]
        gains = np.array([likelihoods - own for likelihoods, _ in found])
        ratios = np.array([ratios for _, ratios in found])
        best, rows = np.argmax(gains, axis=0), np.arange(len(values))
        pairs = zip(own_ratios, ratios[best, rows], strict=True)
        return [
            self._suspicion(column, float(one), float(other))
            for column, (one, other) in zip(gains.T, pairs, strict=True)
        ]

    def noticed(self, values: Floats, name: str) -> list[bool]:
        """Return for each row of values, (draws, n), whether this other way of reading is called likelier."""
        own, own_ratios = profiled(self.effects, values, self.planned)
        likelihoods, ratios = profiled(self.effects, values, self.others[name])
        rows = zip(likelihoods - own, own_ratios, ratios, strict=True)
        return [self._beyond(float(gain), float(one), float(other)) for gain, one, other in rows]

    def _beyond(self, gain: float, own_ratio: float, ratio: float) -> bool:
        if gain <= LEAST or gain > CERTAIN:
            return gain > CERTAIN
        # Halfway between what the two explanations ask for: neither is known to hold.
        return gain > (self.least(own_ratio) + self.least(ratio)) / 2

    def _suspicion(self, gains: Floats, own_ratio: float, ratio: float) -> Suspicion | None:
        gain = float(gains.max())
        if not self._beyond(gain, own_ratio, ratio):
            return None
        names = list(self.others)
        near = [int(at) for at in np.argsort(-gains, kind="stable") if gains[at] > gain - CLOSE]
        return Suspicion(tuple(names[at] for at in near), gain)

    def least(self, ratio: float) -> float:
        """Return the gain that 1 good plate in 100 exceeds, in any other way, at this ratio of variances."""
        if ratio not in self._least:
            model = PlateModel(np.zeros_like(self.planned), 1.0, float(np.sqrt(ratio)))
            good = model.drawn(self.planned, self.rng, DRAWS)
            own = profiled(self.effects, good, self.planned)[0]
            gains = [profiled(self.effects, good, groups)[0] - own for groups in self.others.values()]
            self._least[ratio] = max(0.0, float(np.quantile(np.max(gains, axis=0), 1 - FALSE_ALARMS)))
        return self._least[ratio]


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


def profiled(effects: Floats, values: Floats, groups: Ints) -> tuple[Floats, Floats]:
    """Return the restricted log-likelihood at the variances that suit best, and their ratio, (draws,)."""
    centred = values - np.mean(values)
    total = np.sum(centred**2, axis=1)
    freedom = effects.shape[0] - effects.shape[1]
    likelihoods, sums = [], Sums.of(effects, centred, groups)
    for ratio in RATIOS:
        explained, sizes = sums.explained(float(ratio))
        # Replicates may agree to the last digit; where all values are one, no way of reading is likelier.
        left = np.maximum(total - explained, np.maximum(1e-12 * total, np.finfo(float).tiny))
        likelihoods.append(-0.5 * (freedom * np.log(left) + sizes))
    at = np.argmax(likelihoods, axis=0)
    return np.asarray(np.max(likelihoods, axis=0)), RATIOS[at]


def _groups(recorded: Recorded, plate: int, source: Ints) -> Ints:
    """Return the group of each value; what is of no known well is a group of its own."""
    wells = recorded.cells.copy()
    here = recorded.plates == plate
    wells[here] = source[recorded.cells[here]]
    layouts = np.stack(recorded.layouts)
    found = np.where(wells == OUTSIDE, OUTSIDE, layouts[recorded.plates, wells])
    strange = int(layouts.max()) + 1 + np.arange(len(wells))
    return np.where(found == OUTSIDE, strange, found).astype(np.intp)
