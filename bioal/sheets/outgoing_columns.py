"""The columns that several sheets share: a factor's value, a readout, status and note."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.worksheet.datavalidation import DataValidation

from bioal.plates.columns import status_heading
from bioal.protocol.factors import Choice, Factor, Numeric
from bioal.protocol.levels import written
from bioal.protocol.objective import Readout
from bioal.protocol.outcomes import Outcomes, one_of
from bioal.protocol.values import is_blank
from bioal.sheets import names
from bioal.sheets.outgoing_bench import (
    FACTOR_LIST,
    OUTCOME_LIST,
    OUTCOME_STATUS_LIST,
    STATUS_LIST,
    WELL_STATUS_LIST,
    Bench,
)
from bioal.sheets.outgoing_rules import list_validation, number_validation
from bioal.sheets.outgoing_table import CellValue, Column, width_for
from bioal.sheets.style import ENTRY, GENERAL, HEAD_INPUT, NUMBER_ENTRY, TEXT_FORMAT, number_format_of


def factor_value(factor: Factor, value: object) -> CellValue:
    """Return a planned value as it is written: a number, text, or None where the factor is inactive."""
    if is_blank(value):
        return None
    return float(str(value)) if isinstance(factor, Numeric) else factor.text(value)


def shown_texts(factor: Factor, planned: Sequence[object]) -> list[str]:
    """Return all texts that a factor's column has to show: its levels and whatever else is planned."""
    present = [factor.text(value) for value in planned if not is_blank(value)]
    return sorted({*present, *(factor.text(factor.value(code)) for code in range(factor.size))})


def factor_format(factor: Factor, planned: Sequence[object]) -> str:
    """Return the number format that shows every digit of a factor's levels; text for options."""
    return number_format_of(shown_texts(factor, planned)) if isinstance(factor, Numeric) else TEXT_FORMAT


def factor_entry(bench: Bench, factor: Factor, heading: str, rows: int) -> Column:
    """Return an empty column in which a factor's value may be typed."""
    width = width_for(heading, shown_texts(factor, []), least=9)
    blank: list[CellValue] = [None] * rows
    if isinstance(factor, Choice):
        words = f"Choose one of the options of {factor.name} from the list."
        options = list_validation(bench.lists[FACTOR_LIST + factor.name], factor.name, words)
        return Column(heading, HEAD_INPUT, blank, width, ENTRY, rule=options)
    words = f"Type a number{_in_unit(factor.unit)}, without the unit."
    numbers = number_validation(factor.heading, words)
    return Column(heading, HEAD_INPUT, blank, width, NUMBER_ENTRY, GENERAL, numbers)


def readout_columns(bench: Bench, rows: int) -> list[Column]:
    """Return the empty columns in which readouts are typed; where there are several, each with its status."""
    readouts = bench.protocol.readouts
    if len(readouts) == 1:
        return [_readout_column(bench, readouts[0], rows)]
    pairs = ((_readout_column(bench, one, rows), _readout_status(bench, one, rows)) for one in readouts)
    return [column for pair in pairs for column in pair]


def _readout_status(bench: Bench, readout: Readout, rows: int) -> Column:
    heading = status_heading(readout.heading)
    words = f"Choose a word from the list, or leave this empty: what happened to {readout.name} in this well."
    rule = list_validation(bench.lists[_statuses(readout)], heading, words)
    return Column(heading, HEAD_INPUT, [None] * rows, 12, ENTRY, rule=rule, comment=words)


def _readout_column(bench: Bench, readout: Readout, rows: int) -> Column:
    if readout.outcomes is not None:
        return _outcome_column(bench, readout, readout.outcomes, rows)
    unit = _in_unit(readout.unit)
    words = f"Type a number{unit}, without the unit. Where there is none to type, choose a word under Status."
    rule = number_validation(readout.heading, words)
    comment = f"Type {readout.name}{unit} here, one number per well.{_range_words(readout)}"
    width = max(11.0, width_for(readout.heading, []))
    return Column(readout.heading, HEAD_INPUT, [None] * rows, width, NUMBER_ENTRY, GENERAL, rule, comment)


def _outcome_column(bench: Bench, readout: Readout, outcomes: Outcomes, rows: int) -> Column:
    rule = outcome_validation(bench, readout, outcomes)
    comment = f"Choose what came of {readout.name} in this well: {one_of(outcomes.names)}."
    width = max(11.0, width_for(readout.heading, list(outcomes.names)))
    return Column(readout.heading, HEAD_INPUT, [None] * rows, width, ENTRY, rule=rule, comment=comment)


def _statuses(readout: Readout) -> str:
    return STATUS_LIST if readout.outcomes is None else OUTCOME_STATUS_LIST


def outcome_validation(bench: Bench, readout: Readout, outcomes: Outcomes) -> DataValidation:
    """Return the drop-down of a readout's outcomes."""
    words = f"Choose from the list: {one_of(outcomes.names)}. A well that went wrong is said under Status."
    return list_validation(bench.lists[OUTCOME_LIST + readout.name], readout.heading, words)


def _in_unit(unit: str) -> str:
    return f" in {unit}" if unit else ""


def _range_words(readout: Readout) -> str:
    low = f" from {written(readout.low)}" if readout.low is not None else ""
    high = f" up to {written(readout.high)}" if readout.high is not None else ""
    return f" Expected{low}{high}." if low or high else ""


def closing_columns(bench: Bench, rows: int) -> tuple[Column, Column]:
    """Return the columns for status and note."""
    several = len(bench.protocol.readouts) > 1
    words = "Choose a word from the list, or leave this empty. Your own words go into Note."
    words_of = WELL_STATUS_LIST if several else _statuses(bench.protocol.readouts[0])
    rule = list_validation(bench.lists[words_of], names.STATUS, words)
    comment = "Empty means: what is typed counts. The other words are explained on the sheet 'Read me'."
    comment = f"About the whole well, whatever is read in it. {comment}" if several else comment
    status = Column(names.STATUS, HEAD_INPUT, [None] * rows, 13, ENTRY, rule=rule, comment=comment)
    return status, Column(names.NOTE, HEAD_INPUT, [None] * rows, 22, ENTRY)
