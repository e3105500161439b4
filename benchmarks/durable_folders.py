"""Count what goes unnoticed or lost where a campaign's folder was handled from outside, or by many at once.

    python -m benchmarks.durable_folders [--locks 50]

Records that were deleted, exchanged, put in each other's place, copied or forked; changed bytes of the other
files; eight programs that merge their own and equal results at once; locks of killed programs; folders with
odd names. Faults of the disk and changed records are counted by `benchmarks.durability`.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd

from benchmarks.durability import design, table_of
from bioal.campaign.bodies import ExclusionBody
from bioal.campaign.campaign import Campaign
from bioal.campaign.folder_store import FolderStore
from bioal.campaign.lock import LOCK, locked
from bioal.errors import BioalError, Locked, NothingNew
from bioal.protocol.protocol import protocol_from_toml
from bioal.protocol.templates import starting_text

Harm = Callable[[Path], object]
COPIES = ("{} (1).json", "{}-PC7.json", "{} (Ana's conflicted copy).json", "{}.json.json")
ODD_NAMES = ("two words", "Hefe µ β 日本", "100% #1 & 'more'", "-x", "a.b.", "/".join(["long" * 20] * 4))


def begun(folder: Path) -> Campaign:
    """Return a campaign with a merged round and two exclusions, six records."""
    protocol = protocol_from_toml(starting_text("durable"))
    campaign = Campaign.new(folder, protocol)
    campaign.propose(exactly=design(protocol))
    campaign.merge(table_of(campaign))
    campaign.exclude("R01 plate-1 A1:A2", "one")
    campaign.exclude("R01 plate-1 B1:B2", "two")
    return campaign


def harms(records: list[str]) -> Iterator[tuple[str, Harm]]:
    """Yield what a person or a synchronising service may do to the files of records."""
    for name in records:
        yield "deleted", lambda at, name=name: (at / f"{name}.json").unlink()
        for copy in COPIES:
            yield (
                "copied",
                lambda at, name=name, copy=copy: shutil.copy(at / f"{name}.json", at / copy.format(name)),
            )
    for one, other in itertools.permutations(records, 2):
        yield (
            "doubled",
            lambda at, one=one, other=other: shutil.copy(at / f"{one}.json", at / f"{other}.json"),
        )
    for one, other in itertools.combinations(records, 2):
        yield (
            "exchanged",
            lambda at, one=one, other=other: _exchange(at / f"{one}.json", at / f"{other}.json"),
        )
    for name in records[1:]:
        yield "forked, beside", lambda at, name=name: _fork(at, name, f"{name} (1).json")
        yield "forked, instead", lambda at, name=name: _fork(at, name, f"{name}.json")


def _exchange(one: Path, other: Path) -> None:
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)


def _fork(at: Path, name: str, target: str) -> None:
    """Put a record of another computer, with the same parent, into the folder."""
    other = at.parent / "elsewhere"
    shutil.copytree(at, other)
    for path in other.glob("*.json"):
        if path.stem >= name:
            path.unlink()
    (other / "head").unlink()
    FolderStore(other).append(ExclusionBody(where="R01", samples=[], reason="elsewhere"))
    shutil.copy(other / f"{name}.json", at / target)
    shutil.rmtree(other)


def rearranged(scratch: Path) -> None:
    """Print how many harms to the files of records go unnoticed by `verify`."""
    whole = begun(scratch / "whole").folder
    records = sorted(path.stem for path in (whole / "records").glob("*.json"))
    counts: dict[str, list[bool]] = {}
    for said, harm in harms(records):
        folder = scratch / "harmed"
        shutil.copytree(whole, folder)
        harm(folder / "records")
        counts.setdefault(said, []).append(bool(Campaign.verify(folder)))
        shutil.rmtree(folder)
    for said, noticed in counts.items():
        print(f"records {said}: {len(noticed)}; {len(noticed) - sum(noticed)} unnoticed", flush=True)


def other_files(scratch: Path) -> None:
    """Print how many changed bytes of the head and the protocol file go unnoticed and change something."""
    folder = begun(scratch / "bytes").folder
    known = [record.sha256 for record in FolderStore(folder / "records").read()]
    for path in (folder / "records" / "head", folder / "protocol.toml"):
        content, unnoticed = path.read_bytes(), 0
        for at in range(len(content)):
            path.write_bytes(content[:at] + bytes([content[at] ^ (1 << at % 8)]) + content[at + 1 :])
            if not Campaign.verify(folder):
                same = [record.sha256 for record in FolderStore(folder / "records").read()] == known
                unnoticed += not same or path.suffix == ".toml"
        path.write_bytes(content)
        print(f"{path.name}: {len(content)} bytes changed; {unnoticed} unnoticed", flush=True)


def merging(folder: str, parts: list[pd.DataFrame], notes: str) -> None:
    """Merge tables one after the other, patiently, and note the samples of each once acknowledged."""
    with Path(notes).open("a", encoding="utf-8") as said:
        for part in parts:
            while True:
                try:
                    with suppress(NothingNew):
                        Campaign.open(folder).merge(part)
                    break
                except Locked:
                    time.sleep(0.01)
            said.writelines(f"{sample}\n" for sample in part.iloc[:, 0])
            said.flush()


def together(scratch: Path) -> None:
    """Print what is left of eight programs that merge their own samples, and all of them an equal file."""
    protocol = protocol_from_toml(starting_text("together"))
    campaign = Campaign.new(scratch / "together", protocol)
    campaign.propose(exactly=design(protocol))
    table = table_of(campaign)
    context, notes = multiprocessing.get_context("fork"), [scratch / f"merged-{at}.txt" for at in range(8)]
    workers = []
    for at in range(8):
        own = [table.iloc[[row]] for row in range(len(table)) if row % 8 == at]
        parts = [table.iloc[:2], *own, table.iloc[:4]]
        workers.append(context.Process(target=merging, args=(str(campaign.folder), parts, str(notes[at]))))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    said = {line for path in notes for line in path.read_text(encoding="utf-8").splitlines()}
    kept = Campaign.open(campaign.folder).state.readings
    truth = dict(zip(table.iloc[:, 0], table.iloc[:, -1], strict=True))
    wrong = sum(truth[one] != value for one, value in zip(kept["sample"], kept["value"], strict=True))
    twice = len(kept) - kept["sample"].nunique()
    print(
        f"8 programs merging: {len(said)} samples acknowledged, {len(said - set(kept['sample']))} lost, ",
        end="",
    )
    print(f"{twice} twice, {wrong} wrong; {len(Campaign.verify(campaign.folder))} problems", flush=True)


def holding(folder: str, ready: str) -> None:
    """Take the campaign's lock and keep it."""
    with locked(Path(folder)):
        Path(ready).touch()
        time.sleep(600)


def locks(scratch: Path, count: int) -> None:
    """Print how often the lock of a killed program holds up the next, and that of a running one does not."""
    campaign = begun(scratch / "locks")
    context, stuck, ignored = multiprocessing.get_context("fork"), 0, 0
    for at in range(count):
        ready = scratch / f"ready-{at}"
        holder = context.Process(target=holding, args=(str(campaign.folder), str(ready)))
        holder.start()
        while not ready.exists():
            time.sleep(0.002)
        try:
            with locked(campaign.folder):
                ignored += 1
        except Locked:
            pass
        holder.kill()
        holder.join()
        try:
            campaign.exclude("R01 plate-1 C1", "after a kill") if at % 2 else campaign.undo()
        except Locked:
            stuck += 1
            (campaign.folder / LOCK).unlink()
    print(
        f"{count} killed holders: {stuck} held up the next; {ignored} living ones not respected", flush=True
    )


def odd_names(scratch: Path) -> None:
    """Print in how many folders with odd names a campaign does not run."""
    failed = []
    for name in ODD_NAMES:
        try:
            campaign = begun(scratch / "odd" / name)
            if Campaign.verify(campaign.folder) or len(Campaign.open(campaign.folder).state.readings) == 0:
                failed.append(name)
        except (BioalError, OSError) as error:
            failed.append(f"{name}: {error}")
    longest = max(len(str(scratch / "odd" / name)) for name in ODD_NAMES)
    print(f"{len(ODD_NAMES)} odd folders, paths up to {longest} characters; {len(failed)} failed {failed}")


def main() -> None:
    """Print every count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--locks", type=int, default=50)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "odd").mkdir()
        rearranged(scratch)
        other_files(scratch)
        together(scratch)
        locks(scratch, asked.locks)
        odd_names(scratch)


if __name__ == "__main__":
    main()
