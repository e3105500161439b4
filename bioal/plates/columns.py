"""The headings of a table of samples, wherever it appears: run list, CSV, DataFrame.

They are words of the outer form and live below both sides, so that what is written and what is read
agree. Factors and readouts add their own headings (`factor.heading`, `readout.heading`).
"""

from __future__ import annotations

from bioal.protocol.headings import ACTUAL_SUFFIX, OPERATOR

SAMPLE = "Sample"
CONDITION = "Condition"
PLATE = "Plate"
WELL = "Well"
ROLE = "Role"
REPLICATE = "Replicate"
PREDICTED = "Predicted"
PREDICTED_LOW = "Predicted low"
PREDICTED_HIGH = "Predicted high"
REASON = "Reason"
STATUS = "Status"
NOTE = "Note"

# Columns of tables from an instrument; a factor or readout may have these names, then they are its own.
READOUT = "Readout"
KEY = "Key"
DILUTION = "Dilution"
LAB = "Lab"
OPTIONAL_HEADINGS = (READOUT, KEY, DILUTION, OPERATOR, LAB)

STATUS_SUFFIX = " status"

OWN_HEADINGS = (
    SAMPLE,
    CONDITION,
    PLATE,
    WELL,
    ROLE,
    REPLICATE,
    PREDICTED,
    PREDICTED_LOW,
    PREDICTED_HIGH,
    REASON,
    STATUS,
    NOTE,
)

# What is known of a plate besides its readings.
DETAIL_FIELDS = ("Date", OPERATOR, LAB, "Barcode", "Lots", "Gain", "Note")

REASON_WORDS = {
    "start": "first survey",
    "exploit": "probably good",
    "explore": "little known here",
    "repeat": "repeat to be sure",
    "random": "random check",
    "check": "to check predictions",
    "asked": "you asked",
    "unsure": "least sure here",
    "disagree": "models disagree here",
    "border": "between good and bad",
    "teaches": "teaches about the rest",
    "unlike": "unlike all measured",
    "mixed": "for several reasons",
    "own": "by your own rule",
}


def status_heading(heading: str) -> str:
    """Return the heading of the column for what happened to one of several readouts.

    >>> status_heading("GFP [RFU]")
    'GFP [RFU] status'
    """
    return heading + STATUS_SUFFIX


def actual_heading(heading: str) -> str:
    """Return the heading of the column in which a person says what was really used.

    >>> actual_heading("Mg-glutamate [mM]")
    'Mg-glutamate [mM] actual'
    """
    return heading + ACTUAL_SUFFIX
