"""How the samples of a round are made, step by step, for the first sheet."""

from __future__ import annotations

from collections.abc import Iterator

from bioal.sheets import names
from bioal.sheets.outgoing_work import Work

MOST_FILES = 6  # that one step names


def making(work: Work | None, place: str = "well") -> Iterator[str]:
    """Yield how the samples are made: from the run list alone, or from volumes where they are known.

    `place` is what a sample is in: a well or a vessel.
    """
    if work is None:
        said = f"a row is a {place}, the columns under green headings say what goes in."
        yield f"Make each sample on the sheet '{names.RUN_LIST}': {said}"
        return
    yield f"Work through the sheet '{names.CHECK_LIST}': everything in order, to tick off and to sign."
    yield f"Prepare stocks and fill source wells as the sheet '{names.REAGENTS}' says."
    if files := [file for run in work.robots for file in work.files_of(run)]:
        more = f" and {len(files) - MOST_FILES} more" if len(files) > MOST_FILES else ""
        yield f"Run the devices with the files beside this workbook: {', '.join(files[:MOST_FILES])}{more}."
    if work.by_hand:
        pages = "a page for each stock and plate, in the order of addition"
        yield f"Pipette what is on the sheet '{names.BY_HAND}': {pages}."
    yield f"What each {place} gets altogether stands on the sheet '{names.RECIPES}'."
