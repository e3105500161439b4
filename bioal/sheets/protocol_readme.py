"""The first sheet of a protocol workbook: what to fill in, in which order, and what to run then."""

from __future__ import annotations

from openpyxl.worksheet.worksheet import Worksheet

from bioal.sheets import protocol_forms as forms
from bioal.sheets.names import READ_ME
from bioal.sheets.outgoing_readme import (
    BAND,
    BAND_LINE,
    NARROW,
    NUMBER,
    SAID,
    WIDE,
    YELLOW,
    Pen,
)
from bioal.sheets.outgoing_rules import plain_sheet, protect, set_page
from bioal.sheets.style import INPUT

_STEPS = (
    f"Fill in the sheets with a yellow tab: '{forms.CAMPAIGN}', '{forms.READOUTS}', '{forms.FACTORS}', "
    f"'{forms.PLATE}'.",
    f"Fill in the others as far as you need them: rules that every condition must keep under "
    f"'{forms.CONSTRAINTS}', wells that stay the same under '{forms.CONTROLS}'.",
    f"For volumes and worklists fill in '{forms.LIQUIDS}', and a row of '{forms.STOCKS}' for each factor and "
    "fixed part.",
    "Save as an Excel workbook (.xlsx). Every mistake is answered with its sheet and cell.",
)
_TYPING = {
    YELLOW: "Type here. Empty rows and columns do no harm; sheets of your own are not read.",
    "grey, in italics": f"Examples. Rows that begin with '{forms.EXAMPLE}' and columns headed "
    f"'{forms.SHOWN}' are never read; they can stay.",
    "several in a cell": "Semicolons between: 0.4; 1.2; 2 or, with decimal commas, 0,4; 1,2; 2. Text that "
    'itself holds a semicolon stands in quotes: "a;b".',
    "quantities": "A number and its unit: 156 mM, 2.5 uL. The number alone where the unit has its own cell.",
    "names": "A factor has the same name on every sheet; the drop-downs offer it.",
}
_FACTORS = {
    "levels": "Levels: 2; 4; 6; 8. The ones that you can make.",
    "a range": "Low 0, High 4, Step 0.5; or Count 9 and Scale log for ranges over tenfold.",
    "a choice": "Options: pA; pB; pC. With Ordered yes they are low, medium, high.",
    "a whole plate": "Per plate: a factor such as temperature that can only be set for a whole plate.",
}
_RULES = {
    "sum": "A + 0.5 B is at most 13: a row for A with Value 1, a row for B with Value 0.5, At most 13.",
    "product": "A x B stays within limits; Value is a power, 1 where empty.",
    "ratio": "A divided by B: Value 'of' beside A, 'to' beside B.",
    "at most nonzero": "Of these factors at most so many (At most) are above zero.",
    "forbid": "This combination of levels or options never occurs.",
    "only with": "The factor without a Value is there only with these options of others; else left out.",
}


def write_protocol_read_me(sheet: Worksheet, called: str, file: str) -> None:
    """Write the first sheet; `file` is the name that the workbook has."""
    sheet.title = READ_ME
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = NARROW, WIDE
    pen = Pen(sheet)
    pen.line(called or "A new campaign", "", (BAND, BAND), 38)
    said = "The protocol: what may vary, how it is measured, and what is wanted"
    pen.line(said, "", (BAND_LINE, BAND_LINE), 26)
    pen.section("What to do")
    begin = f"To begin:  bioal new NAME --protocol {file}  To change it between rounds:  bioal amend {file}"
    for number, step in enumerate((*_STEPS, begin), start=1):
        pen.line(str(number), step, (NUMBER, SAID))
    pen.section("Where and how to type")
    pen.terms(_TYPING, {YELLOW: INPUT})
    pen.section("A factor")
    pen.terms(_FACTORS)
    pen.section("A rule")
    pen.terms(_RULES)
    plain_sheet(sheet)
    protect(sheet)
    set_page(sheet, called, pages_high=1, landscape=False)
