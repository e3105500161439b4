"""Column headings: how a factor or readout is named on a sheet, and which names bioal keeps for itself.

A heading is `Name [unit]`. Headings are compared after Unicode normalisation, because the two micro
signs look alike and Excel, macOS and people mix them.
"""

from __future__ import annotations

import unicodedata

ACTUAL_SUFFIX = " actual"
RESERVED = (
    "Sample",
    "Condition",
    "Plate",
    "Well",
    "Role",
    "Replicate",
    "Predicted",
    "Predicted low",
    "Predicted high",
    "Reason",
    "Status",
    "Note",
)

LONGEST_NAME = 100  # characters; with its unit it still is the heading of a column

# Columns that only some protocols have; elsewhere these names are free.
OPERATOR = "Operator"
VESSEL = "Vessel"


def heading(name: str, unit: str = "") -> str:
    """Return the heading of a column.

    >>> heading("Mg-glutamate", "mM"), heading("plasmid")
    ('Mg-glutamate [mM]', 'plasmid')
    """
    return f"{name} [{unit}]" if unit else name


def normalised(text: str) -> str:
    """Return text as it is compared: NFKC, single spaces, no case.

    >>> normalised("DNA  [\u00b5M]") == normalised("dna [\u03bcM]")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def fault_of_name(name: str) -> str:
    """Return what is wrong with a factor or readout name, "" where nothing is.

    >>> fault_of_name("Mg-glutamate")
    ''
    >>> fault_of_name("Well")
    'a column of this name is written by bioal itself'
    """
    plain = normalised(name)
    if not plain:
        return "a name needs at least one letter or digit"
    if name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        return f"a name has no spaces at its ends and no line breaks, and at most {LONGEST_NAME} characters"
    if "[" in name or "]" in name:
        return "square brackets are kept for the unit"
    if plain in map(normalised, RESERVED):
        return "a column of this name is written by bioal itself"
    if plain.endswith(ACTUAL_SUFFIX):
        return "names ending in 'actual' are kept for the columns where changes are typed"
    return ""
