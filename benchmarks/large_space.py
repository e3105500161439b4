"""Measure 125 conditions of the CETCH cycle's 3 x 10^27: seconds, and the batch beside that of a long search.

    python -m benchmarks.large_space [--measured 600] [--batch 125] [--minutes 10]

The levels are those of METIS (Pandi et al. 2022, doi 10.1038/s41467-022-31245-z); stocks are invented: the
largest level of each takes 600 nL of 10,000 nL, and at most 7,000 nL may be pipetted. A batch is worth the
average over 8,192 fresh joint paths of its best member above the path's own best measured condition. The
long search goes on by the same rule: further searches from other seeds, neighbours and crosses of the best
batch so far, judged on more paths; it keeps the batch that is best on paths of its own.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.tasks import measured_table, peak_megabytes
from bioal.acquisition.batch import improvement_payment, path_picks
from bioal.acquisition.candidates import Codes
from bioal.acquisition.judging import Judged, Screen
from bioal.acquisition.refining import around
from bioal.acquisition.search import search
from bioal.acquisition.tasks import Task, identity
from bioal.engine import Batch, Settings, choose
from bioal.evidence import Evidence, Floats, evidence_of
from bioal.models.posterior import Posterior
from bioal.protocol.protocol import protocol_from_toml
from bioal.protocol.space import Space

VOLUME, LARGEST, MOST = 10_000, 600, 7_000
LEVELS = {
    "HEPES pH": [7.0, 7.2, 7.4, 7.6, 7.8, 8.0],
    "HEPES": [25, 50, 75, 100, 125, 150, 175, 200],
    "MgCl2": [0, 2.5, 5, 7.5, 10, 12.5, 15, 17.5, 20, 22.5, 25],
    "CP": [0, 2.5, 5, 10, 20, 40, 60, 80, 100],
    "Bicarbonate": [2.5, 5, 10, 20, 40, 60, 80, 100],
    "Formate": [0, 2.5, 5, 10, 20, 40, 60, 80, 100],
    "CoA": [0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 1, 2, 3, 4, 5],
    "B12": [0, 0.1, 0.2, 0.4, 0.6, 0.8, 1],
    "ATP": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    "NADPH": [1.25, 2.5, 3.75, 5, 6.25, 7.5, 8.75, 10],
    "Pco": [
        0.095675,
        0.19135,
        0.287025,
        0.3827,
        0.478375,
        0.669725,
        0.95675,
        1.243775,
        1.72215,
        2.2962,
        3.0616,
        4.01835,
        5.3578,
        7.175625,
        9.5675,
    ],
    "Ccr": [0.30835, 0.6167, 0.92505, 1.2334, 1.54175, 1.8501, 2.15845, 2.4668, 2.77515, 3.0835],
    "Epi": [0.7445, 1.489, 2.2335, 2.978, 3.7225, 4.467, 5.2115, 5.956, 6.7005],
    "Mcm": [0.152075, 0.30415, 0.456225, 0.6083, 0.91245, 1.2166, 1.52075, 2.12905, 2.889425],
    "Scr": [0.871825, 1.74365, 2.615475, 3.4873, 5.23095, 6.9746, 9.590075, 13.077375, 17.4365],
    "Ssr": [0.552, 1.104, 1.656, 2.208, 2.76, 3.312, 3.864, 4.416, 4.968],
    "Hbs": [
        0.3636,
        0.533925,
        0.7272,
        1.06785,
        1.0908,
        1.4544,
        1.601775,
        1.818,
        2.1357,
        2.5452,
        2.669625,
        3.636,
        3.737475,
        4.7268,
        5.33925,
        6.1812,
        6.941025,
        8.3628,
        9.076725,
        11.2716,
        12.280275,
        14.9076,
        16.551675,
        19.998,
        21.890925,
        26.9064,
        29.365875,
        35.9964,
        39.51045,
        52.858575,
    ],
    "Hbd": [
        0.3636,
        0.533925,
        0.7272,
        1.06785,
        1.0908,
        1.4544,
        1.601775,
        1.818,
        2.1357,
        2.1816,
        2.5452,
        2.669625,
        2.9088,
        3.20355,
        3.2724,
        3.636,
        3.737475,
        4.2714,
        4.805325,
        5.33925,
    ],
    "Ecm": [0.28825, 0.5765, 0.86475, 1.153, 1.44125, 1.7295, 2.01775, 2.306, 2.59425, 2.8825],
    "Mco": [
        1.36885,
        2.7377,
        4.10655,
        5.4754,
        6.84425,
        9.58195,
        13.6885,
        19.1639,
        26.00815,
        34.22125,
        46.5409,
        62.9671,
        84.8687,
        113.61455,
    ],
    "Mch": [0.2836, 0.5672, 0.8508, 1.1344, 1.418, 1.7016, 1.9852, 2.2688, 2.5524, 2.836],
    "Mcl": [0.398, 0.796, 1.194, 1.592, 1.99, 2.786, 3.582, 4.776, 6.368, 8.358, 11.144, 14.726, 19.9],
    "KatE": [0.82065, 1.6413, 2.46195, 3.2826, 4.10325, 4.9239, 5.74455, 6.5652, 7.38585, 8.2065],
    "Fdh": [1.456, 2.912, 4.368, 5.824, 7.28, 10.192, 13.104, 23.296, 30.576, 40.768, 53.872, 72.8],
    "CA": [0.016675, 0.03335, 0.050025, 0.0667, 0.083375, 0.10005, 0.116725, 0.1334, 0.150075, 0.16675],
    "Gor": [
        0.276175,
        0.55235,
        0.828525,
        1.1047,
        1.380875,
        1.65705,
        1.933225,
        2.2094,
        2.485575,
        2.76175,
        3.037925,
        3.3141,
        3.590275,
        3.86645,
        4.142625,
        4.4188,
        4.694975,
        4.97115,
        5.247325,
        5.5235,
    ],
    "CK": [0.39215, 0.7843, 1.17645, 1.5686, 1.96075, 2.3529, 2.74505, 3.1372, 3.52935],
}


def space_of_cetch() -> Space:
    """Return the space, its volume rule included."""
    parts = ['[campaign]\nname = "CETCH"\n[readouts.yield]\nunit = "uM"\n']
    parts += ['[objective]\nreadout = "yield"\nname = "yield"\ndirection = "maximize"\n']
    parts += [f'[factors."{name}"]\nunit = "mM"\nlevels = {levels}\n' for name, levels in LEVELS.items()]
    parts += [f"[[constraints]]\nat_most = {MOST}\n[constraints.sum]\n"]
    # nL per unit: the pH is set in the buffer's stock and takes no volume of its own.
    parts += [
        f'"{name}" = {LARGEST / max(levels)}\n' for name, levels in LEVELS.items() if name != "HEPES pH"
    ]
    return protocol_from_toml("".join(parts) + "[plate]\nsize = 384\nreplicates = 3\n").space


@dataclass(frozen=True)
class Run:
    """What both searches share: space, measurements, posterior, and how many conditions are wanted."""

    space: Space
    evidence: Evidence
    taken: Codes
    posterior: Posterior
    count: int

    def values(self, batches: list[Codes], paths: int, seed: int) -> Floats:
        """Return what each batch gains on each path, shape (batches, paths)."""
        points = [self.evidence.points, *(self.space.points(codes) for codes in batches)]
        drawn = self.posterior.paths(np.vstack(points), paths, np.random.default_rng(seed))
        known, *offered = np.split(drawn, np.cumsum([len(part) for part in points[:-1]]))
        return np.array([np.maximum(one.max(axis=0) - known.max(axis=0), 0) for one in offered])


def long_search(run: Run, seconds: float, begun: Codes) -> Codes:
    """Return the best batch that this many seconds find by the same rule, not using the short search's."""
    screen = Screen(
        run.posterior,
        identity,
        float(run.posterior.mean(run.evidence.points).max()),
        run.space,
        run.taken,
        run.taken[np.argsort(-run.posterior.mean(run.evidence.points))[:64]],
    )
    stop, seed, best, gain = time.perf_counter() + seconds, 1000, begun[:0], -1.0
    pool = screen.judged(run.space.sample(100, np.random.default_rng(0)))
    while time.perf_counter() < stop:
        rng = np.random.default_rng(seed)
        near = around(screen, best, rng) if len(best) else pool.rows(slice(0, 0))
        found = search(screen, rng) if seed % 2 == 0 else near
        pool = _promising(pool.joined(found), 3500, rng)
        joined = screen.judged(best).joined(pool) if len(best) else pool
        batch = joined.codes[_picked(run, joined, rng)]
        batches = [batch, best] if len(best) else [batch]
        gains = run.values(batches, 4096, seed=7).mean(axis=1)
        if len(best) == 0 or gains[0] > gains[1]:
            best, gain = batch, float(gains[0])
            print(f"  long search, {stop - time.perf_counter():5.0f} s left: {gain:.4f}", flush=True)
        seed += 1
    return best


def _promising(pool: Judged, size: int, rng: np.random.Generator) -> Judged:
    upper = pool.mean + rng.uniform(1, 3) * pool.sd
    return pool.rows(np.argsort(-upper)[:size])


def _picked(run: Run, judged: Judged, rng: np.random.Generator) -> list[int]:
    points = run.space.points(judged.codes)
    none = points[:0]
    task = Task(
        run.posterior, identity, points, judged.mean, judged.sd, run.evidence.points, none, none,
        np.zeros(len(points), bool), run.count,
    )  # fmt: skip
    rows, _ = path_picks(task, np.empty(0, np.intp), 2048, rng, improvement_payment)
    return [int(row) for row in rows]


def short_search(measured: int, count: int, seed: int = 0) -> tuple[Run, Batch]:
    """Return the run and the batch that bioal chooses, printing its seconds and memory."""
    space = space_of_cetch()
    table = measured_table(space, measured)
    codes = space.codes(table)
    evidence = evidence_of(space.points(codes), table["yield"].to_numpy(float))
    print(f"{space.size:.2g} conditions, {measured} measured, {count} asked", flush=True)
    before, start = peak_megabytes(), time.perf_counter()
    settings = Settings(count, acquisition="expected improvement")
    none = evidence.points[:0]
    batch = choose(evidence, space, settings, np.random.default_rng(seed), taken=codes, pending=none)
    seconds = time.perf_counter() - start
    print(
        f"{seconds:.1f} s ({time.process_time():.1f} s of processor time with imports),"
        f" {peak_megabytes() - before:.0f} MB added",
        flush=True,
    )
    if batch.model is None or not space.feasible(batch.codes).all():
        raise SystemExit("no model, or a batch that breaks the volume rule")
    return Run(space, evidence, codes, batch.model, count), batch


def main() -> None:
    """Print what both searches find."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--measured", type=int, default=600)
    parser.add_argument("--batch", type=int, default=125)
    parser.add_argument("--minutes", type=float, default=10)
    asked = parser.parse_args()
    run, batch = short_search(asked.measured, asked.batch)
    best = long_search(run, 60 * asked.minutes, batch.codes) if asked.minutes else batch.codes
    short, long = run.values([batch.codes, best], 8192, seed=99)
    error = np.std(short - long) / np.sqrt(len(short))
    print(f"gain of the batch {short.mean():.4f} +- {short.std() / np.sqrt(len(short)):.4f}")
    print(f"of the long search {long.mean():.4f}; difference {short.mean() - long.mean():.4f} +- {error:.4f}")


if __name__ == "__main__":
    main()
