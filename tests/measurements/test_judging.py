"""Words of several people about the same samples: simulated judges, closed forms, and one judge alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.measurements.derived import readings_of_readout
from bioal.measurements.outcomes import failed_samples, outcome_observations
from bioal.measurements.readings import OUTCOME, Reading, readings_table
from bioal.measurements.rereadings import one_reading_each
from bioal.protocol.objective import Readout
from bioal.protocol.outcomes import Outcomes

WORDS = ("none", "grows")
GROWTH = Readout("growth", outcomes=Outcomes(WORDS, wanted=("grows",)))


def said(judge, codes):
    """Return what somebody says of samples S000, S001 ..., NaN where nothing."""
    return [
        Reading(f"S{number:03d}", "growth", float(code), OUTCOME, "ok", WORDS[int(code)], "", operator=judge)
        for number, code in enumerate(codes)
        if not np.isnan(code)
    ]


def judged_by(seed, *, wrong, count=200):
    """Return readings by judges who err so often, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, count)
    readings = []
    for judge, share in wrong.items():
        readings += said(judge, np.where(rng.random(count) < share, 1 - truth, truth).astype(float))
    return readings_table(readings), truth


def placed(count):
    ids = [f"S{number:03d}" for number in range(count)]
    conditions = [f"C{number // 2}" for number in range(count)]
    samples = pd.DataFrame({"condition": conditions, "plate": "p1", "role": "sample"}, index=ids)
    return samples, pd.DataFrame(index=pd.unique(pd.Series(conditions)))


@pytest.mark.smoke
def test_two_careful_judges_outweigh_one_who_guesses():
    wrong = {"by all together": [], "by most": []}
    for seed in range(5):
        readings, truth = judged_by(seed, wrong={"Ana": 0.03, "Ben": 0.1, **dict.fromkeys("CDE", 0.45)})
        samples, conditions = placed(len(truth))
        own, notes = readings_of_readout(readings, samples, conditions, GROWTH)
        assert own["sample"].is_unique
        assert any("judged differently" in note for note in notes)
        most = readings.groupby("sample")["value"].mean() > 0.5
        wrong["by all together"].append(np.mean((own["value"] > 50).to_numpy() != (truth == 1)))
        wrong["by most"].append(np.mean(most.to_numpy() != (truth == 1)))
    # Who knew how often each errs would go by Ana, and be wrong in 3 %; most are wrong in about 15 %.
    assert np.mean(wrong["by all together"]) < 0.5 * np.mean(wrong["by most"])
    assert np.mean(wrong["by all together"]) < 0.08


def test_chances_are_honest():
    """Of what is called 80 % likely, about 80 % is true."""
    chances, truths = [], []
    for seed in range(10):
        readings, truth = judged_by(seed, wrong={"Ana": 0.1, "Ben": 0.2, "Cem": 0.3})
        samples, conditions = placed(len(truth))
        own, _ = readings_of_readout(readings, samples, conditions, GROWTH)
        chances.append(own["value"].to_numpy() / 100)
        truths.append(truth)
    chance, truth = np.concatenate(chances), np.concatenate(truths)
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        inside = (chance >= low) & (chance <= high)
        assert np.mean(truth[inside]) == pytest.approx(np.mean(chance[inside]), abs=0.08)


def test_one_judge_is_taken_at_their_word():
    readings, _ = judged_by(0, wrong={"Ana": 0.3}, count=40)
    samples, conditions = placed(40)
    own, notes = readings_of_readout(readings, samples, conditions, GROWTH)
    assert own["value"].to_numpy() == pytest.approx(100 * readings["value"].to_numpy())
    assert notes == ()
    assert failed_samples(readings, GROWTH) == set(readings.loc[readings["value"] == 0, "sample"])


def test_who_judged_other_samples_changes_nothing():
    mine, yours = np.full(20, np.nan), np.full(20, np.nan)
    mine[:10], yours[10:] = 1, 0
    readings = readings_table([*said("Ana", mine), *said("Ben", yours)])
    samples, conditions = placed(20)
    own = readings_of_readout(readings, samples, conditions, GROWTH)[0].set_index("sample")["value"]
    assert own.to_list() == [100.0] * 10 + [0.0] * 10


def test_a_sample_counts_for_each_outcome_by_its_chance_and_once_in_all():
    readings, truth = judged_by(1, wrong={"Ana": 0.05, "Ben": 0.25}, count=40)
    samples, conditions = placed(40)
    counted = outcome_observations(readings, samples, GROWTH, conditions=conditions.index)
    assert counted["wells"].sum() == pytest.approx(40.0)
    assert counted["called"].sum() == pytest.approx(40.0)
    assert counted.groupby("condition")["wells"].sum().to_numpy() == pytest.approx(2.0)
    mixed = outcome_observations(
        readings, samples, GROWTH, conditions=conditions.index, premixed=samples.index
    )
    assert mixed.groupby("condition")["wells"].sum().to_numpy() == pytest.approx(1.0)
    assert len(truth) == 40


def test_a_report_shows_of_each_sample_the_word_that_is_most_probable():
    readings, _ = judged_by(2, wrong={"Ana": 0.02, "Ben": 0.1, "Cem": 0.45}, count=100)
    samples, conditions = placed(100)
    shown, _ = one_reading_each(readings, samples)
    chance = readings_of_readout(readings, samples, conditions, GROWTH)[0].set_index("sample")["value"]
    assert shown["sample"].is_unique
    assert len(shown) == 100
    assert (shown["raw"] == "grows").to_list() == (chance[shown["sample"]] > 50).to_list()


def test_one_who_says_that_a_yield_failed_is_heard_beside_one_who_read_it():
    titre = Readout("titre", "g/L", may_fail=True)
    rows = [(f"S{number:03d}", 5.0 + number) for number in range(10)]
    ana = [Reading(one, "titre", value, "g/L", "ok", "", "", operator="Ana") for one, value in rows]
    ben = [
        Reading(one, "titre", float("nan"), "g/L", "no product", "", "", operator="Ben")
        if number == 0
        else Reading(one, "titre", value, "g/L", "ok", "", "", operator="Ben")
        for number, (one, value) in enumerate(rows)
    ]
    samples, conditions = placed(10)
    readings = readings_table([*ana, *ben])
    counted = outcome_observations(readings, samples, titre, conditions=conditions.index)
    assert set(counted["code"]) == {0, 1}
    assert counted["wells"].sum() == pytest.approx(10.0)
    own = readings_of_readout(readings, samples, conditions, titre)[0]
    assert own["value"].to_list() == [value for _, value in rows]
