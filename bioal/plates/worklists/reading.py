"""Reading worklists back: the transfers as numbers, or every line that is none."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bioal.errors import Refused
from bioal.plates.wells import well_on_plate
from bioal.plates.worklists.moved import Moved
from bioal.plates.worklists.tables import numbered_rows
from bioal.plates.worklists.volumes import VolumeForm
from bioal.protocol.findings import Findings
from bioal.protocol.values import FactorValueError

LARGEST_PLATE = 1536


class Columns(NamedTuple):
    """Where the parts of a movement stand: headings."""

    source_plate: str
    source_well: str
    plate: str
    well: str
    volume: str


@dataclass(frozen=True)
class Layout:
    """One format of worklist: its name for people, its headings, how it writes volumes."""

    name: str
    header: tuple[str, ...]
    columns: Columns
    form: VolumeForm


def read_table(text: str, layout: Layout, file: str) -> tuple[Moved, ...]:
    """Return the movements of a worklist that is a table with one heading line.

    Raises
    ------
    Refused
        Where the heading is another's, or with every line that cannot be read.
    """
    rows = rows_or_refused(text, layout.name, file)
    findings = Findings(file)
    if not rows or not set(layout.columns) <= set(rows[0][1]):
        note_header(findings, layout, rows)
        raise Refused(findings.problems)
    header = rows[0][1]
    found = [movement(line, cells, header, layout, findings) for line, cells in rows[1:]]
    if findings.problems:
        raise Refused(findings.problems)
    return tuple(each for each in found if each is not None)


def rows_or_refused(text: str, name: str, file: str) -> list[tuple[int, list[str]]]:
    """Return the numbered rows of a table.

    Raises
    ------
    Refused
        Where the text is no table at all.
    """
    findings = Findings(file)
    try:
        return numbered_rows(text)
    except csv.Error as error:
        findings.add(
            "worklist-unreadable",
            "",
            found=f"no table ({error})",
            expected=f"a {name} worklist",
            remedy="Export the file again; do not edit it in another program.",
        )
    raise Refused(findings.problems)


def movement(
    line: int, cells: Sequence[str], header: Sequence[str], layout: Layout, findings: Findings
) -> Moved | None:
    """Return what a line moves; None where it is wrong, with each reason among the findings."""
    if len(cells) != len(header):
        findings.add(
            "worklist-row",
            f"line {line}",
            found=f"{len(cells)} cells",
            expected=f"{len(header)}, as in the heading",
            remedy="Export the worklist again; a comma in a name needs quotes around the name.",
        )
        return None
    row = dict(zip(header, cells, strict=True))
    columns = layout.columns
    source = well_in(row, columns.source_well, line, findings)
    target = well_in(row, columns.well, line, findings)
    volume = volume_in(row, columns.volume, line, layout.form, findings)
    if source is None or target is None or volume is None:
        return None
    return Moved(row[columns.source_plate], source, row[columns.plate], target, volume)


def well_in(row: Mapping[str, str], column: str, line: int, findings: Findings) -> str | None:
    """Return the well in a cell by its own name, None (and a finding) where it is none."""
    well = well_on_plate(row[column], LARGEST_PLATE)
    if well is None:
        findings.add(
            "worklist-well",
            f"line {line}, {column}",
            found=repr(row[column]),
            expected="a well such as A1, P24 or AF48",
            remedy="Write the well as it is printed on the plate.",
        )
    return well


def volume_in(
    row: Mapping[str, str], column: str, line: int, form: VolumeForm, findings: Findings
) -> float | None:
    """Return the volume (nL) in a cell, None (and a finding) where it is none."""
    try:
        return form.nanolitres(row[column])
    except FactorValueError as error:
        findings.add(
            "worklist-volume",
            f"line {line}, {column}",
            found=error.found,
            expected=error.expected,
            remedy=error.remedy,
        )
        return None


def note_header(findings: Findings, layout: Layout, rows: Sequence[tuple[int, list[str]]]) -> None:
    """Note that a file begins with another heading than a format's."""
    first = ",".join(rows[0][1])[:200] if rows else "an empty file"
    findings.add(
        "worklist-header",
        f"line {rows[0][0]}" if rows else "",
        found=first,
        expected=f"the heading of a {layout.name} worklist: {','.join(layout.header)}",
        remedy="Give the worklist that bioal wrote, or name the format that this file has.",
    )
