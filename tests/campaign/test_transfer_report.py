"""An Echo's report: wells that failed no longer count, others teach what they really hold."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from bioal.campaign.campaign import Campaign
from bioal.errors import Refused

PROTOCOL = """
[campaign]
name = "echo"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
[liquids]
volume = "10 uL"
device = "echo 525"
filler = "water"
[factors.Mg]
unit = "mM"
low = 1
high = 10
step = 1
made = { stock = "100 mM" }
[factors.PEG]
unit = "%"
low = 0
high = 4
step = 1
made = { stock = "40 %" }
[plate]
size = 96
replicates = 2
[[controls]]
role = "reference"
wells = 2
condition = { Mg = 5, PEG = 2 }
"""
HEAD = (
    "Run ID,7\nApplication Name,Echo Cherry Pick\n\n[DETAILS]\n"
    "Source Plate Name,Source Plate Type,Source Well,Destination Plate Name,Destination Well,"
    "Sample ID,Transfer Volume,Actual Volume,Transfer Status\n"
)


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    (tmp_path / "echo.toml").write_text(PROTOCOL, encoding="utf-8")
    made = Campaign.new(tmp_path / "echo", tmp_path / "echo.toml")
    made.propose(4)
    return made


def worklist(campaign: Campaign) -> list[dict[str, str]]:
    text = (campaign.folder / "rounds" / "round-01" / "echo-525.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def report(campaign: Campaign, actual: dict[int, tuple[float, str]], *, rows: int | None = None) -> Path:
    """Write the report of a run in which all went as asked but for some lines of the worklist."""
    lines = [
        ",".join(
            [
                *(row[name] for name in ("Source Plate Name", "Source Plate Type", "Source Well")),
                *(row[name] for name in ("Destination Plate Name", "Destination Well", "Sample ID")),
                row["Transfer Volume"],
                str(actual.get(number, (float(row["Transfer Volume"]), ""))[0]),
                actual.get(number, (0.0, ""))[1],
            ]
        )
        for number, row in enumerate(worklist(campaign)[:rows])
    ]
    path = campaign.folder / "report.csv"
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def row_of(campaign: Campaign, stock: str, role: str) -> tuple[int, str]:
    """Return a line of the worklist that brings a stock to a sample of a role, and the sample."""
    samples = campaign.rounds[1].samples
    wells = {well: str(sample) for sample, well in samples.loc[samples["role"] == role, "well"].items()}
    return next(
        (number, wells[row["Destination Well"]])
        for number, row in enumerate(worklist(campaign))
        if row["Sample ID"] == stock and row["Destination Well"] in wells
    )


def test_the_worklist_names_the_round_in_its_plates(campaign: Campaign):
    assert {row["Destination Plate Name"] for row in worklist(campaign)} == {"R01-plate-1"}


def test_a_run_without_a_fault_brings_nothing_new(campaign: Campaign):
    found = campaign.merge_transfers(report(campaign, {}))
    assert (found.new, dict(found.failed), dict(found.changed)) == (False, {}, {})


def test_a_failed_transfer_takes_its_well_out_of_the_count(campaign: Campaign):
    number, sample = row_of(campaign, "Mg", "sample")
    path = report(campaign, {number: (0.0, "MM0202007: Problem calc. well fluid volume")})
    found = campaign.merge_transfers(path)
    assert list(found.failed) == [sample]
    assert "transfer of Mg failed" in campaign.state.excluded[sample]
    assert "MM0202007" in campaign.state.excluded[sample]
    assert not campaign.merge_transfers(path).new
    campaign.undo()
    assert sample not in campaign.state.excluded


def test_a_volume_that_differs_makes_another_condition(campaign: Campaign):
    number, sample = row_of(campaign, "Mg", "sample")
    asked = float(worklist(campaign)[number]["Transfer Volume"])
    found = campaign.merge_transfers(report(campaign, {number: (asked - 25, "")}))
    assert list(found.changed) == [sample]
    assert found.changed[sample].startswith("Mg ")
    made = campaign.state.rounds[1].made[sample]
    planned = campaign.rounds[1].samples.loc[sample, "condition"]
    total = 10_000 - 25
    transfers = [
        float(row["Transfer Volume"])
        for row in worklist(campaign)
        if row["Sample ID"] == "Mg"
        and row["Destination Well"] == campaign.rounds[1].samples.loc[sample, "well"]
    ]
    expected = (sum(transfers) - 25) * 100 / total
    assert campaign.conditions.loc[made, "Mg"] == pytest.approx(expected, rel=1e-4)
    # Less of one makes the share of the other a little larger.
    peg = campaign.conditions.loc[planned, "PEG"]
    assert campaign.conditions.loc[made, "PEG"] == pytest.approx(peg * 10_000 / total, rel=1e-4)


def test_transfers_that_a_report_leaves_out_are_counted(campaign: Campaign):
    found = campaign.merge_transfers(report(campaign, {}, rows=5))
    assert found.unmentioned == len(worklist(campaign)) - 5


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("R01-plate-1", "R07-plate-1", "R01-plate"),
        ("R01-echo-525-source-1,384PP_AQ_BP,A1", "R01-echo-525-source-1,384PP_AQ_BP,P24", "source well"),
        (",water,", ",DMSO,", "'DMSO'"),
        ("R01-plate-1", "somebody's plate", "destination plates"),
    ],
)
def test_a_report_of_another_worklist_is_refused(campaign: Campaign, old: str, new: str, words: str):
    path = report(campaign, {})
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(Refused) as caught:
        campaign.merge_transfers(path)
    assert words in str(caught.value)
    assert len(campaign.state.records) == 2


def test_plates_that_were_named_otherwise_are_found_with_the_round(campaign: Campaign):
    number, sample = row_of(campaign, "PEG", "reference")
    path = report(campaign, {number: (0.0, "MM0202001: low")})
    path.write_text(path.read_text(encoding="utf-8").replace("R01-", ""), encoding="utf-8")
    with pytest.raises(Refused, match="--into"):
        campaign.merge_transfers(path)
    assert list(campaign.merge_transfers(path, into=1).failed) == [sample]


def test_a_missing_worklist_is_written_again_with_the_same_words(campaign: Campaign):
    path = campaign.folder / "rounds" / "round-01" / "echo-525.csv"
    before = path.read_bytes()
    path.unlink()
    (path.parent / "echo-525-deck.csv").unlink()
    path.parent.rmdir()
    campaign.propose(4)
    assert path.read_bytes() == before


def test_a_design_of_ones_own_becomes_what_can_be_dispensed(campaign: Campaign, tmp_path: Path):
    design = tmp_path / "design.csv"
    design.write_text("Mg [mM],PEG [%]\n5.03,2\n7,3.995\n", encoding="utf-8")
    proposal = campaign.propose(exactly=design, next_=True)
    assert proposal.round.proposed["Mg"].tolist() == [5.0, 7.0]
    assert proposal.round.proposed["PEG"].tolist() == [2.0, 4.0]
    design.write_text("Mg [mM],PEG [%]\n5.13,2\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"5 or 5\.25"):
        campaign.propose(exactly=design, next_=True)


def test_a_veto_sets_the_worklists_aside_and_writes_new_ones(campaign: Campaign):
    first = str(campaign.rounds[1].predictions.index[0])
    before = (campaign.folder / "rounds" / "round-01" / "echo-525.csv").read_bytes()
    campaign.veto(first, "precipitates")
    aside = list((campaign.folder / "rounds" / "set aside").iterdir())
    assert sorted(path.name for path in aside) == ["round-01-1", "round-01-1.xlsx"]
    assert (campaign.folder / "rounds" / "set aside" / "round-01-1" / "echo-525.csv").read_bytes() == before
    assert (campaign.folder / "rounds" / "round-01" / "echo-525.csv").read_bytes() != before


def test_a_failure_in_a_mix_takes_all_its_wells_out(tmp_path: Path):
    text = PROTOCOL.replace("replicates = 2", "replicates = 3\npremix = true")
    (tmp_path / "echo.toml").write_text(text, encoding="utf-8")
    mixed = Campaign.new(tmp_path / "mixed", tmp_path / "echo.toml")
    mixed.propose(4)
    samples = mixed.rounds[1].samples
    row = next(
        number for number, row in enumerate(worklist(mixed)) if row["Sample ID"] == "Mg" and number % 2
    )
    found = mixed.merge_transfers(report(mixed, {row: (0.0, "MM0202007: low")}))
    wells = samples.loc[list(found.failed), "condition"]
    assert wells.nunique() == 1
    assert set(found.failed) == set(samples.index[samples["condition"] == wells.iloc[0]])
    lines = (mixed.folder / "rounds" / "round-01" / "spread.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "Mix plate,Mix well,Condition,Plate,Wells,Each (uL)"
    assert len(lines) == 1 + 4 + 1


def test_a_difference_in_a_mix_is_shared_by_its_wells(tmp_path: Path):
    text = PROTOCOL.replace("replicates = 2", "replicates = 3\npremix = true")
    (tmp_path / "echo.toml").write_text(text, encoding="utf-8")
    mixed = Campaign.new(tmp_path / "mixed", tmp_path / "echo.toml")
    mixed.propose(4)
    number, row = next(
        (number, row) for number, row in enumerate(worklist(mixed)) if row["Sample ID"] == "Mg"
    )
    found = mixed.merge_transfers(report(mixed, {number: (float(row["Transfer Volume"]) - 100, "")}))
    made = mixed.state.rounds[1].made
    planned = mixed.rounds[1].samples.loc[next(iter(found.changed)), "condition"]
    # Of a mix for four wells, 40 uL, 100 nL of 100 mM are missing.
    mg = mixed.conditions.loc[planned, "Mg"]
    expected = (mg * 40_000 - 100 * 100) / (40_000 - 100)
    assert mixed.conditions.loc[made[next(iter(found.changed))], "Mg"] == pytest.approx(expected, rel=1e-4)


def test_a_later_report_that_makes_up_for_a_failure_lets_the_well_count_again(campaign: Campaign):
    number, sample = row_of(campaign, "Mg", "sample")
    other = next(
        at
        for at, row in enumerate(worklist(campaign))
        if row["Sample ID"] == "water"
        and row["Destination Well"] == worklist(campaign)[number]["Destination Well"]
    )
    both = report(campaign, {number: (0.0, "MM0202007: low"), other: (0.0, "MM0202007: low")})
    campaign.merge_transfers(both)
    assert campaign.state.excluded[sample].count("failed,") == 2
    line = both.read_text(encoding="utf-8").splitlines()
    again = campaign.folder / "again.csv"
    redone = ",".join([*line[5 + number].split(",")[:7], line[5 + number].split(",")[6], ""])
    again.write_text("\n".join([*line[:5], redone]) + "\n", encoding="utf-8")
    found = campaign.merge_transfers(again)
    # One of two was made up for: the well still fails for the other.
    assert (found.new, found.repaired) == (True, ())
    assert "transfer of water failed" in campaign.state.excluded[sample]
    assert "Mg" not in campaign.state.excluded[sample]
    rest = ",".join([*line[5 + other].split(",")[:7], line[5 + other].split(",")[6], ""])
    again.write_text("\n".join([*line[:5], rest]) + "\n", encoding="utf-8")
    assert campaign.merge_transfers(again).repaired == (sample,)
    assert sample not in campaign.state.excluded
    assert not campaign.merge_transfers(again).new


def test_a_well_that_a_person_excluded_stays_so_whatever_the_echo_says(campaign: Campaign):
    number, sample = row_of(campaign, "Mg", "sample")
    campaign.exclude(sample, "bubble")
    campaign.merge_transfers(report(campaign, {number: (0.0, "MM0202007: low")}))
    campaign.merge_transfers(report(campaign, {}))
    assert campaign.state.excluded[sample] == "bubble"


def test_one_plate_with_another_name_is_taken_for_the_round_that_is_named(campaign: Campaign):
    number, sample = row_of(campaign, "Mg", "sample")
    path = report(campaign, {number: (0.0, "MM0202001: low")})
    renamed = path.read_text(encoding="utf-8").replace("R01-plate-1", "Destination[1]")
    path.write_text(renamed.replace("R01-echo-525-source-1", "Source[1]"), encoding="utf-8")
    assert list(campaign.merge_transfers(path, into=1).failed) == [sample]


def test_a_report_that_asks_for_less_than_the_worklist_is_another_ones(campaign: Campaign):
    path = report(campaign, {})
    number, _ = row_of(campaign, "Mg", "sample")
    lines = path.read_text(encoding="utf-8").split("\n")
    row = lines[5 + number].split(",")
    lines[5 + number] = ",".join([*row[:6], "25.0", "25.0", ""])
    path.write_text("\n".join(lines), encoding="utf-8")
    assert float(row[6]) > 25
    with pytest.raises(Refused, match=r"25 nL from .* as in the worklist"):
        campaign.merge_transfers(path)


def test_a_transfer_reported_twice_is_refused(campaign: Campaign):
    path = report(campaign, {})
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.split("\n")[5] + "\n", encoding="utf-8")
    with pytest.raises(Refused, match="once more"):
        campaign.merge_transfers(path)


def test_a_round_that_was_dispensed_is_neither_replaced_nor_changed(campaign: Campaign):
    number, _ = row_of(campaign, "Mg", "sample")
    campaign.merge_transfers(report(campaign, {number: (0.0, "MM0202007: low")}))
    with pytest.raises(Refused, match="round 1"):
        campaign.propose(4, replace=True, seed=3)
    with pytest.raises(Refused, match="round 1"):
        campaign.veto(str(campaign.rounds[1].predictions.index[0]), "precipitates")


def test_nobody_waits_for_a_condition_all_of_whose_wells_failed(campaign: Campaign):
    samples = campaign.rounds[1].samples
    condition = str(campaign.rounds[1].predictions.index[0])
    wells = set(samples.loc[samples["condition"] == condition, "well"])
    lost = {
        number: (0.0, "MM0202007: low")
        for number, row in enumerate(worklist(campaign))
        if row["Sample ID"] == "Mg" and row["Destination Well"] in wells
    }
    campaign.merge_transfers(report(campaign, lost))
    assert condition not in campaign.state.pending(1)
    assert len(campaign.state.pending(1)) == 3
    status = campaign.status().rounds[0]
    assert (status.returned, status.excluded, status.outstanding) == (0, 2, len(samples) - 2)


def test_worklists_that_were_cut_short_are_completed(campaign: Campaign):
    folder = campaign.folder / "rounds" / "round-01"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    # A program that is killed has written some lists, and the workbook not yet.
    (folder / "echo-525.csv").unlink()
    folder.with_suffix(".xlsx").unlink()
    campaign.propose(4)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_two_devices_never_share_a_worklist(tmp_path: Path):
    robot = 'step = "0.1 uL"\nleast = "1 uL"\nmost = "20 uL"\nformat = "tecan"\nsource = "96 deep wells"\n'
    devices = "".join(f'[devices."{name}"]\n{robot}' for name in ("bot/1", "bot 1"))
    text = PROTOCOL.replace('"echo 525"', '"bot 1"').replace('"10 uL"', '"100 uL"')
    text = text.replace('stock = "40 %"', 'stock = "40 %", device = "bot/1"') + devices
    (tmp_path / "bots.toml").write_text(text, encoding="utf-8")
    made = Campaign.new(tmp_path / "bots", tmp_path / "bots.toml")
    with pytest.raises(Refused, match=r"several worklists bot-1\.gwl"):
        made.propose(4)


def test_half_the_lysate_is_no_condition_of_the_factors(tmp_path: Path):
    fixed = "[fixed]\nlysate = { made = { fraction = 0.33 } }\n"
    (tmp_path / "lysate.toml").write_text(PROTOCOL + fixed, encoding="utf-8")
    made = Campaign.new(tmp_path / "lysate", tmp_path / "lysate.toml")
    made.propose(4)
    number, sample = row_of(made, "lysate", "sample")
    asked = float(worklist(made)[number]["Transfer Volume"])
    found = made.merge_transfers(report(made, {number: (asked / 2, "")}))
    assert not found.changed
    assert "2.8875 uL of 3.3 uL dispensed" in found.failed[sample]
    assert sample in made.state.excluded


def test_a_campaign_keeps_the_doses_of_its_past_when_bioal_learns_of_other_instruments(
    campaign: Campaign, monkeypatch
):
    from bioal.campaign import replaying
    from bioal.protocol import instruments

    before = worklist(campaign)
    known = instruments._shipped()
    changed = {**known, "devices": {**known["devices"]}}
    changed["devices"]["echo 525"] = {**known["devices"]["echo 525"], "step": "40 nL", "least": "40 nL"}
    monkeypatch.setattr(instruments, "_shipped", lambda: changed)
    replaying._protocol.cache_clear()
    again = Campaign.open(campaign.folder)
    assert again.protocol.liquids.component("Mg").device.step == 25
    for path in (campaign.folder / "rounds" / "round-01").iterdir():
        path.unlink()
    (campaign.folder / "rounds" / "round-01").rmdir()
    again.propose(4)
    assert worklist(again) == before
    replaying._protocol.cache_clear()


def test_a_report_can_be_looked_at_before_it_is_merged(campaign: Campaign):
    number, sample = row_of(campaign, "Mg", "sample")
    path = report(campaign, {number: (0.0, "MM0202007: low")})
    assert list(campaign.check_transfers(path).failed) == [sample]
    assert len(campaign.state.records) == 2
    assert campaign.merge_transfers(path).new


def with_lysate(tmp_path: Path) -> Campaign:
    fixed = "[fixed]\nlysate = { made = { fraction = 0.33 } }\n"
    (tmp_path / "lysate.toml").write_text(PROTOCOL + fixed, encoding="utf-8")
    made = Campaign.new(tmp_path / "lysate", tmp_path / "lysate.toml")
    made.propose(4)
    return made


def test_a_well_without_its_water_is_no_condition_however_right_all_else_is(campaign: Campaign):
    number, sample = row_of(campaign, "water", "sample")
    asked = float(worklist(campaign)[number]["Transfer Volume"])
    found = campaign.check_transfers(report(campaign, {number: (asked / 2, "")}))
    assert f"{10 - asked / 2000:.5g} uL instead of 10 uL in the well" in found.failed[sample]
    # A little less only dilutes less: the concentrations are those that are in the well.
    found = campaign.check_transfers(report(campaign, {number: (asked - 100, "")}))
    assert (dict(found.failed), list(found.changed)) == ({}, [sample])


def test_what_one_part_lacks_makes_the_lysate_too_strong(tmp_path: Path):
    made = with_lysate(tmp_path)
    number, sample = row_of(made, "PEG", "sample")
    asked = float(worklist(made)[number]["Transfer Volume"])
    assert asked >= 250
    why = made.check_transfers(report(made, {number: (0.0, "")})).failed[sample]
    assert "transfer of PEG failed" in why
    wells = made.rounds[1].samples
    row = next(
        at
        for at, row in enumerate(worklist(made))
        if row["Sample ID"] == "Mg" and row["Destination Well"] == wells.loc[sample, "well"]
    )
    volume = float(worklist(made)[row]["Transfer Volume"])
    why = made.check_transfers(report(made, {row: (volume + 500, "")})).failed[sample]
    assert "transfer of Mg failed" in why
    assert f"makes lysate {100 * (1 - 10 / 10.5):.0f} % too weak" in why


def test_a_veto_whose_replacement_no_device_can_make_is_refused_before_it_is_recorded(
    campaign: Campaign, monkeypatch
):
    from bioal.campaign import proposing
    from bioal.errors import Problem

    first = str(campaign.rounds[1].predictions.index[0])
    planned = []

    def full(protocol, round_):
        planned.append(round_)
        raise Refused(Problem("source-too-small", "too little", "room", "Use a larger source plate."))

    monkeypatch.setattr(proposing, "benchwork", full)
    with pytest.raises(Refused, match="larger source plate"):
        campaign.veto(first, "precipitates")
    assert first not in planned[0].conditions.index
    assert len(planned[0].samples) == len(campaign.rounds[1].samples)
    assert len(campaign.state.records) == 2
    assert not (campaign.folder / "rounds" / "set aside").exists()
