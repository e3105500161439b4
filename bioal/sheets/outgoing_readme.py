"""The first sheet: what this workbook is, what to do with it step by step, and what the words mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.columns import REASON_WORDS
from bioal.plates.layout import control_ids
from bioal.protocol.levels import written
from bioal.protocol.objective import Objective, Readout
from bioal.protocol.protocol import Control
from bioal.sheets import names
from bioal.sheets.outgoing_bench import LONGEST_NAME, Bench, shortened
from bioal.sheets.outgoing_map import ROLE_MEANINGS
from bioal.sheets.outgoing_rules import plain_sheet, protect, set_page
from bioal.sheets.outgoing_steps import making
from bioal.sheets.outgoing_work import Work
from bioal.sheets.style import ACCENT, INPUT, PALE, QUIET, ROLE_FILLS, WHITE, Look, cell_at, write_text

NARROW, WIDE = 21, 96
LETTERS = 105  # of running text in a line of the wide column
LONGEST_BAND = 105  # of a campaign's name, in smaller letters

BAND = Look(fill=ACCENT, colour=WHITE, size=20, bold=True, line=None, across="left", indent=1)
BAND_LINE = replace(BAND, size=11, bold=False)
SECTION = Look(colour=ACCENT, size=13, bold=True, line=None, down="bottom")
NUMBER = Look(colour=ACCENT, size=13, bold=True, line=None, across="center")
SAID = Look(line=None, wrap=True, across="left", indent=1)
TERM = Look(fill=PALE, bold=True, across="left", indent=1)
SMALL = Look(line=None, colour=QUIET, size=9)

YELLOW = "yellow cells"
WHERE_TO_TYPE = {
    YELLOW: "Type here. Everything else can stay as it is. Sorting, filtering, hiding columns and sheets "
    "of your own do no harm: bioal finds each row by its sample and its condition.",
    "used something else?": "On the run list, select the columns on both sides of the gap, right-click, "
    "Unhide, and type into 'actual' what is really in the well. Leave it empty where all went as planned.",
    "tried your own?": f"Conditions of your own go on the sheet '{names.ADDED}'.",
    "not done yet?": "Leave wells empty that are not measured. You can hand in the file now and again later; "
    "an empty cell never erases anything.",
}
IN_VESSELS = {
    "used something else?": "Type under 'actual' what each vessel really reached; bioal keeps the setpoint "
    "and the value achieved, and learns from the latter. Leave it empty where all went as planned.",
}
ROLES_IN_VESSELS = {"reference": "reference, the same recipe in every round"}
STATUS_MEANINGS = {
    "ok": "The number counts. An empty status means the same.",
    "below limit": "Too little to be read: type the lowest value that can be told apart, and choose this.",
    "over range": "Too much to be read: type the highest value that can be read, and choose this.",
    "no product": "Made properly, and nothing came out: a real, low result that bioal learns from.",
    "spoiled": "Mispipetted, contaminated, spilled: kept on record, never used.",
    "missing": "Not measured, and it will not be.",
}
REASON_MEANINGS = {
    "start": "Spread evenly over everything that is allowed, to begin with.",
    "exploit": "Expected to be among the best.",
    "explore": "Could be good, and nobody has looked near it yet.",
    "repeat": "Measured before; once more, because it matters.",
    "random": "Drawn by lot, to keep the others honest.",
    "check": "Drawn by lot, to see how right the predictions are.",
    "asked": "Put on the plate by you.",
    "unsure": "What comes out here is known least.",
    "disagree": "Ways to explain the results predict different things here; the well says which is right.",
    "border": "Near it, good conditions become bad ones: the border between them is looked for.",
    "teaches": "Its result would say most about the conditions that are not measured.",
    "unlike": "Nothing like it was measured so far.",
    "mixed": "Several rules together wanted it, as you asked.",
    "own": "Chosen by a rule that you wrote yourself.",
}


@dataclass
class Pen:
    """Writes line after line and remembers where it is."""

    sheet: Worksheet
    row: int = 1

    def line(self, left: str, right: str, looks: tuple[Look, Look], height: float = 0) -> None:
        """Write both columns of a line; without a height, as high as the words on the right need."""
        write_text(cell_at(self.sheet, self.row, 1), left, looks[0])
        write_text(cell_at(self.sheet, self.row, 2), right, looks[1])
        self.sheet.row_dimensions[self.row].height = height or 4 + 15 * max(1, ceil(len(right) / LETTERS))
        self.row += 1

    def section(self, title: str) -> None:
        """Write a heading."""
        self.line(title, "", (SECTION, SECTION), 28)

    def terms(self, meanings: Mapping[str, str], fills: Mapping[str, str] | None = None) -> None:
        """Write words and what they mean."""
        for term, words in meanings.items():
            self.line(term, words, (replace(TERM, fill=(fills or {}).get(term, PALE)), SAID))


def write_read_me(sheet: Worksheet, bench: Bench, code: str, work: Work | None = None) -> None:
    """Write the first sheet; `code` names campaign and record for whoever finds a lost file."""
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = NARROW, WIDE
    pen = Pen(sheet)
    _write_band(pen, bench)
    pen.section("What to do")
    for number, step in enumerate(steps(bench, work), start=1):
        pen.line(str(number), step, (NUMBER, SAID))
    pen.section("Where to type")
    pen.terms(WHERE_TO_TYPE | (IN_VESSELS if bench.round.in_vessels else {}), {YELLOW: INPUT})
    _write_notes(pen, bench)
    _write_words(pen, bench)
    _write_recipe(pen, bench)
    pen.line("", "", (SMALL, SMALL), 10)
    pen.line(code, "", (SMALL, SMALL), 16)
    plain_sheet(sheet)
    protect(sheet)
    set_page(sheet, bench.title, pages_high=1, landscape=False)


def _write_band(pen: Pen, bench: Bench) -> None:
    plates, conditions = len(bench.round.plates), len(bench.round.predictions)
    samples, kind = len(bench.round.samples), "vessel" if bench.round.in_vessels else "well"
    made = f"{conditions} condition{'s' * (conditions > 1)}"
    if bench.round.in_vessels:
        sizes = f"{samples} vessel{'s' * (samples > 1)} with all controls"
    else:
        sizes = f"{plates} plate{'s' * (plates > 1)} of {bench.round.size} wells"
        made += f", {samples} {kind}s with all controls"
    name = shortened(bench.campaign, LONGEST_BAND)
    title = BAND if len(name) <= LONGEST_NAME else replace(BAND, size=13)
    pen.line(name, "", (title, title), 38)
    pen.line(f"Round {bench.round.number}: {sizes}, {made}", "", (BAND_LINE, BAND_LINE), 18)
    pen.line(f"Wanted: {wanted(bench.protocol.objective)}", "", (BAND_LINE, BAND_LINE), 26)


def wanted(objective: Objective) -> str:
    """Return what is wanted in words.

    >>> wanted(Objective("pH", "final pH", "target", 7.0)), wanted(Objective("GFP", "GFP"))
    ('final pH as close to 7 as possible', 'the highest GFP')
    >>> wanted(Objective("growth", "growth", wish="strong"))
    'growth: strong'
    """
    if objective.wish:
        return f"{objective.name}: {objective.wish}"
    if objective.target is not None:
        return f"{objective.name} as close to {written(objective.target)} as possible"
    return f"the {'highest' if objective.direction == 'maximize' else 'lowest'} {objective.name}"


def steps(bench: Bench, work: Work | None = None) -> Iterator[str]:
    """Yield what to do with the workbook, step by step."""
    yield from _making(bench, work)
    kind = "vessel" if bench.round.in_vessels else "well"
    several = len(bench.protocol.readouts) > 1
    beside = " or beside the readout" if several else ""
    status = f"choose a word under Status{beside} (see below)"
    yield f"Where a {kind} went wrong or could not be read, {status}."
    details = names.RUN_DETAILS if bench.round.in_vessels else names.DETAILS
    yield f"Fill in the sheet '{details}' (date, operator, barcode, lots, gain), as far as you know it."
    yield f"Save as an Excel workbook (.xlsx). To have it looked over, run:  bioal check {bench.file}"
    yield f"To hand it in, run:  bioal merge {bench.file}  and for the next round:  bioal propose"


def _making(bench: Bench, work: Work | None) -> Iterator[str]:
    """Yield what to do until everything is measured and typed in."""
    readouts = " and ".join(readout.heading for readout in bench.protocol.readouts)
    if bench.round.in_vessels:
        yield f"Print the sheet '{names.RUN_CARDS}', a page for each vessel to take along."
        yield from making(work, "vessel")
        typing = "and under 'actual' what was achieved, where it is not the setpoint"
        yield f"Measure, and type {readouts} into the yellow cells; {typing}."
        return
    maps = "sheets" if len(bench.round.plates) > 1 else "sheet"
    corner = "The mark \u25e4 is the corner of A1."
    yield f"Print the {maps} '{names.PLATE_MAP}', a page for each plate. {corner}"
    yield from making(work, "well")
    verb = typing_verb(bench.protocol.readouts)
    into = "in" if verb == "choose" else "into"
    yield f"Measure, and {verb} {readouts} {into} the yellow cells. Or paste plates into '{names.PASTE}'."


def typing_verb(readouts: Sequence[Readout]) -> str:
    """Return what people do with the yellow cells of readouts.

    >>> typing_verb([Readout("titre", "g/L")])
    'type'
    """
    words = [readout.outcomes is not None for readout in readouts]
    return "choose" if all(words) else "type or choose" if any(words) else "type"


def _write_notes(pen: Pen, bench: Bench) -> None:
    """Write what was said of the round when it was proposed: of its layout, and of what is known."""
    if bench.notes:
        pen.section("What to know of this round")
    for note in bench.notes:
        pen.line("", note, (SAID, SAID))


def _write_words(pen: Pen, bench: Bench) -> None:
    pen.section("Words under Status")
    pen.terms(_status_meanings(bench))
    pen.section("What is in the vessels" if bench.round.in_vessels else "What is in the wells")
    meanings = ROLE_MEANINGS | (ROLES_IN_VESSELS if bench.round.in_vessels else {})
    said = {role: f"{words[0].upper()}{words[1:]}." for role, words in meanings.items()}
    here = {role: said[role] for role in said if (bench.round.samples["role"] == role).any()}
    pen.terms(here, ROLE_FILLS)
    reasons = [reason for reason in REASON_WORDS if (bench.round.predictions["reason"] == reason).any()]
    if reasons:
        pen.section("Why a condition was chosen")
        pen.terms({REASON_WORDS[reason]: REASON_MEANINGS[reason] for reason in reasons})


def _status_meanings(bench: Bench) -> dict[str, str]:
    """Return the words under Status, without those that say nothing of a word, and what a failure is."""
    readouts = bench.protocol.readouts
    words = [readout.outcomes is not None for readout in readouts]
    known = names.OUTCOME_STATUS_WORDS if all(words) else names.STATUS_WORDS
    said = {word: STATUS_MEANINGS[word] for word in known}
    if any(words):
        said["ok"] = "What is typed or chosen counts. An empty status means the same."
    if any(readout.may_fail for readout in readouts):
        said["no product"] = "Made properly, and it failed: bioal learns where conditions work."
    return said


def _write_recipe(pen: Pen, bench: Bench) -> None:
    """Write what does not stand on the run list: fixed parts, and controls that differ in them."""
    protocol = bench.protocol
    if protocol.fixed:
        pen.section(f"The same in every {'vessel' if bench.round.in_vessels else 'well'}")
        pen.line("", ", ".join(f"{name} {part}" for name, part in protocol.fixed.items()), (SAID, SAID))
    controls = dict(zip(control_ids(protocol.controls), protocol.controls, strict=True))
    different = {
        name: words for name, control in controls.items() if (words := _control_words(control, bench))
    }
    if different:
        pen.section("Controls")
        pen.terms(different)


def _control_words(control: Control, bench: Bench) -> str:
    units = {name: part.unit for name, part in bench.protocol.fixed.items()}
    parts = [
        f"{name} {value if isinstance(value, str) else written(value)} {units.get(name, '')}".rstrip()
        for name, value in control.fixed.items()
    ]
    return ", ".join([*([control.name] if control.name else []), *parts])
