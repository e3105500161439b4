"""How large the pages for hands are drawn, so that each fits on one sheet of paper in every program.

Spreadsheet programs that fit a sheet to pages themselves forget page breaks; so the scale is computed here. A
program without the font draws columns about a quarter wider, and rows as high as they are told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil

from bioal.plates.wells import shape_of_plate
from bioal.protocol.levels import written
from bioal.sheets.outgoing_table import ROW_HEIGHT
from bioal.sheets.outgoing_work import HandStock, in_unit

HEAD_HEIGHTS = (26.0, ROW_HEIGHT, ROW_HEIGHT, 8.0)  # title, amounts, where it is, and a gap
FRAME, GAP, LEGEND = 20.0, 8.0, 19.0  # points: the column numbers, below the grid, a line of the legend
WORDS_WIDE = 92  # characters that the words above a grid may need
LEGEND_WIDE = 14  # characters that the words beside a volume need
PAGE_WIDE, PAGE_HIGH = 777.0, 505.0  # points of an A4 page in landscape, within the margins
SPARE_WIDE, SPARE_HIGH = 0.79, 0.97
MOST_SCALE, LEAST_SCALE = 1.3, 0.1
HIGHEST = 1.3  # of a well's width: higher wells only look odd


@dataclass(frozen=True)
class GridSize:
    """How a plate is drawn on its page.

    Parameters
    ----------
    width, height, letters
        Of a well: characters, points, points.
    columns
        Of the page, the row letters among them: a small plate is narrower than the words above it.
    scale
        Of the printed page.
    """

    width: float
    height: float
    letters: float
    columns: int = 0
    scale: float = 1.0

    @property
    def legend_cells(self) -> int:
        """Return how many columns an entry of the legend takes: box, volume, words."""
        return 2 + ceil(LEGEND_WIDE / self.width)

    @property
    def across(self) -> int:
        """Return how many entries of the legend stand side by side."""
        return max(1, self.columns // self.legend_cells)


SIZES = {96: GridSize(9, 26, 14), 384: GridSize(6, 22, 12), 1536: GridSize(5, 14, 8)}
LARGE = GridSize(13, 34, 15)


def grid_size(wells: int, stocks: Iterable[HandStock]) -> GridSize:
    """Return how the plates of a round are drawn: as large as the page with most to say allows."""
    usual, stocks = SIZES.get(wells, LARGE), tuple(stocks)
    longest = max((_longest(stock) for stock in stocks), default=0)
    width = max(usual.width, (longest + 1.5) * usual.letters / 11)
    rows, columns = shape_of_plate(wells)
    size = replace(usual, width=width, columns=max(1 + columns, ceil(WORDS_WIDE / width)))
    volumes = max((len(stock.volumes(plate)) for stock in stocks for plate in stock.plates), default=0)
    return _fitted(size, rows, ceil(volumes / size.across))


def _fitted(size: GridSize, rows: int, lines: int) -> GridSize:
    """Return the size with the scale at which it fits, its rows as high as the paper then allows."""
    wide = size.columns * points(size.width)
    scale = min(MOST_SCALE, SPARE_WIDE * PAGE_WIDE / wide)
    rest = sum(HEAD_HEIGHTS) + FRAME + GAP + LEGEND * (lines + 1)
    room = (SPARE_HIGH * PAGE_HIGH / scale - rest) / rows
    height = max(size.height, min(room, HIGHEST * points(size.width)))
    fitting = min(scale, SPARE_HIGH * PAGE_HIGH / (rest + rows * height))
    return replace(size, height=height, scale=max(LEAST_SCALE, fitting))


def _longest(stock: HandStock) -> int:
    """Return how many characters the widest volume of a stock takes, all shown with the same decimals."""
    texts = [written(in_unit(portion.volume, stock.unit)) for portion in stock.portions.values()]
    whole, places = (max(len(text.partition(".")[part]) for text in texts) for part in (0, 2))
    return whole + places + bool(places)


def points(width: float) -> float:
    """Return how wide a column is: a character has 7 pixels, and an inch 96 pixels or 72 points."""
    return (7 * width + 5) * 0.75
