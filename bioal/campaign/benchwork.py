"""What the bench gets beside the workbook: the plan of all transfers, and a worklist for each robot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from pathlib import Path

from bioal.campaign.files import replace, writing
from bioal.errors import Problem, Refused
from bioal.plates.mixing import spread_csv
from bioal.plates.planning import bench_plan
from bioal.plates.rounds import Round
from bioal.plates.transfers import BenchPlan
from bioal.plates.worklists import BenchFile, bench_files
from bioal.protocol.protocol import Protocol


@dataclass(frozen=True)
class Benchwork:
    """A round's transfers and worklists; nothing where the protocol says nothing about liquids."""

    plan: BenchPlan | None = None
    files: tuple[BenchFile, ...] = ()

    def written(self, folder: Path) -> tuple[Path, ...]:
        """Return the paths that the worklists have in a folder."""
        return tuple(folder / file.name for file in self.files)


def benchwork(protocol: Protocol, round_: Round) -> Benchwork:
    """Return what the bench gets for a round.

    Raises
    ------
    Refused
        Where a device cannot do it: a stock that no source well holds, more plates than a deck.
    """
    plan = bench_plan(protocol, round_)
    if plan is None:
        return Benchwork()
    files = tuple(
        file
        for number, run in enumerate(for_robots(plan, round_.number).runs)
        for file in bench_files(run, round_number=round_.number, wells_empty=number == 0)
    )
    if plan.spread:
        files = (*files, BenchFile("spread.csv", spread_csv(plan.spread), "utf-8-sig"))
    _require_different(files)
    return Benchwork(plan, files)


def _require_different(files: Sequence[BenchFile]) -> None:
    """Refuse devices whose worklists would be one file on some system."""
    names = Counter(file.name.lower() for file in files)
    found = ", ".join(name for name, count in names.items() if count > 1)
    if found:
        remedy = "Give the devices names that differ in letters or digits."
        said = (f"several worklists {found}", "a name for each", remedy)
        raise Refused(Problem("worklists-same-name", *said, place="devices"))


def for_robots(plan: BenchPlan, number: int) -> BenchPlan:
    """Return a plan whose plates have names that no other round's have: `R02-plate-1`.

    People know the plates of a round as plate-1, plate-2; an instrument's report has to name the round too.
    """
    start = f"R{number:02d}-"
    runs = tuple(
        replace_fields(
            run,
            transfers=tuple(replace_fields(each, plate=f"{start}{each.plate}") for each in run.transfers),
        )
        for run in plan.runs
    )
    spread = tuple(replace_fields(each, source_plate=f"{start}{each.source_plate}") for each in plan.spread)
    return replace_fields(plan, runs=runs, spread=spread)


def write_worklists(folder: Path, work: Benchwork) -> None:
    """Write those worklists that are not there into a folder, each whole or not at all."""
    missing = [file for file in work.files if not (folder / file.name).exists()]
    if not missing:
        return
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for file in missing:
            replace(folder / file.name, file.text.encode(file.encoding))
