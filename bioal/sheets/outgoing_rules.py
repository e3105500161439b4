"""What a sheet allows and how it prints: validations with readable messages, protection, pages.

Protection keeps headings and structure and has no password. Excel sorts only unlocked cells on a protected
sheet; cells that must sort and yet keep what they hold are unlocked and refuse typing by a validation.
"""

from __future__ import annotations

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.worksheet import Worksheet

from bioal.sheets.style import ACCENT, FONT, QUIET

A4 = 9
FIRST_DAY = "36526"  # 2000-01-01 as Excel counts days
MOST_MESSAGE = 225  # Excel shows no more, and refuses files above 255
MOST_TITLE = 32
MOST_HEADER = 150  # of the 255 letters that a header may have, codes included


def number_validation(title: str, words: str) -> DataValidation:
    """Return a validation that takes numbers and says in words what was expected."""
    rule = DataValidation(type="decimal", operator="between", formula1="-1E+300", formula2="1E+300")
    return _validation(rule, title, words)


def list_validation(source: str, title: str, words: str) -> DataValidation:
    """Return a drop-down whose words stand in a range."""
    return _validation(DataValidation(type="list", formula1=source), title, words)


def date_validation(title: str, words: str) -> DataValidation:
    """Return a validation that takes dates from the year 2000 on."""
    rule = DataValidation(type="date", operator="greaterThanOrEqual", formula1=FIRST_DAY)
    return _validation(rule, title, words)


def no_typing(title: str, words: str) -> DataValidation:
    """Return a validation that refuses whatever is typed: an unlocked cell keeps what it holds."""
    return _validation(DataValidation(type="custom", formula1="FALSE"), title, words, allow_blank=False)


def _validation(rule: DataValidation, title: str, words: str, *, allow_blank: bool = True) -> DataValidation:
    rule.allowBlank = allow_blank
    rule.showErrorMessage = True
    rule.errorStyle = "stop"
    rule.errorTitle, rule.error = title[:MOST_TITLE], words[:MOST_MESSAGE]
    return rule


def protect(sheet: Worksheet) -> None:
    """Protect a sheet without a password; sorting, filtering, widths and formats stay with people."""
    protection = sheet.protection
    protection.sheet = True
    # True locks, False allows.
    protection.sort = protection.autoFilter = False
    protection.formatColumns = protection.formatRows = protection.formatCells = False
    protection.objects = protection.scenarios = False


def set_page(sheet: Worksheet, title: str, *, pages_high: int = 0, landscape: bool = True) -> None:
    """Print on A4, as wide as the page, with title and page numbers; 0 pages high means as many as needed."""
    # Words that run over the last column do not make the page wider.
    sheet.print_area = f"A1:{get_column_letter(sheet.max_column)}{sheet.max_row}"
    setup = sheet.page_setup
    setup.orientation = "landscape" if landscape else "portrait"
    setup.paperSize = A4
    setup.fitToWidth, setup.fitToHeight = 1, pages_high
    setup.fitToPage = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.45
    margins.top, margins.bottom, margins.header, margins.footer = 0.65, 0.6, 0.3, 0.3
    sheet.print_options.horizontalCentered = True
    # An ampersand starts a code in headers and footers.
    _say(sheet.oddHeader, left=title[:MOST_HEADER].replace("&", "&&"), right="&A")
    _say(sheet.oddFooter, left="bioal", right="Page &P of &N")


def _say(line: HeaderFooterItem | None, *, left: str, right: str) -> None:
    if line is None:
        raise ValueError("A new sheet has a header and a footer.")
    for part, words in ((line.left, left), (line.right, right)):
        part.text, part.size, part.font, part.color = words, 9, FONT, QUIET


def plain_sheet(sheet: Worksheet, colour: str = ACCENT) -> None:
    """Hide the grid lines of a sheet and colour its tab."""
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = colour
