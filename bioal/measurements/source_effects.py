r"""Offset and noise of each source of values, by restricted maximum likelihood; arrays only.

A value of cell c (what should read alike: a condition on a plate, or one sample read by several) from source
s on plate p is, in usual spreads of one well,

.. math:: y = m_c + \delta_s + \pi_p + e, \qquad \delta_s \sim N(0, \tau^2), \; \pi_p \sim N(0, \omega^2),
          \; e \sim N(0, \sigma_s^2 / w)

with w wells behind it. Cells are free, so only what several sources have in common tells them apart:
controls, above all. The variances are those of restricted maximum likelihood (Patterson and Thompson 1971,
doi 10.1093/biomet/58.3.545) by the fixed point of MacKay 1992 (doi 10.1162/neco.1992.4.3.415, equation
4.12), where few sources say little held by what is usual: that counts as `PRIOR_WELLS` wells for each noise,
as one source for the offsets and as one plate for the plates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bioal.evidence import Floats, Ints

PRIOR_WELLS = 4.0
USUAL_OFFSET, USUAL_PLATE = 1.0, 1.0  # in usual spreads of one well
ROUNDS, TOLERANCE = 500, 1e-7
LEAST = 1e-6  # values that agree to the last digit are not certainty


@dataclass(frozen=True, eq=False)
class SourceEffects:
    """What is believed of each source, in the units of the values.

    Parameters
    ----------
    offsets
        How far each reads off the mean of all, shape (sources,).
    covariance
        Of these offsets, shape (sources, sources).
    variances
        Of one well of each, shape (sources,).
    offset_sd, plate_sd
        How much sources, and plates, differ.
    """

    offsets: Floats
    covariance: Floats
    variances: Floats
    offset_sd: float
    plate_sd: float

    @property
    def errors(self) -> Floats:
        """Return the standard error of each offset, shape (sources,)."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)))


@dataclass(frozen=True, eq=False)
class Values:
    """Values in usual spreads: their cells, sources and plates by number, and the wells behind each, (n,).

    Where all of a cell is on one plate, one plate for all is as good as any.
    """

    values: Floats
    cells: Ints
    sources: Ints
    plates: Ints
    wells: Floats
    count: int  # of sources

    @property
    def dummies(self) -> Floats:
        """Return which source, then which plate each value is of, shape (n, sources + plates)."""
        plates = np.eye(int(self.plates.max(initial=0)) + 1)[self.plates]
        return np.hstack([np.eye(self.count)[self.sources], plates])


@dataclass(frozen=True)
class _Fit:
    variances: Floats
    offset_sd: float
    plate_sd: float
    effects: Floats
    covariance: Floats


def source_effects(values: Values, *, prior_wells: float = PRIOR_WELLS) -> SourceEffects:
    """Return what is believed of each source; nothing is known of one that shares no cell with others.

    Parameters
    ----------
    prior_wells
        How many wells it is worth that each source scatters as all do together.
    """
    size = values.dummies.shape[1]
    fit = _Fit(np.ones(values.count), USUAL_OFFSET, USUAL_PLATE, np.zeros(size), np.eye(size))
    for _ in range(ROUNDS):
        before, fit = fit, _step(values, fit, prior_wells)
        if _moved(before, fit) < TOLERANCE:
            break
    count = values.count
    contrast = np.eye(count) - 1.0 / count
    offsets = fit.effects[:count]
    covariance = contrast @ fit.covariance[:count, :count] @ contrast
    return SourceEffects(offsets - offsets.mean(), covariance, fit.variances, fit.offset_sd, fit.plate_sd)


def _step(data: Values, fit: _Fit, prior_wells: float) -> _Fit:
    """Return the state after the effects, then the variances, are brought up to date."""
    weight = data.wells / fit.variances[data.sources]
    total = np.bincount(data.cells, weight).astype(float)
    dummies = data.dummies
    # Means of cells are taken out of values and effects alike: what is left tells effects apart.
    inner = dummies - _cell_means(dummies, data.cells, weight, total)
    prior = np.r_[
        np.full(data.count, fit.offset_sd**-2), np.full(dummies.shape[1] - data.count, fit.plate_sd**-2)
    ]
    covariance = np.asarray(np.linalg.inv(inner.T @ (weight[:, None] * inner) + np.diag(prior)))
    effects = covariance @ (inner.T @ (weight * data.values))
    apart = data.values - dummies @ effects
    residual = apart - _cell_means(apart[:, None], data.cells, weight, total)[:, 0]
    leverage = weight / total[data.cells] + weight * ((inner @ covariance) * inner).sum(axis=1)
    spare = np.bincount(data.sources, 1.0 - leverage, data.count)
    squares = np.bincount(data.sources, data.wells * residual**2, data.count)
    # The usual noise is a geometric mean: one source that scatters wildly must not make a steady one
    # doubtful. Each source's own is held by one usual well: a lucky agreement of few is no certainty.
    spare = np.maximum(spare, 0.0)
    seen = np.log((squares + 1.0) / (spare + 1.0))
    common = float(np.exp(np.average(seen, weights=spare) if spare.sum() > LEAST else 0.0))
    variances = (squares + prior_wells * common) / np.maximum(spare + prior_wells, 1e-9)
    diagonal = np.diag(covariance)
    own, plates = slice(0, data.count), slice(data.count, None)
    return _Fit(
        np.maximum(variances, LEAST),
        _spread(effects[own], diagonal[own], fit.offset_sd, USUAL_OFFSET),
        _spread(effects[plates], diagonal[plates], fit.plate_sd, USUAL_PLATE),
        np.asarray(effects),
        covariance,
    )


def _spread(effects: Floats, diagonal: Floats, now: float, usual: float) -> float:
    """Return the sd of effects about zero: a fixed point of restricted maximum likelihood."""
    known = max(len(effects) - float(np.sum(diagonal)) / now**2, 0.0)
    return float(np.sqrt((np.sum(effects**2) + usual**2) / (known + 1.0)))


def _cell_means(columns: Floats, cells: Ints, weight: Floats, total: Floats) -> Floats:
    sums: Floats = np.zeros((len(total), columns.shape[1]))
    np.add.at(sums, cells, weight[:, None] * columns)
    return np.asarray((sums / total[:, None])[cells])


def _moved(before: _Fit, after: _Fit) -> float:
    spreads = [after.offset_sd / before.offset_sd, after.plate_sd / before.plate_sd]
    changes = np.r_[np.log(after.variances / before.variances), np.log(spreads)]
    return float(max(np.abs(changes).max(), np.abs(after.effects - before.effects).max()))
