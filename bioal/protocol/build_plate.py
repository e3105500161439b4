"""From the `[plate]` of a file to the wells or vessels of a round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bioal.protocol.definition import Control
from bioal.protocol.document import PlateEntry
from bioal.protocol.factors import Factor
from bioal.protocol.findings import Findings, as_found, checked, place_of
from bioal.protocol.headings import OPERATOR, VESSEL, normalised
from bioal.protocol.objective import Readout
from bioal.protocol.plate import PLATE_SIZES, VESSELS, PlateSetup
from bioal.protocol.wells import shape_of_plate, wells_in


def build_plate(raw: Mapping[str, object], findings: Findings, notes: list[str]) -> PlateSetup | None:
    """Return the plate of the file's `[plate]`."""
    if "plate" not in raw:
        notes.append("No [plate] is given: 96 wells and one replicate of each condition are used.")
    given = raw.get("plate", {})
    entry = checked(PlateEntry, given, ("plate",), findings)
    # The size is looked at even where another key is wrong, so that all is said at once.
    size = given.get("size", 96) if isinstance(given, Mapping) else 96
    unknown = isinstance(size, int) and size not in PLATE_SIZES
    if unknown:
        findings.note("plate-size", "plate.size", as_found(size), what=", ".join(map(str, PLATE_SIZES)))
    if unknown or entry is None:
        return None
    before = len(findings.problems)
    _check_entry(entry, findings)
    return _setup(entry) if len(findings.problems) == before else None


def _setup(entry: PlateEntry) -> PlateSetup:
    return PlateSetup(
        entry.size,
        entry.replicates,
        layout=entry.layout,
        order=entry.order,
        edge=entry.edge,
        skip=tuple(entry.skip),
        every=(entry.every.rows, entry.every.columns),
        vessels=tuple(entry.vessels),
        operators=tuple(entry.operators),
        premix=entry.premix,
        carry_over=entry.carry_over,
    )


def _check_entry(entry: PlateEntry, findings: Findings) -> None:
    _check_names("vessels", entry.vessels, findings)
    _check_names("operators", entry.operators, findings)
    if entry.size == VESSELS:
        _check_no_grid(entry, findings)
        return
    if entry.vessels:
        findings.note("only-for-vessels", "plate.vessels", as_found(entry.vessels))
    for number, area in enumerate(entry.skip):
        _check_area(area, entry.size, place_of("plate", "skip", number), findings)
    shape = shape_of_plate(entry.size)
    for what, step, most in (
        ("rows", entry.every.rows, shape.rows),
        ("columns", entry.every.columns, shape.columns),
    ):
        if step > most:
            place = place_of("plate", "every", what)
            findings.note("every-too-wide", place, str(step), most=most, what=what, size=entry.size)


def _check_no_grid(entry: PlateEntry, findings: Findings) -> None:
    for key in ("order", "edge", "skip", "every"):
        if key in entry.model_fields_set:
            findings.note("only-for-plates", f"plate.{key}", f"a value of {key}")
    if entry.premix:
        findings.note("premix-in-vessels", "plate.premix", "true")


def _check_area(area: str, size: int, place: str, findings: Findings) -> None:
    try:
        wells_in(area, size)
    except ValueError:
        findings.note("skip-unknown", place, as_found(area))


def _check_names(key: str, names: Sequence[str], findings: Findings) -> None:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name != name.strip() or not name.isprintable() or normalised(name) in seen:
            findings.note("name-of-place", place_of("plate", key, number), as_found(name))
        seen.add(normalised(name))


def with_standards(
    plate: PlateSetup | None, readouts: Sequence[Readout], findings: Findings
) -> PlateSetup | None:
    """Return the plate with the wells that readouts keep for their standards."""
    if plate is None:
        return None
    areas: dict[str, None] = {}
    for readout in readouts:
        place = place_of("readouts", readout.name, "standard", "wells")
        wells = () if readout.standard is None else readout.standard.wells
        if wells and plate.in_vessels:
            findings.note("only-for-plates", place, "wells of standards")
            continue
        areas |= dict.fromkeys(_sound_standards(wells, plate, place, findings))
    return replace(plate, standards=tuple(areas))


def _sound_standards(
    wells: Sequence[tuple[str, float]], plate: PlateSetup, place: str, findings: Findings
) -> list[str]:
    """Return the areas of standards; note those not on the plate, and wells of two concentrations."""
    seen: set[str] = set()
    sound = []
    for area, _ in wells:
        before = len(findings.problems)
        _check_area(area, plate.size, place, findings)
        own = set(wells_in(area, plate.size)) if len(findings.problems) == before else set()
        if own & seen:
            findings.note("standard-twice", place, f"{area}, of which {min(own & seen)} is in another area")
        seen |= own
        sound += [area] if own else []
    return sound


def check_room(plate: PlateSetup | None, controls: Sequence[Control], findings: Findings) -> None:
    """Note controls that leave no room for a single condition on a plate, or among the vessels."""
    if plate is None or plate.room is None:
        return
    if not plate.room:
        findings.note("plate-empty", "plate.skip", f"none of {plate.size} wells left")
        return
    wells, kind = sum(control.wells for control in controls), "vessels" if plate.in_vessels else "wells"
    if wells + plate.replicates > plate.room:
        found = f"{wells} control {kind} and {plate.replicates} replicates of a condition"
        room = plate.words() if plate.room != plate.size else f"{plate.size} wells"
        larger = "name more vessels" if plate.in_vessels else "a larger plate"
        place = "plate.vessels" if plate.in_vessels else "plate.size"
        findings.note("plate-full", place, found, room=room, larger=larger)


def check_plate_names(
    plate: PlateSetup | None,
    factors: Sequence[Factor],
    tables: Mapping[str, Iterable[str]],
    findings: Findings,
) -> None:
    """Note what vessels and operators do not go with: columns of their names, factors of whole plates."""
    if plate is None:
        return
    taken = [*([OPERATOR] if plate.operators else []), *([VESSEL] if plate.in_vessels else [])]
    for table in ("factors", "readouts"):
        for name in tables[table]:
            if normalised(name) in map(normalised, taken):
                findings.note("name-of-column", place_of(table, name), as_found(name))
    for factor in factors:
        if plate.in_vessels and factor.per == "plate":
            findings.note("plate-factor-in-vessels", place_of("factors", factor.name, "per"), '"plate"')
