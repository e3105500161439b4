"""Plate grids anywhere on a page: a row of column numbers, letters under it, values inside.

The grid may be part of a plate, several lines may stand under one letter if each says at its end what it is
(as Gen5 writes them), and the corner, the end of a line or a line above names the channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openpyxl.utils.cell import range_boundaries

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell
from bioal.plates.wells import row_name, well_from_ij
from bioal.protocol.headings import normalised
from bioal.sheets.readers.offers import Offer, Shape, is_number, names_plate, place, says_value, title_above
from bioal.sheets.returned_cells import Page, Rows
from bioal.sheets.returned_table import heading_text

MOST_COLUMNS, MOST_ROWS = 48, 32
LAYOUTS = frozenset(
    ("layout", "plate layout", "platemap", "platemap:")
)  # what was planned, not what was read
UNNAMED = "values"
REPAIR = "Repair it in the file, or name the block of values with --range."


@dataclass(frozen=True)
class _Frame:
    """Where a grid stands: header row, column of its letters, first number, how many, its title."""

    row: int
    letters: int
    first: int
    count: int
    title: str


@dataclass(frozen=True)
class _Line:
    """A line of a grid: its row, whether it begins with a letter, what stands after it, its cells."""

    row: int
    lettered: bool
    label: str
    cells: Sequence[Cell]


@dataclass
class _Block:
    """The lines under a frame as they are found."""

    end: int  # the row after the last line
    lines: list[_Line] = field(default_factory=list)
    capitals: bool = False

    @property
    def last(self) -> int:
        """Return the number of the last row so far, -1 before the first."""
        return self.lines[-1].row if self.lines else -1

    @property
    def letters(self) -> list[int]:
        """Return the rows that have a letter."""
        return [line.row for line in self.lines if line.lettered]


def grid_offers(page: Page) -> list[Offer]:
    """Return the channel of every grid on a page.

    Raises
    ------
    Refused
        Where letters do not ascend, or values stand beside the frame, so that wells are in doubt.
    """
    offers: list[Offer] = []
    row = 0
    while row < len(page.rows):
        frame = _frame(page.rows, row)
        block = None if frame is None else _block(page.rows, frame)
        if frame is not None and block is not None:
            offers += _offers(page, frame, block)
            row = block.end
        else:
            row += 1
    return offers


def _frame(rows: Rows, index: int) -> _Frame | None:
    """Return the frame whose column numbers stand in a row: 1, 2, 3, ..., or a part of it."""
    row = rows[index]
    for at, cell in enumerate(row[1:], start=1):
        first = _counts(cell)
        if first is None or _counts(row[at - 1]) is not None:
            continue
        count = 1
        while at + count < len(row) and _counts(row[at + count]) == first + count:
            count += 1
        under = rows[index + 1][at - 1] if index + 1 < len(rows) and at <= len(rows[index + 1]) else None
        if count > 1 and under is not None and _letter(under):
            return _Frame(index, at - 1, first, count, title_above(rows, index))
    return None


def _counts(cell: Cell) -> int | None:
    """Return the column number in a cell, None where it is none."""
    if cell.kind not in ("number", "text"):
        return None
    text = str(cell.value).strip().removesuffix(".0")
    if not text.isascii() or not text.isdigit() or len(text) > 2:
        return None
    return int(text) if 1 <= int(text) <= MOST_COLUMNS else None


_LETTERS = {row_name(i): i for i in range(MOST_ROWS)}


def _letter(cell: Cell) -> str:
    text = heading_text(cell) if cell.kind == "text" else ""
    return text if text.upper() in _LETTERS else ""


def _row_number(cell: Cell, letter: str, frame: _Frame, block: _Block) -> int:
    """Return the row that a letter names; BMG writes the rows after Z of 1536 wells as a, b, c, ..."""
    if not (letter.islower() and len(letter) == 1 and frame.count > 24):
        block.capitals = True
        return _LETTERS[letter.upper()]
    if not block.capitals:
        raise Refused(_damaged(cell, "letters in capitals (a may be A or AA on such a plate)", REPAIR))
    return 26 + ord(letter) - ord("a")


def _block(rows: Rows, frame: _Frame) -> _Block | None:
    """Return the lines under a frame, None where there are none."""
    block = _Block(end=frame.row + 1)
    for index in range(frame.row + 1, len(rows)):
        row = rows[index]
        cells = [*row[frame.letters : frame.letters + frame.count + 1]]
        if not cells or all(cell.kind == "blank" for cell in row):
            continue
        label = _label(row, frame)
        letter = _letter(cells[0])
        belongs = letter or (cells[0].kind == "blank" and (label or any(map(says_value, cells[1:]))))
        if not belongs or _frame(rows, index) or (block.end < index and not _goes_on(block, letter)):
            break
        block.lines.append(_line(block, cells, letter, label, frame))
        block.end = index + 1
    return block if block.lines else None


def _goes_on(block: _Block, letter: str) -> bool:
    """Return whether a line after blank rows still belongs to the grid above them."""
    return bool(block.lines) and bool(letter) and _LETTERS[letter.upper()] > block.last


def _line(block: _Block, cells: Sequence[Cell], letter: str, label: str, frame: _Frame) -> _Line:
    row = _row_number(cells[0], letter, frame, block) if letter else block.last
    if row < 0 or (letter and row <= block.last):
        expected = "a letter" if row < 0 else f"a letter after {row_name(block.last)}"
        wrong = cells[0] if letter else _first(cells[1:])
        raise Refused(_damaged(wrong, expected, REPAIR))
    return _Line(row, bool(letter), label, cells[1:])


def _channels(block: _Block, frame: _Frame) -> dict[str, dict[str, Cell]]:
    """Return the lines by what they are: label -> well -> cell.

    Where each line has a letter, what stands after only some of them is a note and no label.
    """
    labels = {line.label for line in block.lines}
    several = not all(line.lettered for line in block.lines)
    if several:
        _refuse_uneven(block)
    channels: dict[str, dict[str, Cell]] = {}
    for line in block.lines:
        wells = channels.setdefault(line.label if several or len(labels) == 1 else "", {})
        wells |= {well_from_ij(line.row, j): cell for j, cell in enumerate(line.cells, start=frame.first - 1)}
    return channels


def _refuse_uneven(block: _Block) -> None:
    """Refuse several lines under one letter that are not told apart in the same way under each."""
    by_letter: dict[int, list[str]] = {}
    for line in block.lines:
        by_letter.setdefault(line.row, []).append(line.label)
    usual = max(by_letter.values(), key=len)
    for line in block.lines:
        labels = by_letter[line.row]
        if "" in labels or sorted(labels) != sorted(set(usual)):
            expected = "a letter before each line of a grid, or the same names after the lines of each letter"
            raise Refused(_damaged(_first([*line.cells]), expected, REPAIR))


def _label(row: Sequence[Cell], frame: _Frame) -> str:
    """Return the text after the last column of a line, as Gen5 writes it."""
    after = row[frame.letters + frame.count + 1 :]
    beyond = [cell for cell in after if cell.kind != "blank"]
    stray = next((cell for cell in beyond if is_number(cell)), None)
    # Gen5 names a read by its wavelength, 660, above the grid and after each line.
    if stray is not None and stray is beyond[0] and heading_text(stray) != frame.title:
        raise Refused(_damaged(stray, f"{frame.count} values, as the numbers above say", REPAIR))
    return heading_text(beyond[0]) if beyond else ""


def _damaged(cell: Cell, expected: str, remedy: str) -> Problem:
    return cell.problem("grid-damaged", expected, remedy)


def _first(cells: Sequence[Cell]) -> Cell:
    return next((cell for cell in cells if cell.kind != "blank"), cells[0])


def _offers(page: Page, frame: _Frame, block: _Block) -> list[Offer]:
    title = frame.title
    if normalised(title.split(". ", 1)[-1]) in LAYOUTS:
        return []
    corner = heading_text(page.rows[frame.row][frame.letters])
    plate = title if names_plate(title) else ""
    if plate:
        title = ""
    numeric = {label: wells for label, wells in _channels(block, frame).items() if _has_values(wells)}
    if not numeric:
        return []
    _refuse_merged(page, frame, block.end - frame.row - 1)
    shape = _shape(frame, block)
    where = place(page.rows[frame.row + 1][frame.letters])
    return [
        Offer(
            label or corner.strip("<>") or title or UNNAMED,
            {well: (cell,) for well, cell in wells.items()},
            shape=shape,
            plate=plate,
            where=where,
        )
        for label, wells in numeric.items()
    ]


def _has_values(wells: dict[str, Cell]) -> bool:
    """Return whether a grid holds values: a number at least, and no more texts than values."""
    filled = [cell for cell in wells.values() if cell.kind != "blank"]
    values = sum(map(says_value, filled))
    return any(map(is_number, filled)) and 2 * values > len(filled)


def _shape(frame: _Frame, block: _Block) -> Shape:
    """Return the rows and columns that the frame names, 0 for those of a part of a plate."""
    letters = block.letters
    whole = letters == list(range(len(letters))) and frame.first == 1
    return (len(letters), frame.count) if whole else (0, 0)


def _refuse_merged(page: Page, frame: _Frame, rows: int) -> None:
    problems = []
    for area in page.merged:
        left, top, right, bottom = (part or 0 for part in range_boundaries(area))
        inside = bottom > frame.row + 1 and top <= frame.row + 1 + rows
        if inside and right > frame.letters and left <= frame.letters + 1 + frame.count:
            expected, remedy = "one value in each cell", "Unmerge them and fill each cell."
            found = f"merged cells {area}"
            problems.append(Problem("cells-merged", found, expected, remedy, page.file, page.name, area))
    if problems:
        raise Refused(problems)
