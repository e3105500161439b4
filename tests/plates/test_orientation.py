"""Misreads: what a turned plate does to a layout, and when one would see it."""

from __future__ import annotations

import numpy as np
import pytest

from bioal.plates.orientation import OUTSIDE, misreads, pairs, visibility
from bioal.plates.wells import SHAPES, wells_of_plate


def read_well(size: int, misread: str, well: str) -> str | None:
    source = misreads(size)[misread][wells_of_plate(size).index(well)]
    return None if source == OUTSIDE else wells_of_plate(size)[source]


def test_there_are_eight_misreads_and_none_leaves_a_plate_as_it_is() -> None:
    for size in SHAPES:
        maps = misreads(size)
        assert len(maps) == 8
        assert all((source != np.arange(size)).any() for source in maps.values())


@pytest.mark.parametrize(
    ("misread", "well", "source"),
    [
        ("turned by 180 degrees", "A1", "H12"),
        ("turned by 180 degrees", "B3", "G10"),
        ("mirrored left to right", "A1", "A12"),
        ("mirrored top to bottom", "A1", "H1"),
        # The second value of a list read by columns stands in B1, and is taken for A2.
        ("read by columns instead of rows", "B1", "A2"),
        ("read by columns instead of rows", "A2", "A9"),
        ("shifted forward along rows", "A2", "A1"),
        ("shifted forward along rows", "B1", "A12"),
        ("shifted forward along rows", "A1", None),
        ("shifted back along rows", "H12", None),
        ("shifted forward along columns", "A2", "H1"),
        ("shifted back along columns", "H1", "A2"),
    ],
)
def test_a_misread_takes_the_value_of_a_known_well(misread: str, well: str, source: str | None) -> None:
    assert read_well(96, misread, well) == source


def test_a_layout_in_blocks_hides_a_turn_as_published_campaigns_did() -> None:
    # METIS puts replicates at columns c, c + 8, c + 16 of a 384-well plate: every pair survives a turn.
    column = np.tile(np.arange(24), 16)
    row = np.repeat(np.arange(16), 24)
    assert visibility(row * 8 + column % 8, 384) == 0


def test_random_replicates_show_every_misread() -> None:
    groups = np.random.default_rng(5).permutation(np.repeat(np.arange(48), 2))
    assert visibility(groups, 96) > 0.8


def test_without_replicates_nothing_can_be_seen() -> None:
    assert np.isnan(visibility(np.arange(96), 96))


def test_pairs_are_all_pairs_within_a_group() -> None:
    found = pairs(np.array([0, 1, 0, OUTSIDE, 0, OUTSIDE]))
    assert sorted(map(tuple, found.tolist())) == [(0, 2), (0, 4), (2, 4)]
