"""From a TOML text to a protocol, or to the list of everything that is wrong with it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bioal.errors import Problem, ProtocolError
from bioal.protocol.build_controls import (
    build_controls,
    build_fixed,
    check_references,
)
from bioal.protocol.build_doses import blank_notes, snapped_controls
from bioal.protocol.build_economy import build_costs, build_stopping
from bioal.protocol.build_factors import BuiltFactors, build_factors, check_names_differ
from bioal.protocol.build_liquids import build_liquids
from bioal.protocol.build_outcomes import with_wanted
from bioal.protocol.build_plate import build_plate, check_plate_names, check_room, with_standards
from bioal.protocol.build_readouts import (
    build_objective,
    build_readouts,
    check_formulas,
    objective_entry,
    objective_formula,
)
from bioal.protocol.build_rules import build_constraints
from bioal.protocol.costs import COST
from bioal.protocol.definition import Protocol, Wishes
from bioal.protocol.document import TABLES, CampaignEntry, ProposalEntry
from bioal.protocol.factors import Numeric
from bioal.protocol.findings import Findings, as_found, checked
from bioal.protocol.instruments import Profiles, with_profiles
from bioal.protocol.objective import Readout

LONGEST = 1_000_000  # characters; thirty times the longest protocol that comes with bioal
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_LONG_NAME = re.compile(rf"(?<![\w-]){_PART}(?:[ \t]*\.[ \t]*{_PART}){{99}}")
_SHOWN = 200  # characters of a line that may be repeated in an answer

_NEEDED = {
    "campaign": 'Add [campaign] with name = "...".',
    "readouts": 'Add [readouts.NAME] with unit = "..." for what is measured.',
    "objective": 'Add [objective] with readout = "..." and direction = "maximize".',
    "factors": "Add [factors.NAME] with levels, low and high, or options.",
}


def read_protocol(text: str, source: str, profiles: Profiles | None = None) -> Protocol:
    """Return the protocol that a TOML text describes; raise `ProtocolError` with every problem.

    `profiles` are those of instruments that were recorded with it, instead of those that come with bioal.
    """
    findings = Findings(source)
    raw = with_profiles(parsed_toml(text, source), profiles or {})
    protocol = _protocol(raw, text, findings)
    if protocol is None or findings.problems:
        raise ProtocolError(findings.problems)
    protocol.space.require_feasible(source)
    return protocol


def parsed_toml(text: str, source: str) -> dict[str, object]:
    """Return the tables of a TOML text; raise `ProtocolError` with the line where it is none."""
    if (found := _unfit(text)) is not None:
        raise ProtocolError(_no_protocol(found, source))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProtocolError(_not_toml(str(error), text, source)) from error
    except RecursionError as error:
        raise ProtocolError(_no_protocol("brackets inside brackets without end", source)) from error
    except ValueError as error:
        # a whole number of thousands of digits is none for Python, and no fault of syntax for TOML
        raise ProtocolError(_no_protocol("a number of thousands of digits", source)) from error


def _unfit(text: str) -> str | None:
    """Return why a text is not even tried, None where it is: parsing it could take minutes."""
    if len(text) > LONGEST:
        return f"a text of {len(text)} characters (the limit is {LONGEST})"
    return "a name of a hundred parts and more" if _LONG_NAME.search(text) else None


def _no_protocol(found: str, source: str) -> Problem:
    remedy = "Begin with a protocol that bioal wrote: 'bioal new NAME', or 'bioal protocols'."
    return Problem("not-a-protocol", found, "a protocol as a TOML text", remedy, file=source)


def _not_toml(said: str, text: str, source: str) -> Problem:
    """Return the problem of a text that breaks off, with the line where it does and how to mend it."""
    rule = "Text stands in quotes, numbers do not, decimals have a point; every [ and { is closed; no name is"
    at, lines = re.search(r"\(at line (\d+),", said), text.splitlines()
    if at is None or int(at[1]) > len(lines):
        return Problem("not-toml", said, "a TOML text", f"{rule} given twice.", file=source)
    line = lines[int(at[1]) - 1].strip()[:_SHOWN]
    remedy = _quoted_name(line) or _with_point(line) or f"{rule} given twice."
    shown = line[:80] if line.isprintable() else repr(line[:80])
    found, place = f"{shown} ({said[: at.start()].strip()})", f"line {at[1]}"
    return Problem("not-toml", found, "a line of TOML", remedy, file=source, place=place)


def _quoted_name(line: str) -> str:
    """Return how to write a table or key whose name needs quotes, "" where that is not what is wrong.

    >>> _quoted_name("[factors.glucose stock]")
    'A name with spaces or signs stands in quotes: [factors."glucose stock"]'
    """
    said = "A name with spaces or signs stands in quotes:"
    if table := re.fullmatch(r"(\[\w+)\.([^\]\"'.]*[^\w\]\"'.-][^\]\"'.]*)\](\s*#.*)?", line, re.ASCII):
        return f'{said} {table[1]}."{table[2].strip()}"]'
    key = re.match(r"[^\"'=\[#{.]+(?==)", line)
    name = key[0].strip() if key else ""
    return f'{said} "{name}" = ...' if name and re.search(r"[^\w-]", name, re.ASCII) else ""


def _with_point(line: str) -> str:
    """Return how to write a number with a decimal comma, "" where there is none.

    >>> _with_point("step = 0,5")
    'Decimals have a point: step = 0.5'
    """
    number = re.fullmatch(r"([^=]+=\s*[+-]?\d+),(\d+)(\s*#.*)?", line)
    return f"Decimals have a point: {number[1]}.{number[2]}" if number else ""


def _protocol(raw: Mapping[str, object], text: str, findings: Findings) -> Protocol | None:
    _check_tables(raw, findings)
    tables = {name: _table(raw, name, findings) for name in ("factors", "readouts", "fixed")}
    check_names_differ([(table, name) for table, names in tables.items() for name in names], findings)
    name = _campaign_name(raw, findings)
    built = build_factors(tables["factors"], findings)
    wanted = objective_entry(raw.get("objective"), findings)
    readouts = with_wanted(_readouts(raw, tables["readouts"], built, findings), wanted, findings)
    named = dict.fromkeys(tables["readouts"]) | {one.name: one for one in readouts}
    objective = build_objective(raw["objective"], wanted, named, findings) if raw.get("objective") else None
    proposal = checked(ProposalEntry, raw.get("proposal", {}), ("proposal",), findings)
    fixed = build_fixed(tables["fixed"], findings)
    liquids = build_liquids(raw, built, fixed, findings)
    by_name = {factor.name: factor for factor in built.factors}
    given = _list(raw, "constraints", findings)
    rules = tuple(build_constraints(given, by_name, built.mentioned, findings))
    controls = build_controls(_list(raw, "controls", findings), built, rules, fixed.parts, findings)
    if liquids is not None:
        controls = snapped_controls(controls, liquids, built.factors, findings)
        built.notes += blank_notes(controls, liquids)
    plate = with_standards(build_plate(raw, findings, built.notes), readouts, findings)
    check_references(readouts, built.factors, controls, findings)
    check_room(plate, controls, findings)
    check_plate_names(plate, built.factors, tables, findings)
    stopping, costs = build_stopping(raw, objective, findings), build_costs(raw, liquids, findings)
    if name is None or objective is None or plate is None or findings.problems:
        return None
    return replace(
        Protocol(name, tuple(built.factors), rules, readouts, objective, plate, tuple(controls)),
        readouts=tuple(one for one in readouts if one.formula is None),
        derived=tuple(one for one in readouts if one.formula is not None),
        fixed=fixed.parts,
        text=text,
        liquids=liquids,
        notes=tuple(built.notes),
        past=built.past,
        renamed=built.renamed,
        stopping=stopping,
        costs=costs,
        proposal=Wishes() if proposal is None else _wishes(proposal),
    )


def _readouts(
    raw: Mapping[str, object], table: Mapping[str, object], built: BuiltFactors, findings: Findings
) -> tuple[Readout, ...]:
    """Return the readouts that are typed, and those that are formulas, the objective's own with them."""
    typed = build_readouts(table, findings)
    own = objective_formula(raw.get("objective"), findings)
    readouts = (*typed, *(() if own is None else (own,)))
    if own is not None and own.name in table:
        findings.note("name-twice", "objective.name", repr(own.name))
    measured = [one.name for one in typed if one.formula is None and one.outcomes is None]
    numeric = [factor.name for factor in built.factors if isinstance(factor, Numeric)]
    numeric += [COST] if any(name in raw for name in ("costs", "prices")) else []
    if len(typed) == len(table):
        check_formulas(readouts, measured, numeric, findings)
    return readouts


def _campaign_name(raw: Mapping[str, object], findings: Findings) -> str | None:
    given = raw.get("campaign")
    entry = checked(CampaignEntry, given, ("campaign",), findings) if given else None
    return None if entry is None else entry.name


def _wishes(entry: ProposalEntry) -> Wishes:
    return Wishes(entry.strategy, entry.model or "", entry.outcome_model or "")


def _check_tables(raw: Mapping[str, object], findings: Findings) -> None:
    for name in raw:
        if name not in TABLES:
            findings.unknown(name, name, TABLES, "table")
    for name, remedy in _NEEDED.items():
        if not raw.get(name):
            findings.note("missing-table", name, "nothing", what=name, remedy=remedy)


def _table(raw: Mapping[str, object], name: str, findings: Findings) -> Mapping[str, object]:
    table = raw.get(name, {})
    if isinstance(table, Mapping):
        return table
    findings.note("not-a-table", name, as_found(table), what=name)
    return {}


def _list(raw: Mapping[str, object], name: str, findings: Findings) -> Sequence[object]:
    entries = raw.get(name, [])
    if isinstance(entries, list):
        return entries
    findings.note("not-a-list", name, as_found(entries), what=name)
    return []
