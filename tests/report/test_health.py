"""Each health check speaks where its fault was put in, and is silent in a sound campaign."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd

from bioal.evidence import Evidence
from bioal.models.gaussian_process import fit_gaussian_process
from bioal.plates.columns import REASON_WORDS
from bioal.protocol.space import Space
from bioal.report.health import Finding, _exhausted, _not_held, health_of
from bioal.report.material import Material
from bioal.report.parity import Scoreboard, parity_of, scoreboard_of
from bioal.report.plate_maps import plate_maps_of


def checks(material: Material) -> dict[str, Finding]:
    found = health_of(material, parity_of(material), scoreboard_of(material), plate_maps_of(material))
    return {one.check: one for one in found}


def refitted(material: Material, evidence: Evidence, observations: pd.DataFrame | None = None) -> Material:
    """Return the material with other evidence, its table alike, and a model fitted to it."""
    table = material.observations if observations is None else observations
    table = table.assign(mean=evidence.values)
    posterior = fit_gaussian_process(evidence, np.random.default_rng(0))
    return replace(material, evidence=evidence, observations=table, posterior=posterior)


def test_every_check_is_named_and_a_sound_campaign_has_little_to_mend(material: Material):
    found = checks(material)
    assert len(found) == 9
    assert [name for name, one in found.items() if not one.well] in (
        [],
        ["Best condition at the bound of a factor"],
    )


def test_a_factor_that_never_varied_is_named(material: Material):
    kept = np.flatnonzero(
        material.observations["condition"].isin(
            material.conditions.index[material.conditions["plasmid"] == "pA"]
        )
    )
    table = material.observations.iloc[kept].reset_index(drop=True)
    found = checks(refitted(material, material.evidence.rows(kept), table))
    assert found["Factors that never varied"].words.startswith("plasmid had the same value")


def test_a_best_condition_at_a_rising_bound_is_named_with_what_to_do(material: Material):
    magnesium = material.conditions.loc[material.observations["condition"], "Mg"].to_numpy(float)
    rising = replace(material.evidence, values=10 * magnesium, variances=np.full(len(magnesium), 0.01))
    found = checks(refitted(material, rising))
    words = found["Best condition at the bound of a factor"].words
    assert "The best condition has Mg (highest level, 8 mM) at the end of its range" in words
    assert "bioal amend" in words


def test_a_best_condition_at_no_concentration_does_without_and_is_not_to_be_widened(material: Material):
    potassium = material.conditions.loc[material.observations["condition"], "K"].to_numpy(float)
    lowest = material.conditions.index[material.conditions["K"] == potassium.min()][0]
    assert potassium.min() == 0, f"{lowest} was measured without K"
    falling = replace(material.evidence, values=200 - potassium, variances=np.full(len(potassium), 0.01))
    words = checks(refitted(material, falling))["Best condition at the bound of a factor"].words
    assert "does without K (0 mM); there is no less to try." in words
    assert "K (lowest level" not in words


def test_a_bound_that_is_no_more_than_unsurely_better_is_not_named(material: Material, independent):
    named = {}
    for sd in (0.01, 20.0):
        sloping = replace(material, posterior=independent(lambda points: 10 * points[:, 0], sd))
        named[sd] = checks(sloping)["Best condition at the bound of a factor"].words
    assert "Mg (highest level, 8 mM) at the end of its range" in named[0.01]
    assert named[20.0] == ""


def test_replicates_that_scatter_more_than_conditions_differ_are_named(material: Material):
    rng = np.random.default_rng(0)
    count = len(material.evidence)
    noise = replace(
        material.evidence, values=100 + rng.standard_normal(count), variances=np.full(count, 4.0 / 2)
    )
    found = checks(refitted(material, noise))
    assert "scatter by" in found["Replicates against effects"].words
    assert found["Model against the average"].words.startswith("The model does not yet know more")


def drifting(material: Material, factors: list[float]) -> Material:
    """Return the material with so many plates, the reference's readings multiplied by these factors."""
    reference = material.samples[material.samples["role"] == "reference"]
    own = material.readings[material.readings["sample"].isin(reference.index)]
    parts, places = [material.readings], [material.samples]
    for number, factor in enumerate(factors):
        names = {old: f"{old}-{number}" for old in reference.index}
        parts.append(own.assign(sample=own["sample"].map(names), value=factor * 500.0))
        places.append(reference.rename(index=names).assign(plate=f"extra {number}"))
    kept = material.readings["sample"].isin(reference.index)
    readings = pd.concat([material.readings[~kept], *parts[1:]], ignore_index=True)
    return replace(material, readings=readings, samples=pd.concat(places))


def test_a_reference_that_fades_is_named_and_a_steady_one_is_not(material: Material):
    fading = checks(drifting(material, [1.0, 0.85, 0.7, 0.55, 0.4]))["Drift of the reference"].words
    assert "The reference reads 200 to 500" in fading
    assert "falls from plate to plate" in fading
    assert checks(drifting(material, [1.0, 1.02, 0.99, 1.01, 1.0]))["Drift of the reference"].well


def test_a_space_that_is_nearly_used_up_is_named(material: Material):
    few = material.space.codes(
        material.conditions.loc[list(dict.fromkeys(material.observations["condition"]))]
    )
    allowed = few[material.space.feasible(few)]
    small = replace(material, space=cast("Space", material.space.restricted(allowed)))
    assert "little is left to choose from" in " ".join(_exhausted(small))
    assert _exhausted(material) == []


def test_an_outlier_without_which_another_would_be_the_best_is_named(material: Material):
    assert material.posterior is not None
    means = material.posterior.mean(material.evidence.points)
    poor = int(np.argsort(means)[len(means) // 3])
    values = material.evidence.values.copy()
    values[poor] = 3 * values.max()
    # A mean of replicates is never doubted away: it counts in full.
    spoiled = replace(material.evidence, values=values)
    found = checks(refitted(material, spoiled))
    words = found["Outliers that decide"].words
    assert str(material.observations["condition"].iloc[poor]) in words
    assert "would be the best" in words


def board(*held: tuple[int, int, int]) -> Scoreboard:
    """Return a scoreboard of rounds: number, predictions, how many of them held."""
    parts = [pd.DataFrame({"round": n, "inside": np.arange(count) < kept}) for n, count, kept in held]
    return Scoreboard(pd.concat(parts, ignore_index=True), pd.DataFrame())


def test_predictions_that_hold_far_less_often_than_promised_are_named():
    # Of 24, fewer than 18 hold by chance in less than 1 of 100 (binomial, 0.9: P(17 or fewer) = 0.0075).
    assert _not_held(board((2, 24, 18))) == []
    few = " ".join(_not_held(board((2, 24, 17))))
    assert "Of 24 predictions in round 2 only 17 held, where about 22 are to be expected." in few
    assert "all rounds" not in few
    latest = " ".join(_not_held(board((2, 200, 190), (3, 24, 12))))
    assert "all rounds" not in latest
    assert "round 3 only 12 held" in latest
    every = " ".join(_not_held(board((2, 24, 15), (3, 24, 19))))
    assert "Of 48 predictions in all rounds together only 34 held" in every
    assert "round 3" not in every


def test_the_reasons_of_predictions_are_those_of_the_workbook(material: Material):
    reasons = set(scoreboard_of(material).wells["reason"])
    assert reasons
    assert not reasons & {"exploit", "explore", "repeat"}
    assert reasons <= set(REASON_WORDS.values())
