"""From the entries of a file to factors: do their numbers and options make sense together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bioal.protocol.document import ChoiceEntry, NumericEntry
from bioal.protocol.factors import Choice, Factor, Numeric, Value
from bioal.protocol.findings import Findings, as_found, checked, place_of
from bioal.protocol.headings import fault_of_name, normalised
from bioal.protocol.levels import LINEAR_LEVELS, LOG_LEVELS, grid, rounded, stepped, written

MOST_LEVELS = 10_000
LONGEST_OPTION = 250  # characters; a cell of a sheet is still readable


@dataclass
class BuiltFactors:
    """The factors that are sound, and what the file says about their past.

    `mentioned` holds the names of the broken ones too, so that one fault is not reported twice; `made` how
    each is made, unread; `ranged` those given as low and high without a step, with the levels asked for.
    """

    factors: list[Factor] = field(default_factory=list)
    made: dict[str, object] = field(default_factory=dict)
    ranged: dict[str, int] = field(default_factory=dict)
    mentioned: list[str] = field(default_factory=list)
    past: dict[str, Value] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def build_factors(raw: Mapping[str, object], findings: Findings) -> BuiltFactors:
    """Return the factors of the file's `[factors]`."""
    built = BuiltFactors(mentioned=list(raw))
    for name, entry in raw.items():
        check_name(name, ("factors", name), findings)
        factor = _factor(name, _without_made(name, entry, built), built, findings)
        if factor is not None:
            built.factors.append(factor)
    return built


def _without_made(name: str, entry: object, built: BuiltFactors) -> object:
    """Return an entry without what says how it is made, which is kept for `build_liquids`."""
    if not isinstance(entry, Mapping) or "made" not in entry:
        return entry
    built.made[name] = entry["made"]
    return {key: value for key, value in entry.items() if key != "made"}


def _factor(name: str, raw: object, built: BuiltFactors, findings: Findings) -> Factor | None:
    if isinstance(raw, Mapping) and "options" in raw:
        choice = checked(ChoiceEntry, raw, ("factors", name), findings, others=("made",))
        if choice is None:
            return None
        _remember_past(name, choice.past, choice.renamed_from, built, findings)
        return _choice(name, choice, findings)
    numeric = checked(NumericEntry, raw, ("factors", name), findings, others=("options", "made"))
    if numeric is None:
        return None
    past = None if numeric.past is None else rounded(numeric.past)
    _remember_past(name, past, numeric.renamed_from, built, findings)
    return _numeric(name, numeric, findings, built)


def _remember_past(
    name: str, past: Value | None, former: str | None, built: BuiltFactors, findings: Findings
) -> None:
    place = place_of("factors", name, "renamed_from")
    if past is not None:
        built.past[name] = past
    if former is not None:
        built.renamed[name] = former
    if former is not None and past is not None:
        findings.note("renamed-and-new", place, "both renamed_from and past")
    if former in built.mentioned:
        findings.note("renamed-but-there", place, f"the former name {former!r}, which is a factor still")


def check_name(name: str, at: tuple[str, ...], findings: Findings) -> None:
    """Note what is wrong with the name of a factor or readout."""
    fault = fault_of_name(name)
    if fault:
        findings.note("name-refused", place_of(*at), f"the name {name!r}: {fault}")


def check_names_differ(names: Iterable[tuple[str, str]], findings: Findings) -> None:
    """Note names, given as (table, name), that look the same on a sheet."""
    seen: dict[str, tuple[str, str]] = {}
    for table, name in names:
        other = seen.setdefault(normalised(name), (table, name))
        if other != (table, name):
            findings.note(
                "name-twice", place_of(table, name), f"{name!r}, which reads like {place_of(*other)}"
            )


def _choice(name: str, entry: ChoiceEntry, findings: Findings) -> Choice | None:
    place = place_of("factors", name, "options")
    before = len(findings.problems)
    if not entry.options:
        findings.note("no-options", place, "an empty list")
    if len(entry.options) > MOST_LEVELS:
        findings.note("too-many-options", place, f"{len(entry.options)} options", most=MOST_LEVELS)
        return None
    seen: set[str] = set()
    for number, option in enumerate(entry.options):
        at, plain = f"{place}[{number + 1}]", normalised(option)
        if not plain or option != option.strip() or not option.isprintable() or len(option) > LONGEST_OPTION:
            findings.note("option-refused", at, as_found(option))
        elif plain in seen:
            findings.note("option-twice", at, f"{as_found(option)} a second time")
        seen.add(plain)
    if len(findings.problems) > before:
        return None
    return Choice(name, tuple(entry.options), entry.ordered, entry.per)


def _numeric(name: str, entry: NumericEntry, findings: Findings, built: BuiltFactors) -> Numeric | None:
    before = len(findings.problems)
    if entry.levels is not None:
        levels = _listed(name, entry, entry.levels, findings)
    else:
        levels = _ranged(name, entry, findings, built)
    if len(levels) > MOST_LEVELS:
        findings.note("too-many-levels", place_of("factors", name), f"{len(levels)} levels", most=MOST_LEVELS)
    if not entry.unit:
        built.notes.append(f"{name} has no unit; its column is headed '{name}' alone.")
    if len(findings.problems) > before:
        return None
    return Numeric(name, entry.unit, levels, entry.scale, entry.per)


def _listed(name: str, entry: NumericEntry, given: list[float], findings: Findings) -> tuple[float, ...]:
    levels = tuple(rounded(level) for level in given)
    for key in ("low", "high", "step", "count"):
        if getattr(entry, key) is not None:
            findings.note(
                "levels-and-range", place_of("factors", name, key), f"levels and {key} together", what=key
            )
    if not levels:
        findings.note("no-levels", place_of("factors", name, "levels"), "an empty list", what="levels")
    seen: set[float] = set()
    for number, level in enumerate(levels[: MOST_LEVELS + 1]):
        at = place_of("factors", name, "levels", number)
        if level in seen:
            findings.note("level-twice", at, f"{written(level)} a second time")
        seen.add(level)
        if entry.scale == "log" and level < 0:
            findings.note("log-below-zero", at, written(level), what="no level below zero")
    return levels


def _ranged(name: str, entry: NumericEntry, findings: Findings, built: BuiltFactors) -> tuple[float, ...]:
    low, high = entry.low, entry.high
    if low is None or high is None:
        missing = [key for key in ("low", "high") if getattr(entry, key) is None]
        found = f"neither levels nor {' and '.join(missing)}"
        findings.note("no-levels", place_of("factors", name), found, what=f"{missing[0]} = ... or levels")
        return ()
    before = len(findings.problems)
    _check_range(name, entry, low, high, findings)
    if len(findings.problems) > before:
        return ()
    if entry.step is not None:
        return _stepped(name, low, high, entry.step, findings)
    built.ranged[name] = entry.count or 0
    if entry.count is None and built.made.get(name) in (None, "setting"):
        built.notes.append(_grid_note(name, entry, low, high))
    return grid(low, high, entry.scale, entry.count or 0)


def _grid_note(name: str, entry: NumericEntry, low: float, high: float) -> str:
    log = entry.scale == "log"
    count, spread = (LOG_LEVELS, "by a constant factor") if log else (LINEAR_LEVELS, "evenly")
    ends = f"{written(low)} to {written(high)} {entry.unit}".strip()
    return f"{name} has no step: {count} levels spread {spread} from {ends} are used."


def _check_range(name: str, entry: NumericEntry, low: float, high: float, findings: Findings) -> None:
    if low >= high:
        found = f"high {written(high)} with low {written(low)}"
        remedy = f"Exchange them; for one value alone write levels = [{written(low)}]."
        place = place_of("factors", name, "high")
        findings.note("low-above-high", place, found, what="high above low", remedy=remedy)
    if entry.scale == "log" and low <= 0:
        findings.note(
            "log-below-zero", place_of("factors", name, "low"), written(low), what="a low above zero"
        )
    if entry.step is not None and entry.count is not None:
        findings.note("step-and-count", place_of("factors", name, "count"), "step and count together")
    if entry.count is not None and not 2 <= entry.count <= MOST_LEVELS:
        findings.note("count-refused", place_of("factors", name, "count"), str(entry.count), most=MOST_LEVELS)


def _stepped(name: str, low: float, high: float, step: float, findings: Findings) -> tuple[float, ...]:
    if step <= 0 or (high - low) / step > MOST_LEVELS:
        findings.note("step-refused", place_of("factors", name, "step"), written(step), most=MOST_LEVELS)
        return ()
    levels = stepped(low, high, step)
    if levels[-1] != rounded(high):
        findings.note(
            "step-misses-high",
            place_of("factors", name, "high"),
            f"{written(high)}, which no step reaches",
            step=written(step),
            below=written(levels[-1]),
            above=written(rounded(levels[-1] + step)),
        )
    return levels
