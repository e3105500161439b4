"""Several people and programs at one campaign: halves become the whole, contradictions are named by cell."""

from __future__ import annotations

import multiprocessing
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bioal.campaign.campaign import Campaign
from bioal.errors import Locked, NothingNew, Refused


@pytest.fixture
def filled(campaign: Campaign, bench: Any, tmp_path: Path) -> dict[str, Any]:
    """Return the values of a round, and its workbook with the upper and the lower half typed in."""
    workbook = campaign.propose(6).workbook
    values = bench.values(campaign, 1)
    halves = {}
    for name, wanted in (("upper", "ABCD"), ("lower", "EFGH")):
        path = tmp_path / f"round-01-{name}.xlsx"
        shutil.copy(workbook, path)
        wells = campaign.rounds[1].samples["well"]
        bench.fill(path, {one: value for one, value in values.items() if wells[one][0] in wanted})
        halves[name] = path
    return {"values": values, **halves}


def readings(campaign: Campaign) -> dict[str, float]:
    read = Campaign.open(campaign.folder).state.readings
    return dict(zip(read["sample"], read["value"], strict=True))


@pytest.mark.parametrize("order", [("upper", "lower"), ("lower", "upper")])
def test_two_halves_of_a_plate_become_the_whole_in_either_order(campaign, filled, order):
    other = Campaign.open(campaign.folder)  # opened before the first half came
    assert campaign.merge(filled[order[0]]).new
    assert other.merge(filled[order[1]]).new
    assert readings(campaign) == filled["values"]
    assert not campaign.merge(filled[order[0]]).new


def test_halves_that_overlap_and_agree_become_the_whole(campaign, bench, filled):
    campaign.merge(filled["upper"])
    bench.fill(filled["lower"], filled["values"])
    merged = campaign.merge(filled["lower"])
    assert merged.unchanged > 0
    assert readings(campaign) == filled["values"]


def test_halves_that_contradict_are_refused_with_each_cell_and_both_values(campaign, bench, filled):
    campaign.merge(filled["upper"])
    wells = campaign.rounds[1].samples["well"]
    known = [one for one in filled["values"] if wells[one][0] in "ABCD"][:2]
    bench.fill(filled["lower"], {one: filled["values"][one] + 100 for one in known})
    before = readings(campaign)
    with pytest.raises(Refused) as refused:
        campaign.merge(filled["lower"])
    assert len(refused.value.items) == 2
    sheet = openpyxl.load_workbook(filled["lower"])["Run list"]
    for problem, one in zip(refused.value.items, known, strict=True):
        column = next(cell.column_letter for cell in sheet[1] if cell.value == "GFP [RFU]")
        assert problem.sheet == "Run list"
        assert problem.cell.startswith(column)
        assert sheet[f"A{problem.cell.removeprefix(column)}"].value == one
        assert str(filled["values"][one]) in f"{problem.found} {problem.expected}"
        assert "--accept corrections" in problem.remedy
    assert readings(campaign) == before


def merge_some(folder: str, book: str, parts: list[dict[str, float]], said: str) -> None:
    """Merge parts of a round one after the other, patiently, and note each once it is acknowledged."""
    with Path(said).open("a", encoding="utf-8") as acknowledged:
        for part in parts:
            campaign = Campaign.open(folder)
            table = _table(campaign, part)
            while True:
                try:
                    campaign.merge(table)
                except Locked:
                    time.sleep(0.01)  # bioal never waits in silence: whoever asks again does
                    continue
                break
            acknowledged.writelines(f"{sample}\n" for sample in part)
            acknowledged.flush()


def _table(campaign: Campaign, values: dict[str, float]) -> Any:
    round_ = campaign.rounds[1]
    conditions = round_.conditions.loc[round_.samples.loc[list(values), "condition"]]
    table = conditions.rename(columns={"Mg": "Mg [mM]", "K": "K [mM]"})
    table.index = list(values)
    return table.rename_axis("Sample").assign(**{"GFP [RFU]": list(values.values())}).reset_index()


def merging(campaign: Campaign, parts: list[list[dict[str, float]]], folder: Path) -> list[Any]:
    context = multiprocessing.get_context("spawn")
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["bioal.campaign.campaign", "pytest", "hypothesis"])
    workers = [
        context.Process(target=merge_some, args=(str(campaign.folder), "", mine, str(folder / f"{at}.txt")))
        for at, mine in enumerate(parts)
    ]
    for worker in workers:
        worker.start()
    return workers


def acknowledged(folder: Path) -> set[str]:
    return {line for path in folder.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()}


def in_parts(values: dict[str, float], workers: int) -> list[list[dict[str, float]]]:
    """Return each worker's own samples one by one, and one that all of them merge."""
    pairs = list(values.items())
    shared = dict(pairs[:1])
    return [[shared, *({one: value} for one, value in pairs[1:][at::workers])] for at in range(workers)]


def test_eight_processes_that_merge_lose_nothing_and_merge_nothing_twice(campaign, bench, tmp_path):
    campaign.propose(8)
    values = dict(list(bench.values(campaign, 1).items())[:17])
    for worker in merging(campaign, in_parts(values, 8), tmp_path):
        worker.join()
        assert worker.exitcode == 0
    assert readings(campaign) == values
    assert acknowledged(tmp_path) == set(values)
    assert Campaign.verify(campaign.folder) == ()
    read = [len(record.body.readings.rows) for record in Campaign.open(campaign.folder).state.records[2:]]
    assert sum(read) == len(values)


def test_merges_that_are_killed_lose_nothing_acknowledged_and_leave_nothing_half_written(
    campaign, bench, tmp_path
):
    campaign.propose(8)
    values = bench.values(campaign, 1)
    parts = in_parts(values, 2)
    for _ in range(3):
        seen = len(acknowledged(tmp_path))
        workers = merging(campaign, parts, tmp_path)
        while len(acknowledged(tmp_path)) < min(seen + 3, len(values)) and any(w.is_alive() for w in workers):
            time.sleep(0.005)
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.join()
        found = readings(campaign)
        assert set(found) >= acknowledged(tmp_path)
        assert all(values[sample] == value for sample, value in found.items())
        assert Campaign.verify(campaign.folder) == ()
    with suppress(NothingNew):
        campaign.merge(bench.table(campaign, 1, values))  # whoever comes next is not held up
    assert readings(campaign) == values
