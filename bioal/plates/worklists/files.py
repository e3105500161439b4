"""The files that the bench gets for one device of a round."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bioal.plates.transfers import DeviceRun
from bioal.plates.worklists.deck import deck_csv
from bioal.plates.worklists.echo import echo_csv
from bioal.plates.worklists.epmotion import epmotion_csv
from bioal.plates.worklists.hamilton_biomek import biomek_csv, hamilton_csv
from bioal.plates.worklists.opentrons import opentrons_csv
from bioal.plates.worklists.opentrons_protocol import opentrons_protocol
from bioal.plates.worklists.tecan import ENCODING, tecan_gwl
from bioal.protocol.liquids import Format


@dataclass(frozen=True)
class BenchFile:
    """A file to write, its name relative to the round's folder.

    Parameters
    ----------
    text
        With its line ends as they are to be on disk: write it with `newline=""`.
    encoding
        How it is written: robots' files without a byte order mark, what people open in Excel with one.
    """

    name: str
    text: str
    encoding: str = "utf-8"


def bench_files(run: DeviceRun, *, round_number: int, wells_empty: bool = False) -> tuple[BenchFile, ...]:
    """Return the worklists of a run in the format of its device, and what stands where; nothing for hands.

    Parameters
    ----------
    wells_empty
        Whether this run is the first that dispenses into the wells (an OT-2 then needs fewer tips).

    Raises
    ------
    Refused
        Where the device cannot do it: with each volume, plate or label and what to change.
    """
    if run.device.format == "hand" or not any(each.volume for each in run.transfers):
        return ()
    stem = _stem(run.label)
    worklists: tuple[BenchFile, ...]
    if run.device.format == "opentrons":
        script = opentrons_protocol(run, round_number=round_number, wells_empty=wells_empty)
        worklists = (BenchFile(f"{stem}.csv", opentrons_csv(run)), BenchFile(f"{stem}.py", script))
    else:
        worklists = _WRITERS[run.device.format](run, stem)
    return (*worklists, BenchFile(f"{stem}-deck.csv", deck_csv(run), "utf-8-sig"))


def _epmotion(run: DeviceRun, stem: str) -> tuple[BenchFile, ...]:
    texts = epmotion_csv(run)
    if len(texts) == 1:
        return (BenchFile(f"{stem}.csv", texts[0]),)
    digits = len(str(len(texts)))  # so that a folder lists them in the order in which they are run
    return tuple(BenchFile(f"{stem}-{k:0{digits}d}.csv", text) for k, text in enumerate(texts, 1))


_WRITERS: Mapping[Format, Callable[[DeviceRun, str], tuple[BenchFile, ...]]] = {
    "echo": lambda run, stem: (BenchFile(f"{stem}.csv", echo_csv(run)),),
    "tecan": lambda run, stem: (BenchFile(f"{stem}.gwl", tecan_gwl(run), ENCODING),),
    "hamilton": lambda run, stem: (BenchFile(f"{stem}.csv", hamilton_csv(run)),),
    "biomek": lambda run, stem: (BenchFile(f"{stem}.csv", biomek_csv(run)),),
    "epmotion": _epmotion,
}


def _stem(label: str) -> str:
    """Return a label as the beginning of a file name that every system takes.

    >>> _stem("echo-525 viscous"), _stem("../Ana's OT-2")
    ('echo-525-viscous', 'Ana-s-OT-2')
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", label).strip("-.") or "worklist"
