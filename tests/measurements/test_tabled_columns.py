"""A column of numbers reads the same whether pandas keeps it as numbers or as objects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.errors import Problem
from bioal.measurements.tabled_columns import numbers_in

COLUMNS = {
    "sound": [1.5, np.nan, -2.0, 0.0],
    "whole": [3, 1, 4, 1],
    "too large": [1.0, 1e40, np.inf, np.nan],
    "too small": [1e-40, 0.0, 5.0, -1e-35],
}


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_numbers_and_their_problems_do_not_depend_on_how_pandas_keeps_them(name: str) -> None:
    plain = pd.Series(COLUMNS[name], name="yield", index=[7, 8, 9, 10])
    assert plain.dtype != object
    found: list[list[Problem]] = [[], []]
    numbers = [
        numbers_in(column, problems)
        for column, problems in zip((plain, plain.astype(object)), found, strict=True)
    ]
    np.testing.assert_array_equal(numbers[0], numbers[1])
    assert [(one.code, one.place) for one in found[0]] == [(one.code, one.place) for one in found[1]]
    assert bool(found[0]) == name.startswith("too")


@pytest.mark.parametrize("kind", ["Float64", "Int64"])
def test_a_column_that_knows_its_blanks_reads_them_as_not_measured(kind: str) -> None:
    numbers = numbers_in(pd.Series([1, None, 3], dtype=kind), [])
    np.testing.assert_array_equal(numbers, [1.0, np.nan, 3.0])
