"""The simulated handler finds what it is there to find: each fault is made once, and found."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest


def done(handler: ModuleType, *moves: tuple[str, str, str, str, float], **changed: Any) -> Any:
    bench = {
        "sources": {("s", "A1"): handler.Filled("NTP", 25000, 20000, 65000)},
        "destinations": {"p": handler.Destination(96, 2000)},
        "limits": handler.Limits(25, 50, 500),
    }
    return handler.execute(moves, **(bench | changed))


def test_what_was_moved_is_in_the_wells_by_stock(handler: ModuleType) -> None:
    sources = {
        ("s", "A1"): handler.Filled("NTP", 25000, 20000, 65000),
        ("s", "B1"): handler.Filled("water", 25000, 20000, 65000),
    }
    moves = [
        ("s", "A1", "p", "A1", 500),
        ("s", "B1", "p", "A1", 50),
        ("s", "A1", "p", "A1", 75),
        ("s", "B1", "p", "H12", 100),
    ]
    found = done(handler, *moves, sources=sources)
    assert found == {("p", "A1"): {"NTP": 575, "water": 50}, ("p", "H12"): {"water": 100}}


def test_a_source_can_be_used_down_to_its_dead_volume_and_no_further(handler: ModuleType) -> None:
    to_the_end = [("s", "A1", "p", f"A{k + 1}", 500) for k in range(10)]
    assert len(done(handler, *to_the_end)) == 10
    with pytest.raises(handler.Impossible, match="below the dead volume"):
        done(handler, *to_the_end, ("s", "A1", "p", "A11", 50))


@pytest.mark.parametrize(
    ("move", "fault"),
    [
        (("s", "A1", "p", "A1", 60), "not whole steps of 25"),
        (("s", "A1", "p", "A1", 25), "below the smallest transfer"),
        (("s", "A1", "p", "A1", 0), "below the smallest transfer"),
        (("s", "A1", "p", "A1", -50), "below the smallest transfer"),
        (("s", "A1", "p", "A1", 525), "above the largest transfer"),
        (("s", "A2", "p", "A1", 50), "nothing was filled"),
        (("t", "A1", "p", "A1", 50), "nothing was filled"),
        (("s", "A1", "q", "A1", 50), "no plate q"),
        (("s", "A1", "p", "I1", 50), "has no I1"),
        (("s", "A1", "p", "A01", 50), "has no A01"),
    ],
)
def test_a_move_that_no_robot_can_do_is_a_fault(
    handler: ModuleType, move: tuple[str, str, str, str, float], fault: str
) -> None:
    with pytest.raises(handler.Impossible, match=fault) as caught:
        done(handler, move)
    assert len(caught.value.faults) == 1


def test_a_well_overflows_with_what_another_device_put_there(handler: ModuleType) -> None:
    already = {("p", "A1"): {"lysate": 1900.0}}
    assert done(handler, ("s", "A1", "p", "A1", 100), already=already)["p", "A1"]["lysate"] == 1900
    with pytest.raises(handler.Impossible, match="overflows"):
        done(handler, ("s", "A1", "p", "A1", 125), already=already)


def test_a_source_filled_beyond_its_well_is_a_fault(handler: ModuleType) -> None:
    with pytest.raises(handler.Impossible, match="filled with 70000"):
        done(handler, sources={("s", "A1"): handler.Filled("NTP", 70000, 20000, 65000)})


def test_all_faults_are_told_at_once(handler: ModuleType) -> None:
    with pytest.raises(handler.Impossible) as caught:
        done(handler, ("s", "A1", "p", "A1", 60), ("s", "B7", "p", "A1", 50), ("s", "A1", "q", "A1", 525))
    assert len(caught.value.faults) == 4
