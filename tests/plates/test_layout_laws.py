"""What holds of every layout, whatever the plate, its empty wells, the replicates and the controls."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.plates.filling import filled_first
from bioal.plates.layout import samples_of_round
from bioal.plates.operators import operators_of
from bioal.plates.orientation import OUTSIDE, misreads
from bioal.plates.rounds import condition_id
from bioal.protocol.protocol import Control, PlateSetup

SIZES = {6: (2, 3), 12: (3, 4), 24: (4, 6), 48: (6, 8), 96: (8, 12), 384: (16, 24), 1536: (32, 48)}


def name_of(i: int, j: int) -> str:
    return ("" if i < 26 else "A") + chr(65 + i % 26) + str(j + 1)


def place_of(well: str) -> tuple[int, int]:
    letters = well.rstrip("0123456789")
    return ord(letters[-1]) - 65 + 26 * (len(letters) - 1), int(well[len(letters) :]) - 1


@st.composite
def setups(draw: st.DrawFn, sizes: tuple[int, ...] = (6, 12, 24, 48, 96, 384)) -> PlateSetup:
    size = draw(st.sampled_from(sizes))
    rows, columns = SIZES[size]
    wells = st.builds(name_of, st.integers(0, rows - 1), st.integers(0, columns - 1))
    return PlateSetup(
        size,
        draw(st.integers(1, 4)),
        layout=draw(st.sampled_from(["spread", "spread", "by hand"])),
        order=draw(st.sampled_from(["columns", "rows"])),
        edge=draw(st.sampled_from(["use", "empty"])),
        skip=tuple(draw(st.lists(wells, max_size=4, unique=True))),
        every=draw(st.sampled_from([(1, 1), (2, 1), (1, 2), (2, 2)])),
        operators=draw(st.sampled_from([(), ("Ana",), ("Ana", "Ben")])),
        premix=draw(st.booleans()),
    )


@st.composite
def rounds(
    draw: st.DrawFn, sizes: tuple[int, ...] = (6, 12, 24, 48, 96, 384)
) -> tuple[PlateSetup, int, tuple[Control, ...]]:
    """Draw a plate, how many conditions, and controls that leave room for one condition at least."""
    setup = draw(setups(sizes).filter(lambda one: len(one.places) >= one.replicates))
    spare = len(setup.places) - setup.replicates
    reference = draw(st.integers(0, min(spare, 5)))
    blank = draw(st.integers(0, min(spare - reference, 3)))
    given_controls = (("reference", reference), ("blank", blank))
    controls = tuple(Control(role, wells) for role, wells in given_controls if wells)
    return setup, draw(st.integers(1, 60)), controls


def samples_of(drawn: tuple[PlateSetup, int, tuple[Control, ...]], seed: int = 0) -> pd.DataFrame:
    setup, count, controls = drawn
    ids = [condition_id(1, number + 1) for number in range(count)]
    return samples_of_round(1, ids, controls, setup, np.random.default_rng(seed))


def shared_lines(samples: pd.DataFrame) -> int:
    groups = [map(place_of, part["well"]) for _, part in samples.groupby(["plate", "condition"])]
    return sum((a[0] == b[0]) + (a[1] == b[1]) for group in groups for a, b in combinations(group, 2))


@settings(deadline=None, max_examples=80)
@given(rounds(), st.integers(0, 2**32 - 1))
def test_each_sample_stands_once_and_no_well_that_stays_empty_is_used(
    drawn: tuple[PlateSetup, int, tuple[Control, ...]], seed: int
) -> None:
    setup, count, controls = drawn
    samples = samples_of(drawn, seed)
    made = samples.loc[samples["role"] == "sample", "condition"].value_counts()
    assert len(made) == count
    assert set(made) == {setup.replicates}
    assert not samples.duplicated(["plate", "well"]).any()
    places = np.array([place_of(well) for well in samples["well"]])
    rows, columns = SIZES[setup.size]
    rim = 1 if setup.edge == "empty" else 0
    assert (places >= rim).all()
    assert (places < (rows - rim, columns - rim)).all()
    assert ((places - rim) % setup.every == 0).all()
    assert not set(samples["well"]) & set(setup.skip)
    for _, plate in samples.groupby("plate"):
        wells_of = plate["role"].value_counts()
        assert all(wells_of[control.role] == control.wells for control in controls)


@settings(deadline=None, max_examples=60)
@given(rounds(), st.integers(0, 2**32 - 1))
def test_samples_are_numbered_in_the_order_in_which_wells_are_filled(
    drawn: tuple[PlateSetup, int, tuple[Control, ...]], seed: int
) -> None:
    samples = samples_of(drawn, seed)
    step = 1 if drawn[0].order == "rows" else -1
    keys = [
        (int(plate.split("-")[1]), place_of(well)[::step])
        for plate, well in zip(samples["plate"], samples["well"], strict=True)
    ]
    assert keys == sorted(keys)
    assert list(samples.index) == sorted(samples.index)


@settings(deadline=None, max_examples=60)
@given(rounds(), st.integers(0, 2**32 - 1))
def test_replicates_share_no_row_and_no_column_where_lines_are_twice_as_many(
    drawn: tuple[PlateSetup, int, tuple[Control, ...]], seed: int
) -> None:
    # Where possible means: on plates for one operator (two have to share the columns between them), whose
    # filled wells span at least twice as many rows and columns as a condition or control has wells there.
    setup = drawn[0]
    samples = samples_of(drawn, seed)
    for _, plate in samples.groupby("plate") if setup.layout == "spread" else ():
        places = np.array([place_of(well) for well in plate["well"]])
        lines = min(len(set(places[:, 0])), len(set(places[:, 1])))
        if len(setup.operators) < 2 and 2 * plate["condition"].value_counts().max() <= lines:
            assert shared_lines(plate) == 0


@settings(deadline=None, max_examples=60)
@given(rounds(), st.integers(0, 2**32 - 1))
def test_the_same_seed_gives_the_same_layout(
    drawn: tuple[PlateSetup, int, tuple[Control, ...]], seed: int
) -> None:
    pd.testing.assert_frame_equal(samples_of(drawn, seed), samples_of(drawn, seed))


@settings(deadline=None, max_examples=40)
@given(rounds((96, 384)).filter(lambda drawn: drawn[1] > 20), st.integers(0, 2**31))
def test_another_seed_gives_another_layout_unless_it_is_by_hand(
    drawn: tuple[PlateSetup, int, tuple[Control, ...]], seed: int
) -> None:
    one, other = samples_of(drawn, seed), samples_of(drawn, seed + 1)
    assert one.equals(other) is (drawn[0].layout == "by hand")


def groups_on(plate: pd.DataFrame, size: int) -> np.ndarray:
    groups = np.full(size, OUTSIDE)
    columns = SIZES[size][1]
    cells = [i * columns + j for i, j in map(place_of, plate["well"])]
    groups[cells] = pd.factorize(plate["condition"])[0]
    return groups


def hides_a_misread(groups: np.ndarray, size: int) -> bool:
    """Say whether all that belongs together stays together under some misread, pair by pair."""
    together = [(a, b) for a, b in combinations(range(size), 2) if groups[a] == groups[b] != OUTSIDE]
    read = [np.where(source == OUTSIDE, OUTSIDE, groups[source]) for source in misreads(size).values()]
    return any(all(one[a] == one[b] != OUTSIDE for a, b in together) for one in read)


@settings(deadline=None, max_examples=60)
@given(rounds((48, 96, 384)), st.integers(0, 2**32 - 1))
def test_no_misread_of_a_spread_plate_keeps_all_replicates_together(
    drawn: tuple[PlateSetup, int, tuple[Control, ...]], seed: int
) -> None:
    # It is possible there as soon as a condition or control stands on a plate twice and not alone.
    samples = samples_of(drawn, seed)
    for _, plate in samples.groupby("plate") if drawn[0].layout == "spread" else ():
        wells_of = plate["condition"].value_counts()
        if len(wells_of) > 1 and wells_of.max() > 1:
            assert not hides_a_misread(groups_on(plate, drawn[0].size), drawn[0].size)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4).filter(lambda n: sum(n) <= 6), st.integers(0, 99))
def test_on_six_wells_no_misread_is_hidden_where_any_arrangement_shows_all(
    replicates: list[int], seed: int
) -> None:
    setup = PlateSetup(6)
    count = sum(replicates)
    cells = filled_first(count, max(replicates), setup)
    groups = np.repeat(np.arange(len(replicates)), replicates)

    def laid(order: tuple[int, ...]) -> np.ndarray:
        layout = np.full(6, OUTSIDE)
        layout[cells] = order
        return layout

    possible = max(replicates) > 1 and not all(
        hides_a_misread(laid(order), 6) for order in set(permutations(groups.tolist()))
    )
    controls = tuple(Control("reference", wells) for wells in replicates[1:])
    setup = PlateSetup(6, replicates[0])
    samples = samples_of_round(1, ["R01-C001"], controls, setup, np.random.default_rng(seed))
    assert hides_a_misread(groups_on(samples, 6), 6) is not possible


@settings(deadline=None, max_examples=60)
@given(rounds((12, 24)), st.integers(0, 2**32 - 1))
def test_a_small_plate_hides_a_misread_only_where_two_hundred_random_layouts_do(
    drawn: tuple[PlateSetup, int, tuple[Control, ...]], seed: int
) -> None:
    setup, rng = drawn[0], np.random.default_rng(seed)
    samples = samples_of(drawn, seed)
    for _, plate in samples.groupby("plate") if setup.layout == "spread" else ():
        groups = groups_on(plate, setup.size)
        if hides_a_misread(groups, setup.size):
            filled = np.flatnonzero(groups != OUTSIDE)
            for _ in range(200):
                groups[filled] = rng.permutation(groups[filled])
                assert hides_a_misread(groups, setup.size)


@settings(deadline=None, max_examples=60)
@given(rounds(), st.integers(0, 2**32 - 1))
def test_replicates_are_spread_over_plates_as_evenly_as_they_go(
    drawn: tuple[PlateSetup, int, tuple[Control, ...]], seed: int
) -> None:
    setup = drawn[0]
    samples = samples_of(drawn, seed)
    sample = samples[samples["role"] == "sample"]
    on_plates = sample.groupby(["condition", "plate"]).size().unstack(fill_value=0)
    if setup.together:
        assert ((on_plates > 0).sum(axis=1) == 1).all()
        return
    used = samples["plate"].value_counts()
    if used.max() < len(setup.places):  # no plate is full, so every plate was open to every condition
        assert (on_plates.max(axis=1) - on_plates.min(axis=1)).max() <= 1 or len(setup.operators) > 1


def test_four_large_plates_hold_every_sample_on_wells_of_an_eight_channel_pipette() -> None:
    setup = PlateSetup(1536, 2, every=(4, 1), order="rows")
    samples = samples_of((setup, 300, (Control("reference", 8),)))
    assert {place_of(well)[0] % 4 for well in samples["well"]} == {0}
    assert samples["plate"].nunique() == 2


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([24, 48, 96]),
    st.integers(2, 4),
    st.integers(2, 3),
    st.integers(1, 48),
    st.integers(0, 99),
)
def test_operators_who_share_a_plate_make_each_condition_equally_often(
    size: int, replicates: int, people: int, count: int, seed: int
) -> None:
    setup = PlateSetup(size, replicates, operators=("Ana", "Ben", "Cem")[:people])
    samples = samples_of((setup, min(count, size // replicates), ()), seed)
    operators = operators_of(samples, setup)
    made = pd.crosstab(samples["condition"], operators).reindex(columns=list(setup.operators), fill_value=0)
    assert (made.max(axis=1) - made.min(axis=1)).max() <= 1
    assert operators.value_counts().max() - operators.value_counts().min() <= 1
