"""Opentrons OT-2: what stands in which slot, and the cherry-picking list of the protocol library.

The deck has slots 1 to 11; slot 12 is the trash. Sources come first, then destinations, then tips. Labware
is named by its load name: a source plate that is called by one (`axygen_96_wellplate_500ul`) keeps it, tubes
(`24 tubes`) stand in the usual rack, the others get the usual labware of their size, which a person may
change in the protocol.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from bioal.errors import Refused
from bioal.plates.transfers import DeviceRun, Transfer
from bioal.plates.worklists.checking import refuse_beyond, writable
from bioal.plates.worklists.moved import Moved
from bioal.plates.worklists.racks import on_racks, racked, source_plates, target_plates
from bioal.plates.worklists.reading import Columns, Layout, read_table
from bioal.plates.worklists.tables import csv_text
from bioal.plates.worklists.volumes import MICROLITRES
from bioal.protocol.findings import Findings, place_of
from bioal.protocol.liquids import SourcePlate

SLOTS = range(1, 12)
HEIGHT = "1"  # mm above the bottom, as in the example of the protocol library
# Single-channel GEN2 pipettes: P20 takes 1 to 20 uL, P300 20 to 300 uL (Opentrons, Loading Pipettes).
SMALL, LARGE = "p20_single_gen2", "p300_single_gen2"
LEAST, SMALL_MOST, MOST = 1e3, 20e3, 300e3  # nL
_COLUMNS = Columns("Source Slot", "Source Well", "Dest Slot", "Dest Well", "Volume (in ul)")
OPENTRONS = Layout(
    "Opentrons cherry-picking",
    (
        "Source Labware",
        "Source Slot",
        "Source Well",
        "Source Aspiration Height Above Bottom (in mm)",
        "Dest Labware",
        "Dest Slot",
        "Dest Well",
        "Volume (in ul)",
    ),
    _COLUMNS,
    MICROLITRES,
)

_LOAD_NAME = re.compile(r"[a-z0-9.]+(_[a-z0-9.-]+){2,}")
_PLATES = {
    6: "corning_6_wellplate_16.8ml_flat",
    12: "corning_12_wellplate_6.9ml_flat",
    24: "corning_24_wellplate_3.4ml_flat",
    48: "corning_48_wellplate_1.6ml_flat",
    96: "corning_96_wellplate_360ul_flat",
    384: "corning_384_wellplate_112ul_flat",
}
_RACKS = {24: "opentrons_24_tuberack_nest_2ml_snapcap", 6: "opentrons_6_tuberack_nest_50ml_conical"}
_DEEP = "nest_96_wellplate_2ml_deep"
_SHALLOW = 360e3  # nL in a well of the usual 96-well plate


class Placed(NamedTuple):
    """A plate or rack on the deck."""

    slot: int
    labware: str
    plate: str


def opentrons_deck(run: DeviceRun) -> tuple[Placed, ...]:
    """Return which plate or rack stands in which slot.

    Raises
    ------
    Refused
        Where there are more than slots (one is kept for the tips of each pipette that is used), or a plate
        that Opentrons has no labware for.
    """
    stands = racked(run)
    racks = {rack for rack, _ in stands.vessels}
    found = {
        name: _source_labware(each, name in racks or "tube" in each.name.lower())
        for name, each in source_plates(stands.run).items()
    }
    for name, size in target_plates(stands.run).items():
        found[name] = (_RACKS if name in racks else _PLATES).get(size, "")
    _refuse_deck(run, found)
    slots = zip(SLOTS, found.items(), strict=False)
    return tuple(Placed(slot, labware, name) for slot, (name, labware) in slots)


def pipettes_used(run: DeviceRun) -> tuple[str, ...]:
    """Return the pipettes that the transfers of a run need."""
    used = {pipette_for(each.volume) for each in run.transfers if each.volume != 0}
    return tuple(name for name in (SMALL, LARGE) if name in used)


def pipette_for(volume: float) -> str:
    """Return the pipette that takes a volume (nL).

    >>> pipette_for(20e3), pipette_for(20.1e3)
    ('p20_single_gen2', 'p300_single_gen2')
    """
    return SMALL if volume <= SMALL_MOST else LARGE


def opentrons_transfers(run: DeviceRun) -> tuple[Transfer, ...]:
    """Return the transfers of a run that stands on racks, once an OT-2 can do each of them.

    Raises
    ------
    Refused
        Where a volume is outside 1 to 300 uL or needs more than two decimals.
    """
    refuse_beyond(run, LEAST, MOST, "a P20 and a P300")
    return writable(on_racks(run), MICROLITRES)


def opentrons_csv(run: DeviceRun) -> str:
    """Return the cherry-picking list of a run.

    Raises
    ------
    Refused
        Where the deck is too small, or a volume cannot be pipetted.
    """
    transfers = opentrons_transfers(run)
    deck = {each.plate: each for each in opentrons_deck(run)}
    rows = []
    for each in transfers:
        source, target = deck[each.source_plate], deck[each.plate]
        volume = MICROLITRES.text(each.volume)
        from_ = (source.labware, str(source.slot), each.source_well, HEIGHT)
        rows.append((*from_, target.labware, str(target.slot), each.well, volume))
    return csv_text(OPENTRONS.header, rows)


def read_opentrons(text: str, deck: Mapping[str, str], file: str = "") -> tuple[Moved, ...]:
    """Return the movements of a cherry-picking list.

    Parameters
    ----------
    deck
        Slot -> the plate in it, as `plates_on_deck` gives them; a slot without one is called by its number.

    Raises
    ------
    Refused
        With every line that cannot be read.
    """
    return tuple(
        each._replace(
            source_plate=deck.get(each.source_plate, each.source_plate),
            plate=deck.get(each.plate, each.plate),
        )
        for each in read_table(text, OPENTRONS, file)
    )


def plates_on_deck(run: DeviceRun) -> dict[str, str]:
    """Return the plate or rack in each slot."""
    return {str(each.slot): each.plate for each in opentrons_deck(run)}


def _source_labware(each: SourcePlate, rack: bool) -> str:
    if _LOAD_NAME.fullmatch(each.name):
        return each.name
    if rack:
        return _RACKS.get(each.wells, "")
    return _DEEP if each.wells == 96 and each.full > _SHALLOW else _PLATES.get(each.wells, "")


def _refuse_deck(run: DeviceRun, found: Mapping[str, str]) -> None:
    findings, place = Findings(""), place_of("devices", run.device.name)
    tips = len(pipettes_used(run))
    if len(found) + tips > len(SLOTS):
        findings.add(
            "deck-too-small",
            place,
            found=f"{len(found)} plates and racks with {tips} kinds of tips",
            expected=f"at most {len(SLOTS)} together: an OT-2 has 11 slots beside the trash",
            remedy="Propose fewer plates a round, use larger plates, or fewer source plates.",
        )
    for name, labware in found.items():
        if not labware:
            findings.add(
                "deck-labware",
                place,
                found=f"the plate {name!r}, for which Opentrons has no labware",
                expected="plates of 6 to 384 wells, or a source plate that is named by its load name",
                remedy="Choose another plate, or another device.",
            )
    if findings.problems:
        raise Refused(findings.problems)
