"""Hamilton and Biomek: tables of plates, wells and uL that their own software asks for.

Headings as TeselaGen documents them (Hamilton) and as Biomek files in use have them
(JBEI/Flaviolin_media_opt_C1). Volumes have two decimals, always.
"""

from __future__ import annotations

from bioal.plates.transfers import DeviceRun
from bioal.plates.worklists.checking import writable
from bioal.plates.worklists.moved import Moved
from bioal.plates.worklists.racks import on_racks
from bioal.plates.worklists.reading import Columns, Layout, read_table
from bioal.plates.worklists.tables import csv_text
from bioal.plates.worklists.volumes import MICROLITRES

_HAMILTON = Columns(
    "Source Plate Name", "Source Well", "Destination Plate Name", "Destination Well", "Transfer Volume"
)
_BIOMEK = Columns(
    "Source Position", "Source Well", "Destination Position", "Destination Well", "Transfer Volume [uL]"
)
HAMILTON = Layout("Hamilton", tuple(_HAMILTON), _HAMILTON, MICROLITRES)
BIOMEK = Layout("Biomek", tuple(_BIOMEK), _BIOMEK, MICROLITRES)


def hamilton_csv(run: DeviceRun) -> str:
    """Return the worklist of a run for a Hamilton.

    Raises
    ------
    Refused
        Where a volume needs more than two decimals of a uL.
    """
    return _written(run, HAMILTON)


def biomek_csv(run: DeviceRun) -> str:
    """Return the worklist of a run for a Biomek.

    Raises
    ------
    Refused
        Where a volume needs more than two decimals of a uL.
    """
    return _written(run, BIOMEK)


def read_hamilton(text: str, file: str = "") -> tuple[Moved, ...]:
    """Return the movements of a Hamilton worklist.

    Raises
    ------
    Refused
        With every line that cannot be read.
    """
    return read_table(text, HAMILTON, file)


def read_biomek(text: str, file: str = "") -> tuple[Moved, ...]:
    """Return the movements of a Biomek worklist.

    Raises
    ------
    Refused
        With every line that cannot be read.
    """
    return read_table(text, BIOMEK, file)


def _written(run: DeviceRun, layout: Layout) -> str:
    transfers = writable(on_racks(run), layout.form)
    rows = [
        (each.source_plate, each.source_well, each.plate, each.well, layout.form.text(each.volume))
        for each in transfers
    ]
    return csv_text(layout.header, rows)
