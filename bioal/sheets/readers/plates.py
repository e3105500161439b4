"""The way in for a reader's file: one plate of a round, as a grid of cells, unjudged.

What comes out has the same form as a paste sheet of the round's workbook, and is checked by the same path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell, Returned, ReturnedGrid
from bioal.measurements.growth import NO_GROWTH, blank_of
from bioal.measurements.numbers import DECIMAL_COMMA, plain
from bioal.measurements.series import reduced, time_read
from bioal.plates.rounds import Round
from bioal.protocol.objective import Readout
from bioal.protocol.reads import Read
from bioal.sheets.copies import copy_notes
from bioal.sheets.names import KEY_ROUND
from bioal.sheets.readers.allotrope import found_by_library
from bioal.sheets.readers.choosing import Asked, Chosen, chosen, reading_of
from bioal.sheets.readers.offers import Offer
from bioal.sheets.readers.pages import Found, found_in
from bioal.sheets.readers.ranges import offer_at
from bioal.sheets.readers.times import duration
from bioal.sheets.returned import content_digest
from bioal.sheets.returned_text import number_doubt

MOST_NAMED = 5


def read_plate(path: Path, asked: Asked, round_: Round, readouts: Sequence[Readout]) -> Returned:
    """Return a plate of a round as a reader's file holds it.

    Raises
    ------
    Refused
        Where the file is unsafe or holds no plate, or where it must be said which channel or time is meant.
    """
    _refuse_vessels(path, asked, round_)
    found = found_in(path) if asked.reader is None else found_by_library(path, asked.reader)
    if asked.area is not None:
        found = replace(found, offers=(offer_at(found, asked.area, round_),))
    grids: list[ReturnedGrid] = []
    said: list[str] = []
    for pair in chosen(found, asked, round_, readouts):
        grid, words = _grid(found, pair, asked)
        grids.append(grid)
        said += words
    read = Returned(
        path.name,
        hashlib.sha256(path.read_bytes()).hexdigest(),
        "",
        manifest={KEY_ROUND: str(round_.number)},
        grids=tuple(grids),
        warnings=(*copy_notes(path), *found.warnings, *said),
    )
    return replace(read, content=content_digest(read))


def _refuse_vessels(path: Path, asked: Asked, round_: Round) -> None:
    if round_.in_vessels:
        remedy = "Type the values into the run list of its workbook, or return a table with its sample ids."
        found = f"round {round_.number}, which is made in vessels and has no wells"
        raise Refused(Problem("vessels-no-wells", found, "a round on plates", remedy, file=path.name))
    if asked.plate not in round_.plates:
        expected = "one of " + ", ".join(round_.plates)
        found = f"the plate '{asked.plate}' of round {round_.number}"
        remedy = f"Name it as in the workbook: --plate round-{round_.number:02d}/{round_.plates[0]}."
        raise Refused(Problem("plate-unknown", found, expected, remedy, place="--plate"))


def _grid(found: Found, pair: Chosen, asked: Asked) -> tuple[ReturnedGrid, list[str]]:
    """Return a channel as a grid of the round's plate, and what a person should know of it."""
    readout, offer = pair
    read = reading_of(found, pair, asked)
    said = [] if asked.area is not None else [f"'{offer.name}' was read as {readout.heading}."]
    series, comma = _with_points(found, offer)
    said += ["Numbers were read with a decimal comma."] if comma else []
    said += _short(offer)
    if read is None:
        wells = {well: cells[0] for well, cells in series.items()}
    else:
        said.append(f"Of {len(offer.times)} times: {time_read(offer.times, read)}.")
        wells, more = _reduced(series, offer.times, read, asked.blanks.get(readout.name, ()))
        said += more
    heading = Cell(readout.heading, "text", found.file, "", offer.where)
    wells = {well: duration(cell, readout.unit) for well, cell in wells.items()}
    words = {
        well: replace(cell, kind="text") if cell.kind == "error" else cell for well, cell in wells.items()
    }
    return ReturnedGrid(heading, asked.plate, words), said


def _reduced(
    series: Mapping[str, tuple[Cell, ...]], times: Sequence[float], read: Read, blanks: Sequence[str]
) -> tuple[dict[str, Cell], list[str]]:
    """Return a series as one cell for each well, and what a person should know of growth rates.

    Blank wells are taken off before the logarithm, and have no rate of their own.
    """
    if read.kind != "growth":
        return {well: reduced(cells, times, read) for well, cells in series.items()}, []
    own = {well: cells for well, cells in series.items() if well in blanks}
    blank = blank_of(own)
    if blanks and blank is None:
        raise Refused(_blank_unread(blanks))
    wells = {well: reduced(cells, times, read, blank) for well, cells in series.items() if well not in own}
    wells |= {well: replace(cells[0], value=None, kind="blank") for well, cells in own.items()}
    idle = [well for well, cell in wells.items() if cell.raw == NO_GROWTH]
    said = [f"{len(own)} blank wells were taken off before the logarithm."] if own else []
    return wells, said + ([f"No growth, taken as 0: {_few(idle)}."] if idle else [])


def _blank_unread(blanks: Sequence[str]) -> Problem:
    return Problem(
        "blank-unread",
        f"no reading of the blank ({', '.join(blanks)}) at some time",
        "a reading of a blank well at each time, which growth rates are above",
        'Export the blank wells too; without a blank, write normalise = "none" for this readout.',
    )


def _few(wells: Sequence[str]) -> str:
    more = f" and {len(wells) - MOST_NAMED} more" if len(wells) > MOST_NAMED else ""
    return f"{', '.join(wells[:MOST_NAMED])}{more} (too few readings clear the blank)"


def _short(offer: Offer) -> list[str]:
    """Return a note about lines that end before their last column."""
    short = [well for well, cells in offer.wells.items() if any(_is_missing(cell) for cell in cells)]
    if not short:
        return []
    return [f"{len(short)} wells are missing at the end of their lines (first: {short[0]}); they are blank."]


def _is_missing(cell: Cell) -> bool:
    return cell.kind == "blank" and not cell.address


def _with_points(found: Found, offer: Offer) -> tuple[Mapping[str, tuple[Cell, ...]], bool]:
    """Return the cells of a channel with decimal points, and whether they had decimal commas.

    Raises
    ------
    Refused
        Where numbers could be read in two ways.
    """
    if found.separator in ("", ","):
        return offer.wells, False
    texts = [plain(str(cell.value)) for cell in offer.cells]
    others = [plain(str(cell.value)) for one in found.offers for cell in one.cells]
    doubt = number_doubt(texts, others, grouped=not found.program)
    if doubt is not None:
        remedy = "Export it again with decimal points, or choose another channel."
        raise Refused(
            Problem("number-ambiguous", doubt, "numbers that read in one way only", remedy, file=found.file)
        )
    if not any(map(DECIMAL_COMMA.fullmatch, texts)):
        return offer.wells, False
    return {well: tuple(map(_pointed, cells)) for well, cells in offer.wells.items()}, True


def _pointed(cell: Cell) -> Cell:
    text = plain(str(cell.value))
    return replace(cell, value=text.replace(",", ".")) if DECIMAL_COMMA.fullmatch(text) else cell
