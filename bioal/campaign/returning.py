"""What came back, as cells: a workbook or table of the round, or a reader's file of one plate of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from bioal.campaign.plate_names import example_of, plate_named
from bioal.campaign.state import State
from bioal.errors import Problem, Refused, UsageError
from bioal.measurements.cells import Returned
from bioal.plates.layout import control_ids
from bioal.plates.rounds import Round
from bioal.protocol.headings import LONGEST_NAME
from bioal.protocol.protocol import Protocol
from bioal.protocol.reads import WAYS, Read, read_in
from bioal.sheets.readers.choosing import Asked
from bioal.sheets.readers.plates import read_plate
from bioal.sheets.returned import read_returned, returned_from_table
from bioal.sheets.returned_renamed import renamed


@dataclass(frozen=True)
class FileOptions:
    """What a person says of a reader's file; None where nothing was said.

    Parameters
    ----------
    plate
        `round-03/plate-1`, `R03 plate-1`, or `plate-1` where one round is open; without it the
        file is the round's own workbook or a table with sample ids.
    read
        How a series becomes one value: `at 6 h`, or another of `bioal.protocol.reads.WAYS`.
    channel, as_
        Which of the file's channels it is, and which readout of the protocol.
    range_
        The cells with the values, `Sheet1!B12:Y27`.
    reader
        The instrument, where the library allotropy is to read the file.
    operator, lab
        Who read the file's values: a source of its own, which several readings of a sample are told by.
    """

    plate: str | None = None
    read: str | None = None
    channel: str | None = None
    as_: str | None = None
    range_: str | None = None
    reader: str | None = None
    operator: str | None = None
    lab: str | None = None


def returned_of(state: State, source: pd.DataFrame | str | Path, said: FileOptions) -> Returned:
    """Return a workbook, CSV file, DataFrame or reader's file as cells, unjudged.

    Raises
    ------
    UsageError
        Where what was said of the file does not go together.
    Refused
        Where the file cannot be read, or not in one way.
    """
    operator, lab = (_name(word, text) for word, text in (("operator", said.operator), ("lab", said.lab)))
    return replace(_cells_of(state, source, said), operator=operator, lab=lab)


def _name(word: str, text: str | None) -> str:
    """Return the name of a person or lab as it is recorded."""
    name = " ".join((text or "").split())
    if text is not None and (not name or not name.isprintable() or len(name) > LONGEST_NAME):
        raise UsageError(f"--{word} is a name of 1 to {LONGEST_NAME} characters.")
    return name


def _cells_of(state: State, source: pd.DataFrame | str | Path, said: FileOptions) -> Returned:
    read = _read(said)
    if said.plate is None:
        _refuse_alone(said)
        found = (
            returned_from_table(source) if isinstance(source, pd.DataFrame) else read_returned(Path(source))
        )
        return found if said.channel is None else renamed(found, said.channel, _heading(state, said))
    if isinstance(source, pd.DataFrame):
        raise UsageError("A plate is named for a file; give a DataFrame with the columns of the run list.")
    if said.range_ is not None and said.reader is not None:
        raise UsageError("Give --range or --reader, not both.")
    number, plate = plate_named(said.plate, state)
    if number not in state.rounds:
        known = ", ".join(map(str, sorted(state.rounds))) or "none yet"
        remedy = f"Name the plate as {example_of(state)}."
        raise Refused(
            Problem("round-unknown", f"round {number}", f"a round ({known})", remedy, place="--plate")
        )
    proposed = state.rounds[number]
    protocol = state.protocol_of(number)
    blanks = _blank_wells(proposed.round, plate, protocol)
    asked = Asked(plate, read, said.channel, said.as_, said.range_, said.reader, blanks)
    return read_plate(Path(source), asked, proposed.round, protocol.readouts)


def _blank_wells(round_: Round, plate: str, protocol: Protocol) -> dict[str, tuple[str, ...]]:
    """Return the wells of a plate with the blank that each readout is less, by the readout's name."""
    titles = dict(zip(control_ids(protocol.controls), (one.title for one in protocol.controls), strict=True))
    here = round_.samples[(round_.samples["plate"] == plate) & (round_.samples["role"] == "blank")]
    placed = zip(here["well"], (titles.get(str(one), "") for one in here["condition"]), strict=True)
    wells = [(str(well), title) for well, title in placed]
    return {
        readout.name: tuple(well for well, title in wells if readout.blank in ("", title))
        for readout in protocol.readouts
        if readout.normalise == "blank"
    }


def _read(said: FileOptions) -> Read | None:
    try:
        return None if said.read is None else read_in(said.read)
    except ValueError as error:
        raise UsageError(f"--read is {WAYS}; not '{said.read}' ({error}).") from error


def _refuse_alone(said: FileOptions) -> None:
    if said.read is not None or said.range_ is not None or said.reader is not None:
        raise UsageError(
            "--read, --range and --reader are about a reader's file: name its plate with --plate."
        )
    if (said.channel is None) != (said.as_ is None):
        raise UsageError(
            "A table with sample ids needs both: --channel with its column, --as with the readout."
        )


def _heading(state: State, said: FileOptions) -> str:
    """Return the heading of the readout that a column is."""
    readouts = state.protocol.readouts
    found = [readout for readout in readouts if said.as_ in (readout.name, readout.heading)]
    if not found:
        known = ", ".join(readout.name for readout in readouts)
        raise UsageError(f"--as names a readout ({known}), not '{said.as_}'.")
    return found[0].heading
