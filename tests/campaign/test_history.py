"""Old data: nothing is guessed, every row is used or left out with a reason, all of it can be undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.errors import NothingNew, Refused
from bioal.sheets.history import read_old_table, write_mapping

MAP = {
    "Mg": ("magnesium", "µM", None),
    "K": ("K (mM)", "mM", 50),
    "plasmid": ("construct", None, None),
    "GFP": ("fluor", "RFU", None),
}


def old_table() -> pd.DataFrame:
    rows = [
        (4000, 50, "pA", 700, "a"),
        (4000, 50, "pA", 720, "a"),
        (6000, 40, "pB", 1500, "b"),
        (12000, 40, "pB", 300, "b"),  # beyond our 8 mM
        (2000, None, "pA", 410, "b"),  # K is 50 where it was not noted
        (2000, 10, "pC", 400, "b"),  # a plasmid that we do not have
        (None, 10, "pA", 400, "b"),
        (2000, 10, "pA", None, "b"),
    ]
    return pd.DataFrame(rows, columns=["magnesium", "K (mM)", "construct", "fluor", "day"])


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "thesis.csv"
    old_table().to_csv(path, index=False)
    return path


def mapped(campaign: Campaign, old: Path, **changes: tuple[object, object, object]) -> Path:
    """Return a mapping sheet as a person fills it in."""
    path = old.with_name("mapping.xlsx")
    path.unlink(missing_ok=True)
    write_mapping(path, campaign.protocol, read_old_table(old))
    book = openpyxl.load_workbook(path)
    sheet = book["Mapping"]
    for row in range(4, sheet.max_row + 1):
        name = sheet.cell(row, 1).value
        said = (MAP | changes).get(name.split(" ")[0])
        for column, value in zip((3, 4, 5), said or (), strict=False):
            sheet.cell(row, column).value = value
    book.save(path)
    return path


def test_a_column_is_suggested_and_counts_only_when_it_is_written(campaign: Campaign, old: Path) -> None:
    path = old.with_name("blank.xlsx")
    write_mapping(path, campaign.protocol, read_old_table(old))
    sheet = openpyxl.load_workbook(path)["Mapping"]
    lines = [[cell.value for cell in sheet[row]] for row in range(4, sheet.max_row + 1)]
    rows = {line[0]: line for line in lines}
    assert rows["K"][2] is None
    assert rows["K"][5] == "K (mM)"
    with pytest.raises(Refused, match="neither a column nor a value") as refused:
        campaign.history(old, path)
    assert {"Mg [mM]", "K [mM]", "plasmid"} <= set(refused.value.problems["place"])
    with pytest.raises(Refused, match="there already"):
        write_mapping(path, campaign.protocol, read_old_table(old))


def test_every_row_is_used_or_left_out_with_the_reason(campaign: Campaign, old: Path) -> None:
    found = campaign.history(old, mapped(campaign, old, Plate=("day", None, None))).found
    assert [row.row for row in found.used] == ["row 2", "row 3", "row 4", "row 5", "row 6"]
    assert found.used[0].condition == {"Mg": 4.0, "K": 50.0, "plasmid": "pA"}
    assert found.used[4].condition["K"] == 50.0
    assert found.used[3].outside == ("Mg [mM]",)
    assert {row.plate for row in found.used} == {"a", "b"}
    assert list(found.left_out) == ["row 7", "row 8", "row 9"]
    assert "pC" in found.left_out["row 7"]
    assert found.left_out["row 8"] == "no value of Mg [mM]"
    assert found.left_out["row 9"] == "no value of GFP [RFU]"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Mg": ("magnesium", "mg/mL", None)}, "write both in one unit"),
        ({"Mg": ("magnesium", None, None)}, "no unit"),
        ({"Mg": ("Magnesia", "mM", None)}, "a column of their table"),
        ({"GFP": (None, None, 7)}, "never filled in"),
        ({"plasmid": (None, None, "pZ")}, "pZ"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(
    campaign: Campaign, old: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        campaign.history(old, mapped(campaign, old, **changes))


def test_old_data_teach_as_a_source_of_their_own_and_can_be_undone(campaign: Campaign, old: Path) -> None:
    mapping = mapped(campaign, old, Plate=("day", None, None))
    body = campaign.merge_history(old, mapping)
    assert body.number == 1
    assert len(body.left_out) == 3
    seen = campaign.observations.set_index(["condition", "plate"])
    assert set(seen["source"]) == {1}
    first = seen.loc[("H01-C001", "H01 a")]
    assert first["mean"] == pytest.approx(710)
    assert first["count"] == 2
    assert campaign.conditions.loc["H01-C003", "Mg"] == 12.0
    with pytest.raises(NothingNew, match="H01"):
        campaign.merge_history(old, mapping)
    with pytest.raises(Refused, match="bioal undo 2"):
        campaign.merge_history(old, mapped(campaign, old, K=("K (mM)", "mM", 60)))
    assert Campaign.open(campaign.folder).observations.equals(campaign.observations)
    campaign.undo(2)
    assert campaign.observations.empty
    assert campaign.merge_history(old, mapping).number == 2  # a number is given once


def test_a_second_table_is_a_second_source(campaign: Campaign, old: Path, tmp_path: Path) -> None:
    campaign.merge_history(old, mapped(campaign, old))
    other = tmp_path / "other.xlsx"
    old_table().assign(fluor=lambda rows: rows["fluor"] * 2).to_excel(other, index=False)
    campaign.merge_history(other, mapped(campaign, other))
    assert set(campaign.observations["source"]) == {1, 2}


def test_what_old_data_measured_may_be_proposed_but_never_outside_the_ranges(
    campaign: Campaign, bench: Any, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "magnesium": rng.choice([1, 2, 4, 6, 8, 12], 40) * 1000,
            "K (mM)": rng.integers(0, 10, 40) * 10,
            "construct": rng.choice(["pA", "pB"], 40),
        }
    )
    truth = [
        bench.truth(pd.Series({"Mg": mg / 1000, "K": k, "plasmid": p})) for mg, k, p in rows.to_numpy(object)
    ]
    table = tmp_path / "many.csv"
    rows.assign(fluor=np.round(np.array(truth) + 300, 1)).to_csv(table, index=False)
    campaign.merge_history(table, mapped(campaign, table))
    proposal = campaign.propose(8)
    proposed = proposal.round.proposed
    assert proposed["Mg"].max() <= 8
    best = [bench.truth(row) for _, row in proposed.iterrows()]
    assert max(best) > 1200  # of 1500: what was learnt elsewhere is used
    status = campaign.status()
    assert status.conditions_measured == 0
    assert status.best is None
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))
    assert campaign.status().best.condition.startswith("R01-")
