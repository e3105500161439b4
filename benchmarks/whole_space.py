"""Measure a plate of 96 from the whole Borkowski space and parts of it: seconds, memory, ratio to the floor.

    python -m benchmarks.whole_space [--measured 1000] [--batch 96] [--shares 1/16,1/4,1/2,1]

The floor is one pass of exp in single precision over a candidates x measured array, on all cores, in the
same run: whoever wants every mean of an exact Gaussian process does that much. A share of the space is made
by leaving out levels; each is measured in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import replace

import joblib
import numpy as np

from benchmarks.tasks import measured_table, peak_megabytes
from bioal.propose import propose
from bioal.protocol.factors import Numeric
from bioal.protocol.protocol import Protocol, protocol_from_toml
from bioal.protocol.templates import template_text

_ROWS = 4096


def part_of_space(protocol: Protocol, share: float) -> Protocol:
    """Return the protocol with levels left out until about this share of its conditions is left."""
    factors, left = list(protocol.factors), 1.0
    for number, factor in enumerate(factors):
        if left <= share or not isinstance(factor, Numeric):
            break
        factors[number] = replace(factor, levels=factor.levels[:2])
        left *= 2 / factor.size
    return replace(protocol, factors=tuple(factors), controls=())


def floor_seconds(candidates: int, measured: int) -> float:
    """Return the seconds that exp of a candidates x measured array takes in single precision."""
    source = np.random.default_rng(0).random((_ROWS, measured), np.float32)

    def one(_: int) -> float:
        return float(np.exp(source, out=np.empty_like(source))[0, 0])

    start = time.perf_counter()
    joblib.Parallel(n_jobs=-1, prefer="threads")(
        joblib.delayed(one)(block) for block in range(-(-candidates // _ROWS))
    )
    return time.perf_counter() - start


def measured_once(share: float, measured: int, batch: int) -> dict[str, float]:
    """Return candidates, seconds and added memory of one proposal, in this process."""
    protocol = part_of_space(protocol_from_toml(template_text("cell_free_borkowski")), share)
    table = measured_table(protocol.space, measured)
    before, start = peak_megabytes(), time.perf_counter()
    chosen = propose(table, conditions=batch, protocol=protocol)
    seconds = time.perf_counter() - start
    return {
        "candidates": protocol.space.size,
        "seconds": seconds,
        "added_mb": peak_megabytes() - before,
        "floor": floor_seconds(int(protocol.space.size), measured),
        "chosen": len(chosen),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--measured", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--shares", default="1/16,1/4,1/2,1")
    parser.add_argument("--once", help="measure one share in this process, printed as JSON")
    return parser.parse_args()


def _share(text: str) -> float:
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def main() -> None:
    """Print a line per share."""
    asked = _arguments()
    if asked.once:
        print(json.dumps(measured_once(_share(asked.once), asked.measured, asked.batch)))
        return
    print("share   candidates   seconds  added_MB   floor_s   ratio  us/further candidate", flush=True)
    first: dict[str, float] = {}
    for share in asked.shares.split(","):
        command = [sys.executable, "-m", "benchmarks.whole_space", "--once", share]
        command += ["--measured", str(asked.measured), "--batch", str(asked.batch)]
        done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        first = first or done
        # What does not depend on the candidates (the fit, the batch) is in the first line too.
        further = max(done["candidates"] - first["candidates"], 1)
        print(
            f"{share:6s} {done['candidates']:11,.0f} {done['seconds']:9.1f} {done['added_mb']:9.0f}"
            f" {done['floor']:9.2f} {done['seconds'] / done['floor']:7.1f}"
            f" {1e6 * (done['seconds'] - first['seconds']) / further:10.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
