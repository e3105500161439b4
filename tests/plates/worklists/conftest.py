"""Runs of devices to write worklists of, small enough to be checked by eye."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import pytest

from bioal.plates.transfers import DeviceRun, Source, Transfer
from bioal.protocol.liquids import Device, SourcePlate

TUBES = SourcePlate("tubes", 0, 20e3, 1.5e6)

Row = tuple[Any, ...]  # stock, source plate, source well, plate, well, nL


def run_of(
    form: Any, rows: Sequence[Row], *, type_: SourcePlate = TUBES, size: int = 96, **changed: Any
) -> DeviceRun:
    """Return a run with these rows: stock, source plate, source well, plate, well, nL."""
    limits: dict[str, Any] = {"step": 100.0, "least": 1000.0, "most": 300e3} | changed
    device = Device(f"my {form}", format=form, source=type_, **limits)
    transfers = tuple(
        Transfer(stock, source, type_.name, source_well, plate, size, well, volume, "R01-S0001", "R01-C001")
        for stock, source, source_well, plate, well, volume in rows
    )
    stocks = {(each.source_plate, each.source_well): each.stock for each in transfers}
    sources = tuple(
        Source(plate, type_, well, stock, min(type_.full, 65e3)) for (plate, well), stock in stocks.items()
    )
    return DeviceRun(f"my-{form}", device, transfers, sources)


@pytest.fixture(scope="session")
def a_run() -> Callable[..., DeviceRun]:
    return run_of


@pytest.fixture(scope="session")
def tubes() -> tuple[Row, ...]:
    """Return four transfers from two tubes into two wells of a plate."""
    return (
        ("water", "stocks", "water", "plate-1", "A1", 30000.0),
        ("water", "stocks", "water", "plate-1", "B1", 12500.0),
        ("NTP, 25 mM", "stocks", "NTP, 25 mM", "plate-1", "A1", 2500.0),
        ("NTP, 25 mM", "stocks", "NTP, 25 mM", "plate-1", "B1", 29999.999999999943),
    )


@pytest.fixture(scope="session")
def opentrons(beside_tests: Callable[[str], ModuleType]) -> ModuleType:
    """Return the robot that stands in for an OT-2."""
    return beside_tests("plates/worklists/fake_opentrons.py")
