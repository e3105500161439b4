"""From the entries of a file to constraints: do they speak of factors and values that there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bioal.protocol import constraints as rules
from bioal.protocol import document_rules as entries
from bioal.protocol.document import Entry
from bioal.protocol.factors import Choice, Factor, Numeric, Value
from bioal.protocol.findings import Findings, as_found, checked, place_of
from bioal.protocol.levels import written
from bioal.protocol.values import FactorValueError

LimitedEntry = entries.SumEntry | entries.ProductEntry | entries.RatioEntry


def build_constraints(
    raw: Sequence[object], factors: Mapping[str, Factor], mentioned: Sequence[str], findings: Findings
) -> list[rules.Constraint]:
    """Return the constraints of the file's `[[constraints]]`.

    `factors` are the sound ones by name, `mentioned` the names of all in the file.
    """
    builder = _Builder(factors, mentioned, findings)
    built = [builder.rule(number, given) for number, given in enumerate(raw)]
    sound = [rule for rule in built if rule is not None]
    _check_circles([rule for rule in sound if isinstance(rule, rules.OnlyWith)], findings)
    return sound


@dataclass
class _Builder:
    factors: Mapping[str, Factor]
    mentioned: Sequence[str]
    findings: Findings

    def rule(self, number: int, raw: object) -> rules.Constraint | None:
        place = place_of("constraints", number)
        keys = list(raw) if isinstance(raw, Mapping) else []
        kinds = [kind for kind in entries.CONSTRAINTS if kind in keys]
        if len(kinds) != 1:
            found = f"the keys {', '.join(keys)}" if keys else as_found(raw)
            self.findings.note("constraint-kind", place, found, what=", ".join(entries.CONSTRAINTS))
            return None
        entry = checked(entries.CONSTRAINTS[kinds[0]], raw, ("constraints", number), self.findings)
        before = len(self.findings.problems)
        rule = None if entry is None else self._from_entry(entry, place)
        return rule if len(self.findings.problems) == before else None

    def _from_entry(self, entry: Entry, place: str) -> rules.Constraint | None:
        match entry:
            case entries.SumEntry() | entries.ProductEntry() | entries.RatioEntry():
                return self._limited(entry, place)
            case entries.AtMostNonzeroEntry():
                known = self._all_numeric(entry.factors, f"{place}.factors")
                return rules.AtMostNonzero(entry.at_most_nonzero, tuple(entry.factors)) if known else None
            case entries.ForbidEntry():
                values = self._values(entry.forbid, f"{place}.forbid")
                return rules.Forbidden(values) if values else None
            case entries.OnlyWithEntry():
                there = self._known(entry.factor, f"{place}.factor")
                values = self._values(entry.only_with, f"{place}.only_with")
                return rules.OnlyWith(entry.factor, values) if there and values else None
        return None

    def _limited(self, entry: LimitedEntry, place: str) -> rules.Constraint | None:
        limits = self._limits(entry, place)
        if isinstance(entry, entries.SumEntry):
            known = self._all_numeric(list(entry.sum), f"{place}.sum")
            return rules.Linear(dict(entry.sum), limits) if known and limits else None
        if isinstance(entry, entries.ProductEntry):
            known = self._all_positive(entry.product, f"{place}.product")
            return rules.Product(dict(entry.product), limits) if known and limits else None
        of, to = entry.ratio.of, entry.ratio.to
        pair = {of: 1.0, to: 1.0}
        known = self._all_positive(pair, f"{place}.ratio") if of != to else self._all_numeric([of, to], place)
        return rules.Ratio(of, to, limits) if known and limits else None

    def _limits(self, entry: LimitedEntry, place: str) -> rules.Limits | None:
        given = [key for key in ("at_least", "at_most", "equals") if getattr(entry, key) is not None]
        if not given or ("equals" in given and len(given) > 1):
            self.findings.note("limits-missing", place, " and ".join(given) or "no limit")
            return None
        low = entry.at_least if entry.equals is None else entry.equals
        high = entry.at_most if entry.equals is None else entry.equals
        if low is not None and high is not None and low > high:
            found = f"at_least {written(low)} with at_most {written(high)}"
            what = "at_least below at_most"
            self.findings.note(
                "low-above-high", f"{place}.at_least", found, what=what, remedy="Exchange them."
            )
            return None
        if not isinstance(entry, entries.SumEntry) and high is not None and high < 0:
            self.findings.note("limit-below-zero", place, written(high))
        return rules.Limits(low, high)

    def _all_numeric(self, names: Sequence[str], place: str) -> bool:
        before = len(self.findings.problems)
        if not names or len(set(names)) < len(names):
            self.findings.note("factor-twice", place, as_found(list(names)))
        known = [name for name in names if self._known(name, place)]
        for name in known:
            if isinstance(self.factors[name], Choice):
                self.findings.note("not-numeric", place, f"{name!r}, whose options are no numbers")
        return len(known) == len(names) and len(self.findings.problems) == before

    def _all_positive(self, powers: Mapping[str, float], place: str) -> bool:
        if not self._all_numeric(list(powers), place):
            return False
        before = len(self.findings.problems)
        for name, power in powers.items():
            factor = self.factors[name]
            lowest = factor.levels[0] if isinstance(factor, Numeric) else 0.0
            if lowest < 0 or (power < 0 and lowest == 0):
                what = "of zero or more" if lowest < 0 else "above zero, because it is divided by"
                found = f"{name!r} with a level {written(lowest)}"
                self.findings.note("sign-refused", place, found, what=what)
        return len(self.findings.problems) == before

    def _known(self, name: str, place: str) -> bool:
        if name not in self.mentioned:
            self.findings.unknown(place, name, self.mentioned, "factor")
        return name in self.factors

    def _values(self, raw: Mapping[str, Sequence[Value]], place: str) -> dict[str, tuple[Value, ...]] | None:
        if not raw or not all(raw.values()):
            self.findings.note("no-options", place, "no value")
            return None
        values: dict[str, tuple[Value, ...]] = {}
        for name, given in raw.items():
            at = f"{place}.{place_of(name)}"
            if self._known(name, at):
                found = [self._level(self.factors[name], value, at) for value in given]
                values[name] = tuple(value for value in found if value is not None)
        return values if len(values) == len(raw) and all(values.values()) else None

    def _level(self, factor: Factor, value: Value, place: str) -> Value | None:
        try:
            code = factor.code(value)
        except FactorValueError:
            code = None
        if code is not None and code >= 0:
            return factor.value(code)
        levels = factor.options if isinstance(factor, Choice) else [written(level) for level in factor.levels]
        said = value if isinstance(value, str) else written(value)
        self.findings.unknown(place, said, levels, "value")
        return None


def _check_circles(tied: Sequence[rules.OnlyWith], findings: Findings) -> None:
    for number, rule in enumerate(tied):
        if rule.factor in [other.factor for other in tied[:number]]:
            findings.note("only-with-twice", "constraints", f"{rule.factor!r} tied twice")
        elif rule.factor in _needed(rule.factor, tied):
            findings.note("only-with-circle", "constraints", f"{rule.factor!r} tied to itself")


def _needed(name: str, tied: Sequence[rules.OnlyWith]) -> set[str]:
    """Return the factors that a factor needs, directly or by way of others."""
    needed: set[str] = set()
    new = {name}
    while new:
        new = {other for rule in tied if rule.factor in new for other in rule.options} - needed
        needed |= new
    return needed
