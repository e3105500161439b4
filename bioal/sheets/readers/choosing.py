"""Which of the channels that a file offers is meant: asked, alone, or named like a readout; else refused.

A refusal names what the file offers, so that the next call can name it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bioal.errors import Problem, Refused
from bioal.measurements.series import read_problem
from bioal.plates.rounds import Round
from bioal.plates.wells import SHAPES, shape_of_plate, well_from_ij, well_on_plate
from bioal.protocol.headings import normalised
from bioal.protocol.objective import Readout
from bioal.protocol.reads import WAYS, Read, clock, read_in
from bioal.sheets.readers.offers import Offer
from bioal.sheets.readers.pages import Found

MOST_CHOICES = 12


@dataclass(frozen=True)
class Asked:
    """What a person says of a reader's file.

    Parameters
    ----------
    plate
        The plate of the round.
    read
        How a kinetic series becomes one value; None: as the protocol says.
    channel, readout
        What is read, and which readout it is; None where there is only one.
    area
        The cells with the values, `Sheet1!B12:Y27`; None: found by content.
    reader
        The instrument as the library allotropy names it; None: bioal reads the file itself.
    blanks
        Readout name -> the wells that hold its blank, for growth rates.
    """

    plate: str
    read: Read | None = None
    channel: str | None = None
    readout: str | None = None
    area: str | None = None
    reader: str | None = None
    blanks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Chosen = tuple[Readout, Offer]


def chosen(found: Found, asked: Asked, round_: Round, readouts: Sequence[Readout]) -> tuple[Chosen, ...]:
    """Return the channels that are meant, each with its readout.

    Raises
    ------
    Refused
        Where nothing is offered, several are and none was named, or the plate is another.
    """
    if not found.offers:
        raise Refused(_nothing(found))
    offers = _of_plate(found, asked, round_)
    pairs = _pairs(found, offers, asked, readouts)
    problems = [problem for _, offer in pairs if (problem := _size_problem(found, offer, round_)) is not None]
    if problems:
        raise Refused(problems)
    return pairs


def _nothing(found: Found) -> Problem:
    text = " ".join(str(cell.value) for page in found.pages for row in page.rows[:40] for cell in row[:16])
    if "Transfer Volume" in text or "Transfer Status" in text:
        remedy = "A transfer report of an Echo is merged with --transfer-report."
        return Problem("plate-not-found", "a transfer report", "readings of a plate", remedy, file=found.file)
    expected = "a plate grid (letters and numbers), a list of wells, or an instrument's export of one"
    remedy = 'Name the cells with the values: --range "Sheet1!B12:Y27".'
    return Problem("plate-not-found", "no readings of a plate", expected, remedy, file=found.file)


def _of_plate(found: Found, asked: Asked, round_: Round) -> tuple[Offer, ...]:
    """Return the channels of the plate that was asked; where the file has only one plate, all of them."""
    named = {offer.plate for offer in found.offers if offer.plate}
    others = {normalised(name) for name in round_.plates} - {normalised(asked.plate)}
    if len(named) == 1 and not others & set(map(normalised, named)):
        return found.offers
    own = tuple(offer for offer in found.offers if _same_plate(offer.plate, asked.plate))
    if own or not named:
        return own or found.offers
    expected = f"readings of {asked.plate}"
    remedy = "Name the plate that it is, or give the file of this one; --range chooses cells by themselves."
    raise Refused(
        Problem("plate-other", f"the plates {_listed(sorted(named))}", expected, remedy, file=found.file)
    )


def _same_plate(one: str, other: str) -> bool:
    return _letters(one) == _letters(other)


def _letters(name: str) -> str:
    return "".join(letter for letter in normalised(name) if letter.isalnum())


def _pairs(
    found: Found, offers: Sequence[Offer], asked: Asked, readouts: Sequence[Readout]
) -> tuple[Chosen, ...]:
    if asked.channel is not None:
        return ((_readout(found, asked, readouts), _named(found, offers, asked.channel)),)
    if len(offers) == 1:
        own = _by_name(offers, readouts)
        return own if own and asked.readout is None else ((_readout(found, asked, readouts), offers[0]),)
    by_name = _by_name(offers, readouts)
    by_name = tuple(pair for pair in by_name if asked.readout in (None, pair[0].name, pair[0].heading))
    if by_name and len({readout.name for readout, _ in by_name}) == len(by_name):
        return by_name
    remedy = "Say which with --channel."
    found_words = f"{len(offers)} channels: {_listed([_worded(offer) for offer in offers])}"
    raise Refused(Problem("channel-ambiguous", found_words, "one channel", remedy, file=found.file))


def _by_name(offers: Sequence[Offer], readouts: Sequence[Readout]) -> tuple[Chosen, ...]:
    names = {normalised(text): readout for readout in readouts for text in _called(readout)}
    return tuple((names[offer.key], offer) for offer in offers if offer.key in names)


def _called(readout: Readout) -> tuple[str, ...]:
    """Return the names of a channel that is a readout, or the signal of its standard curve."""
    signals = () if readout.standard is None else (readout.standard.signal,)
    return (*signals, readout.heading, readout.name)


def _readout(found: Found, asked: Asked, readouts: Sequence[Readout]) -> Readout:
    known = {normalised(text): one for one in readouts for text in (one.heading, one.name)}
    if asked.readout is not None and normalised(asked.readout) in known:
        return known[normalised(asked.readout)]
    if asked.readout is None and len(readouts) == 1:
        return readouts[0]
    if asked.readout is None and asked.channel is not None and normalised(asked.channel) in known:
        return known[normalised(asked.channel)]
    expected = "one of " + ", ".join(readout.name for readout in readouts)
    said = "no readout named" if asked.readout is None else f"the readout '{asked.readout}'"
    remedy = "Say which readout the values are with --as."
    raise Refused(Problem("readout-ambiguous", said, expected, remedy, file=found.file))


def _named(found: Found, offers: Sequence[Offer], name: str) -> Offer:
    """Return the channel of a name, or of the only name that begins so."""
    key = Offer(name, {}).key
    exact = [offer for offer in offers if key in (offer.key, normalised(offer.name))]
    near = exact or [offer for offer in offers if offer.key.startswith(key)]
    if len(near) == 1:
        return near[0]
    said = f"the channel '{name}'" + (" several times" if near else "")
    expected = "one of " + _listed([_worded(offer) for offer in near or offers])
    raise Refused(Problem("channel-unknown", said, expected, "Name it as it stands there.", file=found.file))


def _worded(offer: Offer) -> str:
    plate = f" of {offer.plate}" if offer.plate else ""
    kinetic = f", {len(offer.times)} times to {clock(offer.times[-1])}" if offer.times else ""
    return f"'{offer.name}'{plate} ({len(offer.wells)} wells{kinetic})"


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - MOST_CHOICES} more" if len(words) > MOST_CHOICES else ""
    return "; ".join(words[:MOST_CHOICES]) + more


def _size_problem(found: Found, offer: Offer, round_: Round) -> Problem | None:
    """Return the problem of a grid of another size, or of a well that the plate does not have."""
    shape = shape_of_plate(round_.size)
    sizes = {(rows, columns): size for size, (rows, columns) in SHAPES.items()}
    expected = f"a plate of {round_.size} wells"
    remedy = "Check that it is this round's plate; a part of it can be given with --range and its letters."
    if offer.shape in sizes and offer.shape != tuple(shape):
        said = f"a grid of {sizes[offer.shape]} wells at {offer.where}"
        return Problem("file-plate-size", said, expected, remedy, file=found.file)
    wrong = [(well, cells) for well, cells in offer.wells.items() if well_on_plate(well, round_.size) is None]
    filled = [(well, cell) for well, cells in wrong for cell in cells if cell.kind != "blank"]
    if not filled:
        return None
    last = well_from_ij(shape.rows - 1, shape.columns - 1)
    well, cell = filled[0]
    return cell.problem("well-unknown", f"wells from A1 to {last}", remedy, found=f"the well {well}")


def reading_of(found: Found, chosen_: Chosen, asked: Asked) -> Read | None:
    """Return how the series of a channel becomes one value, None for an endpoint read.

    Raises
    ------
    Refused
        For a series, where nobody says how; where the times do not allow it; for a single read, where it
        should have been a slope or an area.
    """
    readout, offer = chosen_
    read = asked.read or (read_in(readout.read) if readout.read else None)
    if not offer.times:
        # One read at the end is the last, the largest, or the one at 6 h; it is never a slope.
        needs_times = read is not None and (
            read.kind in ("slope", "area", "growth") or (read.kind == "at" and asked.read is not None)
        )
        if needs_times:
            said = f"one reading of each well, without a time, in '{offer.name}'"
            remedy = "Export the kinetic data, or leave --read away."
            raise Refused(_problem(found, "read-impossible", said, f"a series for {read}", remedy))
        return None
    return _of_series(found, offer, read)


def _of_series(found: Found, offer: Offer, read: Read | None) -> Read:
    span = f"{len(offer.times)} readings from {clock(offer.times[0])} to {clock(offer.times[-1])}"
    if read is None:
        remedy = f"Say it with --read, or in the protocol as read of the readout: {WAYS}."
        said = f"a series of {span} in '{offer.name}'"
        raise Refused(_problem(found, "read-unsaid", said, "how it becomes one value", remedy))
    if why := read_problem(offer.times, read):
        said = f"{why} in a series of {span}"
        raise Refused(_problem(found, "read-impossible", said, str(read), "Name a time that was read."))
    return read


def _problem(found: Found, code: str, said: str, expected: str, remedy: str) -> Problem:
    return Problem(code, said, expected, remedy, file=found.file)
