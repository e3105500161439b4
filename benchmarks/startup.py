"""Processor time of starting up, by hand: `import bioal` and `bioal --help` beside `python -c pass`.

The three take turns, so that what else the computer does meets all of them; medians are compared. Promised
are less than 0.15 s for the import and 0.3 s for the help, with the start of Python itself.

    python -m benchmarks.startup --runs 21
"""

from __future__ import annotations

import argparse
import resource  # POSIX alone counts the processor time of children
import subprocess
import sys
from statistics import median

PASS = "python -c pass"
COMMANDS = {
    PASS: ["-c", "pass"],
    "import bioal": ["-c", "import bioal"],
    "bioal --help": ["-m", "bioal", "--help"],
}
MOST = {"import bioal": 0.15, "bioal --help": 0.3}


def processor_time(command: list[str]) -> float:
    """Return the seconds of user and system time that a command of this Python takes."""
    before = of_children()
    subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=True)
    return of_children() - before


def of_children() -> float:
    """Return the seconds of user and system time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(runs: int) -> dict[str, list[float]]:
    """Return the seconds of every run of each command; one run before them warms the disk's cache."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(runs + 1):
        for name, command in COMMANDS.items():
            seconds = processor_time(command)
            if number:
                taken[name].append(seconds)
    return taken


def main() -> None:
    """Measure, and print the medians with the quickest and slowest run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=21)
    taken = measured(parser.parse_args().runs)
    for name, seconds in taken.items():
        said = f"{name:16} {median(seconds):.3f} s ({min(seconds):.3f} to {max(seconds):.3f})"
        if name in MOST:
            kept = "kept" if median(seconds) < MOST[name] else "NOT KEPT"
            more = median(seconds) - median(taken[PASS])
            said += f", {more:.3f} s more than nothing; promised {MOST[name]:g} s: {kept}"
        print(said)


if __name__ == "__main__":
    main()
