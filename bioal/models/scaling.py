"""From evidence in the readout's unit to standardised arrays, and what was odd about the evidence.

A Gaussian process never sees a unit: values lose their mean and sd, so that a yield in pmol and one
in mol give the same batch. What carries no scale (no, one, or only equal values) gets an honest
scale and a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bioal.evidence import Bools, Evidence, Floats, Ints
from bioal.models.likelihood import Standardised

ASSUMED_SPREAD = 0.1


@dataclass(frozen=True)
class Scale:
    """The centre and spread that standardise values; `measured` is false where they had to be assumed."""

    centre: float
    spread: float
    measured: bool = True

    def standardised(self, values: Floats) -> Floats:
        """Return values in standardised units."""
        out: Floats = (values - self.centre) / self.spread
        return out


def scale_of(evidence: Evidence, trusted: Bools | None = None) -> tuple[Scale, tuple[str, ...]]:
    """Return the scale of the values, or of those trusted, and sentences where it had to be assumed."""
    if trusted is not None:
        evidence = evidence.rows(trusted)
    if not len(evidence):
        return Scale(0.0, 1.0, measured=False), (
            "Nothing has been measured yet: predictions are a guess of 0 plus or minus 1.",
        )
    values = evidence.values
    # Squares of values near 1e200 would overflow; the largest one is the unit until the end.
    unit = float(np.abs(values).max()) or 1.0
    centre = float(np.mean(values / unit)) * unit
    spread = float(np.std((values - centre) / unit)) * unit * _caution(len(values))
    if np.ptp(values / unit) > 0 and spread > 0:
        return Scale(centre, spread), _lost_digits(unit, spread)
    return _assumed(evidence, centre, unit)


def _caution(count: int) -> float:
    """Return how much wider than its sample a scale should be: two close values are no small scale."""
    return float(np.sqrt(count * (count + 1.0)) / max(count - 1.0, 1.0))


def _lost_digits(unit: float, spread: float) -> tuple[str, ...]:
    lost = np.finfo(float).eps * unit / spread
    if lost < 1e-6:
        return ()
    return (
        f"The values lie near {unit:.3g} and differ by about {spread:.3g} only: digits were lost before they"
        " arrived here. Subtract the common part at the source.",
    )


def _assumed(evidence: Evidence, centre: float, unit: float) -> tuple[Scale, tuple[str, ...]]:
    variances = evidence.variances * evidence.counts
    known = variances[np.isfinite(variances) & (variances > 0)]
    if len(known):
        spread, source = float(np.sqrt(np.median(known))), "the spread of its replicates"
    else:
        spread, source = ASSUMED_SPREAD * unit, "10 % of the value"
    if len(evidence) == 1:
        start = "There is one observation only"
    else:
        start = f"All {len(evidence)} values are equal ({centre:.4g})"
    sentence = f"{start}: how much the readout varies is not known yet, {source} is assumed."
    return Scale(centre, spread, measured=False), (sentence,)


def standardised(evidence: Evidence, scale: Scale) -> Standardised:
    """Return the evidence in standardised units, unknown variances filled in where others are known."""
    counts = np.maximum(evidence.counts, 1)
    known = evidence.variances / scale.spread / scale.spread
    usable = np.isfinite(known)
    replicate = float(np.median((known * counts)[usable])) if usable.any() else 0.0
    return Standardised(
        points=evidence.points,
        values=scale.standardised(evidence.values),
        known=np.where(usable, known, replicate / counts),
        shares=_shares(evidence),
        groups=evidence.groups,
        categorical=evidence.categorical,
        offsets=_offsets(evidence),
        replicate=replicate,
        shared=None if evidence.shared is None else evidence.shared / scale.spread,
    )


def _shares(evidence: Evidence) -> Floats:
    """Return 1 / count in the column of each observation's source, this campaign's (0) first."""
    sources = np.union1d([0], evidence.sources)
    own: Floats = (evidence.sources[:, None] == sources).astype(float)
    own /= np.maximum(evidence.counts, 1)[:, None]
    return own


def _offsets(evidence: Evidence) -> tuple[Floats, ...]:
    """Return who shares an offset: foreign sources, and plates where they say more than sources.

    This campaign (source 0) is what the function is about, so it has no offset of its own.
    """
    foreign = evidence.sources != 0
    shared = [_sharing(evidence.sources) * np.outer(foreign, foreign)] if foreign.any() else []
    plates = len(np.unique(evidence.plates))
    if 1 < plates < len(evidence) and plates > len(np.unique(evidence.sources)):
        shared.append(_sharing(evidence.plates))
    return tuple(shared)


def _sharing(labels: Ints) -> Floats:
    shared: Floats = (labels[:, None] == labels).astype(float)
    return shared


def moving_factors(evidence: Evidence) -> Ints:
    """Return the factors that took two values or more."""
    if not len(evidence):
        return np.arange(0)
    moved = np.ptp(evidence.points, axis=0) > 0
    return np.unique(evidence.groups[moved])
