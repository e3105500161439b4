"""The virtual laboratory answers a round as a real one would: honestly, with errors of known size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.lab import PERFECT, CellFreeLab, Errors
from bioal.plates.layout import samples_of_round
from bioal.plates.rounds import Round, condition_id

LEAN = {
    "Mg-glutamate": 4.0, "K-glutamate": 50.0, "NTP": 0.75, "amino acids": 0.5, "3-PGA": 16.0, "PEG-8000": 2.0,
    "plasmid": "medium",
}  # fmt: skip
RICH = LEAN | {
    "Mg-glutamate": 8.0,
    "K-glutamate": 90.0,
    "NTP": 2.25,
    "amino acids": 2.0,
    "3-PGA": 24.0,
    "PEG-8000": 1.0,
    "plasmid": "strong",
}


def wells_of(condition: dict[str, object], wells: list[str], role: str = "sample") -> Round:
    """Return a round in which these wells all hold one condition."""
    name = condition_id(1, 1)
    columns = {"condition": name, "plate": "plate-1", "well": wells, "role": role}
    samples = pd.DataFrame({**columns, "replicate": range(1, len(wells) + 1)})
    samples.index = pd.Index([f"R01-S{number:04d}" for number in range(1, len(wells) + 1)], name="sample")
    predictions = pd.DataFrame(
        {"mean": [np.nan], "low": np.nan, "high": np.nan, "reason": "start"}, index=[name]
    )
    return Round(1, pd.DataFrame([condition], index=[name]), predictions, samples, 96)


INNER = [f"{row}{column}" for row in "BCDEFG" for column in range(2, 12)]
OUTER = [f"{row}{column}" for row in "AH" for column in range(1, 13)]


@pytest.mark.smoke
def test_a_perfect_lab_reads_the_truth():
    lab = CellFreeLab(errors=PERFECT)
    for condition in (LEAN, RICH):
        read = lab.measure(wells_of(condition, ["B2", "A1"]), np.random.default_rng(0))
        assert read.to_list() == pytest.approx([lab.fluorescence(pd.DataFrame([condition]))[0]] * 2, abs=0.5)


def test_the_reference_is_one_and_the_best_is_far_above():
    lab = CellFreeLab()
    truth = lab.truth(pd.DataFrame([LEAN, RICH]))
    assert truth[0] == pytest.approx(1.0)
    assert 4 < truth[1] < 5


def test_wells_of_one_mix_scatter_as_replicates_do():
    lab = CellFreeLab(errors=Errors(plate=0.0))
    read = lab.measure(wells_of(RICH, INNER), np.random.default_rng(1))
    assert 0.03 < read.std() / read.mean() < 0.12


def test_edge_wells_read_differently():
    lab = CellFreeLab(errors=Errors(0, 0, 0, 0, 0.04, 0, 0))
    edge = lab.measure(wells_of(LEAN, OUTER), np.random.default_rng(2)).mean()
    inside = lab.measure(wells_of(LEAN, INNER), np.random.default_rng(2)).mean()
    assert abs(edge / inside - 1) > 0.02


def test_the_truth_is_what_many_wells_over_the_plate_read_on_average():
    lab = CellFreeLab()
    everywhere = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
    reads = {}
    for name, condition in (("lean", LEAN), ("rich", RICH)):
        many = [
            lab.measure(wells_of(condition, everywhere), np.random.default_rng(seed)) for seed in range(300)
        ]
        reads[name] = np.mean(many)
    truth = lab.truth(pd.DataFrame([RICH]))[0]
    assert reads["rich"] / reads["lean"] == pytest.approx(truth, rel=0.01)


def test_plates_drift_and_wells_of_one_plate_drift_together():
    lab = CellFreeLab(errors=Errors(0, 0, 0, 0.15, 0, 0, 0))
    plates = [lab.measure(wells_of(RICH, INNER), np.random.default_rng(seed)) for seed in range(60)]
    assert all(read.nunique() == 1 for read in plates)
    assert np.log([read.iloc[0] for read in plates]).std() == pytest.approx(0.15, rel=0.3)


def test_a_well_without_plasmid_shows_the_background_only():
    lab = CellFreeLab(errors=PERFECT)
    read = lab.measure(wells_of(RICH, ["B2"], role="negative"), np.random.default_rng(0))
    assert read.to_list() == [lab.background]


def test_the_same_seed_gives_the_same_readings():
    lab = CellFreeLab()
    first, second = (lab.measure(wells_of(LEAN, INNER), np.random.default_rng(7)) for _ in range(2))
    pd.testing.assert_series_equal(first, second)


def test_an_unknown_plasmid_is_named():
    with pytest.raises(ValueError, match=r"no plasmid \['pUC'\]; it has weak, medium, strong"):
        CellFreeLab().truth(pd.DataFrame([LEAN | {"plasmid": "pUC"}]))


def test_its_protocol_lays_out_on_one_plate_with_controls():
    protocol = CellFreeLab().protocol
    names = [condition_id(1, number) for number in range(1, 29)]
    samples = samples_of_round(1, names, protocol.controls, protocol.plate, rng=np.random.default_rng(0))
    assert samples["plate"].nunique() == 1
    assert samples["role"].value_counts().to_dict() == {"sample": 84, "reference": 6, "negative": 2}


def test_good_mixes_are_rare():
    lab = CellFreeLab()
    space = lab.protocol.space
    truth = lab.truth(space.conditions(space.sample(4000, np.random.default_rng(0))))
    assert np.mean(truth > 3) < 0.03
