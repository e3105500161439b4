"""Samples go to an instrument as a queue of ids and come back days later, diluted or not."""

from __future__ import annotations

import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.errors import Refused, UsageError
from bioal.protocol.protocol import protocol_from_toml
from bioal.sheets.tables import write_table

TITRE = '[readouts.titre]\nunit = "g/L"\nlow = 0\nhigh = 500\n\n[objective]'


def titres_of(campaign):
    """Return a titre for each sample: conditions differ by 0.5 g/L, what is prepared twice by about 0.01."""
    conditions = campaign.rounds[1].samples["condition"]
    steps = pd.factorize(conditions)[0]
    return {
        str(sample): round(1.0 + 0.5 * float(step) + at / 1_000, 3)
        for at, (sample, step) in enumerate(zip(conditions.index, steps, strict=True))
    }


@pytest.fixture
def grown(tmp_path, bench, buffer_text):
    """A campaign with two readouts, of which the reader's is merged."""
    campaign = Campaign.new(tmp_path / "grown", protocol_from_toml(buffer_text.replace("[objective]", TITRE)))
    campaign.propose(8)
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))
    return campaign


@pytest.fixture
def truth(grown):
    return titres_of(grown)


def test_the_queue_names_every_sample_that_lacks_the_readout(grown, truth):
    queue = grown.samples(1, "titre")
    assert list(queue.columns) == ["Sample", "Condition", "Plate", "Well", "Readout", "Key"]
    assert list(queue["Sample"]) == list(truth)
    assert set(queue["Readout"]) == {"titre [g/L]"}
    assert queue["Key"].is_unique
    assert len(grown.samples(1, "GFP")) == 0
    grown.exclude("R01-S0001", "spilled")
    assert "R01-S0001" not in set(grown.samples(1, "titre")["Sample"])


def test_the_table_comes_back_days_later_as_another_readout(grown, truth, tmp_path):
    queue = grown.samples(1, "titre")
    path = tmp_path / "queue.csv"
    write_table(path, queue.assign(**{"titre [g/L]": list(truth.values())}))
    merged = grown.merge(path)
    assert merged.readings == len(truth)
    readings = grown.state.readings
    titres = readings[readings["readout"] == "titre"].set_index("sample")["value"]
    assert titres.to_dict() == truth
    assert not grown.merge(path).new
    assert len(grown.samples(1, "titre")) == 0


def test_an_instruments_own_column_is_named_and_diluted(grown, truth):
    queue = grown.samples(1, "titre").drop(columns=["Condition", "Plate", "Well", "Readout"])
    table = queue.assign(
        Amount=list(truth.values()), Dilution=[10, "1:20"] * (len(truth) // 2) + [1] * (len(truth) % 2)
    )
    checked = grown.check(table, channel="Amount", as_="titre")
    assert checked.problems == ()
    found = checked.readings.set_index("sample")
    first, second = list(truth)[:2]
    assert found.loc[first, "value"] == pytest.approx(10 * truth[first])
    assert found.loc[second, "value"] == pytest.approx(20 * truth[second])
    assert found.loc[first, "raw"] == f"{truth[first]} x 10"
    assert any("were multiplied by their dilutions" in words for words in checked.warnings)


def test_a_limit_is_diluted_too_and_a_word_without_one_is_refused(grown, truth):
    table = grown.samples(1, "titre").assign(**{"titre [g/L]": None, "Dilution": 10})
    table.loc[0, "titre [g/L]"], table.loc[1, "titre [g/L]"] = "<0.05", "<LOD"
    checked = grown.check(table)
    assert checked.readings.iloc[0][["value", "status"]].tolist() == [0.5, "below limit"]
    (problem,) = checked.problems
    assert (problem.code, problem.remedy) == (
        "value-is-limit",
        "Type the limit of the diluted sample: < and the number.",
    )


@pytest.mark.parametrize(("dilution", "code"), [(0.1, "dilution-below-one"), ("ten", "value-is-text")])
def test_a_dilution_that_says_nothing_clear_is_refused(grown, truth, dilution, code):
    table = (
        grown.samples(1, "titre")
        .assign(**{"titre [g/L]": list(truth.values()), "Dilution": 1})
        .astype(object)
    )
    table.loc[2, "Dilution"] = dilution
    assert [problem.code for problem in grown.check(table).problems] == [code]


def test_a_dilution_beside_two_readouts_is_refused(grown, truth):
    table = grown.samples(1, "titre").assign(**{"titre [g/L]": 1.0, "GFP [RFU]": 1.0, "Dilution": 10})
    assert {problem.code for problem in grown.check(table, accept=["corrections", "scale"]).problems} == {
        "dilution-ambiguous"
    }


def test_the_keys_of_another_campaign_are_refused(grown, truth, tmp_path, buffer_text):
    other = Campaign.new(tmp_path / "other", protocol_from_toml(buffer_text.replace("[objective]", TITRE)))
    other.propose(8)
    foreign = other.samples(1, "titre").assign(**{"titre [g/L]": list(truth.values())})
    assert {problem.code for problem in grown.check(foreign).problems} == {"key-other"}


def test_the_queue_of_a_replaced_or_vetoed_proposal_is_refused(tmp_path, buffer_text):
    campaign = Campaign.new(tmp_path / "c", protocol_from_toml(buffer_text))
    campaign.propose(6)
    queue = campaign.samples(1).assign(**{"GFP [RFU]": 5.0})
    assert campaign.check(queue).problems == ()
    campaign.veto("R01-C001", "out of stock")
    assert {"key-other", "row-contradicts-id"} >= {problem.code for problem in campaign.check(queue).problems}
    bare = queue.drop(columns=["Condition"])
    assert {problem.code for problem in campaign.check(bare).problems} == {"key-other"}
    campaign.propose(7, seed=5, replace=True)
    assert {problem.code for problem in campaign.check(queue).problems} == {"proposal-not-in-force"}


def test_ids_alone_are_accepted_on_purpose_only(grown, truth):
    table = pd.DataFrame({"Sample": list(truth), "titre [g/L]": list(truth.values())})
    (problem,) = grown.check(table).problems
    assert problem.code == "ids-alone"
    assert "--accept ids" in problem.remedy
    assert grown.merge(table, accept=["ids"]).readings == len(truth)


def test_a_key_that_a_spreadsheet_made_a_number_of_is_still_that_key():
    from bioal.measurements.cells import Cell
    from bioal.measurements.checking_ids import _said

    assert _said(Cell(1234567, "number")) == "01234567"
    assert _said(Cell("0A1B2C3D", "text")) == "0a1b2c3d"


def test_a_round_or_readout_that_is_not_there_is_wrong_usage(grown):
    with pytest.raises(UsageError, match="no round R09; there are: R01"):
        grown.samples(9, "titre")
    with pytest.raises(UsageError, match="Which readout"):
        grown.samples(1)
    with pytest.raises(UsageError, match="no readout 'mass'"):
        grown.samples(1, "mass")


def test_some_factor_columns_are_not_enough(grown, bench, truth):
    table = bench.table(grown, 1, truth).drop(columns=["K [mM]", "GFP [RFU]"]).assign(**{"titre [g/L]": 1.0})
    with pytest.raises(Refused, match=r"no column 'K \[mM\]'"):
        grown.merge(table, accept=["ids"])


CURVE = 'standard = { signal = "Peak area", curve = "linear", weights = "1/x" }'


@pytest.fixture
def assayed(tmp_path, bench, buffer_text):
    """A campaign whose titre is read off a standard curve."""
    text = buffer_text.replace("[objective]", TITRE.replace('unit = "g/L"', f'unit = "g/L"\n{CURVE}'))
    campaign = Campaign.new(tmp_path / "assayed", protocol_from_toml(text))
    campaign.propose(8)
    return campaign


def with_standards(campaign, signals, standards):
    """Return the table that an instrument gives: samples with signals, and standards of 50 + 200 x."""
    queue = campaign.samples(1, "titre")[["Sample", "Key"]].assign(**{"Peak area": signals})
    rows = [
        {"Sample": f"Standard {at}", "Concentration [g/L]": x, "Peak area": 50 + 200 * x}
        for at, x in enumerate(standards, start=1)
    ]
    return pd.concat([pd.DataFrame(rows), queue], ignore_index=True).astype(object)


def test_signals_beside_standards_become_concentrations_and_bounds(assayed):
    samples, truth = map(list, zip(*titres_of(assayed).items(), strict=True))
    signals = [50 + 200 * value for value in truth]
    signals[0], signals[1], signals[2] = 60, 9_000, "OVRFLW"
    table = with_standards(assayed, signals, [0, 0.5, 1, 2, 5, 10])
    checked = assayed.check(table.assign(Dilution=[1] * 6 + [1, 10] + [1] * (len(samples) - 2)))
    assert checked.problems == ()
    found = checked.readings.set_index("sample")
    assert list(found.loc[samples[3:], "value"]) == pytest.approx(truth[3:])
    assert found.loc[samples[0], ["value", "status"]].tolist() == [0.5, "below limit"]
    assert found.loc[samples[1], ["value", "status"]].tolist() == [100.0, "over range"]
    assert found.loc[samples[2], ["value", "status"]].tolist() == [10.0, "over range"]
    assert found.loc[samples[2], "raw"] == "OVRFLW (>10 by the curve)"
    assert found.loc[samples[3], "raw"].startswith(f"{signals[3]} (by the curve, standard error")
    assert any("a linear standard curve from 0.5 to 10 g/L was used" in words for words in checked.warnings)
    assert any(f"beyond the standards, taken as bounds: {samples[0]} <0.5" in w for w in checked.warnings)


def test_without_standards_the_signals_are_refused_and_concentrations_are_taken(assayed):
    bare = with_standards(assayed, 500.0, [])
    (problem,) = assayed.check(bare).problems
    assert problem.code == "standards-missing"
    own = assayed.samples(1, "titre").assign(**{"titre [g/L]": 2.0})
    assert assayed.check(own).problems == ()
    both = with_standards(assayed, 500.0, [1, 2, 3]).assign(**{"titre [g/L]": 2.0})
    assert {problem.code for problem in assayed.check(both).problems} == {"signal-and-value"}


def test_standards_that_make_no_curve_are_refused_with_their_reason(assayed):
    (problem,) = assayed.check(with_standards(assayed, 500.0, [1, 2])).problems
    assert problem.code == "standards-no-curve"
    assert "2 different concentrations" in problem.found
    table = with_standards(assayed, 500.0, [1, 2, 3])
    table.loc[0, "Concentration [g/L]"] = "one"
    assert [problem.code for problem in assayed.check(table).problems] == ["value-is-text"]


def test_a_signal_is_no_readout(buffer_text):
    from bioal.errors import ProtocolError

    text = buffer_text.replace(
        "[objective]", '[readouts.titre]\nstandard = { signal = "GFP" }\n\n[objective]'
    )
    with pytest.raises(ProtocolError, match=r"readouts.titre.standard: found signal = 'GFP'"):
        protocol_from_toml(text)
