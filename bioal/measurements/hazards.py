"""What goes wrong with sheets between bench and model, and bioal's answer: one table, printed in the docs.

Each hazard has a number, and files in the tests (`tests/measurements/test_hazards.py`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hazard:
    """Say what happened to a sheet, what bioal does about it, and what a person does then.

    `codes` are those of the refusals; where there are none, such a file is merged as it was meant.
    """

    number: str
    happened: str
    answer: str
    remedy: str
    codes: tuple[str, ...] = ()


HAZARDS: tuple[Hazard, ...] = (
    Hazard(
        "S1",
        "the program made a date or a number of an id",
        "refused: the id cannot be told (ids such as R01-S0001 never look like one)",
        "put the id back",
        ("sample-id-converted",),
    ),
    Hazard(
        "S2",
        "a decimal comma, or signs between thousands",
        "refused, with the number it may be; read where a whole CSV file has no other reading",
        "write a decimal point, and digits without signs between them",
        ("value-decimal-comma", "value-ambiguous", "value-thousands", "number-ambiguous"),
    ),
    Hazard("S3", "numbers stored as text", "read, where they are plainly numbers", "nothing"),
    Hazard(
        "S4",
        "a unit or % in the cell, typed or shown by its format",
        "refused: the unit stands in the heading",
        "write the number alone",
        ("value-has-unit",),
    ),
    Hazard(
        "S5",
        "words of the instrument: OVRFLW, <LOD, n/a",
        "read as a status (over range, below limit, missing), the text kept; "
        "refused where it says two things",
        "nothing; a limit that the word does not name has to stand in the protocol (`low`, `high`)",
        ("value-is-limit", "value-is-text", "status-unknown", "value-ambiguous"),
    ),
    Hazard(
        "S6",
        "an error such as #N/A or #DIV/0!",
        "refused by cell",
        "clear the cell, or type the value",
        ("value-is-error",),
    ),
    Hazard(
        "S7",
        "a formula",
        "read with the result that the program saved; refused where it saved none",
        "open the file in the spreadsheet program and save it",
        ("formula-uncomputed",),
    ),
    Hazard("S8", "merged cells", "refused, with the area", "unmerge them", ("cells-merged",)),
    Hazard("S9", "hidden or filtered rows", "read like all others, and said", "nothing"),
    Hazard("S10", "rows or columns in another order", "merged: rows match by sample id", "nothing"),
    Hazard(
        "S11",
        "some columns sorted or moved by a row, others not",
        "refused: ids, wells and conditions contradict each other, or the results alone are sorted by size",
        "undo the sorting, or type the results into a fresh copy of the workbook",
        ("row-contradicts-id", "conditions-shuffled", "condition-changed", "values-sorted"),
    ),
    Hazard(
        "S12",
        "a condition edited",
        "refused, with what was planned",
        "put it back; what was really made goes into the `actual` column, with `--accept actuals`",
        ("condition-changed", "factor-unreadable", "condition-blank", "factor-below-zero"),
    ),
    Hazard(
        "S13",
        "the same file again, renamed or saved anew",
        "nothing new; a value that differs is refused with both values",
        "nothing; a real correction needs `--accept corrections`",
        ("value-changed",),
    ),
    Hazard(
        "S14",
        "two people fill in the two halves",
        "the halves become the whole; where they differ, refused by cell",
        "agree on the value",
        ("value-changed",),
    ),
    Hazard(
        "S15",
        "the file of another round, campaign or plate",
        "refused by name",
        "return the workbook of this round",
        (
            "campaign-other",
            "round-other",
            "round-unknown",
            "sample-of-other-round",
            "sample-unknown",
            "row-contradicts-id",
        ),
    ),
    Hazard("S16", "hidden sheets or all other sheets lost", "merged: the run list says enough", "nothing"),
    Hazard(
        "S17",
        "wells without a value",
        "merged; they stay outstanding and are never zero; refused where no value is new",
        "return the rest later",
        ("nothing-to-merge",),
    ),
    Hazard(
        "S18",
        "the plate turned, mirrored or read in another order",
        "told from replicates and controls, as surely as the workbook's Read me says",
        "look at corner A1",
    ),
    Hazard(
        "S19",
        "wells written a1, A01 or A-1",
        "one well, however it is written; one that the plate has not is refused",
        "correct the well",
        ("row-contradicts-id", "well-unknown"),
    ),
    Hazard(
        "S20",
        "columns, notes and colours of one's own; a row of totals",
        "columns are ignored; numbers without a sample are refused",
        "delete the totals",
        ("sample-missing",),
    ),
    Hazard(
        "S21",
        "a heading changed, doubled or with other spaces",
        "spaces, capitals and order do not matter; a double or another unit is refused",
        "put the heading back",
        ("heading-twice", "unit-changed", "column-missing", "readout-missing"),
    ),
    Hazard(
        "S22",
        "copies of the run list in the book",
        "the sheet named Run list counts, and a copy is named; refused where it cannot be told",
        "delete or rename the copies",
        ("run-list-twice", "run-list-missing"),
    ),
    Hazard(
        "S23",
        "another kind of file: .xls, .ods, PDF, with a password or macros, cut short",
        "refused, each kind in its own words",
        "save it as an Excel workbook (.xlsx) or CSV",
        (
            "file-is-xls",
            "file-is-encrypted",
            "file-is-html",
            "file-is-ods",
            "file-is-numbers",
            "file-is-xlsb",
            "file-is-pdf",
            "file-has-macros",
            "file-damaged",
            "file-empty",
        ),
    ),
    Hazard(
        "S24",
        "CSV with other separators, encodings, line ends",
        "the same table, or refused where it could be read in two ways",
        "return the workbook",
        ("row-ragged", "dialect-ambiguous", "number-ambiguous", "header-unknown"),
    ),
    Hazard("S25", "a sample twice", "refused, with both cells", "delete one of the rows", ("sample-twice",)),
    Hazard(
        "S26",
        "a value out of the readout's range",
        "refused by cell",
        "correct it; if it is right, `--accept range`",
        ("value-out-of-range", "value-too-large", "value-not-finite"),
    ),
    Hazard(
        "S27",
        "the file is open, the disk full, the folder read-only",
        "said in words; what was there stays as it was",
        "close the file, make room, ask for the right to write",
        ("file-is-lock",),
    ),
    Hazard("S28", "another language or time zone of the computer", "makes no difference", "nothing"),
)


def hazards_markdown() -> str:
    """Return the table of hazards and answers as Markdown, for the docs."""
    head = ("| what happened | what bioal does | what to do |", "|---|---|---|")
    rows = (f"| {one.happened} | {one.answer} | {one.remedy} |" for one in HAZARDS)
    return "\n".join((*head, *rows)) + "\n"
