"""Tables that break other libraries, as a notebook has them: a proposal or a refusal in words, always.

Through the doors; tests/models holds the posteriors.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bioal
from bioal.acquisition.candidates import Listed
from bioal.engine import Settings, choose
from bioal.errors import DataWarning, Refused
from bioal.evidence import evidence_of


def _grid(rows: int = 60, width: int = 3, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    names = [f"factor {number}" for number in range(width)]
    return pd.DataFrame(rng.integers(0, 50, (rows, width)) / 50, columns=names).drop_duplicates()


def _told(table: pd.DataFrame, values: object, measured: int, **options: object) -> pd.DataFrame:
    """Return what is proposed where the first rows have these values and the rest are blank."""
    column = np.full(len(table), np.nan)
    column[:measured] = values
    return bioal.propose(table.assign(**{"yield": column}), conditions=5, **options)  # type: ignore[arg-type]


def _notes(chosen: pd.DataFrame) -> str:
    return " ".join(chosen.attrs["notes"])


@pytest.mark.parametrize("measured", [0, 1, 2])
def test_nothing_or_next_to_nothing_measured_gives_a_design(measured):
    chosen = _told(_grid(), 7.0, measured)
    assert set(chosen["reason"]) == {"start"}
    assert chosen["predicted_sd"].isna().all()


@pytest.mark.parametrize("value", [0.0, 3.2])
def test_constant_yields_still_give_a_batch_with_an_honest_sd_and_a_sentence(value):
    chosen = _told(_grid(), value, 20)
    assert len(chosen) == 5
    assert chosen["predicted_mean"].to_numpy() == pytest.approx(value)
    assert (chosen["predicted_sd"] > 0.005 * (value or 1)).all()
    assert "All 20 values are equal" in _notes(chosen)


def test_replicates_that_differ_give_their_noise_to_constant_conditions():
    table = pd.concat([_grid(20), _grid(20), _grid(60)], ignore_index=True)
    values = np.concatenate([np.full(len(_grid(20)), 3.0), np.full(len(_grid(20)), 4.0)])
    chosen = _told(table, values, len(values))
    assert "All 20 values are equal (3.5)" in _notes(chosen)
    assert "spread of its replicates" in _notes(chosen)
    assert (chosen["predicted_sd"] > 0.2).all()


def test_duplicates_that_disagree_are_pooled_and_their_noise_is_kept():
    half = _grid(15)
    table = pd.concat([half, half, _grid(60)], ignore_index=True)
    rng = np.random.default_rng(0)
    chosen = _told(table, 5 + rng.standard_normal(2 * len(half)), 2 * len(half))
    assert chosen["predicted_mean"].between(3, 7).all()
    assert chosen["predicted_sd"].between(0.05, 3).all()


def test_conditions_that_differ_by_next_to_nothing_are_no_obstacle():
    near = _grid(20)
    table = pd.concat([near, near + 1e-12, _grid(60)], ignore_index=True)
    chosen = _told(table, np.tile(near["factor 0"], 2), 2 * len(near))
    assert np.isfinite(chosen[["predicted_mean", "predicted_sd"]].to_numpy()).all()


def test_one_value_a_thousand_times_too_high_is_named_and_leaves_the_batch_nearly_as_it_was():
    table = _grid(80)
    truth = 1 - (table["factor 0"] - 0.6) ** 2 - (table["factor 1"] - 0.3) ** 2
    values = truth.to_numpy()[:30] + 0.02 * np.random.default_rng(0).standard_normal(30)
    spoiled = values.copy()
    spoiled[4] *= 1000
    usual, misled = _told(table, values, 30), _told(table, spoiled, 30)
    assert truth[misled.index].mean() > truth[usual.index].mean() - 0.05
    assert misled["predicted_mean"].between(-1, 2).all()
    assert f"Row {table.index[4]} " in _notes(misled)
    assert "little weight" in _notes(misled)


def test_a_factor_that_never_moved_is_named():
    table = _grid(40).assign(agar=1.5)
    chosen = _told(table, table["factor 0"].to_numpy()[:20], 20)
    assert "agar had the same value in all observations" in _notes(chosen)


@pytest.mark.parametrize("measured", [10, 40])
def test_thirty_factors_of_pure_noise_are_seen_as_noise(measured):
    noise = np.random.default_rng(3).standard_normal(measured)
    chosen = _told(_grid(80, 30), noise, measured)
    assert chosen["predicted_mean"].abs().max() < 2
    assert (chosen["predicted_sd"] < 3).all()
    assert "do not yet predict" in _notes(chosen)


def test_yields_whose_digits_were_lost_are_told():
    table = _grid(40)
    chosen = _told(table, table["factor 0"].to_numpy()[:20] + 1e15, 20)
    assert "digits were lost" in _notes(chosen)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_a_yield_that_is_not_finite_is_refused_with_its_row(value):
    values = np.linspace(0, 1, 20)
    values[6] = value
    table = _grid(40)
    with pytest.raises(Refused, match=f"row {table.index[6]}"):
        _told(table, values, 20)


@pytest.mark.parametrize(("lower", "upper"), [(-np.inf, 5.0), (60000.0, np.inf)])
def test_a_round_of_bounds_alone_still_gives_a_batch_and_says_so(lower, upper):
    points = np.random.default_rng(0).random((60, 3))
    bound = upper if np.isfinite(upper) else lower
    known = replace(
        evidence_of(points[:12], np.full(12, bound)), lower=np.full(12, lower), upper=np.full(12, upper)
    )
    batch = choose(
        known,
        Listed(points),
        Settings(6),
        np.random.default_rng(0),
        taken=np.arange(12)[:, None],
        pending=points[:0],
    )
    assert len(np.unique(batch.codes)) == 6
    assert batch.codes.min() >= 12
    assert np.isfinite(batch.mean).all()
    assert (batch.sd > 0).all()
    assert any("how large the readout is remains open" in note for note in batch.notes)


@st.composite
def _tables(draw: st.DrawFn) -> pd.DataFrame:
    """Return tables with ties, duplicates, choices, any scale, and 0 to 40 measured rows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    measured, width = draw(st.integers(0, 40)), draw(st.integers(1, 12))
    levels = draw(st.integers(2, 9))
    columns = {f"f{number}": rng.integers(0, levels, measured + 12) * 1.0 for number in range(width)}
    for name in list(columns)[: draw(st.integers(0, 3))]:
        columns[name] = np.array(list("abcdefghi"))[columns[name].astype(int)]
    values = np.round(rng.standard_normal(measured + 12), draw(st.integers(0, 12)))
    values = values * 10.0 ** draw(st.integers(-12, 12)) + draw(st.sampled_from([0.0, 1.0, 1e6]))
    if measured and draw(st.booleans()):
        values[rng.integers(measured)] *= 1000
    values[measured:] = np.nan
    return pd.DataFrame(columns).assign(**{"yield": values})


@settings(max_examples=40, deadline=None)
@given(_tables(), st.booleans())
def test_no_table_however_odd_makes_a_proposal_fail(table, replicates):
    with warnings.catch_warnings():
        # Fewer candidates than asked for is what such tables often have.
        warnings.filterwarnings("ignore", "Only .* conditions asked for", DataWarning)
        chosen = bioal.propose(table, conditions=4, replicates=replicates)
    assert chosen.index.is_unique
    predicted = chosen[["predicted_mean", "predicted_sd"]].to_numpy()
    started = (chosen["reason"] == "start").to_numpy()
    assert np.isfinite(predicted[~started]).all()
    assert (predicted[~started, 1] >= 0).all()
