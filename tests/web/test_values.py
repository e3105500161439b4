"""Typing into a plate: what is recorded, what is asked, what is refused, and that nothing typed is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bioal.campaign.campaign import Campaign

PLATE = "c/buffer/rounds/1/values"


def read(folder: Path) -> dict[str, float]:
    readings = Campaign.open(folder).state.readings
    return dict(zip(readings["sample"], readings["value"], strict=True))


def records(folder: Path) -> int:
    return len(list((folder / "records").glob("*.json")))


@pytest.fixture
def full(person: Any, lab: Any, folder: Path) -> dict[str, str]:
    """Return the form of the first plate with a value typed into each well."""
    typed = lab.values(Campaign.open(folder), 1)
    fields = person.form(PLATE)
    assert {f"v-{sample}" for sample in typed} <= set(fields)
    return {**fields, **{f"v-{sample}": text for sample, text in typed.items()}, "do": "record"}


def typed_in(fields: dict[str, str], **texts: str) -> dict[str, str]:
    """Return a form in which only these samples, by the end of their id, were typed into."""
    blank = {name: "" if name.startswith("v-") else value for name, value in fields.items()}
    return {**blank, **{f"v-R01-S00{at[1:]}": text for at, text in texts.items()}}


def test_a_typed_plate_is_recorded_as_typed(person, folder, full):
    said = person.sends(PLATE, full)
    assert "Round 1: 10 readings recorded." in said.text
    assert read(folder) == {name[2:]: float(text) for name, text in full.items() if name.startswith("v-")}


def test_looking_it_over_records_nothing(person, folder, full):
    before = records(folder)
    said = person.sends(PLATE, {**full, "do": "check"})
    assert "Round 1: 10 readings can be merged." in said.text
    assert all(f'value="{text}"' in said.text for name, text in full.items() if name.startswith("v-"))
    assert records(folder) == before
    # Enter without a script sends no button at all.
    del full["do"]
    assert "can be merged" in person.sends(PLATE, full).text
    assert records(folder) == before


def test_a_few_wells_now_and_the_rest_later(person, folder, full):
    person.sends(PLATE, typed_in(full, S01="900", S02="1100.5"))
    assert read(folder) == {"R01-S0001": 900.0, "R01-S0002": 1100.5}
    later = person.form(PLATE)
    assert later["w-R01-S0001"] == later["v-R01-S0001"] == "900"
    assert "1 reading recorded" in person.sends(PLATE, {**later, "v-R01-S0003": "800", "do": "record"}).text
    assert len(read(folder)) == 3


def test_words_of_instruments_and_statuses_are_understood(person, folder, full):
    refused = person.sends(PLATE, typed_in(full, S01="spoiled", S02="<50", S03="No-Product"))
    assert "or declare no_product in the protocol" in refused.text
    person.sends(PLATE, typed_in(full, S01="spoiled", S02="<50", S04="missing"))
    found = Campaign.open(folder).state.readings.set_index("sample")["status"].to_dict()
    assert found == {"R01-S0001": "spoiled", "R01-S0002": "below limit", "R01-S0004": "missing"}
    again = person.form(PLATE)
    assert [again[f"v-R01-S000{at}"] for at in (1, 2, 4)] == ["spoiled", "<50", "missing"]


def test_what_is_wrong_stands_beside_its_well_in_the_words_of_the_check(person, folder, full):
    said = person.sends(PLATE, typed_in(full, S01="12,5", S02="900"))
    assert said.status_code == 422
    assert "Type 12.5 (with a point)." in said.text
    assert 'aria-invalid="true"' in said.text
    assert 'value="12,5"' in said.text
    assert 'value="900"' in said.text
    assert read(folder) == {}


def test_a_blank_never_erases(person, folder, full):
    person.sends(PLATE, full)
    again = person.form(PLATE)
    said = person.sends(PLATE, {**again, "v-R01-S0001": "", "v-R01-S0002": "", "do": "record"})
    assert "A blank never erases" in said.text
    assert len(read(folder)) == 10


def test_a_correction_is_asked_about_and_then_counts(person, folder, full):
    person.sends(PLATE, full)
    again = {**person.form(PLATE), "v-R01-S0001": "777", "do": "record"}
    asked = person.sends(PLATE, again)
    assert asked.status_code == 422
    assert 'name="accept" value="corrections"' in asked.text
    assert read(folder)["R01-S0001"] == float(full["v-R01-S0001"])
    done = person.sends(PLATE, {**again, "accept": "corrections"})
    assert "Corrected: R01-S0001 GFP" in done.text
    assert read(folder)["R01-S0001"] == 777


def test_of_two_tabs_the_second_is_told_and_loses_nothing(person, folder, full):
    first = typed_in(full, S01="900", S02="901")
    second = typed_in(full, S02="1000", S03="1001")
    assert person.sends(PLATE, first).status_code == 200
    before = records(folder)
    told = person.sends(PLATE, second)
    assert told.status_code == 409
    assert "Something else was recorded since this page was opened" in told.text
    assert "meanwhile 901 was recorded here" in told.text
    assert all(f'value="{text}"' in told.text for text in ("900", "901", "1000", "1001"))
    assert records(folder) == before
    from_page = {**person.form(PLATE), "v-R01-S0002": "1000", "v-R01-S0003": "1001", "do": "record"}
    asked = person.sends(PLATE, from_page)
    assert asked.status_code == 422
    assert "901 RFU, as merged before" in asked.text
    person.sends(PLATE, {**from_page, "accept": "corrections"})
    assert read(folder) == {"R01-S0001": 900, "R01-S0002": 1000, "R01-S0003": 1001}


def test_a_surprising_value_is_asked_about_once(person, folder, full, lab):
    person.sends(PLATE, full)
    Campaign.open(folder).propose(4)
    plate = PLATE.replace("/1/", "/2/")
    fields = person.form(plate)
    page = person.reads(plate)
    assert "expected" in page
    values = lab.values(Campaign.open(folder), 2)
    sample = next(s for s, one in Campaign.open(folder).rounds[2].samples["role"].items() if one == "sample")
    typed = {**fields, **{f"v-{one}": text for one, text in values.items()}, "do": "record"}
    typed[f"v-{sample}"] = "4000"
    asked = person.sends(plate, typed)
    assert "Far from what was expected" in asked.text
    assert asked.text.count('name="seen"') == 1
    assert sample not in read(folder)
    # Another surprising value is another question.
    assert "Far from" in person.sends(plate, {**typed, f"v-{sample}": "4001", "seen": f"{sample}=4000"}).text
    done = person.sends(plate, {**typed, "seen": f"{sample}=4000"})
    assert "10 readings recorded" in done.text
    assert read(folder)[sample] == 4000


def test_a_pasted_block_stands_in_the_plate_and_nothing_is_recorded(person, folder, full):
    block = "901\t902\t903\n911\t\t913\n\tx\n"
    said = person.sends(PLATE, {**typed_in(full), "block": block, "at": "A2", "do": "paste"})
    placed = Campaign.open(folder).rounds[1].samples["well"]
    shown = {f"{well}": sample for sample, well in placed.items()}
    for well, text in {"A2": "901", "A3": "902", "B2": "911"}.items():
        assert f'name="v-{shown[well]}" value="{text}"' in said.text
    assert "3 values fell on places without a sample and were left out: A4, B4, C3." in said.text
    assert read(folder) == {}


def test_a_block_beside_the_plate_is_counted_not_lost_in_silence(person, full):
    block = "\n".join("\t".join("5" for _ in range(10)) for _ in range(9))
    said = person.sends(PLATE, {**typed_in(full), "block": block, "at": "D6", "do": "paste"})
    assert "90 values fell on places without a sample" in said.text
    assert "beside the plate" in said.text


def test_names_of_other_samples_are_not_looked_at(person, folder, full):
    strange = {"v-R09-S0001": "1", "v-__class__": "2", "w-R01-S0001": "", "v-": "3"}
    person.sends(PLATE, {**typed_in(full, S01="900"), **strange})
    assert read(folder) == {"R01-S0001": 900.0}


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=1+1"])
def test_what_was_typed_never_becomes_markup(person, full, text):
    said = person.sends(PLATE, typed_in(full, S01=text))
    assert said.status_code == 422
    assert "<script>alert" not in said.text
    assert "<img src=x" not in said.text


def test_while_another_program_writes_what_was_typed_is_kept(person, folder, full):
    from bioal.campaign.lock import locked

    with locked(folder):
        told = person.sends(PLATE, typed_in(full, S01="900"))
    assert told.status_code == 423
    assert "Another program writes to this campaign" in told.text
    assert 'value="900"' in told.text
    assert "1 reading recorded" in person.sends(PLATE, typed_in(full, S01="900")).text
