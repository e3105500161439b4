"""`bioal.propose` where the objective is a word, or a yield that only shows where a condition works."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from bioal import Refused, UsageError, propose

NAMES = ("none", "weak", "strong")


@pytest.fixture
def table():
    """Return 90 conditions, of 30 of which it is known how well a strain grows."""
    grid = pd.MultiIndex.from_product(
        [[4, 5, 6, 7, 8, 9], [0, 5, 10, 20, 40], ["urea", "ammonium", "peptone"]],
        names=["pH", "glucose [g/L]", "nitrogen"],
    )
    frame = grid.to_frame(index=False).sample(frac=1.0, random_state=1).reset_index(drop=True)
    frame["growth"] = pd.Series(grown(frame), dtype=object).where(frame.index < 30, None)
    assert frame["growth"].value_counts().min() >= 3
    return frame


def grown(table: pd.DataFrame) -> np.ndarray:
    worth = 2.2 - (table["pH"] - 7) ** 2 / 4 - (table["glucose [g/L]"] - 15).abs() / 15
    worth = worth + (table["nitrogen"] == "peptone") * 0.5
    return np.array(NAMES)[np.digitize(worth, [0.9, 1.9])]


def test_each_row_has_the_chance_of_each_outcome_and_the_input_stays(table):
    before = table.copy(deep=True)
    chosen = propose(table, "growth", 6, outcomes=NAMES)
    pd.testing.assert_frame_equal(table, before)
    assert set(chosen.index) <= set(table.index[30:])
    chances = chosen[[f"chance of {name}" for name in NAMES]]
    assert np.allclose(chances.sum(axis=1), 100)
    assert np.allclose(chances["chance of strong"], chosen["predicted_mean"])
    assert chosen["growth"].isna().all()


def test_what_is_wanted_is_found_more_often_than_by_chance(table):
    chosen = propose(table, "growth", 8, outcomes=NAMES, strategy="chance of success")
    blank = table.iloc[30:]
    assert (grown(chosen) == "strong").mean() > 2 * (grown(blank) == "strong").mean()
    worst = propose(table, "growth", 8, outcomes=NAMES, wanted="none", strategy="chance of success")
    assert (grown(worst) == "none").mean() > (grown(blank) == "none").mean()


def most_weak(pool, _rng):
    return pool.probabilities[:, 1]


@pytest.mark.parametrize(
    "strategy",
    ["MARGIN", "0.5 entropy + 0.5 core-set", "entropy x core-set", "mutual information", most_weak],
)
def test_every_way_to_name_a_strategy_works_on_a_table(table, strategy):
    chosen = propose(table, "growth", 5, outcomes=NAMES, strategy=strategy)
    assert chosen.index.is_unique
    assert len(chosen) == 5


def test_margin_asks_where_two_outcomes_are_as_likely(table):
    chances = [f"chance of {name}" for name in NAMES]
    asked = propose(table, "growth", 1, outcomes=NAMES, strategy="margin")
    every = propose(table, "growth", 60, outcomes=NAMES, strategy="margin")
    ordered = np.sort(every[chances].to_numpy(), axis=1)
    gaps = pd.Series(ordered[:, -1] - ordered[:, -2], index=every.index)
    assert asked.index[0] == gaps.idxmin()


def test_an_exact_share_is_drawn_at_random(table):
    chosen = propose(table, "growth", 10, outcomes=NAMES, strategy="margin, 20 % random")
    assert list(chosen["reason"]).count("random") == 2


def test_numbers_and_booleans_are_outcomes_too(table):
    told = table.assign(growth=table["growth"].map({"none": False, "weak": True, "strong": True}))
    chosen = propose(told, "growth", 4, outcomes=["False", "True"])
    assert {"chance of False", "chance of True"} <= set(chosen.columns)


def test_a_word_that_is_no_outcome_is_refused_with_its_row(table):
    table.loc[3, "growth"] = "stong"
    with pytest.raises(Refused, match=r"stong") as refused:
        propose(table, "growth", 4, outcomes=NAMES)
    assert "strong" in str(refused.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"outcomes": ["strong"]}, "name two words or more"),
        ({"outcomes": NAMES, "wanted": "huge"}, "wanted=huge"),
        ({"outcomes": NAMES, "ordered": False}, "Which outcomes are wanted?"),
        ({"wanted": "strong"}, "list all of them with outcomes="),
        ({"outcomes": NAMES, "strategy": "margn"}, 'Did you mean "margin"?'),
        ({"outcomes": NAMES, "strategy": "margin", "acquisition": "entropy"}, "two words for one thing"),
        ({"outcomes": NAMES, "model": "boosting"}, "boosting"),
    ],
)
def test_options_about_outcomes_that_do_not_fit_are_answered_in_words(table, options, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        propose(table, "growth", 4, **options)


def test_a_yield_is_not_looked_for_where_conditions_fail(table):
    grows = (table["pH"] <= 7).to_numpy()
    titre = (table["glucose [g/L]"] + 4 * table["pH"]).where(grows & (table.index < 50))
    told = table.drop(columns="growth").assign(
        titre=titre, works=pd.Series(grows, dtype=object).where(table.index < 50, None)
    )
    aware = propose(told, "titre", 6, works="works", model="gp")
    # Who knows the yields alone looks for more of what made them rise.
    yields = told.drop(columns="works")[titre.notna() | (table.index >= 50)]
    blind = propose(yields, "titre", 6, model="gp")
    assert grows[aware.index].mean() > 0.75 > grows[blind.index].mean() + 0.2
