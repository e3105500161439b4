from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from typing import Protocol as Shape

import numpy as np
import openpyxl
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.campaign.lock import locked
from bioal.campaign.replaying import extended, replay
from bioal.campaign.state import State
from bioal.errors import Locked, NothingNew, ProtocolError, Refused, UsageError
from bioal.protocol.protocol import protocol_from_toml

Snapshot = Callable[[Path], dict[str, bytes]]


class Bench(Shape):
    def values(self, campaign: Campaign, number: int) -> dict[str, float]: ...
    def table(self, campaign: Campaign, number: int, values: Mapping[str, float]) -> pd.DataFrame: ...
    def fill(self, workbook: Path, values: Mapping[str, float]) -> None: ...


def equal(one: State, other: State) -> bool:
    frames = [(one.readings, other.readings), (one.samples, other.samples)]
    for number in one.rounds:
        here, there = one.rounds[number], other.rounds[number]
        frames += [
            (here.round.conditions, there.round.conditions),
            (here.round.predictions, there.round.predictions),
        ]
        frames += [(here.round.samples, there.round.samples), (here.conditions, there.conditions)]
    for here, there in frames:
        pd.testing.assert_frame_equal(here, there)
    same = (one.id, one.undone, dict(one.excluded), list(one.rounds)) == (
        other.id,
        other.undone,
        dict(other.excluded),
        list(other.rounds),
    )
    return same and one.head == other.head


@pytest.mark.smoke
def test_three_rounds_through_workbooks_filled_in_where_they_lie(campaign: Campaign, bench: Bench) -> None:
    best = []
    for number in (1, 2, 3):
        proposal = campaign.propose(8, model="gp")
        assert (proposal.number, proposal.new) == (number, True)
        bench.fill(proposal.workbook, bench.values(campaign, number))
        assert campaign.merge(proposal.workbook).readings == 19
        found = campaign.status().best
        assert found is not None
        assert found.low < found.mean < found.high
        best.append(found.mean)
    assert best[-1] > 1200, "the optimum is 1500, and a plate drawn at random reaches about 900"
    reopened = Campaign.open(campaign.folder)
    assert equal(reopened.state, campaign.state)
    assert reopened.status() == campaign.status()
    assert Campaign.verify(campaign.folder) == ()


def test_the_arithmetic_of_wells_is_said_before_anything_is_written(
    campaign: Campaign, snapshot: Snapshot
) -> None:
    before = snapshot(campaign.folder)
    assert campaign.plan(8).words() == "8 conditions x 2 + 3 controls = 19 of 96 wells"
    assert campaign.plan(wells=20).words() == "8 conditions x 2 + 3 controls = 19 of 96 wells"
    assert campaign.plan().words() == "46 conditions x 2 + 3 controls = 95 of 96 wells"
    assert snapshot(campaign.folder) == before


def test_asking_the_same_again_returns_the_open_round_and_writes_nothing(
    campaign: Campaign, snapshot: Snapshot
) -> None:
    first = campaign.propose(4, seed=3)
    before = snapshot(campaign.folder)
    again = campaign.propose(4, seed=3)
    assert (again.new, again.number) == (False, 1)
    pd.testing.assert_frame_equal(again.round.samples, first.round.samples)
    assert snapshot(campaign.folder) == before


def test_the_same_seed_proposes_the_same_round(tmp_path: Path, buffer_text: str) -> None:
    rounds = [
        Campaign.new(tmp_path / name, protocol_from_toml(buffer_text)).propose(6, seed=5).round
        for name in ("a", "b")
    ]
    pd.testing.assert_frame_equal(rounds[0].conditions, rounds[1].conditions)
    pd.testing.assert_frame_equal(rounds[0].samples, rounds[1].samples)


def test_another_proposal_needs_a_word_while_conditions_are_pending(campaign: Campaign, bench: Bench) -> None:
    campaign.propose(4)
    with pytest.raises(Refused, match=r"round 1 open: 4 conditions are pending.*--next.*--replace"):
        campaign.propose(5)
    values = bench.values(campaign, 1)
    campaign.merge(bench.table(campaign, 1, dict(list(values.items())[:3])))
    with pytest.raises(Refused, match="results of round 1"):
        campaign.propose(5, replace=True)
    assert campaign.propose(5, next_=True).number == 2
    with pytest.raises(UsageError, match="not both"):
        campaign.propose(5, wells=20)


def test_another_round_counts_pending_conditions_as_chosen(campaign: Campaign) -> None:
    first = campaign.propose(10)
    second = campaign.propose(10, next_=True)
    both = pd.concat([first.round.proposed, second.round.proposed])
    assert not both.duplicated().any()
    assert not set(first.round.samples.index) & set(second.round.samples.index)


def test_a_replaced_round_gives_its_ids_to_nobody_and_its_workbook_is_set_aside(campaign: Campaign) -> None:
    first = campaign.propose(4)
    typed = first.workbook.read_bytes()
    second = campaign.propose(4, seed=9, replace=True)
    assert (second.number, second.workbook) == (1, first.workbook)
    assert not set(first.round.samples.index) & set(second.round.samples.index)
    assert not set(first.round.predictions.index) & set(second.round.predictions.index)
    aside = campaign.folder / "rounds" / "set aside" / "round-01-1.xlsx"
    assert aside.read_bytes() == typed
    with pytest.raises(Refused, match="R01-S0001 and 10 other samples that this round has not") as refusal:
        campaign.merge(bench_file(aside))
    assert len(refusal.value.items) == 1


def bench_file(workbook: Path) -> Path:
    book = openpyxl.load_workbook(workbook)
    sheet = book["Run list"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, columns["GFP [RFU]"]).value = 100.0 + row
    book.save(workbook)
    return workbook


def test_a_missing_workbook_is_written_again_from_its_record(campaign: Campaign, bench: Bench) -> None:
    proposal = campaign.propose(4)
    proposal.workbook.unlink()
    assert campaign.propose(4).workbook == proposal.workbook
    bench.fill(proposal.workbook, bench.values(campaign, 1))
    assert campaign.merge(proposal.workbook).readings == 11


def test_any_proposal_brings_a_lost_workbook_back_and_status_says_so(campaign: Campaign) -> None:
    proposal = campaign.propose(4)
    proposal.workbook.unlink()
    status = campaign.status()
    assert (status.next, status.rounds[0].workbook) == ("bioal propose", "")
    assert any("rounds/round-01.xlsx is not there" in note for note in status.notes)
    again = campaign.propose()
    assert (again.number, again.new, again.rewritten) == (1, False, True)
    assert (again.workbook.exists(), len(campaign.state.records)) == (True, 2)
    assert campaign.status().next == "bioal merge rounds/round-01.xlsx"


def test_a_lost_protocol_file_is_named_and_written_again_by_the_next_step(campaign: Campaign) -> None:
    path = campaign.folder / "protocol.toml"
    text = path.read_bytes()
    path.unlink()
    assert [problem.code for problem in Campaign.verify(campaign.folder)] == ["protocol-missing"]
    assert any("protocol.toml: found no file" in note for note in campaign.status().notes)
    assert not path.exists()
    campaign.propose(4)
    assert path.read_bytes() == text
    assert Campaign.verify(campaign.folder) == ()


def test_what_a_killed_program_left_among_the_workbooks_is_swept(campaign: Campaign) -> None:
    rounds = campaign.propose(4).workbook.parent
    old, young = rounds / ".abc.tmp", rounds / ".def.tmp"
    for stray in (old, young):
        stray.write_bytes(b"half a workbook")
    os.utime(old, (1e9, 1e9))
    campaign.undo()
    assert (old.exists(), young.exists()) == (False, True)


def test_merging_twice_is_a_no_op(campaign: Campaign, bench: Bench, snapshot: Snapshot) -> None:
    proposal = campaign.propose(4)
    bench.fill(proposal.workbook, bench.values(campaign, 1))
    campaign.merge(proposal.workbook)
    before = snapshot(campaign.folder)
    again = campaign.merge(proposal.workbook)
    assert (again.new, again.unchanged) == (False, 11)
    assert snapshot(campaign.folder) == before


def test_a_correction_counts_and_so_does_its_withdrawal(
    campaign: Campaign, bench: Bench, snapshot: Snapshot
) -> None:
    campaign.propose(4)
    values = bench.values(campaign, 1)
    campaign.merge(bench.table(campaign, 1, values))
    first = campaign.observations
    changed = {**values, "R01-S0001": values["R01-S0001"] + 50}
    before = snapshot(campaign.folder)
    with pytest.raises(Refused, match="--accept corrections"):
        campaign.merge(bench.table(campaign, 1, changed))
    assert snapshot(campaign.folder) == before
    merged = campaign.merge(bench.table(campaign, 1, changed), accept=["corrections"])
    assert (merged.readings, len(merged.corrections)) == (1, 1)
    assert not campaign.observations.equals(first)
    undone = campaign.undo()
    assert undone.number == merged.record
    pd.testing.assert_frame_equal(campaign.observations, first)
    assert equal(Campaign.open(campaign.folder).state, campaign.state)


def test_excluded_wells_do_not_count_until_that_is_undone(campaign: Campaign, bench: Bench) -> None:
    proposal = campaign.propose(8)
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))
    counts = campaign.observations["count"].sum()
    wells = proposal.round.samples["well"]
    left = campaign.exclude("R01 plate-1 A1:H1", "contaminated")
    assert set(left) == {str(sample) for sample, well in wells.items() if well[1:] == "1"}
    assert campaign.observations["count"].sum() == counts - len(left)
    with pytest.raises(NothingNew, match="excluded already"):
        campaign.exclude("R01 plate-1 A1:H1", "contaminated")
    campaign.undo()
    assert campaign.observations["count"].sum() == counts


@pytest.mark.parametrize(
    "where", ["R09", "R01 plate-7", "R01 plate-1 Z99", "R01 A1 R01-S0001", "", "nonsense"]
)
def test_wells_that_mean_nothing_are_refused_and_nothing_changes(
    campaign: Campaign, snapshot: Snapshot, where: str
) -> None:
    campaign.propose(4)
    before = snapshot(campaign.folder)
    with pytest.raises(Refused, match="Name a round, then a plate, then wells"):
        campaign.exclude(where, "spilled")
    assert snapshot(campaign.folder) == before


def test_a_vetoed_condition_is_replaced_in_the_same_wells(campaign: Campaign, bench: Bench) -> None:
    campaign.propose(8)
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))
    first = campaign.propose(8, model="gp")
    typed = first.workbook.read_bytes()
    gone = str(first.round.predictions.index[2])
    second = campaign.veto(gone, "precipitates")
    assert gone not in second.round.conditions.index
    pd.testing.assert_frame_equal(
        second.round.samples.drop(columns="condition"), first.round.samples.drop(columns="condition")
    )
    changed = first.round.samples["condition"] != second.round.samples["condition"]
    assert set(first.round.samples.loc[changed, "condition"]) == {gone}
    assert not second.round.proposed.duplicated().any()
    refused = first.round.proposed.loc[gone].tolist()
    assert refused not in second.round.proposed.to_numpy().tolist()
    assert (campaign.folder / "rounds" / "set aside" / "round-02-1.xlsx").read_bytes() == typed
    assert equal(Campaign.open(campaign.folder).state, campaign.state)
    with pytest.raises(Refused, match=f"{gone}, which is vetoed already"):
        campaign.veto(gone, "again")
    campaign.undo()
    pd.testing.assert_frame_equal(campaign.rounds[2].conditions, first.round.conditions)


def test_a_veto_after_results_is_refused(campaign: Campaign, bench: Bench) -> None:
    proposal = campaign.propose(4)
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))
    with pytest.raises(Refused, match="results of round 1"):
        campaign.veto(str(proposal.round.predictions.index[0]), "too late")
    with pytest.raises(Refused, match="R07-C001"):
        campaign.veto("R07-C001", "unknown")


def test_only_the_listed_candidates_are_proposed(campaign: Campaign, tmp_path: Path) -> None:
    listed = pd.DataFrame(
        {"Mg [mM]": [1, 2, 4, 6], "K [mM]": [0, 10, 20, 30], "plasmid": ["pA", "pB", "pA", "pB"]}
    )
    listed.to_csv(tmp_path / "list.csv", index=False)
    proposal = campaign.propose(3, candidates=tmp_path / "list.csv")
    given = {tuple(row) for row in listed.itertuples(index=False, name=None)}
    assert {tuple(row) for row in proposal.round.proposed.itertuples(index=False, name=None)} <= given
    rest = campaign.propose(3, candidates=listed, next_=True)
    assert len(rest.round.predictions) == 1, "three of four are pending"
    assert rest.notes
    assert not campaign.propose(3, candidates=listed).new


def test_candidates_off_the_levels_or_the_constraints_are_refused_row_by_row(
    campaign: Campaign, tmp_path: Path
) -> None:
    listed = pd.DataFrame({"Mg": [1.0, 3.3, 8.0], "K": [0.0, 10, 100], "plasmid": ["pA", "pB", "pA"]})
    with pytest.raises(Refused) as refusal:
        campaign.propose(2, candidates=listed)
    assert refusal.value.problems["place"].tolist() == ["row 1, Mg [mM]", "row 2"], "a table's own labels"
    listed.to_csv(tmp_path / "list.csv", index=False)
    listed.to_excel(tmp_path / "list.xlsx", index=False, startrow=3)
    for name, rows in {"list.csv": (3, 4), "list.xlsx": (6, 7)}.items():
        with pytest.raises(Refused) as refusal:
            campaign.propose(2, candidates=tmp_path / name)
        assert [problem.file for problem in refusal.value.items] == [name] * 2
        places = refusal.value.problems["place"].tolist()
        assert places == [f"row {rows[0]}, Mg [mM]", f"row {rows[1]}"]


def test_a_design_of_ones_own_is_laid_out_as_it_is(campaign: Campaign) -> None:
    design = pd.DataFrame({"Mg": [3.3, 2.0], "K": [25.0, 10], "plasmid": ["pB", "pA"]})
    assert campaign.plan(exactly=design).words() == "2 conditions x 2 + 3 controls = 7 of 96 wells"
    proposal = campaign.propose(exactly=design)
    assert proposal.round.predictions["reason"].tolist() == ["asked", "asked"]
    np.testing.assert_array_equal(proposal.round.proposed["Mg"].to_numpy(float), [3.3, 2.0])
    assert not campaign.propose(exactly=design).new


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ({"Mg": [9.0], "K": [10.0], "plasmid": ["pA"]}, "out-of-range"),
        ({"Mg": [8.0], "K": [95.0], "plasmid": ["pA"]}, "constraint-broken"),
        ({"Mg": [2.0, 2.0], "K": [5.0, 5.0], "plasmid": ["pA", "pA"]}, "condition-repeated"),
    ],
)
def test_a_design_that_cannot_be_made_is_refused(
    campaign: Campaign, snapshot: Snapshot, design: dict[str, list[object]], said: str
) -> None:
    before = snapshot(campaign.folder)
    with pytest.raises(Refused) as refusal:
        campaign.propose(exactly=pd.DataFrame(design))
    assert said in refusal.value.problems["code"].tolist()
    assert snapshot(campaign.folder) == before


def test_a_campaign_shows_itself_in_one_line(campaign: Campaign, bench: Bench) -> None:
    name, folder = "Buffer of a tiny lysate", campaign.folder.absolute()
    assert repr(campaign) == f"<Campaign '{name}' in {folder}: 0 rounds, 0 wells measured>"
    campaign.propose(8)
    values = bench.values(campaign, 1)
    campaign.merge(bench.table(campaign, 1, dict(list(values.items())[:7])))
    assert repr(campaign) == f"<Campaign '{name}' in {folder}: 1 round, 7 wells measured>"


def test_a_factor_held_per_plate_has_one_setting_on_each_plate(
    tmp_path: Path, buffer_text: str, bench: Bench
) -> None:
    text = buffer_text + '\n[factors.temperature]\nunit = "C"\nlevels = [25, 30, 37]\nper = "plate"\n'
    campaign = Campaign.new(tmp_path / "c", protocol_from_toml(text.replace("size = 96", "size = 24")))
    for number in (1, 2):
        proposal = campaign.propose(12, model="gp")
        assert proposal.count.plates == 2
        samples = proposal.round.samples.join(proposal.round.conditions, on="condition").dropna(
            subset="temperature"
        )
        assert (samples.groupby("plate")["temperature"].nunique() == 1).all()
        table = bench.table(campaign, number, bench.values(campaign, number)).rename(
            columns={"temperature": "temperature [C]"}
        )
        campaign.merge(table)
    vetoed = campaign.propose(10, model="gp")
    first = str(vetoed.round.predictions.index[0])
    taking = campaign.veto(first, "no").round
    assert taking.proposed["temperature"].nunique() == 1


def test_a_hand_edited_protocol_is_noticed_and_amended(
    campaign: Campaign, bench: Bench, buffer_text: str
) -> None:
    campaign.propose(8)
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))
    seen = len(campaign.observations)
    wider = buffer_text.replace("[1, 2, 4, 6, 8]", "[0.5, 1, 2, 4, 6, 8]")
    (campaign.folder / "protocol.toml").write_text(wider, encoding="utf-8")
    with pytest.raises(Refused, match="bioal amend"):
        campaign.propose(8)
    assert campaign.status().next == "bioal amend protocol.toml"
    found = campaign.amend(campaign.folder / "protocol.toml")
    assert any("Mg" in change for change in found.changes)
    assert found.lost == ()
    assert len(campaign.observations) == seen
    assert campaign.propose(8, model="gp").number == 2
    with pytest.raises(NothingNew, match="in force"):
        campaign.amend(campaign.folder / "protocol.toml")
    assert equal(Campaign.open(campaign.folder).state, campaign.state)


def test_line_ends_of_another_system_are_no_edit(campaign: Campaign) -> None:
    path = campaign.folder / "protocol.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert campaign.propose(4).new


def test_an_added_factor_keeps_the_past_and_a_unit_change_is_refused(
    campaign: Campaign, bench: Bench, buffer_text: str, snapshot: Snapshot
) -> None:
    campaign.propose(8)
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))
    before = snapshot(campaign.folder)
    with pytest.raises(ProtocolError, match="unit"):
        campaign.amend(protocol_from_toml(buffer_text.replace('unit = "mM"\nlevels', 'unit = "M"\nlevels')))
    assert snapshot(campaign.folder) == before
    added = buffer_text + '\n[factors.PEG]\nunit = "%"\nlevels = [0, 2, 4]\npast = 2\n'
    campaign.amend(protocol_from_toml(added.replace('plasmid = "pA" }', 'plasmid = "pA", PEG = 0 }')))
    assert campaign.conditions["PEG"].iloc[:8].tolist() == [2.0] * 8
    proposal = campaign.propose(8, model="gp")
    assert "PEG" in proposal.round.conditions
    with pytest.raises(Refused, match=r"record 5 \(proposal\) rests on it"):
        campaign.undo(4)
    campaign.undo()
    campaign.undo()
    assert "PEG" not in campaign.protocol.space.names
    assert (campaign.folder / "protocol.toml").read_text(encoding="utf-8") == buffer_text


def test_results_of_an_earlier_protocol_can_still_come_back(
    campaign: Campaign, bench: Bench, buffer_text: str
) -> None:
    proposal = campaign.propose(8)
    bench.fill(proposal.workbook, bench.values(campaign, 1))
    renamed = buffer_text.replace("[factors.Mg]", '[factors.Mg-glutamate]\nrenamed_from = "Mg"').replace(
        "{ Mg =", '{ "Mg-glutamate" ='
    )
    campaign.amend(protocol_from_toml(renamed))
    assert campaign.merge(proposal.workbook).readings == 19
    assert "Mg-glutamate" in campaign.conditions
    assert len(campaign.observations) == 9


def test_what_was_really_made_gets_an_id_and_teaches_as_such(campaign: Campaign, bench: Bench) -> None:
    proposal = campaign.propose(4)
    table = bench.table(campaign, 1, bench.values(campaign, 1)).assign(**{"K [mM] actual": np.nan})
    sample = proposal.round.samples.index[proposal.round.samples["role"] == "sample"][0]
    table.loc[table["Sample"] == sample, "K [mM] actual"] = 33.0
    with pytest.raises(Refused, match="--accept actuals"):
        campaign.merge(table)
    campaign.merge(table, accept=["actuals"])
    assert campaign.conditions.loc["R01-X01", "K"] == 33.0
    assert campaign.state.samples.loc[sample, "condition"] == "R01-X01"
    assert "R01-X01" in campaign.observations["condition"].tolist()
    assert not campaign.merge(table, accept=["actuals"]).new
    assert equal(Campaign.open(campaign.folder).state, campaign.state)


def test_an_added_condition_becomes_a_sample_once(campaign: Campaign, bench: Bench) -> None:
    proposal = campaign.propose(4)
    bench.fill(proposal.workbook, bench.values(campaign, 1))
    book = openpyxl.load_workbook(proposal.workbook)
    sheet = book["Added conditions"]
    header = next(row for row in sheet.iter_rows() if any(cell.value == "Mg [mM]" for cell in row))
    for cell in header:
        value = {"Mg [mM]": 6, "K [mM]": 45, "plasmid": "pB", "GFP [RFU]": 1400}.get(str(cell.value))
        sheet.cell(cell.row + 1, cell.column).value = value
    book.save(proposal.workbook)
    assert campaign.merge(proposal.workbook).readings == 12
    assert campaign.conditions.loc["R01-X01"].tolist() == [6.0, 45.0, "pB"]
    assert campaign.state.samples.loc["R01-S0012", "condition"] == "R01-X01"
    assert not campaign.merge(proposal.workbook).new


def test_what_is_sound_can_be_taken_from_a_faulty_file_and_the_rest_later(
    campaign: Campaign, bench: Bench
) -> None:
    campaign.propose(4)
    values = bench.values(campaign, 1)
    table = bench.table(campaign, 1, values)
    faulty = table.astype({"GFP [RFU]": object})
    faulty.loc[2, "GFP [RFU]"] = "spilled"
    with pytest.raises(Refused, match="spilled"):
        campaign.merge(faulty)
    merged = campaign.merge(faulty, skip_bad=True)
    assert (merged.readings, len(merged.skipped)) == (10, 1)
    assert campaign.state.outstanding(1) == (str(table.loc[2, "Sample"]),)
    assert campaign.merge(table).readings == 1


def test_sound_added_rows_are_taken_beside_a_faulty_one(campaign: Campaign, bench: Bench) -> None:
    proposal = campaign.propose(4)
    book = openpyxl.load_workbook(proposal.workbook)
    sheet = book["Added conditions"]
    header = next(row for row in sheet.iter_rows() if any(cell.value == "Mg [mM]" for cell in row))
    for down, (well, plasmid) in enumerate((("H12", "pB"), ("H11", "pX"), ("H10", "pA")), start=1):
        row = {"Well": well, "Mg [mM]": 6, "K [mM]": 45, "plasmid": plasmid, "GFP [RFU]": 1400}
        for cell in header:
            sheet.cell(cell.row + down, cell.column).value = row.get(str(cell.value))
    book.save(proposal.workbook)
    merged = campaign.merge(proposal.workbook, skip_bad=True)
    assert (merged.readings, merged.added, len(merged.skipped)) == (2, 2, 1)
    assert "'bioal amend'" in merged.skipped[0].remedy
    assert campaign.conditions.loc[["R01-X01", "R01-X02"], "plasmid"].tolist() == ["pB", "pA"]
    assert not campaign.merge(proposal.workbook, skip_bad=True).new


def test_a_workbook_of_another_campaign_is_refused(
    campaign: Campaign, tmp_path: Path, buffer_text: str
) -> None:
    other = Campaign.new(tmp_path / "other", protocol_from_toml(buffer_text))
    workbook = bench_file(other.propose(4).workbook)
    campaign.propose(4)
    with pytest.raises(Refused, match="another campaign"):
        campaign.merge(workbook)


def test_an_empty_return_is_refused_and_nothing_changes(campaign: Campaign, snapshot: Snapshot) -> None:
    proposal = campaign.propose(4)
    before = snapshot(campaign.folder)
    with pytest.raises(Refused, match="no values"):
        campaign.merge(proposal.workbook)
    assert snapshot(campaign.folder) == before


def test_a_missing_tail_is_told_by_the_workbook_that_grew_from_it(campaign: Campaign) -> None:
    proposal = campaign.propose(4)
    (campaign.folder / "records" / "000002.json").unlink()
    (campaign.folder / "records" / "head").unlink()
    found = Campaign.verify(campaign.folder)
    assert [problem.file for problem in found] == ["rounds/round-01.xlsx"]
    with pytest.raises(Refused, match="which is not here"):
        Campaign.open(campaign.folder).merge(bench_file(proposal.workbook))


def test_a_campaign_is_begun_once_and_only_where_it_may(tmp_path: Path, buffer_text: str) -> None:
    with pytest.raises(UsageError, match="There is no campaign"):
        Campaign.open(tmp_path)
    with pytest.raises(UsageError, match="There is no campaign"):
        Campaign.verify(tmp_path)
    (tmp_path / "protocol.toml").write_text("# mine\n", encoding="utf-8")
    with pytest.raises(Refused, match="another protocol"):
        Campaign.new(tmp_path, protocol_from_toml(buffer_text))
    assert [path.name for path in tmp_path.iterdir()] == ["protocol.toml"]
    (tmp_path / "protocol.toml").write_text(buffer_text, encoding="utf-8")
    Campaign.new(tmp_path, tmp_path / "protocol.toml", name="Mine")
    with pytest.raises(UsageError, match="a campaign already"):
        Campaign.new(tmp_path, tmp_path / "protocol.toml")


def test_undo_walks_back_to_the_beginning(campaign: Campaign, bench: Bench) -> None:
    campaign.propose(4)
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))
    assert [campaign.undo().kind for _ in range(2)] == ["results", "proposal"]
    assert campaign.rounds == {}
    assert not (campaign.folder / "rounds" / "round-01.xlsx").exists()
    with pytest.raises(NothingNew, match="nothing to undo"):
        campaign.undo()
    with pytest.raises(Refused, match="the campaign's beginning"):
        campaign.undo(1)
    with pytest.raises(NothingNew, match="undone already"):
        campaign.undo(2)
    again = campaign.propose(4)
    assert again.round.samples.index[0] == "R01-S0012", "ids are given once"


def test_replaying_all_records_equals_taking_them_one_by_one(campaign: Campaign, bench: Bench) -> None:
    first = campaign.propose(4)
    values = bench.values(campaign, 1)
    campaign.veto(str(first.round.predictions.index[0]), "no")
    campaign.merge(bench.table(campaign, 1, dict(list(bench.values(campaign, 1).items())[:4])))
    campaign.exclude("R01-S0002", "bubble")
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)), accept=["corrections"])
    campaign.undo()
    campaign.propose(3, next_=True)
    records = campaign.state.records
    assert len(values) == 11
    state = replay(records[:1])
    for count, record in enumerate(records[1:], start=2):
        state = extended(state, record)
        assert equal(state, replay(records[:count]))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": "forrest"}, "Did you mean 'forest'"),
        ({"acquisition": "hope"}, "hope"),
        ({"conditions": 0}, "1 or more"),
        ({"wells": 2}, "5 or more"),
        ({"seed": -1}, "0 or more"),
        ({"replace": True}, "nothing to replace"),
    ],
)
def test_a_refused_proposal_leaves_no_trace(
    campaign: Campaign, snapshot: Snapshot, options: dict[str, object], said: str
) -> None:
    before = snapshot(campaign.folder)
    with pytest.raises((UsageError, Refused), match=said):
        campaign.propose(**options)  # type: ignore[arg-type]
    assert snapshot(campaign.folder) == before


def test_another_writer_is_named_and_a_dead_one_is_not_waited_for(campaign: Campaign) -> None:
    import socket

    lock = campaign.folder / ".lock"
    said = f"process {os.getpid()} on {socket.gethostname()}, since"
    with locked(campaign.folder), pytest.raises(Locked, match=said):
        campaign.propose(4)
    lock.write_text('{"host": "elsewhere", "pid": 1, "time": "noon"}', encoding="utf-8")
    with pytest.raises(Locked, match="elsewhere"):
        campaign.propose(4)
    lock.write_text("{}", encoding="utf-8")
    with pytest.raises(Locked, match="an unknown host"):
        campaign.propose(4)
    lock.write_text(f'{{"host": "{socket.gethostname()}", "pid": 4194305, "time": "noon"}}', encoding="utf-8")
    assert campaign.propose(4).new
    assert not lock.exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_when_the_disk_fails_a_merge_is_recorded_whole_or_not_at_all(
    campaign: Campaign, bench: Bench, tmp_path: Path, failing_disk: Callable[..., Any], code: int
) -> None:
    campaign.propose(4)
    table = bench.table(campaign, 1, bench.values(campaign, 1))
    for passes in range(60):
        folder = tmp_path / f"copy-{passes}"
        shutil.copytree(campaign.folder, folder)
        opened = Campaign.open(folder)
        with failing_disk(passes, code) as disk, suppress(Refused):
            opened.merge(table)
        assert len(Campaign.open(folder).state.readings) in (0, 11)
        if not disk.failed:
            assert not (folder / ".lock").exists()
            return
    pytest.fail("the disk still failed after 60 operations")


def test_when_the_disk_fails_a_proposal_is_whole_and_its_workbook_can_be_had(
    campaign: Campaign, tmp_path: Path, failing_disk: Callable[..., Any]
) -> None:
    for passes in range(0, 80, 3):
        folder = tmp_path / f"copy-{passes}"
        shutil.copytree(campaign.folder, folder)
        opened = Campaign.open(folder)
        with failing_disk(passes, errno.ENOSPC) as disk, suppress(Refused):
            opened.propose(4)
        (folder / ".lock").unlink(missing_ok=True)
        proposal = Campaign.open(folder).propose(4)
        assert (proposal.number, proposal.workbook.exists()) == (1, True)
        if not disk.failed:
            return
    pytest.fail("the disk still failed after 80 operations")


def test_predictions_have_an_interval_and_none_without_data(campaign: Campaign, bench: Bench) -> None:
    asked = pd.DataFrame({"Mg": [6.0], "K": [40.0], "plasmid": ["pB"]})
    assert campaign.predict(asked)[["mean", "low", "high"]].isna().all(axis=None)
    campaign.propose(20, model="gp")
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))
    everything = campaign.protocol.space.conditions(next(campaign.protocol.space.blocks(1000)))
    truth = np.array([bench.truth(condition) for _, condition in everything.iterrows()])
    found = campaign.predict(everything)
    held = (found["low"].to_numpy() < truth) & (truth < found["high"].to_numpy())
    assert len(truth) == 102
    assert held.mean() > 0.85


def test_what_the_model_notices_is_said_with_the_names_of_factors(campaign: Campaign, tmp_path: Path) -> None:
    design = pd.DataFrame({"Mg": [1.0, 2.0, 4.0], "K": [50.0] * 3, "plasmid": ["pA"] * 3})
    proposal = campaign.propose(exactly=design)
    table = proposal.round.samples.reset_index().rename(columns={"sample": "Sample"})[["Sample", "condition"]]
    known = proposal.round.conditions.loc[table["condition"]].reset_index(drop=True)
    columns = {"Mg": "Mg [mM]", "K": "K [mM]"}
    table = pd.concat([table[["Sample"]], known.rename(columns=columns)], axis=1)
    campaign.merge(table.assign(**{"GFP [RFU]": [100.0 + 7 * k for k in range(len(table))]}))
    said = " ".join(campaign.status().notes)
    assert "K, plasmid had the same value in all observations" in said
    assert "Factor" not in said


def test_a_reference_that_doubled_is_said_at_merge_and_in_status(campaign: Campaign, bench: Bench) -> None:
    for number, factor in ((1, 1.0), (2, 2.0)):
        campaign.propose(6)
        values = {sample: factor * value for sample, value in bench.values(campaign, number).items()}
        merged = campaign.merge(bench.table(campaign, number, values), accept=["scale"])
    said = [one for one in merged.warnings if one.startswith("Reference moved by")]
    assert len(said) == 1
    assert "since round 1 on R02 plate-1" in said[0]
    assert said[0] in campaign.status().notes


FORMULA = """
[campaign]
name = "Per density"
[readouts.GFP]
[readouts.OD]
[readouts.viability]
unit = "%"
require = ">= 80"
[objective]
formula = "GFP / OD"
name = "GFP per OD"
[factors.Mg]
unit = "mM"
levels = [1, 2, 4, 6, 8]
[plate]
size = 24
replicates = 2
"""


def test_a_formula_is_learnt_from_and_a_requirement_holds_it_back(tmp_path: Path) -> None:
    campaign = Campaign.new(tmp_path / "density", protocol_from_toml(FORMULA))
    proposal = campaign.propose(4)
    conditions = proposal.round.conditions.loc[proposal.round.samples["condition"]]
    samples = proposal.round.samples
    magnesium = conditions["Mg"].to_numpy(float)
    table = pd.DataFrame({"Sample": samples.index, "Condition": samples["condition"].to_numpy()})
    table = table.assign(Plate=samples["plate"].to_numpy(), Well=samples["well"].to_numpy())
    table = table.assign(**{"Mg [mM]": magnesium, "GFP": 10 * magnesium})
    campaign.merge(table)
    assert campaign.status().conditions_measured == 0
    assert campaign.status().rounds[0].returned == 0
    campaign.merge(table.assign(OD=2.0, **{"viability [%]": 100.0 - 4.0 * magnesium}))
    # 80 % viable at 5 mM: the highest yields are not the best.
    assert float(campaign.status().best.factors["Mg [mM]"]) <= 4
    found = campaign.observations.set_index("condition")
    means = campaign.conditions.loc[found.index, "Mg"] * 5
    assert found["mean"].tolist() == pytest.approx(means.tolist())
    assert campaign.status().best.readout == "GFP per OD"
    assert len(campaign.propose(1).round.proposed) == 1
