"""The tables of a protocol as they were typed: each cell read as its kind, each place remembered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.protocol.headings import normalised
from bioal.protocol.levels import written
from bioal.protocol.spelling import suggestion
from bioal.sheets.protocol_cells import CellError, text_in, word
from bioal.sheets.protocol_controls import ControlReader, name_in
from bioal.sheets.protocol_forms import (
    CONTROLS,
    EXAMPLE,
    FACTORS,
    FIXED,
    FORMS,
    VALUE,
    Field,
    Sheet,
)
from bioal.sheets.protocol_pages import Pages, cell_under, cells_of
from bioal.sheets.protocol_places import Places
from bioal.sheets.protocol_rules import RuleReader
from bioal.sheets.protocol_tables import NOTE_TABLE, RULE_TABLE, STOCK_TABLE, TABLES

Table = dict[str, Any]
Row = Mapping[str, Cell]


@dataclass
class Tables:
    """What a workbook says, as `tomllib` would give it, with the cell of each place."""

    raw: Table = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    problems: list[Problem] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all factors and fixed parts, sound or not."""
        return tuple(name for table in ("factors", "fixed") for name in self.raw.get(table, {}))


def tables_in(pages: Pages) -> Tables:
    """Return the tables of a protocol workbook, with the problems of single cells."""
    reader = _Reader(pages, Tables())
    reader.read()
    return reader.tables


@dataclass
class _Reader:
    pages: Pages
    tables: Tables

    def read(self) -> None:
        raw, places = self.tables.raw, self.tables.places
        places.tables = self._titles()
        for form in FORMS:
            self._form(form)
        for table in TABLES:
            raw[table.table] = self._entries(table)
        self._stocks()
        rules = RuleReader(places, tuple(raw["factors"]))
        raw["constraints"] = rules.rules([_by_field(row, RULE_TABLE) for row in self._rows(RULE_TABLE)])
        self.tables.problems += rules.problems
        controls = ControlReader(places, raw["factors"])
        raw["controls"] = controls.controls(self.pages.tables.get(CONTROLS))
        self.tables.problems += controls.problems
        self.tables.notes = self._notes()
        self._tidy()

    def _titles(self) -> dict[str, str]:
        titles = self.pages.titles
        own = {table.table: titles.get(table.title, table.title) for table in (*TABLES, *FORMS, RULE_TABLE)}
        return {**own, "objective": own["campaign"], "controls": titles.get(CONTROLS, CONTROLS)}

    def _tidy(self) -> None:
        """Leave out what is empty, and short forms short."""
        raw = self.tables.raw
        filler = raw.get("liquids", {}).get("filler", {})
        if set(filler) == {"name"}:
            raw["liquids"]["filler"] = filler["name"]
        for name in [name for name, table in raw.items() if not table]:
            del raw[name]

    def _value(self, field: Field, cell: Cell) -> object:
        """Return what a cell holds, None where it is blank or unreadable."""
        if cell.kind == "blank":
            return None
        try:
            return word(field.words)(cell) if _is_word(field) else field.kind.read(cell)
        except CellError as error:
            self.tables.problems.append(error.problem)
            return None

    def _form(self, form: Sheet) -> None:
        table = self.pages.tables.get(form.title)
        if table is None:
            return
        self.tables.places.add((form.table,), cell_under(table.headings, form.key))
        by_label = {normalised(field.heading): field for field in form.fields}
        seen: set[str] = set()
        for row in table.rows:
            label, cell = cell_under(row, form.key), cell_under(row, VALUE)
            field = by_label.get(normalised(str(label.value)))
            if field is not None and field.heading not in seen:
                seen.add(field.heading)
                self._set(field, cell)
            elif cell.kind != "blank":
                self._unknown(label, [each.heading for each in form.fields])

    def _set(self, field: Field, cell: Cell) -> None:
        self.tables.places.add(field.path, cell)
        self.tables.places.add(field.path[:1], cell)
        found = self._value(field, cell)
        if found is not None:
            inner = self.tables.raw
            for key in field.path[:-1]:
                inner = inner.setdefault(key, {})
            inner[field.path[-1]] = found

    def _unknown(self, label: Cell, known: list[str]) -> None:
        remedy = suggestion(str(label.value), known) or "Put the name of the setting back, or clear the row."
        expected = f"one of {', '.join(known)}, each once"
        self.tables.problems.append(label.problem("unknown-setting", expected, remedy))

    def _rows(self, table: Sheet) -> Iterator[Row]:
        """Yield the rows of a table that are no examples; an example that was changed is a problem."""
        found = self.pages.tables.get(table.title)
        if found is None:
            return
        for row in found.rows:
            key = cell_under(row, table.key)
            if not table.examples or not normalised(str(key.value)).startswith(normalised(EXAMPLE)):
                yield row
            elif not _is_example(row, table):
                remedy = f"Write the name without '{EXAMPLE}' where the row counts; else clear the row."
                expected = "the example as it was"
                self.tables.problems.append(key.problem("example-changed", expected, remedy))

    def _entries(self, table: Sheet) -> Table:
        found = self.pages.tables.get(table.title)
        if found is not None:
            self.tables.places.add((table.table,), cell_under(found.headings, table.key))
        entries: Table = {}
        for row in self._rows(table):
            name = self._named(row, table, entries)
            if name:
                entries[name] = self._entry(row, table, (table.table, name))
        return entries

    def _named(self, row: Row, table: Sheet, taken: Mapping[str, object]) -> str:
        cell = cell_under(row, table.key)
        name = name_in(cell, self.tables.problems)
        if name in taken:
            remedy = "Rename one of the two, or take it out."
            self.tables.problems.append(cell.problem("name-twice", "each name once", remedy))
            return ""
        return name

    def _entry(self, row: Row, table: Sheet, at: tuple[str, ...]) -> Table:
        places = self.tables.places
        entry: Table = {}
        places.add(at, cell_under(row, table.key))
        for each in table.fields[1:]:
            cell = cells_of(row, each.heading)
            if cell is None:
                continue
            places.add((*at, *each.path), cell)
            found = self._value(each, cell)
            if found is not None:
                entry[each.path[-1]] = found
        past = entry.get("past")
        if "options" in entry and isinstance(past, float):
            entry["past"] = written(past)
        return entry

    def _stocks(self) -> None:
        seen: Table = {}
        for row in self._rows(STOCK_TABLE):
            name = self._named(row, STOCK_TABLE, seen)
            home = next((table for table in ("factors", "fixed") if name in self.tables.raw[table]), None)
            if not name:
                continue
            seen[name] = True
            if home is None:
                known = [*self.tables.raw["factors"], *self.tables.raw["fixed"]]
                remedy = suggestion(name, known) or f"Add it to '{FACTORS}' or '{FIXED}', or clear the row."
                cell = cell_under(row, STOCK_TABLE.key)
                expected = f"a factor or fixed part: {', '.join(known)}"
                self.tables.problems.append(cell.problem("unknown-name", expected, remedy))
                continue
            self._made(row, home, name)

    def _notes(self) -> tuple[str, ...]:
        """Return the lines of the notes, empty ones within them too."""
        cells = [cell_under(row, NOTE_TABLE.key) for row in self._rows(NOTE_TABLE)]
        lines = {int(cell.address.lstrip(ascii_uppercase)): str(cell.value or "").rstrip() for cell in cells}
        rows = (lines.get(row, "") for row in range(min(lines), max(lines) + 1)) if lines else ()
        return tuple(line for several in rows for line in several.split("\n"))

    def _made(self, row: Row, home: str, name: str) -> None:
        at = (home, name, "made")
        made = self._entry(row, STOCK_TABLE, at)
        stock = cells_of(row, "Stock")
        if stock is not None:
            self.tables.places.add((*at, "stocks"), stock)
        if made.pop("setting", False):
            if made:
                remedy = "Clear the other cells of the row, or clear Setting."
                cell = cell_under(row, "Setting")
                self.tables.problems.append(cell.problem("setting-and-stock", "a setting alone", remedy))
            self.tables.raw[home][name]["made"] = "setting"
            return
        if not isinstance(made.get("stock"), str | None):
            made["stocks"] = made.pop("stock")
        self.tables.raw[home][name]["made"] = made


def _is_word(field: Field) -> bool:
    return bool(field.words) and field.kind.read is text_in


def _by_field(row: Row, table: Sheet) -> dict[str, Cell]:
    found = {each.heading: cells_of(row, each.heading) for each in table.fields}
    return {heading: cell for heading, cell in found.items() if cell is not None}


def _is_example(row: Row, table: Sheet) -> bool:
    cells = [cells_of(row, each.heading) for each in table.fields]
    said = ["" if cell is None or cell.kind == "blank" else str(cell.value).strip() for cell in cells]
    return any(
        said == [f"{EXAMPLE} {example[0]}", *example[1:], *[""] * (len(said) - len(example))]
        for example in table.examples
    )
