"""Every protocol of the library, made by a simulated liquid handler from worklists as a robot gets them.

Each protocol is made as its file says, and again by each other robot, wells of microlitres a hundred times
larger: what is in the wells afterwards has to be the proposed condition within half a step of the device.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from bioal.plates.layout import control_ids, samples_of_round
from bioal.plates.planning import bench_plan, planned_conditions
from bioal.plates.rounds import Round, condition_id
from bioal.plates.transfers import DeviceRun
from bioal.plates.worklists import (
    bench_files,
    moved,
    on_racks,
    plates_on_deck,
    read_biomek,
    read_echo,
    read_epmotion,
    read_hamilton,
    read_opentrons,
    read_tecan,
    tecan_sizes,
)
from bioal.plates.worklists.moved import Moved
from bioal.protocol.protocol import Protocol, protocol_from_toml
from bioal.protocol.templates import template_text, templates
from bioal.protocol.units import volume_in

SEEDS = 20
CONDITIONS = 3
WITH_VOLUMES = [template.name for template in templates() if template.volumes]
ROBOTS = ("opentrons", "tecan", "hamilton", "biomek", "epmotion")
LARGER = 100.0
SOURCES = """
[source_plates.flasks]
wells = 0
dead = "50 uL"
full = "45 mL"
"""


def text_for(name: str, robot: str) -> str:
    """Return a protocol of the library for another robot: larger wells, all from flasks, no other device."""
    text = template_text(name)
    number, unit = re.search(r'(?m)^volume = "([\d.]+) (\w+)"', text).groups()  # type: ignore[union-attr]
    larger = LARGER if volume_in(f"{number} {unit}") < 100e3 else 1.0
    text = re.sub(r'(?m)^volume = ".*"', f'volume = "{float(number) * larger:g} {unit}"', text)
    text = re.sub(r"(?ms)^\[(devices|source_plates)\..*?(?=^\[|^$)", "", text)
    text = re.sub(r',? *(device|source) = "[^"]*"(?=[ ,}])', "", text)
    text = re.sub(r'(?m)^device = ".*"', f'device = "{robot}"', text)
    return text + f'\n[devices.{robot}]\nsource = "flasks"\nstep = "50 nL"\nleast = "1 uL"\n{SOURCES}'


@cache
def protocol_of(name: str, robot: str) -> Protocol:
    return protocol_from_toml(template_text(name) if robot == "its own" else text_for(name, robot))


def round_of(protocol: Protocol, seed: int) -> Round:
    rng = np.random.default_rng(seed)
    conditions = protocol.space.conditions(protocol.space.sample(CONDITIONS, rng))
    ids = [condition_id(1, number + 1) for number in range(len(conditions))]
    samples = samples_of_round(1, ids, protocol.controls, protocol.plate, rng)
    conditions.index = pd.Index(ids, name="condition")
    rows = [{name: one.condition.get(name) for name in protocol.space.names} for one in protocol.controls]
    controls = pd.DataFrame(rows, index=list(control_ids(protocol.controls)), columns=conditions.columns)
    everything = pd.concat([conditions.astype(object), controls.astype(object)])
    numeric = [name for name in conditions if conditions[name].dtype == float]
    everything = everything.astype(dict.fromkeys(numeric, float))
    blank = {"mean": np.nan, "low": np.nan, "high": np.nan, "reason": "start"}
    return Round(1, everything, pd.DataFrame(blank, index=conditions.index), samples, protocol.plate.size)


READERS: Mapping[str, Callable[[DeviceRun, str], tuple[Moved, ...]]] = {
    "echo": lambda run, text: read_echo(text),
    "opentrons": lambda run, text: read_opentrons(text, plates_on_deck(run)),
    "tecan": lambda run, text: read_tecan(text, tecan_sizes(run)),
    "hamilton": lambda run, text: read_hamilton(text),
    "biomek": lambda run, text: read_biomek(text),
    "epmotion": lambda run, text: read_epmotion(text),
}


def moves_of(run: DeviceRun) -> tuple[Moved, ...]:
    """Return what a robot reads in its worklists, or what hands do."""
    if run.device.format == "hand":
        return moved(run.transfers)
    files = [
        file
        for file in bench_files(run, round_number=1)
        if not file.name.endswith(".py") and "-deck" not in file.name
    ]
    return tuple(move for file in files for move in READERS[run.device.format](run, file.text))


def wells_after(
    protocol: Protocol, round_: Round, handler: ModuleType
) -> dict[tuple[str, str], dict[str, float]]:
    """Return what is in each well, by stock, when every device has done its part."""
    plan = bench_plan(protocol, round_)
    assert plan is not None
    contents: dict[tuple[str, str], dict[str, float]] = {}
    for run in plan.runs:
        racked = run if run.device.format in ("echo", "hand") else on_racks(run)
        moves = moves_of(run)
        plates = {move.plate for move in moves}
        capacity = protocol.liquids.volume
        contents = handler.execute(
            moves,
            sources=handler.filled(racked.sources),
            destinations={
                plate: handler.Destination(0 if run.transfers[0].size == 0 else round_.size, capacity)
                for plate in plates
            },
            limits=handler.limits_of(run.device),
            already=contents,
        )
    return contents


@pytest.mark.parametrize("robot", ["its own", *ROBOTS])
@pytest.mark.parametrize("name", WITH_VOLUMES)
def test_wells_hold_the_proposed_conditions_and_are_full(name: str, robot: str, handler: ModuleType):
    protocol = protocol_of(name, robot)
    liquids = protocol.liquids
    stocks = {stock.name: (stock, each) for each in liquids.everything for stock in each.everything}
    checked = 0
    for seed in range(SEEDS):
        round_ = round_of(protocol, seed)
        wanted = planned_conditions(protocol, round_)
        contents = wells_after(protocol, round_, handler)
        if round_.size:
            assert set(contents) == set(zip(round_.samples["plate"], round_.samples["well"], strict=True))
        by_place = {(row.plate, row.well): str(row.Index) for row in round_.samples.itertuples()}
        for place, held in contents.items() if round_.size else ():
            assert sum(held.values()) == pytest.approx(liquids.volume, abs=0.1)
            row = wanted[by_place[place]]
            made: dict[str, float] = {}
            room: dict[str, float] = {}
            for stock_name, volume in held.items():
                stock, component = stocks[stock_name]
                if component.kind == "factor" and stock.concentration is not None:
                    share = stock.concentration / liquids.volume
                    made[component.name] = made.get(component.name, 0.0) + volume * share
                    room[component.name] = component.device.step / 2 * share
            for factor in protocol.factors:
                value = row.get(factor.name)
                if isinstance(value, float) and liquids.component(factor.name) is not None:
                    assert made.get(factor.name, 0.0) == pytest.approx(
                        value, rel=1e-4, abs=room.get(factor.name, 0.0) * 1.001
                    )
                    checked += 1
    assert checked or not round_.size
