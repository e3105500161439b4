"""A finished table as a pool to replay: points, true yields, and the noise that its replicates show.

The true yield of a condition is the mean of its replicates. What a run reads of it is that yield and as many
errors as it has replicates, drawn from the errors of all replicates, scaled to what is usual at such yields.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from bioal.errors import Problem, Refused, UsageError
from bioal.evidence import Bools, Evidence, Floats, Ints, evidence_of
from bioal.measurements.tabled import Tabled, tabled
from bioal.measurements.tabled_columns import numbers_in
from bioal.models.noise import moderated_variances
from bioal.protocol.headings import normalised
from bioal.protocol.objective import Direction, Objective
from bioal.protocol.protocol import Protocol

ROUND = "round"


@dataclass(frozen=True)
class Readings:
    """What one seed reads of every condition: means, sample variances of single replicates, counts, (n,)."""

    values: Floats
    variances: Floats
    counts: Ints


@dataclass(frozen=True)
class Finished:
    """Conditions whose yields are known.

    Parameters
    ----------
    points, groups, categorical
        As in `Evidence`; a row of points per condition, (n, width).
    truth, counts
        The true yield of each condition and its number of replicates, (n,).
    sd, errors
        The sd of one replicate of each condition, (n,), zeros without replicates; and the errors to draw
        from, of mean square 1, (m,), none without replicates.
    first
        Which conditions are of the table's own first round, (n,); none where it names no rounds.
    objective, heading
        What is wanted, and what the yield is called.
    order
        Conditions in the order in which a person measured them, or would have, (k,); none by default.
    """

    points: Floats
    groups: Ints
    categorical: Bools
    truth: Floats
    counts: Ints
    sd: Floats
    errors: Floats
    first: Bools
    objective: Objective
    heading: str
    order: Ints = field(default_factory=lambda: np.empty(0, np.intp))

    def __post_init__(self) -> None:
        if len(self) < 2 or np.ptp(self.truth) == 0:
            found = f"{len(self)} measured conditions, all of the same yield"
            remedy = "Check that the objective is the column of the yields."
            raise Refused(Problem("nothing-to-find", found, "conditions that differ in yield", remedy))

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def utility(self) -> Floats:
        """Return the true utility of each condition, (n,)."""
        return self.objective.score(self.truth)

    @property
    def top(self) -> Ints:
        """Return the best 1 % of the conditions, at least one."""
        return np.argsort(-self.utility, kind="stable")[: max(1, len(self) // 100)]

    def threshold(self, share: float) -> float:
        """Return the utility that counts as this share of the best.

        That share of the best yield; where less is better or the best is not positive, that share of the
        way from the table's median to its best.
        """
        best, middle = float(self.utility.max()), float(np.median(self.utility))
        if self.objective.direction == "maximize" and best > 0:
            return share * best
        return middle + share * (best - middle)

    def readings(self, rng: np.random.Generator) -> Readings:
        """Return what is read of every condition, were it measured."""
        if not len(self.errors):
            return Readings(self.truth, np.full(len(self), np.nan), np.ones(len(self), np.intp))
        which = np.repeat(np.arange(len(self)), self.counts)
        read = self.truth[which] + self.sd[which] * rng.choice(self.errors, len(which))
        return _averaged(read, which, len(self))

    def evidence(self, readings: Readings, measured: Ints) -> Evidence:
        """Return what the readings of the measured conditions say."""
        values, counts = readings.values[measured], readings.counts[measured]
        known = evidence_of(self.points[measured], values, groups=self.groups, categorical=self.categorical)
        variances = moderated_variances(readings.variances[measured], counts, values) / counts
        return replace(known, counts=counts, variances=variances)

    @property
    def digest(self) -> str:
        """Return a digest of all that a run depends on."""
        arrays = (self.points, self.truth, self.counts, self.sd, self.errors, self.first, self.order)
        content = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
        return hashlib.sha256(content + repr(self.objective).encode()).hexdigest()


def finished(
    table: pd.DataFrame,
    objectives: Sequence[str] = ("yield",),
    *,
    factors: Sequence[str] | None = None,
    direction: Direction = "maximize",
    plan: Protocol | None = None,
    by_hand: str | None = None,
) -> Finished:
    """Return a table as a pool; equal rows and several objective columns are replicates.

    Rows without a yield are left out. A column `round` is no factor: it names the table's own rounds. A
    protocol brings its own factors and objective. `by_hand` names a column of numbers, `round` or one that
    is no factor either: the order in which a person measured, blank where they would not have.

    Raises
    ------
    UsageError
        When an option names no column.
    Refused
        With every problem of the table.
    """
    names = [_column(table, name) for name in objectives]
    known, rounds = _long(table, names)
    ranks = rounds
    if by_hand is not None and normalised(by_hand) != ROUND:
        known, ranks = _taken_out(known, _column(table, by_hand))
    try:
        read = tabled(known, names[0], factors=factors, plan=plan)
    except Refused as error:
        remedy = "Drop the column or, if it was varied, name all factors: --factors A,B,C."
        raise Refused(
            replace(item, remedy=remedy) if item.code == "not-a-factor" else item for item in error.items
        ) from error
    objective = plan.objective if plan is not None else Objective(names[0], names[0], direction)
    pool = pool_of(read, rounds, objective, names[0])
    return pool if by_hand is None else replace(pool, order=_order(ranks, read.condition, len(pool)))


def _order(ranks: Floats, condition: Ints, size: int) -> Ints:
    """Return conditions by the lowest rank of their rows, those without one left out."""
    if not np.isfinite(ranks).any():
        raise UsageError("The column of --by-hand holds no numbers: who measured first, and who then?")
    lowest = np.full(size, np.inf)
    np.fmin.at(lowest, condition, np.where(np.isfinite(ranks), ranks, np.inf))
    order = np.argsort(lowest, kind="stable")
    return np.asarray(order[np.isfinite(lowest[order])], np.intp)


def pool_of(
    read: Tabled, rounds: Floats, objective: Objective, heading: str, *, truth: Floats | None = None
) -> Finished:
    """Return the pool of a table that is read; where the truth is known, the replicates show noise alone."""
    size = len(read.points)
    means = _averaged(read.values, read.condition, size)
    sd, errors = _noise(read, means)
    first = np.zeros(size, bool)
    if np.isfinite(rounds).any():
        first[read.condition[rounds == np.nanmin(rounds)]] = True
    return Finished(
        points=read.points,
        groups=read.space.groups,
        categorical=read.space.categorical,
        truth=means.values if truth is None else truth,
        counts=means.counts,
        sd=sd,
        errors=errors,
        first=first,
        objective=objective,
        heading=heading,
    )


def _averaged(values: Floats, which: Ints, size: int) -> Readings:
    counts = np.bincount(which, minlength=size)
    means = np.bincount(which, values, minlength=size) / counts
    squares = np.bincount(which, (values - means[which]) ** 2, minlength=size)
    return Readings(means, np.where(counts > 1, squares / np.maximum(counts - 1, 1), np.nan), counts)


def _noise(read: Tabled, means: Readings) -> tuple[Floats, Floats]:
    """Return the sd of one replicate of each condition, and the errors of the replicates in such sd."""
    sd = np.sqrt(moderated_variances(means.variances, means.counts, means.values))
    if np.isnan(sd).any():
        return np.zeros(len(sd)), np.empty(0)
    rows = np.flatnonzero(means.counts[read.condition] > 1)
    which = read.condition[rows]
    # A mean of few replicates lies closer to them than the truth does.
    nearer = np.sqrt(1 - 1 / means.counts[which])
    errors = (read.values[rows] - means.values[which]) / nearer / sd[which]
    return sd, errors / np.sqrt(np.mean(errors**2))


def _column(table: pd.DataFrame, name: str) -> str:
    """Return the column that a person means, whatever its case and spaces."""
    found = [str(column) for column in table.columns if normalised(str(column)) == normalised(name)]
    if not found:
        there = ", ".join(map(str, table.columns))
        raise UsageError(f'There is no column "{name}" in the table. Columns: {there}.')
    return name if name in found else found[0]


def _long(table: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, Floats]:
    """Return the measured rows, one per replicate, and the round of each, NaN where there is none."""
    others = table.drop(columns=list(names))
    parts = [others.assign(**{names[0]: table[name]}) for name in dict.fromkeys(names)]
    long = pd.concat(parts)
    long = long[long[names[0]].notna()]
    column = next((name for name in long.columns if normalised(str(name)) == ROUND), None)
    return (long, np.full(len(long), np.nan)) if column is None else _taken_out(long, column)


def _taken_out(long: pd.DataFrame, column: str) -> tuple[pd.DataFrame, Floats]:
    """Return the table without a column, and its numbers, NaN where it is blank."""
    problems: list[Problem] = []
    rounds = numbers_in(long[column], problems)
    if problems:
        raise Refused(problems)
    return long.drop(columns=column), rounds
