"""The Echo's transfer report: what it was asked for, what it dispensed, what failed and why.

A head of `key,value` lines, then a section [EXCEPTIONS] with the transfers that failed and one [DETAILS]
with the others, either of them absent, each with its own heading, then the instrument. Echo Cherry Pick and
Plate Reformat order the columns differently; those that schedulers start (Cellario) leave out the time and
pad lines with commas. So columns are found by their names, a section ends where another row begins, and
what a spreadsheet program does to a file (byte order mark, semicolons, padded lines) does not matter.
Volumes are nL; status codes stay as they are.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bioal.errors import Refused
from bioal.plates.worklists.reading import well_in
from bioal.plates.worklists.tables import numbered_rows
from bioal.protocol.findings import Findings
from bioal.protocol.values import FactorValueError, number_in

NEEDED = (
    "Source Plate Name",
    "Source Well",
    "Destination Plate Name",
    "Destination Well",
    "Transfer Volume",
    "Actual Volume",
)
SECTIONS = {"[EXCEPTIONS]": True, "[DETAILS]": False}
MOST_SAID = 100  # lines that are named: of a report that is all wrong, more would not help
_REMEDY = "Export the run's transfer report as CSV from the Echo software and give that file."


@dataclass(frozen=True)
class Reported:
    """One transfer as the Echo reports it.

    Parameters
    ----------
    sample
        Sample ID, or Sample Name where that is blank: in worklists of bioal, the stock.
    requested, actual
        nL; actual is 0 where the report leaves it blank.
    status
        As the Echo wrote it (`MM0202007: Problem calc. well fluid volume ...`), "" where all went well.
    failed
        It stands among the exceptions, has a status, or nothing was dispensed.
    time, barcode
        When it was done and the destination's bar code, "" where the report has none.
    line
        Of the file.
    """

    source_plate: str
    source_well: str
    plate: str
    well: str
    sample: str
    requested: float
    actual: float
    status: str
    failed: bool
    time: str = ""
    barcode: str = ""
    line: int = 0


@dataclass(frozen=True)
class EchoReport:
    """A transfer report.

    Parameters
    ----------
    head
        Its key,value lines and the instrument's at the end: Run ID, Run Date/Time, Instrument Model, ...
    """

    file: str
    head: Mapping[str, str]
    rows: tuple[Reported, ...]


def read_transfer_report(text: str, file: str = "") -> EchoReport:
    """Return what an Echo reports of its transfers.

    Raises
    ------
    Refused
        Where the text is no such report, or with every line of it that cannot be read.
    """
    findings = Findings(file)
    rows = _rows(text, findings)
    head, transfers = _divided(rows, findings)
    if not findings.problems and not transfers:
        _note_foreign(rows, findings)
    if findings.problems:
        raise Refused(findings.problems)
    found = []
    for each in transfers:
        found.append((each.exception, _reported(each, findings)))
        if len(findings.problems) >= MOST_SAID:
            break
    if findings.problems:
        raise Refused(findings.problems)
    return EchoReport(file, head, _once([(apart, each) for apart, each in found if each is not None]))


@dataclass(frozen=True)
class _Row:
    """A line of a section, with the section's heading."""

    line: int
    header: Sequence[str]
    cells: Sequence[str]
    exception: bool


def _rows(text: str, findings: Findings) -> list[tuple[int, list[str]]]:
    headings = next((line for line in text.splitlines() if "Source Well" in line), "")
    delimiter = max(",;\t", key=headings.count)
    try:
        return numbered_rows(text, delimiter)
    except csv.Error as error:
        _note(findings, "", f"no table ({error})")
        return []


def _divided(rows: Sequence[tuple[int, list[str]]], findings: Findings) -> tuple[dict[str, str], list[_Row]]:
    """Return the key,value lines and the transfers of both sections."""
    head: dict[str, str] = {}
    transfers: list[_Row] = []
    header: list[str] | None = None
    exception, before = False, 0
    for line, cells in rows:
        if cells[0].upper() in SECTIONS:
            exception, header = SECTIONS[cells[0].upper()], None
        elif {"Source Well", "Destination Well"} <= set(cells):
            header = cells
            _check_header(line, cells, findings)
        elif header is None or _is_head(cells, apart=line > before + 1):
            head[cells[0]] = cells[1] if len(cells) > 1 else ""
        else:
            transfers.append(_Row(line, header, cells, exception))
        before = line
    return head, transfers


def _is_head(cells: Sequence[str], *, apart: bool) -> bool:
    """Return whether a line below a section is one of the instrument's: two cells, after a blank line."""
    return not any(cells[2:]) and (apart or cells[0].startswith("Instrument "))


def _check_header(line: int, cells: Sequence[str], findings: Findings) -> None:
    missing = [name for name in NEEDED if name not in cells]
    if missing == ["Actual Volume"]:
        found = "a cherry-pick list: what the Echo was asked to do"
        _note(findings, f"line {line}", found, "the transfer report: what the Echo did (Actual Volume)")
    elif missing:
        _note(findings, f"line {line}", f"a heading without {', '.join(missing)}")


def _note(findings: Findings, place: str, found: str, expected: str = "a transfer report of an Echo") -> None:
    findings.add("report-foreign", place, found=found, expected=expected, remedy=_REMEDY)


def _note_foreign(rows: Sequence[tuple[int, list[str]]], findings: Findings) -> None:
    words = {name for _, cells in rows for name in cells}
    if not rows:
        _note(findings, "", "an empty file")
    elif words >= {"Source Well", "Destination Well"}:
        _note(findings, "", "a report without a single transfer")
    elif "Survey Status" in words or "Survey Fluid Volume" in words:
        _note(findings, "", "a survey report: how full the source wells were")
    elif rows[0][1][0].startswith("PK"):
        _note(findings, "", "a workbook or archive, not text")
    else:
        _note(findings, f"line {rows[0][0]}", repr(",".join(rows[0][1])[:80]))


def _cells(row: _Row, findings: Findings) -> dict[str, str] | None:
    """Return the cells of a line by their headings, None (and a finding) where it has too few or too many."""
    if len(row.cells) >= len(row.header) and not any(row.cells[len(row.header) :]):
        return dict(zip(row.header, row.cells, strict=False))
    findings.add(
        "report-row",
        f"line {row.line}",
        found=f"{len(row.cells)} cells",
        expected=f"{len(row.header)}, as in the heading of the section",
        remedy="The file may be cut off. " + _REMEDY,
    )
    return None


def _reported(row: _Row, findings: Findings) -> Reported | None:
    cells = _cells(row, findings)
    if cells is None:
        return None
    source = well_in(cells, "Source Well", row.line, findings)
    well = well_in(cells, "Destination Well", row.line, findings)
    requested = _volume(cells, "Transfer Volume", row.line, findings)
    actual = _volume(cells, "Actual Volume", row.line, findings) if cells["Actual Volume"] else 0.0
    if source is None or well is None or requested is None or actual is None:
        return None
    status = cells.get("Transfer Status", "")
    names = (cells.get(name, "") for name in ("Sample ID", "Sample Name", "Compound Name"))
    return Reported(
        source_plate=cells["Source Plate Name"],
        source_well=source,
        plate=cells["Destination Plate Name"],
        well=well,
        sample=next((name for name in names if name), ""),
        requested=requested,
        actual=actual,
        status=status,
        failed=row.exception or bool(status) or actual == 0,
        time=cells.get("Date Time Point", ""),
        barcode=cells.get("Destination Plate Barcode", ""),
        line=row.line,
    )


def _volume(cells: Mapping[str, str], column: str, line: int, findings: Findings) -> float | None:
    try:
        volume = number_in(cells[column])
        if volume >= 0:
            return volume
        raise FactorValueError(cells[column], "0 nL or more", _REMEDY)
    except FactorValueError as error:
        place = f"line {line}, {column}"
        findings.add("report-volume", place, found=error.found, expected=error.expected, remedy=error.remedy)
        return None


def _once(rows: Sequence[tuple[bool, Reported]]) -> tuple[Reported, ...]:
    """Return each transfer once, where exceptions are repeated under [DETAILS]."""
    left = Counter(_event(each) for exception, each in rows if exception)
    kept: list[Reported] = []
    for exception, each in rows:
        event = _event(each)
        # Without a time, a success may be the other part of a split transfer of which one part failed.
        if exception or not left[event] or not (each.time or each.failed):
            kept.append(each)
        else:
            left[event] -= 1
    return tuple(kept)


def _event(each: Reported) -> tuple[object, ...]:
    return (each.time, each.source_plate, each.source_well, each.plate, each.well, each.requested)
