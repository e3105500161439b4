"""From the entries of a file to factors, readouts and the objective: do the numbers make sense together?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bioal.protocol.document import ChoiceEntry, NumericEntry, ObjectiveEntry, ReadoutEntry
from bioal.protocol.factors import Choice, Factor, Numeric, Value
from bioal.protocol.findings import Findings, as_found, checked, place_of
from bioal.protocol.headings import fault_of_name, normalised
from bioal.protocol.levels import LINEAR_LEVELS, LOG_LEVELS, grid, rounded, stepped, written
from bioal.protocol.objective import Objective, Readout

MOST_LEVELS = 10_000


@dataclass
class BuiltFactors:
    """The factors that are sound, and what the file says about their past.

    `mentioned` holds the names of the broken ones too, so that one fault is not reported twice.
    """

    factors: list[Factor] = field(default_factory=list)
    mentioned: list[str] = field(default_factory=list)
    past: dict[str, Value] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def build_factors(raw: Mapping[str, object], findings: Findings) -> BuiltFactors:
    """Return the factors of the file's `[factors]`."""
    built = BuiltFactors(mentioned=list(raw))
    for name, entry in raw.items():
        check_name(name, ("factors", name), findings)
        is_choice = isinstance(entry, Mapping) and "options" in entry
        model = ChoiceEntry if is_choice else NumericEntry
        checked_entry = checked(model, entry, ("factors", name), findings)
        if checked_entry is None:
            continue
        if isinstance(checked_entry, ChoiceEntry):
            factor: Factor | None = _choice(name, checked_entry, findings)
        else:
            factor = _numeric(name, checked_entry, findings, built.notes)
        if factor is not None:
            built.factors.append(factor)
        _remember_past(name, checked_entry, built, findings)
    return built


def _remember_past(name: str, entry: NumericEntry | ChoiceEntry, built: BuiltFactors, findings: Findings) -> None:
    if entry.past is not None:
        built.past[name] = entry.past if isinstance(entry.past, str) else rounded(entry.past)
    if entry.renamed_from is None:
        return
    built.renamed[name] = entry.renamed_from
    place = place_of("factors", name, "renamed_from")
    if entry.past is not None:
        findings.add(
            "renamed-and-new", place, found="both renamed_from and past",
            expected="a renamed factor or an added one", remedy="Keep renamed_from, or keep past.",
        )  # fmt: skip
    if entry.renamed_from in built.mentioned:
        findings.add(
            "renamed-but-there", place, found=f"the former name {entry.renamed_from!r}, which is a factor still",
            expected="a name that is gone", remedy="Take out one of the two factors, or renamed_from.",
        )  # fmt: skip


def check_name(name: str, at: tuple[str, ...], findings: Findings) -> None:
    """Note what is wrong with the name of a factor or readout."""
    fault = fault_of_name(name)
    if fault:
        findings.add(
            "name-refused", place_of(*at), found=f"the name {name!r}: {fault}",
            expected="a name of its own", remedy="Choose another name.",
        )  # fmt: skip


def check_headings_differ(names: Iterable[tuple[str, str]], findings: Findings) -> None:
    """Note names, given with their tables, that look the same on a sheet."""
    seen: dict[str, tuple[str, str]] = {}
    for table, name in names:
        other = seen.setdefault(normalised(name), (table, name))
        if other != (table, name):
            findings.add(
                "name-twice", place_of(table, name), found=f"{name!r}, which reads like {place_of(*other)}",
                expected="names that differ in more than spaces and capitals", remedy="Rename one of the two.",
            )  # fmt: skip


def _choice(name: str, entry: ChoiceEntry, findings: Findings) -> Choice | None:
    place = place_of("factors", name, "options")
    before = len(findings.problems)
    if not entry.options:
        findings.add("no-options", place, found="an empty list", expected="one option or more", remedy="Name the options.")
    plain = [normalised(option) for option in entry.options]
    for number, option in enumerate(entry.options):
        if not plain[number] or option != option.strip() or not option.isprintable():
            findings.add(
                "option-refused", f"{place}[{number + 1}]", found=as_found(option),
                expected="text without spaces at its ends or line breaks", remedy="Correct the option.",
            )  # fmt: skip
        elif plain[number] in plain[:number]:
            findings.add(
                "option-twice", f"{place}[{number + 1}]", found=f"{as_found(option)} a second time",
                expected="options that differ in more than spaces and capitals", remedy="Take one of the two out.",
            )  # fmt: skip
    if len(findings.problems) > before:
        return None
    return Choice(name, tuple(entry.options), entry.ordered, entry.per)


def _numeric(name: str, entry: NumericEntry, findings: Findings, notes: list[str]) -> Numeric | None:
    if not entry.unit:
        notes.append(f"{name} has no unit; its column is headed '{name}' alone.")
    before = len(findings.problems)
    levels = _listed(name, entry, findings) if entry.levels is not None else _ranged(name, entry, findings, notes)
    if levels is None or len(findings.problems) > before:
        return None
    if len(levels) > MOST_LEVELS:
        findings.add(
            "too-many-levels", place_of("factors", name), found=f"{len(levels)} levels",
            expected=f"at most {MOST_LEVELS}", remedy="Take a larger step.",
        )  # fmt: skip
        return None
    return Numeric(name, entry.unit, levels, entry.scale, entry.per)


def _listed(name: str, entry: NumericEntry, findings: Findings) -> tuple[float, ...] | None:
    levels = tuple(rounded(level) for level in entry.levels or ())
    for key in ("low", "high", "step", "count"):
        if getattr(entry, key) is not None:
            findings.add(
                "levels-and-range", place_of("factors", name, key), found=f"levels and {key} together",
                expected="either levels, or low and high", remedy=f"Take out {key} or levels.",
            )  # fmt: skip
    place = place_of("factors", name, "levels")
    if not levels:
        findings.add("no-levels", place, found="an empty list", expected="one level or more", remedy="Name the levels.")
    for number, level in enumerate(levels):
        at = f"{place}[{number + 1}]"
        if level in levels[:number]:
            findings.add(
                "level-twice", at, found=f"{written(level)} a second time", expected="levels that differ",
                remedy="Take one of the two out.",
            )  # fmt: skip
        if entry.scale == "log" and level < 0:
            findings.add(
                "log-below-zero", at, found=written(level), expected="no level below zero on a log scale",
                remedy='Correct the level, or write scale = "linear".',
            )  # fmt: skip
    return levels


def _ranged(name: str, entry: NumericEntry, findings: Findings, notes: list[str]) -> tuple[float, ...] | None:
    if entry.low is None or entry.high is None:
        missing = [key for key in ("low", "high") if getattr(entry, key) is None]
        findings.add(
            "no-levels", place_of("factors", name), found=f"neither levels nor {' and '.join(missing)}",
            expected="levels = [...], or low and high, or options = [...]", remedy=f"Add {missing[0]} = ... or levels.",
        )  # fmt: skip
        return None
    if not _range_is_sound(name, entry, entry.low, entry.high, findings):
        return None
    if entry.step is not None:
        return _stepped(name, entry.low, entry.high, entry.step, findings)
    if entry.count is None:
        count, spread = (LOG_LEVELS, "by a constant factor") if entry.scale == "log" else (LINEAR_LEVELS, "evenly")
        notes.append(
            f"{name} has no step: {count} levels spread {spread} from {written(entry.low)} to "
            f"{written(entry.high)} {entry.unit}".rstrip() + " are used."
        )
    return grid(entry.low, entry.high, entry.scale, entry.count or 0)


def _range_is_sound(name: str, entry: NumericEntry, low: float, high: float, findings: Findings) -> bool:
    before = len(findings.problems)
    if low >= high:
        findings.add(
            "low-above-high", place_of("factors", name, "high"), found=f"high {written(high)} with low {written(low)}",
            expected="high above low", remedy=f"Exchange them; for one value alone write levels = [{written(low)}].",
        )  # fmt: skip
    if entry.scale == "log" and low <= 0:
        findings.add(
            "log-below-zero", place_of("factors", name, "low"), found=written(low),
            expected="a low above zero on a log scale", remedy='Raise low, or write scale = "linear".',
        )  # fmt: skip
    if entry.step is not None and entry.count is not None:
        findings.add(
            "step-and-count", place_of("factors", name, "count"), found="step and count together",
            expected="one of them", remedy="Take one of the two out.",
        )  # fmt: skip
    if entry.count is not None and not 2 <= entry.count <= MOST_LEVELS:
        findings.add(
            "wrong-value", place_of("factors", name, "count"), found=str(entry.count),
            expected=f"a number of levels from 2 to {MOST_LEVELS}", remedy="Correct the number.",
        )  # fmt: skip
    return len(findings.problems) == before


def _stepped(name: str, low: float, high: float, step: float, findings: Findings) -> tuple[float, ...] | None:
    place = place_of("factors", name, "step")
    if step <= 0 or (high - low) / step > MOST_LEVELS:
        findings.add(
            "wrong-value", place, found=written(step),
            expected=f"a step above zero that makes at most {MOST_LEVELS} levels", remedy="Correct the step.",
        )  # fmt: skip
        return None
    levels = stepped(low, high, step)
    if levels[-1] != rounded(high):
        below, above = written(levels[-1]), written(rounded(levels[-1] + step))
        findings.add(
            "step-misses-high", place_of("factors", name, "high"), found=f"{written(high)}, which no step reaches",
            expected=f"low plus whole steps of {written(step)}: {below} or {above}", remedy=f"Write high = {below} or {above}.",
        )  # fmt: skip
    return levels


def build_readouts(raw: Mapping[str, object], findings: Findings) -> list[Readout]:
    """Return the readouts of the file's `[readouts]`."""
    readouts = []
    for name, entry in raw.items():
        check_name(name, ("readouts", name), findings)
        sound = checked(ReadoutEntry, entry, ("readouts", name), findings)
        if sound is None:
            continue
        if sound.low is not None and sound.high is not None and sound.low >= sound.high:
            findings.add(
                "low-above-high", place_of("readouts", name, "high"),
                found=f"high {written(sound.high)} with low {written(sound.low)}", expected="high above low",
                remedy="Exchange them.",
            )  # fmt: skip
        readouts.append(Readout(name, sound.unit, sound.normalise, sound.no_product, sound.low, sound.high))
    return readouts


def build_objective(raw: object, readouts: Iterable[str], findings: Findings) -> Objective | None:
    """Return the objective of the file's `[objective]`."""
    entry = checked(ObjectiveEntry, raw, ("objective",), findings)
    if entry is None:
        return None
    known = tuple(readouts)
    if entry.readout not in known:
        findings.unknown("objective.readout", entry.readout, known, "readout")
    if (entry.direction == "target") != (entry.target is not None):
        aim = entry.target is not None
        findings.add(
            "target-and-direction", "objective.target",
            found=f"target = {as_found(entry.target)}" if aim else "no target",
            expected=f'no target with direction "{entry.direction}"' if aim else "the value to hit",
            remedy='Write direction = "target", or take target out.' if aim else "Add a line target = ...",
        )  # fmt: skip
        return None
    return Objective(entry.readout, entry.name or entry.readout, entry.direction, entry.target)
