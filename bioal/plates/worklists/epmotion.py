"""Eppendorf epMotion lists: at most 500 transfers a file, so several files where there are more.

`Source Rack,Source Well,Destination Rack,Destination Well,Transfer Volume,Tool`; racks are numbers in the
order of the first Sample Transfer of the method, tools are 1 = TS_50, 2 = TS_300, 3 = TS_1000, volumes are
uL, a line that begins with # is a comment (epMotion Editor Software Manual, "Importing commands from CSV
file", as TeselaGen's page "epMotion Worklist" reports it; it also says that a control panel takes only 102
of the 500). The comments below the heading say which rack is which plate. Within a stock, transfers of one
tool stand together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from bioal.errors import Refused
from bioal.plates.transfers import DeviceRun, Transfer
from bioal.plates.worklists.checking import refuse_beyond, writable
from bioal.plates.worklists.moved import Moved
from bioal.plates.worklists.racks import on_racks, source_plates, target_plates
from bioal.plates.worklists.reading import Columns, Layout, movement, note_header, rows_or_refused
from bioal.plates.worklists.tables import csv_text
from bioal.plates.worklists.volumes import MICROLITRES
from bioal.protocol.findings import Findings

MOST_ROWS = 500
LEAST, MOST = 1e3, 1e6  # nL: TS_50 from 1 uL, TS_1000 to 1000 uL
TOOLS = ((50e3, "1"), (300e3, "2"), (1e6, "3"))
_COLUMNS = Columns("Source Rack", "Source Well", "Destination Rack", "Destination Well", "Transfer Volume")
EPMOTION = Layout("epMotion", (*_COLUMNS, "Tool"), _COLUMNS, MICROLITRES)
_RACK = re.compile(r"#\s*(Source|Destination) rack (\d+): (.+)")


def epmotion_csv(run: DeviceRun) -> tuple[str, ...]:
    """Return the lists of a run, each of at most 500 transfers, in the order in which they are to be run.

    Raises
    ------
    Refused
        Where a volume is outside 1 to 1000 uL or needs more than two decimals.
    """
    run = on_racks(run)
    refuse_beyond(run, LEAST, MOST, "the tools TS_50 to TS_1000")
    transfers = _by_tool(writable(run, MICROLITRES))
    sources, targets = rack_numbers(source_plates(run)), rack_numbers(target_plates(run))
    rows = [
        (
            sources[each.source_plate],
            each.source_well,
            targets[each.plate],
            each.well,
            MICROLITRES.text(each.volume),
            tool_for(each.volume),
        )
        for each in transfers
    ]
    parts = [rows[start : start + MOST_ROWS] for start in range(0, len(rows), MOST_ROWS)]
    head = csv_text(EPMOTION.header, []) + _comments(sources, targets)
    return tuple(head + csv_text((), part) for part in parts)


def read_epmotion(text: str, file: str = "") -> tuple[Moved, ...]:
    """Return the movements of one list; racks by the names in its comments, else by their numbers.

    Raises
    ------
    Refused
        With every line that cannot be read.
    """
    rows = rows_or_refused(text, EPMOTION.name, file)
    findings = Findings(file)
    if not rows or tuple(rows[0][1]) != EPMOTION.header:
        note_header(findings, EPMOTION, rows)
        raise Refused(findings.problems)
    lines = [(line, cells) for line, cells in rows[1:] if not cells[0].startswith("#")]
    found = [movement(line, cells, EPMOTION.header, EPMOTION, findings) for line, cells in lines]
    if findings.problems:
        raise Refused(findings.problems)
    sources, targets = _racks_named([cells for _, cells in rows])
    return tuple(
        each._replace(
            source_plate=sources.get(each.source_plate, each.source_plate),
            plate=targets.get(each.plate, each.plate),
        )
        for each in found
        if each is not None
    )


def tool_for(volume: float) -> str:
    """Return the number of the smallest tool that takes a volume (nL).

    >>> tool_for(50e3), tool_for(60e3), tool_for(1e6)
    ('1', '2', '3')
    """
    return next(tool for most, tool in TOOLS if volume <= most)


def rack_numbers(plates: Mapping[str, object]) -> dict[str, str]:
    """Return the number of each plate's rack, from 1."""
    return {name: str(number) for number, name in enumerate(plates, 1)}


def _comments(sources: Mapping[str, str], targets: Mapping[str, str]) -> str:
    """Return which rack is which plate; never quoted, for then the line would not begin with #."""
    lines = [f"# Source rack {number}: {name}" for name, number in sources.items()]
    lines += [f"# Destination rack {number}: {name}" for name, number in targets.items()]
    return "".join(f"{' '.join(line.split())}\r\n" for line in lines)


def _by_tool(transfers: Sequence[Transfer]) -> list[Transfer]:
    stocks = groupby(transfers, key=lambda each: each.stock)
    return [each for _, group in stocks for each in sorted(group, key=lambda each: tool_for(each.volume))]


def _racks_named(rows: Sequence[Sequence[str]]) -> tuple[dict[str, str], dict[str, str]]:
    sources: dict[str, str] = {}
    targets: dict[str, str] = {}
    for cells in rows:
        match = _RACK.fullmatch(",".join(cells))
        if match is not None:
            (sources if match[1] == "Source" else targets)[match[2]] = match[3]
    return sources, targets
