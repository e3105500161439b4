r"""Gain and background of each plate, from the controls and carried-over conditions of all plates together.

A reading of condition c on plate p is :math:`F_{cp} = g_p (b_p + y_c) + e_{cp}`: y is 0 for the negative
control and 1 for the reference, on average over plates and not on each, and unknown for conditions that were
carried over. Gains (their logarithms) and backgrounds b (in reference units, so that the reader's gain leaves
them alone) vary about common means; conditions made anew on another plate differ by more than replicates do
(a share tau of the reading). These variances are estimated by restricted maximum likelihood (MacKay 1992, doi
10.1162/neco.1992.4.3.415, equation 4.12). Deviations follow a Student distribution (4 degrees of freedom),
so a control that the others do not support counts little.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bioal.evidence import Bools, Floats
from bioal.measurements.bridges import Bridges, PlateEffects, Spreads

STUDENT = 4.0
ROUNDS, TOLERANCE = 200, 1e-5
OF_SPREADS = 100.0  # how much more than effects the logarithms of spreads may still move
# What plates do where they say little themselves, each worth one plate: sd of log gain, of the
# background as a share of itself, and of a condition made anew as a share of its reading.
USUAL_GAIN, USUAL_BACKGROUND, USUAL_REMAKING = 0.2, 0.1, 0.05
LEAST = 1e-6


@dataclass(frozen=True)
class _Fit:
    """A state of the iteration: log gains, backgrounds, unknown yields, their covariance, row weights."""

    gains: Floats
    backgrounds: Floats
    yields: Floats
    weights: Floats
    spreads: Spreads
    covariance: Floats


def plate_effects(bridges: Bridges) -> PlateEffects:
    """Return gain and background of each plate; every plate must hold a condition that others hold too.

    Raises
    ------
    ValueError
        If some plate's readings of its controls add up to nothing above zero.
    """
    fit = _start(bridges)
    for _ in range(ROUNDS):
        before = fit
        fit = _respread(bridges, _step(bridges, fit))
        if _moved(before, fit) < TOLERANCE:
            break
    count = len(fit.gains)
    own = np.r_[0 : 2 * count]
    return PlateEffects(
        np.exp(fit.gains), fit.backgrounds, fit.covariance[np.ix_(own, own)], fit.weights, fit.spreads
    )


def _start(bridges: Bridges) -> _Fit:
    """Return a start: the background all plates have in the middle, and gains that suit it."""
    plates = len(bridges.settings)
    background, gains = _start_of_plates(bridges)
    scaled = bridges.means / gains[bridges.plates] - background
    yields = np.array(
        [
            known if np.isfinite(known) else np.median(scaled[bridges.conditions == number])
            for number, known in enumerate(bridges.known)
        ]
    )
    remaking = USUAL_REMAKING if bridges.gained else LEAST
    spreads = Spreads(0.5, USUAL_BACKGROUND * abs(background) + LEAST, remaking)
    size = 2 * plates + len(yields) + len(np.unique(bridges.settings)) + 1
    return _Fit(
        np.log(gains),
        np.full(plates, background),
        yields,
        np.ones(len(bridges.means)),
        spreads,
        np.zeros((size, size)),
    )


def _start_of_plates(bridges: Bridges) -> tuple[float, Floats]:
    """Return a background for all plates, and a gain for each."""
    plates = len(bridges.settings)
    if not bridges.gained:
        return float(np.median(bridges.means)), np.ones(plates)
    known = bridges.known[bridges.conditions]
    background = _middle_background(bridges, known) if bridges.background else 0.0
    gains = np.array([_gain(bridges, known + background, plate) for plate in range(plates)])
    if np.isnan(gains).all():
        raise ValueError("no plate has controls that read above zero")
    # A plate without controls of its own starts at what its conditions read elsewhere.
    return background, np.where(np.isnan(gains), np.nanmedian(gains), gains)


def _middle_background(bridges: Bridges, known: Floats) -> float:
    found = []
    for plate in range(len(bridges.settings)):
        own = bridges.plates == plate
        low, high = (bridges.means[own & (known == at)] for at in (0.0, 1.0))
        if len(low) and len(high) and high.mean() > low.mean():
            found.append(low.mean() / (high.mean() - low.mean()))
    if not found:
        raise ValueError("on no plate does the reference read above the negative control")
    return float(np.median(found))


def _gain(bridges: Bridges, levels: Floats, plate: int) -> float:
    own = (bridges.plates == plate) & np.isfinite(levels)
    above = float(np.sum(levels[own] ** 2))
    gain = float(np.sum(bridges.means[own] * levels[own]) / above) if above else np.nan
    return gain if gain > 0 else np.nan


def _variances(bridges: Bridges, spreads: Spreads) -> Floats:
    noise = bridges.variances + (spreads.remaking * bridges.means) ** 2
    # Equal replicates near zero are not certainty.
    return np.asarray(np.maximum(noise, LEAST * float(np.mean(noise)) + np.finfo(float).tiny))


def _design(bridges: Bridges, fit: _Fit) -> tuple[Floats, Floats]:
    """Return residuals, and slopes by gains (their logarithms), backgrounds, yields, and means of the two."""
    rows, plates = np.arange(len(bridges.means)), bridges.plates
    count = len(fit.gains)
    gain = np.exp(fit.gains)[plates]
    level = fit.backgrounds[plates] + fit.yields[bridges.conditions]
    slopes = np.zeros((len(rows), len(fit.covariance)))
    slopes[rows, plates] = gain * level
    slopes[rows, count + plates] = gain if bridges.background else 0.0
    free = np.isnan(bridges.known[bridges.conditions])
    slopes[rows, 2 * count + bridges.conditions] = np.where(free, gain, 0.0)
    return bridges.means - gain * level, slopes


def _prior(bridges: Bridges, fit: _Fit) -> tuple[Floats, Floats]:
    """Return the rows that hold gains and backgrounds to their means, and those means' current values."""
    count, size = len(fit.gains), len(fit.covariance)
    groups = np.unique(bridges.settings, return_inverse=True)[1]
    rows = np.zeros((2 * count, size))
    at = np.arange(count)
    rows[at, at], rows[count + at, count + at] = 1.0, 1.0
    first = 2 * count + len(fit.yields)
    rows[at, first + groups] = -1.0
    rows[count + at, size - 1] = -1.0
    middle = np.array([fit.gains[groups == group].mean() for group in range(groups.max() + 1)])
    means = np.concatenate([middle, [fit.backgrounds.mean()]])
    return rows, means


def _held(bridges: Bridges, fit: _Fit) -> Bools:
    """Return which unknowns are not moved: known yields, and backgrounds where plates have none."""
    count, size = len(fit.gains), len(fit.covariance)
    held = np.zeros(size, bool)
    held[2 * count : 2 * count + len(fit.yields)] = np.isfinite(bridges.known)
    if not bridges.background:
        held[count : 2 * count] = True
        held[size - 1] = True
    if not bridges.gained:
        held[:count] = True
        held[2 * count + len(fit.yields) : size - 1] = True
    return held


def _step(bridges: Bridges, fit: _Fit) -> _Fit:
    """Return the state after one Gauss-Newton step with the present weights and spreads."""
    residual, slopes = _design(bridges, fit)
    rows, means = _prior(bridges, fit)
    count = len(fit.gains)
    sds = np.repeat([fit.spreads.gain, fit.spreads.background], count)
    values = np.concatenate([fit.gains, fit.backgrounds, fit.yields, means])
    trust = fit.weights / _variances(bridges, fit.spreads)
    precision = slopes.T @ (trust[:, None] * slopes) + rows.T @ (rows / sds[:, None] ** 2)
    pull = slopes.T @ (trust * residual) - rows.T @ ((rows @ values) / sds**2)
    free = ~_held(bridges, fit)
    inner = np.linalg.pinv(precision[np.ix_(free, free)], hermitian=True)
    covariance = np.zeros_like(precision)
    covariance[np.ix_(free, free)] = inner
    change = covariance @ pull
    # A gain moves at most by a factor of e at a time.
    change *= min(1.0, 1.0 / max(float(np.abs(change[:count]).max()), 1e-300))
    moved = values + change
    parts = np.split(moved, [count, 2 * count, 2 * count + len(fit.yields)])
    return replace(fit, gains=parts[0], backgrounds=parts[1], yields=parts[2], covariance=covariance)


def _respread(bridges: Bridges, fit: _Fit) -> _Fit:
    """Return the state with weights and spreads that suit its residuals."""
    residual, slopes = _design(bridges, fit)
    noise = _variances(bridges, fit.spreads)
    squares = residual**2 + _diagonal(slopes, fit.covariance)
    weights = (STUDENT + 1.0) / (STUDENT + squares / noise)
    remade = (bridges.means / noise) ** 2
    share = float(np.sum(remade * weights * squares) / max(np.sum(remade * noise), 1e-300))
    count = len(fit.gains)
    rows, means = _prior(bridges, fit)
    values = np.concatenate([fit.gains, fit.backgrounds, fit.yields, means])
    apart = (rows @ values) ** 2
    spare = _diagonal(rows, fit.covariance)
    usual = USUAL_BACKGROUND * (abs(float(np.mean(fit.backgrounds))) + LEAST)
    spreads = Spreads(
        _respread_one(apart[:count], spare[:count], fit.spreads.gain, USUAL_GAIN),
        _respread_one(apart[count:], spare[count:], fit.spreads.background, usual),
        fit.spreads.remaking * (float(np.clip(np.sqrt(share), 0.5, 2.0)) if bridges.gained else 1.0),
    )
    return replace(fit, weights=weights, spreads=replace(spreads, remaking=max(spreads.remaking, LEAST)))


def _diagonal(rows: Floats, covariance: Floats) -> Floats:
    """Return the diagonal of R C R^T."""
    return np.asarray(((rows @ covariance) * rows).sum(axis=1))


def _respread_one(apart: Floats, spare: Floats, now: float, usual: float) -> float:
    """Return the sd that effects have about their mean: a fixed point of restricted maximum likelihood."""
    known = max(len(apart) - float(np.sum(spare)) / now**2, 0.0)
    return float(np.sqrt((np.sum(apart) + usual**2) / (known + 1.0)))


def _moved(before: _Fit, after: _Fit) -> float:
    effects = [after.gains - before.gains, after.backgrounds - before.backgrounds]
    now, then = after.spreads, before.spreads
    # Where remaking adds nothing its sd sinks without end, and nothing hangs on it.
    remaking = (now.remaking + USUAL_REMAKING) / (then.remaking + USUAL_REMAKING)
    ratios = [remaking, now.background / then.background, now.gain / then.gain]
    return float(max(np.abs(effects).max(), np.abs(np.log(ratios)).max() / OF_SPREADS))
