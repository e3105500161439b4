"""A protocol that changes between rounds: what changed, in words, and which past conditions still count.

The new text says what cannot be guessed: `past` is the value that an added factor had before,
`renamed_from` a factor's former name, `[fixed]` the value at which a dropped factor is kept from now on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.errors import ProtocolError
from bioal.protocol.arrays import Bools
from bioal.protocol.constraints import OnlyWith
from bioal.protocol.definition import Control, Protocol
from bioal.protocol.factors import Choice, Factor, Numeric, Value
from bioal.protocol.findings import Findings, place_of, suggestion
from bioal.protocol.levels import fits, written
from bioal.protocol.values import is_blank


@dataclass(frozen=True)
class Amendment:
    """The step from one protocol to the next; `changes` are its sentences, none where nothing changed."""

    old: Protocol
    new: Protocol
    changes: tuple[str, ...]

    def carried(self, conditions: pd.DataFrame) -> tuple[pd.DataFrame, Bools]:
        """Return past conditions in the new factors, and which of them still count, shape (n,).

        A condition counts where a factor that is now fixed had its fixed value, where an ordered choice
        has its option still, and where a conditional factor is there as the new rules have it. Levels
        that are no longer proposed count; limits on proposals say nothing about the past.
        """
        columns = {factor.name: self._past(factor, conditions) for factor in self.new.factors}
        carried = pd.DataFrame(columns, index=conditions.index)
        counts = np.ones(len(conditions), bool)
        for name in self.dropped:
            counts &= [self._as_fixed(name, value) for value in conditions[name]]
        for factor in self.new.factors:
            counts &= _can_be(factor, carried[factor.name])
        for rule in self.new.constraints:
            if isinstance(rule, OnlyWith):
                # What was said of a factor that is now not there does not matter any more.
                carried.loc[~rule.allows(carried), rule.factor] = None
        return carried, counts & self._complete(carried)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Return the former factors that are no longer among the factors."""
        return tuple(name for name in self.old.space.names if name not in _former(self.new).values())

    def _past(self, factor: Factor, conditions: pd.DataFrame) -> pd.Series:
        former = _former(self.new)[factor.name]
        kind: type = object if isinstance(factor, Choice) else float
        if former in self.old.space.names:
            return conditions[former].astype(kind)
        return pd.Series([self.new.past[factor.name]] * len(conditions), index=conditions.index, dtype=kind)

    def _as_fixed(self, name: str, value: object) -> bool:
        kept = self.new.fixed[name].value
        if is_blank(value) or isinstance(kept, str) or isinstance(value, str):
            return value == kept
        return fits(float(value), kept)  # type: ignore[arg-type]

    def _complete(self, carried: pd.DataFrame) -> Bools:
        tied = {rule.factor: rule for rule in self.new.constraints if isinstance(rule, OnlyWith)}
        complete = np.ones(len(carried), bool)
        for name in carried:
            there = tied[name].allows(carried) if name in tied else np.ones(len(carried), bool)
            complete &= carried[name].notna().to_numpy() | ~there
        return complete


def amendment(old: Protocol, new: Protocol) -> Amendment:
    """Return what changes from one protocol to the next.

    Raises
    ------
    ProtocolError
        Where a unit changes, a factor appears without `past` or `renamed_from`, or one vanishes without
        a value in `[fixed]`.
    """
    findings = Findings("protocol.toml")
    _check_factors(old, new, findings)
    _check_readouts(old, new, findings)
    if findings.problems:
        raise ProtocolError(findings.problems)
    return Amendment(old, new, tuple(_changes(old, new)))


def _former(new: Protocol) -> dict[str, str]:
    """Return the name that each factor of the new protocol had before."""
    return {name: new.renamed.get(name, name) for name in new.space.names}


def _can_be(factor: Factor, values: pd.Series) -> Bools:
    if isinstance(factor, Choice) and factor.ordered:
        return np.array([is_blank(value) or value in factor.options for value in values], bool)
    return np.ones(len(values), bool)


def _check_factors(old: Protocol, new: Protocol, findings: Findings) -> None:
    former = _former(new)
    for factor in new.factors:
        name = former[factor.name]
        if name in old.space.names:
            _check_kind(old.factor(name), factor, findings)
        elif factor.name in new.renamed:
            findings.unknown(place_of("factors", factor.name, "renamed_from"), name, old.space.names, "former factor")
        elif factor.name not in new.past:
            _note_added(factor, old, new, findings)
    for name in old.space.names:
        if name not in former.values() and name not in new.fixed:
            findings.add(
                "dropped-factor", place_of("factors", name), found="no factor and no fixed part of this name any more",
                expected="its value from now on", remedy=f"Add {place_of(name)} = ... under [fixed].",
            )  # fmt: skip


def _note_added(factor: Factor, old: Protocol, new: Protocol, findings: Findings) -> None:
    gone = [name for name in old.space.names if name not in _former(new).values() and name not in new.fixed]
    hint = suggestion(factor.name, gone)
    rename = f"{hint} Then write renamed_from." if hint else "If it was renamed, write renamed_from."
    findings.add(
        "added-factor", place_of("factors", factor.name), found=f"the new factor {factor.name!r}",
        expected="its value in the past rounds", remedy=f"Add a line past = ... {rename}",
    )  # fmt: skip


def _check_kind(before: Factor, after: Factor, findings: Findings) -> None:
    if type(before) is not type(after) or (isinstance(before, Choice) and before.ordered != after.ordered):  # type: ignore[union-attr]
        findings.add(
            "kind-changed", place_of("factors", after.name), found=f"{_kind(after)}, {_kind(before)} before",
            expected="the same kind of factor", remedy="Give it a new name, with past.",
        )  # fmt: skip
    elif before.unit != after.unit:
        findings.add(
            "unit-changed", place_of("factors", after.name, "unit"), found=f"{after.unit!r}",
            expected=f"{before.unit!r}, as in the past rounds", remedy="Keep the unit, and convert the levels to it.",
        )  # fmt: skip


def _kind(factor: Factor) -> str:
    if isinstance(factor, Numeric):
        return "a number"
    return "an ordered choice" if factor.ordered else "a choice"


def _check_readouts(old: Protocol, new: Protocol, findings: Findings) -> None:
    units = {readout.name: readout.unit for readout in old.readouts}
    for readout in new.readouts:
        if units.get(readout.name, readout.unit) != readout.unit:
            findings.add(
                "unit-changed", place_of("readouts", readout.name, "unit"), found=f"{readout.unit!r}",
                expected=f"{units[readout.name]!r}, as in the past rounds", remedy="Give the readout a new name.",
            )  # fmt: skip
    for name in units.keys() - {readout.name for readout in new.readouts}:
        findings.add(
            "readout-dropped", place_of("readouts", name), found="nothing", expected="the readout of the past rounds",
            remedy="Keep it; the objective may speak of another.",
        )  # fmt: skip


def _changes(old: Protocol, new: Protocol) -> Iterator[str]:
    former = _former(new)
    for factor in new.factors:
        if former[factor.name] not in old.space.names:
            yield f"{factor.name} is added: {_levels(factor)}; in past rounds it was {_said(factor, new.past[factor.name])}."
            continue
        before = old.factor(former[factor.name])
        if before.name != factor.name:
            yield f"{before.name} is now called {factor.name}."
        yield from _factor_changes(before, factor)
    for name in old.space.names:
        if name not in former.values():
            yield f"{name} no longer varies: it is {new.fixed[name]}; past conditions with another value do not count."
    yield from _other_changes(old, new)


def _factor_changes(before: Factor, after: Factor) -> Iterator[str]:
    if _levels(before) != _levels(after):
        frozen = "is frozen at" if after.size == 1 else f"changes from {_levels(before)} to"
        yield f"{after.name} {frozen} {_levels(after)}."
    if isinstance(before, Numeric) and isinstance(after, Numeric) and before.scale != after.scale:
        yield f"{after.name} is now on a {after.scale} scale."
    if before.per != after.per:
        yield f"{after.name} is now set per {after.per}."


def _levels(factor: Factor) -> str:
    if isinstance(factor, Choice):
        return ", ".join(factor.options)
    if factor.size <= 6:
        return f"{', '.join(map(written, factor.levels))} {factor.unit}".strip()
    ends = f"{written(factor.levels[0])} to {written(factor.levels[-1])} {factor.unit}".strip()
    return f"{factor.size} levels, {ends}"


def _said(factor: Factor, value: Value) -> str:
    return f"{factor.text(value)} {factor.unit}".strip()


def _other_changes(old: Protocol, new: Protocol) -> Iterator[str]:
    before, after = ([rule.words() for rule in each.constraints] for each in (old, new))
    yield from (f"No longer asked: {rule}." for rule in before if rule not in after)
    yield from (f"Newly asked: {rule}." for rule in after if rule not in before)
    if old.controls != new.controls:
        yield f"Controls on each plate: {_controls(old.controls)} before, {_controls(new.controls)} now."
    if old.plate != new.plate:
        yield (
            f"Plate: {old.plate.size} wells with {old.plate.replicates} replicates before, "
            f"{new.plate.size} with {new.plate.replicates} now."
        )
    for name in {**old.fixed, **new.fixed}:
        if name in old.fixed and name in new.fixed and old.fixed[name] != new.fixed[name]:
            yield f"Fixed part {name}: {old.fixed[name]} before, {new.fixed[name]} now; past conditions had the former."
    if old.objective != new.objective:
        yield f"The objective is now to {new.objective.direction} {new.objective.name} (readout {new.objective.readout})."
    if old.readouts != new.readouts:
        yield f"Readouts: {', '.join(readout.heading for readout in new.readouts)}."
    if old.name != new.name:
        yield f"The campaign is now called {new.name}."


def _controls(controls: tuple[Control, ...]) -> str:
    return ", ".join(f"{control.wells} {control.title}" for control in controls) or "none"
