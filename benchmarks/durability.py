"""Count what is lost or goes unnoticed: faults at every operation, kills, changed bytes, many writers.

    python -m benchmarks.durability [--kills 1000] [--quick]

For each command and kind of fault, the command runs with a fault at its first operation on the campaign's
folder, then at its second, and so on until it passes without one. Every line ends with the number of losses.
"""

from __future__ import annotations

import argparse
import errno
import multiprocessing
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.campaign.bodies import ExclusionBody
from bioal.campaign.campaign import Campaign
from bioal.campaign.folder_store import FolderStore
from bioal.campaign.records import decoded
from bioal.errors import BioalError, Refused, UsageError
from bioal.protocol.protocol import Protocol, protocol_from_toml
from bioal.protocol.templates import starting_text
from tests.faulty_disk import FaultyDisk, faulty

FAULTS = {
    "I/O error once": (errno.EIO, False),
    "no right once": (errno.EACCES, False),
    "disk full for good": (errno.ENOSPC, True),
    "I/O errors for good": (errno.EIO, True),
    "read-only for good": (errno.EROFS, True),
}
Action = Callable[[Path], object]


def design(protocol: Protocol) -> pd.DataFrame:
    """Return three conditions of a protocol."""
    return protocol.space.conditions(protocol.space.sample(3, np.random.default_rng(0)))


def table_of(campaign: Campaign, start: float = 100.0) -> pd.DataFrame:
    """Return the run list of round 1 with a value for each sample."""
    round_ = campaign.rounds[1]
    conditions = round_.conditions.loc[round_.samples["condition"]]
    heads = {factor.name: factor.heading for factor in campaign.protocol.factors}
    table = conditions.rename(columns=heads).set_axis(round_.samples.index)
    return table.assign(**{campaign.protocol.readout.heading: start + np.arange(len(table))}).reset_index()


def scenes(scratch: Path) -> Iterator[tuple[str, Path, Action]]:
    """Yield each command with the folder that it starts from."""
    protocol = protocol_from_toml(starting_text("durable"))
    chosen, nothing, begun, proposed, merged = design(protocol), *(scratch / name for name in "nbpm")
    Campaign.new(begun, protocol)
    shutil.copytree(begun, proposed)
    Campaign.open(proposed).propose(exactly=chosen)
    shutil.copytree(proposed, merged)
    table = table_of(Campaign.open(merged))
    Campaign.open(merged).merge(table)
    wider = protocol_from_toml(protocol.text + "\n# another version\n")
    yield "new", nothing, lambda folder: Campaign.new(folder, protocol)
    yield "propose", begun, lambda folder: Campaign.open(folder).propose(exactly=chosen)
    yield (
        "propose --replace",
        proposed,
        lambda folder: Campaign.open(folder).propose(exactly=chosen, replace=True),
    )
    yield "merge", proposed, lambda folder: Campaign.open(folder).merge(table)
    yield "exclude", merged, lambda folder: Campaign.open(folder).exclude("R01 plate-1 A1:H12", "test")
    yield "undo", merged, lambda folder: Campaign.open(folder).undo()
    yield "undo of a round", proposed, lambda folder: Campaign.open(folder).undo()
    yield "veto", proposed, lambda folder: Campaign.open(folder).veto("R01-C001", "test")
    yield "amend", merged, lambda folder: Campaign.open(folder).amend(wider)


def chain(folder: Path) -> list[str]:
    """Return the digests of a campaign's records; raises where one cannot be read."""
    return [record.sha256 for record in FolderStore(folder / "records").read()]


def tried(start: Path, act: Action, fault: tuple[int, bool], folder: Path) -> Counter[str]:
    """Return the counts of one command under one kind of fault, at every operation."""
    counts: Counter[str] = Counter()
    for at in range(1, 2000):
        shutil.rmtree(folder, ignore_errors=True)
        if start.exists():
            shutil.copytree(start, folder)
        before, acknowledged = chain(folder), False
        disk = FaultyDisk(folder, at, fault[0], for_good=fault[1], short=at % 2 == 0)
        try:
            with faulty(disk):
                act(folder)
            acknowledged = True
        except BioalError:
            counts["refused"] += 1
        except OSError:
            counts["tracebacks"] += 1
        if not disk.failed_at:
            return counts + Counter(operations=at - 1)
        counts["passed all the same"] += acknowledged
        after = chain(folder)
        lost = after[: len(before)] != before or (acknowledged and len(after) != len(before) + 1)
        with suppress(UsageError):
            lost = lost or {one.code for one in Campaign.verify(folder)} - {"protocol-missing"} != set()
        counts["lost"] += lost
        with suppress(BioalError):
            act(folder)
        counts["stuck"] += len(chain(folder)) <= len(before)
    return counts


def faults(scratch: Path, *, quick: bool) -> None:
    """Print the counts of every command under every kind of fault."""
    for name, start, act in scenes(scratch):
        for said, fault in list(FAULTS.items())[:: 4 if quick else 1]:
            found = tried(start, act, fault, scratch / "tried")
            words = ", ".join(
                f"{found[key]} {key}" for key in ("operations", "refused", "passed all the same")
            )
            harm = ", ".join(f"{found[key]} {key}" for key in ("tracebacks", "stuck", "lost"))
            print(f"{name}, {said}: {words}; {harm}", flush=True)


def appending(folder: str, worker: int, said: str, count: int) -> None:
    """Append records for ever and note each once it is acknowledged."""
    with Path(said).open("a", encoding="utf-8") as acknowledged:
        for number in range(count):
            body = ExclusionBody(where="R01", samples=[], reason=f"{worker}/{time.time_ns()}/{number}")
            FolderStore(Path(folder)).append(body)
            acknowledged.write(body.reason + "\n")
            acknowledged.flush()


def kills(scratch: Path, count: int) -> None:
    """Print what is left after so many kills of two writers at once."""
    context = multiprocessing.get_context("fork")
    acknowledged = lost = damaged = 0
    for turn in range(count // 2):
        folder, notes = scratch / f"kills-{turn % 8}" / "records", scratch / f"notes-{turn}.txt"
        if turn % 100 < 8:  # a chain is read whole for every record: now and then a new one
            shutil.rmtree(folder.parent, ignore_errors=True)
            Campaign.new(folder.parent, protocol_from_toml(starting_text("kills")))
        workers = [
            context.Process(target=appending, args=(str(folder), at, str(notes), 10**6)) for at in (0, 1)
        ]
        for worker in workers:
            worker.start()
        time.sleep(0.02 + 0.0007 * (turn % 97))
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.join()
        said = notes.read_text(encoding="utf-8").split() if notes.exists() else []
        try:
            kept = {getattr(record.body, "reason", "") for record in FolderStore(folder).read()}
        except Refused:
            damaged, kept = damaged + 1, set(said)
        acknowledged, lost = acknowledged + len(said), lost + len(set(said) - kept)
    print(
        f"{count} kills: {acknowledged} records acknowledged, {damaged} damaged chains, {lost} lost",
        flush=True,
    )


def writers(scratch: Path) -> None:
    """Print what is left of eight processes that write at once."""
    folder = scratch / "writers" / "records"
    Campaign.new(folder.parent, protocol_from_toml(starting_text("writers")))
    context = multiprocessing.get_context("fork")
    notes = [scratch / f"writer-{at}.txt" for at in range(8)]
    workers = [
        context.Process(target=appending, args=(str(folder), at, str(notes[at]), 25)) for at in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    said = {line for path in notes for line in path.read_text(encoding="utf-8").splitlines()}
    kept = [getattr(record.body, "reason", "") for record in FolderStore(folder).read()[1:]]
    print(
        f"8 writers: {len(said)} acknowledged, {len(said - set(kept))} lost, "
        f"{len(kept) - len(set(kept))} twice"
    )


def changes(scratch: Path) -> None:
    """Print how many changed, cut or lengthened records are taken for whole ones."""
    counts: Counter[str] = Counter()
    for path in sorted((scratch / "m" / "records").glob("*.json")):
        whole = path.read_bytes()
        for at in range(len(whole)):
            flips = [bytes([whole[at] ^ 1 << bit]) for bit in range(8)] + [b"", whole[at : at + 1] * 2]
            for kind, piece in zip(["flipped"] * 8 + ["cut out", "doubled"], flips, strict=True):
                counts[kind] += 1
                with suppress(Refused):
                    decoded(whole[:at] + piece + whole[at + 1 :], path.name)
                    counts["unnoticed"] += 1
            counts["truncated"] += 1
            with suppress(Refused):
                decoded(whole[:at], path.name)
                counts["unnoticed"] += 1
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in ("flipped", "cut out", "doubled", "truncated"))
    print(f"changed bytes: {kinds}; {counts['unnoticed']} unnoticed", flush=True)


def main() -> None:
    """Print every count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="one kind of fault")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        faults(scratch, quick=asked.quick)
        changes(scratch)
        writers(scratch)
        kills(scratch, asked.kills)


if __name__ == "__main__":
    main()
