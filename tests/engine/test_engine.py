"""From evidence and candidates to a batch."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal import strategies
from bioal.acquisition.candidates import Listed
from bioal.engine import Settings, choose
from bioal.errors import UsageError
from bioal.evidence import evidence_of

LEVELS = np.array([0.0, 0.2, 0.5, 1.0])
NOTHING = np.empty((0, 1), int)
NONE = np.empty((0, 4))


def truth(points):
    return points @ np.array([2.0, -1.0, 0.5, 0.0]) - ((points - 0.5) ** 2).sum(axis=1)


@pytest.fixture
def listed():
    points = np.stack(np.meshgrid(*[LEVELS] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    assert points.shape == (256, 4)
    return Listed(np.random.default_rng(0).permutation(points))


@pytest.fixture
def measured(listed):
    """Return evidence of the first 24 candidates."""
    noise = np.random.default_rng(1).normal(scale=0.05, size=24)
    return evidence_of(listed.listed[:24], truth(listed.listed[:24]) + noise)


TAKEN = np.arange(24)[:, None]


def chosen_rows(batch):
    return batch.codes[:, 0].tolist()


@pytest.mark.smoke
@pytest.mark.usefixtures("exact_fit")
@pytest.mark.parametrize("name", strategies.names())
@pytest.mark.parametrize("repeats", [False, True])
def test_a_batch_is_distinct_free_and_explained(listed, measured, name, repeats):
    wanted = Settings(12, acquisition=name, repeats=repeats)
    batch = choose(measured, listed, wanted, np.random.default_rng(0), taken=TAKEN, pending=NONE)
    rows = chosen_rows(batch)
    assert len(set(rows)) == len(batch) == 12
    assert (batch.points == listed.listed[rows]).all()
    again = [row < 24 for row in rows]
    assert [reason == "repeat" for reason in batch.reasons] == again
    assert repeats or not any(again)
    own = strategies.strategy(name).reason
    assert set(batch.reasons) <= ({own, "random", "repeat"} if own else {"exploit", "explore", "repeat"})
    mean, sd = batch.model.mean_sd(batch.points)
    assert batch.mean == pytest.approx(mean)
    assert batch.sd == pytest.approx(sd)
    assert batch.noise_sd == 0.05
    assert batch.notes == batch.model.notes


@pytest.mark.usefixtures("exact_fit")
def test_the_best_condition_is_found_in_one_batch_where_the_model_is_right(listed, measured):
    batch = choose(measured, listed, Settings(8), np.random.default_rng(0), taken=TAKEN, pending=NONE)
    assert truth(batch.points).max() == truth(listed.listed).max()


@pytest.mark.usefixtures("exact_fit")
def test_less_is_better_where_the_utility_says_so(listed, measured):
    wanted = Settings(8, utility=np.negative)
    batch = choose(measured, listed, wanted, np.random.default_rng(0), taken=TAKEN, pending=NONE)
    assert truth(batch.points).min() == truth(listed.listed).min()


@pytest.mark.usefixtures("exact_fit")
def test_a_mirrored_readout_gives_the_same_batch(listed, measured):
    mirrored = replace(measured, values=-measured.values)
    one = choose(measured, listed, Settings(8), np.random.default_rng(0), taken=TAKEN, pending=NONE)
    wanted = Settings(8, utility=np.negative)
    other = choose(mirrored, listed, wanted, np.random.default_rng(0), taken=TAKEN, pending=NONE)
    # Paths of a mirrored belief are other draws of the same law, so the picks agree but for a few.
    assert len(set(chosen_rows(one)) & set(chosen_rows(other))) >= 5
    assert chosen_rows(one)[0] == chosen_rows(other)[0]


@pytest.mark.parametrize("evidence_rows", [None, 0, 1, 2])
def test_without_evidence_to_speak_of_the_batch_fills_the_space(listed, measured, evidence_rows):
    evidence = None if evidence_rows is None else measured.rows(np.arange(evidence_rows))
    batch = choose(evidence, listed, Settings(16), np.random.default_rng(0), taken=TAKEN, pending=NONE)
    assert set(batch.reasons) == {"start"}
    assert batch.model is None
    assert np.isnan(batch.mean).all()
    assert np.isnan(batch.sd).all()
    assert len(set(chosen_rows(batch))) == 16
    assert min(chosen_rows(batch)) >= 24


def test_a_random_start_is_random_where_random_was_asked_for(listed):
    wanted = Settings(16, acquisition="random")
    batch = choose(None, listed, wanted, np.random.default_rng(0), taken=TAKEN, pending=NONE)
    assert set(batch.reasons) == {"random"}
    assert len(set(chosen_rows(batch))) == 16
    assert min(chosen_rows(batch)) >= 24


@pytest.mark.usefixtures("exact_fit")
@pytest.mark.parametrize("known", [True, False])
def test_fewer_candidates_than_asked_are_all_chosen_and_it_is_said(measured, listed, known):
    few = Listed(listed.listed[:30])
    evidence = measured if known else None
    batch = choose(evidence, few, Settings(12), np.random.default_rng(0), taken=TAKEN, pending=NONE)
    assert sorted(chosen_rows(batch)) == list(range(24, 30))
    assert "Only 6 of the 12 conditions asked for" in batch.notes[-1]


@pytest.mark.usefixtures("exact_fit")
@pytest.mark.parametrize("known", [True, False])
def test_no_candidates_give_an_empty_batch(measured, listed, known):
    everything = np.arange(256)[:, None]
    evidence = measured if known else None
    batch = choose(evidence, listed, Settings(4), np.random.default_rng(0), taken=everything, pending=NONE)
    assert len(batch) == 0
    assert "Only 0 of the 4" in batch.notes[-1]


@pytest.mark.usefixtures("exact_fit")
@given(seed=st.integers(0, 2**16), count=st.integers(1, 40))
@settings(max_examples=15, deadline=None)
def test_the_same_seed_gives_the_same_batch_and_any_seed_a_sound_one(seed, count):
    rng = np.random.default_rng(seed)
    points = rng.choice(LEVELS, (120, 4))
    evidence = evidence_of(points[:20], truth(points[:20]))
    one, other = (
        choose(
            evidence,
            Listed(points),
            Settings(count),
            np.random.default_rng(seed),
            taken=TAKEN[:20],
            pending=NONE,
        )
        for _ in range(2)
    )
    assert chosen_rows(one) == chosen_rows(other)
    assert len(set(chosen_rows(one))) == count
    assert min(chosen_rows(one)) >= 20


@pytest.mark.usefixtures("exact_fit")
def test_pending_conditions_change_what_is_chosen_and_are_not_chosen(listed, measured):
    first = choose(measured, listed, Settings(8), np.random.default_rng(0), taken=TAKEN, pending=NONE)
    taken = np.vstack([TAKEN, first.codes])
    second = choose(
        measured, listed, Settings(8), np.random.default_rng(0), taken=taken, pending=first.points
    )
    assert not set(chosen_rows(first)) & set(chosen_rows(second))


@pytest.mark.usefixtures("exact_fit")
@pytest.mark.parametrize("name", strategies.names())
def test_each_plate_holds_one_setting_and_its_share(measured, listed, name):
    settings_of = np.searchsorted(LEVELS, listed.listed[:, 0])
    plates = Listed(listed.listed, settings_of)
    wanted = Settings(20, plates=(8, 8, 4), acquisition=name)
    batch = choose(measured, plates, wanted, np.random.default_rng(0), taken=TAKEN, pending=NONE)
    assert np.bincount(batch.plate).tolist() == [8, 8, 4]
    assert len(set(chosen_rows(batch))) == 20
    for plate in range(3):
        assert len(set(settings_of[batch.codes[batch.plate == plate, 0]])) == 1


@pytest.mark.usefixtures("exact_fit")
def test_the_first_plate_gets_the_setting_that_pays_most(measured, listed):
    plates = Listed(listed.listed, np.searchsorted(LEVELS, listed.listed[:, 0]))
    batch = choose(measured, plates, Settings(6), np.random.default_rng(0), taken=TAKEN, pending=NONE)
    assert (batch.points[:, 0] == 1.0).all()  # the factor with the steepest rise, at its top


@pytest.mark.usefixtures("exact_fit")
def test_without_settings_conditions_are_dealt_over_the_plates(measured, listed):
    wanted = Settings(9, plates=(4, 5))
    batch = choose(measured, listed, wanted, np.random.default_rng(0), taken=TAKEN, pending=NONE)
    assert batch.plate.tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 1]


def test_rows_off_the_grid_are_passed_over(exact_fit, measured, listed):
    taken = np.vstack([TAKEN, [[-2]]])
    wanted = Settings(6, repeats=True)
    batch = choose(measured, listed, wanted, np.random.default_rng(0), taken=taken, pending=NONE)
    assert min(chosen_rows(batch)) >= 0


def test_an_unknown_acquisition_is_a_usage_error_even_before_the_first_round(listed):
    with pytest.raises(UsageError, match='no strategy "hope"'):
        choose(
            None,
            listed,
            Settings(4, acquisition="hope"),
            np.random.default_rng(0),
            taken=NOTHING,
            pending=NONE,
        )


@pytest.mark.parametrize("plates", [(4, 4), (13, -1), ()])
def test_plates_that_do_not_make_the_batch_are_a_mistake(plates):
    with pytest.raises(ValueError, match="do not make 12"):
        Settings(12, plates=plates)


def test_an_empty_batch_is_a_mistake():
    with pytest.raises(ValueError, match="at least 1 is needed"):
        Settings(0)
