"""From the entries of a file to constraints: do they speak of factors that there are?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bioal.protocol.constraints import AtMostNonzero, Constraint, Forbidden, Limits, Linear, OnlyWith, Product, Ratio
from bioal.protocol.document import (
    CONSTRAINTS,
    AtMostNonzeroEntry,
    Entry,
    ForbidEntry,
    LimitedEntry,
    OnlyWithEntry,
    ProductEntry,
    RatioEntry,
    SumEntry,
)
from bioal.protocol.factors import Choice, Factor, Numeric, Value
from bioal.protocol.findings import Findings, as_found, checked, place_of
from bioal.protocol.levels import written
from bioal.protocol.values import FactorValueError


@dataclass
class RuleBuilder:
    """Builds constraints of factors; `mentioned` are the names in the file, sound or broken."""

    factors: Mapping[str, Factor]
    mentioned: Sequence[str]
    findings: Findings

    def build(self, raw: Sequence[object]) -> list[Constraint]:
        """Return the constraints of the file's `[[constraints]]`."""
        rules = [self._rule(number, entry) for number, entry in enumerate(raw)]
        sound = [rule for rule in rules if rule is not None]
        self._check_only_with(sound)
        return sound

    def _rule(self, number: int, raw: object) -> Constraint | None:
        at = ("constraints", number)
        kinds = [kind for kind in CONSTRAINTS if isinstance(raw, Mapping) and kind in raw]
        if len(kinds) != 1:
            self.findings.add(
                "constraint-kind", place_of(*at), found=f"the keys {', '.join(raw) if isinstance(raw, Mapping) else raw}",
                expected=f"exactly one of {', '.join(CONSTRAINTS)}", remedy="Write one constraint per [[constraints]].",
            )  # fmt: skip
            return None
        entry = checked(CONSTRAINTS[kinds[0]], raw, at, self.findings)
        before = len(self.findings.problems)
        rule = None if entry is None else self._from_entry(entry, place_of(*at))
        return rule if len(self.findings.problems) == before else None

    def _from_entry(self, entry: Entry, place: str) -> Constraint | None:
        match entry:
            case SumEntry() | ProductEntry() | RatioEntry():
                return self._limited(entry, place)
            case AtMostNonzeroEntry():
                known = self._numeric(entry.factors, f"{place}.factors")
                return AtMostNonzero(entry.at_most_nonzero, tuple(entry.factors)) if known else None
            case ForbidEntry():
                values = self._values(entry.forbid, f"{place}.forbid")
                return Forbidden(values) if values else None
            case OnlyWithEntry():
                there = self._known(entry.factor, f"{place}.factor")
                values = self._values(entry.only_with, f"{place}.only_with")
                return OnlyWith(entry.factor, values) if there and values else None
        return None

    def _limited(self, entry: SumEntry | ProductEntry | RatioEntry, place: str) -> Constraint | None:
        limits = self._limits(entry, place)
        if isinstance(entry, SumEntry):
            known = self._numeric(list(entry.sum), f"{place}.sum")
            return Linear(dict(entry.sum), limits) if known and limits else None
        if isinstance(entry, ProductEntry):
            known = self._numeric(list(entry.product), f"{place}.product", above_zero=entry.product)
            return Product(dict(entry.product), limits) if known and limits else None
        pair = [entry.ratio.of, entry.ratio.to]
        known = self._numeric(pair, f"{place}.ratio", above_zero=dict.fromkeys(pair, 1.0))
        return Ratio(*pair, limits) if known and limits else None

    def _limits(self, entry: LimitedEntry, place: str) -> Limits | None:
        given = {key: getattr(entry, key) for key in ("at_least", "at_most", "equals")}
        given = {key: value for key, value in given.items() if value is not None}
        if not given or ("equals" in given and len(given) > 1):
            self.findings.add(
                "limits", place, found=" and ".join(given) or "no limit", expected="at_most, at_least or both, or equals",
                remedy="Write how large it may be, at_most = 6 for example.",
            )  # fmt: skip
            return None
        low, high = given.get("at_least", given.get("equals")), given.get("at_most", given.get("equals"))
        if low is not None and high is not None and low > high:
            self.findings.add(
                "low-above-high", f"{place}.at_least", found=f"at_least {written(low)} with at_most {written(high)}",
                expected="at_least below at_most", remedy="Exchange them.",
            )  # fmt: skip
            return None
        if not isinstance(entry, SumEntry) and high is not None and high < 0:
            self.findings.add(
                "limits", f"{place}.at_most", found=written(high), expected="zero or more: products and ratios are",
                remedy="Correct the limit.",
            )  # fmt: skip
        return Limits(low, high)

    def _numeric(self, names: Sequence[str], place: str, above_zero: Mapping[str, float] | None = None) -> bool:
        before = len(self.findings.problems)
        if len(set(names)) < len(names) or not names:
            self.findings.add(
                "name-twice", place, found=as_found(list(names)), expected="one factor or more, each once",
                remedy="Correct the list.",
            )  # fmt: skip
        for name in names:
            if not self._known(name, place) or name not in self.factors:
                continue
            factor = self.factors[name]
            if isinstance(factor, Choice):
                self.findings.add(
                    "not-numeric", place, found=f"{name!r}, whose options are no numbers", expected="numeric factors",
                    remedy="Use forbid or only_with for options.",
                )  # fmt: skip
            elif above_zero is not None:
                self._check_sign(factor, above_zero[name], place)
        return len(self.findings.problems) == before and all(name in self.factors for name in names)

    def _check_sign(self, factor: Numeric, power: float, place: str) -> None:
        lowest = factor.levels[0]
        if lowest < 0 or (power < 0 and lowest == 0):
            needed = "above zero, because it is divided by" if lowest == 0 else "of zero or more"
            self.findings.add(
                "sign", place, found=f"{factor.name!r} with a level {written(lowest)}", expected=f"levels {needed}",
                remedy="Use a sum instead, or change the levels.",
            )  # fmt: skip

    def _known(self, name: str, place: str) -> bool:
        if name not in self.mentioned:
            self.findings.unknown(place, name, self.mentioned, "factor")
        return name in self.factors

    def _values(self, raw: Mapping[str, Sequence[Value]], place: str) -> dict[str, tuple[Value, ...]] | None:
        before = len(self.findings.problems)
        if not raw or not all(raw.values()):
            self.findings.add(
                "no-options", place, found="no value", expected="factors with their values", remedy="Name the values.",
            )  # fmt: skip
        values = {}
        for name, each in raw.items():
            if self._known(name, f"{place}.{place_of(name)}"):
                found = [self._level(self.factors[name], value, f"{place}.{place_of(name)}") for value in each]
                values[name] = tuple(value for value in found if value is not None)
        return values if len(self.findings.problems) == before and len(values) == len(raw) else None

    def _level(self, factor: Factor, value: Value, place: str) -> Value | None:
        try:
            code = factor.code(value)
        except FactorValueError:
            code = None
        if code is not None and code >= 0:
            return factor.value(code)
        levels = factor.options if isinstance(factor, Choice) else [written(level) for level in factor.levels]
        self.findings.unknown(place, as_found(value).strip('"'), levels, "value")
        return None

    def _check_only_with(self, rules: Sequence[Constraint]) -> None:
        tied = [rule for rule in rules if isinstance(rule, OnlyWith)]
        for number, rule in enumerate(tied):
            again = rule.factor in [other.factor for other in tied[:number]]
            if again or rule.factor in self._needed(rule.factor, tied):
                self.findings.add(
                    "only-with-loop", "constraints", found=f"{rule.factor!r} tied {'twice' if again else 'to itself'}",
                    expected="one only_with per factor, and no circle", remedy="Join or remove one of them.",
                )  # fmt: skip

    def _needed(self, name: str, tied: Sequence[OnlyWith]) -> set[str]:
        needed: set[str] = set()
        new = {name}
        while new:
            new = {other for rule in tied if rule.factor in new for other in rule.options} - needed
            needed |= new
        return needed
