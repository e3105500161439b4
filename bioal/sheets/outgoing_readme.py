"""The first sheet: what this workbook is, what to do with it step by step, and what the words mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import ceil

from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.columns import REASON_WORDS
from bioal.plates.layout import CONTROL_ROLES, control_ids
from bioal.protocol.levels import written
from bioal.protocol.objective import Objective
from bioal.sheets import names
from bioal.sheets.outgoing_bench import Bench
from bioal.sheets.outgoing_map import ROLE_MEANINGS
from bioal.sheets.outgoing_rules import plain_sheet, protect, set_page
from bioal.sheets.style import ACCENT, INPUT, LINE, PALE, QUIET, ROLE_FILLS, WHITE, Look, cell_at, write_text

NARROW, WIDE = 19, 92
BAND = Look(fill=ACCENT, colour=WHITE, size=20, bold=True, line=None, indent=1)
BAND_LINE = Look(fill=ACCENT, colour=WHITE, size=11, line=None, indent=1)
SECTION = Look(colour=ACCENT, size=13, bold=True, line=None, down="bottom")
NUMBER = Look(colour=ACCENT, size=13, bold=True, line=None, across="center", down="top")
WORDS = Look(line=None, wrap=True, down="top")
TERM = Look(fill=PALE, bold=True, line=LINE, down="center", indent=1)
SAID = Look(line=None, wrap=True, down="center", indent=1)
SMALL = Look(line=None, colour=QUIET, size=9)

STATUS_MEANINGS = {
    "ok": "The number counts. An empty status means the same.",
    "below limit": "Too little to be read: type the lowest value that your reader can tell, and choose this.",
    "over range": "Too much to be read: type the highest value that your reader can tell, and choose this.",
    "no product": "The well was made properly and gave nothing. This is a real, low result and bioal learns from it.",
    "spoiled": "Mispipetted, contaminated, spilled: kept on record, never used.",
    "missing": "Not measured, and it will not be.",
}
REASON_MEANINGS = {
    "start": "spread evenly over everything that is allowed, to begin with",
    "exploit": "expected to be among the best",
    "explore": "could be good, and nobody has looked near it yet",
    "repeat": "measured before; once more, because it matters",
    "random": "drawn by lot, to keep the others honest",
    "asked": "put on the plate by you",
}


@dataclass
class _Pen:
    """Writes line after line and remembers where it is."""

    sheet: Worksheet
    row: int = 1

    def line(self, left: str, right: str, looks: tuple[Look, Look], height: float = 0) -> None:
        write_text(cell_at(self.sheet, self.row, 1), left, looks[0])
        write_text(cell_at(self.sheet, self.row, 2), right, looks[1])
        # Carlito and Calibri fit about 1.08 letters into the width of a digit.
        lines = ceil(len(right) / (WIDE * 1.04))
        self.sheet.row_dimensions[self.row].height = height or 5 + 15.5 * max(1, lines)
        self.row += 1

    def section(self, title: str) -> None:
        self.line(title, "", (SECTION, SECTION), 30)

    def terms(self, meanings: Mapping[str, str], fills: Mapping[str, str] | None = None) -> None:
        for term, words in meanings.items():
            fill = (fills or {}).get(term, PALE)
            self.line(term, words, (replace(TERM, fill=fill), SAID), 0)


def write_read_me(sheet: Worksheet, bench: Bench, code: str) -> None:
    """Write the first sheet; `code` names campaign and record for whoever finds a lost file."""
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = NARROW, WIDE
    pen = _Pen(sheet)
    _write_band(pen, bench)
    _write_steps(pen, bench)
    _write_words(pen, bench)
    _write_recipe(pen, bench)
    pen.line("", "", (SMALL, SMALL), 8)
    pen.line(code, "", (SMALL, SMALL), 16)
    plain_sheet(sheet)
    protect(sheet)
    set_page(sheet, bench.title, landscape=False)


def _write_band(pen: _Pen, bench: Bench) -> None:
    samples = bench.round.samples
    pen.line(bench.campaign, "", (BAND, BAND), 36)
    plates = len(bench.round.plates)
    sizes = f"{plates} plate{'s' if plates > 1 else ''} of {bench.round.size} wells"
    made = f"{len(bench.round.predictions)} conditions, {len(samples)} wells in all"
    pen.line(f"Round {bench.round.number}: {sizes}, {made}", "", (BAND_LINE, BAND_LINE), 20)
    pen.line(f"Wanted: {wanted(bench.protocol.objective)}", "", (BAND_LINE, BAND_LINE), 24)


def wanted(objective: Objective) -> str:
    """Return what is wanted in words.

    >>> wanted(Objective("pH", "final pH", "target", 7.0))
    'final pH as close to 7 as possible'
    """
    if objective.target is not None:
        return f"{objective.name} as close to {written(objective.target)} as possible"
    return f"{objective.name} as {'high' if objective.direction == 'maximize' else 'low'} as possible"


def _write_steps(pen: _Pen, bench: Bench) -> None:
    pen.section("What to do")
    for number, step in enumerate(steps(bench), start=1):
        pen.line(str(number), step, (NUMBER, WORDS))
    pen.section("Where to type")
    pen.terms(
        {
            "yellow cells": "Type here. Everything else can stay as it is; sorting, filtering, hiding columns and adding "
            "sheets of your own do no harm: bioal finds each row by its sample id and its condition.",
            "Used something else?": "On the run list, select the columns on both sides of the factor, right-click, Unhide: "
            "in the column 'actual' type what is really in the well. Leave it empty where all went as planned.",
            "Tried your own?": f"Conditions of your own go on the sheet '{names.ADDED}'.",
            "Not done yet?": "Leave wells empty that you have not measured. You can return the file now and again later; "
            "an empty cell never erases anything.",
        },
        {"yellow cells": INPUT},
    )


def steps(bench: Bench) -> Iterable[str]:
    """Return what to do with the workbook, step by step."""
    readouts = " and ".join(readout.heading for readout in bench.protocol.readouts)
    plates = "each plate map" if len(bench.round.plates) > 1 else f"the sheet '{names.PLATE_MAP}'"
    yield f"Print {plates} and keep it beside the plate. The mark \u25e4 shows the corner of well A1."
    yield f"Make every sample on the sheet '{names.RUN_LIST}': one row is one well, the green headings say what goes in."
    yield f"Measure, and type {readouts} into the yellow cells of its row. Or paste the whole plate into '{names.PASTE}'."
    yield "Where a well went wrong or could not be read, choose a word under Status (explained below)."
    yield f"Note date, operator, barcode, lots and gain on the sheet '{names.DETAILS}', as far as you know them."
    yield f"Save as an Excel workbook (.xlsx). In the campaign's folder, look it over with:  bioal check {bench.file}"
    yield f"Hand it in with:  bioal merge {bench.file}   and ask for the next plate with:  bioal propose"


def _write_words(pen: _Pen, bench: Bench) -> None:
    pen.section("Words under Status")
    pen.terms({word: STATUS_MEANINGS[word] for word in names.STATUS_WORDS})
    pen.section("What is in the wells")
    roles = [role for role in ROLE_MEANINGS if (bench.round.samples["role"] == role).any()]
    pen.terms(
        {role: ROLE_MEANINGS[role][0].upper() + ROLE_MEANINGS[role][1:] + "." for role in roles}, ROLE_FILLS
    )
    reasons = [reason for reason in REASON_WORDS if (bench.round.predictions["reason"] == reason).any()]
    if reasons:
        pen.section("Why a condition was chosen")
        pen.terms({REASON_WORDS[reason]: f"{REASON_MEANINGS[reason].capitalize()}." for reason in reasons})


def _write_recipe(pen: _Pen, bench: Bench) -> None:
    protocol = bench.protocol
    if protocol.fixed:
        pen.section("The same in every well")
        pen.terms({part.name: str(part) for part in protocol.fixed.values()})
    different = {
        name: ", ".join(
            [control.name] * bool(control.name)
            + [
                f"{part} {written(value) if isinstance(value, float) else value}"
                for part, value in control.fixed.items()
            ]
        )
        for name, control in zip(control_ids(protocol.controls), protocol.controls, strict=True)
        if (control.fixed or control.name) and control.role in CONTROL_ROLES
    }
    if different:
        pen.section("Controls")
        pen.terms(different)
