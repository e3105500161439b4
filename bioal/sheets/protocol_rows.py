"""A protocol's tables as rows of its workbook: what goes under which heading, and nothing left out.

Each value is taken out of the tables when it is written; what is left in the end has no cell, and is refused.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from bioal.errors import Problem, Refused
from bioal.protocol.factors import Choice
from bioal.protocol.findings import place_of
from bioal.protocol.protocol import Protocol
from bioal.protocol.strategies import strategy_text
from bioal.protocol.writing import head_notes
from bioal.sheets.protocol_cells import VALUE, CellValue
from bioal.sheets.protocol_forms import (
    CONSTRAINTS,
    CONTROL_KEY,
    CONTROL_ROWS,
    CONTROLS,
    FORMS,
    NOTES,
    STOCKS,
    Field,
)
from bioal.sheets.protocol_rules import rule_rows
from bioal.sheets.protocol_tables import NOTE_TABLE, STOCK_TABLE, TABLES

Row = dict[str, CellValue]
Table = dict[str, Any]


def rows_of(protocol: Protocol) -> dict[str, list[Row]]:
    """Return the rows of each sheet; a form has one row with a value for each of its settings.

    Raises
    ------
    Refused
        With each key of the protocol that no sheet has a cell for.
    """
    raw = _evened(tomllib.loads(protocol.text))
    rows = {STOCKS: list(_stock_rows(raw))}
    rows[NOTES] = [{NOTE_TABLE.key: line} for line in head_notes(protocol.text)]
    for table in TABLES:
        entries = raw.get(table.table, {})
        rows[table.title] = [
            {table.key: name, **_taken(entry, table.fields[1:])} for name, entry in entries.items()
        ]
    rows[CONSTRAINTS] = [
        row
        for number, rule in enumerate(raw.get("constraints", []), start=1)
        for row in rule_rows(str(number), rule)
    ]
    choices = [factor.name for factor in protocol.factors if isinstance(factor, Choice)]
    rows[CONTROLS] = _control_rows(raw.get("controls", []), [*protocol.space.names, *protocol.fixed], choices)
    rows |= {form.title: [_taken(raw, form.fields)] for form in FORMS}
    _refuse_rest(raw)
    return rows


def _evened(raw: Table) -> Table:
    """Return the tables with every short form written out."""
    raw = deepcopy(raw)
    fixed = raw.get("fixed", {})
    raw["fixed"] = {name: part if isinstance(part, dict) else {"value": part} for name, part in fixed.items()}
    if isinstance(filler := raw.get("liquids", {}).get("filler"), str):
        raw["liquids"]["filler"] = {"name": filler}
    if isinstance(every := raw.get("plate", {}).get("every"), int):
        raw["plate"]["every"] = {"rows": every, "columns": every}
    if isinstance(strategy := raw.get("proposal", {}).get("strategy"), dict):
        raw["proposal"]["strategy"] = strategy_text(strategy)
    _even_gain(raw)
    _even_outcomes(raw)
    return raw


def _even_gain(raw: Table) -> None:
    """Put true and false of the rule of gain in the words that the workbook has for them."""
    stopping = raw.get("stopping", {})
    if stopping.pop("gain", False):
        stopping["gain"] = "below noise"


def _even_outcomes(raw: Table) -> None:
    """Put outcomes that the objective lists where the workbook has them: beside their readout."""
    objective = raw["objective"]
    readout = raw["readouts"].get(objective.get("readout"), {})
    for key in ("outcomes", "ordered"):
        if key in objective:
            readout[key] = objective.pop(key)


def _stock_rows(raw: Table) -> Iterator[Row]:
    for table in ("factors", "fixed"):
        for name, entry in raw[table].items():
            made = entry.pop("made", None)
            if isinstance(made, str):
                yield {STOCK_TABLE.key: name, "Setting": "yes"}
            elif made is not None:
                made |= {"stock": made.pop("stocks")} if "stocks" in made else {}
                yield {STOCK_TABLE.key: name, **_taken(made, STOCK_TABLE.fields[1:])}
                _refuse_rest({table: {name: {"made": made}}})


def _taken(entry: Table, fields: Sequence[Field]) -> Row:
    """Return what an entry says, by heading, and take it out of the entry."""
    row: Row = {}
    for field in fields:
        value = _take(entry, field.path)
        if value is not None:
            row[field.heading] = field.kind.write(value)
    return row


def _take(entry: Table, path: tuple[str, ...]) -> object:
    for key in path[:-1]:
        inner = entry.get(key)
        if not isinstance(inner, dict):
            return None
        entry = inner
    return entry.pop(path[-1], None)


def _control_rows(controls: list[Table], names: Sequence[str], choices: Sequence[str]) -> list[Row]:
    """Return a row for each setting and each part of the recipe, with a column for each control."""
    heads = [f"Control {number}" for number in range(1, len(controls) + 1)]
    rows: list[Row] = [{CONTROL_KEY: label} for label in CONTROL_ROWS]
    for head, control in zip(heads, controls, strict=True):
        for row, key in zip(rows, ("role", "wells", "name"), strict=True):
            value = control.pop(key, None)
            row[head] = value if value is None or isinstance(value, str) else float(value)
    conditions = [control.pop("condition", {}) for control in controls]
    used = [name for name in names if any(name in condition for condition in conditions)]
    for name in used or names:
        row = {CONTROL_KEY: name}
        for head, condition in zip(heads, conditions, strict=True):
            value = condition.pop(name, None)
            row[head] = value if value is None or name in choices else VALUE.write(value)
        rows.append(row)
    for control, condition in zip(controls, conditions, strict=True):
        control.update(condition)
    return rows


def _refuse_rest(raw: Mapping[str, object]) -> None:
    left = [place_of(*parts) for parts in _leaves(raw, ())]
    if left:
        remedy = "Keep this protocol as a TOML file, or take these keys out."
        expected = "keys that a workbook has cells for"
        raise Refused(Problem("workbook-no-cell", ", ".join(left), expected, remedy))


def _leaves(value: object, at: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, Mapping | list):
        inner = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in inner:
            yield from _leaves(item, (*at, key))
    else:
        yield at
