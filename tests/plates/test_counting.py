"""The arithmetic of wells, as it is printed before anything is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioal.errors import Refused
from bioal.plates.counting import (
    conditions_by_plate,
    conditions_for_vessels,
    conditions_for_wells,
    room_for_samples,
    vessels_needed,
    wells_needed,
)
from bioal.protocol.protocol import Control

TWO_DOZEN = (Control("reference", 16), Control("blank", 8))


@pytest.mark.smoke
def test_the_sum_reads_as_a_person_would_write_it() -> None:
    assert (
        wells_needed(112, 3, TWO_DOZEN, 384).words() == "112 conditions x 3 + 24 controls = 360 of 384 wells"
    )


def test_controls_stand_on_every_plate() -> None:
    count = wells_needed(100, 2, (Control("reference", 4),), 96)
    assert (count.plates, count.used, count.available) == (3, 212, 288)
    assert count.words() == "100 conditions x 2 + 4 controls x 3 plates = 212 of 288 wells"


def test_replicates_that_must_stay_together_may_need_another_plate() -> None:
    controls = (Control("reference", 1),)
    assert wells_needed(19, 10, controls, 96).plates == 2
    assert wells_needed(19, 10, controls, 96, whole=True).plates == 3


@given(
    st.integers(1, 400), st.integers(1, 5), st.integers(0, 20), st.sampled_from([24, 96, 384]), st.booleans()
)
def test_conditions_for_wells_is_the_most_that_fits(
    wells: int, replicates: int, controls: int, size: int, whole: bool
) -> None:
    reference = (Control("reference", controls),) if controls else ()
    if whole and size < controls + replicates:
        with pytest.raises(Refused, match="Use fewer replicates"):
            conditions_for_wells(max(wells, controls + replicates), replicates, reference, size, whole=True)
        return
    # Where a plate cannot hold one condition beside its controls, these are needed on two.
    least = wells_needed(1, replicates, reference, size, whole=whole).used
    if wells < least:
        with pytest.raises(Refused, match=f"expected {least} or more: .* Ask for more wells"):
            conditions_for_wells(wells, replicates, reference, size, whole=whole)
        return
    count = conditions_for_wells(wells, replicates, reference, size, whole=whole)
    more = wells_needed(count.conditions + 1, replicates, reference, size, whole=whole)
    assert count.used <= wells < more.used


@given(st.integers(1, 300), st.integers(1, 4))
def test_plates_share_conditions_evenly_and_hold_them(conditions: int, replicates: int) -> None:
    counts = conditions_by_plate(conditions, replicates, TWO_DOZEN, 96)
    assert sum(counts) == conditions
    assert max(counts) - min(counts) <= 1
    assert all(24 + count * replicates <= 96 for count in counts)


def test_too_few_plates_are_refused_with_the_number_needed() -> None:
    with pytest.raises(Refused, match=r"found 1 plate; expected 2: 50 conditions at 48 to a plate"):
        conditions_by_plate(50, 2, (), 96, plates=1)


def test_controls_that_fill_a_plate_are_refused() -> None:
    with pytest.raises(Refused, match="found 96 control wells on a plate of 96"):
        room_for_samples((Control("reference", 96),), 96)


def test_replicates_that_no_plate_can_hold_together_are_refused() -> None:
    with pytest.raises(Refused, match="found 9 replicates and 16 control wells"):
        conditions_by_plate(3, 9, (Control("reference", 16),), 24)


def test_only_usable_wells_are_counted() -> None:
    count = wells_needed(40, 2, (Control("reference", 4),), 96, usable=60)
    assert count.words() == "40 conditions x 2 + 4 controls x 2 plates = 88 of 120 usable wells"
    assert conditions_for_wells(60, 2, (Control("reference", 4),), 96, usable=60).conditions == 28
    assert conditions_by_plate(40, 2, (Control("reference", 4),), 96, usable=60) == (20, 20)
    with pytest.raises(Refused, match="found 60 control wells on a plate with 60 usable wells"):
        room_for_samples((Control("reference", 60),), 96, usable=60)


def test_vessels_are_counted_by_name_or_as_needed() -> None:
    assert vessels_needed(6, 2, (), 12).words() == "6 conditions x 2 = 12 of 12 vessels"
    assert vessels_needed(1, 1, (), None).words() == "1 condition = 1 vessel"
    assert conditions_for_vessels(None, 2, (Control("reference", 1),), 12).conditions == 5
    with pytest.raises(Refused, match="Found 14 samples; expected at most 12"):
        vessels_needed(7, 2, (), 12)
    with pytest.raises(Refused, match="Say how many with --conditions"):
        conditions_for_vessels(None, 2, (), None)
    with pytest.raises(Refused, match="Found 2 vessels; expected 3 or more"):
        conditions_for_vessels(2, 2, (Control("reference", 1),), 12)
