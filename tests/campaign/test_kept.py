"""Campaigns of earlier versions are read for ever, and a campaign lives in any folder.

`kept/` holds a campaign as each version wrote it, with a record of each kind; it is never written anew.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bioal.campaign.bodies import BODIES
from bioal.campaign.campaign import Campaign
from bioal.errors import NothingNew, Refused
from bioal.protocol.protocol import protocol_from_toml

KEPT = sorted(path for path in (Path(__file__).parent / "kept").iterdir() if path.is_dir())

LATER = {"skip"}  # kinds of records that the kept version did not have

# Paths of more than 260 characters, which is the most that Windows took for long; spaces, other alphabets.
ODD_FOLDERS = ("two words", "Hefe µ β 日本", "100% #1 & 'more'", "-x", "a.b.c", "/".join(["long" * 20] * 4))


@pytest.fixture
def kept(tmp_path: Path, request: pytest.FixtureRequest) -> Campaign:
    folder = tmp_path / "kept"
    shutil.copytree(request.param, folder)
    return Campaign.open(folder)


def written(campaign: Campaign) -> list[dict[str, object]]:
    """Return what stands in the files of records, read without bioal."""
    paths = sorted((campaign.folder / "records").glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


@pytest.mark.parametrize("kept", KEPT, indirect=True, ids=lambda path: path.name)
def test_a_campaign_of_an_earlier_version_is_whole_and_says_the_same(kept: Campaign) -> None:
    assert Campaign.verify(kept.folder) == ()
    assert {str(record["kind"]) for record in written(kept)} == set(BODIES) - LATER
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(one["time"])) for one in written(kept))
    readings = kept.state.readings.set_index("sample")["value"]
    assert len(readings) == 16
    assert readings["R01-S0005"] == 158.267  # what the correction said, and not 155.164
    means = kept.observations.set_index("condition")["mean"]
    assert means["R01-C004"] == pytest.approx((1500.092 + 1600.516) / 2)
    assert means["R01-C002"] == pytest.approx((88.923 + 87.878) / 2), "the exclusion was undone"
    assert means["H01-C001"] == pytest.approx((700 + 720) / 2)
    assert kept.protocol.factor("Mg").parsed("10") == 10, "the range was widened later"
    assert kept.rounds[2].conditions["Mg"].tolist()[:2] == [10.0, 6.0]


@pytest.mark.parametrize("kept", KEPT, indirect=True, ids=lambda path: path.name)
def test_a_campaign_of_an_earlier_version_goes_on(kept: Campaign) -> None:
    before = written(kept)
    kept.exclude("R01-S0008", "a bubble")
    kept.undo()
    assert written(kept)[: len(before)] == before
    assert Campaign.verify(kept.folder) == ()
    wanted = kept.rounds[2].conditions.iloc[:2]
    proposal = Campaign.open(kept.folder).propose(exactly=wanted, next_=True)
    assert proposal.round.number == 3
    assert proposal.workbook.exists()


@pytest.mark.parametrize("name", ODD_FOLDERS)
def test_a_campaign_lives_in_a_folder_of_any_name(tmp_path: Path, buffer_text: str, name: str) -> None:
    folder = tmp_path / name
    assert "long" not in name or len(str(folder)) > 260
    protocol = protocol_from_toml(buffer_text)
    campaign = Campaign.new(folder, protocol)
    rows = protocol.space.conditions(protocol.space.sample(2, np.random.default_rng(0)))
    assert campaign.propose(exactly=rows).workbook.exists()
    assert Campaign.verify(folder) == ()
    assert list(Campaign.open(folder).rounds) == [1]


# What a person does, and takes back: each is one record, or refused.
STEPS: dict[str, Callable[[Campaign], object]] = {
    "exclude": lambda campaign: campaign.exclude("R01-S0001, R01-S0004", "bubbles"),
    "exclude a plate": lambda campaign: campaign.exclude("R01 plate-1 A1:H12", "dropped"),
    "undo": lambda campaign: campaign.undo(),
    "undo old data": lambda campaign: campaign.undo(9),
    "undo a merge": lambda campaign: campaign.undo(5),
    "ask": lambda campaign: campaign.ask(distrusted="R01-C004"),
    "amend": lambda campaign: campaign.amend(protocol_from_toml(campaign.protocol.text + "\n# again\n")),
}


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.sampled_from(list(STEPS)), min_size=1, max_size=5))
def test_a_campaign_says_the_same_as_its_records_after_any_steps(
    tmp_path_factory: pytest.TempPathFactory, beside_tests: Callable[[str], Any], steps: list[str]
) -> None:
    equal = beside_tests("campaign/test_campaign.py").equal
    folder = tmp_path_factory.mktemp("steps") / "kept"
    shutil.copytree(KEPT[0], folder)
    living = Campaign.open(folder)
    for step in steps:
        with suppress(NothingNew, Refused):
            STEPS[step](living)
        assert equal(living.state, Campaign.open(folder).state)
