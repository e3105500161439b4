"""Published workflows by name: with their published settings, each plays in the virtual laboratory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal import propose
from bioal.acquisition.candidates import Listed
from bioal.backtest.laboratory import laboratory
from bioal.backtest.replay import Setting, settings_of
from bioal.engine import Settings, choose
from bioal.errors import UsageError
from bioal.models.fitting import MODELS
from bioal.strategies import scores, strategy
from bioal.strategies.presets import PRESETS, chosen_by, played, require_choice


def test_metis_cares_less_for_the_unknown_from_round_to_round():
    """Pandi et al. 2022: 1.41 on days 1 to 3, 1 on days 4 to 7, 0.5 on days 8 to 10."""
    weights = [PRESETS["metis"].strategy(day).rsplit(" ", 1)[1] for day in range(1, 11)]
    assert weights == ["1.41"] * 3 + ["1"] * 4 + ["0.5"] * 3
    assert MODELS[PRESETS["metis"].model]


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_is_made_of_what_there_is_and_says_where_it_departs(name):
    preset = PRESETS[name]
    assert preset.model in MODELS
    assert [begin for begin, _ in preset.turns] == sorted({begin for begin, _ in preset.turns})
    assert preset.turns[0][0] == 1
    assert all(strategy(chosen).name == chosen for _, chosen in preset.turns)
    assert "doi" in preset.source
    assert preset.about
    assert preset.differs


def test_a_bound_takes_its_number_of_sds_behind_its_name(pools):
    pool = pools["yield"]
    rng = np.random.default_rng(0)
    for weight in (0, 0.5, 1.41):
        found = scores(f"upper confidence bound {weight}", pool, rng)
        assert found == pytest.approx(pool.task.mean + weight * pool.task.sd, rel=1e-6)
    for wrong in ("upper confidence bound -1", "ucb nan", "thompson 2", "ucb 1e9"):
        with pytest.raises(UsageError, match="There is no strategy"):
            strategy(wrong)


def test_a_preset_answers_for_model_and_strategy_unless_a_model_is_named():
    assert played("auto", "metis", 9) == ("boosting 20", "upper confidence bound 0.5")
    assert played("gp", "metis", 9) == ("gp", "upper confidence bound 0.5")
    assert chosen_by("focused improvement", "edbo") == "edbo"
    assert chosen_by("bald", None) == "bald"
    with pytest.raises(UsageError, match="Presets: metis, borkowski, art, edbo"):
        chosen_by("focused improvement", "meetis")
    with pytest.raises(UsageError, match='leave out "bald"'):
        chosen_by("bald", "metis")
    with pytest.raises(UsageError, match=r'Did you mean "metis"\?.*or a preset: metis'):
        require_choice("mettis")


def table():
    rng = np.random.default_rng(0)
    found = pd.DataFrame(rng.random((40, 3)), columns=["a", "b", "c"])
    found["yield"] = np.where(np.arange(40) < 16, found["a"] - found["b"] ** 2, np.nan)
    return found


def test_propose_plays_a_preset_as_its_settings_by_name():
    asked = propose(table(), conditions=4, preset="edbo")
    same = propose(table(), conditions=4, model="gp", acquisition="expected improvement")
    pd.testing.assert_frame_equal(asked, same)
    late = propose(table(), conditions=4, preset="metis", turn=9)
    same = propose(
        table(), conditions=4, model="boosting 20", acquisition="upper confidence bound 0.5"
    )
    pd.testing.assert_frame_equal(late, same)
    with pytest.raises(UsageError, match="turn=0"):
        propose(table(), conditions=4, preset="metis", turn=0)


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_finds_better_conditions_in_the_virtual_laboratory(name):
    pool, rng = laboratory(300), np.random.default_rng(0)
    measured = rng.choice(300, 60, replace=False)
    now = Setting("", name).at(1)
    batch = choose(
        pool.evidence(pool.readings(rng), measured),
        Listed(pool.points),
        Settings(12, now.model, now.acquisition),
        rng,
        taken=measured[:, None],
        pending=pool.points[:0],
    )
    chosen = pool.truth[batch.codes[:, 0]]
    # The mean of twelve draws lies above this once in twenty times.
    assert chosen.mean() > pool.truth.mean() + 1.645 * pool.truth.std() / np.sqrt(12)


def test_presets_stand_beside_strategies_in_a_backtest():
    names = [setting.name for setting in settings_of(["gp"], ["metis", "bald"])]
    assert names == ["metis", "gp: bald", "random"]
    assert Setting("", "metis").at(5) == Setting("boosting 20", "upper confidence bound 1")
