"""Well names: one well, one name, whatever people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from bioal.plates.wells import (
    SHAPES,
    ij_from_well,
    row_name,
    shape_of_plate,
    well_from_ij,
    well_on_plate,
    wells_in,
    wells_of_plate,
)

SIZES = st.sampled_from(sorted(SHAPES))


def test_row_letters_are_those_of_spreadsheet_columns() -> None:
    assert [row_name(i) for i in range(700)] == [get_column_letter(i + 1) for i in range(700)]


@given(st.integers(0, 31), st.integers(0, 47))
def test_a_well_and_its_name_are_the_same_thing(i: int, j: int) -> None:
    assert ij_from_well(well_from_ij(i, j)) == (i, j)


@given(
    st.integers(0, 31), st.integers(0, 8), st.sampled_from(["{}0{}", "{}{}", "{}-{}", " {}00{} ", "{} {}"])
)
def test_padding_case_and_hyphens_do_not_change_a_well(i: int, j: int, form: str) -> None:
    assert ij_from_well(form.format(row_name(i).lower(), j + 1)) == (i, j)


@pytest.mark.parametrize(
    "text", ["", "A", "1", "A0", "A00", "AAA1", "A1B", "A1:B2", "Ä1", "A٣", "A1\n2", "1A", "A100"]
)
def test_what_is_no_well_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no well name"):
        ij_from_well(text)


@given(SIZES)
def test_a_plate_has_each_of_its_wells_once(size: int) -> None:
    rows, columns = shape_of_plate(size)
    wells = wells_of_plate(size)
    assert len(set(wells)) == len(wells) == size == rows * columns
    assert [ij_from_well(well) for well in wells] == sorted(ij_from_well(well) for well in wells)


def test_the_last_well_of_each_plate_is_the_one_printed_on_it() -> None:
    corners = {6: "B3", 12: "C4", 24: "D6", 48: "F8", 96: "H12", 384: "P24", 1536: "AF48"}
    assert {size: wells_of_plate(size)[-1] for size in SHAPES} == corners


def test_a_well_beyond_the_plate_is_none_of_it() -> None:
    assert [well_on_plate(text, 96) for text in ("H12", "I1", "A13", "h012", "sum")] == [
        "H12",
        None,
        None,
        "H12",
        None,
    ]


def test_an_area_is_the_same_from_either_corner() -> None:
    assert wells_in("A1:B3", 96) == wells_in("b03:a01", 96) == ("A1", "A2", "A3", "B1", "B2", "B3")
    assert wells_in("C4", 96) == ("C4",)


@pytest.mark.parametrize("area", ["A1:I2", "A1:B2:C3", "A1-B2", ""])
def test_an_area_beyond_the_plate_is_refused(area: str) -> None:
    with pytest.raises(ValueError, match="write A1 or A1:C6"):
        wells_in(area, 96)


def test_a_plate_of_an_unknown_size_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="A plate has 6, 12, 24, 48, 96, 384, 1536 wells, not 100"):
        shape_of_plate(100)


@pytest.mark.parametrize(("i", "j"), [(-1, 0), (0, -1)])
def test_wells_do_not_count_from_the_end(i: int, j: int) -> None:
    with pytest.raises(ValueError, match="count from 0"):
        well_from_ij(i, j)
