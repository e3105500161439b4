"""A protocol as a confirmation is laid out with it: more wells of conditions, and of what stands beside."""

from __future__ import annotations

from dataclasses import replace

from bioal.protocol.objective import Normalise
from bioal.protocol.protocol import Control, Protocol

# The control that stands for nothing in a fold, where the readout is normalised with one.
FLOOR: dict[Normalise, str] = {"none": "", "reference": "", "blank": "blank", "controls": "negative"}


def beside_reference(protocol: Protocol, replicates: int) -> Protocol:
    """Return a protocol whose conditions have so many wells, and so have a fold's controls on each plate.

    Where these would fill more than half of a plate, they get what half of it holds, but never fewer wells
    than the protocol gives them.
    """
    plate = replace(protocol.plate, replicates=replicates, carry_over=0)
    wanted = {"reference", FLOOR[protocol.readout.normalise]}
    needed = sum(control.role in wanted for control in protocol.controls)
    room = plate.room
    most = replicates if room is None or not needed else min(replicates, max(room // 2 // needed, 1))
    controls = tuple(_with_wells(one, most if one.role in wanted else 0) for one in protocol.controls)
    return replace(protocol, plate=plate, controls=controls)


def _with_wells(control: Control, wells: int) -> Control:
    return replace(control, wells=max(control.wells, wells))
