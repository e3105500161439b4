"""What a check found and what a merge recorded, in the same words at every door."""

from __future__ import annotations

import pandas as pd

from bioal.campaign.merging import Merged
from bioal.measurements.checking import Checked

KNOWN = "Everything in this file is recorded already."
NOTHING_NEW = "Nothing new: everything in this file is recorded already."
ALL_LEFT_OUT = "Nothing was recorded: all that is new in this file was left out."


def check_lines(found: Checked) -> tuple[str, ...]:
    """Return what is new in a file that can be merged, in one line, and each correction in another."""
    if found.nothing_new:
        return (KNOWN,)
    parts = [
        counted(len(found.readings) + len(found.added_readings), "reading"),
        *counted_if(len(found.corrections), "correction"),
        *(f"{one} made otherwise than planned" for one in counted_if(len(found.actuals), "level")),
        *counted_if(len(found.added), "added well"),
    ]
    said = f"Round {found.round}: {', '.join(parts)} can be merged{_known(found.unchanged)}."
    return (said, *_corrected(found.corrections))


def merge_lines(merged: Merged) -> tuple[str, ...]:
    """Return what a merge recorded, in one line, and each correction in another."""
    if not merged.new:
        return (ALL_LEFT_OUT if merged.skipped else NOTHING_NEW,)
    parts = [
        counted(merged.readings, "reading"),
        *(f"{one} made otherwise than planned" for one in counted_if(merged.changed, "well")),
        *counted_if(merged.added, "added well"),
    ]
    said = f"Round {merged.round}: {', '.join(parts)} recorded{_known(merged.unchanged)}."
    return (said, *_corrected(merged.corrections))


def merge_notes(merged: Merged) -> tuple[str, ...]:
    """Return what a person should know of a merge, and what it left out."""
    warnings = tuple(f"Note: {warning}" for warning in merged.warnings)
    return (*warnings, *(f"Left out: {problem}" for problem in merged.skipped))


def counted(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> counted(1, "reading"), counted(12, "reading")
    ('1 reading', '12 readings')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def counted_if(count: int, noun: str) -> list[str]:
    """Return a count with its noun, nothing where there is none.

    >>> counted_if(2, "well"), counted_if(0, "well")
    (['2 wells'], [])
    """
    return [counted(count, noun)] if count else []


def _known(unchanged: int) -> str:
    return f"; {unchanged} known before" if unchanged else ""


def _corrected(corrections: pd.DataFrame) -> list[str]:
    rows = corrections.to_dict("records")
    return [f"Corrected: {row['sample']} {row['readout']}: {row['old']} -> {row['new']}" for row in rows]
