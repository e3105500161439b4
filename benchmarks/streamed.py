"""Measure a plate of 96 from 100 million conditions, every one looked at: time extrapolated from a tenth.

    python -m benchmarks.streamed [--measured 300] [--factors 7] [--dask 0]

Eight factors at ten levels are 100 million conditions; seven are a tenth. Memory is what the process holds
beyond its imports. With --dask N the screening runs on a dask cluster of N separate processes on loopback.
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack

import joblib

from benchmarks.tasks import measured_table, peak_megabytes
from bioal.propose import propose
from bioal.protocol.protocol import Protocol, protocol_from_toml


def protocol_of(factors: int) -> Protocol:
    """Return a protocol of so many factors at ten levels each."""
    parts = ['[campaign]\nname = "large"\n[readouts.yield]\nunit = "RFU"\n']
    parts += ['[objective]\nreadout = "yield"\nname = "yield"\ndirection = "maximize"\n']
    parts += [
        f'[factors.f{number}]\nunit = "mM"\nlow = 1\nhigh = 10\nstep = 1\n' for number in range(factors)
    ]
    return protocol_from_toml("".join(parts) + "[plate]\nsize = 384\nreplicates = 1\n")


def main() -> None:
    """Print seconds, memory, and what 100 million would take."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--measured", type=int, default=300)
    parser.add_argument("--factors", type=int, default=7)
    parser.add_argument("--dask", type=int, default=0)
    asked = parser.parse_args()
    with ExitStack() as stack:
        if asked.dask:
            from distributed import Client, LocalCluster  # noqa: PLC0415  an extra that few need

            cluster = stack.enter_context(
                LocalCluster(asked.dask, threads_per_worker=1, dashboard_address=None)
            )
            stack.enter_context(Client(cluster))
            stack.enter_context(joblib.parallel_config(backend="dask"))
        seconds = {factors: proposed(factors, asked.measured) for factors in (5, asked.factors)}
    size, few = 10.0**asked.factors, 10.0**5
    each = (seconds[asked.factors] - seconds[5]) / (size - few)
    print(f"{1e6 * each:.2f} us per condition: 100 million in about {seconds[5] + each * 1e8:.0f} s")


def proposed(factors: int, measured: int) -> float:
    """Print and return the seconds of one proposal."""
    protocol = protocol_of(factors)
    table = measured_table(protocol.space, measured)
    before, start = peak_megabytes(), time.perf_counter()
    chosen = propose(table, conditions=96, protocol=protocol, listable=1e9)
    seconds = time.perf_counter() - start
    added = peak_megabytes() - before
    size = protocol.space.size
    print(f"{size:13,.0f} conditions: {seconds:6.1f} s, {added:5.0f} MB added, {len(chosen)} chosen")
    return seconds


if __name__ == "__main__":
    main()
