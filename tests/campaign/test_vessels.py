"""Flasks and bioreactors instead of plates: the whole way from the proposal to the next one."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from bioal.campaign.campaign import Campaign
from bioal.errors import Refused
from bioal.protocol.protocol import protocol_from_toml

REACTORS = """
[campaign]
name = "Fed batch"
[readouts.titre]
unit = "g/L"
[objective]
readout = "titre"
[factors.pH]
levels = [6.5, 7, 7.5]
[factors.feed]
unit = "mL/h"
levels = [2, 4, 6, 8]
[fixed]
temperature = { value = 30, unit = "C" }
[plate]
size = "none"
replicates = 2
vessels = ["reactor 1", "reactor 2", "reactor 3", "reactor 4", "reactor 5", "reactor 6", "reactor 7"]
operators = ["Ana", "Ben"]
[[controls]]
role = "reference"
wells = 1
condition = { pH = 7, feed = 4 }
"""


@pytest.fixture
def reactors(tmp_path: Path) -> Campaign:
    return Campaign.new(tmp_path / "fed-batch", protocol_from_toml(REACTORS))


def columns_of(sheet: Worksheet, row: int = 1) -> dict[str, int]:
    return {str(cell.value): cell.column for cell in sheet[row] if cell.value is not None}


def type_in(path: Path, cells: dict[str, dict[str, object]]) -> None:
    """Type under headings of the run list, by the name of the vessel."""
    book = openpyxl.load_workbook(path)
    sheet = book["Run list"]
    columns = columns_of(sheet)
    rows = {sheet.cell(row, columns["Vessel"]).value: row for row in range(2, sheet.max_row + 1)}
    for vessel, typed in cells.items():
        for heading, value in typed.items():
            sheet.cell(rows[vessel], columns[heading]).value = value
    book.save(path)


def test_all_vessels_are_filled_and_counted(reactors: Campaign) -> None:
    assert reactors.plan().words() == "3 conditions x 2 + 1 control = 7 of 7 vessels"
    proposal = reactors.propose()
    samples = proposal.round.samples
    assert sorted(samples["well"]) == [f"reactor {number}" for number in range(1, 8)]
    assert set(samples["plate"]) == {"vessels"}
    assert proposal.count.words() == reactors.plan().words()
    with pytest.raises(Refused, match=r"at most 7, the vessels that plate\.vessels names"):
        reactors.plan(4)


def test_the_workbook_has_a_card_for_each_vessel_and_no_plate(reactors: Campaign) -> None:
    book = openpyxl.load_workbook(reactors.propose().workbook)
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    assert visible == ["Read me", "Run list", "Run cards", "Run details", "Added conditions"]
    runs, cards = book["Run list"], book["Run cards"]
    headings = columns_of(runs)
    assert {"Vessel", "Operator", "pH actual"} <= set(headings)
    assert not {"Plate", "Well"} & set(headings)
    actual = [runs.cell(1, headings[name]).column_letter for name in ("pH actual", "feed [mL/h] actual")]
    assert not any(runs.column_dimensions[letter].hidden for letter in actual)
    assert len(cards.row_breaks.brk) == 6
    said = [str(cell.value) for row in cards.iter_rows() for cell in row if cell.value is not None]
    expected = ("reactor 7", "pH", "feed", "Setpoint", "Achieved", "titre [g/L]", "Operator", "Date", "30 C")
    assert all(any(words in text for text in said) for words in expected)


def test_what_the_vessels_achieved_is_kept_beside_the_setpoints(reactors: Campaign) -> None:
    proposal = reactors.propose()
    samples = proposal.round.samples
    typed = {str(vessel): {"titre [g/L]": 3 + 0.1 * at} for at, vessel in enumerate(samples["well"])}
    first = samples[samples["role"] == "sample"].iloc[0]
    setpoint = float(proposal.round.conditions.loc[first["condition"], "pH"])
    typed[first["well"]]["pH actual"] = 6.93
    type_in(proposal.workbook, typed)
    assert reactors.check(proposal.workbook).problems == ()
    merged = reactors.merge(proposal.workbook)
    assert (merged.readings, merged.changed) == (7, 1)
    state = reactors.state.rounds[1]
    made = state.every_condition.loc[state.as_made.loc[first.name, "condition"]]
    assert float(made["pH"]) == 6.93
    assert reactors.rounds[1].conditions.loc[first["condition"], "pH"] == setpoint
    assert not reactors.merge(proposal.workbook).new
    assert reactors.propose(2).number == 2


def test_an_edited_setpoint_is_still_questioned(reactors: Campaign) -> None:
    proposal = reactors.propose()
    type_in(proposal.workbook, {"reactor 1": {"feed [mL/h]": 5, "titre [g/L]": 3}})
    with pytest.raises(Refused, match="accept it with --accept actuals"):
        reactors.merge(proposal.workbook)


def test_a_row_whose_vessel_was_moved_is_refused(reactors: Campaign) -> None:
    proposal = reactors.propose()
    type_in(proposal.workbook, {"reactor 1": {"Vessel": "reactor 2", "titre [g/L]": 3}})
    with pytest.raises(Refused, match="vessel reactor 1 for sample R01-S0001"):
        reactors.merge(proposal.workbook)


def test_details_and_additions_are_told_by_vessel(reactors: Campaign) -> None:
    proposal = reactors.propose()
    book = openpyxl.load_workbook(proposal.workbook)
    details, added = book["Run details"], book["Added conditions"]
    columns = columns_of(details, 4)
    assert [details.cell(row, columns["Operator"]).value for row in (5, 6, 7)] == ["Ana", "Ben", "Ana"]
    details.cell(6, columns["Lots"]).value = "medium 7"
    places = columns_of(added, 4)
    for heading, value in {"Vessel": "reactor 9", "pH": 6.5, "feed [mL/h]": 8, "titre [g/L]": 2.5}.items():
        added.cell(5, places[heading]).value = value
    book.save(proposal.workbook)
    merged = reactors.merge(proposal.workbook)
    assert (merged.added, merged.readings) == (1, 1)
    assert reactors.state.rounds[1].details == {"reactor 2": {"Lots": "medium 7"}}
    assert "reactor 9" in set(reactors.state.samples["well"])
    assert reactors.exclude("R01 reactor 9", "foamed over") == ("R01-S0008",)


def test_one_vessel_without_controls_or_names_is_a_round(tmp_path: Path) -> None:
    lone = REACTORS.partition("[plate]")[0] + '[plate]\nsize = "none"\n'
    campaign = Campaign.new(tmp_path / "lone", protocol_from_toml(lone))
    with pytest.raises(Refused, match="Say how many with --conditions"):
        campaign.plan()
    proposal = campaign.propose(1)
    assert list(proposal.round.samples["well"]) == ["vessel-1"]
    assert proposal.count.words() == "1 condition = 1 vessel"
    type_in(proposal.workbook, {"vessel-1": {"titre [g/L]": 3.1}})
    assert campaign.merge(proposal.workbook).readings == 1


def test_operators_share_the_replicates_in_vessels(reactors: Campaign) -> None:
    book = openpyxl.load_workbook(reactors.propose().workbook)
    sheet = book["Run list"]
    columns = columns_of(sheet)
    makers: dict[str, set[str]] = {}
    for row in range(2, sheet.max_row + 1):
        condition = str(sheet.cell(row, columns["Condition"]).value)
        makers.setdefault(condition, set()).add(str(sheet.cell(row, columns["Operator"]).value))
    assert [who for name, who in makers.items() if name.startswith("R01")] == [{"Ana", "Ben"}] * 3
