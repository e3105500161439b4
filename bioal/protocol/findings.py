"""What is wrong with a protocol, gathered: each finding with its place in the file and what to write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bioal.errors import Problem
from bioal.protocol.levels import written
from bioal.protocol.sayings import SAYINGS
from bioal.protocol.spelling import suggestion

AnEntry = TypeVar("AnEntry", bound=BaseModel)

# What pydantic's own errors expect; ours say it themselves.
_KINDS = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "list_type": "a list in square brackets",
    "dict_type": "a table in braces",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "finite_number": "a finite number",
}


@dataclass
class Findings:
    """The problems found so far in one file."""

    source: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, code: str, place: str, *, found: str, expected: str, remedy: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(code, found, expected, remedy, file=self.source, place=place))

    def note(self, code: str, place: str, found: str, **words: object) -> None:
        """Note a problem whose words stand in `SAYINGS`, with these filled in."""
        expected, remedy = (saying.format(**words) for saying in SAYINGS[code])
        self.add(code, place, found=found, expected=expected, remedy=remedy)

    def unknown(self, place: str, name: str, known: Iterable[str], kind: str) -> None:
        """Note a name that is none of those known, with the nearest as a suggestion."""
        known = tuple(known)
        expected = f"one of {', '.join(known)}" if known else f"no {kind}: there are none"
        remedy = suggestion(name, known) or f"Correct the {kind} or take it out."
        self.add("unknown-name", place, found=f"the {kind} {name!r}", expected=expected, remedy=remedy)


def place_of(*parts: str | int) -> str:
    """Return a path in the file: names that are no plain words in quotes, list items counted from 1.

    >>> place_of("factors", "Mg-glutamate", "levels", 0)
    'factors."Mg-glutamate".levels[1]'
    """
    place = ""
    for part in parts:
        if isinstance(part, int):
            place += f"[{part + 1}]"
        else:
            plain = part if re.fullmatch(r"\w+", part, re.ASCII) else json.dumps(part, ensure_ascii=False)
            place += f".{plain}" if place else plain
    return place


def as_found(value: object) -> str:
    """Return a value of the file as it would be written there.

    >>> as_found(2.0), as_found("2"), as_found(True)
    ('2', '"2"', 'true')
    """
    if isinstance(value, float):
        return written(value)
    if isinstance(value, str | bool | int | list | dict):
        said = json.dumps(value, ensure_ascii=False, default=str)
        return said if len(said) <= 80 else said[:77] + "..."
    return str(value)


def checked(
    model: type[AnEntry],
    raw: object,
    at: Sequence[str | int],
    findings: Findings,
    *,
    others: Sequence[str] = (),
) -> AnEntry | None:
    """Return a table of the file as an entry; None, with findings, where it is not well formed.

    `others` are keys that would have made another kind of entry of it: one of them may be meant.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _note(detail, model, at, findings, others)
    return None


def _note(
    detail: ErrorDetails,
    model: type[BaseModel],
    at: Sequence[str | int],
    findings: Findings,
    others: Sequence[str],
) -> None:
    place = place_of(*at, *detail["loc"])
    key = str(detail["loc"][-1]) if detail["loc"] else ""
    keys = tuple(model.model_fields)
    if detail["type"] == "extra_forbidden":
        remedy = suggestion(key, (*others, *keys)) or "Take it out."
        expected = f"one of {', '.join((*others, *keys))}"
        findings.add("unknown-key", place, found=f"the key {key!r}", expected=expected, remedy=remedy)
    elif detail["type"] == "missing":
        remedy = f"Add a line {key} = ..."
        findings.add("missing-key", place, found="nothing", expected=f"the key {key!r}", remedy=remedy)
    else:
        expected, remedy = _expected(detail, _where_the_unit_stands(at, keys))
        findings.add("wrong-value", place, found=as_found(detail["input"]), expected=expected, remedy=remedy)


def _where_the_unit_stands(at: Sequence[str | int], keys: Sequence[str]) -> str:
    """Return the end of a sentence that says where a number's unit is written in this table."""
    if "unit" in keys:
        return "; the unit has a line of its own"
    if at and at[0] in ("stopping", "costs", "prices"):
        return " and without a unit; the currency stands once, in [costs]"
    return " and without a unit"


def _expected(detail: ErrorDetails, unit: str) -> tuple[str, str]:
    value, context = detail["input"], detail.get("ctx", {})
    if detail["type"] == "literal_error":
        allowed = str(context["expected"])
        known = tuple(re.findall(r"'([^']*)'", allowed))
        return f"one of {', '.join(known)}", suggestion(
            str(value), known
        ) or f'Write "{known[0]}", for example.'
    expected = _KINDS.get(detail["type"], detail["msg"].removeprefix("Input should be "))
    if "number" in expected and isinstance(value, str):
        return expected, f"Write the number without quotes{unit}."
    if expected == "text in quotes" and not isinstance(value, str):
        return expected, f'Write "{as_found(value)}".'
    return expected, "Correct the value."
