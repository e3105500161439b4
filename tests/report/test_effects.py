"""Importance, interactions and responses, against functions whose indices are known."""

from __future__ import annotations

import numpy as np
import pytest

from bioal.protocol.factors import Choice, Numeric
from bioal.protocol.protocol import protocol_from_toml
from bioal.protocol.space import Space
from bioal.report.effects import effects_of, interactions, redrawn, total_indices
from bioal.report.material import Material


def grid(*sizes: int) -> Space:
    return Space(tuple(Numeric(f"x{k}", "", tuple(range(size))) for k, size in enumerate(sizes)))


def variance_of_levels(size: int) -> float:
    return float(np.var(np.linspace(0, 1, size)))


def test_total_indices_of_a_sum_are_the_shares_of_its_terms(certain):
    space = grid(5, 9, 3)
    slopes = np.array([1.0, 2.0, 0.0])
    total, low, high = total_indices(certain(lambda x: x @ slopes), space, np.random.default_rng(0))
    terms = slopes**2 * [variance_of_levels(size) for size in (5, 9, 3)]
    np.testing.assert_allclose(total, terms / terms.sum(), atol=0.08)
    assert total[2] == 0
    np.testing.assert_allclose(low, high)  # nothing is uncertain but the offset


def test_total_indices_of_ishigamis_function(certain):
    # Ishigami and Homma 1990: a = 7, b = 0.1 on (-pi, pi)^3 has total indices 0.558, 0.442, 0.244.
    def ishigami(points: np.ndarray) -> np.ndarray:
        x = (2 * points - 1) * np.pi
        return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    space = grid(201, 201, 201)
    runs = [total_indices(certain(ishigami), space, np.random.default_rng(seed))[0] for seed in range(60)]
    np.testing.assert_allclose(np.mean(runs, axis=0), [0.558, 0.442, 0.244], atol=0.025)


def test_an_interaction_is_that_of_a_product_and_none_of_a_sum(certain):
    space = grid(5, 5, 5)
    function = certain(lambda x: (x[:, 0] - 0.5) * (x[:, 1] - 0.5) + 0.1 * x[:, 2])
    runs = [interactions(function, space, (0, 1, 2), np.random.default_rng(seed)) for seed in range(30)]
    found, one = np.mean(runs, axis=0), variance_of_levels(5)
    assert found[0, 1] == pytest.approx(one**2 / (one**2 + 0.01 * one), abs=0.05)
    assert found[0, 2] == pytest.approx(0, abs=1e-20)
    assert np.isnan(np.diag(found)).all()


def test_a_level_is_drawn_evenly_from_what_is_allowed_beside_the_others():
    rule = protocol_from_toml(
        """
        [campaign]
        name = "two parts"
        [readouts.y]
        [objective]
        readout = "y"
        direction = "maximize"
        [factors.a]
        levels = [0, 1, 2, 3]
        [factors.b]
        levels = [0, 1, 2, 3]
        [[constraints]]
        sum = { a = 1, b = 1 }
        at_most = 3
        """
    ).space
    codes = np.repeat(np.array([[0, 2]], np.int16), 3000, axis=0)
    which, drawn = redrawn(rule, codes, 0, np.random.default_rng(0))
    assert len(which) == 3000
    assert rule.feasible(drawn).all()
    counts = np.bincount(drawn[:, 0], minlength=4)
    np.testing.assert_allclose(counts[:2] / 3000, 0.5, atol=0.04)
    assert counts[2:].sum() == 0


def test_a_part_of_a_mixture_cannot_move_alone(certain):
    mixture = protocol_from_toml(
        """
        [campaign]
        name = "two parts"
        [readouts.y]
        [objective]
        readout = "y"
        direction = "maximize"
        [factors.a]
        levels = [0, 1, 2, 3]
        [factors.b]
        levels = [0, 1, 2, 3]
        [factors.c]
        levels = [0, 1]
        [[constraints]]
        sum = { a = 1, b = 1 }
        equals = 3
        """
    ).space
    total, _, _ = total_indices(certain(lambda x: x.sum(axis=1)), mixture, np.random.default_rng(0))
    assert np.isnan(total[:2]).all()
    assert total[2] == pytest.approx(1, abs=0.3)


def test_the_effects_of_a_campaign_are_those_of_its_truth(material: Material):
    effects = effects_of(material, np.random.default_rng(0))
    assert effects is not None
    assert set(effects.importance.index) == {"Mg", "K", "plasmid"}
    assert effects.importance["total"].between(0, 1.5).all()
    assert not effects.importance["still"].any()
    magnesium = effects.curves[effects.curves["factor"] == "Mg"]
    assert magnesium["value"].tolist() == ["1", "2", "4", "6", "8"]
    assert magnesium["best"].sum() == 1
    own = magnesium[magnesium["best"]]
    assert own["mean"].iloc[0] == pytest.approx(material.belief(material.best).mean)
    assert own["allowed"].iloc[0]
    contour = effects.contour
    assert contour is not None
    assert contour.mean[contour.best] == pytest.approx(material.belief(material.best).mean)
    assert contour.best in contour.measured


def test_a_flat_readout_has_no_important_factor(certain):
    space = Space((Numeric("a", "", (0.0, 1.0)), Choice("b", ("u", "v", "w"))))
    total, _, _ = total_indices(certain(lambda x: np.zeros(len(x))), space, np.random.default_rng(0))
    assert total.tolist() == [0, 0]
    assert (
        np.nansum(interactions(certain(lambda x: np.zeros(len(x))), space, (0, 1), np.random.default_rng(0)))
        == 0
    )
