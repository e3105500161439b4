"""Constraints as rows and back: a rule has a row for each factor in it, held together by its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.protocol.spelling import suggestion
from bioal.sheets.protocol_cells import NUMBER_CELL, CellError, CellValue, number, text_in, word
from bioal.sheets.protocol_forms import KINDS
from bioal.sheets.protocol_places import Places
from bioal.sheets.protocol_tables import RULE_TABLE

OF, TO = "of", "to"
LIMITS = {"At least": "at_least", "At most": "at_most", "Equals": "equals"}
_KEYS = {kind: kind.replace(" ", "_") for kind in KINDS}
_VALUES = RULE_TABLE.field("Value").kind
Rows = Sequence[Mapping[str, Cell]]


def rule_rows(label: str, rule: dict[str, object]) -> Iterator[dict[str, CellValue]]:
    """Yield the rows of a rule; what is written is taken out of it."""
    kind = next(kind for kind, key in _KEYS.items() if key in rule)
    parts = list(_parts(kind, rule))
    limits = {heading: rule.pop(key) for heading, key in LIMITS.items() if key in rule}
    if kind == "at most nonzero":
        limits = {"At most": rule.pop("at_most_nonzero")}
    for place, (name, value) in enumerate(parts):
        row: dict[str, CellValue] = {"Rule": label, "Factor": name, "Value": value}
        if place == 0:
            row |= {"Kind": kind, **{key: NUMBER_CELL.write(limit) for key, limit in limits.items()}}
        yield row


def _parts(kind: str, rule: dict[str, object]) -> Iterator[tuple[str, CellValue]]:
    if kind == "at most nonzero":
        yield from ((str(name), None) for name in _listed(rule.pop("factors")))
        return
    if kind == "only with":
        yield str(rule.pop("factor")), None
    given = rule.pop(_KEYS[kind])
    if kind == "ratio" and isinstance(given, dict):
        yield from ((str(given.pop(side)), side) for side in (OF, TO))
    elif isinstance(given, dict):
        yield from ((name, _VALUES.write(value)) for name, value in given.items())
    else:
        yield from ((str(name), None) for name in _listed(given))


def _listed(given: object) -> list[object]:
    return given if isinstance(given, list) else [given]


@dataclass
class RuleReader:
    """Reads rules; problems are kept, and each value's place is remembered."""

    places: Places
    factors: Sequence[str]
    problems: list[Problem] = field(default_factory=list)

    def rules(self, rows: Rows) -> list[dict[str, object]]:
        """Return the constraints of the sheet's rows."""
        grouped: dict[str, list[Mapping[str, Cell]]] = {}
        for row in rows:
            label = self._label(row)
            if label:
                grouped.setdefault(label, []).append(row)
        built: list[dict[str, object]] = []
        for group in grouped.values():
            try:
                built.append(self._rule(len(built), group))
            except CellError as error:
                self.problems.append(error.problem)
        return built

    def _label(self, row: Mapping[str, Cell]) -> str:
        if row["Rule"].kind == "blank":
            remedy = "Give each row the number of the rule that it belongs to."
            self.problems.append(row["Rule"].problem("rule-unnumbered", "the number of a rule", remedy))
            return ""
        try:
            return text_in(row["Rule"])
        except CellError as error:
            self.problems.append(error.problem)
            return ""

    def _rule(self, place: int, rows: Rows) -> dict[str, object]:
        at = ("constraints", place)
        self.places.add(at, rows[0]["Rule"])
        kind = self._kind(rows)
        limits = self._limits(rows, at)
        named = self._named(rows)
        return {**self._contents(kind, named, at), **self._bounded(kind, limits, rows)}

    def _kind(self, rows: Rows) -> str:
        given = [row["Kind"] for row in rows if row["Kind"].kind != "blank"]
        if not given:
            raise CellError(
                rows[0]["Kind"].problem("constraint-kind", f"one of {', '.join(KINDS)}", "Choose the kind.")
            )
        kinds = [word(KINDS)(cell) for cell in given]
        for cell, kind in zip(given, kinds, strict=True):
            if kind != kinds[0]:
                remedy = "Give the rows of another rule another number, or correct the kind."
                raise CellError(cell.problem("constraint-kind", f"{kinds[0]}, as above in this rule", remedy))
        return kinds[0]

    def _limits(self, rows: Rows, at: tuple[str | int, ...]) -> dict[str, float]:
        found: dict[str, float] = {}
        for row in rows:
            for heading, key in LIMITS.items():
                cell = row.get(heading)
                if cell is not None:
                    self.places.add((*at, key), cell)
                if cell is None or cell.kind == "blank":
                    continue
                limit = number(cell)
                if found.setdefault(key, limit) != limit:
                    raise CellError(cell.problem("limit-twice", "one limit for a rule", "Clear one of them."))
        return found

    def _named(self, rows: Rows) -> dict[str, Cell]:
        found: dict[str, Cell] = {}
        for row in rows:
            if row["Factor"].kind == "blank":
                raise CellError(row["Factor"].problem("name-missing", "a factor", "Choose the factor."))
            name = text_in(row["Factor"])
            if name in found:
                raise CellError(row["Factor"].problem("factor-twice", "each factor once", "Clear one row."))
            if name not in self.factors:
                remedy = suggestion(name, self.factors) or "Choose the factor from the list."
                expected = f"one of {', '.join(self.factors)}"
                raise CellError(row["Factor"].problem("unknown-name", expected, remedy))
            found[name] = row["Value"]
        return found

    def _contents(
        self, kind: str, named: dict[str, Cell], at: tuple[str | int, ...]
    ) -> dict[str, object]:
        key = _KEYS[kind]
        self.places.add((*at, key), next(iter(named.values())))
        for name, cell in named.items():
            self.places.add((*at, key, name), cell)
        if kind in ("sum", "product"):
            return {key: {name: _weight(cell) for name, cell in named.items()}}
        if kind == "ratio":
            return {"ratio": _ratio(named)}
        if kind == "at most nonzero":
            _refuse_values(named)
            return {"factors": list(named)}
        if kind == "forbid":
            return {"forbid": {name: _some(cell) for name, cell in named.items()}}
        return _tied(named)

    def _bounded(self, kind: str, limits: dict[str, float], rows: Rows) -> dict[str, object]:
        if kind in ("sum", "product", "ratio"):
            return dict(limits)
        if kind == "at most nonzero":
            if set(limits) != {"at_most"}:
                remedy = "Fill in how many of them may be above zero, and no other limit."
                raise CellError(rows[0]["Rule"].problem("limits-missing", "a number under At most", remedy))
            return {"at_most_nonzero": limits["at_most"]}
        if limits:
            remedy = f"Clear the limits: '{kind}' has none."
            raise CellError(rows[0]["Kind"].problem("limit-unused", "a sum, product or ratio", remedy))
        return {}


def _weight(cell: Cell) -> float:
    return 1.0 if cell.kind == "blank" else number(cell)


def _some(cell: Cell) -> object:
    found = [] if cell.kind == "blank" else _VALUES.read(cell)
    if not found:
        raise CellError(cell.problem("no-options", "a level or option", "Fill in what is meant."))
    return found


def _refuse_values(named: Mapping[str, Cell]) -> None:
    for cell in named.values():
        if cell.kind != "blank":
            raise CellError(cell.problem("value-unused", "an empty cell", "Clear it: only factors count."))


def _ratio(named: Mapping[str, Cell]) -> dict[str, str]:
    sides = {word((OF, TO))(cell): name for name, cell in named.items() if cell.kind != "blank"}
    if len(named) != 2 or set(sides) != {OF, TO}:
        cell = next(iter(named.values()))
        remedy = "Write 'of' beside the one and 'to' beside the factor that it is divided by."
        raise CellError(cell.problem("ratio-unclear", "two factors, one 'of' and one 'to'", remedy))
    return sides


def _tied(named: Mapping[str, Cell]) -> dict[str, object]:
    tied = [name for name, cell in named.items() if cell.kind == "blank"]
    if len(tied) != 1 or len(named) < 2:
        cell = next(iter(named.values()))
        remedy = "Leave Value empty beside the factor that is tied; fill it in beside what it needs."
        raise CellError(cell.problem("only-with-unclear", "one factor without a value", remedy))
    return {
        "factor": tied[0],
        "only_with": {name: _some(cell) for name, cell in named.items() if name != tied[0]},
    }
