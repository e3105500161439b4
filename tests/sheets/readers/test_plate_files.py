"""Plates typed or exported in any form read back exactly; what could be read in two ways is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bioal.errors import Refused
from bioal.plates.wells import SHAPES, row_name, wells_of_plate
from bioal.protocol.objective import Readout

LAW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Rows = Sequence[Sequence[object]]


def written(
    path: Path, rows: Rows, separator: str = ",", *, comma: bool = False, encoding: str = "utf-8"
) -> Path:
    """Write rows as text, with a decimal comma if that is wanted."""
    lines = [separator.join(_text(value, comma=comma) for value in row) for row in rows]
    path.write_text("\r\n".join(lines) + "\r\n", encoding=encoding)
    return path


def _text(value: object, *, comma: bool) -> str:
    text = "" if value is None else str(value)
    return text.replace(".", ",") if comma and isinstance(value, float) else text


def saved(path: Path, rows: Rows, title: str = "Sheet1") -> Path:
    """Save rows as a workbook."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def as_grid(values: Sequence[float], size: int, corner: str = "") -> list[list[object]]:
    rows, columns = SHAPES[size]
    body = [[row_name(i), *values[i * columns : (i + 1) * columns]] for i in range(rows)]
    return [[corner, *range(1, columns + 1)], *body]


def as_list(values: Sequence[float], size: int, head: Sequence[str]) -> list[list[object]]:
    rows: list[list[object]] = [list(head)] if head else []
    return [*rows, *([well, value] for well, value in zip(wells_of_plate(size), values, strict=True))]


SMALL = st.sampled_from([6, 12, 24, 48])
VALUE = st.integers(-99_999, 99_999).map(lambda number: number / 4)  # exact, and never three decimals


@st.composite
def plates(draw):
    size = draw(SMALL)
    count = SHAPES[size].rows * SHAPES[size].columns
    return size, draw(st.lists(VALUE, min_size=count, max_size=count))


@LAW
@given(
    plates(),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_grid_reads_back_in_every_dialect(tmp_path, returned, numbers, plate, separator, comma, encoding):
    size, values = plate
    comma = comma and separator != ","
    path = written(tmp_path / "p.csv", as_grid(values, size), separator, comma=comma, encoding=encoding)
    assert numbers(returned(path, size)) == dict(zip(wells_of_plate(size), values, strict=True))


@LAW
@given(plates(), st.sampled_from([(), ("Well", "GFP"), ("well", "GFP [RFU]"), ("Well Position", "OD")]))
def test_a_list_of_wells_reads_back_with_and_without_a_header(tmp_path, returned, numbers, plate, head):
    size, values = plate
    path = written(tmp_path / "p.csv", as_list(values, size, head), ";")
    assert numbers(returned(path, size)) == dict(zip(wells_of_plate(size), values, strict=True))


@LAW
@given(plates(), st.integers(2, 4), st.randoms(use_true_random=False))
def test_a_tidy_kinetic_table_reads_back_whatever_the_order_of_its_wells(
    tmp_path, returned, numbers, plate, reads, random
):
    size, values = plate
    wells = list(zip(wells_of_plate(size), values, strict=True))
    random.shuffle(wells)
    rows = [[well, 30 * at, value + at] for well, value in wells for at in range(reads)]
    path = written(tmp_path / "p.csv", [["Well", "Time [s]", "GFP"], *rows])
    assert numbers(returned(path, size, how="last")) == {well: value + reads - 1 for well, value in wells}
    assert numbers(returned(path, size, how="30 s")) == {well: value + 1 for well, value in wells}


@LAW
@given(plates())
def test_stacked_blocks_are_told_apart_by_their_corners(tmp_path, returned, plate):
    size, values = plate
    twice = [2 * value for value in values]
    rows = [*as_grid(values, size, "GFP"), [], *as_grid(twice, size, "OD")]
    readouts = (Readout("GFP", "RFU"), Readout("OD"))
    read = returned(written(tmp_path / "p.csv", rows), size, readouts=readouts)
    held = {grid.readout.value: [float(str(c.value)) for c in grid.wells.values()] for grid in read.grids}
    assert held == {"GFP [RFU]": values, "OD": twice}


VALUES = [round(1.5 + 0.01 * at, 2) for at in range(96)]
BY_WELL = dict(zip(wells_of_plate(96), VALUES, strict=True))


@pytest.mark.parametrize("size", [6, 12, 24, 48, 96, 384, 1536])
def test_a_grid_of_every_size_is_found_below_whatever_stands_above_it(tmp_path, returned, numbers, size):
    count = len(wells_of_plate(size))
    values = [round(10 + at / 10, 1) for at in range(count)]
    rows = [["Reader 1", "2026-03-01"], ["Gain", 50], [], [None, None, *[None] * 3], *as_grid(values, size)]
    path = saved(tmp_path / "p.xlsx", rows)
    assert numbers(returned(path, size)) == dict(zip(wells_of_plate(size), values, strict=True))


def test_several_plates_in_one_file_are_told_apart_by_their_names(tmp_path, returned, numbers):
    other = [value + 100 for value in VALUES]
    rows = [["plate-1"], *as_grid(VALUES, 96), [], ["plate-2"], *as_grid(other, 96)]
    path = written(tmp_path / "p.csv", rows)
    assert numbers(returned(path, plate="plate-2", plates=2)) == dict(zip(BY_WELL, other, strict=True))
    with pytest.raises(Refused, match="the plates plate-1; plate-2; expected readings of plate-3"):
        returned(path, plate="plate-3", plates=3)


def test_a_list_with_a_column_of_plates_gives_the_plate_that_was_asked(tmp_path, returned, numbers):
    rows = [["Plate", "Well", "GFP"]]
    rows += [["plate-1", well, value] for well, value in BY_WELL.items()]
    rows += [["plate-2", well, value + 1] for well, value in BY_WELL.items()]
    path = written(tmp_path / "p.csv", rows)
    held = numbers(returned(path, plate="plate-2", plates=2))
    assert held == {well: value + 1 for well, value in BY_WELL.items()}


def test_a_file_that_names_another_plate_of_the_round_is_refused(tmp_path, returned):
    path = written(tmp_path / "p.csv", [["plate-2"], *as_grid(VALUES, 96)])
    with pytest.raises(Refused, match="found the plates plate-2; expected readings of plate-1"):
        returned(path, plates=2)


def test_a_part_of_a_plate_is_read_by_its_letters_and_numbers(tmp_path, returned, numbers):
    rows = [["", 3, 4, 5], ["C", 1.5, 2.5, 3.5], ["E", 4.5, 5.5, 6.5]]
    held = numbers(returned(written(tmp_path / "p.csv", rows)))
    assert held == {"C3": 1.5, "C4": 2.5, "C5": 3.5, "E3": 4.5, "E4": 5.5, "E5": 6.5}


def test_a_grid_goes_on_after_an_empty_line(tmp_path, returned, numbers):
    grid = as_grid(VALUES, 96)
    path = written(tmp_path / "p.csv", [*grid[:5], [], *grid[5:]])
    assert numbers(returned(path)) == BY_WELL


def test_the_range_that_was_named_is_read_and_nothing_else(tmp_path, returned, numbers):
    grid = [["mean", *[7.0] * 12], *([None, *row[1:]] for row in as_grid(VALUES, 96)[1:])]
    path = saved(tmp_path / "p.xlsx", grid, "My plate")
    with pytest.raises(Refused, match="no readings of a plate"):
        returned(path)
    assert numbers(returned(path, area="'My plate'!B2:M9")) == BY_WELL
    assert numbers(returned(path, area="m9:b2")) == BY_WELL


def test_a_range_with_letters_and_numbers_is_read_by_them(tmp_path, returned, numbers):
    rows = [[None], *as_grid(VALUES, 96), [], *as_grid([9.5] * 96, 96)]
    path = saved(tmp_path / "p.xlsx", rows)
    assert numbers(returned(path, area="Sheet1!A2:M10")) == BY_WELL


@pytest.mark.parametrize(
    ("area", "words"),
    [
        ("B2:M8", "7 rows and 12 columns"),
        ("Nowhere!B2:M9", "expected one of 'Sheet1'"),
        ("B2", "a range such as"),
        ("B200:M207", "ends outside the table"),
    ],
)
def test_a_range_that_is_no_plate_is_refused(tmp_path, returned, area, words):
    rows = [["x", *range(101, 113)], *([None, *row[1:]] for row in as_grid(VALUES, 96)[1:])]
    with pytest.raises(Refused) as refused:
        returned(saved(tmp_path / "p.xlsx", rows), area=area)
    assert words in str(refused.value)


def changed(row: int, column: int, value: object) -> list[list[object]]:
    grid = as_grid(VALUES, 96)
    grid[row][column] = value
    return grid


AMBIGUOUS = {
    "a letter twice": (changed(3, 0, "B"), "grid-damaged"),
    "letters that go back": (changed(3, 0, "A"), "grid-damaged"),
    "a value too many in a line": ([*as_grid(VALUES, 96)[:3], ["C", *VALUES[24:37]]], "grid-damaged"),
    "two lines under a letter, nameless": (
        [*as_grid(VALUES, 96)[:2], ["", *VALUES[:12]], *as_grid(VALUES, 96)[2:]],
        "grid-damaged",
    ),
    "a well twice": ([["Well", "GFP"], ["A1", 1.5], ["a01", 2.5]], "well-twice"),
    "a well that is none": ([["Well", "GFP"], ["A1", 1.5], ["A0", 2.5], ["A3", 2.5]], "well-unknown"),
    "a well of a larger plate": ([["Well", "GFP"], ["A1", 1.5], ["A13", 2.5]], "well-unknown"),
    "two columns": ([["Well", "GFP1", "GFP2"], ["A1", 1.5, 2.5]], "channel-ambiguous"),
    "two columns without a header": ([["A1", 1.5, 2.5], ["A2", 1.5, 2.5]], "channel-ambiguous"),
    "times without a unit": ([["Well", "Time", "GFP"], ["A1", 0, 1.5], ["A1", 1, 2.5]], "time-unreadable"),
    "minutes or hours": ([["Time", "A1", "A2"], ["00:30", 1.5, 2.5], ["01:00", 1.5, 2.5]], "time-unreadable"),
    "times in disorder": ([["Time [s]", "A1", "A2"], [30, 1.5, 2.5], [0, 1.5, 2.5]], "times-disordered"),
    "a whole smaller plate": (as_grid(VALUES[:24], 24), "file-plate-size"),
    "the same channel twice, differing": (
        [["GFP"], *as_grid(VALUES, 96), [], ["GFP"], *as_grid([9.5] * 96, 96)],
        "channel-ambiguous",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", AMBIGUOUS)
@pytest.mark.parametrize("kind", ["text", "workbook"])
def test_what_can_be_read_in_two_ways_is_refused(tmp_path, returned, name, kind):
    rows, code = AMBIGUOUS[name]
    path = saved(tmp_path / "p.xlsx", rows) if kind == "workbook" else written(tmp_path / "p.csv", rows, ";")
    with pytest.raises(Refused) as refused:
        returned(path)
    assert {problem.code for problem in refused.value.items} == {code}
    assert all(problem.remedy and problem.expected and problem.file for problem in refused.value.items)


def test_lower_case_rows_after_z_are_those_of_bmg_and_alone_they_are_refused(tmp_path, returned, numbers):
    head = ["", *range(1, 49)]
    path = written(tmp_path / "p.csv", [head, ["Z", *[1.5] * 48], ["a", *[2.5] * 48], ["f", *[3.5] * 48]])
    held = numbers(returned(path, 1536))
    assert (held["Z1"], held["AA1"], held["AF48"]) == (1.5, 2.5, 3.5)
    with pytest.raises(Refused, match="a may be A or AA"):
        returned(written(tmp_path / "q.csv", [head, ["a", *[1.5] * 48]]), 1536)


def test_numbers_that_may_be_thousands_are_refused_unless_another_shows_what_the_comma_is(
    tmp_path, returned, numbers
):
    grid = as_grid([1.234] * 6, 6)
    with pytest.raises(Refused, match="1,234, which may be 1234"):
        returned(written(tmp_path / "p.csv", grid, ";", comma=True), 6)
    grid[1][1] = 0.5
    assert numbers(returned(written(tmp_path / "p.csv", grid, ";", comma=True), 6))["A2"] == 1.234


def test_two_of_one_that_agree_are_one(tmp_path, returned, numbers):
    rows = [["GFP"], *as_grid(VALUES, 96), [], ["GFP"], *as_grid(VALUES, 96)]
    assert numbers(returned(written(tmp_path / "p.csv", rows))) == BY_WELL


def test_times_beyond_a_day_are_read_from_text_and_from_excel(tmp_path, returned, numbers):
    times = [dt.timedelta(hours=hours) for hours in (1, 25, 66.5)]
    rows = [["Time", "A1", "A2"], *([time, 1.5 + at, 2.5 + at] for at, time in enumerate(times))]
    workbook = saved(tmp_path / "p.xlsx", rows)
    text = [["Time", "A1", "A2"], ["1:00:00", 1.5, 2.5], ["25:00:00", 2.5, 3.5], ["66:30:00", 3.5, 4.5]]
    for path in (workbook, written(tmp_path / "p.csv", text)):
        assert numbers(returned(path, how="at 25 h")) == {"A1": 2.5, "A2": 3.5}
        read = returned(path, how="area 1 h to 25 h")
        assert numbers(read) == {"A1": pytest.approx(48.0), "A2": pytest.approx(72.0)}
        assert "Of 3 times: area from 1:00:00 to 25:00:00, times hours." in read.warnings


def test_the_i_control_form_has_its_times_above_the_wells(tmp_path, returned, numbers):
    rows = [
        ["Cycle Nr.", 1, 2],
        ["Time [s]", 0, 600],
        ["Temp. [C]", 30.1, 30.2],
        ["A1", 1.5, 2.5],
        ["A2", 3.5, "OVER"],
    ]
    path = saved(tmp_path / "p.xlsx", rows)
    assert numbers(returned(path, how="last")) == {"A1": 2.5, "A2": "OVER"}
    assert numbers(returned(path, how="first")) == {"A1": 1.5, "A2": 3.5}


def test_columns_headed_by_times_are_a_series(tmp_path, returned, numbers):
    rows = [["Well", "0 min", "30 min", "1 h"], ["A1", 1.5, 2.5, 3.5], ["B2", 4.5, 5.5, 6.5]]
    assert numbers(returned(written(tmp_path / "p.csv", rows), how="at 30 min")) == {"A1": 2.5, "B2": 5.5}


def test_merged_cells_within_a_grid_are_refused(tmp_path, returned):
    path = saved(tmp_path / "p.xlsx", as_grid(VALUES, 96))
    book = openpyxl.load_workbook(path)
    book.worksheets[0].merge_cells("C3:D3")
    book.save(path)
    with pytest.raises(Refused, match="merged cells C3:D3"):
        returned(path)


def test_an_unknown_plate_is_refused_in_words(tmp_path, returned):
    path = written(tmp_path / "p.csv", as_grid(VALUES, 96))
    with pytest.raises(Refused, match="expected one of plate-1"):
        returned(path, plate="plate-7")
    with pytest.raises(Refused, match="made in vessels and has no wells"):
        returned(path, vessels=True)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [
                    "",
                    "A",
                    "B",
                    "1",
                    "2",
                    "3",
                    "A1",
                    "B2",
                    "Well",
                    "Time [s]",
                    "0:01:00",
                    "1,5",
                    "2.5",
                    "OVER",
                    "Plate:",
                    "GFP",
                    "?????",
                ]
            ),
            max_size=6,
        ),
        max_size=8,
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_rubbish_is_read_or_refused_and_nothing_else(tmp_path, returned, rows, separator):
    path = written(tmp_path / "p.csv", rows or [["x"]], separator)
    assert all(len(wells) <= 6 for wells in wells_or_refusal(returned, path))


def wells_or_refusal(returned, path):
    """Return the wells of each grid of a file, nothing where it was refused in words."""
    try:
        return [grid.wells for grid in returned(path, 6).grids]
    except Refused as refused:
        return [] if all(problem.found and problem.remedy for problem in refused.items) else [range(99)]


def test_a_file_too_large_for_a_plate_is_refused_before_it_is_read(tmp_path, returned):
    path = tmp_path / "p.csv"
    path.write_text("\n".join(["A" + ",1" * 48] * 10_000), encoding="utf-8")
    with pytest.raises(Refused, match="expected a table of at most 300000 cells"):
        returned(path)


def test_the_run_list_saved_as_csv_is_also_a_list_of_wells(tmp_path, returned, numbers):
    rows = [["Sample", "Plate", "Well", "Mg [mM]", "GFP [RFU]"]]
    rows += [["R03-S0001", "plate-1", well, 4, value] for well, value in BY_WELL.items()]
    assert numbers(returned(written(tmp_path / "p.csv", rows))) == BY_WELL
