"""A reader's file merges into its plate: by the layout, once, through the same checks as the workbook."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.campaign.plate_names import plate_named
from bioal.errors import Refused, UsageError
from bioal.plates.wells import row_name

CLEAR = 100.0  # what the reader sees in wells without a sample


def reader_file(
    campaign: Campaign, values: dict[str, float], path: Path, words: dict[str, str] | None = None
) -> Path:
    """Write the plate as a reader exports it, all 96 wells."""
    samples = campaign.rounds[1].samples
    at = {str(row["well"]): str(sample) for sample, row in samples.iterrows()}
    said = {**{sample: f"{value:.3f}" for sample, value in values.items()}, **(words or {})}
    rows = [
        [row_name(i), *(said.get(at.get(f"{row_name(i)}{j + 1}", ""), str(CLEAR)) for j in range(12))]
        for i in range(8)
    ]
    lines = [["GFP gain 1500", *[""] * 12], ["", *map(str, range(1, 13))], *rows]
    path.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def measured(campaign, bench):
    campaign.propose(8)
    return campaign, bench.values(campaign, 1)


def test_every_well_becomes_the_reading_of_its_sample_and_merging_twice_changes_nothing(measured, tmp_path):
    campaign, values = measured
    path = reader_file(campaign, values, tmp_path / "reader.csv")
    checked = campaign.check(path, plate="round-01/plate-1")
    assert dict(zip(checked.readings["sample"], checked.readings["value"], strict=True)) == values
    assert checked.readings["cell"].str.startswith("row ").all()
    merged = campaign.merge(path, plate="round-01/plate-1")
    assert (merged.new, merged.readings, merged.round) == (True, len(values), 1)
    assert any("in wells without a sample were ignored" in words for words in merged.warnings)
    assert not campaign.merge(path, plate="R1/plate-1").new


def test_the_file_of_a_reader_and_the_workbook_of_the_round_say_the_same(measured, tmp_path, bench):
    campaign, values = measured
    campaign.merge(reader_file(campaign, values, tmp_path / "reader.csv"), plate="round-01/plate-1")
    assert not campaign.merge(bench.table(campaign, 1, values)).new


def test_a_changed_value_is_a_correction_with_its_cell(measured, tmp_path):
    campaign, values = measured
    campaign.merge(reader_file(campaign, values, tmp_path / "reader.csv"), plate="round-01/plate-1")
    first = next(iter(values))
    path = reader_file(campaign, {**values, first: values[first] + 1}, tmp_path / "again.csv")
    with pytest.raises(Refused, match=f"again.csv, row .*as merged before for GFP of sample {first}"):
        campaign.merge(path, plate="round-01/plate-1")
    merged = campaign.merge(path, plate="round-01/plate-1", accept=["corrections"])
    assert list(merged.corrections["sample"]) == [first]


def test_what_is_over_the_range_becomes_a_bound_and_what_was_missed_no_value(measured, tmp_path):
    campaign, values = measured
    over, missed, nothing = list(values)[:3]
    words = {over: ">4000", missed: "MISSED", nothing: "#DIV/0!"}
    campaign.merge(reader_file(campaign, values, tmp_path / "r.csv", words), plate="round-01/plate-1")
    readings = campaign.state.readings.set_index("sample")
    assert tuple(readings.loc[over, ["value", "status", "raw"]]) == (4000.0, "over range", ">4000")
    assert list(readings.loc[[missed, nothing], "status"]) == ["missing", "missing"]
    condition = campaign.rounds[1].samples.loc[over, "condition"]
    rows = campaign.observations[campaign.observations["condition"] == condition]
    assert 4000.0 in set(rows["lower"])


def test_a_word_without_a_limit_is_refused_by_its_cell_and_can_be_left_out(measured, tmp_path):
    campaign, values = measured
    first = next(iter(values))
    path = reader_file(campaign, values, tmp_path / "reader.csv", {first: "OVRFLW"})
    with pytest.raises(Refused, match=r"row \d+, column \d+: found 'OVRFLW'; .*Declare high of the readout"):
        campaign.merge(path, plate="round-01/plate-1")
    merged = campaign.merge(path, plate="round-01/plate-1", skip_bad=True)
    assert merged.readings == len(values) - 1


def test_a_table_with_sample_ids_names_its_column_and_readout(measured, bench):
    campaign, values = measured
    table = bench.table(campaign, 1, values).rename(columns={"GFP [RFU]": "Peak area"})
    merged = campaign.merge(table, channel="Peak area", as_="GFP")
    assert merged.readings == len(values)
    with pytest.raises(Refused, match="no column 'Height'"):
        campaign.check(table, channel="Height", as_="GFP")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"plate": "plate 1"}, "--plate names a plate of a round, such as round-01/plate-1, not 'plate 1'"),
        ({"plate": "round-01/plate-1", "read": "middle"}, "--read is last, first"),
        ({"read": "last"}, "--read, --range and --reader are about a reader's file"),
        ({"channel": "GFP"}, "needs both"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(measured, tmp_path, said, words):
    campaign, values = measured
    path = reader_file(campaign, values, tmp_path / "reader.csv")
    with pytest.raises(UsageError, match=words):
        campaign.check(path, **said)


def test_a_round_or_plate_that_is_not_there_is_refused(measured, tmp_path):
    campaign, values = measured
    path = reader_file(campaign, values, tmp_path / "reader.csv")
    with pytest.raises(Refused, match="found round 7; expected a round"):
        campaign.check(path, plate="round-07/plate-1")
    with pytest.raises(Refused, match="--plate: found the plate 'plate-9' of round 1"):
        campaign.check(path, plate="round-01/plate-9")


def test_the_rounds_own_workbook_is_no_readers_file(measured):
    campaign, _ = measured
    with pytest.raises(Refused, match="Merge it without --plate"):
        campaign.check(campaign.folder / "rounds" / "round-01.xlsx", plate="round-01/plate-1")


@pytest.mark.parametrize(
    "text",
    ["round-01/plate-2", "R01/plate-2", "R01 plate-2", "r1_plate-2", "Round 1 plate-2", "1 / plate-2"],
)
def test_a_plate_is_named_as_people_name_it(text):
    assert plate_named(text) == (1, "plate-2")


def test_a_plate_alone_is_of_the_one_open_round_and_an_example_names_what_there_is(campaign, bench, tmp_path):
    campaign.propose(8)
    values = bench.values(campaign, 1)
    path = reader_file(campaign, values, tmp_path / "reader.csv")
    assert len(campaign.check(path, plate="plate-1").readings) == len(values)
    campaign.merge(path, plate="plate-1")
    with pytest.raises(UsageError, match="such as round-01/plate-1, not 'plate-1'"):
        campaign.check(path, plate="plate-1")  # no round waits
    campaign.propose(8)
    assert campaign.check(path, plate="plate-1").round == 2
    with pytest.raises(UsageError, match="such as round-02/plate-1, not 'plate-9'"):
        campaign.check(path, plate="plate-9")
    with pytest.raises(Refused, match="Name the plate as round-02/plate-1"):
        campaign.check(path, plate="R07 plate-1")
    campaign.propose(4, next_=True)
    with pytest.raises(UsageError, match="such as round-03/plate-1, not 'plate-1'"):
        campaign.check(path, plate="plate-1")  # two rounds wait


def test_a_dataframe_has_no_wells(measured):
    campaign, _ = measured
    with pytest.raises(UsageError, match="A plate is named for a file"):
        campaign.check(pd.DataFrame({"Sample": []}), plate="round-01/plate-1")
