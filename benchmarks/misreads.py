"""Measure how often a misread plate is noticed from its values, and how often a good one is suspected.

    python benchmarks/misreads.py [--plates 5000] [--data FOLDER] [--seed 1]

Simulated plates: normal values, conditions with a standard deviation of so many times the replicates'.
Detection is the least over all ways of misreading, each in as many plates; "named" is how often the right way
was named first. Wells without a sample hold no value, as in a run list.

FOLDER holds campaigns/ with finished experiments; by default it is $BIOAL_DATA. Each of their plates is
judged as it is, and after its values were moved as each misread would have moved them.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.plates.detection import effects_of, layouts_of, same_pattern
from bioal.plates.layout import samples_of_round
from bioal.plates.misreading import Comparison, Recorded, Suspicion, stabilised, suspicion
from bioal.plates.orientation import AS_IS, OUTSIDE, Ints, misreads, readings_of_plate
from bioal.plates.rounds import condition_id
from bioal.plates.wells import ij_from_well, shape_of_plate
from bioal.protocol.arrays import Floats
from bioal.protocol.protocol import Control, PlateSetup

CONTROLS = (Control("reference", 4), Control("negative", 4))
SETTINGS = {
    "24 conditions x 2, 48 wells": (24, PlateSetup(48, 2), ()),
    "24 conditions x 2, half of 96 wells": (24, PlateSetup(96, 2), ()),
    "44 conditions x 2, 4 + 4 controls, 96 wells": (44, PlateSetup(96, 2), CONTROLS),
    "48 conditions x 2, 96 wells": (48, PlateSetup(96, 2), ()),
    "120 conditions x 3, 384 wells": (120, PlateSetup(384, 3), ()),
    "88 conditions x 1, 4 + 4 controls, 96 wells": (88, PlateSetup(96), CONTROLS),
    "10 conditions x 2, 24 wells": (10, PlateSetup(24, 2), ()),
}
RATIOS = (4.0, 2.0, 1.4, 1.0, 0.5, 0.1)


@dataclass(frozen=True)
class Simulated:
    """A plate's layout and the comparison of its ways of reading."""

    layout: Ints
    cells: Ints
    ways: dict[str, Ints]
    comparison: Comparison

    @classmethod
    def of(cls, count: int, setup: PlateSetup, controls: tuple[Control, ...], seed: int) -> Simulated:
        """Return a plate as bioal lays it out."""
        ids = [condition_id(1, number + 1) for number in range(count)]
        samples = samples_of_round(1, ids, controls, setup, np.random.default_rng(seed))
        layout = layouts_of(samples, setup.size)[0]
        columns = shape_of_plate(setup.size).columns
        listed = [i * columns + j for i, j in map(ij_from_well, samples["well"])]
        ways, cells = dict(readings_of_plate(setup.size, listed)), np.flatnonzero(layout != OUTSIDE)
        strange = 10**6 + np.arange(len(cells))
        found = {
            name: np.where(source[cells] == OUTSIDE, OUTSIDE, layout[source[cells]])
            for name, source in ways.items()
        }
        groups = {name: np.where(one == OUTSIDE, strange, one) for name, one in found.items()}
        planned = groups.pop(AS_IS)
        others = {name: one for name, one in groups.items() if not same_pattern(one, planned)}
        comparison = Comparison(
            effects_of(np.zeros(len(cells), int), cells, setup.size),
            planned,
            others,
            np.random.default_rng(seed),
        )
        return cls(layout, cells, ways, comparison)

    def recorded(self, way: str, ratio: float, rng: np.random.Generator, draws: int) -> Floats:
        """Return values as they come back when a plate is read in this way, shape (draws, wells)."""
        codes = np.unique(self.layout, return_inverse=True)[1]
        codes = np.where(self.layout == OUTSIDE, codes.max() + 1 + np.arange(len(codes)), codes)
        effects = ratio * rng.standard_normal((draws, int(codes.max()) + 2))
        wells = self.ways[way][self.cells]
        strange = np.where(wells == OUTSIDE, effects.shape[1] - 1, codes[wells])
        return np.asarray(effects[:, strange] + rng.standard_normal((draws, len(wells))))


def simulated(plates: int, seed: int) -> None:
    """Print detection and false alarms of simulated plates."""
    rng = np.random.default_rng(seed)
    for name, (count, setup, controls) in SETTINGS.items():
        plate = Simulated.of(count, setup, controls, seed)
        print(name, flush=True)
        for ratio in RATIOS:
            good = plate.comparison.suspicions(plate.recorded(AS_IS, ratio, rng, plates))
            shown = {
                way: plate.comparison.suspicions(plate.recorded(way, ratio, rng, plates))
                for way in misreads(setup.size)
            }
            seen = {way: _share(found) for way, found in shown.items()}
            least = min(seen, key=lambda way: seen[way])
            named = min(np.mean([_first(one) == way for one in found]) for way, found in shown.items())
            print(
                f"  sd ratio {ratio:<4}: false alarms {_share(good):.4f}; detected {seen[least]:.4f} at "
                f"least ({least}), {np.mean(list(seen.values())):.4f} on average, named {named:.4f}",
                flush=True,
            )


def _share(found: list[Suspicion | None]) -> float:
    return float(np.mean([one is not None for one in found]))


def _first(one: Suspicion | None) -> str:
    return "" if one is None else one.ways[0]


def finished(folder: Path) -> Iterator[tuple[str, list[str], list[str], Floats]]:
    """Yield each plate of finished experiments: name, wells, conditions, values."""
    table = pd.read_csv(folder / "cftx_raw.csv")
    for readout in ("MG_raw", "GFP_raw"):
        for plate, rows in table.dropna(subset=["well", readout]).groupby("plate", sort=False):
            values = rows[readout].to_numpy()
            yield f"cftx {plate} {readout}", list(rows["well"]), list(rows["condition"]), values
    for name, factors, well in (("cellfree_borkowski", 12, "well_"), ("metis_txtl", 14, "well_name_")):
        table = pd.read_csv(folder / f"{name}.csv")
        table["condition"] = table[table.columns[:factors]].astype(str).agg("|".join, axis=1)
        table["condition"] += table["control"].astype(str) if "control" in table else ""
        for round_, rows in table.groupby("round"):
            parts = [rows[["condition", f"{well}{k}", f"raw_{k}"]] for k in (1, 2, 3)]
            long = pd.concat([one.set_axis(["condition", "well", "raw"], axis=1) for one in parts]).dropna()
            if len(long):
                yield f"{name} {round_}", list(long["well"]), list(long["condition"]), long["raw"].to_numpy()


def real(folder: Path) -> None:
    """Print what is suspected of finished plates, as they are and misread."""
    counts = dict.fromkeys(("plates", "alarms", "misread", "noticed", "named"), 0)
    for name, wells, conditions, values in finished(folder):
        ij = [ij_from_well(well) for well in wells]
        size = 384 if max(i for i, _ in ij) > 7 or max(j for _, j in ij) > 11 else 96
        columns = shape_of_plate(size).columns
        layout, read = np.full(size, OUTSIDE), np.full(size, np.nan)
        cells = [i * columns + j for i, j in ij]
        layout[cells], read[cells] = pd.factorize(np.array(conditions, object))[0], values
        said = []
        for way, source in {AS_IS: np.arange(size), **misreads(size)}.items():
            moved = np.where(source == OUTSIDE, np.nan, read[source])
            kept = np.flatnonzero((layout != OUTSIDE) & np.isfinite(moved))
            if len(kept) < len(cells) / 2:
                said.append("(too few)")
                continue
            scaled = stabilised(moved[kept])
            assert scaled is not None
            recorded = Recorded(np.zeros(len(kept), int), kept, scaled, (layout,))
            ways = readings_of_plate(size, sorted(cells))
            found = suspicion(recorded, 0, ways, rng=np.random.default_rng(1))
            counts["plates" if way == AS_IS else "misread"] += 1
            counts["alarms" if way == AS_IS else "noticed"] += found is not None
            counts["named"] += found is not None and way == found.ways[0]
            said.append("-" if found is None else f"{found.gain:.0f}{'' if way in found.ways else '?'}")
        print(f"  {name:24s} {len(cells)} wells, {len(set(conditions))} conditions: {' '.join(said)}")
    print(counts)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How surely misread plates are noticed.")
    parser.add_argument("--plates", type=int, default=5000)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOAL_DATA", "data")))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    simulated(options.plates, options.seed)
    if (options.data / "campaigns").is_dir():
        print("Finished plates: as is, then", ", ".join(misreads(96)))
        real(options.data / "campaigns")


if __name__ == "__main__":
    main()
