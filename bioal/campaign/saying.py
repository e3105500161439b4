"""What a check found, what a merge recorded and what was proposed, in the same words at every door."""

from __future__ import annotations

import pandas as pd

from bioal.campaign.merging import Merged
from bioal.campaign.proposals import Proposal
from bioal.measurements.checking import Checked
from bioal.report.words import counted

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


def proposal_words(found: Proposal) -> str:
    """Return which round a proposal is, how many conditions it has, and where they are made."""
    round_ = found.round
    where = f"on {counted(len(round_.plates), 'plate')}"
    where = f"in {counted(len(round_.samples), 'vessel')}" if round_.in_vessels else where
    return f"Round {found.number}: {counted(len(round_.predictions), 'condition')} {where}"


def already_words(found: Proposal) -> str:
    """Return why a proposal is no new round, to follow `proposal_words`; "" where it is one."""
    if found.new:
        return ""
    if found.rewritten:
        return ": its workbook was missing and is written again."
    return ": open already, asked for with the same options."


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
