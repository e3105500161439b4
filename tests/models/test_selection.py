from __future__ import annotations

import numpy as np
import optuna
import pytest

from bioal.evidence import Evidence, evidence_of
from bioal.models import selection
from bioal.models.ensembles import fit_ensemble
from bioal.models.selection import Selection, select_recipe


@pytest.fixture(autouse=True)
def few_members(monkeypatch):
    monkeypatch.setattr(selection, "MEMBERS", 12)
    monkeypatch.setattr(selection, "BOOSTED", 4)


def noisy_wells(count: int = 40) -> Evidence:
    rng = np.random.default_rng(0)
    points = rng.random((count, 3))
    return evidence_of(points, 3 * points[:, 0] + rng.standard_normal(count))


def chosen(tries: int, seconds: float | None = None) -> Selection:
    return select_recipe(noisy_wells(), np.random.default_rng(1), tries=tries, seconds=seconds)


def test_the_search_is_at_least_as_good_as_the_usual_recipe_and_can_be_fitted():
    first, best = chosen(1), chosen(6)
    assert first.recipe.name == "extra trees"
    assert best.score >= first.score
    assert fit_ensemble(noisy_wells(), best.recipe, np.random.default_rng(0)).noise_sd > 0


def test_the_same_seed_finds_the_same_recipe():
    first, again = chosen(3), chosen(3)
    assert first.score == again.score
    assert first.recipe.regressor.get_params() == again.recipe.regressor.get_params()


def test_a_time_limit_is_recorded_with_what_it_cut():
    cut = chosen(500, seconds=0)
    assert (cut.tried, cut.asked, cut.cut) == (1, 500, True)
    assert "stopped by the limit of 0 s" in cut.note


def test_without_a_limit_nothing_is_cut():
    whole = chosen(2)
    assert not whole.cut
    assert whole.note.startswith("Settings: the best of 2 tried")


def test_optuna_is_left_as_talkative_as_it_was(capfd):
    before = optuna.logging.get_verbosity()
    chosen(2)
    assert optuna.logging.get_verbosity() == before
    assert capfd.readouterr().err == ""
