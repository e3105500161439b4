"""A protocol that changes between rounds: what changed, in words, and which past conditions still count.

The new text says what cannot be guessed: `past` is the value that an added factor had before,
`renamed_from` a factor's former name, `[fixed]` the value at which a dropped factor is kept from now on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.errors import ProtocolError
from bioal.protocol.amend_words import (
    controls_words,
    costs_words,
    liquids_words,
    objective_words,
    plate_words,
    proposal_words,
    readouts_words,
    stopping_words,
)
from bioal.protocol.arrays import Bools
from bioal.protocol.constraints import OnlyWith
from bioal.protocol.definition import Protocol
from bioal.protocol.factors import Choice, Factor, Numeric, Value
from bioal.protocol.findings import Findings, as_found, place_of
from bioal.protocol.levels import written
from bioal.protocol.objective import Readout
from bioal.protocol.spelling import suggestion
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
        return tuple(
            name for name in self.old.space.names if name not in _former(self.old, self.new).values()
        )

    def _past(self, factor: Factor, conditions: pd.DataFrame) -> pd.Series:
        former = _former(self.old, self.new)[factor.name]
        kind: type = object if isinstance(factor, Choice) else float
        if former in self.old.space.names:
            return conditions[former].astype(kind)
        value = _past_value(factor.name, self.old, self.new)
        return pd.Series([value] * len(conditions), index=conditions.index, dtype=kind)

    def _as_fixed(self, name: str, value: object) -> bool:
        kept = self.new.fixed[name].value
        factor = self.old.factor(name)
        if is_blank(value) or isinstance(kept, str) != isinstance(factor, Choice):
            return False
        return factor.text(value) == factor.text(kept)

    def _complete(self, carried: pd.DataFrame) -> Bools:
        tied = {rule.factor: rule for rule in self.new.constraints if isinstance(rule, OnlyWith)}
        complete = np.ones(len(carried), bool)
        for name in carried:
            there = tied[name].allows(carried) if name in tied else np.ones(len(carried), bool)
            complete &= carried[name].notna().to_numpy() | ~there
        return complete


def amendment(old: Protocol, new: Protocol, source: str = "protocol.toml") -> Amendment:
    """Return what changes from one protocol to the next; `source` names the file of the next in problems.

    Raises
    ------
    ProtocolError
        Where a unit changes, a factor appears without `past` or `renamed_from`, or one vanishes without
        a value in `[fixed]`.
    """
    findings = Findings(source)
    _check_factors(old, new, findings)
    _check_readouts(old, new, findings)
    if findings.problems:
        raise ProtocolError(findings.problems)
    return Amendment(old, new, tuple(_changes(old, new)))


def _former(old: Protocol, new: Protocol) -> dict[str, str]:
    """Return the name that each factor of the new protocol had before."""
    names = {name: new.renamed.get(name, name) for name in new.space.names}
    # A renamed_from that has done its work may stay in the file.
    return {name: name if name in old.space.names else former for name, former in names.items()}


def _past_value(name: str, old: Protocol, new: Protocol) -> Value | None:
    """Return what an added factor was before: as stated, or as the fixed part that it used to be."""
    if name in new.past:
        return new.past[name]
    return old.fixed[name].value if name in old.fixed else None


def _can_be(factor: Factor, values: pd.Series) -> Bools:
    if isinstance(factor, Choice) and factor.ordered:
        return np.array([is_blank(value) or value in factor.options for value in values], bool)
    return np.ones(len(values), bool)


def _check_factors(old: Protocol, new: Protocol, findings: Findings) -> None:
    former = _former(old, new)
    gone = [name for name in old.space.names if name not in former.values() and name not in new.fixed]
    for factor in new.factors:
        name = former[factor.name]
        if name in old.space.names:
            _check_kind(old.factor(name), factor, findings)
        elif factor.name in new.renamed:
            place = place_of("factors", factor.name, "renamed_from")
            findings.unknown(place, name, old.space.names, "former factor")
        else:
            _check_past(factor, _past_value(factor.name, old, new), gone, findings)
    for name in gone:
        found = "no factor and no fixed part of this name any more"
        findings.note("dropped-factor", place_of("factors", name), found, what=place_of(name))


def _check_past(factor: Factor, past: Value | None, gone: Sequence[str], findings: Findings) -> None:
    if past is None:
        hint = suggestion(factor.name, gone)
        remedy = (
            f"{hint} Then write renamed_from instead." if hint else "If it was renamed, write renamed_from."
        )
        found = f"the new factor {factor.name!r}"
        findings.note("added-factor", place_of("factors", factor.name), found, remedy=remedy)
    elif isinstance(past, str) != isinstance(factor, Choice):
        place = place_of("factors", factor.name, "past")
        findings.note("kind-changed", place, as_found(past), what=_kind(factor))


def _check_kind(before: Factor, after: Factor, findings: Findings) -> None:
    if _kind(before) != _kind(after):
        findings.note("kind-changed", place_of("factors", after.name), _kind(after), what=_kind(before))
    elif before.unit != after.unit:
        remedy = "Keep the unit, and convert the levels to it."
        place = place_of("factors", after.name, "unit")
        findings.note("unit-changed", place, repr(after.unit), what=repr(before.unit), remedy=remedy)


def _kind(factor: Factor) -> str:
    if isinstance(factor, Numeric):
        return "a number"
    return "an ordered choice" if factor.ordered else "a choice"


def _check_readouts(old: Protocol, new: Protocol, findings: Findings) -> None:
    now = {readout.name: readout for readout in new.readouts}
    for before in old.readouts:
        place = place_of("readouts", before.name)
        if before.name not in now:
            findings.note("readout-dropped", place, "nothing")
        elif _outcomes_lost(before, now[before.name]):
            what = "the outcomes of the past rounds" if before.outcomes else "a number, as in the past rounds"
            lost = _outcomes_lost(before, now[before.name])
            findings.note("outcomes-changed", f"{place}.outcomes", lost, what=what)
        elif now[before.name].unit != before.unit:
            found, remedy = repr(now[before.name].unit), "Give the readout a new name."
            findings.note("unit-changed", f"{place}.unit", found, what=repr(before.unit), remedy=remedy)


def _outcomes_lost(before: Readout, after: Readout) -> str:
    """Return what of the past could no longer be read, "" where all can."""
    if before.outcomes is None or after.outcomes is None:
        return "" if before.outcomes == after.outcomes else f"{after.name} of another kind"
    gone = [name for name in before.outcomes.names if after.outcomes.code(name) is None]
    return f"no outcome {', '.join(gone)}" if gone else ""


def _changes(old: Protocol, new: Protocol) -> Iterator[str]:
    former = _former(old, new)
    for factor in new.factors:
        if former[factor.name] not in old.space.names:
            past = f"{factor.text(_past_value(factor.name, old, new))} {factor.unit}".strip()
            yield f"{factor.name} is added: {_levels(factor)}; in past rounds it was {past}."
            continue
        before = old.factor(former[factor.name])
        if before.name != factor.name:
            yield f"{before.name} is now called {factor.name}."
        yield from _factor_changes(before, factor)
    for name in old.space.names:
        if name not in former.values():
            kept = new.fixed[name]
            yield f"{name} no longer varies: it is {kept}; past conditions with another value do not count."
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


def _other_changes(old: Protocol, new: Protocol) -> Iterator[str]:
    before, after = ([rule.words() for rule in each.constraints] for each in (old, new))
    yield from (f"No longer asked: {rule}." for rule in before if rule not in after)
    yield from (f"Newly asked: {rule}." for rule in after if rule not in before)
    yield from _fixed_changes(old, new)
    told: tuple[tuple[str, str, str], ...] = (
        ("Controls on each plate", controls_words(old.controls), controls_words(new.controls)),
        ("Plate", plate_words(old), plate_words(new)),
        ("Liquids", liquids_words(old), liquids_words(new)),
        ("Objective", objective_words(old), objective_words(new)),
        ("Readouts", readouts_words(old), readouts_words(new)),
        ("Stopping", stopping_words(old), stopping_words(new)),
        ("Costs", costs_words(old), costs_words(new)),
        ("The next conditions are chosen", proposal_words(old), proposal_words(new)),
        ("Name of the campaign", old.name, new.name),
    )
    yield from (f"{what}: {was} before, {now} now." for what, was, now in told if was != now)


def _fixed_changes(old: Protocol, new: Protocol) -> Iterator[str]:
    # A factor that became a fixed part, or the other way round, has been told already.
    told = {*old.space.names, *new.space.names}
    for name in dict.fromkeys((*old.fixed, *new.fixed)):
        was, now = (str(each.fixed.get(name, "not mentioned")) for each in (old, new))
        if was != now and name not in told:
            yield f"Fixed part {name}: {was} before, {now} now; past conditions still count."
