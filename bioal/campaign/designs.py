"""Conditions that a person hands over: a list to choose from, or a design to lay out as it is.

A list to choose from must lie on the protocol's levels. A design of one's own may lie between them, but not
outside their range, and it keeps the constraints; each row is a condition, replicates are the protocol's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bioal.acquisition.candidates import Codes
from bioal.errors import Problem, Refused
from bioal.plates.counting import conditions_by_plate
from bioal.protocol.constraints import OnlyWith
from bioal.protocol.doses import near_doses
from bioal.protocol.factors import Factor, Numeric
from bioal.protocol.liquids import SAME_DOSE, Dose
from bioal.protocol.protocol import Protocol
from bioal.protocol.values import number_in


def codes_of_candidates(protocol: Protocol, conditions: pd.DataFrame) -> Codes:
    """Return the codes of a list of candidates; raise Refused naming each row that may not be proposed."""
    problems = [*_missing(protocol, conditions)]
    if not problems:
        codes = protocol.space.codes(conditions)
        on_grid = np.asarray((codes >= -1).all(axis=1))
        problems += _off_levels(protocol, conditions, codes)
        problems += _breaking(protocol, conditions.iloc[on_grid.nonzero()[0]])
    if problems:
        raise Refused(problems)
    return codes


def require_makeable(protocol: Protocol, design: pd.DataFrame) -> None:
    """Raise Refused naming each row of a design that cannot be laid out as it is."""
    problems = [*_missing(protocol, design)]
    if not problems:
        problems += [problem for factor in protocol.factors for problem in _out_of_range(factor, design)]
        problems += _breaking(protocol, design)
        problems += _undispensable(protocol, design)
        problems += _repeated(protocol, as_dispensed(protocol, design))
    if problems:
        raise Refused(problems)


def as_dispensed(protocol: Protocol, design: pd.DataFrame) -> pd.DataFrame:
    """Return a design with the concentrations that are really dispensed, in whole steps of the devices."""
    made = design.copy()
    made.attrs = dict(design.attrs)
    for name, doses in _doses(protocol, design):
        values = [
            value if dose is None or _near(dose, value, SAME_DOSE) else dose.actual
            for value, dose in zip(design[name], doses, strict=True)
        ]
        made[name] = values
    return made


def _doses(protocol: Protocol, design: pd.DataFrame) -> Iterator[tuple[str, list[Dose | None]]]:
    """Yield the dose of each row for every numeric factor that is dispensed."""
    liquids = protocol.liquids
    if liquids is None:
        return
    rows = [{str(name): value for name, value in row.items()} for row in design.to_dict("records")]
    numeric = [factor.name for factor in protocol.factors if isinstance(factor, Numeric)]
    for component in liquids.components:
        if component.name in numeric:
            yield component.name, [liquids.dose(component, row, {}) for row in rows]


def _near(dose: Dose, value: object, tolerance: float) -> bool:
    # A stock that depends on an option keeps its level: what is dispensed of it is near, not the same.
    wanted = number_in(value)
    return bool(dose.component.by) or abs((dose.actual or 0.0) - wanted) <= tolerance * wanted


def _undispensable(protocol: Protocol, design: pd.DataFrame) -> Iterator[Problem]:
    for name, doses in _doses(protocol, design):
        factor = protocol.factor(name)
        for row, (value, dose) in enumerate(zip(design[name], doses, strict=True)):
            if dose is None or protocol.liquids is None or _near(dose, value, protocol.liquids.tolerance):
                continue
            device = dose.component.device
            near = near_doses(device, dose.stock, number_in(value), protocol.liquids.volume)
            yield Problem(
                "undispensable",
                f"{factor.text(value)} {factor.unit}".rstrip(),
                f"a dose that {device.name} makes: {' or '.join(f'{one:.5g}' for one in near)}",
                "Write one of these.",
                **at_row(design, row, factor.heading),
            )


def plates_of_design(protocol: Protocol, design: pd.DataFrame) -> tuple[int, ...] | None:
    """Return the plate of each condition, one setting to a plate; None where no factor is held per plate."""
    shared = list(protocol.space.plate_factors)
    if not shared:
        return None
    keys = [tuple(map(str, row)) for row in design[shared].itertuples(index=False, name=None)]
    setup, plates, first = protocol.plate, [0] * len(keys), 1
    for key in dict.fromkeys(keys):
        rows = [at for at, one in enumerate(keys) if one == key]
        dealt = conditions_by_plate(
            len(rows), setup.replicates, protocol.controls, setup.size, usable=setup.room
        )
        numbers = [first + plate for plate, count in enumerate(dealt) for _ in range(count)]
        for row, number in zip(rows, numbers, strict=True):
            plates[row] = number
        first += len(dealt)
    return tuple(plates)


def _row(conditions: pd.DataFrame, position: int) -> str:
    """Return the name of a row: as the file that it was read from counts, else as the table does."""
    rows = conditions.attrs.get("rows")
    return f"row {position + 1}" if rows is None else str(rows[position])


def at_row(conditions: pd.DataFrame, position: int, heading: str = "") -> dict[str, str]:
    """Return where a row of a person's table stands, as the fields of a problem."""
    row = _row(conditions, position)
    place = f"{row}, {heading}" if heading else row
    return {
        "file": conditions.attrs.get("file", ""),
        "sheet": conditions.attrs.get("sheet", ""),
        "place": place,
    }


def _missing(protocol: Protocol, conditions: pd.DataFrame) -> Iterator[Problem]:
    for factor in protocol.factors:
        if factor.name not in conditions.columns:
            yield Problem(
                "factor-missing",
                f"no column '{factor.heading}'",
                f"a column '{factor.heading}'",
                "Add the column.",
            )
    if not len(conditions):
        yield Problem("no-conditions", "no conditions", "at least one row", "Add a row for each condition.")


def _off_levels(protocol: Protocol, conditions: pd.DataFrame, codes: Codes) -> Iterator[Problem]:
    for column, factor in enumerate(protocol.factors):
        values = conditions[factor.name].tolist()
        allowed = _allowed(factor)
        for row in (codes[:, column] < -1).nonzero()[0]:
            yield Problem(
                "off-level",
                str(values[row]),
                allowed,
                "Use one of these, or amend the protocol.",
                **at_row(conditions, int(row), factor.heading),
            )


def _out_of_range(factor: Factor, design: pd.DataFrame) -> Iterator[Problem]:
    for row, value in enumerate(design[factor.name].tolist()):
        if not pd.isna(value) and not _within(factor, value):
            yield Problem(
                "out-of-range",
                str(value),
                _allowed(factor),
                "Change the value, or amend the protocol.",
                **at_row(design, row, factor.heading),
            )


def _within(factor: Factor, value: object) -> bool:
    if isinstance(factor, Numeric):
        number = factor.parsed(value)
        return factor.levels[0] <= number <= factor.levels[-1]
    return factor.code(value) is not None


def _allowed(factor: Factor) -> str:
    if isinstance(factor, Numeric):
        few = factor.size <= 12
        return (
            ", ".join(map(factor.text, factor.levels))
            if few
            else f"a level from {factor.text(factor.levels[0])} to {factor.text(factor.levels[-1])}"
        )
    return " or ".join(factor.options)


def _breaking(protocol: Protocol, conditions: pd.DataFrame) -> Iterator[Problem]:
    yield from _blanks(protocol, conditions)
    rows = [int(row) for row in conditions.index]
    limit = protocol.volume_limit
    # Between levels a dose may take more than at any level, so the well is looked at always.
    rules = (*protocol.constraints, *([] if limit is None else [limit]))
    for rule in rules:
        for row, holds in zip(rows, rule.holds(conditions), strict=True):
            if not holds:
                yield Problem(
                    "constraint-broken",
                    "a condition that breaks a constraint",
                    rule.words(),
                    "Change or remove the row.",
                    **at_row(conditions, row),
                )


def _blanks(protocol: Protocol, conditions: pd.DataFrame) -> Iterator[Problem]:
    conditional = {rule.factor for rule in protocol.constraints if isinstance(rule, OnlyWith)}
    for factor in protocol.factors:
        blank = conditions[factor.name].isna().to_numpy()
        for row in conditions.index[blank] if factor.name not in conditional else ():
            yield Problem(
                "factor-blank",
                "a blank",
                _allowed(factor),
                "Fill it in.",
                **at_row(conditions, int(row), factor.heading),
            )


def _repeated(protocol: Protocol, design: pd.DataFrame) -> Iterator[Problem]:
    first: dict[tuple[str, ...], int] = {}
    for row, values in enumerate(
        design[list(protocol.space.names)].astype(object).itertuples(index=False, name=None)
    ):
        key = tuple(factor.text(value) for factor, value in zip(protocol.factors, values, strict=True))
        earlier = first.setdefault(key, row)
        if earlier != row:
            yield Problem(
                "condition-repeated",
                f"the condition of {_row(design, earlier)}",
                "each condition once",
                "Remove the row; how often each condition is made is plate.replicates in the protocol.",
                **at_row(design, row),
            )
