"""The column Dilution of a table from an instrument: values are multiplied by it, and that is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.measurements.numbers import number_in, plain
from bioal.protocol.levels import written

_RATIO = re.compile(r"1\s*[:/]\s*(\d+(?:\.\d+)?)", re.ASCII)


def dilution_of(cell: Cell | None, values: Sequence[Cell]) -> float | Problem:
    """Return by how much a row was diluted, 1 where that is not said.

    Parameters
    ----------
    values
        The filled cells of the row's readouts: with several, nobody knows which was diluted.

    >>> dilution_of(Cell("1:10", "text"), [])
    10.0
    """
    if cell is None or cell.kind == "blank":
        return 1.0
    ratio = _RATIO.fullmatch(plain(str(cell.value))) if cell.kind == "text" else None
    number = float(ratio[1]) if ratio is not None else number_in(cell)
    if isinstance(number, Problem):
        return number
    if number < 1:
        expected = "a dilution of at least 1, such as 10 for one part in ten"
        return cell.problem("dilution-below-one", expected, "Type by how much it was diluted.")
    if number != 1 and len(values) > 1:
        remedy = "Return each readout in a table of its own, with its own dilutions."
        return cell.problem("dilution-ambiguous", "one readout beside a dilution", remedy)
    return number


def dilution_words(used: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    """Return a sentence for each readout that was multiplied.

    >>> dilution_words([("titre [g/L]", 10.0), ("titre [g/L]", 1.0), ("OD", 1.0)])
    ('titre [g/L]: 1 value was multiplied by its dilution (10).',)
    """
    factors: dict[str, list[float]] = {}
    for heading, factor in used:
        factors.setdefault(heading, []).extend([factor] if factor != 1 else [])
    return tuple(_sentence(heading, found) for heading, found in factors.items() if found)


def _sentence(heading: str, factors: Sequence[float]) -> str:
    low, high = written(min(factors)), written(max(factors))
    span = low if low == high else f"{low} to {high}"
    if len(factors) == 1:
        return f"{heading}: 1 value was multiplied by its dilution ({span})."
    return f"{heading}: {len(factors)} values were multiplied by their dilutions ({span})."
