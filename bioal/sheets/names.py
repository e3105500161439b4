"""The outer form of a round's workbook: its sheets, its headings, where each table and grid begins.

The side that writes and the side that reads meet here and nowhere else. Readers still search for headings
(a person may have inserted a row); the positions are where bioal itself puts them.
"""

from __future__ import annotations

from bioal.measurements.statuses import STATUSES
from bioal.plates.columns import (
    CONDITION,
    DETAIL_FIELDS,
    NOTE,
    OWN_HEADINGS,
    PLATE,
    PREDICTED,
    PREDICTED_HIGH,
    PREDICTED_LOW,
    REASON,
    REASON_WORDS,
    REPLICATE,
    ROLE,
    SAMPLE,
    STATUS,
    WELL,
    actual_heading,
)
from bioal.protocol.headings import OPERATOR, VESSEL, heading

__all__ = [
    "ADDED",
    "ADDED_HEADER_ROW",
    "ADDED_ROWS",
    "BY_HAND",
    "CHECK_LIST",
    "CONDITION",
    "DETAILS",
    "DETAILS_HEADER_ROW",
    "DETAIL_FIELDS",
    "FROM_A_READER",
    "GRID_FIRST_ROW",
    "GRID_GAP",
    "GRID_PLATE",
    "GRID_READOUT",
    "HIDDEN_SHEETS",
    "KEY_CAMPAIGN",
    "KEY_HEAD",
    "KEY_NAME",
    "KEY_PROTOCOL",
    "KEY_ROUND",
    "KEY_SAMPLE",
    "KEY_SCHEMA",
    "LISTS",
    "MANIFEST",
    "NOTE",
    "OPERATOR",
    "OUTCOME_STATUS_WORDS",
    "OWN_HEADINGS",
    "PASTE",
    "PLATE",
    "PLATE_MAP",
    "PREDICTED",
    "PREDICTED_HIGH",
    "PREDICTED_LOW",
    "PROBLEMS",
    "READ_ME",
    "REAGENTS",
    "REASON",
    "REASON_WORDS",
    "RECIPES",
    "REPLICATE",
    "ROLE",
    "RUN_CARDS",
    "RUN_DETAILS",
    "RUN_LIST",
    "RUN_LIST_HEADER_ROW",
    "SAMPLE",
    "SCHEMA",
    "STATUS",
    "STATUS_WORDS",
    "VESSEL",
    "WELL",
    "WELL_STATUS_WORDS",
    "actual_heading",
    "grid_top",
    "plate_map_sheet",
    "predicted_headings",
]

FROM_A_READER = (
    "If a plate reader wrote it, say which plate it is of: '--plate round-02/plate-1' in 'bioal check' and "
    "'bioal merge', or a file name like 'R02 plate-1.csv' in the inbox of 'bioal watch'."
)

READ_ME = "Read me"
PLATE_MAP = "Plate map"
RUN_LIST = "Run list"
PASTE = "Paste sheet"
DETAILS = "Plate details"
RUN_CARDS = "Run cards"  # for vessels, in the place of plate map and paste sheet
RUN_DETAILS = "Run details"  # for vessels, in the place of plate details
ADDED = "Added conditions"
# Where volumes are known: what to do in order, what to prepare, what each well gets, what hands dispense.
CHECK_LIST = "Check list"
REAGENTS = "Reagents"
RECIPES = "Recipes"
BY_HAND = "By hand"
PROBLEMS = "Problems"
MANIFEST = "_bioal"
LISTS = "_lists"
HIDDEN_SHEETS = (MANIFEST, LISTS)

# The run list is one rectangle with its header in the first row: sorting, filtering, a copy saved as CSV and
# `pandas.read_excel` all work on it as it is. The row below the header is the first sample.
RUN_LIST_HEADER_ROW = 1

# Sheets for people have a title and a hint above their table.
DETAILS_HEADER_ROW = 4
ADDED_HEADER_ROW = 4
ADDED_ROWS = 40

# A paste grid, `top` being its first row:
#   top      A "Readout"   B readout.heading
#   top + 1  A "Plate"     B plate name
#   top + 2  A (corner)    B.. column numbers 1, 2, ... (numbers)
#   top + 3  A "A"         B.. the values; one row per plate row
# Corner, numbers and letters are unlocked, so that a block copied from a reader together with its own
# headings can be pasted at the corner; whoever reads this sheet checks numbers and letters before it trusts
# the grid.
GRID_FIRST_ROW = 4
GRID_GAP = 2
GRID_READOUT = "Readout"
GRID_PLATE = "Plate"

# Words of the status drop-down, in its order.
STATUS_WORDS = STATUSES
# Where several readouts have a status each: what can be said of a whole well.
OUTCOME_STATUS_WORDS = ("ok", "spoiled", "missing")  # an outcome has no limit
WELL_STATUS_WORDS = tuple(word for word in STATUSES if word not in ("below limit", "over range"))

# The hidden manifest: keys in column A, values in column B, text both, from row 1.
SCHEMA = "bioal-round-1"
KEY_SCHEMA = "schema"
KEY_CAMPAIGN = "campaign"  # the campaign's id
KEY_NAME = "name"  # the campaign's name, for messages
KEY_ROUND = "round"  # decimal number
KEY_HEAD = "head"  # record that the workbook grew from
KEY_PROTOCOL = "protocol"  # digest of the protocol's text
KEY_SAMPLE = "sample "  # + sample id -> digest of id and planned levels (bioal.sheets.manifest)


def grid_top(index: int, rows: int) -> int:
    """Return the first row of the n-th paste grid (from 0) on plates with so many rows.

    Grids are ordered plate by plate, and by readout within a plate.

    >>> grid_top(0, 8), grid_top(1, 8)
    (4, 17)
    """
    return GRID_FIRST_ROW + index * (3 + rows + GRID_GAP)


def plate_map_sheet(number: int, plates: int) -> str:
    """Return the name of the sheet that maps the n-th plate.

    >>> plate_map_sheet(1, 1), plate_map_sheet(2, 3)
    ('Plate map', 'Plate map 2')
    """
    return PLATE_MAP if plates == 1 else f"{PLATE_MAP} {number}"


def predicted_headings(unit: str) -> tuple[str, str, str]:
    """Return the headings of what is expected of a condition and of the ends of its interval.

    >>> predicted_headings("RFU")
    ('Predicted [RFU]', 'Predicted low [RFU]', 'Predicted high [RFU]')
    """
    return heading(PREDICTED, unit), heading(PREDICTED_LOW, unit), heading(PREDICTED_HIGH, unit)
