"""Plans of a round made here, step by step, so that the sheets are checked against something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from math import ceil

import pandas as pd
from conftest import OUTGOING_MANIFEST, outgoing_protocol

from bioal.plates.layout import control_ids
from bioal.plates.rounds import Round, condition_id
from bioal.plates.transfers import BenchPlan, DeviceRun, Need, Source, Transfer
from bioal.plates.wells import wells_of_plate
from bioal.protocol.liquids import Component, Device, Liquids, SourcePlate, Stock
from bioal.protocol.protocol import Fixed, Protocol

__all__ = ["ECHO", "HAND", "OUTGOING_MANIFEST", "bench_protocol", "hand_made_plan", "vessel_round"]

TUBE = SourcePlate("tube", 0, 20_000, 2_000_000)
PP384 = SourcePlate("384PP", 384, 20_000, 65_000)
HAND = Device("hand", 100, 500, 1_000_000, "hand", TUBE, 12)
ECHO = Device("echo 525", 25, 25, 5_000, "echo", PP384, 0.5)

FORMULA = "=1+1"  # a stock's name that must stay text


def component(name: str, kind: str, device: Device, stocks: Mapping[str, tuple[Stock, ...]], **more) -> Component:
    return Component(name, kind, device, stocks, **more)


def bench_liquids(device: Device) -> Liquids:
    """Return 20 uL: two salts and plasmids by a device, then buffer, DNA and lysate by hand."""
    contains = {"Mg-glutamate": 12.0}
    plasmids = {
        option: (Stock(option, 100.0, "nM"),) for option in ("pTAC", "TRUE", "1.10", FORMULA, "@SUM(A1)", "-3")
    }
    alone = {"": (Stock("salts", 10.0, "x"),)}
    components = (
        component("Mg-glutamate", "factor", device, {"": (Stock("Mg-glutamate", 100.0, "mM", 105.0),)}),
        component("NTP", "factor", device, {"": (Stock("NTP low", 20.0, "mM"), Stock("NTP high", 100.0, "mM"))}),
        component("plasmid", "factor", device, plasmids, by="plasmid", amount=5.0),
        component("salts", "fixed", HAND, alone, amount=1.0, addition=2),
        component("HEPES", "fixed", HAND, {"": (Stock("HEPES", 2000.0, "mM"),)}, amount=50.0, addition=2),
        component("DNA", "fixed", HAND, {"": (Stock("DNA", 200.0, "nM"),)}, amount=10.0, addition=2),
        component(
            "lysate", "fixed", HAND, {"": (Stock("lysate"),)}, volume=6600.0, addition=9, contains=contains
        ),
    )
    filler = component("water", "filler", device, {"": (Stock("water"),)}, addition=0)
    return Liquids(20_000.0, filler, components, settings=("temperature", "shaking"))


def bench_protocol(device: Device = HAND, size: int = 96, replicates: int = 2) -> Protocol:
    fixed = {
        "salts": Fixed("salts", 1.0, "x"),
        "HEPES": Fixed("HEPES", 50.0, "mM"),
        "DNA": Fixed("DNA", 10.0, "nM"),
        "lysate": Fixed("lysate", 33.0, "%"),
        "shaking": Fixed("shaking", 300.0, "rpm"),
    }
    return replace(outgoing_protocol(size, replicates), fixed=fixed, liquids=bench_liquids(device))


def vessel_round(protocol: Protocol, count: int = 6) -> Round:
    """Return a round of named vessels, without controls."""
    ids = [condition_id(1, k + 1) for k in range(count)]
    values = {one.name: [one.value(k % one.size) for k in range(count)] for one in protocol.factors}
    samples = {
        "condition": ids,
        "plate": ["vessels"] * count,
        "well": [f"flask {k + 1}" for k in range(count)],
        "role": ["sample"] * count,
        "replicate": [1] * count,
    }
    predictions = pd.DataFrame(
        {"mean": float("nan"), "low": float("nan"), "high": float("nan"), "reason": "start"}, index=ids
    )
    table = pd.DataFrame(samples, index=[f"R01-S{k + 1:04d}" for k in range(count)])
    return Round(1, pd.DataFrame(values, index=ids), predictions, table, 0)


def hand_made_plan(protocol: Protocol, round_: Round) -> BenchPlan:
    """Return a plan with one run per device, sources filled one after the other."""
    liquids = protocol.liquids
    assert liquids is not None
    controls = dict(zip(control_ids(protocol.controls), protocol.controls, strict=True))
    recipes: dict[str, dict[str, float]] = {}
    totals: dict[str, dict[str, float]] = {}
    actual: dict[str, dict[str, object]] = {}
    doses = []
    for sample in round_.samples.itertuples():
        condition = round_.conditions.loc[sample.condition].to_dict()
        changed = controls[sample.condition].fixed if sample.condition in controls else {}
        recipe = liquids.recipe(condition, changed)
        recipes[str(sample.Index)] = {dose.stock.name: dose.volume for dose in recipe}
        totals[str(sample.Index)] = liquids.totals(recipe)
        actual[str(sample.Index)] = {d.component.name: d.actual for d in recipe if d.component.kind == "factor"}
        doses += [(dose, sample) for dose in recipe]
    order = [stock for each in liquids.everything for stock in each.everything]
    owners = {stock.name: each for each in liquids.everything for stock in each.everything}
    table = pd.DataFrame.from_dict(recipes, orient="index").fillna(0.0)
    table = table[[stock.name for stock in order if stock.name in table]]
    sources = {name: _sources(owners[name], name, table[name].sum() * 1.1) for name in table}
    runs = []
    by_device = sorted(doses, key=lambda pair: pair[0].component.device.name)
    for device, held in groupby(by_device, key=lambda pair: pair[0].component.device):
        moved = [transfer for dose, sample in held for transfer in _transfers(dose, sample, round_, sources)]
        stocks = dict.fromkeys(transfer.stock for transfer in moved)
        filled = tuple(source for stock in stocks for source in sources[stock])
        runs.append(DeviceRun(device.name.replace(" ", "-"), device, tuple(moved), filled))
    needs = [_need(owners[stock.name], stock, table, sources) for stock in order if stock.name in table]
    seconds = sum(len(run.transfers) * run.device.seconds for run in runs)
    tips = sum(len(run.transfers) for run in runs if run.device.format == "hand")
    return BenchPlan(
        tuple(runs),
        tuple(needs),
        table,
        pd.DataFrame.from_dict(actual, orient="index"),
        pd.DataFrame.from_dict(totals, orient="index"),
        tips,
        seconds / 60,
    )


def _sources(owner: Component, stock: str, volume: float) -> list[Source]:
    kind = owner.device.source
    if kind.wells == 0:
        return [Source("tubes", kind, stock, stock, volume + kind.dead)]
    number = ceil(volume / kind.usable)
    row = sum(map(ord, stock)) % 16
    wells = wells_of_plate(kind.wells)[row * 24 : row * 24 + number]
    last = volume - (number - 1) * kind.usable + kind.dead
    fills = [kind.full] * (number - 1) + [last]
    return [
        Source("echo-525-source-1", kind, well, stock, fill) for well, fill in zip(wells, fills, strict=True)
    ]


def _transfers(dose, sample, round_: Round, sources: Mapping[str, list[Source]]) -> list[Transfer]:
    most, source = dose.component.device.most, sources[dose.stock.name][0]
    goes = ceil(dose.volume / most)
    volumes = [most] * (goes - 1) + [dose.volume - most * (goes - 1)]
    return [
        Transfer(
            dose.stock.name, source.plate, source.type.name, source.well, sample.plate, round_.size,
            sample.well, volume, str(sample.Index), sample.condition,
        )
        for volume in volumes
    ]  # fmt: skip


def _need(owner: Component, stock: Stock, table: pd.DataFrame, sources: Mapping[str, list[Source]]) -> Need:
    concentration = "" if stock.concentration is None else f"{stock.concentration:g} {stock.unit}"
    wells = tuple(source.well for source in sources[stock.name])
    fill = sum(source.fill for source in sources[stock.name])
    used = float(table[stock.name].sum())
    return Need(stock.name, owner.name, owner.device.name, concentration, used, fill, wells)
