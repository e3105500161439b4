"""From a round to all that the bench does: recipes, transfers, sources, and what has to be prepared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from bioal.errors import BioalError, Problem, Refused
from bioal.plates.diluting import with_dilutions
from bioal.plates.layout import control_ids
from bioal.plates.mixing import MIXES, Mixing, premixed, straight
from bioal.plates.rounds import CONTROL_ROLES, Round
from bioal.plates.sourcing import Sourced, sourced, split
from bioal.plates.transfers import BenchPlan, DeviceRun, Need, Transfer
from bioal.protocol.factors import Value
from bioal.protocol.findings import Findings
from bioal.protocol.instruments import build_instruments
from bioal.protocol.levels import written
from bioal.protocol.liquids import Component, Dose, Liquids
from bioal.protocol.protocol import Protocol
from bioal.protocol.units import volume_words
from bioal.protocol.values import is_blank

# Sound carries the drops of an Echo.
TIPLESS = ("echo",)


def bench_plan(protocol: Protocol, round_: Round) -> BenchPlan | None:
    """Return what the bench does for a round; None where the protocol says nothing about liquids.

    Raises
    ------
    Refused
        Where a stock cannot be held by its source plates.
    BioalError
        Where a well would not come out full: a fault of bioal.
    """
    liquids = protocol.liquids
    if liquids is None:
        return None
    recipes = recipes_of(protocol, liquids, round_)
    mixing = _mixing(protocol, liquids, round_)
    runs, problems = _runs(liquids, mixing, recipes, f"R{round_.number:02d}")
    if problems:
        raise Refused(problems)
    needs = with_dilutions([need for run in runs for need in _needs(run, liquids, recipes)], liquids)
    moved = [(run.device, len(run.transfers)) for run in runs]
    return BenchPlan(
        runs,
        needs,
        _volumes(liquids, recipes),
        _actual(liquids, recipes, round_),
        _totals(liquids, recipes),
        sum(tips_of(runs)),
        round(sum(device.seconds * count for device, count in moved) / 60, 1),
        tips_of(runs),
        mixing.spread,
    )


def _mixing(protocol: Protocol, liquids: Liquids, round_: Round) -> Mixing:
    if not protocol.plate.premix or protocol.plate.in_vessels:
        return straight(round_)
    return premixed(round_, liquids, build_instruments({}, {}, Findings("")).sources[MIXES])


def tips_of(runs: Sequence[DeviceRun]) -> tuple[int, ...]:
    """Return how many tips each run takes: one for dry wells, a new one for each transfer into liquid."""
    wet: set[tuple[str, str]] = set()
    counts = []
    for run in runs:
        by_stock: dict[str, list[tuple[str, str]]] = {}
        for each in run.transfers:
            by_stock.setdefault(each.stock, []).append((each.plate, each.well))
        tips = 0
        for wells in by_stock.values():
            tips += len(wells) if wet & set(wells) else 1
            wet |= set(wells)
        counts.append(0 if run.device.format in TIPLESS else tips)
    return tuple(counts)


def planned_conditions(protocol: Protocol, round_: Round) -> dict[str, dict[str, Value | None]]:
    """Return factor -> value of each sample; a control has its plate's setting where it leaves one open."""
    settings = {
        (plate, name): _setting(round_, plate, name)
        for plate in round_.plates
        for name in protocol.space.plate_factors
    }
    rows = {str(name): row for name, row in round_.conditions.to_dict("index").items()}
    found: dict[str, dict[str, Value | None]] = {}
    for sample, condition, plate, role in round_.samples[["condition", "plate", "role"]].itertuples():
        row = {str(name): None if is_blank(value) else value for name, value in rows[str(condition)].items()}
        empty = role in CONTROL_ROLES and all(value is None for value in row.values())
        if role in CONTROL_ROLES and not empty:
            row |= {name: settings[plate, name] for name in protocol.space.plate_factors if row[name] is None}
        found[str(sample)] = {} if empty else row
    return found


def _setting(round_: Round, plate: str, name: str) -> Value | None:
    """Return the value that a factor has on a whole plate."""
    on_plate = round_.samples.loc[round_.samples["plate"] == plate, "condition"].unique()
    values = [value for value in round_.conditions.loc[on_plate, name] if not is_blank(value)]
    return values[0] if values else None


def recipes_of(protocol: Protocol, liquids: Liquids, round_: Round) -> dict[str, tuple[Dose, ...]]:
    """Return the doses of each sample in the order of addition."""
    changed = {
        name: control.fixed
        for name, control in zip(control_ids(protocol.controls), protocol.controls, strict=True)
    }
    made: dict[tuple[object, ...], tuple[Dose, ...]] = {}
    found = {}
    conditions = planned_conditions(protocol, round_)
    for sample, condition in round_.samples["condition"].items():
        row = conditions[str(sample)]
        key = (condition, *row.values())
        if key not in made:
            made[key] = _recipe(liquids, str(condition), row, changed.get(str(condition), {}))
        found[str(sample)] = made[key]
    return found


def _recipe(
    liquids: Liquids, condition: str, row: Mapping[str, Value | None], changed: Mapping[str, Value]
) -> tuple[Dose, ...]:
    try:
        return liquids.recipe(row, changed)
    except ValueError as error:
        raise BioalError(f"{condition}: {error}. Nothing was recorded; please report it.") from error


def _runs(
    liquids: Liquids, mixing: Mixing, recipes: Mapping[str, tuple[Dose, ...]], start: str
) -> tuple[tuple[DeviceRun, ...], list[Problem]]:
    """Return the runs in the order of addition; another step or a viscous stock is a run of its own."""
    groups: dict[tuple[str, bool, int], list[Component]] = {}
    for each in liquids.everything:
        groups.setdefault((each.device.name, each.viscous, each.addition), []).append(each)
    runs: list[DeviceRun] = []
    problems: list[Problem] = []
    for key, components in groups.items():
        found = _sourced(f"{start}-{_label(key, list(groups))}", components, liquids, mixing, recipes)
        problems += found.problems
        if found.transfers:
            label, device = _label(key, list(groups)), components[0].device
            runs.append(DeviceRun(label, device, found.transfers, found.sources, key[1]))
    return tuple(runs), problems


def _label(key: tuple[str, bool, int], others: Sequence[tuple[str, bool, int]]) -> str:
    """Return the name of a run, which its worklist has too: `echo-525`, `echo-525-viscous`, `hand-step-9`."""
    device, viscous, addition = key
    several = len({each[2] for each in others if each[:2] == key[:2]}) > 1
    words = [device, *(["viscous"] if viscous else []), *([f"step {addition}"] if several else [])]
    return "-".join(" ".join(words).split()).lower()


def _sourced(
    plates: str,
    components: Sequence[Component],
    liquids: Liquids,
    mixing: Mixing,
    recipes: Mapping[str, tuple[Dose, ...]],
) -> Sourced:
    """Return the transfers of a run: component by component in the order of addition, well by well.

    `plates` begins the names of its source plates, with the round: none is taken for another round's.
    """
    wanted = [part for each in components for part in _transfers(each, mixing, recipes)]
    by_source = {each.name: each.device.source for each in components}
    kinds = list(dict.fromkeys(by_source.values()))
    if len(kinds) == 1:
        return sourced(wanted, components[0].device, liquids.excess, plates)
    parts = []
    for number, kind in enumerate(kinds, start=1):
        stocks = {
            stock.name for each in components if each.device.source == kind for stock in each.everything
        }
        own = [each for each in wanted if each.stock in stocks]
        like = next(each.device for each in components if each.device.source == kind)
        parts.append(sourced(own, like, liquids.excess, plates if number == 1 else f"{plates}-{number}"))
    return Sourced(
        tuple(each for part in parts for each in part.transfers),
        tuple(each for part in parts for each in part.sources),
        tuple(each for part in parts for each in part.problems),
    )


def _transfers(
    component: Component, mixing: Mixing, recipes: Mapping[str, tuple[Dose, ...]]
) -> Iterable[Transfer]:
    """Yield the transfers of one component: by stock, in the order of the targets, split where needed."""
    number_of = {stock.name: number for number, stock in enumerate(component.everything)}
    doses = [
        (dose, target)
        for target in mixing.targets
        for dose in recipes[target.sample]
        if dose.component.name == component.name and dose.component.kind == component.kind
    ]
    doses.sort(key=lambda each: number_of[each[0].stock.name])
    for dose, to in doses:
        volume = round(dose.volume * to.times, 6)
        whole = Transfer(
            dose.stock.name, "", "", "", to.plate, to.size, to.well, volume, to.sample, to.condition
        )
        yield from split(whole, component.device)


def _needs(run: DeviceRun, liquids: Liquids, recipes: Mapping[str, tuple[Dose, ...]]) -> Iterable[Need]:
    """Yield how much of each stock a run takes, in the order in which they are added."""
    stocks = {dose.stock.name: dose for doses in recipes.values() for dose in doses}
    used: dict[str, float] = {}
    for each in run.transfers:
        used[each.stock] = used.get(each.stock, 0.0) + each.volume
    for name, taken in used.items():
        wells = [source for source in run.sources if source.stock == name]
        filled = sum(source.fill for source in wells)
        # Filling source wells from a tube loses some again; a single vessel is itself what is dispensed from.
        again = 1.0 + liquids.excess if run.device.source.wells else 1.0
        prepare = max(filled * again, taken * (1.0 + liquids.excess))
        stock = stocks[name].stock
        said = "" if stock.concentration is None else f"{written(stock.concentration)} {stock.unit}".strip()
        places = tuple(source.well for source in wells)
        component = stocks[name].component.name
        yield Need(name, component, run.device.name, said, taken, round(prepare, 6), places)


def _volumes(liquids: Liquids, recipes: Mapping[str, tuple[Dose, ...]]) -> pd.DataFrame:
    names = [stock.name for each in liquids.everything for stock in each.everything]
    place = {name: number for number, name in enumerate(names)}
    volumes = np.zeros((len(recipes), len(names)))
    for row, doses in enumerate(recipes.values()):
        for dose in doses:
            volumes[row, place[dose.stock.name]] += dose.volume
    full = volumes.sum(axis=1)
    if (np.abs(full - liquids.volume) > 0.1).any():
        found = f"a well of {volume_words(float(full[0]))} instead of {volume_words(liquids.volume)}"
        raise BioalError(f"This round would have had {found}. Nothing was recorded; please report it.")
    used = [name for name, column in zip(names, volumes.T, strict=True) if column.any()]
    return pd.DataFrame(volumes, index=pd.Index(list(recipes), name="sample"), columns=names)[used]


def _actual(liquids: Liquids, recipes: Mapping[str, tuple[Dose, ...]], round_: Round) -> pd.DataFrame:
    """Return the concentration that is added of each factor that has one, 0 where none is."""
    names = [
        each.name for each in liquids.components if each.kind == "factor" and each.name in round_.conditions
    ]
    measured = [name for name in names if round_.conditions[name].dtype.kind == "f"]
    rows = [
        {dose.component.name: dose.actual for dose in doses if dose.component.name in measured}
        for doses in recipes.values()
    ]
    frame = pd.DataFrame(rows, index=pd.Index(list(recipes), name="sample"), columns=measured, dtype=float)
    return frame.fillna(0.0)


def _totals(liquids: Liquids, recipes: Mapping[str, tuple[Dose, ...]]) -> pd.DataFrame:
    names = list(dict.fromkeys(name for each in liquids.components for name in each.contains))
    rows = [liquids.totals(doses) for doses in recipes.values()]
    frame = pd.DataFrame(rows, index=pd.Index(list(recipes), name="sample"), columns=names, dtype=float)
    return frame.fillna(0.0)
