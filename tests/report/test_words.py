"""The report of a campaign whose readout is a word speaks of chances, and of nothing that chances lack."""

from __future__ import annotations

import numpy as np
import pytest

from bioal.campaign.campaign import Campaign
from bioal.campaign.telling import material_of
from bioal.lab import GrowthLab
from bioal.report.findings import Findings, advice_of, findings_of, remaining_in_words
from bioal.report.page import page
from bioal.report.parity import _words_held
from bioal.report.summary import summary_of
from bioal.sheets.filling import fill_in

LAB = GrowthLab(size=24)


@pytest.fixture(scope="module")
def grown(tmp_path_factory) -> Campaign:
    campaign = Campaign.new(tmp_path_factory.mktemp("words") / "yeast", LAB.protocol)
    rng = np.random.default_rng(0)
    for _ in range(2):
        proposal = campaign.propose()
        fill_in(proposal.workbook, "growth", LAB.measure(proposal.round, rng)["growth"].to_dict())
        campaign.merge(proposal.workbook)
    return campaign


@pytest.fixture(scope="module")
def found(grown) -> Findings:
    findings = findings_of(material_of(grown._knowledge), np.random.default_rng(0))
    assert findings.outlook is not None
    assert findings.effects is not None
    assert len(findings.scoreboard.wells) > 0
    return findings


def test_every_chance_lies_from_0_to_100_percent_as_in_status(grown, found):
    tables = (found.material.known, found.progress.best, found.progress.random, found.effects.curves)
    for table in tables:
        numbers = table[["mean", "low", "high"]].to_numpy(float)
        assert numbers.min() >= 0
        assert numbers.max() <= 100
    told, best = grown.status().best, found.material.belief(found.material.best)
    assert (best.mean, best.low, best.high) == pytest.approx((told.mean, told.low, told.high))


def test_what_is_left_to_gain_is_no_more_than_lacks_a_hundred(found):
    ahead, best = found.outlook, found.material.belief(found.material.best)
    assert ahead.of_chances
    assert best.mean + ahead.plate <= 100
    assert 0 <= ahead.gains.min() <= ahead.gains.max() <= 100
    assert ahead.gains.mean() + best.mean <= 101  # the draws of the best have its mean, but for their number


def test_words_have_no_scatter_to_compare_with(found):
    said = " ".join([*advice_of(found.outlook, "%"), remaining_in_words(found.outlook, "%")])
    assert "scatter" not in said
    assert "percentage points" in said
    assert "Replicates against effects" not in {one.check for one in found.health}
    assert not any("scatters" in line for line in summary_of(found.material).lines)
    assert "scatters by" not in page(found)


def test_the_page_wants_what_the_workbook_wants(found):
    assert "Wanted: growth: strong." in page(found)
    assert "as high as possible" not in page(found)


def test_a_prediction_of_words_holds_where_some_likely_chance_gives_such_wells():
    seen, wells = np.array([0.0, 100.0, 0.0, 100.0, 50.0]), np.array([2.0, 2.0, 2.0, 2.0, 2.0])
    low, high = np.array([11.0, 38.0, 90.0, 1.0, 40.0]), np.array([93.0, 99.0, 99.0, 9.0, 60.0])
    assert _words_held(seen, wells, low, high).tolist() == [True, True, False, False, True]
