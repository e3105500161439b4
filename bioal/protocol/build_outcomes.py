"""From the entries of a file to outcomes: are they words that can be told apart, and which are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bioal.protocol.document import ObjectiveEntry, ReadoutEntry
from bioal.protocol.findings import Findings, as_found, place_of
from bioal.protocol.headings import normalised
from bioal.protocol.objective import Readout
from bioal.protocol.outcomes import Outcomes

MOST = 12
LONGEST = 60

# What says something of numbers, and nothing of words.
_OF_NUMBERS = ("formula", "require", "no_product", "low", "high", "read", "standard", "pool", "unit")


def outcomes_of_readout(name: str, entry: ReadoutEntry, findings: Findings) -> Outcomes | None:
    """Return the outcomes of an entry of `[readouts]`; None where it is a number."""
    place = place_of("readouts", name)
    if entry.outcomes is None:
        _unused(entry, ("ordered", "works"), place, findings)
        return None
    given = [key for key in _OF_NUMBERS if getattr(entry, key) not in (None, "")]
    for key in [*given, *(["normalise"] if entry.normalise != "none" else [])]:
        findings.note("outcomes-with", f"{place}.{key}", key, what=key)
    found = _outcomes(entry.outcomes, entry.ordered, f"{place}.outcomes", findings)
    if found is None or entry.works is None:
        return found
    return _wanting(found, entry.works, f"{place}.works", findings)


def with_wanted(
    readouts: Sequence[Readout], entry: ObjectiveEntry | None, findings: Findings
) -> tuple[Readout, ...]:
    """Return readouts of which the objective's has the outcomes and wishes that the objective names."""
    if entry is None:
        return tuple(readouts)
    return tuple(
        _of_objective(one, entry, findings) if one.name == entry.readout else one for one in readouts
    )


def _of_objective(readout: Readout, entry: ObjectiveEntry, findings: Findings) -> Readout:
    found = readout.outcomes
    if entry.outcomes is not None and found is not None:
        findings.note("outcomes-twice", "objective.outcomes", "outcomes here and in the readout")
        return readout
    if entry.outcomes is not None:
        found = _of_number(readout, entry, entry.outcomes, findings)
    if found is None:
        if entry.outcomes is None:
            _unused(entry, ("ordered", "wanted"), "objective", findings)
        return replace(readout, may_fail=entry.may_fail)
    return replace(readout, outcomes=_wished(found, entry, findings))


def _of_number(
    readout: Readout, entry: ObjectiveEntry, names: Sequence[str], findings: Findings
) -> Outcomes | None:
    """Return the outcomes that the objective gives its readout, in which nothing may speak of numbers."""
    for key in _OF_NUMBERS:
        if getattr(readout, key) not in (None, ""):
            findings.note("outcomes-with", place_of("readouts", readout.name, key), key, what=key)
    if readout.normalise != "none":
        place = place_of("readouts", readout.name, "normalise")
        findings.note("outcomes-with", place, "normalise", what="normalise")
    return _outcomes(names, entry.ordered, "objective.outcomes", findings)


def _wished(found: Outcomes, entry: ObjectiveEntry, findings: Findings) -> Outcomes:
    if entry.direction != "maximize":
        findings.note("outcomes-with", "objective.direction", entry.direction, what="direction")
    if entry.may_fail:
        findings.note("outcomes-with", "objective.may_fail", "may_fail = true", what="may_fail")
    if found.wanted:
        findings.note("works-and-wanted", "objective.readout", "works in the readout of the objective")
    if entry.wanted is not None:
        return _wanting(found, entry.wanted, "objective.wanted", findings)
    if not found.ordered:
        findings.note("wanted-missing", "objective.wanted", "nothing", what=as_found(found.names[-1]))
        return found
    return replace(found, wanted=found.names[-1:])


def _outcomes(
    names: Sequence[str], ordered: bool | None, place: str, findings: Findings
) -> Outcomes | None:
    before = len(findings.problems)
    if not 2 <= len(names) <= MOST:
        findings.note("outcomes-count", place, as_found(list(names)), most=MOST)
    seen: set[str] = set()
    for number, name in enumerate(names):
        at, plain = f"{place}[{number + 1}]", normalised(name)
        if not plain or name != name.strip() or not name.isprintable() or len(name) > LONGEST:
            findings.note("outcome-refused", at, as_found(name), most=LONGEST)
        elif plain in seen:
            findings.note("outcome-twice", at, f"{as_found(name)} a second time")
        seen.add(plain)
    if len(findings.problems) > before:
        return None
    return Outcomes(tuple(names), ordered is not False)


def _wanting(found: Outcomes, wanted: Sequence[str], place: str, findings: Findings) -> Outcomes:
    codes = [found.code(name) for name in wanted]
    for name, code in zip(wanted, codes, strict=True):
        if code is None:
            findings.unknown(place, name, found.names, "outcome")
    known = sorted({code for code in codes if code is not None})
    if len(known) == len(found.names) or not wanted:
        findings.note("wanted-all", place, as_found(list(wanted)))
    return replace(found, wanted=tuple(found.names[code] for code in known))


def _unused(
    entry: ReadoutEntry | ObjectiveEntry, keys: Sequence[str], place: str, findings: Findings
) -> None:
    for key in keys:
        if getattr(entry, key) is not None:
            findings.note("outcomes-missing", f"{place}.{key}", key, what=key)

