"""What is the same in every OT-2 protocol; `$` marks what is filled in, all of it literals."""

from __future__ import annotations

SCRIPT = '''\
"""Protocol for an Opentrons OT-2, written by bioal: upload it in the Opentrons App. Volumes are uL.

Before the run, compare LABWARE with what you use and change the load names where yours differ.
"""

metadata = {"protocolName": $name, "author": "bioal"}
requirements = {"robotType": "OT-2", "apiLevel": "2.15"}

# Slot, load name, label.
LABWARE = [
$labware]

# Pipette: mount, tip rack, slots of its racks.
PIPETTES = {
$pipettes}

# True where nothing is in the wells before this run: then one tip brings a stock to all empty wells.
WELLS_EMPTY = $wells_empty

HEIGHT = 1  # mm above the bottom, when aspirating and when dispensing
SMALL_MOST = 20  # uL: more than that is for the large pipette

# Slot and well of the source, slot and well of the destination, uL, stock.
TRANSFERS = [
$transfers]


def run(protocol):
    plates = {slot: protocol.load_labware(name, slot, label) for slot, name, label in LABWARE}
    pipettes = {name: load_pipette(protocol, name) for name in PIPETTES}
    tips = {name: 96 * len(PIPETTES[name][2]) for name in PIPETTES}
    held = {}
    tip = None
    for source_slot, source_well, slot, well, volume, stock in TRANSFERS:
        name = "p20_single_gen2" if volume <= SMALL_MOST else "p300_single_gen2"
        if tip is not None and tip != (name, stock):
            pipettes[tip[0]].drop_tip()
            tip = None
        if tip is None:
            take_tip(protocol, pipettes, tips, name)
            tip = (name, stock)
        move(pipettes[name], plates[source_slot][source_well], plates[slot][well], volume)
        others = held.setdefault((slot, well), set()) - {stock}
        held[slot, well].add(stock)
        if others or not WELLS_EMPTY:
            pipettes[name].drop_tip()
            tip = None
    if tip is not None:
        pipettes[tip[0]].drop_tip()


def load_pipette(protocol, name):
    mount, rack, slots = PIPETTES[name]
    racks = [protocol.load_labware(rack, slot) for slot in slots]
    return protocol.load_instrument(name, mount, tip_racks=racks)


def take_tip(protocol, pipettes, tips, name):
    if tips[name] == 0:
        slots = PIPETTES[name][2]
        protocol.pause("Put full tip racks into the slots " + ", ".join(map(str, slots)) + ", then resume.")
        pipettes[name].reset_tipracks()
        tips[name] = 96 * len(slots)
    pipettes[name].pick_up_tip()
    tips[name] -= 1


def move(pipette, source, target, volume):
    pipette.aspirate(volume, source.bottom(HEIGHT))
    pipette.dispense(volume, target.bottom(HEIGHT))
    pipette.blow_out(target.top(-2))
'''
