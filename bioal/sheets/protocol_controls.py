"""Controls as they were typed: a column for each, a row for each of its settings, factors and fixed parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bioal.errors import Problem
from bioal.measurements.cells import Cell, ReturnedTable
from bioal.protocol.headings import normalised
from bioal.sheets.protocol_cells import CellError, number, option, text_in, value, word
from bioal.sheets.protocol_forms import CONTROL_KEY, CONTROL_ROWS, ROLES
from bioal.sheets.protocol_pages import cell_under, control_headings
from bioal.sheets.protocol_places import Places

_KEYS = ("role", "wells", "name")
_READERS: dict[str, Callable[[Cell], object]] = {"role": word(ROLES), "wells": number, "name": text_in}


@dataclass
class ControlReader:
    """Reads controls; problems are kept, and each value's place is remembered."""

    places: Places
    factors: Mapping[str, Mapping[str, Any]]
    problems: list[Problem] = field(default_factory=list)

    def controls(self, table: ReturnedTable | None) -> list[dict[str, object]]:
        """Return the controls of the sheet; a column with nothing in it is none."""
        if table is None:
            return []
        self.places.add(("controls",), cell_under(table.headings, CONTROL_KEY))
        used = [
            heading
            for heading in control_headings(table)
            if any(row[heading].kind != "blank" for row in table.rows)
        ]
        return [self._control(number_, heading, table) for number_, heading in enumerate(used)]

    def _control(self, number_: int, heading: str, table: ReturnedTable) -> dict[str, object]:
        at = ("controls", number_)
        for place in (at, (*at, "condition")):
            self.places.add(place, table.headings[heading])
        keys = dict(zip(map(normalised, CONTROL_ROWS), _KEYS, strict=True))
        control: dict[str, object] = {}
        condition: dict[str, object] = {}
        for row in table.rows:
            label, cell = cell_under(row, CONTROL_KEY), row[heading]
            # A factor may have the name of a setting: the settings come first.
            key = keys.pop(normalised(str(label.value)), None)
            if key is not None:
                self._keep(control, key, cell, (*at, key), _READERS[key])
            elif label.kind != "blank" or cell.kind != "blank":
                self._part(condition, label, cell, (*at, "condition"))
        return {**control, "condition": condition} if condition else control

    def _part(
        self, condition: dict[str, object], label: Cell, cell: Cell, at: tuple[str | int, ...]
    ) -> None:
        name = name_in(label, self.problems)
        if name in condition and cell.kind != "blank":
            problem = label.problem("name-twice", "each name once", "Clear one of the two rows.")
            self.problems.append(problem)
        elif name:
            options = self.factors.get(name, {}).get("options")
            read = value if options is None else lambda typed: option(typed, options)
            self._keep(condition, name, cell, (*at, name), read)

    def _keep(
        self,
        into: dict[str, object],
        key: str,
        cell: Cell,
        at: tuple[str | int, ...],
        read: Callable[[Cell], object],
    ) -> None:
        self.places.add(at, cell)
        if cell.kind == "blank":
            return
        try:
            into[key] = read(cell)
        except CellError as error:
            self.problems.append(error.problem)


def name_in(cell: Cell, problems: list[Problem]) -> str:
    """Return the name in a cell, "" with a problem where there is none."""
    try:
        if cell.kind != "blank":
            return text_in(cell)
        problem = cell.problem("name-missing", "a name", "Give the row a name, or clear it.")
    except CellError as error:
        problem = replace(error.problem, code="name-unreadable")
    problems.append(problem)
    return ""
