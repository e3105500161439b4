"""Native charts of a spreadsheet program, drawn from cells of the same sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.chart import BarChart, Reference, ScatterChart
from openpyxl.chart import Series as ChartSeries
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import NumDataSource, NumRef
from openpyxl.chart.error_bar import ErrorBars
from openpyxl.chart.marker import Marker
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.title import Title, title_maker
from openpyxl.drawing.line import LineProperties
from openpyxl.worksheet.worksheet import Worksheet

from bioal.sheets.figures import Drawing, Series

POINT = 12700  # of the units in which a chart measures lines
GRID, INK = "D5DBE1", "1F2A37"
WIDE, HIGH = 17, 0.53  # centimetres: a drawing, and a row that it covers
FULL = 384  # points from which on marks are small


@dataclass(frozen=True)
class Span:
    """The cells of a table's column on a sheet: column and rows from 1, without the heading."""

    column: int
    first: int
    last: int

    def of(self, sheet: Worksheet) -> Reference:
        """Return the reference that a chart takes."""
        return Reference(sheet, min_col=self.column, min_row=self.first, max_row=self.last)


Spans = Sequence[Mapping[str, Span]]


def chart_of(drawing: Drawing, sheet: Worksheet, spans: Spans) -> ScatterChart | BarChart:
    """Return a drawing as a chart over cells.

    Parameters
    ----------
    spans
        For each table of the block, column name -> its cells.
    """
    chart = _scatter(drawing, sheet, spans) if drawing.kind == "scatter" else _bars(drawing, sheet, spans)
    chart.width, chart.height = WIDE, round(HIGH * drawing.high)
    chart.y_axis.majorGridlines = ChartLines(spPr=GraphicalProperties(ln=_line(GRID, 0.75)))
    for axis, name in ((chart.x_axis, drawing.across), (chart.y_axis, drawing.up)):
        axis.delete = False
        if name:
            axis.title = _title(name)
    if len(drawing.series) < 2:
        chart.legend = None
    elif chart.legend is not None:
        chart.legend.position = "t"
    return chart


def _title(name: str) -> Title:
    """Return a title that takes room of its own, and not that of the drawing."""
    made = title_maker(ILLEGAL_CHARACTERS_RE.sub("\ufffd", name))
    made.overlay = False
    return made


def _scatter(drawing: Drawing, sheet: Worksheet, spans: Spans) -> ScatterChart:
    chart = ScatterChart()
    # Else each point would be joined to the next, whatever the series says.
    chart.scatterStyle = "lineMarker"
    chart.x_axis.majorGridlines = None
    for one in drawing.series:
        across, up = (spans[one.table][name] for name in (one.across, one.up))
        made = ChartSeries(up.of(sheet), across.of(sheet), title=one.name)
        small = up.last - up.first >= FULL
        made.marker = _marker(one, 3 if small else 6)
        made.graphicalProperties = GraphicalProperties(ln=_line_of(one))
        made.smooth = False
        made.errBars = _error_bars(one, sheet, spans, across=False)
        chart.series.append(made)
    return chart


def _bars(drawing: Drawing, sheet: Worksheet, spans: Spans) -> BarChart:
    chart = BarChart()
    chart.type = "bar" if drawing.kind == "bars" else "col"
    chart.gapWidth = 40
    for one in drawing.series:
        made = ChartSeries(spans[one.table][one.up].of(sheet), title=one.name)
        made.graphicalProperties = GraphicalProperties(solidFill=one.colour)
        made.errBars = _error_bars(one, sheet, spans, across=drawing.kind == "bars")
        chart.series.append(made)
    first = drawing.series[0]
    chart.set_categories(spans[first.table][first.across].of(sheet))
    if drawing.kind == "bars":
        chart.x_axis.scaling.orientation = "maxMin"
        # The numbers stay below though the first row is on top.
        chart.y_axis.crosses = "max"
    return chart


def _error_bars(one: Series, sheet: Worksheet, spans: Spans, *, across: bool) -> ErrorBars | None:
    if not one.above:
        return None
    below, above = (
        NumDataSource(numRef=NumRef(f=str(spans[one.table][name].of(sheet))))
        for name in (one.below, one.above)
    )
    made = ErrorBars(errDir=None if across else "y", errBarType="both", errValType="cust")
    made.minus, made.plus = below, above
    colour = INK if across else one.colour
    made.spPr = GraphicalProperties(ln=_line(colour, 1.25))
    return made


def _marker(one: Series, size: int) -> Marker:
    if one.mark in ("line", "dashed"):
        return Marker(symbol="none")
    made = Marker(symbol="x" if one.mark == "crosses" else "circle", size=size)
    made.spPr = GraphicalProperties(solidFill=one.colour, ln=_line(one.colour, 1.0))
    return made


def _line_of(one: Series) -> LineProperties:
    if one.mark in ("dots", "crosses"):
        return LineProperties(noFill=True)
    made = _line(one.colour, 1.75)
    made.prstDash = "dash" if one.mark == "dashed" else "solid"
    return made


def _line(colour: str, points: float) -> LineProperties:
    return LineProperties(solidFill=colour, w=round(POINT * points))
