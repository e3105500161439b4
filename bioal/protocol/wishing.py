"""From a protocol file, sound or not, to the stocks that would make all its levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bioal.errors import ProtocolError
from bioal.protocol.build_components import SETTING, Bench, component_of, made_of
from bioal.protocol.build_controls import build_fixed
from bioal.protocol.build_doses import snapped_parts
from bioal.protocol.build_factors import BuiltFactors, build_factors
from bioal.protocol.build_liquids import bench_of, fixed_components
from bioal.protocol.document import LiquidsEntry
from bioal.protocol.factors import Numeric
from bioal.protocol.findings import Findings
from bioal.protocol.liquids import Component, Liquids, Stock
from bioal.protocol.suggesting import Suggested, Wish, suggested_stocks
from bioal.protocol.units import UnitError, amount_in, converted


def stocks_for(raw: Mapping[str, object], source: str) -> Suggested:
    """Return stocks for every numeric factor of a protocol that takes volume.

    Parameters
    ----------
    raw
        The tables of a protocol file; factors need no `made` yet.

    Raises
    ------
    ProtocolError
        Where the volume of a well, the device, a factor's levels or a fixed part cannot be understood.
    """
    findings = Findings(source)
    if "liquids" not in raw:
        found = "no table [liquids]"
        findings.note("missing-table", "liquids", found, what="liquids", remedy=_LIQUIDS)
        raise ProtocolError(findings.problems)
    factors, parts = raw.get("factors"), raw.get("fixed")
    built = build_factors(factors if isinstance(factors, Mapping) else {}, findings)
    fixed = build_fixed(parts if isinstance(parts, Mapping) else {}, findings)
    bench, entry = bench_of(raw, built, findings)
    if bench is None or entry is None or findings.problems:
        raise ProtocolError(findings.problems)
    components = [each for each in fixed_components(fixed, bench) if each is not None]
    room = _room(entry, bench, components, findings)
    if findings.problems:
        raise ProtocolError(findings.problems)
    wishes = _wishes(built, bench)
    room -= _others(built, bench, {wish.name for wish in wishes}, entry)
    return suggested_stocks(wishes, entry.volume, room, entry.tolerance)


_LIQUIDS = 'Add [liquids] with volume = "...", device = "..." and filler = "water".'


def _room(entry: LiquidsEntry, bench: Bench, components: list[Component], findings: Findings) -> float:
    """Return what fixed parts leave (nL), the filler's smallest transfer taken off."""
    filler = _filler(entry, bench)
    liquids = Liquids(entry.volume, filler, tuple(components), (), entry.tolerance, entry.excess)
    liquids = replace(liquids, components=snapped_parts(liquids, findings))
    doses = [liquids.dose(each, {}, {}) for each in liquids.components]
    return entry.volume - sum(dose.volume for dose in doses if dose is not None) - filler.device.least


def _others(built: BuiltFactors, bench: Bench, wished: set[str], entry: LiquidsEntry) -> float:
    """Return how much (nL) the factors take at most whose stocks nobody asks for: choices, for one."""
    apart = replace(bench, findings=Findings(""))  # `check` says what is wrong with them
    others = [factor for factor in built.factors if factor.name not in wished]
    liquids = Liquids(entry.volume, _filler(entry, bench), ())
    total = 0.0
    for factor in others:
        making = made_of(factor.name, "factor", factor.unit, built.made.get(factor.name), apart)
        component = None if making is None else component_of(making)
        if component is None:
            continue
        values = [factor.value(code) for code in range(factor.size)]
        rows = [{component.by: option, factor.name: value} for option in component.stocks for value in values]
        doses = [liquids.dose(component, row, {}) for row in rows]
        total += max((dose.volume for dose in doses if dose is not None), default=0.0)
    return total


def _filler(entry: LiquidsEntry, bench: Bench) -> Component:
    device = bench.instruments.devices.get(entry.filler.device or "", bench.device)
    return Component(entry.filler.name, "filler", device, {"": (Stock(entry.filler.name),)})


def _wishes(built: BuiltFactors, bench: Bench) -> list[Wish]:
    wishes = []
    for factor in built.factors:
        raw = built.made.get(factor.name)
        made = raw if isinstance(raw, Mapping) else {}
        if not isinstance(factor, Numeric) or raw == SETTING or "by" in made:
            continue
        device = bench.device
        if isinstance(made.get("device"), str):
            device = bench.instruments.devices.get(str(made["device"]), device)
        ranged = factor.name in built.ranged
        levels = (factor.levels[0], factor.levels[-1]) if ranged else factor.levels
        solubility = _solubility(made.get("solubility"), factor.unit)
        present = _stocks_there(made, factor.unit)
        wishes.append(Wish(factor.name, factor.unit, levels, device, solubility, not ranged, present))
    return wishes


def _stocks_there(made: Mapping[str, object], unit: str) -> tuple[float, ...]:
    """Return the concentrations of the stocks that a file names for a factor; none where one is unsound."""
    listed = made.get("stocks")
    given = [made["stock"]] if "stock" in made else listed if isinstance(listed, list) else []
    found = [_solubility(each, unit) for each in given]
    return tuple(sorted(each for each in found if each)) if None not in found else ()


def _solubility(given: object, unit: str) -> float | None:
    if not isinstance(given, str):
        return None
    try:
        value, own = amount_in(given, unit)
        return converted(value, own, unit)
    except UnitError:
        return None  # `check` says what is wrong with it
