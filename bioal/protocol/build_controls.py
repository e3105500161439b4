"""From the entries of a file to the plate, the fixed parts and the controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from bioal.protocol.build_factors import BuiltFactors, check_name
from bioal.protocol.constraints import Constraint, OnlyWith
from bioal.protocol.definition import PLATE_SIZES, Control, Fixed, PlateSetup
from bioal.protocol.document import ControlEntry, FixedEntry, PlateEntry
from bioal.protocol.factors import Factor, Value
from bioal.protocol.findings import Findings, as_found, checked, place_of
from bioal.protocol.objective import Readout
from bioal.protocol.values import FactorValueError


def build_fixed(raw: Mapping[str, object], factors: Sequence[str], findings: Findings) -> dict[str, Fixed]:
    """Return the parts of the file's `[fixed]`: a value, or a table of value and unit."""
    fixed = {}
    for name, given in raw.items():
        check_name(name, ("fixed", name), findings)
        if name in factors:
            findings.add(
                "name-twice", place_of("fixed", name), found=f"{name!r}, which is a factor too",
                expected="a part that does not vary", remedy="Take it out of [fixed] or of [factors].",
            )  # fmt: skip
        entry = checked(FixedEntry, given if isinstance(given, Mapping) else {"value": given}, ("fixed", name), findings)
        if entry is not None:
            fixed[name] = Fixed(name, entry.value, entry.unit)
    return fixed


def build_plate(raw: Mapping[str, object], findings: Findings, notes: list[str]) -> PlateSetup | None:
    """Return the plate of the file's `[plate]`."""
    if "plate" not in raw:
        notes.append("No [plate] is given: 96 wells and one replicate of each condition are used.")
    entry = checked(PlateEntry, raw.get("plate", {}), ("plate",), findings)
    if entry is None:
        return None
    if entry.size not in PLATE_SIZES:
        findings.add(
            "wrong-value", "plate.size", found=str(entry.size), expected=f"one of {', '.join(map(str, PLATE_SIZES))}",
            remedy="Write the number of wells of the plate.",
        )  # fmt: skip
        return None
    return PlateSetup(entry.size, entry.replicates)


def build_controls(
    raw: Sequence[object],
    built: BuiltFactors,
    rules: Sequence[Constraint],
    fixed: Mapping[str, Fixed],
    findings: Findings,
) -> list[Control]:
    """Return the controls of the file's `[[controls]]`."""
    controls = []
    tied = [rule for rule in rules if isinstance(rule, OnlyWith)]
    for number, given in enumerate(raw):
        entry = checked(ControlEntry, given, ("controls", number), findings)
        if entry is not None:
            controls.append(_control(entry, place_of("controls", number), built, tied, fixed, findings))
    return controls


def _control(
    entry: ControlEntry,
    place: str,
    built: BuiltFactors,
    tied: Sequence[OnlyWith],
    fixed: Mapping[str, Fixed],
    findings: Findings,
) -> Control:
    known = {factor.name: factor for factor in built.factors}
    condition: dict[str, Value] = {}
    changed: dict[str, Value] = {}
    before = len(findings.problems)
    for name, value in entry.condition.items():
        at = f"{place}.condition.{place_of(name)}"
        if name in known:
            condition.update(_value(known[name], value, at, findings))
        elif name in fixed:
            changed[name] = value
        elif name not in built.mentioned:
            findings.unknown(at, name, [*built.mentioned, *fixed], "factor")
    complete = len(built.factors) == len(built.mentioned) and len(findings.problems) == before
    if complete and not (entry.role == "blank" and not entry.condition):
        _check_complete(condition, built.factors, tied, f"{place}.condition", findings)
    return Control(entry.role, entry.wells, condition, changed, entry.name)


def _value(factor: Factor, value: Value, at: str, findings: Findings) -> dict[str, Value]:
    if factor.per == "plate" and factor.size > 1:
        findings.add(
            "control-sets-plate", at, found=f"{factor.name!r}, which is set for each whole plate",
            expected="a control that follows its plate", remedy=f"Take {factor.name!r} out of the control.",
        )  # fmt: skip
        return {}
    try:
        return {factor.name: factor.parsed(value)}
    except FactorValueError as error:
        findings.add("wrong-value", at, found=as_found(value), expected=error.expected, remedy=error.remedy)
        return {}


def _check_complete(
    condition: Mapping[str, Value],
    factors: Sequence[Factor],
    tied: Sequence[OnlyWith],
    place: str,
    findings: Findings,
) -> None:
    row = pd.DataFrame({factor.name: [condition.get(factor.name)] for factor in factors}, dtype=object)
    absent = {rule.factor for rule in tied if not rule.allows(row)[0]}
    for factor in factors:
        there = factor.name in condition
        if not there and factor.per == "well" and factor.name not in absent:
            findings.add(
                "control-incomplete", place, found=f"no value of {factor.name!r}", expected="a value of every factor",
                remedy=f"Add {factor.name!r} to the condition.",
            )  # fmt: skip
        if there and factor.name in absent:
            findings.add(
                "control-inactive", f"{place}.{place_of(factor.name)}", found=f"a value of {factor.name!r}",
                expected=f"none: {next(rule.words() for rule in tied if rule.factor == factor.name)}",
                remedy="Take it out of the condition.",
            )  # fmt: skip


def check_references(
    readouts: Sequence[Readout],
    factors: Sequence[Factor],
    controls: Sequence[Control],
    plate: PlateSetup | None,
    findings: Findings,
) -> None:
    """Note what normalising by references lacks, and controls that leave no room on a plate."""
    varying = [factor.name for factor in factors if factor.per == "plate" and factor.size > 1]
    for readout in readouts:
        place = place_of("readouts", readout.name, "normalise")
        if readout.normalise == "reference" and not any(control.role == "reference" for control in controls):
            findings.add(
                "no-reference", place, found="no control with role reference", expected="reference wells on each plate",
                remedy='Add [[controls]] with role = "reference", or write normalise = "none".',
            )  # fmt: skip
        if readout.normalise == "reference" and varying:
            findings.add(
                "reference-hides-factor", place, found=f"a reference that follows {', '.join(varying)} of its plate",
                expected="no factor that is divided away by the reference of its own plate",
                remedy='Write normalise = "none", or keep the factor at one level.',
            )  # fmt: skip
    wells = sum(control.wells for control in controls)
    if plate is not None and wells + plate.replicates > plate.size:
        findings.add(
            "plate-full", "plate.size", found=f"{wells} control wells and {plate.replicates} replicates of a condition",
            expected=f"at most {plate.size} wells", remedy="Take fewer control wells or a larger plate.",
        )  # fmt: skip
