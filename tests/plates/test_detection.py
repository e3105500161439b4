"""How surely a misread plate would be noticed: against another library's likelihoods, and known cases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import null_space
from scipy.stats import multivariate_normal

from bioal.plates.detection import DETAIL, PlateModel, effects_of, layouts_of, power_words
from bioal.plates.layout import samples_of_round
from bioal.plates.misreading import Comparison, detection_power
from bioal.plates.orientation import OUTSIDE, misreads
from bioal.plates.remarks import in_short, layout_notes
from bioal.plates.rounds import Round, condition_id
from bioal.protocol.protocol import Control, PlateSetup

TURNED = "turned by 180 degrees"


def samples_of(count: int, setup: PlateSetup, controls: tuple[Control, ...] = ()) -> pd.DataFrame:
    ids = [condition_id(1, number + 1) for number in range(count)]
    return samples_of_round(1, ids, controls, setup, np.random.default_rng(3))


def power_of(samples: pd.DataFrame, size: int, **assumed: float) -> dict[str, float]:
    return detection_power(layouts_of(samples, size), size, rng=np.random.default_rng(0), **assumed)


def test_the_likelihood_is_that_of_the_contrasts_of_a_normal_distribution() -> None:
    rng = np.random.default_rng(1)
    plates, noise, spread = np.repeat([0, 1], [9, 7]), 0.2, 0.5
    groups, others = rng.integers(0, 6, 16), rng.integers(0, 5, 16)
    values = rng.standard_normal((4, 16))
    free = null_space((plates[:, None] == [0, 1]).T.astype(float))

    def density(labels: np.ndarray) -> np.ndarray:
        together = labels[:, None] == labels[None, :]
        covariance = noise**2 * np.eye(16) + spread**2 * together
        return multivariate_normal(cov=free.T @ covariance @ free).logpdf(values @ free)

    model = PlateModel(plates, noise, spread)
    gain = model.likelihood(values, others) - model.likelihood(values, groups)
    np.testing.assert_allclose(gain, density(others) - density(groups), rtol=1e-9)


@pytest.mark.parametrize(
    ("count", "replicates", "spread", "most"),
    # 1 in 100, and two standard errors of these draws; 3 where conditions differ as little as replicates.
    [(20, 2, 0.5, 0.0145), (20, 2, 0.2, 0.0375), (30, 1, 0.5, 0.0375)],
)
def test_few_good_plates_are_called_misread(
    count: int, replicates: int, spread: float, most: float
) -> None:
    setup = PlateSetup(48, replicates)
    layout = layouts_of(samples_of(count, setup, (Control("reference", 6),)), 48)[0]
    filled = np.flatnonzero(layout != OUTSIDE)
    groups = layout[filled]
    model, rng = PlateModel(np.zeros(len(filled), int), 0.2, spread), np.random.default_rng(4)
    good = model.drawn(groups, rng, 2000)
    strange = 1000 + np.arange(len(filled))
    sources = {name: source[filled] for name, source in misreads(48).items()}
    found = {name: np.where(at == OUTSIDE, OUTSIDE, layout[at]) for name, at in sources.items()}
    read = {name: np.where(one == OUTSIDE, strange, one) for name, one in found.items()}
    alarms = Comparison(effects_of(model.plates, filled, 48), groups, read, rng).suspicions(good)
    assert np.mean([one is not None for one in alarms]) <= most


def test_random_duplicates_with_controls_show_every_misread() -> None:
    # As a ratio of variances does in each of 300 simulated plates, at 20 % noise.
    controls = (Control("reference", 4), Control("negative", 4))
    power = power_of(samples_of(44, PlateSetup(96, 2), controls), 96)
    assert list(power) == list(misreads(96))
    assert min(power.values()) > 0.99


def test_replicates_in_three_blocks_hide_a_turned_plate() -> None:
    # As METIS published: columns c, c + 8 and c + 16 of 384 wells hold the same.
    column, row = np.tile(np.arange(24), 16), np.repeat(np.arange(16), 24)
    power = detection_power([row * 8 + column % 8], 384, rng=np.random.default_rng(0))
    assert power[TURNED] == 0
    assert "Not to be detected at all: turned by 180 degrees" in power_words(power)


def test_single_wells_without_controls_cannot_show_anything() -> None:
    power = power_of(samples_of(96, PlateSetup(96)), 96)
    assert set(power.values()) == {0.0}
    assert "cannot be detected" in power_words(power)


def test_noise_hides_and_replicates_on_other_plates_show() -> None:
    controls = (Control("reference", 4), Control("blank", 4))
    lone = samples_of(88, PlateSetup(96), controls)
    steady, noisy = (power_of(lone, 96, noise=noise)[TURNED] for noise in (0.05, 0.4))
    assert steady > noisy
    pairs = samples_of(80, PlateSetup(96, 2))
    assert pairs["plate"].nunique() == 2
    assert not pairs.duplicated(["condition", "plate"]).any()
    assert min(power_of(pairs, 96).values()) > 0.99


def test_the_same_draws_give_the_same_power() -> None:
    samples = samples_of(8, PlateSetup(24, 2))
    assert power_of(samples, 24) == power_of(samples, 24)


def round_of(samples: pd.DataFrame, size: int) -> Round:
    ids = samples.loc[samples["role"] == "sample", "condition"].unique()
    empty = pd.DataFrame(index=ids)
    return Round(1, empty, empty, samples, size)


@pytest.mark.parametrize(
    ("setup", "count", "words"),
    [
        (PlateSetup(96, 2), 40, ("in at least 99 of 100 cases", "agree to 20 %")),
        (PlateSetup(6), 3, ("cannot be detected",)),
        (PlateSetup(96, 2, layout="by hand"), 40, ("by hand", "edge, gradient", "A plate")),
        (PlateSetup(96, 2, premix=True), 40, ("technical replicates",)),
        (PlateSetup(96, operators=("Ana", "Ben")), 40, ("Each condition is made by one operator only",)),
        (PlateSetup(96), 140, ("Each condition stands on one plate: nothing ties the plates",)),
        (
            PlateSetup(96, 2, operators=("Ana", "Ben")),
            80,
            ("Ana makes plate-1, Ben makes plate-2: a difference between operators",),
        ),
    ],
)
def test_the_notes_of_a_layout_say_what_shows_and_what_is_confounded(
    setup: PlateSetup, count: int, words: tuple[str, ...]
) -> None:
    said = " ".join(layout_notes(round_of(samples_of(count, setup), setup.size), setup))
    assert all(word in said for word in words)


def test_two_operators_on_one_plate_share_every_pair_of_replicates() -> None:
    setup = PlateSetup(96, 2, operators=("Ana", "Ben"))
    said = layout_notes(round_of(samples_of(40, setup), 96), setup)
    assert len(said) == 1
    assert "99 of 100" in said[0]


def test_some_misreads_of_one_layout_may_show_and_others_not() -> None:
    said = power_words({"turned by 180 degrees": 0.0, "mirrored left to right": 0.874})
    plain, _, figures = said.partition(DETAIL)
    assert plain == (
        "A plate read wrongly may go unnoticed: turned by 180 degrees, it would never show in its values. "
        "Look at the corner of A1."
    )
    assert in_short(said) == plain
    assert not any(sign.isdigit() for sign in plain.replace("180", "").replace("A1", ""))
    assert figures.startswith("A plate mirrored left to right could be noticed from its values in 87 of 100")
    assert "Not to be detected at all: turned by 180 degrees." in said


def test_single_wells_with_controls_in_no_symmetry_show_a_turn_more_often_than_not() -> None:
    # 88 conditions once, 4 + 4 controls, 10 % noise: a ratio of variances finds 91 of 100 turned plates.
    samples = samples_of(88, PlateSetup(96), (Control("reference", 4), Control("blank", 4)))
    assert power_of(samples, 96, noise=0.1, spread=0.7)[TURNED] > 0.9
