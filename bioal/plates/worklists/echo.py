"""Echo cherry-pick list: nL, unpadded wells, no index column, no empty transfers.

Rows go by source plate, destination plate, source well: the Echo keeps both plates in place and its source
plate moves little. The columns are those that Echo Cherry Pick maps by default and icfree-ml's instructor
writes (brsynth/icfree-ml); `Sample ID` is the stock's name and comes back in the transfer report.
"""

from __future__ import annotations

import re

from bioal.errors import Refused
from bioal.plates.transfers import DeviceRun, Transfer
from bioal.plates.wells import ij_from_well
from bioal.plates.worklists.checking import writable
from bioal.plates.worklists.moved import Moved
from bioal.plates.worklists.racks import source_plates, target_plates
from bioal.plates.worklists.reading import Columns, Layout, read_table
from bioal.plates.worklists.tables import csv_text
from bioal.plates.worklists.volumes import NANOLITRES
from bioal.protocol.findings import Findings, place_of

ECHO = Layout(
    "Echo cherry-pick",
    (
        "Source Plate Name",
        "Source Plate Type",
        "Source Well",
        "Destination Plate Name",
        "Destination Well",
        "Transfer Volume",
        "Sample ID",
    ),
    Columns(
        "Source Plate Name", "Source Well", "Destination Plate Name", "Destination Well", "Transfer Volume"
    ),
    NANOLITRES,
)


def echo_csv(run: DeviceRun) -> str:
    """Return the cherry-pick list of a run.

    Raises
    ------
    Refused
        Where something stands in a single vessel, or a volume has more than one decimal of a nL.
    """
    _refuse_vessels(run)
    rows = sorted(writable(run, ECHO.form), key=_order)
    return csv_text(ECHO.header, [_row(each) for each in rows])


def read_echo(text: str, file: str = "") -> tuple[Moved, ...]:
    """Return the movements of a cherry-pick list.

    Raises
    ------
    Refused
        With every line that cannot be read.
    """
    return read_table(text, ECHO, file)


def _row(each: Transfer) -> list[str]:
    volume = ECHO.form.text(each.volume)
    return [
        each.source_plate,
        each.source_type,
        each.source_well,
        each.plate,
        each.well,
        volume,
        each.stock,
    ]


def _order(each: Transfer) -> tuple[object, ...]:
    return (
        _natural(each.source_plate),
        _natural(each.plate),
        ij_from_well(each.source_well),
        ij_from_well(each.well),
    )


def _natural(name: str) -> list[tuple[str, int]]:
    """Return what sorts plate-10 after plate-2."""
    return [(word, int(number or 0)) for word, number in re.findall(r"(\D*)(\d*)", name, re.ASCII)]


def _refuse_vessels(run: DeviceRun) -> None:
    findings = Findings("")
    if any(each.wells == 0 for each in source_plates(run).values()):
        findings.add(
            "echo-needs-plate",
            place_of("devices", run.device.name, "source"),
            found="single vessels",
            expected="a source plate that an Echo takes, such as 384PP or 384LDV",
            remedy="Name a source plate with wells, or dispense this part by hand.",
        )
    if not all(target_plates(run).values()):
        findings.add(
            "echo-needs-plate",
            "plate.size",
            found="single vessels",
            expected="a plate of 96, 384 or 1536 wells under an Echo",
            remedy="Give the plate a size, or another device to what goes into vessels.",
        )
    if findings.problems:
        raise Refused(findings.problems)
