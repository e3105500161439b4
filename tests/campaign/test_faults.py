"""Whatever the disk fails at: what was acknowledged is there, what is there is whole, and one may go on.

Each command runs with a fault at its first operation on the campaign's folder, then at its second, and so on
until it passes without one. `benchmarks/durability.py` does the same for every command and kind of fault.
"""

from __future__ import annotations

import errno
import shutil
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.campaign.folder_store import FolderStore
from bioal.campaign.lock import locked
from bioal.errors import NothingNew, Refused, UsageError
from bioal.protocol.protocol import protocol_from_toml
from bioal.sheets.outgoing_file import save_workbook
from bioal.sheets.tables import write_table

DESIGN = pd.DataFrame({"Mg [mM]": [1, 2], "K [mM]": [0, 10], "plasmid": ["pA", "pB"]})
MOST = 400  # operations of one command

pytestmark = pytest.mark.filterwarnings("ignore:protocol.toml was another recorded version")

Action = Callable[[Path], object]


@pytest.fixture(scope="session")
def disks(beside_tests: Callable[[str], ModuleType]) -> ModuleType:
    return beside_tests("faulty_disk.py")


@pytest.fixture
def before(tmp_path: Path, buffer_text: str, bench: Any) -> dict[str, Path]:
    """Return folders to start from: none, a campaign with a round, one with its results."""
    proposed, merged = tmp_path / "proposed", tmp_path / "merged"
    campaign = Campaign.new(proposed, protocol_from_toml(buffer_text))
    campaign.propose(exactly=DESIGN)
    shutil.copytree(proposed, merged)
    campaign = Campaign.open(merged)
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))
    return {"nothing": tmp_path / "nothing", "proposed": proposed, "merged": merged}


@pytest.fixture
def actions(before: dict[str, Path], buffer_text: str, bench: Any) -> dict[str, tuple[Path, Action]]:
    proposed = Campaign.open(before["proposed"])
    table = bench.table(proposed, 1, bench.values(proposed, 1))
    begun = protocol_from_toml(buffer_text)
    wider = protocol_from_toml(buffer_text.replace("6, 8]", "6, 8, 10]"))
    return {
        "new": (before["nothing"], lambda folder: Campaign.new(folder, begun)),
        "merge": (before["proposed"], lambda folder: Campaign.open(folder).merge(table)),
        "amend": (before["merged"], lambda folder: Campaign.open(folder).amend(wider)),
    }


def chain(folder: Path) -> list[str]:
    return [record.sha256 for record in FolderStore(folder / "records").read()]


def whole(folder: Path) -> None:
    """Assert that no file that a person or bioal may read is half-written."""
    for path in folder.rglob("*"):
        if path.suffix == ".xlsx" and not path.name.startswith("."):
            assert zipfile.ZipFile(path).testzip() is None
    lost = {"protocol-missing"}  # it is written again by the next command that records something
    with suppress(UsageError):  # nothing was begun
        assert {problem.code for problem in Campaign.verify(folder)} <= lost


@pytest.mark.parametrize("name", ["new", "merge", "amend"])
@pytest.mark.parametrize(
    ("code", "for_good"), [(errno.EIO, False), (errno.ENOSPC, True)], ids=["one I/O error", "disk full"]
)
def test_wherever_the_disk_fails_nothing_acknowledged_is_lost_and_nothing_half_written_is_read(
    tmp_path, disks, actions, name, code, for_good
):
    start, act = actions[name]
    folder = tmp_path / "tried"
    for at in range(1, MOST):
        shutil.rmtree(folder, ignore_errors=True)
        if start.exists():
            shutil.copytree(start, folder)
        known, acknowledged = chain(folder), False
        disk = disks.FaultyDisk(folder, at, code, for_good=for_good, short=at % 2 == 0)
        with suppress(Refused), disks.faulty(disk):
            act(folder)
            acknowledged = True
        assert chain(folder)[: len(known)] == known
        assert len(chain(folder)) - len(known) in ((1,) if acknowledged else (0, 1))
        whole(folder)
        with suppress(NothingNew, UsageError):  # the same again brings it to its end, or says that it is done
            act(folder)
        assert len(chain(folder)) == len(known) + 1
        with locked(folder):  # a lock that was left behind is nobody's
            pass
        if not disk.failed_at:
            return
    pytest.fail(f"the disk still failed after {MOST} operations")


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EACCES])
def test_a_workbook_and_a_table_replace_the_old_one_whole_or_not_at_all(tmp_path, disks, code):
    def workbook(path: Path, words: str) -> None:
        book = openpyxl.Workbook()
        book.active["A1"] = words
        save_workbook(book, path)

    def table(path: Path, words: str) -> None:
        write_table(path, pd.DataFrame({"words": [words] * 2000}))

    for write, path in ((workbook, tmp_path / "book" / "a.xlsx"), (table, tmp_path / "table" / "a.csv")):
        path.parent.mkdir()
        for at in range(1, MOST):
            write(path, "old")
            old, done = path.read_bytes(), False
            disk = disks.FaultyDisk(path.parent, at, code, for_good=False, short=True)
            with suppress(Refused), disks.faulty(disk):
                write(path, "new")
                done = True
            if not done:
                assert path.read_bytes() == old or disk.failed_at in ("unlink", "stat")
            if path.suffix == ".xlsx":
                assert openpyxl.load_workbook(path).active["A1"].value in ("old", "new")
            if not disk.failed_at:
                break
        else:
            pytest.fail(f"the disk still failed after {MOST} operations")
