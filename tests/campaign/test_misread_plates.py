"""A plate that was read wrongly is refused, put back on a person's word, and recorded as such."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from bioal.campaign.bodies import ResultsBody
from bioal.campaign.campaign import Campaign
from bioal.campaign.merging import checked_file
from bioal.errors import Refused, UsageError
from bioal.measurements.cells import Cell, ReturnedGrid
from bioal.measurements.orienting import cells_on, ways_of
from bioal.plates.orientation import OUTSIDE
from bioal.plates.wells import wells_of_plate
from bioal.sheets.returned import returned_from_table

TURNED = "turned by 180 degrees"


@pytest.fixture
def made(campaign: Campaign, bench: Any) -> dict[str, float]:
    """Propose a plate that is nearly full; return the true value of each sample."""
    campaign.propose(44, acquisition="random")
    assert campaign.rounds[1].plates == ("plate-1",)
    return bench.values(campaign, 1)


def misread(campaign: Campaign, values: dict[str, float], way: str) -> dict[str, float]:
    """Return the values that a run list gets when the plate is read in this way."""
    places = cells_on(campaign.rounds[1], "plate-1")
    at = {cell: values[sample] for sample, cell in places.items()}
    source = ways_of(campaign.rounds[1], "plate-1")[way]
    return {
        sample: at[int(source[cell])] for sample, cell in places.items() if int(source[cell]) in at
    }


def table(campaign: Campaign, bench: Any, values: dict[str, float]) -> pd.DataFrame:
    """Return a whole run list with these values, blank where there is none."""
    samples = list(campaign.rounds[1].samples.index)
    return bench.table(campaign, 1, {sample: values.get(sample, float("nan")) for sample in samples})


def read(campaign: Campaign) -> dict[str, float]:
    rows = campaign.state.readings
    return dict(zip(rows["sample"], rows["value"], strict=True))


def test_a_good_plate_is_merged_without_a_word(
    campaign: Campaign, bench: Any, made: dict[str, float]
) -> None:
    assert campaign.merge(table(campaign, bench, made)).readings == len(made)


@pytest.mark.parametrize("way", [TURNED, "shifted back along columns", "read by columns instead of rows"])
def test_a_misread_plate_is_refused_and_put_back_on_a_persons_word(
    campaign: Campaign, bench: Any, made: dict[str, float], way: str
) -> None:
    wrong = table(campaign, bench, misread(campaign, made, way))
    with pytest.raises(Refused, match=rf"plate was read '{way}'.*corner mark A1.*--orientation") as refused:
        campaign.merge(wrong)
    assert list(refused.value.problems["code"]) == ["plate-misread"]
    assert campaign.check(wrong).problems == refused.value.items
    campaign.merge(wrong, orientation=way)
    found = read(campaign)
    assert len(found) >= len(made) - 12
    assert found == {sample: made[sample] for sample in found}
    body = campaign.state.records[-1].body
    assert isinstance(body, ResultsBody)
    assert body.orientation == {"1": {"plate-1": {"GFP": way}}}
    assert not campaign.merge(wrong, orientation=way).new


def test_a_column_that_slipped_by_one_row_is_noticed(
    campaign: Campaign, bench: Any, made: dict[str, float]
) -> None:
    samples = list(made)
    slipped = dict(zip(samples[1:], list(made.values())[:-1], strict=True))
    with pytest.raises(Refused, match=r"shifted forward along columns|shifted down the run list"):
        campaign.merge(table(campaign, bench, slipped))


def test_a_misread_plate_is_taken_as_it_is_where_a_person_says_so(
    campaign: Campaign, bench: Any, made: dict[str, float]
) -> None:
    wrong = misread(campaign, made, TURNED)
    campaign.merge(table(campaign, bench, wrong), orientation="as is")
    assert read(campaign) == wrong


def test_a_good_plate_is_not_turned_by_mistake(
    campaign: Campaign, bench: Any, made: dict[str, float]
) -> None:
    with pytest.raises(Refused, match="more likely if the plate was read 'as is'"):
        campaign.merge(table(campaign, bench, made), orientation=["plate-1=rot180"])


def test_what_cannot_be_meant_is_a_wrong_use(campaign: Campaign, bench: Any, made: dict[str, float]) -> None:
    good = table(campaign, bench, made)
    with pytest.raises(UsageError, match="rot180"):
        campaign.merge(good, orientation="sideways")
    with pytest.raises(UsageError, match="plate-1, GFP"):
        campaign.merge(good, orientation="plate-7=rot180")


def test_a_spoiled_well_is_not_moved_with_its_value(
    campaign: Campaign, bench: Any, made: dict[str, float]
) -> None:
    wrong = table(campaign, bench, misread(campaign, made, TURNED)).assign(Status="")
    wrong.loc[20, "Status"] = "spoiled"
    with pytest.raises(Refused, match="a status that goes with its value"):
        campaign.merge(wrong, orientation="rot180")


def test_a_few_wells_are_not_judged(campaign: Campaign, bench: Any, made: dict[str, float]) -> None:
    some = dict(list(misread(campaign, made, TURNED).items())[:30])
    assert campaign.merge(table(campaign, bench, some)).readings == 30


def test_a_turned_grid_brings_its_values_from_wells_that_should_be_empty(
    campaign: Campaign, bench: Any
) -> None:
    campaign.propose(20, acquisition="random")
    values = bench.values(campaign, 1)
    places = cells_on(campaign.rounds[1], "plate-1")
    assert len(places) < 48
    full = {cell: 20.0 + bench.rng.normal() for cell in range(96)}
    full |= {cell: values[sample] for sample, cell in places.items()}
    source = ways_of(campaign.rounds[1], "plate-1")[TURNED]
    names = wells_of_plate(96)
    wells = {
        names[at]: Cell(full[int(to)], "number", address=names[at])
        for at, to in enumerate(source)
        if to != OUTSIDE
    }
    grid = ReturnedGrid(Cell("GFP [RFU]", "text"), "plate-1", wells)
    returned = replace(returned_from_table(table(campaign, bench, {})), grids=(grid,))
    checked = checked_file(campaign.state, returned, accept=frozenset(), into=None)
    assert [one.code for one in checked.problems] == ["plate-misread"]
    assert TURNED in checked.problems[0].found
    turned = checked_file(campaign.state, returned, accept=frozenset(), into=None, orientation=("rot180",))
    assert turned.problems == ()
    assert dict(zip(turned.readings["sample"], turned.readings["value"], strict=True)) == values


def test_of_two_plates_only_the_turned_one_is_put_back(campaign: Campaign, bench: Any) -> None:
    campaign.propose(60, acquisition="random")
    round_ = campaign.rounds[1]
    assert round_.plates == ("plate-1", "plate-2")
    values = bench.values(campaign, 1)
    places = cells_on(round_, "plate-2")
    at = {cell: values[sample] for sample, cell in places.items()}
    source = ways_of(round_, "plate-2")["mirrored top to bottom"]
    turned = {sample: at[int(source[cell])] for sample, cell in places.items() if int(source[cell]) in at}
    wrong = {sample: value for sample, value in values.items() if sample not in places} | turned
    read_wrongly = table(campaign, bench, wrong)
    problems = campaign.check(read_wrongly).problems
    assert [one.place for one in problems] == ["plate-2, GFP [RFU]"]
    with pytest.raises(UsageError, match="Which plate"):
        campaign.merge(read_wrongly, orientation="mirror-tb")
    campaign.merge(read_wrongly, orientation="plate-2=mirror-tb")
    found = read(campaign)
    assert found == {sample: values[sample] for sample in found}
    assert len(found) == len(wrong)
