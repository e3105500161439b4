from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from bioal.campaign.bodies import Body, CampaignBody, ExclusionBody, ProtocolBody
from bioal.campaign.campaign import Campaign
from bioal.campaign.folder_store import FolderStore
from bioal.protocol.protocol import protocol_from_toml


@pytest.fixture
def beginning() -> CampaignBody:
    return CampaignBody(
        id="c0ffee", name="Yield of µ, β and 日本", protocol=ProtocolBody(text="x = 1\n", digest="d")
    )


@pytest.fixture
def remark() -> Callable[[int], Body]:
    return lambda number: ExclusionBody(
        where="R01", samples=[f"R01-S{number:04d}"], reason=f"remark {number}"
    )


@pytest.fixture
def store(tmp_path: Path, beginning: CampaignBody, remark: Callable[[int], Body]) -> FolderStore:
    kept = FolderStore(tmp_path / "records")
    kept.append(beginning)
    kept.append(remark(1))
    kept.append(remark(2))
    assert [record.number for record in kept.read()] == [1, 2, 3]
    return kept


@pytest.fixture
def campaign(tmp_path: Path, buffer_text: str) -> Campaign:
    begun = Campaign.new(tmp_path / "campaign", protocol_from_toml(buffer_text))
    assert begun.rounds == {}
    return begun


class Bench:
    """A bench with one optimum, at 6 mM Mg and 40 mM K with plasmid pB, that answers with 5 % noise."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(7)

    def truth(self, condition: pd.Series) -> float:
        bell = np.exp(-(((condition["Mg"] - 6) / 3) ** 2) - ((condition["K"] - 40) / 40) ** 2)
        return float(1000 * bell * (1.5 if condition["plasmid"] == "pB" else 1))

    def values(self, campaign: Campaign, number: int) -> dict[str, float]:
        """Return a value for every sample of a round."""
        round_ = campaign.rounds[number]
        true = {
            sample: self.truth(round_.conditions.loc[name])
            for sample, name in round_.samples["condition"].items()
        }
        return {
            str(sample): round(value * (1 + 0.05 * self.rng.normal()), 3) for sample, value in true.items()
        }

    def table(self, campaign: Campaign, number: int, values: Mapping[str, float]) -> pd.DataFrame:
        """Return values as a DataFrame with the columns of the run list."""
        round_ = campaign.rounds[number]
        conditions = round_.conditions.loc[round_.samples.loc[list(values), "condition"]]
        headings = {"Mg": "Mg [mM]", "K": "K [mM]"}
        table = conditions.rename(columns=headings).set_axis(pd.Index(list(values), name="Sample"))
        return table.assign(**{"GFP [RFU]": list(values.values())}).reset_index()

    def fill(self, workbook: Path, values: Mapping[str, float]) -> None:
        """Type values into a workbook where it lies, as a scientist does."""
        book = openpyxl.load_workbook(workbook)
        sheet = book["Run list"]
        columns = {cell.value: cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            sample = sheet.cell(row, columns["Sample"]).value
            if sample in values:
                sheet.cell(row, columns["GFP [RFU]"]).value = values[sample]
        book.save(workbook)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def snapshot() -> Callable[[Path], dict[str, bytes]]:
    def taken(folder: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }

    return taken


class FailingDisk:
    """Lets a number of operations pass, then fails each further one."""

    operations = ("open", "write", "fsync", "close", "link", "replace")

    def __init__(self, passes: int, code: int) -> None:
        self.left, self.code, self.failed = passes, code, False

    def operation(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def operated(*args: object, **kwargs: object) -> object:
            self.left -= 1
            if self.left >= 0:
                return real(*args, **kwargs)
            self.failed = True
            if name == "close":
                real(*args, **kwargs)  # a handle is gone even when closing fails
            raise OSError(self.code, os.strerror(self.code))

        return operated


@pytest.fixture
def failing_disk() -> Callable[[int, int], AbstractContextManager[FailingDisk]]:
    @contextmanager
    def failing(passes: int, code: int) -> Iterator[FailingDisk]:
        disk = FailingDisk(passes, code)
        with pytest.MonkeyPatch.context() as patched:
            for name in FailingDisk.operations:
                patched.setattr(os, name, disk.operation(name, getattr(os, name)))
            yield disk

    return failing
