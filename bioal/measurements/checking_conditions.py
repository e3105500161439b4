"""Whether each row's condition is the planned one, and what was really used where it is not.

A planned cell that was edited and a filled `actual` cell mean the same: the condition was made otherwise.
That is welcome, but only when it is said on purpose. Conditions that changed places between rows are never
taken for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.measurements.checking_columns import Columns
from bioal.measurements.checking_samples import Row
from bioal.plates.rounds import Round
from bioal.protocol.factors import Choice, Factor, FactorValueError, Value
from bioal.protocol.values import is_blank

Plan = tuple[object, ...]

CHANGE_COLUMNS = ("sample", "factor", "planned", "actual", "cell")


@dataclass(frozen=True)
class Change:
    """One factor of one sample that was really another than planned; `actual` None means left out."""

    sample: str
    factor: Factor
    planned: object
    actual: Value | None
    cell: Cell
    edited: bool


def changes_of(
    rows: Sequence[Row], columns: Columns, round_: Round, factors: Sequence[Factor]
) -> tuple[tuple[Change, ...], tuple[Problem, ...]]:
    """Return every factor that differs from the plan, and the problems of cells that cannot be read."""
    changes: list[Change] = []
    problems: list[Problem] = []
    plans = {factor.name: _plan(factor, round_) for factor in factors}
    for row in rows:
        for factor in factors if row.sound else ():
            found, wrong = _compared(row, columns, factor, plans[factor.name][row.sample])
            changes += found
            problems += wrong
    blanked = {problem.cell for problem in problems if problem.code == "condition-blank"}
    moved = [row for row in rows if row.sound and _is_edited(row, columns, changes, blanked)]
    shuffled = _shuffled(moved, columns, plans, factors)
    if not shuffled:
        return tuple(changes), tuple(problems)
    kept = tuple(change for change in changes if not change.edited)
    return kept, (*(problem for problem in problems if problem.cell not in blanked), *shuffled)


def _is_edited(row: Row, columns: Columns, changes: Iterable[Change], blanked: Collection[str]) -> bool:
    edited = {change.cell.address for change in changes if change.edited} | set(blanked)
    return any(row.cells[heading].address in edited for heading in columns.factors.values())


def _plan(factor: Factor, round_: Round) -> Mapping[str, Plan]:
    """Return the values that the plan allows each sample: one; two for a control that follows its plate.

    Such a control has its plate's setting, the last of the two; older workbooks leave its cell blank.
    """
    ids = round_.samples.index.astype(str)
    values = round_.conditions[factor.name].astype(object).reindex(round_.samples["condition"]).tolist()
    plates = round_.samples["plate"].astype(str).tolist()
    settings: dict[str, set[Value]] = {plate: set() for plate in plates}
    for plate, value in zip(plates, values, strict=True):
        settings[plate] |= set() if is_blank(value) else {value}
    follows = factor.per == "plate"
    return {
        sample: (value,) if not is_blank(value) else (None, *(settings[plate] if follows else ()))
        for sample, plate, value in zip(ids, plates, values, strict=True)
    }


def _compared(
    row: Row, columns: Columns, factor: Factor, planned: Plan
) -> tuple[list[Change], list[Problem]]:
    """Return how a factor of a row differs: by its edited planned cell, by its actual cell, or not."""
    edited, wrong = _edited(row, columns, factor, planned)
    heading = columns.actuals.get(factor.name)
    typed = row.cells[heading] if heading is not None else None
    if typed is None or typed.kind == "blank":
        return edited, wrong
    actual = parsed(factor, typed)
    if isinstance(actual, Problem):
        return edited, [*wrong, actual]
    if edited and not factor.same(edited[0].actual, actual):
        remedy = "Put the planned value back and leave what was really used in the actual column."
        expected = f"the same as in {edited[0].cell.address} ({factor.text(edited[0].actual)})"
        return [], [*wrong, typed.problem("actuals-contradict", expected, remedy, found=factor.text(actual))]
    if any(factor.same(plan, actual) for plan in planned if plan is not None):
        return edited, wrong
    return [Change(row.sample, factor, planned[-1], actual, typed, edited=False)], wrong


def _edited(row: Row, columns: Columns, factor: Factor, planned: Plan) -> tuple[list[Change], list[Problem]]:
    heading = columns.factors.get(factor.name)
    if heading is None:
        return [], []
    cell = row.cells[heading]
    if cell.kind == "blank":
        if any(is_blank(plan) for plan in planned):
            return [], []
        remedy = "Put the planned value back."
        return [], [cell.problem("condition-blank", f"{factor.text(planned[0])}, as planned", remedy)]
    value = parsed(factor, cell)
    if isinstance(value, Problem):
        return [], [value]
    if any(factor.same(plan, value) for plan in planned if plan is not None):
        return [], []
    return [Change(row.sample, factor, planned[-1], value, cell, edited=True)], []


def parsed(factor: Factor, cell: Cell) -> Value | Problem:
    """Return a factor's value in a cell that is not blank, or why it is none."""
    if cell.kind in ("error", "formula"):
        found = (
            f"the error value {cell.value}"
            if cell.kind == "error"
            else f"a formula without a result, {cell.value}"
        )
        return cell.problem(
            "factor-unreadable", f"a value of {factor.heading}", "Type the value.", found=found
        )
    try:
        value = factor.parsed(cell.value)
    except FactorValueError as error:
        return cell.problem("factor-unreadable", error.expected, error.remedy, found=error.found)
    if not isinstance(factor, Choice) and float(value) < 0 <= factor.levels[0]:
        remedy = "Type the amount that was used."
        return cell.problem("factor-below-zero", f"{factor.heading} of zero or more", remedy)
    return value


def _shuffled(
    moved: Sequence[Row], columns: Columns, plans: Mapping[str, Mapping[str, Plan]], factors: Sequence[Factor]
) -> tuple[Problem, ...]:
    """Return the problem of conditions that only changed places between rows."""
    if len(moved) < 2:
        return ()
    there = [factor for factor in factors if factor.name in columns.factors]
    seen = Counter(tuple(_seen(one, row, columns) for one in there) for row in moved)
    # Blank as in old workbooks, or with the setting of its plate: so a control that follows it was written.
    if not any(
        seen == Counter(tuple(one.text(plans[one.name][row.sample][end]) for one in there) for row in moved)
        for end in (0, -1)
    ):
        return ()
    first = moved[0].cells[columns.factors[there[0].name]]
    remedy = "Sort whole rows; if the wells were really exchanged, say so in the actual columns."
    found = f"the conditions of {len(moved)} samples in each other's rows"
    return (
        first.problem("conditions-shuffled", "each sample beside its own condition", remedy, found=found),
    )


def _seen(factor: Factor, row: Row, columns: Columns) -> str:
    """Return the value in a planned cell as it is written; with fewer digits it is still its level."""
    cell = row.cells[columns.factors[factor.name]]
    if cell.kind == "blank":
        return ""
    value = parsed(factor, cell)
    if isinstance(value, Problem):
        return str(cell.value)
    code = factor.code(value)
    return factor.text(value if code is None else factor.value(code))


def new_changes(
    changes: Iterable[Change], made: pd.DataFrame, *, accepted: Callable[[Change], bool]
) -> tuple[tuple[Change, ...], tuple[Problem, ...]]:
    """Return the changes that are accepted and not known yet, and the problems of those not accepted.

    Parameters
    ----------
    made
        What earlier files said of samples made otherwise. Index: sample id; columns: factor names.
    """
    new = tuple(change for change in changes if not _known(change, made))
    refused = tuple(_problem(change) for change in new if not accepted(change))
    return tuple(change for change in new if accepted(change)), refused


def _known(change: Change, made: pd.DataFrame) -> bool:
    if change.sample not in made.index or change.factor.name not in made.columns:
        return False
    return change.factor.same(made.at[change.sample, change.factor.name], change.actual)


def _problem(change: Change) -> Problem:
    factor = change.factor
    plan = factor.text(change.planned) or "blank"
    unit = f" {factor.unit}" if factor.unit else ""
    if change.edited:
        remedy = f"Put {plan} back; if this was really used, accept it with --accept actuals."
    else:
        remedy = "Accept it with --accept actuals, or clear the cell."
    expected = f"{plan}{unit} as planned for sample {change.sample}"
    return change.cell.problem(
        "condition-changed", expected, remedy, found=f"{factor.text(change.actual)}{unit}"
    )


def changes_table(changes: Iterable[Change]) -> pd.DataFrame:
    """Return changes as a table with `CHANGE_COLUMNS`, one row per sample and factor."""
    rows = [(one.sample, one.factor.name, one.planned, one.actual, one.cell.address) for one in changes]
    return pd.DataFrame(rows, columns=list(CHANGE_COLUMNS), dtype=object)
