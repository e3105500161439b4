"""From `[liquids]` and every `made` to the liquids of a protocol, and from levels to doses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bioal.protocol.build_components import SETTING, Bench, component_of, made_of
from bioal.protocol.build_controls import BuiltFixed
from bioal.protocol.build_doses import Snapping, snapped_parts
from bioal.protocol.build_factors import BuiltFactors
from bioal.protocol.document import LiquidsEntry
from bioal.protocol.factors import Choice, Value
from bioal.protocol.findings import Findings, as_found, checked, place_of
from bioal.protocol.headings import normalised
from bioal.protocol.instruments import build_instruments
from bioal.protocol.levels import rounded
from bioal.protocol.liquids import Component, Liquids, Stock
from bioal.protocol.units import volume_words
from bioal.protocol.volume_limit import MOST_COMBINATIONS, VolumeLimit


def build_liquids(
    raw: Mapping[str, object], built: BuiltFactors, fixed: BuiltFixed, findings: Findings
) -> Liquids | None:
    """Return the liquids of a file, and put the factors' levels on doses; None without `[liquids]`.

    Findings say what cannot be made; notes of `built` say what became of levels.
    """
    if "liquids" not in raw:
        _check_unmade(built, fixed, findings)
        return None
    before = len(findings.problems)
    bench, entry = bench_of(raw, built, findings)
    if bench is None or entry is None:
        return None
    components = _components(built, fixed, bench)
    filler = _filler(entry, bench)
    if filler is None or len(findings.problems) > before:
        return None
    settings = [name for name, made in (*built.made.items(), *fixed.made.items()) if made == SETTING]
    liquids = Liquids(
        entry.volume,
        filler,
        tuple(components),
        tuple(settings),
        entry.tolerance,
        entry.excess,
        entry.volumes_per_stock,
    )
    liquids = replace(liquids, components=snapped_parts(liquids, findings))
    _check_steps(liquids, findings)
    _check_names(liquids, findings)
    if len(findings.problems) == before:
        built.factors[:] = Snapping(liquids, built, findings).factors()
    if len(findings.problems) == before:
        _check_room(VolumeLimit(liquids, tuple(built.factors), frozenset(bench.tied)), findings)
    return liquids if len(findings.problems) == before else None


def _check_unmade(built: BuiltFactors, fixed: BuiltFixed, findings: Findings) -> None:
    for table, names in (("factors", built.made), ("fixed", fixed.made)):
        for name, made in names.items():
            if made != SETTING:
                findings.note("made-without-liquids", place_of(table, name, "made"), as_found(made))


def bench_of(
    raw: Mapping[str, object], built: BuiltFactors, findings: Findings
) -> tuple[Bench | None, LiquidsEntry | None]:
    """Return what the making of every component needs to know, and the entry of `[liquids]`."""
    tables = {name: raw.get(name, {}) for name in ("devices", "source_plates")}
    for name, table in tables.items():
        if not isinstance(table, Mapping):
            findings.note("not-a-table", name, as_found(table), what=name)
    devices, sources = (table if isinstance(table, Mapping) else {} for table in tables.values())
    instruments = build_instruments(devices, sources, findings)
    entry = checked(LiquidsEntry, raw["liquids"], ("liquids",), findings)
    if entry is None:
        return None, None
    device = instruments.device(entry.device, "liquids.device", findings)
    if device is None:
        return None, entry
    factors = {each.name: each for each in built.factors}
    return Bench(instruments, device, entry.volume, factors, _tied(raw), findings), entry


def _components(built: BuiltFactors, fixed: BuiltFixed, bench: Bench) -> list[Component]:
    """Return the components of all factors and fixed parts that take volume."""
    found = [*_of_factors(built, bench), *fixed_components(fixed, bench)]
    return [each for each in found if each is not None]


def _of_factors(built: BuiltFactors, bench: Bench) -> list[Component | None]:
    chosen_by = {
        str(made["by"]) for made in built.made.values() if isinstance(made, Mapping) and "by" in made
    }
    found = []
    for factor in built.factors:
        raw = built.made.get(factor.name)
        if raw is None and factor.name in chosen_by and isinstance(factor, Choice):
            continue
        making = made_of(factor.name, "factor", factor.unit, raw, bench)
        found.append(None if making is None else component_of(making))
    return found


def fixed_components(fixed: BuiltFixed, bench: Bench) -> list[Component | None]:
    """Return the components of fixed parts, None for settings and (with findings) for unsound ones."""
    found = []
    for name, part in fixed.parts.items():
        making = made_of(name, "fixed", part.unit, fixed.made.get(name), bench)
        component = None if making is None else component_of(making)
        found.append(None if component is None else replace(component, amount=_number(part.value)))
    return found


def _number(value: Value) -> float | None:
    return value if isinstance(value, float) else None


def _filler(entry: LiquidsEntry, bench: Bench) -> Component | None:
    said, findings = entry.filler, bench.findings
    device = bench.device
    if said.device is not None:
        found = bench.instruments.device(said.device, "liquids.filler.device", findings)
        device = found or device
    if said.source is not None:
        source = bench.instruments.source(said.source, "liquids.filler.source", findings)
        device = device if source is None else replace(device, source=source)
    return Component(said.name, "filler", device, {"": (Stock(said.name),)}, addition=said.addition)


def _check_steps(liquids: Liquids, findings: Findings) -> None:
    """Note volumes that the filler could not make up exactly: each well has to come out full."""
    filler = liquids.filler.device
    steps = {each.device.name: each.device.step for each in liquids.components}
    finest = min([*steps.values(), filler.step])
    coarse = [name for name, step in steps.items() if not (step / filler.step).is_integer()]
    whole = (liquids.volume / filler.step).is_integer()
    if coarse or not whole:
        found = f"steps of {volume_words(filler.step)} ({filler.name})"
        what = volume_words(finest if whole else rounded(liquids.volume % filler.step, 6))
        findings.note("filler-coarse", "liquids.filler", found, what=what)


def _check_names(liquids: Liquids, findings: Findings) -> None:
    """Note stocks that the bench could not tell apart."""
    seen: dict[str, tuple[str, Component]] = {}
    for each in liquids.everything:
        for stock in each.everything:
            name, other = seen.setdefault(normalised(stock.name), (stock.name, each))
            if other is not each or name != stock.name:
                of = f"{each.kind} {each.name} and of {other.kind} {other.name}"
                found = f"a stock {stock.name!r} of {of}"
                findings.note("stock-twice", "liquids", found)


def _tied(raw: Mapping[str, object]) -> dict[str, dict[str, list[object]]]:
    """Return factor -> the values of others that it needs, from constraints that are still to be read."""
    rules = raw.get("constraints")
    found: dict[str, dict[str, list[object]]] = {}
    for rule in rules if isinstance(rules, list) else []:
        if isinstance(rule, Mapping) and isinstance(rule.get("only_with"), Mapping):
            needs = rule["only_with"].items()
            found[str(rule.get("factor"))] = {
                name: value if isinstance(value, list) else [value] for name, value in needs
            }
    return found


def _check_room(limit: VolumeLimit, findings: Findings) -> None:
    """Note what leaves no room: fixed parts alone, or with the least of every factor."""
    liquids = limit.liquids
    try:
        least = limit.span[0]
    except ValueError as error:
        findings.note("too-many-stocks", "factors", str(error), most=MOST_COMBINATIONS)
        return
    fixed = liquids.volume - limit.room
    if least > limit.room:
        found = f"{volume_words(fixed)} of fixed parts and at least {volume_words(least)} of factors"
        findings.note("volume-overfull", "liquids.volume", found, what=volume_words(liquids.volume))
