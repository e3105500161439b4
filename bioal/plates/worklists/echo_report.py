"""The Echo's transfer report: what it was asked for, what it dispensed, what failed and why.

A head of `key,value` lines, then a section [EXCEPTIONS] with the transfers that failed and one [DETAILS] with the
others, either of them absent, each with its own heading, then the instrument. Echo Cherry Pick and Plate Reformat
(525, 550) order the columns differently; the 650 under Cellario leaves out the time and pads lines with commas. So
columns are found by their names, a section ends where another row begins, and what a spreadsheet program does to a
file (byte order mark, semicolons, padded lines) does not matter. Volumes are nL; status codes stay as they are.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
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
_REMEDY = "Export the transfer report as CSV in the Echo software (Reports, Transfer) and give that file."


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
        Its key,value lines, the instrument's at the end included: Run ID, Run Date/Time, Instrument Model, ...
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
    head, transfers = _divided(rows)
    if not findings.problems and not transfers:
        _note_foreign(rows, findings)
    found = [_reported(each, findings) for each in transfers]
    if findings.problems:
        raise Refused(findings.problems)
    return EchoReport(file, head, tuple(_once([each for each in found if each is not None])))
