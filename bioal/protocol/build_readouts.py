"""From the entries of a file to readouts and the objective."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bioal.protocol.build_factors import check_name
from bioal.protocol.build_outcomes import outcomes_of_readout
from bioal.protocol.document import ObjectiveEntry, ReadoutEntry, StandardEntry
from bioal.protocol.findings import Findings, checked, place_of
from bioal.protocol.formulas import Formula, FormulaError, formula_of
from bioal.protocol.headings import RESERVED, normalised
from bioal.protocol.levels import written
from bioal.protocol.objective import Objective, Readout, Requirement, Standard
from bioal.protocol.reads import WAYS, read_in

_REQUIREMENT = re.compile(r"\s*(>=|<=)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*")


def build_readouts(raw: Mapping[str, object], findings: Findings) -> list[Readout]:
    """Return the readouts of the file's `[readouts]`."""
    readouts = []
    for name, given in raw.items():
        check_name(name, ("readouts", name), findings)
        entry = checked(ReadoutEntry, given, ("readouts", name), findings)
        if entry is not None:
            _check_expected(name, entry.low, entry.high, findings)
            readouts.append(_readout(name, entry, raw, findings))
    return readouts


def _readout(
    name: str, entry: ReadoutEntry, raw: Mapping[str, object], findings: Findings
) -> Readout:
    formula = _formula(entry.formula, place_of("readouts", name, "formula"), findings)
    if entry.formula is not None and entry.no_product is not None:
        place = place_of("readouts", name, "no_product")
        findings.note("formula-typed", place, "no_product", what="no_product")
    return Readout(
        name,
        entry.unit,
        entry.normalise,
        entry.no_product,
        entry.low,
        entry.high,
        pool=entry.pool,
        reference=entry.reference or "",
        negative=entry.negative or "",
        blank=entry.blank or "",
        formula=formula,
        require=None if entry.outcomes else _requirement(name, entry, findings),
        read=_read(name, entry.read, findings),
        standard=_standard(name, entry.standard, raw, findings),
        outcomes=outcomes_of_readout(name, entry, findings),
    )


def _formula(text: str | None, place: str, findings: Findings) -> Formula | None:
    if text is None:
        return None
    try:
        return formula_of(text)
    except FormulaError as error:
        findings.note("formula-refused", place, error.found, what=error.expected)
        return None


def _requirement(name: str, entry: ReadoutEntry, findings: Findings) -> Requirement | None:
    """Return what a readout must be; the unit may be repeated."""
    if entry.require is None:
        return None
    match = _REQUIREMENT.fullmatch(entry.require)
    if match is None or match[3] not in ("", entry.unit):
        place = place_of("readouts", name, "require")
        findings.note("require-refused", place, repr(entry.require), what=f">= 80 {entry.unit}".strip())
        return None
    return Requirement(">=" if match[1] == ">=" else "<=", float(match[2]))


def check_formulas(
    readouts: Sequence[Readout], measured: Sequence[str], numeric: Sequence[str], findings: Findings
) -> None:
    """Note names in formulas that are neither a readout that is typed nor a number of the condition."""
    for readout in readouts:
        for name in () if readout.formula is None else readout.formula.names:
            if name not in measured and name not in numeric:
                place = place_of("readouts", readout.name, "formula")
                findings.unknown(place, name, [*measured, *numeric], "readout")


def objective_formula(raw: object, findings: Findings) -> Readout | None:
    """Return the readout that the objective's own formula makes; None where it names one."""
    text = raw.get("formula") if isinstance(raw, Mapping) else None
    if not isinstance(raw, Mapping) or not isinstance(text, str) or not text:
        return None
    formula = _formula(text, "objective.formula", findings)
    name = raw.get("name")
    return None if formula is None else Readout(name if isinstance(name, str) else text, formula=formula)


def _standard(
    name: str, entry: StandardEntry | None, raw: Mapping[str, object], findings: Findings
) -> Standard | None:
    """Return the standard curve of a readout; its signal is no readout itself."""
    if entry is None:
        return None
    taken = {normalised(one) for one in raw} | {normalised(one) for one in RESERVED}
    if normalised(entry.signal) in taken:
        place = place_of("readouts", name, "standard")
        findings.note("signal-taken", place, f"signal = {entry.signal!r}")
    return Standard(entry.signal, entry.curve, entry.weights, tuple(entry.wells.items()))


def _read(name: str, text: str, findings: Findings) -> str:
    """Return how a series is read, as it is written from now on."""
    try:
        return str(read_in(text)) if text else ""
    except ValueError as error:
        place = place_of("readouts", name, "read")
        findings.note("read-unknown", place, f"{text!r} ({error})", what=WAYS)
        return ""


def _check_expected(name: str, low: float | None, high: float | None, findings: Findings) -> None:
    if low is not None and high is not None and low >= high:
        found = f"high {written(high)} with low {written(low)}"
        place = place_of("readouts", name, "high")
        findings.note("low-above-high", place, found, what="high above low", remedy="Exchange them.")


def objective_entry(raw: object, findings: Findings) -> ObjectiveEntry | None:
    """Return the file's `[objective]`, well formed; None, with findings, where it is not."""
    return checked(ObjectiveEntry, raw, ("objective",), findings) if raw else None


def build_objective(
    raw: object, entry: ObjectiveEntry | None, readouts: Mapping[str, Readout | None], findings: Findings
) -> Objective | None:
    """Return the objective of the file's `[objective]`; `readouts` are those of the file, by name."""
    # The name is looked up even where another key is wrong, so that all is said at once.
    named = raw.get("readout") if isinstance(raw, Mapping) else None
    if isinstance(named, str) and named not in readouts:
        findings.unknown("objective.readout", named, readouts, "readout")
    if entry is None:
        return None
    if (entry.readout is None) == (entry.formula is None):
        found = "neither" if entry.readout is None else "both a readout and a formula"
        findings.note("objective-readout", "objective", found)
        return None
    wanted = entry.readout or entry.name or entry.formula or ""
    if entry.direction == "target" and entry.target is None:
        findings.note("target-missing", "objective.target", "no target")
        return None
    if entry.direction != "target" and entry.target is not None:
        found = f"target = {written(entry.target)}"
        findings.note("target-unused", "objective.target", found, direction=entry.direction)
        return None
    readout = readouts.get(wanted)
    _check_failing(entry, readout, findings)
    outcomes = None if readout is None else readout.outcomes
    wish = "" if outcomes is None else outcomes.wish
    return Objective(wanted, entry.name or wanted, entry.direction, entry.target, entry.may_fail, wish)


def _check_failing(entry: ObjectiveEntry, readout: Readout | None, findings: Findings) -> None:
    """Note what does not go with a status that means a failure."""
    if not entry.may_fail:
        return
    if readout is None or readout.formula is not None:
        findings.note("may-fail-formula", "objective.may_fail", "a formula")
    elif readout.no_product is not None:
        place = place_of("readouts", readout.name, "no_product")
        findings.note("may-fail-value", place, f"no_product = {written(readout.no_product)}")
