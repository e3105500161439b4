"""Layouts for hands: readable blocks, an order that changes little, controls at their places."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.plates.layout import samples_of_round
from bioal.plates.sequence import order_of_few_changes
from bioal.plates.wells import ij_from_well
from bioal.protocol.factors import Choice, Numeric
from bioal.protocol.protocol import Control, PlateSetup

CONTROLS = (Control("reference", 5), Control("blank", 3))


def wells_of(samples: pd.DataFrame, condition: str) -> list[str]:
    return samples.loc[samples["condition"] == condition, "well"].tolist()


def by_hand(
    count: int, setup: PlateSetup, controls: tuple[Control, ...] = CONTROLS, seed: int = 0
) -> pd.DataFrame:
    ids = [f"C{number:03d}" for number in range(1, count + 1)]
    return samples_of_round(1, ids, controls, setup, np.random.default_rng(seed))


def test_replicates_stand_beside_each_other_and_conditions_below_each_other() -> None:
    samples = by_hand(20, PlateSetup(96, 3, layout="by hand"))
    assert wells_of(samples, "C001") == ["A2", "A3", "A4"]
    assert wells_of(samples, "C002") == ["B2", "B3", "B4"]
    assert wells_of(samples, "C009") == ["A5", "A6", "A7"]


def test_along_rows_replicates_stand_below_each_other() -> None:
    samples = by_hand(20, PlateSetup(96, 2, layout="by hand", order="rows"), controls=())
    assert wells_of(samples, "C001") == ["A1", "B1"]
    assert wells_of(samples, "C012") == ["A12", "B12"]
    assert wells_of(samples, "C013") == ["C1", "D1"]


def test_controls_take_the_same_wells_of_every_plate_and_round() -> None:
    setup = PlateSetup(96, 2, layout="by hand")
    many, few = by_hand(60, setup, seed=1), by_hand(7, setup, seed=2)
    for plate in (few, *(part for _, part in many.groupby("plate"))):
        assert wells_of(plate, "reference-1") == ["A1", "B1", "C1", "D1", "E1"]
        assert wells_of(plate, "blank-1") == ["F1", "G1", "H1"]
    assert many["plate"].nunique() == 2


def test_what_fits_into_no_band_fills_the_rest_in_order() -> None:
    # 96 wells hold 19 conditions of 5: sixteen in two bands of five columns, three in the last two columns.
    samples = by_hand(19, PlateSetup(96, 5, layout="by hand"), controls=())
    assert samples["plate"].nunique() == 1
    assert wells_of(samples, "C017") == ["A11", "B11", "C11", "D11", "E11"]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.integers(1, 4), st.sampled_from(["columns", "rows"]), st.booleans())
def test_a_full_band_holds_each_condition_in_one_line(
    count: int, replicates: int, order: str, edge: bool
) -> None:
    setup = PlateSetup(
        96, replicates, layout="by hand", order=order, edge="empty" if edge else "use", skip=("C5", "D6")
    )
    samples = by_hand(count, setup)
    conditions = [name for name in samples["condition"].unique() if name.startswith("C")]
    assert set(samples.groupby("condition")["plate"].nunique()[conditions]) == {1}
    # Conditions that were placed first, of each plate, lie in a line across that in which wells are filled.
    for _, plate in samples.groupby("plate"):
        first = min(name for name in plate["condition"] if name.startswith("C"))
        across = {ij_from_well(well)[1 if order == "rows" else 0] for well in wells_of(plate, first)}
        assert len(across) == 1


FACTORS = (
    Numeric("Mg", "mM", (1.0, 2.0, 4.0, 8.0)),
    Numeric("K", "mM", (10.0, 20.0, 30.0)),
    Choice("plasmid", ("pA", "pB")),
)
ROWS = st.lists(
    st.tuples(*(st.sampled_from([factor.value(code) for code in range(factor.size)]) for factor in FACTORS)),
    min_size=1,
    max_size=24,
)


def changes(conditions: pd.DataFrame) -> int:
    rows = list(conditions.itertuples(index=False, name=None))
    return sum(a != b for one, other in pairwise(rows) for a, b in zip(one, other, strict=True))


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_the_order_holds_every_condition_once_and_never_changes_more_than_before(
    rows: list[tuple[object, ...]],
) -> None:
    conditions = pd.DataFrame(rows, columns=[factor.name for factor in FACTORS])
    order = order_of_few_changes(conditions, FACTORS)
    assert sorted(order) == list(range(len(rows)))
    assert changes(conditions.iloc[order]) <= changes(conditions)


def test_all_combinations_follow_each_other_with_one_change_each() -> None:
    levels = [[factor.value(code) for code in range(factor.size)] for factor in FACTORS]
    grid = list(product(*levels))
    shuffled = np.random.default_rng(0).permutation(len(grid))
    conditions = pd.DataFrame([grid[at] for at in shuffled], columns=["Mg", "K", "plasmid"])
    order = order_of_few_changes(conditions, FACTORS)
    # A Gray code would need 23 changes; the nearest neighbour comes close, the drawn order does not.
    assert changes(conditions.iloc[order]) <= 27 < changes(conditions)


@pytest.mark.parametrize("count", [1, 2])
def test_very_few_conditions_have_an_order_too(count: int) -> None:
    conditions = pd.DataFrame([(1.0, 10.0, "pA")] * count, columns=["Mg", "K", "plasmid"])
    assert order_of_few_changes(conditions, FACTORS).tolist() == list(range(count))
