"""From the entries of a file to the fixed parts and the controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from bioal.protocol.build_factors import BuiltFactors, check_name
from bioal.protocol.constraints import Constraint, OnlyWith
from bioal.protocol.definition import Control, Fixed
from bioal.protocol.document import ControlEntry, FixedEntry
from bioal.protocol.factors import Factor, Value
from bioal.protocol.findings import Findings, as_found, checked, place_of
from bioal.protocol.levels import rounded, written
from bioal.protocol.objective import NEEDED, Readout
from bioal.protocol.values import FactorValueError

CONTROL_ROLES = ("reference", "negative", "blank")


@dataclass(frozen=True)
class BuiltFixed:
    """The fixed parts that are sound, and how each is made, unread."""

    parts: Mapping[str, Fixed]
    made: Mapping[str, object]


def build_fixed(raw: Mapping[str, object], findings: Findings) -> BuiltFixed:
    """Return the parts of the file's `[fixed]`: a value, or a table of value, unit, and how it is made."""
    parts, made = {}, {}
    for name, given in raw.items():
        check_name(name, ("fixed", name), findings)
        table = dict(given) if isinstance(given, Mapping) else {"value": given}
        if "made" in table:
            made[name] = table.pop("made")
        entry = checked(FixedEntry, table, ("fixed", name), findings, others=("made",))
        part = None if entry is None else _fixed_part(name, entry, made.get(name), findings)
        if part is not None:
            parts[name] = part
    return BuiltFixed(parts, made)


def _fixed_part(name: str, entry: FixedEntry, made: object, findings: Findings) -> Fixed | None:
    """Return a fixed part; one that is made by volume or as a share of the well may leave its value out."""
    said = made if isinstance(made, Mapping) else {}
    fraction, volume = said.get("fraction"), said.get("volume")
    if entry.value is not None:
        share = rounded(100.0 * fraction) if isinstance(fraction, float | int) else None
        if share is not None and entry.unit == "%" and entry.value != share:
            found = f"{as_found(entry.value)} %"
            findings.note("fraction-differs", place_of("fixed", name, "value"), found, what=written(share))
        return Fixed(name, entry.value, entry.unit)
    if isinstance(fraction, float | int):
        return Fixed(name, rounded(100.0 * fraction), "%")
    if isinstance(volume, str):
        return Fixed(name, volume)
    findings.note("fixed-no-value", place_of("fixed", name), "no value")
    return None


def build_controls(
    raw: Sequence[object],
    built: BuiltFactors,
    constraints: Sequence[Constraint],
    fixed: Mapping[str, Fixed],
    findings: Findings,
) -> list[Control]:
    """Return the controls of the file's `[[controls]]`."""
    tied = [rule for rule in constraints if isinstance(rule, OnlyWith)]
    builder = _Builder(built, tied, fixed, findings)
    entries = [checked(ControlEntry, each, ("controls", number), findings) for number, each in enumerate(raw)]
    return [
        builder.control(entry, place_of("controls", number))
        for number, entry in enumerate(entries)
        if entry is not None
    ]


@dataclass
class _Builder:
    built: BuiltFactors
    tied: Sequence[OnlyWith]
    fixed: Mapping[str, Fixed]
    findings: Findings

    def control(self, entry: ControlEntry, place: str) -> Control:
        before = len(self.findings.problems)
        known = {factor.name: factor for factor in self.built.factors}
        condition: dict[str, Value] = {}
        for name, value in entry.condition.items():
            at = f"{place}.condition.{place_of(name)}"
            if name in known:
                condition.update(self._value(known[name], value, at))
            elif name not in self.fixed and name not in self.built.mentioned:
                self.findings.unknown(at, name, [*self.built.mentioned, *self.fixed], "factor")
        all_sound = len(known) == len(self.built.mentioned) and len(self.findings.problems) == before
        if all_sound and (entry.condition or entry.role != "blank"):
            self._check_complete(condition, f"{place}.condition")
        changed = {name: value for name, value in entry.condition.items() if name in self.fixed}
        return Control(entry.role, entry.wells, condition, changed, entry.name)

    def _value(self, factor: Factor, value: Value, place: str) -> dict[str, Value]:
        if factor.per == "plate" and factor.size > 1:
            found = f"{factor.name!r}, which is set for each whole plate"
            self.findings.note("control-sets-plate", place, found, what=repr(factor.name))
            return {}
        try:
            return {factor.name: factor.parsed(value)}
        except FactorValueError as error:
            self.findings.add(
                "wrong-value", place, found=as_found(value), expected=error.expected, remedy=error.remedy
            )
            return {}

    def _check_complete(self, condition: Mapping[str, Value], place: str) -> None:
        factors = self.built.factors
        row = pd.DataFrame({factor.name: [condition.get(factor.name)] for factor in factors}, dtype=object)
        absent = {rule.factor: rule.words() for rule in self.tied if not rule.allows(row)[0]}
        for factor in factors:
            name, there = factor.name, factor.name in condition
            if not there and factor.per == "well" and name not in absent:
                self.findings.note("control-incomplete", place, f"no value of {name!r}", what=repr(name))
            if there and name in absent:
                at = f"{place}.{place_of(name)}"
                self.findings.note("control-inactive", at, f"a value of {name!r}", what=absent[name])


def check_references(
    readouts: Sequence[Readout], factors: Sequence[Factor], controls: Sequence[Control], findings: Findings
) -> None:
    """Note what normalising by the control wells of a plate lacks, leaves open, or would hide."""
    varying = [factor.name for factor in factors if factor.per == "plate" and factor.size > 1]
    for readout in readouts:
        place = place_of("readouts", readout.name, "normalise")
        for role in CONTROL_ROLES:
            _check_role(readout, role, [control for control in controls if control.role == role], findings)
        if "reference" in NEEDED[readout.normalise] and varying:
            found = f"a reference that follows {', '.join(varying)} of its plate"
            findings.note("reference-hides-factor", place, found)


def _check_role(readout: Readout, role: str, controls: Sequence[Control], findings: Findings) -> None:
    """Note where the control of a role that a readout needs is not there, or is not the only one."""
    needed, named = role in NEEDED[readout.normalise], readout.named(role)
    titles = [control.title for control in controls]
    if named and named not in titles:
        findings.unknown(place_of("readouts", readout.name, role), named, titles, f"{role} control")
    place = place_of("readouts", readout.name, "normalise")
    if needed and not controls:
        code = "no-reference" if readout.normalise == "reference" else "no-control"
        findings.note(code, place, f"no control with role {role}", what=role)
    # Protocols that divide by several references are older than the names.
    if needed and not named and len(controls) > 1 and readout.normalise != "reference":
        findings.note("which-control", place, f"{len(controls)} controls with role {role}", what=role)
