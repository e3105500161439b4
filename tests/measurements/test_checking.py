"""A returned file is merged exactly or refused with its cells named."""

from __future__ import annotations

import pandas as pd
import pytest


@pytest.mark.smoke
def test_a_filled_workbook_gives_every_value_to_its_own_sample(bench):
    checked = bench.check(bench.filled())
    assert checked.problems == ()
    assert checked.round == 1
    assert len(checked.readings) == len(bench.rounds[1].samples)
    assert bench.merged_right(checked)


def test_a_table_with_the_same_columns_says_the_same_as_the_workbook(bench):
    sheet, table = bench.check(bench.filled()), bench.check(bench.table())
    assert table.problems == ()
    columns = ["sample", "readout", "value", "unit", "status"]
    pd.testing.assert_frame_equal(sheet.readings[columns], table.readings[columns])
