"""Ensembles as posteriors: each member of a bag is one path of the function.

A path is the mean of all members plus the deviation of one member, stretched by the scale that out-of-bag
errors ask for. More paths than members are drawn as Gaussian-weighted sums of deviations, which have the
same covariance. Any scikit-learn regressor can be a member; trees are the fast case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.tree import DecisionTreeRegressor, ExtraTreeRegressor

from bioal.evidence import Evidence, Floats
from bioal.models.bags import Bag, Regressor, bagged, member_of
from bioal.models.pooling import Pooled, pooled
from bioal.models.spread import Residuals, fitted_spread

FEWEST = 4  # distinct conditions below which resampling them says nothing


@dataclass(frozen=True)
class Recipe:
    """What an ensemble is made of: a regressor to clone, how many, and its name in notes."""

    name: str
    regressor: Regressor
    members: int


RECIPES: Mapping[str, Recipe] = {
    "forest": Recipe("forest", DecisionTreeRegressor(max_features=0.5), 200),
    "extra trees": Recipe("extra trees", ExtraTreeRegressor(max_features=1.0), 200),
    "boosting": Recipe("boosting", GradientBoostingRegressor(subsample=0.8, max_depth=3), 32),
}


@dataclass(frozen=True)
class PathEnsemble:
    """The posterior of a bag, in the readout's own unit.

    Members predict standardised values; `centre` and `unit` carry them back. `scale` multiplies the
    members' variance.
    """

    bag: Bag
    centre: float
    unit: float
    scale: float
    noise_sd: float
    notes: tuple[str, ...] = ()

    def mean(self, points: Floats) -> Floats:
        """Return the mean over members, shape (m,)."""
        return self.centre + self.unit * self.bag.mean(points)

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        """Return the mean over members and their stretched standard deviation, each (m,)."""
        middle, deviations = self._deviations(points)
        return middle, np.sqrt(np.mean(deviations**2, axis=1))

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return members as paths, shape (m, count); Gaussian-weighted deviations once they are used up."""
        middle, deviations = self._deviations(points)
        size = len(self.bag)
        direct = deviations[:, rng.permutation(size)[:count]]
        weights = rng.standard_normal((size, max(count - size, 0))) / np.sqrt(size)
        return middle[:, None] + np.hstack([direct, deviations @ weights])

    def covariance(self, points: Floats, others: Floats) -> Floats:
        """Return the covariance of the paths between points and others, shape (m, k)."""
        _, left = self._deviations(points)
        _, right = self._deviations(others)
        return left @ right.T / len(self.bag)

    def _deviations(self, points: Floats) -> tuple[Floats, Floats]:
        predictions = self.centre + self.unit * self.bag.predictions(points)
        middle = predictions.mean(axis=1)
        return middle, np.sqrt(self.scale) * (predictions - middle[:, None])


def fit_ensemble(evidence: Evidence, recipe: Recipe, rng: np.random.Generator) -> PathEnsemble:
    """Return a bag trained on the evidence, its spread and noise fitted out of bag.

    Raises
    ------
    ValueError
        With fewer than four distinct conditions, which a bag cannot learn from.
    """
    known = pooled(evidence)
    if len(known) < FEWEST:
        raise ValueError(f"An ensemble needs {FEWEST} distinct conditions; the evidence holds {len(known)}")
    centre, unit, notes = _standard(known)
    values, variances = (known.values - centre) / unit, known.variances / unit**2
    bag = bagged(
        member_of(recipe.regressor),
        known.points,
        values,
        _chances(variances, known.counts),
        recipe.members,
        rng,
    )
    residuals = _out_of_bag(bag, known, values, variances, unit)
    spread = fitted_spread(residuals)
    return PathEnsemble(
        bag, centre, unit, spread.scale, unit * float(np.sqrt(spread.noise)), notes + _said(evidence, recipe)
    )


def _out_of_bag(bag: Bag, known: Pooled, values: Floats, variances: Floats, unit: float) -> Residuals:
    """Return errors and variances of the members that have not seen a condition."""
    predictions, out = bag.predictions(known.points), ~bag.seen
    enough = out.sum(axis=1) >= 2
    predictions, out = predictions[enough], out[enough]
    number = out.sum(axis=1)
    middle = (predictions * out).sum(axis=1) / number
    spreads = (((predictions - middle[:, None]) ** 2) * out).sum(axis=1) / (number - 1)
    return Residuals(
        errors=values[enough] - middle,
        # The mean of a few members errs by its own sampling, too.
        spreads=spreads,
        known=variances[enough],
        counts=known.counts[enough],
        within=known.within / unit**2,
        freedom=known.freedom,
    )


def _standard(known: Pooled) -> tuple[float, float, tuple[str, ...]]:
    centre, unit = float(known.values.mean()), float(known.values.std())
    if unit > abs(centre) * 1e-13:
        return centre, unit, ()
    alternatives = (
        float(np.sqrt(np.nanmedian(known.variances))) if np.isfinite(known.variances).any() else 0.0,
    )
    unit = next((one for one in (*alternatives, 0.1 * abs(centre)) if one > 0), 1.0)
    return (
        centre,
        unit,
        (f"All {len(known)} conditions gave {centre:.4g}: nothing can be learnt from them yet.",),
    )


def _chances(variances: Floats, counts: Floats) -> Floats:
    """Return how often each condition is drawn: by its precision, as a member leaf sees it.

    A leaf holds neighbours, which differ by more than noise; a tenth of the values' variance stands for that.
    """
    noise = np.where(np.isnan(variances), 0.1 / counts, variances)
    precision = 1 / (0.1 + noise)
    return precision / precision.sum()


def _said(evidence: Evidence, recipe: Recipe) -> tuple[str, ...]:
    bounds = int(evidence.censored.sum())
    if not bounds:
        return ()
    return (f"The {recipe.name} took {bounds} readings beyond the limit at the limit itself.",)
