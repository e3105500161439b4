"""Outcomes in a notebook's table as arrays: which are wanted, which rows had which, which rows failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bioal.errors import UsageError
from bioal.evidence import Floats, Ints
from bioal.measurements.tabled import Tabled
from bioal.models.outcomes import OutcomeEvidence
from bioal.protocol.outcomes import Outcomes
from bioal.strategies.failing import Works


def aims_of(
    outcomes: Sequence[str] | None, wanted: str | Sequence[str] | None, *, ordered: bool
) -> Outcomes | None:
    """Return the outcomes as a protocol would name them; None where the objective is a number."""
    if outcomes is None:
        if wanted is not None:
            raise UsageError("wanted names outcomes: list all of them with outcomes=[...].")
        return None
    every = Outcomes(tuple(map(str, outcomes)), ordered)
    named_ = (wanted,) if isinstance(wanted, str) else tuple(wanted or ())
    codes = [every.code(str(name)) for name in named_]
    alike = len({every.code(name) for name in every.names}) < len(every.names)
    if len(every.names) < 2 or alike or None in codes:
        listed = ", ".join(every.names)
        raise UsageError(f"outcomes={listed} and wanted={wanted}: name two words or more, and some of them.")
    if not codes and not ordered:
        raise UsageError("Which outcomes are wanted? Without an order, say so with wanted=[...].")
    known = tuple(every.names[code] for code in codes if code is not None)
    return replace(every, wanted=known or every.names[-1:])


def outcome_evidence(known: Tabled, aims: Outcomes) -> OutcomeEvidence | None:
    """Return what the measured rows say, one entry per condition and outcome; None without any."""
    rows = np.flatnonzero(np.isfinite(known.values))
    return _counted(known, rows, known.values[rows], len(aims.names), ordered=aims.ordered)


def works_known(known: Tabled) -> tuple[Works, ...]:
    """Return what the rows say of whether conditions work; nothing where none failed."""
    rows = np.flatnonzero(np.isfinite(known.values) | known.failed)
    evidence = _counted(known, rows, np.where(known.failed[rows], 0.0, 1.0), 2, ordered=True)
    return (Works(evidence, (1,)),) if evidence is not None and known.failed.any() else ()


def _counted(
    known: Tabled, rows: Ints, codes: Floats, classes: int, *, ordered: bool
) -> OutcomeEvidence | None:
    if not len(rows):
        return None
    both = np.column_stack([known.condition[rows], codes.astype(np.intp)])
    pairs, weights = np.unique(both, axis=0, return_counts=True)
    return OutcomeEvidence(
        points=known.points[pairs[:, 0]],
        codes=pairs[:, 1],
        weights=weights.astype(float),
        classes=classes,
        ordered=ordered,
        groups=known.space.groups,
        categorical=known.space.categorical,
    )
